"""Worlds made by chance, however unlikely: what `plan` must never do in any of them."""

import functools
import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import MoveState, OpenSlot
from elastane.model.ids import NodeGroupId
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup, Resharding
from elastane.model.slot_plans import split_evenly
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, SlotRange, Slots, count, difference, intersection, lowest, union
from elastane.reconcile.plan import Act, plan
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import (
    BeginMove,
    CancelMoves,
    CarrySlots,
    CloseSlots,
    FenceNodes,
    Follow,
    ForgetNode,
    RecordPrimary,
    RemoveDirectories,
    SettleSlots,
    StartNodes,
    Step,
    StopNodes,
    SwitchOver,
    TakeSlots,
)
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    OTHER_HISTORY,
    absent,
    cluster_situation,
    coming_up,
    dead,
    hung,
    just_silent,
    knowing,
    move,
    newborn,
    not_knowing,
    orphan,
    primary,
    viewing,
    with_shard,
    worked_cluster,
    working,
)
from tests.unit.reconcile.plan.cluster_cases import steps_of

WORLDS = 300
"""Some seconds. Ten times as many were tried once, too."""


class Chance:
    """A group of three shards amid whatever may have happened to it."""

    def __init__(self, seed: str) -> None:
        self.fate = random.Random(seed)
        group = groups.cluster(shards=3, replicas=2)
        slots = [part.slots for part in group.node_groups]
        self.owned: dict[NodeGroupId, Slots] = {part.id: part.slots for part in group.node_groups}
        if self._happens(0.5):
            slots = self._other_wish(slots)
        for part, wanted in zip(group.node_groups, slots, strict=True):
            is_leaving = not wanted and self._happens(0.8)
            group = with_shard(group, part.id, slots=wanted, is_leaving=is_leaving)
        if self._happens(0.3):
            group = self._with_leaving_node(group)
        if self._happens(0.5):
            software = replace(group.software, version="8.1", parameter_group_name="default.valkey8.cluster.on")
            group = replace(group, software=software)
        self.group = replace(group, resharding=Resharding(requested_at=NOW, slot_count=100))

    def _happens(self, likelihood: float) -> bool:
        return self.fate.random() < likelihood

    def _other_wish(self, slots: list[Slots]) -> list[Slots]:
        if self._happens(0.5):
            first, second = split_evenly(2)
            return [NO_SLOTS, first, second]
        taken = lowest(slots[0], self.fate.randint(1, 3000))
        return [difference(slots[0], taken), union(slots[1], taken), slots[2]]

    def _with_leaving_node(self, group: ReplicationGroup) -> ReplicationGroup:
        part = self.fate.choice(group.node_groups)
        chosen = self.fate.choice(part.nodes)
        nodes = tuple(replace(node, is_leaving=node is chosen) for node in part.nodes)
        return with_shard(group, part.id, nodes=nodes)

    def situation(self) -> Situation:
        likelihood = self.fate.choice((0.0, 0.0, 0.1, 0.3))
        told = [
            self._in_trouble(part, node)
            for part in self.group.node_groups
            for node in part.nodes
            if self._happens(likelihood)
        ]
        before = worked_cluster(self.group, self.owned) if self._happens(0.9) else worked_cluster(self.group, {})
        owned = dict(self.owned)
        if self._happens(0.3):  # some have moved since
            first, second = (part.id for part in self.group.node_groups[:2])
            taken = lowest(owned[first], self.fate.randint(1, 3000))
            owned |= {first: difference(owned[first], taken), second: union(owned[second], taken)}
        at = cluster_situation(self.group, *told, owned=owned, before=before)
        for _ in range(self.fate.randint(0, 4)):
            at = self._disturbed(at)
        epochs = self.fate.sample(range(1, 100), len(at.nodes))  # no two claims to slots are equally new
        for seen, epoch in zip(at.nodes, epochs, strict=True):
            at = at if seen.view is None else viewing(at, seen.node, config_epoch=epoch, current_epoch=100)
        return at

    def _in_trouble(self, part: NodeGroup, node: Node) -> SeenNode:
        first = part.nodes[0]
        last = groups.observed_node(
            node,
            has_synced=self._happens(0.8),
            is_up_to_date=self._happens(0.8),
            is_introduced=self._happens(0.8),
            has_held_data=self._happens(0.5),
        )
        troubles: tuple[Callable[[], SeenNode], ...] = (
            lambda: dead(node, before=last),
            lambda: absent(node),
            lambda: coming_up(node),
            lambda: newborn(node, before=last, replication_id=OTHER_HISTORY),
            lambda: just_silent(node),
            lambda: hung(node),
            lambda: working(node, seconds=self.fate.choice((1, 5, 40))),
            lambda: orphan(node, first, before=last, key_count=self.fate.choice((0, 5))),
            lambda: primary(node, before=last, key_count=self.fate.choice((0, 5)), data_bytes=500),
        )
        return self.fate.choice(troubles)()

    def _disturbed(self, at: Situation) -> Situation:
        """One node sees something else."""
        speaking = [seen for seen in at.nodes if seen.view is not None]
        if len(speaking) < 2:
            return at
        one, other = self.fate.sample(speaking, 2)
        some = lowest(ALL_SLOTS, self.fate.randint(1, 200))
        state = self.fate.choice(list(MoveState))
        changes: tuple[Callable[[], Situation], ...] = (
            lambda: not_knowing(at, one.node, other.node),
            lambda: knowing(at, one.node, other.node, is_primary=not other.is_primary, slots=NO_SLOTS),
            lambda: knowing(at, one.node, one.node, slots=some) if one.is_primary else at,
            lambda: viewing(at, one.node, is_serving=False),
            lambda: viewing(at, one.node, moves=(move(at.group, one.node, other.node, some, state=state),)),
            lambda: viewing(
                at, one.node, moves=(move(at.group, other.node, one.node, some, state=state, is_export=False),)
            ),
            lambda: viewing(at, one.node, leaving_slots=(OpenSlot(7, at.member_id(other)),)),
            lambda: viewing(at, one.node, arriving_slots=(OpenSlot(7, at.member_id(other)),)),
        )
        return self.fate.choice(changes)()


