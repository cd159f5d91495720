"""The replication group: a customer's cache as it is desired.

Everything we run is a replication group inside, also what AWS's API calls a cache cluster with
one Valkey or Redis OSS node: that is a group of one node whose `form` says how the customer made
it. So a cache cluster becomes a group (PrimaryClusterId) and a group's primary becomes a cache
cluster again (RetainPrimaryCluster) without its engine noticing.

Two documents, written by the two stairs: `ReplicationGroup` is desired (asking writes it),
`observed_replication_groups` has what the last pass saw (doing writes it). What customers read as a
status follows from both, in `statuses`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.access import NO_ACCESS_CONTROL, Access
from elastane.model.engine_names import EngineName as EngineName
from elastane.model.ids import NodeGroupId, NodeId, Region, ReplicationGroupId, Zone
from elastane.model.logs import LogDelivery
from elastane.model.slots import NO_SLOTS, Slots


class Form(StrEnum):
    """What the customer created, and so which Describe action lists it by itself."""

    REPLICATION_GROUP = "replication-group"
    CACHE_CLUSTER = "cache-cluster"
    MEMCACHED_CLUSTER = "memcached-cluster"
    """What AWS calls a cache cluster, too. It is no replication group inside: see `memcached_clusters`."""


class ClusterMode(StrEnum):
    """The wire's spelling. `compatible`: engines in a cluster of one node group, and the endpoints of both kinds."""

    DISABLED = "disabled"
    COMPATIBLE = "compatible"
    ENABLED = "enabled"


class GroupKey(msgspec.Struct, frozen=True, order=True):
    """Names one group, or one Memcached cluster, in the store: ids are unique per region and form only."""

    region: Region
    form: Form
    id: ReplicationGroupId

    def __str__(self) -> str:
        return f"{self.region}/{self.form}/{self.id}"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One engine process that shall run, and where."""

    id: NodeId
    zone: Zone
    address: str
    """Its own address for life; a rebuilt node keeps it."""
    created_at: datetime
    is_leaving: bool = False
    """The customer asked for its removal; it is forgotten once its process and directory are gone."""
    is_temporary: bool = False
    """A replica beside those the customer has, for as long as their engines are replaced one after the other."""
    reboot_requested_at: datetime | None = None
    """The process must have been started after this moment."""
    rebuild_requested_at: datetime | None = None
    """As a reboot, but asked for by TestFailover: told as a recovery, and the group stays available meanwhile."""


class NodeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A primary and its replicas; in cluster mode also what AWS calls a shard."""

    id: NodeGroupId
    nodes: tuple[Node, ...]
    target_primary: NodeId
    """Who shall be primary. While another one is observed as primary, a switchover is under way."""
    epoch: int
    """Grows with each promotion and is written before it: an older order never wins."""
    ordered_primary: NodeId | None = None
    """Whom the last order made primary, written with its epoch. A customer may change the target, and not this."""
    failed_over_at: datetime | None = None
    """When the last automatic failover was decided."""
    failover_count: int = 0
    """Automatic failovers in this node group's life."""
    slots: Slots = NO_SLOTS
    """What it shall own, in cluster mode. While others own some of it, or it more, a resharding is under way."""
    is_leaving: bool = False
    """The customer asked for its removal: its slots go first, then its nodes, then itself."""


class Software(msgspec.Struct, frozen=True, kw_only=True):
    """What each node runs."""

    engine: EngineName
    version: str
    """As AWS's API spells it: ``9.1``."""
    node_type: str
    parameter_group_name: str
    port: int
    patch: str = ""
    """The full version, ``9.1.2``. Another patch of the same version runs only where this one is not to be had."""


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    automatic_failover: bool
    multi_az: bool


class Network(msgspec.Struct, frozen=True, kw_only=True):
    subnet_group_name: str
    security_group_ids: tuple[str, ...] = ()
    primary_endpoint_address: str | None = None
    """For a cache cluster it is what customers read as its node's: there it can follow the role to another process."""
    reader_endpoint_address: str | None = None
    configuration_endpoint_address: str | None = None
    """None without cluster mode. With `enabled` it is the only endpoint."""

    @property
    def endpoint_addresses(self) -> tuple[str, ...]:
        addresses = (
            self.primary_endpoint_address,
            self.reader_endpoint_address,
            self.configuration_endpoint_address,
        )
        return tuple(address for address in addresses if address is not None)


class Upkeep(msgspec.Struct, frozen=True, kw_only=True):
    """Windows and notices. Changes that wait are made in the maintenance window; snapshots are not built yet."""

    maintenance_window: str
    snapshot_window: str
    snapshot_retention_limit: int = 0
    snapshotting_node_id: NodeId | None = None
    notification_topic_arn: str | None = None
    is_notification_active: bool = True
    auto_minor_version_upgrade: bool = True

    @property
    def told_topic_arn(self) -> str | None:
        """Who is told what happens to the cache."""
        return self.notification_topic_arn if self.is_notification_active else None


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    requested_at: datetime


class Initiator(StrEnum):
    """The wire's spelling."""

    CUSTOMER = "customer"
    SYSTEM = "system"


class RequestedUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """The last service update that was asked for. How far it has come is seen, and not kept."""

    name: str
    patch: str
    """The full version that it brings."""
    requested_at: datetime
    initiated_by: Initiator
    stopped_at: datetime | None = None
    """When the customer asked for its end: nodes that run its patch by then go on with it."""


class Resharding(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of who shall own which slots. How far it has come is seen, and not kept."""

    requested_at: datetime
    slot_count: int
    """How many had to change their owner."""


class ReplicationGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Desired. `generation` grows with every change a customer makes to it."""

    id: ReplicationGroupId
    region: Region
    form: Form
    description: str
    created_at: datetime
    generation: int
    credential_id: str
    """Names the control user's secret in the store; it goes along when a cache cluster becomes a group."""
    software: Software
    availability: Availability
    network: Network
    upkeep: Upkeep
    node_groups: tuple[NodeGroup, ...]
    deletion: Deletion | None = None
    cluster_mode: ClusterMode = ClusterMode.DISABLED
    resharding: Resharding | None = None
    logs: tuple[LogDelivery, ...] = ()
    access: Access = NO_ACCESS_CONTROL
    pending: Software | None = None
    """What it shall run from the next maintenance window on; None when nothing waits for that."""
    update: RequestedUpdate | None = None
    """Also when it is through, so that it is known who asked."""

    @property
    def is_cluster(self) -> bool:
        """Whether its engines shall run as members of a cluster."""
        return self.cluster_mode is not ClusterMode.DISABLED

    @property
    def is_in_between_modes(self) -> bool:
        """AWS neither scales nor upgrades such a group."""
        return self.cluster_mode is ClusterMode.COMPATIBLE

    @property
    def key(self) -> GroupKey:
        return GroupKey(self.region, self.form, self.id)

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for node_group in self.node_groups for node in node_group.nodes)

    @property
    def own_nodes(self) -> tuple[Node, ...]:
        """Those that the customer has."""
        return tuple(node for node in self.nodes if not node.is_temporary)

    @property
    def staying_nodes(self) -> tuple[Node, ...]:
        """Those that the customer has and goes on having."""
        return tuple(node for node in self.own_nodes if not node.is_leaving)
