"""What a node in cluster mode says of its cluster: whom it knows, who owns which slots, and what is being moved.

Each node has a view of its own, and a rumour takes a moment to reach everybody. What a node says of *itself* is true
at once; what it says of others is what it has heard. Read by `engines`, looked at by the rules.
"""

from enum import StrEnum

import msgspec

from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, Slots, union


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A node as some node of the cluster, perhaps itself, knows it."""

    id: MemberId
    address: str
    is_primary: bool
    primary_id: MemberId | None = None
    """Whom it replicates, as far as the speaker knows; None for a primary."""
    slots: Slots = NO_SLOTS
    port: int | None = None
    """Where the speaker sends whoever connects as we do, by TLS or not; None where it is not known."""
    is_linked: bool = True
    """The speaker has a connection to it; True of itself."""
    is_handshaking: bool = False
    """Not a member yet, for the speaker."""
    is_held_dead: bool = False
    """The speaker calls it failing or failed."""


class OpenSlot(msgspec.Struct, frozen=True, order=True):
    """A slot that is moved key by key. Engines that move whole slots at once know none."""

    slot: int
    other: MemberId
    """Where it goes, on the side that gives; where it comes from, on the side that takes."""


class MoveState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SlotMove(msgspec.Struct, frozen=True, kw_only=True):
    """A move of whole slots, as one of its two sides remembers it: Valkey from 9.0 on."""

    id: str
    """The engines' own name of it, the same on both sides."""
    is_export: bool
    """The speaker is the side that gives."""
    slots: Slots
    source_id: MemberId
    target_id: MemberId
    state: MoveState
    message: str
    """Why it failed, in the engine's words."""
    began_at_seconds: int
    """By the engine's own clock, since the epoch."""


class ClusterView(msgspec.Struct, frozen=True, kw_only=True):
    """One node's view."""

    own: Member
    """The speaker itself."""
    others: tuple[Member, ...] = ()
    config_epoch: int = 0
    """Of what it says of its own slots: of two that claim one slot the higher wins."""
    current_epoch: int = 0
    """The highest that it has heard of anybody. What it claims next is above that."""
    is_serving: bool = True
    """It takes commands for the slots it owns (`cluster_state:ok`)."""
    leaving_slots: tuple[OpenSlot, ...] = ()
    """Open slots that it gives away."""
    arriving_slots: tuple[OpenSlot, ...] = ()
    """Open slots that it takes."""
    moves: tuple[SlotMove, ...] = ()
    """Those it remembers, newest first."""

    def find(self, wanted: MemberId) -> Member | None:
        """Among the others, or itself."""
        return next((member for member in (self.own, *self.others) if member.id == wanted), None)

    @property
    def owned_slots(self) -> Slots:
        """All that some node owns, as it knows."""
        return union(*(member.slots for member in (self.own, *self.others)))
