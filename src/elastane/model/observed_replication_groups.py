"""What the last pass saw of a replication group: the document that the reconciler writes beside the desired one.

Never decided from without looking again. What customers read as a status follows from both documents, in `statuses`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.access import TransitEncryption
from elastane.model.engine_names import EngineName
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.observations import Role, ServedCertificate
from elastane.model.replication_groups import ClusterMode, ReplicationGroup, Software
from elastane.model.slots import NO_SLOTS, Slots, count, difference, union


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
    has_tls: bool = True
    """Its engine was built with it, when it last answered."""
    certificate: ServedCertificate | None = None
    """What it proved itself with, when it last answered."""
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
    primary_address: str | None = None
    """Whom it said it follows, when it was last heard in this life; None also of one that follows nowhere."""
    sync_progress_percent: int | None = None
    """How much of a first sync had arrived then; None when none was under way or the engine does not say."""
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
    transit_encryption: TransitEncryption = TransitEncryption.DISABLED
    """What every node was last seen to offer; while it is changed, still the one before."""
    acl_revision: str = ""
    """`acls.revision` of the users that every node was last seen to have; while they are changed, the one before."""

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
