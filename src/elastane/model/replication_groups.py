"""The replication group: a customer's cache as it is desired, and what was last observed of it.

Everything we run is a replication group inside, also what AWS's API calls a cache cluster with
one Valkey or Redis OSS node: that is a group of one node whose `form` says how the customer made
it. So a cache cluster becomes a group (PrimaryClusterId) and a group's primary becomes a cache
cluster again (RetainPrimaryCluster) without its engine noticing.

Two documents, written by the two stairs: `ReplicationGroup` is desired (asking writes it),
`ObservedReplicationGroup` is what the last pass saw (doing writes it). What customers read as a
status follows from both, in `statuses`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.ids import NodeGroupId, NodeId, Region, ReplicationGroupId, Zone
from elastane.model.observations import Role


class Form(StrEnum):
    """What the customer created, and so which Describe action lists it by itself."""

    REPLICATION_GROUP = "replication-group"
    CACHE_CLUSTER = "cache-cluster"


class EngineName(StrEnum):
    VALKEY = "valkey"
    REDIS = "redis"


class GroupKey(msgspec.Struct, frozen=True, order=True):
    """Names one group in the store: ids are unique per region and form only."""

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
    reboot_requested_at: datetime | None = None
    """The process must have been started after this moment."""


class NodeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A primary and its replicas."""

    id: NodeGroupId
    nodes: tuple[Node, ...]
    target_primary: NodeId
    """Who shall be primary. While another one is observed as primary, a switchover is under way."""
    epoch: int
    """Grows with each promotion and is written before it: an older order never wins."""


class Software(msgspec.Struct, frozen=True, kw_only=True):
    """What each node runs."""

    engine: EngineName
    version: str
    """As AWS's API spells it: ``9.1``."""
    node_type: str
    parameter_group_name: str
    port: int


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    automatic_failover: bool
    multi_az: bool


class Network(msgspec.Struct, frozen=True, kw_only=True):
    subnet_group_name: str
    security_group_ids: tuple[str, ...] = ()
    primary_endpoint_address: str | None = None
    """None for a cache cluster: its only endpoint is its node's."""
    reader_endpoint_address: str | None = None


class Upkeep(msgspec.Struct, frozen=True, kw_only=True):
    """Windows and notices: stored and read back; the schedulers that use them are not built yet."""

    maintenance_window: str
    snapshot_window: str
    snapshot_retention_limit: int = 0
    snapshotting_node_id: NodeId | None = None
    notification_topic_arn: str | None = None
    is_notification_active: bool = True
    auto_minor_version_upgrade: bool = True


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    requested_at: datetime


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

    @property
    def key(self) -> GroupKey:
        return GroupKey(self.region, self.form, self.id)

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for node_group in self.node_groups for node in node_group.nodes)

    @property
    def staying_nodes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if not node.is_leaving)


# --- observed ------------------------------------------------------------------------------------


class NodeHealth(StrEnum):
    """What the last pass made of a node; the words are the console's and the CLI's."""

    STARTING = "starting"
    SYNCING = "syncing"
    READY = "ready"
    DOWN = "down"
    UNKNOWN = "unknown"


class ObservedNode(msgspec.Struct, frozen=True, kw_only=True):
    id: NodeId
    health: NodeHealth
    role: Role | None
    """As the engine said itself in the last pass that reached it in this life; None when it could not be asked."""
    sentence: str
    started_at: datetime | None = None
    """When the process that runs now was started."""
    answered_process_started_at: datetime | None = None
    """The start of the process that last answered: how a node that never came up is told from one that hangs."""
    failed_starts: int = 0
    """Processes in a row that ended before they ever answered."""
    last_failed_at: datetime | None = None
    engine_version: str | None = None
    """With its patch level: ``9.1.2``."""
    was_ready: bool = False
    """Has been ready at least once since it was created."""
    has_held_data: bool = False
    """Has been seen with keys. Empty after that, it may never be promoted over a node that still has some."""
    is_recovering: bool = False
    """Was lost without anybody asking for it, and has not been ready since."""
    is_parameters_in_sync: bool = True


class VerdictKind(StrEnum):
    ACT = "act"
    WAIT = "wait"
    SATISFIED = "satisfied"
    FAILED = "failed"


class ObservedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the last pass decided, for `elastane explain` and the console."""

    kind: VerdictKind
    rule: str
    sentence: str
    since: datetime


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A step that failed, and for which generation. Cleared when a later pass converges."""

    sentence: str
    generation: int
    at: datetime
    count: int = 1
    """How many passes in a row have failed: the next try waits longer."""
    is_permanent: bool = False
    """No retry can mend it (a port taken by somebody else's process, an engine that is not there)."""


class ObservedReplicationGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What the last pass saw. Never decided from without looking again."""

    converged_generation: int = 0
    """The newest generation that a pass found completely true."""
    available_since: datetime | None = None
    """First convergence: the end of `creating`."""
    nodes: tuple[ObservedNode, ...] = ()
    primaries: dict[NodeGroupId, NodeId] = {}
    """Who was last seen as primary of each node group, dead by now or not."""
    verdict: ObservedVerdict | None = None
    failure: Failure | None = None

    def find_node(self, node_id: NodeId) -> ObservedNode | None:
        return next((node for node in self.nodes if node.id == node_id), None)


NOTHING_OBSERVED = ObservedReplicationGroup()
