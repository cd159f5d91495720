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

from elastane.model.engine_names import EngineName as EngineName
from elastane.model.ids import NodeGroupId, NodeId, Region, ReplicationGroupId, Zone
from elastane.model.logs import LogDelivery
from elastane.model.observations import Role
from elastane.model.slots import NO_SLOTS, Slots, count, difference, union


class Form(StrEnum):
    """What the customer created, and so which Describe action lists it by itself."""

    REPLICATION_GROUP = "replication-group"
    CACHE_CLUSTER = "cache-cluster"


class ClusterMode(StrEnum):
    """The wire's spelling. `compatible`: engines in a cluster of one node group, and the endpoints of both kinds."""

    DISABLED = "disabled"
    COMPATIBLE = "compatible"
    ENABLED = "enabled"


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


# --- observed ------------------------------------------------------------------------------------


class NodeHealth(StrEnum):
    """What the last pass made of a node; the words are the console's and the CLI's."""

    STARTING = "starting"
    SYNCING = "syncing"
    READY = "ready"
    DOWN = "down"
    UNKNOWN = "unknown"


class Restart(msgspec.Struct, frozen=True, kw_only=True):
    """An order to end one process's life, and whose: a moment alone would mean another one once a clock is put back."""

    requested_at: datetime
    """The order's, as the node's desired state names it."""
    of_started_at: datetime | None
    """The start of the process that ran when the order was first seen; None when none did."""


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A running engine that gave no answer, look after look. A single answer ends it."""

    since: datetime
    """The first look without an answer."""
    look_count: int
    """Looks without an answer in a row, this one included."""
    still_count: int
    """So many looks, the last ones in a row, found its process stopped or asleep at one and the same place."""
    still_since: datetime
    """The first of those looks; without a meaning while there are none."""
    processor_mark: int
    """`Activity.processor_mark` at the last look."""
    looked_at: datetime
    """The last look."""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a node group's data, as its last primary named it: who has none of it never was in sync."""

    replication_id: str
    previous_replication_id: str


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
    used_memory_bytes: int = 0
    """When it last answered, rounded up by a few percent: it changes all the time, and each change is written."""
    engine: EngineName | None = None
    engine_version: str | None = None
    """With its patch level: ``9.1.2``."""
    was_ready: bool = False
    """Has been ready at least once since it was created."""
    has_held_data: bool = False
    """Has been seen with keys. Empty after that, it may never be promoted over a node that still has some."""
    is_recovering: bool = False
    """Was lost without anybody asking for it, and has not been ready since."""
    is_parameters_in_sync: bool = True
    """But for those that need a new process."""
    awaited_parameters: dict[str, str] = {}
    """What it did not run with, though it shall, when it was last heard: name to value."""
    is_reboot_awaited: bool = False
    """Some of them come with a new process only."""
    reboot: Restart | None = None
    """The last reboot that was asked for."""
    rebuild: Restart | None = None
    """The last test failover that was asked for."""
    missing_rights: tuple[str, ...] = ()
    """Commands that the control user was found not to be allowed there."""
    first_replication_id: str = ""
    """What its process named its history at its first answer: another one later has come from a primary."""
    has_synced: bool = False
    """Has been in sync with a primary since its process began."""
    is_up_to_date: bool = False
    """As a replica, when its primary last answered: it had heard from it a moment before."""
    runs_in_cluster: bool = False
    """As `Answering` has it, when it last answered."""
    is_held_back: bool = False
    """It answers, and refuses customers' commands: it hears too few of the other primaries of its cluster."""
    is_introduced: bool = False
    """As a replica in a cluster: the others were told of it since it has had a place in its primary's stream."""
    silence: Silence | None = None
    """Not None while it runs and does not answer."""
    bound_addresses: tuple[str, ...] = ()
    """Where it listened when it was last heard in this life: a silent node may hold these still."""
    is_copying: bool = False
    """A full sync was under way when it was last heard in this life."""
    is_joining: bool = False
    """As a replica, when it was last heard in this life: its link was not up. A copy may hold its main thread."""
    full_sync_started_at: tuple[datetime, ...] = ()
    """Full syncs that were seen to begin since it was last in sync, oldest first, a few at most."""


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
    rule: str = ""
    """Which rule had ordered the step."""
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
    lineages: dict[NodeGroupId, Lineage] = {}
    """The history of each node group's data, as that primary named it."""
    slots: dict[NodeGroupId, Slots] = {}
    """What each node group was last seen to own, in cluster mode."""
    cluster_epoch: int = 0
    """The highest at which a primary was ever seen: whoever claims slots has to be above it, or loses them again."""
    verdict: ObservedVerdict | None = None
    node_group_verdicts: dict[NodeGroupId, ObservedVerdict] = {}
    """What was decided for each node group by itself, where there are several."""
    last_told: str = ""
    """The sentence that last went into the customer's history from a verdict; empty again once all is well."""
    failure: Failure | None = None
    software: Software | None = None
    """What every node ran at the last convergence: what a change of it that fails goes back to."""
    engine_since: datetime | None = None
    """When that was first another engine, version or patch than before; None when it never was."""

    def find_node(self, node_id: NodeId) -> ObservedNode | None:
        return next((node for node in self.nodes if node.id == node_id), None)


def slots_to_move(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> int:
    """How many slots are owned by another node group than the one that shall own them."""
    owned = {part.id: observed.slots.get(part.id, NO_SLOTS) for part in desired.node_groups}
    everybody = union(*owned.values())
    return sum(count(difference(part.slots, owned[part.id])) for part in desired.node_groups if everybody)


def current_cluster_mode(desired: ReplicationGroup, observed: ObservedReplicationGroup) -> ClusterMode:
    """What the engines are, as the last primary was seen: while the mode is changed, still the one before.

    From `compatible` to `enabled` no engine changes, and it is so at once; so is the mode that a group is made with.
    """
    primaries = (observed.find_node(node_id) for node_id in observed.primaries.values())
    runs_in_cluster = {seen.runs_in_cluster for seen in primaries if seen is not None}
    if observed.available_since is None or runs_in_cluster != {not desired.is_cluster}:
        return desired.cluster_mode
    return ClusterMode.DISABLED if desired.is_cluster else ClusterMode.COMPATIBLE


NOTHING_OBSERVED = ObservedReplicationGroup()