@functools.cache
def worlds() -> tuple[tuple[Situation, tuple[Step, ...]], ...]:
    """Each with what is done about it."""
    found = (Chance(f"world {number}").situation() for number in range(WORLDS))
    return tuple((at, steps_of(verdict) if isinstance(verdict := plan(at).verdict, Act) else ()) for at in found)


def shard_of(at: Situation, node_id: str) -> NodeGroup:
    return next(part for part in at.group.node_groups if any(node.id == node_id for node in part.nodes))


def owners_of(at: Situation, part: NodeGroup) -> list[SeenNode]:
    """The shard's nodes that say they own slots."""
    return [seen for seen in at.of(part) if seen.is_primary and seen.slots]


# --- what must never be done ---------------------------------------------------------------------


def takes_what_another_one_owns(at: Situation, step: Step) -> bool:
    if not isinstance(step, TakeSlots):
        return False
    others = [seen.slots for seen in at.nodes if seen.node not in shard_of(at, step.node_id).nodes]
    return bool(intersection(step.slots, union(*others)))


def takes_a_role_beside_an_owner(at: Situation, step: Step) -> bool:
    if not isinstance(step, TakeSlots):
        return False
    return any(seen.id != step.node_id for seen in owners_of(at, shard_of(at, step.node_id)))


def orders_who_does_not_answer(at: Situation, step: Step) -> bool:
    match step:
        case TakeSlots(node_id=node_id) | Follow(node_id=node_id) | CancelMoves(node_id=node_id):
            asked = [node_id]
        case BeginMove(source_id=source, target_id=target) | CarrySlots(source_id=source, target_id=target):
            asked = [source, target]
        case SwitchOver(old_primary_id=old, new_primary_id=new):
            asked = [new, old]
        case RecordPrimary(node_id=node_id):
            asked = [node_id]
        case _:
            asked = []
    return any(at.get(node_id).answer is None for node_id in asked)


