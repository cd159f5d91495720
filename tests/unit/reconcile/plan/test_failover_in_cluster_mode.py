"""A shard loses its primary: who takes its slots, by a vote or without, and what is waited for before."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import MoveState
from elastane.model.observations import Role
from elastane.model.replication_groups import NodeGroup
from elastane.model.slots import SlotRange, union
from elastane.reconcile.plan import failover, plan
from elastane.reconcile.plan.failover import TABLE
from elastane.reconcile.plan.slot_takers import ENDING_MOVES
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import BindAddresses, CancelMoves, FenceNodes, RecordPrimary, TakeSlots
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    dead,
    hung,
    just_silent,
    knowing,
    move,
    newborn,
    orphan,
    primary,
    replica,
    scripted,
    situation,
    viewing,
    with_shard,
    worked,
    worked_cluster,
    working,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A2,
    B1,
    B2,
    C1,
    C2,
    DEAD_PRIMARY,
    GROUP,
    HEIR,
    MOVED,
    NOTHING_OF_ONE,
    ONE,
    SOME,
    THREE,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)
from tests.unit.reconcile.plan.failover_cases import speaking
from tests.unit.reconcile.plan.failover_cluster_rows import (
    AMID_A_MOVE,
    CLUSTER_ROWS,
    HELD_BACK,
    LOST,
    MOVING,
    TAKER_UNHEARD,
    UNHEARD_OF,
    first_shard,
)


def judged(at: Situation) -> Verdict:
    return failover.rule(first_shard(at))


def record(part: NodeGroup, node: Any) -> RecordPrimary:
    return RecordPrimary(node_group_id=part.id, node_id=node.id, epoch=part.epoch + 1, failed_over_at=NOW)


@pytest.mark.parametrize(("name", "at", "expected"), CLUSTER_ROWS, ids=[name for name, _, _ in CLUSTER_ROWS])
def test_a_row_for_clusters_speaks_in_its_situation(name: str, at: Situation, expected: Verdict) -> None:
    assert speaking(at) == name
    assert failover.rule(at) == expected


@pytest.mark.parametrize(
    ("at", "first", "second"),
    [
        pytest.param(
            viewing(cluster_situation(GROUP, DEAD_PRIMARY, newborn(A2)), B1, moves=(move(GROUP, A1, B1, SOME),)),
            "no heir",
            "moves",
            id="moves are ended for somebody who takes over",
        ),
        pytest.param(
            viewing(UNHEARD_OF, B1, moves=(move(GROUP, A1, B1, SOME),)),
            "moves",
            "unheard of",
            id="a move that runs may yet end, and be heard of",
        ),
        pytest.param(
            knowing(
                cluster_situation(
                    GROUP,
                    DEAD_PRIMARY,
                    replica(A2, A1, before=groups.observed_node(A2, has_synced=True, is_up_to_date=True)),
                    owned=MOVED,
                ),
                A2,
                A1,
                slots=ONE.slots,
            ),
            "unheard of",
            "reading",
            id="both are waited for",
        ),
    ],
)
def test_of_two_rows_that_apply_the_upper_one_speaks(at: Situation, first: str, second: str) -> None:
    names = [row.name for row in TABLE]

    assert speaking(first_shard(at)) == first
    assert names.index(first) < names.index(second)


# --- what the engines did by themselves, and who is lost in work -------------------------------


def _alike(**changes: Any) -> Situation:
    """The second node is primary, and the document says this of the shard."""
    group = with_shard(GROUP, ONE.id, **changes)
    told = (replica(A1, A2, before=groups.observed_node(A1)), primary(A2, before=groups.observed_node(A2)))
    return cluster_situation(group, *told, before=worked_cluster(GROUP))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {"RecordPrimary"}, id="nobody wanted or ordered it"),
        pytest.param({"target_primary": A2.id}, set(), id="it was wanted"),
        pytest.param({"target_primary": A2.id, "ordered_primary": A2.id}, set(), id="it was ordered"),
        pytest.param({"ordered_primary": A2.id}, set(), id="it was ordered, and a customer wants the other one back"),
    ],
)
def test_an_election_is_written_down_where_no_order_and_no_wish_explains_it(
    changes: dict[str, Any], expected: set[str]
) -> None:
    assert kinds_of(judged(_alike(**changes))) == expected


def test_a_primary_without_slots_was_elected_by_nobody() -> None:
    at = cluster_situation(
        GROUP,
        replica(A1, A2, before=groups.observed_node(A1)),
        primary(A2, before=groups.observed_node(A2)),
        owned={ONE.id: ()},
        before=worked_cluster(GROUP),
    )

    assert kinds_of(judged(at)) == set()


@pytest.mark.parametrize(
    ("seconds", "before", "is_killed"),
    [
        pytest.param(29, {}, False, id="for a while"),
        pytest.param(31, {}, True, id="for long"),
        pytest.param(31, {"is_joining": True}, False, id="with a copy from its primary"),
        pytest.param(31, {"is_copying": True}, False, id="with a copy that was under way"),
    ],
)
def test_a_replica_works_and_answers_nobody(seconds: float, before: dict[str, Any], is_killed: bool) -> None:
    busy = working(A2, seconds=seconds)
    last = groups.observed_node(A2, bound_addresses=(A2.address,), **before)

    verdict = judged(cluster_situation(GROUP, replace(busy, before=last)))

    assert (kinds_of(verdict) == {"FenceNodes"}) is is_killed


@pytest.mark.parametrize(
    ("role", "is_killed"),
    [
        pytest.param(Role.PRIMARY, True, id="that was primary, and was replaced meanwhile"),
        pytest.param(Role.REPLICA, False, id="that is a replica: customers may ask those long questions"),
    ],
)
def test_a_script_holds_a_node(role: Role, is_killed: bool) -> None:
    held = replace(scripted(A1, seconds=20), before=groups.observed_node(A1, role=role))
    group = with_shard(GROUP, ONE.id, target_primary=A2.id, ordered_primary=A2.id)
    at = cluster_situation(group, held, primary(A2, before=groups.observed_node(A2)), before=worked_cluster(group))

    assert (kinds_of(judged(at)) == {"FenceNodes"}) is is_killed


def test_without_cluster_mode_a_replica_that_works_is_left_alone() -> None:
    group = groups.group("orders", A1, A2)
    last = groups.observed_node(A2)
    at = situation(group, primary(A1), replace(working(A2, seconds=900), before=last), before=worked(group))

    assert failover.rule(at) == SATISFIED


# --- by a vote, or without -----------------------------------------------------------------------


def test_where_a_majority_lives_the_heir_is_voted_for() -> None:
    assert judged(LOST) == Act(
        steps=(record(ONE, A2), TakeSlots(node_id=A2.id, slots=ONE.slots, by_vote=True)),
        why="the primary orders-0001-001 was killed by signal 9: orders-0001-002 takes over",
    )


def test_where_none_lives_the_role_is_taken() -> None:
    at = cluster_situation(GROUP, DEAD_PRIMARY, HEIR, dead(B1, before=groups.observed_node(B1)), orphan(B2, B1))

    assert steps_of(judged(at)) == (record(ONE, A2), TakeSlots(node_id=A2.id, slots=ONE.slots, by_vote=False))


@pytest.mark.parametrize("shard_count", [1, 2])
def test_one_or_two_shards_take_without_a_vote(shard_count: int) -> None:
    group = groups.cluster(shards=shard_count)
    (first, second), part = group.nodes[:2], group.node_groups[0]
    at = cluster_situation(group, dead(first, before=groups.observed_node(first)), orphan(second, first))

    assert steps_of(judged(at)) == (
        record(part, second),
        TakeSlots(node_id=second.id, slots=part.slots, by_vote=False),
    )


def asked(seconds_ago: float, **changes: Any) -> Situation:
    """The heir was written down, and the others were asked for their votes so long ago."""
    group = with_shard(
        GROUP,
        ONE.id,
        target_primary=A2.id,
        ordered_primary=A2.id,
        epoch=2,
        failed_over_at=NOW - timedelta(seconds=seconds_ago),
        failover_count=1,
    )
    before = worked_cluster(group, primaries={ONE.id: A1.id, TWO.id: B1.id, THREE.id: C1.id})
    at = cluster_situation(group, DEAD_PRIMARY, HEIR, before=before, **changes)
    return _as_lost(at)


def _as_lost(at: Situation) -> Situation:
    """The others still know the heir as the lost one's replica."""
    for node in (A2, B1, B2, C1, C2):
        at = knowing(at, node, A1, is_primary=True, primary_id=None, slots=ONE.slots)
        at = knowing(at, node, A2, is_primary=False, primary_id=at.member_id(at.get(A1.id)), slots=())
    return at


