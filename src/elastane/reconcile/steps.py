"""The steps a plan is made of: frozen values, named in the imperative.

Each is idempotent, and its docstring says what makes it so: a control plane that dies anywhere
may do the step again.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from elastane.model.ids import MemberId, NodeGroupId, NodeId
from elastane.model.replication_groups import EngineName, Software
from elastane.model.slots import Slots


class InstallEngine(msgspec.Struct, frozen=True, kw_only=True):
    """Order an engine's installation, which goes on beside the passes. One that is ordered already is not twice."""

    engine: EngineName
    version: str


class StartNodes(msgspec.Struct, frozen=True, kw_only=True):
    """Start these nodes' engines, side by side. A node whose process runs is left alone."""

    node_ids: tuple[NodeId, ...]


class StopNodes(msgspec.Struct, frozen=True, kw_only=True):
    """End these nodes' processes and wait until they are gone. One that is gone already stays gone."""

    node_ids: tuple[NodeId, ...]


class FenceNodes(msgspec.Struct, frozen=True, kw_only=True):
    """Kill these nodes' processes, with no chance to answer or to write. One that is gone already stays gone.

    A kill and not an order: an engine that is stopped would carry out an order when it is resumed.
    """

    node_ids: tuple[NodeId, ...]


class RemoveDirectories(msgspec.Struct, frozen=True, kw_only=True):
    """Remove what stopped nodes left on their hosts. Refused while a process runs; nothing left is success."""

    node_ids: tuple[NodeId, ...]


class RecordPrimary(msgspec.Struct, frozen=True, kw_only=True):
    """Write who shall be primary, with a new epoch, *before* anybody is promoted.

    Saved against the revision the decision was made from: an older order never wins, and a second
    try of the same order is a conflict, upon which the next pass decides anew.
    """

    node_group_id: NodeGroupId
    node_id: NodeId
    epoch: int
    failed_over_at: datetime | None = None
    """Set when this is an automatic failover: it is counted, and damps the next one."""


class RecordPrimaries(msgspec.Struct, frozen=True, kw_only=True):
    """The same for several node groups at once: in one document they can only be written together."""

    records: tuple[RecordPrimary, ...]


class Promote(msgspec.Struct, frozen=True, kw_only=True):
    """Make a replica of nowhere, or of the dead, a writable primary. A primary stays one.

    Never sent while another primary of the node group lives (SwitchOver is for that).
    """

    node_id: NodeId


class TakeSlots(msgspec.Struct, frozen=True, kw_only=True):
    """Make a replica of the dead, or of nowhere, the primary of a node group in cluster mode. A primary stays one.

    As `Promote`, never sent while the former primary may be writable.
    """

    node_id: NodeId
    slots: Slots
    """What the node group owns. Those that somebody else has by now are left to them."""
    by_vote: bool
    """The other primaries are asked. Without it the role is taken, which needs no majority."""


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """Make a node a replica of another. Repeating it does not restart a sync that is under way."""

    node_id: NodeId
    primary_id: NodeId


class Detach(msgspec.Struct, frozen=True, kw_only=True):
    """Make a node a replica of nowhere, as it boots. It keeps its keys; one that is that already stays it."""

    node_id: NodeId


class AskAcknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Make a replica acknowledge at once how far it has come. It does so once a second anyway: more often is no harm.

    A primary without a second channel for first syncs (Redis OSS, Valkey before 8.0) withholds its stream from
    a replica that has just come online until the replica's next acknowledgement.
    """

    node_id: NodeId


class AskReplicas(msgspec.Struct, frozen=True, kw_only=True):
    """Have a primary ask its replicas how far they have come, by which its stream moves. Once more is no harm."""

    node_id: NodeId


class SwitchOver(msgspec.Struct, frozen=True, kw_only=True):
    """Hand the primary's role over without losing a write. Done already is success: roles are looked at first."""

    old_primary_id: NodeId
    new_primary_id: NodeId
    kept_addresses: tuple[str, ...] = ()
    """Where the old primary listens from then on, its customers' connections being cut; as it does when empty."""


class BindAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Make a node listen on exactly these addresses. The same list again changes nothing.

    `cuts_clients`: in the same order, customers' connections are closed. One order, because a control plane that
    died between two would leave customers on a node that has no address of theirs any more, and nobody to see it.
    """

    node_id: NodeId
    addresses: tuple[str, ...]
    cuts_clients: bool = False


class CutClients(msgspec.Struct, frozen=True, kw_only=True):
    """Close customers' connections to a node, so that they come back through the endpoint. Nobody left is success."""

    node_id: NodeId


class StopScript(msgspec.Struct, frozen=True, kw_only=True):
    """End a customer's script or function that keeps an engine from answering. None that runs is success.

    One that has written cannot be ended; the engine says so, and the step fails.
    """

    node_id: NodeId


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """Keep what a node holds as a dump beside its directory, before it becomes a replica and loses it.

    Repeating it writes one more dump.
    """

    node_id: NodeId
    diverged_bytes: int
    """How much of its stream nobody else has, for the customer's history."""


class SetParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Give a running engine these parameter values. Setting a value twice is setting it once."""

    node_id: NodeId
    parameters: dict[str, str]
    cuts_clients: bool = False
    """In the same order customers' connections are closed, as with `BindAddresses`."""


