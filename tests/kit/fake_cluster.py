"""How fake engines in cluster mode come to agree: rumours, claims, votes and forgetting, without a bus.

Used by `tests.kit.fake_engines`. Each node has a view of its own (`tests.kit.fake_views`), and what it says of itself
reaches the others when they are looked at, or when time passes: with `staleness` not always at the first look. The
rules are those of the engines' `cluster.c`:

- Of two that claim a slot the higher epoch wins. A primary that loses a slot deletes what it has in it; one that loses
  its last slot to its own former replica follows that one, and so do its other replicas.
- Whoever claims what a third one owns at a higher epoch is told of that one.
- A primary that is heard to be a replica owns nothing any more; its slots are nobody's until somebody claims them.
- The nowhere-primary of a guarded boot is one whose handshake never ends: it is in no rumour, and it is dropped after
  the node's timeout. Its replica then has no primary that it knows and cannot be promoted any more.
"""

import random
from collections.abc import Callable, Sequence

from elastane.engines import NOWHERE_PORT, Refused
from elastane.model.cluster_views import ClusterView, SlotMove
from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, Slots, difference, intersection, union
from tests.kit.fake_bus import FakeBus, view_of
from tests.kit.fake_replication import FakeNode, FakeReplication
from tests.kit.fake_views import FakeView, Known, Place, is_in, open_slots, slot_of

FORGET_SECONDS = 60.0
HEARD_WITHIN_SECONDS = 1.0
"""In a cluster this small everybody has heard from everybody again by then."""


