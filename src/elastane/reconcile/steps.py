"""The steps a plan is made of: frozen values, named in the imperative.

Each is idempotent, and its docstring says what makes it so: a control plane that dies anywhere
may do the step again.
"""

from datetime import datetime

import msgspec

from elastane.model.ids import NodeGroupId, NodeId


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


class Promote(msgspec.Struct, frozen=True, kw_only=True):
    """Make a replica of nowhere, or of the dead, a writable primary. A primary stays one.

    Never sent while another primary of the node group lives (SwitchOver is for that).
    """

    node_id: NodeId


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


class SwitchOver(msgspec.Struct, frozen=True, kw_only=True):
    """Hand the primary's role over without losing a write. Done already is success: roles are looked at first."""

    old_primary_id: NodeId
    new_primary_id: NodeId


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


class ForgetNode(msgspec.Struct, frozen=True, kw_only=True):
    """Take a departed node out of its group, and tell the customer. Not there any more is success."""

    node_id: NodeId


class ForgetGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Take a deleted group, its tags and its secret out of the store, and tell the customer."""


Step = (
    StartNodes
    | StopNodes
    | FenceNodes
    | RemoveDirectories
    | RecordPrimary
    | Promote
    | Follow
    | Detach
    | AskAcknowledgement
    | SwitchOver
    | BindAddresses
    | CutClients
    | StopScript
    | SetAside
    | SetParameters
    | ForgetNode
    | ForgetGroup
)