class SetUsers(msgspec.Struct, frozen=True, kw_only=True):
    """Give a running engine the group's users, in the place of all that it has. The same again changes nothing."""

    node_id: NodeId


class SetTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tell a running engine which tokens users of IAM may sign in with by now: the difference, which again is none.

    Of much that is new it does a part, and has to be done again.
    """

    node_id: NodeId


class RenewCertificates(msgspec.Struct, frozen=True, kw_only=True):
    """Write nodes new certificates and have their engines read them. Twice is one certificate more that nobody saw."""

    node_ids: tuple[NodeId, ...]


class Drain(msgspec.Struct, frozen=True, kw_only=True):
    """Have a primary take no writes for a moment, and wait until a replica has all of them. Fenced right after.

    The pause ends by itself: a control plane that dies here leaves a primary that goes on as it was.
    """

    primary_id: NodeId
    heir_id: NodeId


class MeetMembers(msgspec.Struct, frozen=True, kw_only=True):
    """Make a node of a cluster know others of its group. Known already is success."""

    node_id: NodeId
    other_ids: tuple[NodeId, ...]


class ForgetMembers(msgspec.Struct, frozen=True, kw_only=True):
    """Make a node of a cluster forget members that are none of the group's. Not known any more is success."""

    node_id: NodeId
    member_ids: tuple[MemberId, ...]


class BeginMove(msgspec.Struct, frozen=True, kw_only=True):
    """Begin to move whole slots from one primary to another. The same again is refused while the first one runs."""

    source_id: NodeId
    target_id: NodeId
    slots: Slots


class CancelMoves(msgspec.Struct, frozen=True, kw_only=True):
    """End the moves of whole slots to a node: the side that decides. The slots stay where they are. None is success."""

    node_id: NodeId


class CarrySlots(msgspec.Struct, frozen=True, kw_only=True):
    """Move slots key by key for a moment, beginning with the first. Goes on where an earlier one ended."""

    source_id: NodeId
    target_id: NodeId
    slots: Slots


class CloseSlots(msgspec.Struct, frozen=True, kw_only=True):
    """End a move of slots key by key at one node, as if none had begun. Closed already is success."""

    node_id: NodeId
    slots: Slots


class SettleSlots(msgspec.Struct, frozen=True, kw_only=True):
    """Give a resharding up: write what each node group owns as what it shall own, and tell the customer why.

    A node group that was to leave and still owns slots stays. Saved against the revision that was decided from: a
    second try is a conflict.
    """

    slots: dict[NodeGroupId, Slots]
    reason: str


class AddTemporaryNode(msgspec.Struct, frozen=True, kw_only=True):
    """Give a node group one more replica for a while, beside those the customer has. One that is there is success."""

    node_group_id: NodeGroupId


class RetireNodes(msgspec.Struct, frozen=True, kw_only=True):
    """Write that these nodes are to leave. Written already, or gone, is success."""

    node_ids: tuple[NodeId, ...]


class RestoreSoftware(msgspec.Struct, frozen=True, kw_only=True):
    """Give a change of what the nodes run up: write what they ran before as what they shall run, and tell why.

    Saved against the revision that was decided from: a second try is a conflict.
    """

    software: Software
    reason: str


class ApplyPending(msgspec.Struct, frozen=True, kw_only=True):
    """Write what has waited for the maintenance window as what the group shall run from now on.

    Saved against the revision that was decided from: a second try is a conflict.
    """


class DropPending(msgspec.Struct, frozen=True, kw_only=True):
    """Give up what has waited for the maintenance window, and tell the customer why. Saved as `ApplyPending` is."""

    reason: str


class ForgetNode(msgspec.Struct, frozen=True, kw_only=True):
    """Take a departed node out of its group, and tell the customer. Not there any more is success."""

    node_id: NodeId


class ForgetGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Take a deleted group, its tags and its secret out of the store, and tell the customer."""


class SideBySide(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of node groups that do not wait for one another; in each track one after the other.

    All tracks are tried to their end, or to their first step that fails; then the first failure is told.
    """

    tracks: tuple[tuple["Step", ...], ...]


EngineOrder = (
    Promote
    | TakeSlots
    | Follow
    | Detach
    | AskAcknowledgement
    | AskReplicas
    | SwitchOver
    | Drain
    | BindAddresses
    | CutClients
    | StopScript
    | SetParameters
    | SetTokens
    | SetUsers
    | MeetMembers
    | ForgetMembers
    | BeginMove
    | CancelMoves
    | CarrySlots
    | CloseSlots
)
"""What is told to one engine."""

Step = (
    EngineOrder
    | InstallEngine
    | StartNodes
    | StopNodes
    | FenceNodes
    | RemoveDirectories
    | RenewCertificates
    | RecordPrimary
    | RecordPrimaries
    | SetAside
    | SettleSlots
    | AddTemporaryNode
    | RetireNodes
    | RestoreSoftware
    | ApplyPending
    | DropPending
    | ForgetNode
    | ForgetGroup
    | SideBySide
)


def side_by_side(tracks: Sequence[tuple[Step, ...]]) -> tuple[Step, ...]:
    """The steps of a single track as they are."""
    return tracks[0] if len(tracks) == 1 else (SideBySide(tracks=tuple(tracks)),)
