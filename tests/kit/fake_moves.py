"""How fake engines move slots: whole ones at once, as Valkey does from 9.0 on, and key by key, as all do.

Used by `tests.kit.fake_engines`. A move of whole slots takes some looks at its source: it copies, then the source is
asked to hold its writes back and grants it, then the target claims the slots at a higher epoch and tells of it. Until
the source has heard that, it takes no writes there. A side that dies, or is another's replica by now, ends the move,
but not once it was granted: then the target claims, whoever else does (valkey#2724, F20). A restart forgets it all.

Key by key, a slot is open on both sides meanwhile, and `carry` may end anywhere between its orders. Open slots die with
the process that has them: its replicas know nothing of them, as those of engines before Valkey 8.
"""

import itertools
import random
from collections.abc import Callable

import msgspec

from elastane.engines import KeyTooLarge, Refused
from elastane.model.cluster_views import MoveState, SlotMove
from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, Slots, count, difference, from_numbers, intersection, lowest, numbers, union
from tests.kit.fake_bus import view_of
from tests.kit.fake_cluster import FakeCluster
from tests.kit.fake_replication import FakeNode
from tests.kit.fake_views import Place, is_in, slot_of

STALLS_MAX = 20
"""So many looks a move stands still, because one of its sides does, until both give it up."""
PAUSE_SECONDS_MAX = 5.0
"""So long a source holds writes back for a target that is gone."""
CARRIED_MAX = 3000
"""So many slots are carried by one order at most."""
INTERRUPTED_MAX = 600
"""So many by one that may be interrupted."""


