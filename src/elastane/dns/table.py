"""Which addresses each name stands for, computed from what is desired and what was observed. Pure.

The reader name stands for every replica in sync and the configuration name for every node in sync, which is what
AWS's round-robin DNS does; the address of such an endpoint answers at one of them.

With encryption in transit AWS gives names of another form. Here a group then has both, and its certificates too: who
turns encryption on need not change what clients connect to. A Memcached cluster, whose encryption never changes, has
the same names with it and without.
"""

from collections.abc import Iterable

from elastane.catalog import endpoint_names
from elastane.catalog.endpoint_names import Naming
from elastane.model.ids import AccountId
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth, ObservedReplicationGroup
from elastane.model.replica_counts import staying_nodes
from elastane.model.replication_groups import Form, ReplicationGroup

Names = dict[str, tuple[str, ...]]


def table(
    groups: Iterable[tuple[ReplicationGroup, ObservedReplicationGroup]], account_id: AccountId, suffix: str
) -> Names:
    """Lower-case names without a final dot → IPv4 addresses. An endpoint that a group does not have has no name."""
    names: Names = {}
    for group, observed in groups:
        naming = Naming(account_id=account_id, region=group.region, suffix=suffix)
        is_alone = group.form is Form.CACHE_CLUSTER
        for node in group.own_nodes:
            address = (group.network.primary_endpoint_address if is_alone else None) or node.address
            names[endpoint_names.node_name(naming, node.id)] = (address,)
            if group.access.is_encrypted and not is_alone:
                names[endpoint_names.node_name(naming, node.id, group=group.id, has_tls=True)] = (address,)
        if group.form is Form.REPLICATION_GROUP:
            for has_tls in (False, True) if group.access.is_encrypted else (False,):
                names.update(_endpoints(naming, group, observed, has_tls=has_tls))
    return names


def memcached_table(clusters: Iterable[MemcachedCluster], account_id: AccountId, suffix: str) -> Names:
    """As `table`. Whatever is seen of nodes: each comes back in its place, and one process tells which there are."""
    names: Names = {}
    for cluster in clusters:
        naming = Naming(account_id=account_id, region=cluster.region, suffix=suffix)
        names[endpoint_names.memcached_configuration_name(naming, cluster.id)] = (cluster.endpoint_address,)
        for node in cluster.nodes:
            names[endpoint_names.cache_node_name(naming, cluster.id, node.id)] = (node.address,)
    return names


def _endpoints(naming: Naming, group: ReplicationGroup, observed: ObservedReplicationGroup, *, has_tls: bool) -> Names:
    network = group.network
    names: Names = {}
    if network.primary_endpoint_address is not None:
        names[endpoint_names.primary_name(naming, group.id, has_tls=has_tls)] = (network.primary_endpoint_address,)
    if network.reader_endpoint_address is not None:
        fallback = network.primary_endpoint_address or network.reader_endpoint_address
        # A replica in cluster mode sends on whoever has not said READONLY, as clients without cluster mode.
        readers = (network.reader_endpoint_address,) if group.is_cluster else _readers(group, observed) or (fallback,)
        names[endpoint_names.reader_name(naming, group.id, has_tls=has_tls)] = readers
    if network.configuration_endpoint_address is not None:
        members = _members(group, observed) or (network.configuration_endpoint_address,)
        names[endpoint_names.configuration_name(naming, group.id, has_tls=has_tls)] = members
    return names


def _readers(group: ReplicationGroup, observed: ObservedReplicationGroup) -> tuple[str, ...]:
    ready = {seen.id for seen in observed.nodes if seen.role is Role.REPLICA and seen.health is NodeHealth.READY}
    return tuple(node.address for node in group.staying_nodes if node.id in ready)


def _members(group: ReplicationGroup, observed: ObservedReplicationGroup) -> tuple[str, ...]:
    """Whoever may be asked for the cluster's map for some time to come, so nobody of a node group that leaves."""
    ready = {seen.id for seen in observed.nodes if seen.health is NodeHealth.READY}
    parts = [part for part in group.node_groups if not part.is_leaving]
    staying = (node for part in parts for node in staying_nodes(part))
    return tuple(node.address for node in staying if node.id in ready)