def ends_a_move_at_the_side_that_gives(at: Situation, step: Step) -> bool:
    if not isinstance(step, CancelMoves):
        return False
    view = at.get(step.node_id).view
    assert view is not None
    return not any(not one.is_export and one.state is MoveState.RUNNING for one in view.moves)


def moves_what_is_not_there(at: Situation, step: Step) -> bool:
    if not isinstance(step, BeginMove | CarrySlots):
        return False
    opened = {
        slot.slot for seen in at.nodes if seen.view for slot in (*seen.view.leaving_slots, *seen.view.arriving_slots)
    }
    own = union(at.get(step.source_id).slots, tuple(SlotRange(number, number) for number in opened))
    return bool(difference(step.slots, own)) or step.source_id == step.target_id


def closes_a_slot_that_may_be_finished(at: Situation, step: Step) -> bool:
    if not isinstance(step, CloseSlots):
        return False
    seen = at.get(step.node_id)
    assert seen.view is not None
    others = {at.member_id(one) for one in at.nodes if one.node not in shard_of(at, step.node_id).nodes}
    is_leaving = any(slot.other in others for slot in seen.view.leaving_slots)
    return is_leaving and not seen.view.arriving_slots


def settles_no_partition(at: Situation, step: Step) -> bool:
    if not isinstance(step, SettleSlots):
        return False
    return union(*step.slots.values()) != ALL_SLOTS or sum(map(count, step.slots.values())) != count(ALL_SLOTS)


def removes_who_is_wanted(at: Situation, step: Step) -> bool:
    match step:
        case RemoveDirectories(node_ids=node_ids):
            gone = list(node_ids)
        case ForgetNode(node_id=node_id):
            gone = [node_id]
        case StopNodes(node_ids=node_ids):
            gone = list(node_ids)
        case _:
            gone = []
    for node_id in gone:
        part = shard_of(at, node_id)
        is_empty = part.is_leaving and not owners_of(at, part)
        if not at.get(node_id).node.is_leaving and not is_empty:
            return True
        if owners_of(at, part) == [at.get(node_id)]:
            return True
    return False


def starts_who_runs(at: Situation, step: Step) -> bool:
    return isinstance(step, StartNodes) and any(at.get(node_id).is_running for node_id in step.node_ids)


def kills_the_only_owner_that_answers(at: Situation, step: Step) -> bool:
    if not isinstance(step, FenceNodes):
        return False
    return any(owners_of(at, shard_of(at, node_id)) == [at.get(node_id)] for node_id in step.node_ids)


def follows_who_is_no_primary_of_its_shard(at: Situation, step: Step) -> bool:
    if not isinstance(step, Follow):
        return False
    return shard_of(at, step.node_id) != shard_of(at, step.primary_id) or not at.get(step.primary_id).is_primary


NEVER: tuple[Callable[[Situation, Step], bool], ...] = (
    takes_what_another_one_owns,
    takes_a_role_beside_an_owner,
    orders_who_does_not_answer,
    ends_a_move_at_the_side_that_gives,
    moves_what_is_not_there,
    closes_a_slot_that_may_be_finished,
    settles_no_partition,
    removes_who_is_wanted,
    starts_who_runs,
    kills_the_only_owner_that_answers,
    follows_who_is_no_primary_of_its_shard,
)


@pytest.mark.parametrize("never", NEVER, ids=[never.__name__ for never in NEVER])
def test_no_world_makes_it(never: Callable[[Situation, Step], bool]) -> None:
    done = [(number, step) for number, (at, steps) in enumerate(worlds()) for step in steps if never(at, step)]

    assert done == []


def test_every_world_is_recorded() -> None:
    for at, _ in worlds():
        after = record_pass(at, plan(at))

        assert sum(map(count, after.slots.values())) == count(union(*after.slots.values())), "each slot is one's"
        assert {node.id for node in after.nodes} == {node.id for node in at.group.nodes}


def test_the_worlds_are_worth_it() -> None:
    """Chance finds its way to most kinds of steps."""
    kinds = {type(step).__name__ for _, steps in worlds() for step in steps}

    assert kinds >= {"TakeSlots", "StartNodes", "FenceNodes", "Follow", "RecordPrimary", "BeginMove", "CarrySlots"}