class Redirection(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is answered in the place of its write."""

    to: Place | None = None
    """None: CLUSTERDOWN, or the write waits for the end of a move."""
    is_ask: bool = False


NOWHERE = Redirection()


class FakeMove:
    """One move; both sides remember the same, as long as they live."""

    def __init__(self, number: int, source: FakeNode, target: FakeNode, slots: Slots, began_at_seconds: int) -> None:
        self.id = f"{number:040x}"
        self.source = source
        self.target = target
        self.slots = slots
        self.state = MoveState.RUNNING
        self.message = ""
        self.look_count = 0
        self.stall_count = 0
        self.keys: frozenset[str] | None = None
        """What the target has of it, from the grant on."""
        self.granted_at: float | None = None
        self.is_settled = False
        """Its source has heard that the slots are another's."""
        self.began_at_seconds = began_at_seconds

    @property
    def is_running(self) -> bool:
        return self.state is MoveState.RUNNING

    @property
    def is_unsettled(self) -> bool:
        """For its source."""
        return self.is_running or (self.state is MoveState.SUCCEEDED and not self.is_settled)

    def end(self, state: MoveState, message: str) -> None:
        self.state, self.message = state, message

    def seen_by(self, node: FakeNode) -> SlotMove:
        """Its source calls it done once it has heard of the new owner."""
        is_export = node is self.source
        is_unheard = is_export and self.state is MoveState.SUCCEEDED and not self.is_settled
        return SlotMove(
            id=self.id,
            is_export=is_export,
            slots=self.slots,
            source_id=view_of(self.source).own.id,
            target_id=view_of(self.target).own.id,
            state=MoveState.RUNNING if is_unheard else self.state,
            message=self.message,
            began_at_seconds=self.began_at_seconds,
        )


class FakeMoves:
    """All moves of a cluster. `interrupts`: chance ends an order to carry slots anywhere."""

    def __init__(
        self,
        cluster: FakeCluster,
        *,
        chance: random.Random,
        move_looks: int,
        interrupts: bool,
        wall_seconds: Callable[[], float],
    ) -> None:
        self.move_looks = move_looks
        self.large_keys: set[str] = set()
        """Those that are not moved key by key."""
        self.full: set[FakeNode] = set()
        """Nodes without memory for anything that moves to them."""
        self.on_arrival: Callable[[frozenset[str]], None] = lambda keys: None
        """Keys have come to a node that others may not have received yet."""
        self._cluster = cluster
        self._chance = chance
        self._interrupts = interrupts
        self._wall_seconds = wall_seconds
        self._moves: list[FakeMove] = []
        self._numbers = itertools.count(1)
        cluster.granted_slots = self.held_back
        cluster.on_slots_lost = self._slots_lost

    def of(self, node: FakeNode) -> list[FakeMove]:
        return [one for one in self._moves if node in (one.source, one.target)]

    def seen_by(self, node: FakeNode) -> tuple[SlotMove, ...]:
        """Newest first."""
        return tuple(one.seen_by(node) for one in reversed(self.of(node)))

    def is_on_its_way(self, owner: FakeNode, key: str) -> bool:
        """Whether its slot is changing hands: who is said to own it is not asked for it."""
        is_coming = any(one.is_running and one.keys is not None and key in one.keys for one in self._moves)
        return is_coming or is_in(slot_of(key), self.held_back(owner))

    def redirection(self, node: FakeNode, key: str, *, is_asking: bool) -> Redirection | None:
        """Why a primary does not take a write, and where it would be taken; None when it takes it."""
        view, slot = view_of(node), slot_of(key)
        owner = view.owner_of(slot)
        if owner is None or not view.is_serving:
            return NOWHERE
        if owner is not view.own:
            is_taken = is_asking and slot in view.arriving
            return None if is_taken else Redirection(to=owner.place)
        if slot in view.leaving and key not in node.keys:
            other = view.members.get(view.leaving[slot])
            return NOWHERE if other is None else Redirection(to=other.place, is_ask=True)
        return NOWHERE if is_in(slot, self.held_back(node)) else None

    # --- whole slots -----------------------------------------------------------------------------

    def begin(self, source: FakeNode, target_id: MemberId, slots: Slots) -> None:
        view = view_of(source)
        target = view.members.get(target_id)
        if int(source.version.split(".")[0]) < 9:
            raise Refused(f"{source.at} refused.", reply="ERR unknown subcommand 'MIGRATESLOTS'. Try CLUSTER HELP.")
        if not view.own.is_primary or difference(slots, view.own.slots):
            raise Refused(f"{source.at} refused.", reply="ERR Slots are not served by this node.")
        if target is None or not target.is_primary or target is view.own:
            raise Refused(f"{source.at} refused.", reply="ERR Target node is unknown or no primary")
        unsettled = [one.slots for one in self._moves if one.source is source and one.is_unsettled]
        if intersection(union(*unsettled), slots):
            raise Refused(f"{source.at} refused.", reply="ERR Some slots are already being migrated.")
        if view.leaving or view.arriving:
            raise Refused(f"{source.at} refused.", reply="ERR Slots are being manually migrated.")
        peer = self._cluster.bus.find_peer(source, target)
        if peer is not None:  # otherwise the engine begins, and fails a moment later: what is remembered is the same
            self._moves.append(FakeMove(next(self._numbers), source, peer, slots, int(self._wall_seconds())))

    def cancel(self, node: FakeNode) -> None:
        for one in self._moves:
            if one.is_running and node is one.target:
                one.end(MoveState.CANCELLED, "Cancelled by an order")

    def look(self, node: FakeNode) -> None:
        """What this node gives goes on a little, or what it takes from one who died."""
        for one in self._moves:
            if node is one.source and not one.is_settled:
                one.is_settled = not view_of(node).own.is_primary or self._has_waited_enough(one)
            if one.is_running and (node is one.source or (node is one.target and not self._lives(one.source))):
                self._go_on(one)

    def _has_waited_enough(self, move: FakeMove) -> bool:
        """For word of a target that died in the middle of it, or whose claim was the older one: then they are its own
        again."""
        if move.granted_at is None:
            return False
        if self._lives(move.target) and (move.is_running or not difference(move.slots, view_of(move.target).own.slots)):
            return False
        return self._cluster.bus.now() - move.granted_at > PAUSE_SECONDS_MAX

    def _go_on(self, move: FakeMove) -> None:
        if move.keys is not None:
            if not self._interrupts or self._chance.random() < 0.5:
                self._claim(move, move.keys)
            return
        if not self._lives(move.source) or not self._lives(move.target):
            move.end(MoveState.FAILED, "Connection lost")
            return
        source, target = view_of(move.source), view_of(move.target)
        if not source.own.is_primary or not target.own.is_primary or difference(move.slots, source.own.slots):
            move.end(MoveState.FAILED, "A topology update")
            return
        if move.target in self.full:
            move.end(MoveState.FAILED, "Target out of memory")
            return
        if move.source.is_still or move.target.is_still or self._cluster.bus.is_cut(move.source, move.target):
            move.stall_count += 1
            if move.stall_count > STALLS_MAX:
                move.end(MoveState.FAILED, "Timed out")
            return
        move.look_count += 1
        if move.look_count >= self.move_looks:
            move.granted_at = self._cluster.bus.now()
            move.keys = frozenset(key for key in move.source.keys if is_in(slot_of(key), move.slots))

    def _claim(self, move: FakeMove, keys: frozenset[str]) -> None:
        if not self._lives(move.target) or not view_of(move.target).own.is_primary:
            move.end(MoveState.FAILED, "Connection lost")
            return
        if move.target.is_still:
            return
        self._take_over(move.target, move.slots, keys)
        move.end(MoveState.SUCCEEDED, "")

    def _take_over(self, target: FakeNode, slots: Slots, keys: frozenset[str]) -> None:
        view = view_of(target)
        if keys:
            self.on_arrival(keys)
            self._cluster.replication.change(target, added=keys)
        view.bump_epoch()
        for one in view.others:
            one.slots = difference(one.slots, slots)
        view.own.slots = union(view.own.slots, slots)
        view.version += 1

    def held_back(self, node: FakeNode) -> Slots:
        """What it has agreed to give away, and has not heard to be another's yet."""
        moves = [one for one in self._moves if one.source is node and one.keys is not None and not one.is_settled]
        agreed = [one.slots for one in moves if one.state in (MoveState.RUNNING, MoveState.SUCCEEDED)]
        return intersection(union(*agreed), view_of(node).own.slots) if agreed else NO_SLOTS

    def given_to_the_dead(self) -> Slots:
        """What was taken over by who has died since. Who gave it may yet hear of that: then nobody has the keys."""
        moves = [one for one in self._moves if one.is_unsettled and not one.is_running]
        return union(*(one.slots for one in moves if not self._lives(one.target)))

    def _slots_lost(self, node: FakeNode, lost: Slots) -> None:
        for one in self._moves:
            if one.source is not node or not intersection(one.slots, lost):
                continue
            if one.keys is not None:
                one.is_settled = True
            elif one.is_running:
                one.end(MoveState.FAILED, "A topology update")

    def _lives(self, node: FakeNode) -> bool:
        return self._cluster.replication.nodes.get(node.place) is node

    # --- key by key ------------------------------------------------------------------------------

    def may_carry(self, source: FakeNode, target: FakeNode, slots: Slots) -> None:
        """Raises Refused, in the words of whoever refuses first."""
        giving, taking = view_of(source), view_of(target)
        if not taking.own.is_primary or not giving.own.is_primary:
            raise Refused(f"{target.at} refused.", reply="ERR You can use SETSLOT only with primaries.")
        if difference(slots, giving.own.slots, taking.own.slots):
            raise Refused(f"{source.at} refused.", reply="ERR I'm not the owner of hash slot")

    def carry(self, source: FakeNode, target: FakeNode, slots: Slots, told: list[FakeNode]) -> None:
        """Whole slots first, then perhaps one that is left half way."""
        self.may_carry(source, target, slots)
        budget = self._chance.randint(0, INTERRUPTED_MAX) if self._interrupts else CARRIED_MAX
        left = intersection(slots, union(view_of(source).own.slots, _open(source), _open(target)))
        stuck = self._find_stuck(source, target, left)
        whole = lowest(left, budget)
        if stuck is not None:
            whole = lowest(whole, sum(1 for slot in numbers(whole) if slot < stuck))
        self._finish(source, target, whole, told)
        if whole == left:
            return
        half = next(numbers(difference(left, whole)))
        if stuck is not None and half == stuck:
            self._open_both(source, target, half)
            self._refuse_stuck(source, target, half)
        if self._interrupts and self._chance.random() < 0.5:
            self._leave_half_way(source, target, half)

    def _find_stuck(self, source: FakeNode, target: FakeNode, slots: Slots) -> int | None:
        """The first slot that cannot be carried."""
        here = (key for key in source.keys if is_in(slot_of(key), slots))
        is_stuck = target in self.full or self._cluster.bus.is_cut(source, target)
        stuck = [slot_of(key) for key in here if is_stuck or key in self.large_keys]
        return min(stuck, default=None)

    def _refuse_stuck(self, source: FakeNode, target: FakeNode, slot: int) -> None:
        if self._cluster.bus.is_cut(source, target):
            raise Refused(f"{source.at} does not reach {target.at}.", reply="IOERR error or timeout writing to target")
        if target in self.full:
            reply = "OOM command not allowed when used memory > 'maxmemory'."
            raise Refused(f"{target.at} takes no more.", reply=reply)
        raise KeyTooLarge(f"Slot {slot} holds a key that is too large to be moved.", slot=slot)

    def _finish(self, source: FakeNode, target: FakeNode, slots: Slots, told: list[FakeNode]) -> None:
        if not count(slots):
            return
        self._carry_keys(source, target, frozenset(key for key in source.keys if is_in(slot_of(key), slots)))
        for node in (source, target):
            self.close(node, slots)
        if difference(slots, view_of(target).own.slots):
            self._take_over(target, slots, frozenset())
        own = view_of(target).own
        for node in (source, *told):
            known = view_of(node).members.get(own.id)
            if known is not None and known is not view_of(node).own:
                self._cluster.take_claim(node, known, own.slots, own.epoch, ordered=slots)

    def _carry_keys(self, source: FakeNode, target: FakeNode, keys: frozenset[str]) -> None:
        if keys:
            self.on_arrival(keys)
            self._cluster.replication.change(target, added=keys)
            self._cluster.replication.change(source, removed=keys)

    def _open_both(self, source: FakeNode, target: FakeNode, slot: int) -> None:
        view_of(target).arriving[slot] = view_of(source).own.id
        view_of(source).leaving[slot] = view_of(target).own.id

    def _leave_half_way(self, source: FakeNode, target: FakeNode, slot: int) -> None:
        view_of(target).arriving[slot] = view_of(source).own.id
        if self._chance.random() < 0.2:
            return
        self._open_both(source, target, slot)
        keys = sorted(key for key in source.keys if slot_of(key) == slot)
        self._carry_keys(source, target, frozenset(keys[: self._chance.randint(0, len(keys))]))
        if self._chance.random() < 0.3:
            self._carry_keys(source, target, frozenset(key for key in source.keys if slot_of(key) == slot))
            self._take_over(target, from_numbers((slot,)), frozenset())

    def close(self, node: FakeNode, slots: Slots) -> None:
        view = view_of(node)
        for found in (view.leaving, view.arriving):
            for slot in [slot for slot in found if is_in(slot, slots)]:
                del found[slot]


def _open(node: FakeNode) -> Slots:
    return from_numbers((*view_of(node).leaving, *view_of(node).arriving))
