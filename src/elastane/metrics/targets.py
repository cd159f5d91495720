"""Which nodes there are to be measured, and whom the numbers are about: read from the store at each tick."""

from collections.abc import Mapping, Sequence

import msgspec

from elastane.engines import NodeAddress, address_of
from elastane.metrics.definitions import DEFINITIONS, GroupSet
from elastane.metrics.samples import Value
from elastane.model.ids import CACHE_NODE_ID, NodeGroupId, NodeId, Zone, node_key
from elastane.model.metrics import NAMESPACE, Dimensions, Listing, Subject, dimensions
from elastane.model.observations import Role
from elastane.model.replication_groups import Form, GroupKey, Node, NodeGroup, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.statistic_sets import StatisticSet, merge, of_value
from elastane.store import Transaction, credentials, replication_groups

NodeGroupKey = tuple[GroupKey, NodeGroupId]

_ROLE_WORDS = {Role.PRIMARY: "Primary", Role.REPLICA: "Replica"}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One node."""

    key: str
    """On its host: ``us-east-1/elc-tutorial-001``."""
    group: GroupKey
    node_group_id: NodeGroupId
    node_id: NodeId
    zone: Zone
    at: NodeAddress
    is_published: bool
    """A temporary node is nobody's cache cluster: it is measured, for others may follow it, and not told of."""

    @property
    def node_group_key(self) -> NodeGroupKey:
        return self.group, self.node_group_id

    @property
    def subject(self) -> Subject:
        values = {"CacheClusterId": str(self.node_id), "CacheNodeId": CACHE_NODE_ID}
        return Subject(self.group.region, NAMESPACE, dimensions(values))


def list_targets(tx: Transaction, secrets: dict[str, Secret]) -> tuple[Target, ...]:
    """`secrets`: see `credentials.keep_opened`."""
    found = [stored.body for stored in replication_groups.list_replication_groups(tx)]
    credentials.keep_opened(tx, {group.credential_id for group in found}, secrets)
    return tuple(
        _target(group, node_group, node, secrets[group.credential_id])
        for group in found
        for node_group in group.node_groups
        for node in node_group.nodes
    )


def _target(group: ReplicationGroup, node_group: NodeGroup, node: Node, secret: Secret) -> Target:
    return Target(
        key=node_key(group.region, node.id),
        group=group.key,
        node_group_id=node_group.id,
        node_id=node.id,
        zone=node.zone,
        at=address_of(group, node, secret),
        is_published=not node.is_temporary,
    )


def node_listings(subject: Subject) -> dict[str, Listing]:
    """How a node's metrics are listed."""
    own = dict(subject.dimensions)
    alone = dimensions({"CacheClusterId": own["CacheClusterId"]})
    with_tier = dimensions(own | {"Tier": "Memory"})
    listings: dict[str, Listing] = {}
    shared: dict[Listing, Listing] = {}
    for each in DEFINITIONS:
        others: tuple[Dimensions, ...] = (alone,) if each.is_listed_by_cluster else ()
        listing = Listing(each.unit, (*others, with_tier) if each.has_tier else others)
        listings[each.name] = shared.setdefault(listing, listing)  # a hundred names, and few ways to be listed
    return listings


_OF_GROUPS = tuple(each for each in DEFINITIONS if each.group_sets)

GROUP_LISTINGS = {each.name: Listing(each.unit) for each in _OF_GROUPS}


def merged_by_group(
    measured: Sequence[tuple[Target, Mapping[str, Value]]], roles: Mapping[str, Role]
) -> dict[Subject, dict[str, Value]]:
    """What is told of groups and their parts: the measurements of all members. Roles by node key."""
    sets: dict[Subject, dict[str, list[StatisticSet]]] = {}
    for target, values in measured:
        subjects = _group_subjects(target, roles.get(target.key))
        for each in _OF_GROUPS:
            value = values.get(each.name)
            for group_set in each.group_sets if value is not None else ():
                if group_set in subjects and value is not None:
                    measurement = value if isinstance(value, StatisticSet) else of_value(value)
                    sets.setdefault(subjects[group_set], {}).setdefault(each.name, []).append(measurement)
    return {subject: {name: merge(parts) for name, parts in named.items()} for subject, named in sets.items()}


def _group_subjects(target: Target, role: Role | None) -> dict[GroupSet, Subject]:
    """None for a cache cluster on its own; no role of a node that did not say it."""
    if target.group.form is not Form.REPLICATION_GROUP:
        return {}
    of_group = {"ReplicationGroupId": str(target.group.id)}
    values = {GroupSet.GROUP: of_group, GroupSet.NODE_GROUP: of_group | {"NodeGroupId": str(target.node_group_id)}}
    if role is not None:
        values[GroupSet.ROLE] = of_group | {"Role": _ROLE_WORDS[role]}
    return {kind: Subject(target.group.region, NAMESPACE, dimensions(named)) for kind, named in values.items()}
