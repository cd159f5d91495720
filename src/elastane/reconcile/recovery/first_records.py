"""The first record of a rebuilt cache: as if a pass had seen it available long ago. Pure.

A cache that serves must not be taken for one being created. Nothing is said to have converged, so it reads as
`modifying` until a pass has found all of it true.
"""

from collections.abc import Mapping

from elastane.model.ids import node_key
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.observed_memcached_clusters import (
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth, ObservedNode, ObservedReplicationGroup, Restart
from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.recovery.remains import Remains

NOT_LOOKED_AT = "not looked at since the store was rebuilt"


def record_of_group(group: ReplicationGroup, by_key: Mapping[str, Remains]) -> ObservedReplicationGroup:
    started = {
        node: by_key[key].started_at for node in group.nodes if (key := node_key(group.region, node.id)) in by_key
    }
    return ObservedReplicationGroup(
        available_since=group.created_at,
        transit_encryption=group.access.transit_encryption,
        nodes=tuple(
            ObservedNode(
                id=node.id,
                health=NodeHealth.UNKNOWN,
                role=None,
                sentence=NOT_LOOKED_AT,
                started_at=started_at,
                answered_process_started_at=started_at,  # it may hang now, and is not one that is coming up
                was_ready=True,
            )
            for node, started_at in started.items()
            if started_at is not None
        ),
    )


def record_of_cluster(cluster: MemcachedCluster, by_key: Mapping[str, Remains]) -> ObservedMemcachedCluster:
    """One that has never published anything has never worked, and is created on."""
    left = [(node, by_key[key]) for node in cluster.nodes if (key := cluster.node_key(node)) in by_key]
    endpoint = _process(by_key.get(cluster.endpoint_key))
    return ObservedMemcachedCluster(
        available_since=cluster.created_at if cluster.publication.version > 0 else None,
        nodes=tuple(
            ObservedCacheNode(
                id=node.id,
                process=process,
                was_ready=node.id in cluster.publication.node_ids,
                restart=_fulfilled_restart(node, remains),
            )
            for node, remains in left
            if (process := _process(remains)) is not None
        ),
        endpoint=None if endpoint is None else ObservedConfigurationEndpoint(process=endpoint),
        node_count=len(cluster.staying_nodes),
    )


def _process(remains: Remains | None) -> ObservedProcess | None:
    if remains is None or remains.started_at is None:
        return None
    return ObservedProcess(
        health=NodeHealth.UNKNOWN,
        sentence=NOT_LOOKED_AT,
        started_at=remains.started_at,
        answered_started_at=remains.started_at,
    )


def _fulfilled_restart(node: CacheNode, remains: Remains) -> Restart | None:
    """An order that the document of its own start names already was given before that start, which carried it out.

    Taken for a new one, it would end the process again, with all that it holds.
    """
    document = remains.document
    own = document.find_node(node.id) if isinstance(document, MemcachedCluster) else None
    if own is None or node.restart is None or own.restart != node.restart:
        return None
    return Restart(requested_at=node.restart.requested_at, of_started_at=None)