def test_a_vote_is_waited_for_for_a_moment() -> None:
    assert reason_of(judged(asked(0.02))) == "the other primaries vote for orders-0001-002"


def test_a_vote_that_is_not_given_is_not_asked_for_again_and_the_role_is_taken_under_the_same_epoch() -> None:
    assert steps_of(judged(asked(0.2))) == (TakeSlots(node_id=A2.id, slots=ONE.slots, by_vote=False),)


def test_who_was_voted_for_is_primary_and_nothing_more_is_done() -> None:
    at = asked(0.05)
    elected = cluster_situation(at.group, DEAD_PRIMARY, primary(A2, before=groups.observed_node(A2)), before=at.before)

    assert judged(elected) == SATISFIED


def test_the_slots_are_those_the_shard_has_now_and_not_those_it_shall_have() -> None:
    wanted = with_shard(with_shard(GROUP, ONE.id, slots=MOVED[ONE.id]), TWO.id, slots=MOVED[TWO.id])
    at = cluster_situation(wanted, DEAD_PRIMARY, HEIR, owned={ONE.id: ONE.slots, TWO.id: TWO.slots})

    assert TakeSlots(node_id=A2.id, slots=ONE.slots, by_vote=True) in steps_of(judged(at))


def test_the_configuration_endpoint_goes_along_with_the_role() -> None:
    last = groups.observed_node(A1, bound_addresses=(A1.address, groups.CONFIGURATION_ENDPOINT))
    at = cluster_situation(GROUP, dead(A1, before=last), HEIR, is_endpoint_bound=False)

    assert steps_of(judged(at))[-1] == BindAddresses(
        node_id=A2.id, addresses=(A2.address, groups.CONFIGURATION_ENDPOINT)
    )


