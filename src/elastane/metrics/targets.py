"""Which nodes there are to be measured, and whom the numbers are about: read from the store at each tick."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from elastane.engines import NodeAddress, address_of
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.metrics.definitions import DEFINITIONS, definitions_of
from elastane.metrics.derivations import GroupSet
from elastane.metrics.samples import Value
from elastane.model.engine_names import EngineName
from elastane.model.ids import CACHE_NODE_ID, CacheNodeId, NodeGroupId, NodeId, Region, node_key
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.metrics import NAMESPACE, Dimensions, Listing, Subject, dimensions
from elastane.model.observations import Role
from elastane.model.replication_groups import Form, GroupKey, Node, NodeGroup, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.statistic_sets import StatisticSet, merge, of_value
from elastane.store import Transaction, credentials, memcached_clusters, replication_groups

NodeGroupKey = tuple[GroupKey, NodeGroupId]

_ROLE_WORDS = {Role.PRIMARY: "Primary", Role.REPLICA: "Replica"}


class NodeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One node of a replication group, or the only one of a cache cluster."""

    key: str
    """On its host: ``us-east-1/elc-tutorial-001``."""
    group: GroupKey
    node_group_id: NodeGroupId
    node_id: NodeId
    engine: EngineName
    at: NodeAddress
    is_published: bool
    """A temporary node is nobody's cache cluster: it is measured, for others may follow it, and not told of."""

    @property
    def node_group_key(self) -> NodeGroupKey:
        return self.group, self.node_group_id

    @property
    def region(self) -> Region:
        return self.group.region

    @property
    def subject(self) -> Subject:
        return _node_subject(self.region, self.node_id, CACHE_NODE_ID)


class CacheNodeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One node of a Memcached cluster."""

    key: str
    """On its host: ``us-east-1/sessions.0001``."""
    cluster: GroupKey
    node_id: CacheNodeId
    endpoint_key: str
    """Of the process that counts what its clients ask of the configuration endpoint."""
    at: MemcachedAddress

    @property
    def engine(self) -> EngineName:
        return EngineName.MEMCACHED

    @property
    def is_published(self) -> bool:
        return True

    @property
    def region(self) -> Region:
        return self.cluster.region

    @property
    def subject(self) -> Subject:
        return _node_subject(self.region, self.cluster.id, self.node_id)


class EndpointTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A Memcached cluster's configuration endpoint: asked like a node, and told of by the nodes."""

    key: str
    at: MemcachedAddress


Target = NodeTarget | CacheNodeTarget


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    nodes: tuple[NodeTarget, ...]
    cache_nodes: tuple[CacheNodeTarget, ...]
    endpoints: tuple[EndpointTarget, ...]

    @property
    def measured(self) -> tuple[Target, ...]:
        """Of whom numbers are told."""
        return (*self.nodes, *self.cache_nodes)

    @property
    def asked(self) -> tuple[Target | EndpointTarget, ...]:
        return (*self.measured, *self.endpoints)


def list_targets(tx: Transaction, secrets: dict[str, Secret]) -> Targets:
    """`secrets`: see `credentials.keep_opened`."""
    groups = [stored.body for stored in replication_groups.list_replication_groups(tx)]
    credentials.keep_opened(tx, {group.credential_id for group in groups}, secrets)
    clusters = [stored.body for stored in memcached_clusters.list_memcached_clusters(tx)]
    return Targets(
        nodes=tuple(
            _node_target(group, node_group, node, secrets[group.credential_id])
            for group in groups
            for node_group in group.node_groups
            for node in node_group.nodes
        ),
        cache_nodes=tuple(_cache_node_target(cluster, node) for cluster in clusters for node in cluster.nodes),
        endpoints=tuple(
            EndpointTarget(key=cluster.endpoint_key, at=_at(cluster, cluster.endpoint_address)) for cluster in clusters
        ),
    )


def _node_target(group: ReplicationGroup, node_group: NodeGroup, node: Node, secret: Secret) -> NodeTarget:
    return NodeTarget(
        key=node_key(group.region, node.id),
        group=group.key,
        node_group_id=node_group.id,
        node_id=node.id,
        engine=group.software.engine,
        at=address_of(group, node, secret),
        is_published=not node.is_temporary,
    )


def _cache_node_target(cluster: MemcachedCluster, node: CacheNode) -> CacheNodeTarget:
    return CacheNodeTarget(
        key=cluster.node_key(node),
        cluster=cluster.key,
        node_id=node.id,
        endpoint_key=cluster.endpoint_key,
        at=_at(cluster, node.address),
    )