class FakeCluster:
    def __init__(
        self,
        replication: FakeReplication,
        *,
        new_replication_id: Callable[[], str],
        chance: random.Random,
        staleness: float,
        now: Callable[[], float],
    ) -> None:
        self.replication = replication
        self.bus = FakeBus(replication, now)
        self.staleness = staleness
        self.on_slots_lost: Callable[[FakeNode, Slots], None] = lambda node, lost: None
        """A primary has heard that these are another's now."""
        self.granted_slots: Callable[[FakeNode], Slots] = lambda node: NO_SLOTS
        """What a node has agreed to give away, whatever the epochs say."""
        self._unread: dict[FakeNode, list[tuple[FakeNode, float]]] = {}
        """Who has told a node something that it has not read yet, and cannot tell it again; and when."""
        self._new_replication_id = new_replication_id
        self._chance = chance

    def describe(self, node: FakeNode, moves: tuple[SlotMove, ...]) -> ClusterView:
        view = view_of(node)
        return ClusterView(
            own=view.as_member(view.own, is_linked=True, is_held_dead=False),
            others=tuple(
                view.as_member(
                    one,
                    is_linked=self.bus.find_peer(node, one) is not None,
                    is_held_dead=self.bus.is_held_dead(node, one),
                )
                for one in view.others
            ),
            config_epoch=view.own.epoch,
            current_epoch=view.current_epoch,
            is_serving=view.is_serving,
            leaving_slots=open_slots(view.leaving),
            arriving_slots=open_slots(view.arriving),
            moves=moves,
        )

    def take_leave(self, node: FakeNode) -> None:
        """What a process had told everybody arrives, though it is dead by then: it lies in their sockets."""
        for one in view_of(node).others:
            other = self.bus.find_peer(node, one)
            if other is not None:
                self._unread.setdefault(other, []).append((node, self.bus.now()))

    def before_cut(self, one: FakeNode, other: FakeNode) -> None:
        """What two have told each other arrives, though nothing more will."""
        if one.view is not None and other.view is not None:
            self._unread.setdefault(one, []).append((other, self.bus.now()))
            self._unread.setdefault(other, []).append((one, self.bus.now()))

    # --- time passes -----------------------------------------------------------------------------

    def look(self, node: FakeNode) -> None:
        """A node hears the others, some of them at another time. Nothing may be expected of one that stands still."""
        view = view_of(node)
        for speaker, told_at in self._unread.pop(node, ()):
            self._hear(node, speaker, told_at)
        for place in sorted(view.meeting):
            self._meet(node, place)
        now = self.bus.now()
        for one in view.others:
            other = self.bus.find_peer(node, one)
            if other is None:
                if one.is_handshaking and self.bus.has_timed_out(node, one):
                    view.remove(one.id)
            elif not other.is_still and (self._happens_to_hear() or now - one.heard_at > HEARD_WITHIN_SECONDS):
                one.heard_at = now
                rumour = view_of(other)
                if view.heard.get(one.id) != (rumour, rumour.version, view.version):
                    self._hear(node, other)
        self._stand_for_election(node)
        self.bus.update_state(node)

    def _happens_to_hear(self) -> bool:
        return not self.staleness or self._chance.random() >= self.staleness

    def _hear(self, node: FakeNode, speaker: FakeNode, told_at: float | None = None) -> None:
        view, rumour = view_of(node), view_of(speaker)
        known, said = view.members.get(rumour.own.id), rumour.own
        if known is None:
            return
        known.heard_at = max(known.heard_at, self.bus.now() if told_at is None else told_at)
        known.is_handshaking = False
        known.shard = said.shard
        view.current_epoch = max(view.current_epoch, rumour.current_epoch)
        if said.is_primary:
            self._hear_primary(node, known, speaker)
        else:
            self._hear_replica(node, known, said)
        self._hear_of_strangers(node, speaker)
        view.heard[said.id] = (rumour, rumour.version, view.version)

    def _hear_primary(self, node: FakeNode, known: Known, speaker: FakeNode) -> None:
        view, said = view_of(node), view_of(speaker).own
        if not known.is_primary:
            known.is_primary, known.primary_id = True, None
            view.version += 1
        self.take_claim(node, known, said.slots, said.epoch)
        known.unclaimed = difference(known.slots, said.slots)
        is_successor = known.shard is view.own.shard and view.primary is not known and said.epoch > view.own.epoch
        if is_successor and not said.slots and not view.own.slots and _is_valkey_9(node):
            self.set_primary(node, known)
        for one in view.others:
            if one is known or one.epoch <= said.epoch or not one.slots:
                continue
            claimed = difference(one.slots, one.unclaimed)
            if intersection(claimed, said.slots):
                self._correct(speaker, one, claimed)
        if view.own.is_primary and said.epoch == view.own.epoch and view.own.id < said.id:
            view.current_epoch += 1
            view.own.epoch = view.current_epoch
            view.version += 1

    def _correct(self, node: FakeNode, owner: Known, claimed: Slots) -> None:
        """Somebody tells it of a third one, who owns what it claims."""
        known = view_of(node).members.get(owner.id)
        if known is not None and known is not view_of(node).own and known.epoch < owner.epoch:
            known.is_primary, known.primary_id = True, None
            self.take_claim(node, known, claimed, owner.epoch)

    def _hear_replica(self, node: FakeNode, known: Known, said: Known) -> None:
        view = view_of(node)
        primary_id = said.primary_id if said.primary_id in view.members else None
        if (known.is_primary, known.primary_id) == (False, primary_id):
            return
        if known.is_primary:
            known.is_primary, known.slots = False, NO_SLOTS
        known.primary_id = primary_id
        view.version += 1
        primary = view.primary
        above = view.members.get(primary.primary_id) if primary is not None and primary.primary_id else None
        if above is not None and above is not view.own:
            self.set_primary(node, above)

    def _hear_of_strangers(self, node: FakeNode, speaker: FakeNode) -> None:
        view = view_of(node)
        for one in view_of(speaker).others:
            is_banned = view.banned.get(one.id, 0.0) > self.bus.now()
            if one.id not in view.members and not one.is_handshaking and not is_banned:
                self._meet(node, one.place)

    def _meet(self, node: FakeNode, place: Place) -> None:
        """Both know each other afterwards: who is met is not asked whom it had forgotten."""
        view = view_of(node)
        other = self.replication.nodes.get(place)
        if other is None or other is node or other.view is None or other.is_still:
            return
        if self.bus.is_cut(node, other):
            return
        view.meeting.discard(place)
        for one, another in ((view, other.view.own), (other.view, view.own)):
            one.banned.pop(another.id, None)
            if another.id not in one.members:
                known = Known(another.id, another.place, is_primary=another.is_primary)
                known.heard_at = self.bus.now()
                one.add(known)
        self._hear(node, other)
        self._hear(other, node)

    # --- claims and roles ------------------------------------------------------------------------

    def take_claim(
        self, node: FakeNode, claimer: Known, slots: Slots, epoch: int, *, ordered: Slots = NO_SLOTS
    ) -> None:
        """`ordered`: these are the claimer's whatever the epochs say, for the node was told so."""
        view = view_of(node)
        leader = view.own if view.own.is_primary else view.primary
        before = leader.slots if leader is not None else NO_SLOTS
        granted = ordered or self.granted_slots(node)
        if not view.claim(claimer, slots, epoch, granted) or leader is None or leader is claimer:
            return
        lost = difference(before, leader.slots)
        if not lost:
            return
        if not leader.slots and claimer.shard is view.own.shard:
            self.set_primary(node, claimer)
        elif leader is view.own:
            for slot in [slot for slot in view.leaving if is_in(slot, lost)]:
                del view.leaving[slot]
            self.drop_keys(node, lost)
            self.on_slots_lost(node, lost)

    def drop_keys(self, node: FakeNode, slots: Slots) -> None:
        removed = frozenset(key for key in node.keys if is_in(slot_of(key), slots))
        if removed:
            self.replication.change(node, removed=removed)

    def set_primary(self, node: FakeNode, primary: Known) -> None:
        view = view_of(node)
        view.own.is_primary, view.own.primary_id, view.own.slots = False, primary.id, NO_SLOTS
        view.own.shard = primary.shard
        view.leaving.clear()
        view.arriving.clear()
        view.is_candidate = False
        view.version += 1
        self.replication.follow(node, primary.place)

    def take_primary_role(self, node: FakeNode) -> None:
        view = view_of(node)
        former = view.primary
        assert former is not None, "only a replica that knows its primary can take its role"
        view.own.slots, former.slots = former.slots, NO_SLOTS
        view.own.is_primary, view.own.primary_id = True, None
        view.is_candidate = False
        view.version += 1
        self.replication.take_primary_role(node, self._new_replication_id())

    def take_slots(self, node: FakeNode, slots: Slots, *, by_vote: bool) -> None:
        view = view_of(node)
        if not view.own.is_primary:
            if view.primary is None:
                self._follow_nowhere(node)
            if by_vote:
                view.is_candidate = True
                return
            view.bump_epoch()
            self.take_primary_role(node)
        if not by_vote:
            view.own.slots = union(view.own.slots, difference(slots, view.owned_slots))
            view.version += 1
        self._forget_nowhere(view)
        self.bus.update_state(node)

    def hand_over(self, former: FakeNode, latter: FakeNode) -> None:
        """While the former primary takes no writes. It follows if it has lost all its slots by that."""
        view_of(latter).bump_epoch()
        self.take_primary_role(latter)
        self.bus.update_state(latter)
        self._hear(former, latter)
        heir = view_of(former).members.get(view_of(latter).own.id)
        if view_of(former).own.is_primary and not view_of(former).own.slots and heir is not None:
            self.set_primary(former, heir)

    def follow_member(self, node: FakeNode, primary_id: MemberId) -> None:
        view, primary = view_of(node), view_of(node).members.get(primary_id)
        if primary is None:
            raise Refused(f"{node.at} refused.", reply=f"ERR Unknown node {primary_id}")
        if primary is view.own:
            raise Refused(f"{node.at} refused.", reply="ERR Can't replicate myself")
        if not primary.is_primary:
            raise Refused(f"{node.at} refused.", reply="ERR I can only replicate a master, not a replica.")
        if view.own.is_primary and (view.own.slots or node.keys):
            reply = "ERR To set a master the node must be empty and without assigned slots."
            raise Refused(f"{node.at} refused.", reply=reply)
        if view.primary is not primary:
            self.set_primary(node, primary)
        self._forget_nowhere(view)

    def forget(self, node: FakeNode, member_ids: Sequence[MemberId]) -> None:
        view = view_of(node)
        for member_id in member_ids:
            if member_id == view.own.id:
                raise Refused(f"{node.at} refused.", reply="ERR I tried hard but I can't forget myself...")
            if member_id in view.members and view.own.primary_id != member_id:
                view.remove(member_id)
                view.banned[member_id] = self.bus.now() + FORGET_SECONDS

    def _follow_nowhere(self, node: FakeNode) -> None:
        """A replica of nobody takes no role, so it is given one to take it from."""
        view = view_of(node)
        nowhere = Known(MemberId(f"{view.version:040x}"), (node.at.address, NOWHERE_PORT), is_handshaking=True)
        nowhere.heard_at = self.bus.now()
        view.add(nowhere)
        view.own.primary_id = nowhere.id

    def _forget_nowhere(self, view: FakeView) -> None:
        for one in view.others:
            if one.is_handshaking and one is not view.primary:
                view.remove(one.id)

    def _stand_for_election(self, node: FakeNode) -> None:
        """By order, or by itself when a majority holds its primary dead and it may."""
        view, primary = view_of(node), view_of(node).primary
        is_ordered, view.is_candidate = view.is_candidate, False
        if view.own.is_primary or primary is None or not (primary.slots or _is_valkey_9(node)):
            return
        may = node.parameters.get("cluster-replica-no-failover", "no") == "no" and not primary.is_handshaking
        if not is_ordered and not (may and self.bus.is_agreed_dead(node, primary)):
            return
        view.current_epoch += 1
        if self.bus.is_elected(node, view.current_epoch):
            view.own.epoch = view.current_epoch
            self.take_primary_role(node)


def _is_valkey_9(node: FakeNode) -> bool:
    """From there on a shard without slots may change its primary, too."""
    return int(node.version.split(".")[0]) >= 9