def test_a_hanging_primary_is_killed_before_anybody_takes_its_slots() -> None:
    heir = replica(A2, A1, before=groups.observed_node(A2, has_synced=True, is_up_to_date=True))

    assert kinds_of(judged(cluster_situation(GROUP, hung(A1), heir))) == {"FenceNodes"}


def test_a_shard_that_leaves_and_owns_nothing_needs_no_primary() -> None:
    group = with_shard(GROUP, ONE.id, is_leaving=True, slots=())
    at = cluster_situation(group, DEAD_PRIMARY, HEIR, owned=NOTHING_OF_ONE)

    assert judged(at) == SATISFIED


def test_one_that_leaves_and_still_owns_a_slot_fails_over_as_any_other() -> None:
    group = with_shard(GROUP, ONE.id, is_leaving=True, slots=())
    left = {ONE.id: SOME, TWO.id: union(TWO.slots, (SlotRange(100, ONE.slots[0].last),))}
    at = cluster_situation(group, DEAD_PRIMARY, HEIR, owned=left)

    assert TakeSlots(node_id=A2.id, slots=SOME, by_vote=True) in steps_of(judged(at))


# --- what is waited for, and for how long --------------------------------------------------------


def test_gossip_is_waited_for_for_two_seconds_at_most() -> None:
    reason = reason_of(judged(UNHEARD_OF))

    def after(seconds_ago: float) -> Verdict:
        last = groups.observed_verdict(reason, now=NOW, seconds_ago=seconds_ago)
        before = replace(UNHEARD_OF.before, verdict=last, node_group_verdicts={ONE.id: last})
        return judged(replace(UNHEARD_OF, before=before))

    assert isinstance(after(1.9), Wait)
    assert kinds_of(after(2.1)) == {"RecordPrimary", "TakeSlots"}


def test_the_end_of_moves_is_not_waited_for_again_after_gossip_was() -> None:
    """Each for two seconds at most, and both together for less than the five that a source holds writes back for."""
    at = viewing(UNHEARD_OF, C1, moves=(move(GROUP, C1, A1, THREE.slots),))

    def after(sentence: str, seconds_ago: float) -> Verdict:
        last = groups.observed_verdict(sentence, now=NOW, seconds_ago=seconds_ago)
        return judged(replace(at, before=replace(at.before, verdict=last, node_group_verdicts={ONE.id: last})))

    gossip = reason_of(after(ENDING_MOVES, 2.1))
    assert gossip == reason_of(judged(UNHEARD_OF))
    assert reason_of(after(gossip, 1.9)) == gossip
    assert kinds_of(after(gossip, 2.1)) == {"RecordPrimary", "TakeSlots"}


