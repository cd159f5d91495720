"""By which names and addresses each node of a group is reached: what its certificate has to be good for. Pure.

Any node may come to serve any endpoint of its group, so each has all of them: a failover changes no certificate.
"""

from collections.abc import Iterator

from elastane.catalog.endpoint_names import Naming, configuration_name, node_name, primary_name, reader_name
from elastane.model.ids import AccountId, NodeId
from elastane.model.replication_groups import Node, ReplicationGroup


def certificate_names(group: ReplicationGroup, account_id: AccountId) -> dict[NodeId, frozenset[str]]:
    """DNS names and addresses together, by node. Empty without encryption in transit."""
    if not group.access.is_encrypted:
        return {}
    naming = Naming(account_id=account_id, region=group.region)
    shared = frozenset((*group.network.endpoint_addresses, *_endpoint_names(group, naming)))
    return {node.id: shared | {node.address, *_node_names(group, node, naming)} for node in group.nodes}


def _endpoint_names(group: ReplicationGroup, naming: Naming) -> Iterator[str]:
    """Both forms of each: while plain connections are offered too, either is in use."""
    network = group.network
    for has_tls in (False, True):
        if network.primary_endpoint_address is not None:
            yield primary_name(naming, group.id, has_tls=has_tls)
        if network.reader_endpoint_address is not None:
            yield reader_name(naming, group.id, has_tls=has_tls)
        if network.configuration_endpoint_address is not None:
            yield configuration_name(naming, group.id, has_tls=has_tls)


def _node_names(group: ReplicationGroup, node: Node, naming: Naming) -> Iterator[str]:
    yield node_name(naming, node.id)
    yield node_name(naming, node.id, group=group.id, has_tls=True)