def _at(cluster: MemcachedCluster, address: str) -> MemcachedAddress:
    return MemcachedAddress(address=address, port=cluster.software.port, is_encrypted=cluster.is_encrypted)


def _node_subject(region: Region, cluster_id: str, node_id: CacheNodeId) -> Subject:
    return Subject(region, NAMESPACE, dimensions({"CacheClusterId": cluster_id, "CacheNodeId": node_id}))


# --- how metrics are listed ----------------------------------------------------------------------

_OF_CLUSTERS = tuple(each for each in definitions_of(EngineName.MEMCACHED) if each.is_listed_by_cluster)
_OF_GROUPS = tuple(each for each in DEFINITIONS if each.group_sets)

CLUSTER_LISTINGS = {each.name: Listing(each.unit) for each in _OF_CLUSTERS}
GROUP_LISTINGS = {each.name: Listing(each.unit) for each in _OF_GROUPS}


def node_listings(target: Target) -> dict[str, Listing]:
    """How a node's metrics are listed.

    The cache cluster of a node that has one to itself is the same subject by another name. A Memcached cluster is
    another subject than its nodes, also while there is one only: see `merged_by_cluster`.
    """
    own = dict(target.subject.dimensions)
    alone = dimensions({"CacheClusterId": own["CacheClusterId"]})
    with_tier = dimensions(own | {"Tier": "Memory"})
    listings: dict[str, Listing] = {}
    shared: dict[Listing, Listing] = {}
    for each in definitions_of(target.engine):
        is_alias = each.is_listed_by_cluster and isinstance(target, NodeTarget)
        others: tuple[Dimensions, ...] = (alone,) if is_alias else ()
        listing = Listing(each.unit, (*others, with_tier) if each.has_tier else others)
        listings[each.name] = shared.setdefault(listing, listing)  # a hundred names, and few ways to be listed
    return listings


# --- what is told of several nodes together ------------------------------------------------------

Measured = Sequence[tuple[Target, Mapping[str, Value]]]
Merged = dict[Subject, dict[str, Value]]


def merged_by_group(measured: Measured, roles: Mapping[str, Role]) -> Merged:
    """What is told of groups and their parts: the measurements of all members. Roles by node key."""

    def parts() -> Iterator[tuple[Subject, str, Value]]:
        for target, values in measured:
            subjects = _group_subjects(target, roles.get(target.key)) if isinstance(target, NodeTarget) else {}
            for each in _OF_GROUPS:
                for group_set in each.group_sets:
                    if each.name in values and group_set in subjects:
                        yield subjects[group_set], each.name, values[each.name]

    return _merged(parts())


def merged_by_cluster(measured: Measured) -> Merged:
    """What is told of Memcached clusters: the measurements of all nodes."""

    def parts() -> Iterator[tuple[Subject, str, Value]]:
        for target, values in measured:
            if isinstance(target, CacheNodeTarget):
                subject = Subject(target.region, NAMESPACE, dimensions({"CacheClusterId": target.cluster.id}))
                yield from ((subject, each.name, values[each.name]) for each in _OF_CLUSTERS if each.name in values)

    return _merged(parts())


def _merged(parts: Iterable[tuple[Subject, str, Value]]) -> Merged:
    sets: dict[Subject, dict[str, list[StatisticSet]]] = {}
    for subject, name, value in parts:
        measurement = value if isinstance(value, StatisticSet) else of_value(value)
        sets.setdefault(subject, {}).setdefault(name, []).append(measurement)
    return {subject: {name: merge(several) for name, several in named.items()} for subject, named in sets.items()}


def _group_subjects(target: NodeTarget, role: Role | None) -> dict[GroupSet, Subject]:
    """None for a cache cluster on its own; no role of a node that did not say it."""
    if target.group.form is not Form.REPLICATION_GROUP:
        return {}
    of_group = {"ReplicationGroupId": str(target.group.id)}
    values = {GroupSet.GROUP: of_group, GroupSet.NODE_GROUP: of_group | {"NodeGroupId": str(target.node_group_id)}}
    if role is not None:
        values[GroupSet.ROLE] = of_group | {"Role": _ROLE_WORDS[role]}
    return {kind: Subject(target.group.region, NAMESPACE, dimensions(named)) for kind, named in values.items()}