def test_slots_that_their_giver_has_not_heard_to_be_taken_go_along_with_the_role_of_who_took_them() -> None:
    """By then their giver holds writes back, for five seconds: to wait longer for gossip would make two owners."""
    at = viewing(UNHEARD_OF, B1, moves=(move(GROUP, B1, A1, UNHEARD_OF.get(B1.id).slots),))
    last = groups.observed_verdict(ENDING_MOVES, now=NOW, seconds_ago=2.1)
    at = replace(at, before=replace(at.before, verdict=last, node_group_verdicts={ONE.id: last}))

    assert kinds_of(judged(at)) == {"RecordPrimary", "TakeSlots"}
    assert isinstance(judged(knowing(at, A2, B1, is_linked=False)), Wait)


def test_gossip_that_has_no_way_to_come_is_waited_for_as_long_as_that_lasts() -> None:
    at = knowing(UNHEARD_OF, A2, B1, is_linked=False)
    last = groups.observed_verdict(reason_of(judged(at)), now=NOW, seconds_ago=60)
    before = replace(at.before, verdict=last, node_group_verdicts={ONE.id: last})

    later = judged(replace(at, before=before))

    assert isinstance(later, Wait) and later.is_told


@pytest.mark.parametrize(
    ("told", "is_waited_for"),
    [
        pytest.param((just_silent(B1),), True, id="the taker is silent"),
        pytest.param((hung(B1),), True, id="the taker hangs"),
        pytest.param((working(B1, seconds=60),), True, id="the taker is busy"),
        pytest.param((), False, id="the taker says what it has"),
        pytest.param((just_silent(B2),), False, id="a replica of the taker is silent"),
        pytest.param((just_silent(C1),), False, id="one is silent who was to take nothing"),
        pytest.param((dead(B1, before=groups.observed_node(B1)), orphan(B2, B1)), False, id="the taker is dead"),
        pytest.param(
            (just_silent(B1), primary(B2, before=groups.observed_node(B2))), False, id="another one has its role by now"
        ),
    ],
)
def test_who_may_have_taken_slots_is_heard_before_they_are_claimed(
    told: tuple[SeenNode, ...], is_waited_for: bool
) -> None:
    at = cluster_situation(MOVING, DEAD_PRIMARY, HEIR, *told, owned={ONE.id: ONE.slots, TWO.id: TWO.slots})

    assert isinstance(judged(at), Wait) is is_waited_for
    assert (kinds_of(judged(at)) == {"RecordPrimary", "TakeSlots"}) is not is_waited_for


def test_a_taker_is_waited_for_however_long_it_takes_and_after_a_while_that_is_told() -> None:
    last = groups.observed_verdict(reason_of(judged(TAKER_UNHEARD)), now=NOW, seconds_ago=60)
    before = replace(TAKER_UNHEARD.before, verdict=last, node_group_verdicts={ONE.id: last})

    now, later = judged(TAKER_UNHEARD), judged(replace(TAKER_UNHEARD, before=before))

    assert isinstance(now, Wait) and not now.is_told
    assert isinstance(later, Wait) and later.is_told


def test_moves_of_other_shards_go_on() -> None:
    at = viewing(LOST, C1, moves=(move(GROUP, C1, B1, THREE.slots),))

    assert kinds_of(judged(at)) == {"RecordPrimary", "TakeSlots"}


def test_who_is_held_back_and_moves_nothing_any_more_is_held_back() -> None:
    ended = viewing(HELD_BACK, B1, moves=(move(GROUP, A1, B1, SOME, state=MoveState.CANCELLED, is_export=False),))

    assert reason_of(judged(ended)).startswith("the primary orders-0001-001 hangs; failover number 1 was at")


def test_a_source_is_about_to_find_out_that_its_target_is_dead() -> None:
    at = viewing(LOST, C1, moves=(move(GROUP, C1, A1, THREE.slots),))

    assert reason_of(judged(at)) == ENDING_MOVES


# --- as an attacker ------------------------------------------------------------------------------


