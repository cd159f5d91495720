"""Memcached clusters as they would be stored, with good defaults: a test says only what matters to it."""

from typing import Any

import msgspec

from elastane.model.ids import CacheNodeId, ReplicationGroupId, Zone, cache_node_id
from elastane.model.memcached_clusters import AZMode, CacheNode, MemcachedCluster, Publication
from elastane.model.observed_memcached_clusters import (
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import EngineName, Network, Software, Upkeep
from tests.kit.groups import CREATED_AT, REGION

CONFIGURATION_ADDRESS = "127.88.48.30"
NODE_TYPE = "cache.t4g.micro"


def cache_node(number: int, **changes: Any) -> CacheNode:
    """The n-th; its address follows from its number."""
    default = CacheNode(
        id=cache_node_id(number),
        zone=Zone("us-east-1a"),
        address=f"127.88.1.{number}",
        created_at=CREATED_AT,
        node_type=NODE_TYPE,
    )
    return msgspec.structs.replace(default, **changes)


def memcached_cluster(
    name: str = "sessions", *nodes: CacheNode, published: int | None = None, **changes: Any
) -> MemcachedCluster:
    """A cluster of the nodes given, of two when none are. `published`: the version under which all of them are."""
    members = nodes or (cache_node(1), cache_node(2))
    default = MemcachedCluster(
        id=ReplicationGroupId(name),
        region=REGION,
        created_at=CREATED_AT,
        generation=1,
        software=Software(
            engine=EngineName.MEMCACHED,
            version="1.6.22",
            node_type=NODE_TYPE,
            parameter_group_name="default.memcached1.6",
            port=11211,
            patch="1.6.38",
        ),
        az_mode=AZMode.SINGLE_AZ,
        nodes=members,
        network=Network(subnet_group_name="default", configuration_endpoint_address=CONFIGURATION_ADDRESS),
        upkeep=Upkeep(maintenance_window="sun:05:00-sun:06:00", snapshot_window="03:00-04:00"),
        publication=Publication(version=published or 0, node_ids=_ids(members) if published else ()),
    )
    return msgspec.structs.replace(default, **changes)


def _ids(nodes: tuple[CacheNode, ...]) -> tuple[CacheNodeId, ...]:
    return tuple(node.id for node in nodes)


def observed_cluster(cluster: MemcachedCluster, **changes: Any) -> ObservedMemcachedCluster:
    """As a pass saw it that found all of it true."""
    default = ObservedMemcachedCluster(
        converged_generation=cluster.generation,
        available_since=CREATED_AT,
        nodes=tuple(observed_cache_node(node) for node in cluster.nodes),
        endpoint=ObservedConfigurationEndpoint(process=observed_process(), version=cluster.publication.version),
        software=cluster.software,
        node_count=len(cluster.nodes),
    )
    return msgspec.structs.replace(default, **changes)


def observed_cache_node(node: CacheNode, **changes: Any) -> ObservedCacheNode:
    default = ObservedCacheNode(id=node.id, process=observed_process(), engine_version="1.6.38", was_ready=True)
    return msgspec.structs.replace(default, **changes)


def observed_process(
    health: NodeHealth = NodeHealth.READY, sentence: str = "answers", **changes: Any
) -> ObservedProcess:
    default = ObservedProcess(health=health, sentence=sentence, started_at=CREATED_AT, answered_started_at=CREATED_AT)
    return msgspec.structs.replace(default, **changes)
