"""Which addresses each name stands for, computed from what is desired and what was observed. Pure.

The reader name stands for every replica in sync, which is what AWS's round-robin DNS does; the
reader endpoint's own address answers at one of them.
"""

from collections.abc import Iterable

from elastane.catalog import endpoint_names
from elastane.catalog.endpoint_names import Naming
from elastane.model.ids import AccountId
from elastane.model.observations import Role
from elastane.model.replication_groups import Form, NodeHealth, ObservedReplicationGroup, ReplicationGroup

Names = dict[str, tuple[str, ...]]


def table(
    groups: Iterable[tuple[ReplicationGroup, ObservedReplicationGroup]], account_id: AccountId, suffix: str
) -> Names:
    """Lower-case names without a final dot → IPv4 addresses."""
    names: Names = {}
    for group, observed in groups:
        naming = Naming(account_id=account_id, region=group.region, suffix=suffix)
        for node in group.nodes:
            names[endpoint_names.node_name(naming, node.id)] = (node.address,)
        if group.form is Form.REPLICATION_GROUP and group.network.primary_endpoint_address is not None:
            names[endpoint_names.primary_name(naming, group.id)] = (group.network.primary_endpoint_address,)
            names[endpoint_names.reader_name(naming, group.id)] = _readers(group, observed)
    return names


def _readers(group: ReplicationGroup, observed: ObservedReplicationGroup) -> tuple[str, ...]:
    ready = {seen.id for seen in observed.nodes if seen.role is Role.REPLICA and seen.health is NodeHealth.READY}
    replicas = tuple(node.address for node in group.staying_nodes if node.id in ready)
    fallback = group.network.primary_endpoint_address
    return replicas or ((fallback,) if fallback is not None else ())