def test_a_move_that_will_not_end_does_not_keep_a_shard_without_a_primary_for_ever() -> None:
    """An order to cancel that is accepted and changes nothing, or that is refused each time."""
    verdict = judged(AMID_A_MOVE)
    assert isinstance(verdict, Act)
    last = groups.observed_verdict(verdict.why, now=NOW, seconds_ago=10)
    before = replace(AMID_A_MOVE.before, verdict=last, node_group_verdicts={ONE.id: last})

    again = judged(replace(AMID_A_MOVE, before=before))

    assert "TakeSlots" in kinds_of(again)


def test_a_replica_that_tells_of_its_primary_s_move_is_not_asked_to_end_it() -> None:
    """Only primaries move slots: a replica refuses, and the failover would wait for it for ever."""
    at = viewing(LOST, A2, moves=(move(GROUP, A1, B1, SOME),))

    assert CancelMoves(node_id=A2.id) not in (steps_of(judged(at)) if kinds_of(judged(at)) else ())


def test_a_move_is_ended_at_the_side_that_decides_it() -> None:
    """A source that was asked while its target takes over would take writes again for slots that are the target's."""
    at = viewing(LOST, C1, moves=(move(GROUP, A1, C1, SOME, is_export=False), move(GROUP, C1, B1, THREE.slots)))
    at = viewing(at, B1, moves=(move(GROUP, C1, B1, THREE.slots, is_export=False),))
    beside = cluster_situation(
        with_shard(GROUP, THREE.id, target_primary=C2.id),
        primary(C1, before=groups.observed_node(C1)),
        replica(C2, C1, before=groups.observed_node(C2, has_synced=True, is_up_to_date=True)),
    )
    moving = viewing(beside, C1, moves=(move(GROUP, C1, B1, THREE.slots),))
    moving = viewing(moving, B1, moves=(move(GROUP, C1, B1, THREE.slots, is_export=False),))

    assert steps_of(judged(at)) == (CancelMoves(node_id=C1.id),)
    assert steps_of(plan(moving).verdict) == (CancelMoves(node_id=B1.id),)


def test_a_failover_to_the_target_of_a_switchover_that_failed_is_written_down_as_one() -> None:
    """The order was written with the switchover: the failover is a new one, counted and dated."""
    group = with_shard(GROUP, ONE.id, target_primary=A2.id, ordered_primary=A2.id, epoch=2)
    before = worked_cluster(group, primaries={ONE.id: A1.id, TWO.id: B1.id, THREE.id: C1.id})
    at = _as_lost(cluster_situation(group, DEAD_PRIMARY, HEIR, before=before))

    part = group.node_groups[0]
    assert steps_of(judged(at))[0] == record(part, A2)


def test_while_the_whole_cluster_serves_nothing_a_hanging_primary_is_failed_over_all_the_same() -> None:
    """Another shard is down, so every engine says that it does not serve: its replicas are in sync none the less."""
    lost = (dead(B1, before=groups.observed_node(B1)), dead(B2, before=groups.observed_node(B2)))
    at = cluster_situation(GROUP, *lost)
    for node in (A1, A2, C1, C2):
        at = viewing(at, node, is_serving=False)
    recorded = record_pass(at, plan(at))

    heir = recorded.find_node(A2.id)
    assert heir is not None and heir.is_up_to_date

    hangs = cluster_situation(
        GROUP, *lost, hung(A1), replica(A2, A1, link_silent_seconds=9, before=heir), before=recorded
    )
    assert steps_of(judged(hangs)) == (FenceNodes(node_ids=(A1.id,)),)


def test_nobody_is_promoted_twice_for_one_loss_when_two_heirs_are_alike() -> None:
    group = groups.cluster(shards=3, replicas=2)
    part = group.node_groups[0]
    first, second, third = part.nodes
    asked_group = with_shard(
        group, part.id, target_primary=third.id, ordered_primary=third.id, epoch=2, failed_over_at=NOW
    )
    before = worked_cluster(group)
    lost = (dead(first, before=groups.observed_node(first)), orphan(second, first), orphan(third, first))

    verdict = judged(cluster_situation(asked_group, *lost, before=before))

    assert "RecordPrimary" not in kinds_of(verdict)


def test_a_late_answer_in_one_shard_is_no_reason_for_anything_in_others() -> None:
    decision = plan(cluster_situation(GROUP, just_silent(A1)))

    assert set(decision.node_groups) == {ONE.id}
