"""The Memcached cluster: nodes that know nothing of one another, as they are desired.

It has no primary, no replicas and no copy of anything: which node has a key is the client's decision. What the cluster
adds is the list of its nodes, numbered with each change and published at the configuration endpoint, by which clients
find them (auto discovery), and that a node which is lost comes back empty in its place.

Two documents, as of replication groups: `MemcachedCluster` is desired, `observed_memcached_clusters` is what the last
pass saw. What customers read as a status follows from both, in `memcached_statuses`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from elastane.model.ids import CacheNodeId, Region, ReplicationGroupId, Zone, cache_node_key, configuration_endpoint_key
from elastane.model.replication_groups import Deletion, Form, GroupKey, Network, Software, Upkeep


class AZMode(StrEnum):
    """The wire's spelling."""

    SINGLE_AZ = "single-az"
    CROSS_AZ = "cross-az"


class RestartKind(StrEnum):
    REBOOT = "reboot"
    """The customer asked for it, by RebootCacheCluster."""
    REPLACEMENT = "replacement"
    """A rollout's: the next process is of another node type or version."""


class RestartOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The process that runs shall end, with all that it holds; the next one is started as its node is desired."""

    requested_at: datetime
    kind: RestartKind


class CacheNode(msgspec.Struct, frozen=True, kw_only=True):
    """One memcached process that shall run, and where."""

    id: CacheNodeId
    zone: Zone
    address: str
    """Its own for life; a rebuilt node keeps it, and so its place in every client's ring."""
    created_at: datetime
    node_type: str
    """What it is started for. While a rollout has not come to it yet, still the one before."""
    restart: RestartOrder | None = None
    """The last one that was given, fulfilled or not."""
    is_leaving: bool = False
    """The customer asked for its removal; it is forgotten once nobody is told of it and its process is gone."""


class Scaling(msgspec.Struct, frozen=True, kw_only=True):
    """ScaleConfig: how many nodes are replaced at once, and how long a batch is left alone before the next one."""

    percentage: int
    interval_minutes: int


DEFAULT_SCALING = Scaling(percentage=20, interval_minutes=5)
"""AWS's, of a change that says nothing of it (user guide, "On-demand scaling for Memcached clusters")."""


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of what running nodes are: their type or version. How far it has come is seen, and not kept."""

    scaling: Scaling
    batch_at: datetime | None = None
    """When the last batch was ordered; None before the first one."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What clients are told: written before it is told, and its version only grows."""

    version: int
    node_ids: tuple[CacheNodeId, ...]
    """In order. A node that is lost stays in it; one that leaves, or was never ready, is not in it."""


NOTHING_PUBLISHED = Publication(version=0, node_ids=())


class PendingChange(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for without ApplyImmediately, and waits for the maintenance window."""

    software: Software | None = None
    scaling: Scaling | None = None
    added: tuple[CacheNode, ...] = ()
    """Placed when they were asked for: their ids, zones and addresses are theirs."""
    removed_ids: tuple[CacheNodeId, ...] = ()


class MemcachedCluster(msgspec.Struct, frozen=True, kw_only=True):
    """Desired. `generation` grows with every change that is to be made true: of software, nodes, or by its deletion."""

    id: ReplicationGroupId
    """AWS's CacheClusterId."""
    region: Region
    created_at: datetime
    generation: int
    software: Software
    az_mode: AZMode
    nodes: tuple[CacheNode, ...]
    network: Network
    """The configuration endpoint's address is the only one of an endpoint."""
    upkeep: Upkeep
    is_encrypted: bool = False
    """With encryption in transit: at nodes and at the configuration endpoint, for the cluster's life."""
    publication: Publication = NOTHING_PUBLISHED
    rollout: Rollout | None = None
    pending: PendingChange | None = None
    deletion: Deletion | None = None

    @property
    def key(self) -> GroupKey:
        return GroupKey(self.region, Form.MEMCACHED_CLUSTER, self.id)

    @property
    def staying_nodes(self) -> tuple[CacheNode, ...]:
        return tuple(node for node in self.nodes if not node.is_leaving)

    @property
    def coming_nodes(self) -> tuple[CacheNode, ...]:
        """Those that a maintenance window will bring."""
        return () if self.pending is None else self.pending.added

    @property
    def endpoint_address(self) -> str:
        address = self.network.configuration_endpoint_address
        assert address is not None, "every Memcached cluster is made with one"
        return address

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that are its own, those of nodes that are to come among them."""
        nodes = (*self.nodes, *self.coming_nodes)
        return (*(node.address for node in nodes), *self.network.endpoint_addresses)

    def node_key(self, node: CacheNode) -> str:
        return cache_node_key(self.region, self.id, node.id)

    @property
    def endpoint_key(self) -> str:
        return configuration_endpoint_key(self.region, self.id)

    @property
    def process_keys(self) -> tuple[str, ...]:
        """On its host: of every process that it has."""
        return (*(self.node_key(node) for node in self.nodes), self.endpoint_key)

    def find_node(self, node_id: CacheNodeId) -> CacheNode | None:
        return next((node for node in self.nodes if node.id == node_id), None)


def with_pending_applied(cluster: MemcachedCluster, *, now: datetime) -> MemcachedCluster:
    """The cluster once what waits is what is desired: by a call that asks for it at once, or in the maintenance window.

    Of the same generation: whoever saves it makes it the next one.
    """
    pending = cluster.pending
    if pending is None:
        return cluster
    software = pending.software or cluster.software
    present = (replace(node, is_leaving=node.is_leaving or node.id in pending.removed_ids) for node in cluster.nodes)
    added = (replace(node, created_at=now, node_type=software.node_type) for node in pending.added)
    is_new_software = software != cluster.software
    return replace(
        cluster,
        software=software,
        nodes=tuple(sorted((*present, *added), key=lambda node: node.id)),
        rollout=Rollout(scaling=pending.scaling or DEFAULT_SCALING) if is_new_software else cluster.rollout,
        pending=None,
    )
