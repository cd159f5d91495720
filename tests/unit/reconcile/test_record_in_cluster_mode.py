"""What a pass leaves behind of a group in cluster mode: slots, verdicts of each shard, who is held back."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import SlotMove
from elastane.model.observed_replication_groups import (
    NOTHING_OBSERVED,
    ObservedNode,
    ObservedReplicationGroup,
    slots_to_move,
)
from elastane.model.replication_groups import Resharding
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, count, difference, union
from elastane.model.statuses import ReplicationGroupStatus, replication_group_status
from elastane.reconcile.plan import Decision, plan
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.record import record_failure, record_pass
from elastane.reconcile.situation import Situation
from elastane.reconcile.transitions import events_between
from tests.kit import groups
from tests.kit.situations import (
    HISTORY,
    NOW,
    OTHER_HISTORY,
    cluster_situation,
    coming_up,
    dead,
    decided,
    hung,
    knowing,
    move,
    newborn,
    orphan,
    primary,
    replica,
    situation,
    viewing,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A2,
    B1,
    B2,
    C1,
    C1_ID,
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
)

OWNED = {part.id: part.slots for part in GROUP.node_groups}
WAITING = Wait(reason="it waits")


def recorded(at: Situation, decision: Decision | None = None) -> ObservedReplicationGroup:
    return record_pass(at, decision or decided("readiness", WAITING))


def test_the_highest_epoch_is_remembered_when_who_had_it_is_gone() -> None:
    """Whoever claims slots below it loses them to the first that still tells of it."""
    seen = recorded(viewing(viewing(cluster_situation(GROUP), A1, config_epoch=7), B1, config_epoch=3))
    gone = cluster_situation(GROUP, dead(A1), newborn(A2), before=seen)

    assert seen.cluster_epoch == 7
    assert recorded(gone).cluster_epoch == 7
    assert gone.narrowed()[0].find_cluster_epoch() == 7


def node_of(record: ObservedReplicationGroup, node: Any) -> ObservedNode:
    found = record.find_node(node.id)
    assert found is not None
    return found


# --- slots ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(cluster_situation(GROUP), OWNED, id="as primaries say"),
        pytest.param(cluster_situation(GROUP, owned=MOVED, before=worked_cluster(GROUP)), OWNED | MOVED, id="moved"),
        pytest.param(
            cluster_situation(GROUP, DEAD_PRIMARY, HEIR), OWNED, id="a shard without a primary keeps what it had"
        ),
        pytest.param(
            cluster_situation(GROUP, DEAD_PRIMARY, HEIR, owned=MOVED, before=worked_cluster(GROUP)),
            OWNED | MOVED,
            id="less what another one has by now",
        ),
        pytest.param(
            cluster_situation(GROUP, owned={ONE.id: MOVED[ONE.id]}, before=worked_cluster(GROUP)),
            OWNED,
            id="a slot that nobody owns stays with whom it was last seen",
        ),
        pytest.param(
            cluster_situation(GROUP, owned=NOTHING_OF_ONE),
            {TWO.id: NOTHING_OF_ONE[TWO.id], THREE.id: THREE.slots},
            id="a shard that owns nothing is not among them",
        ),
        pytest.param(
            cluster_situation(GROUP, *(newborn(node) for node in GROUP.nodes), before=NOTHING_OBSERVED),
            {},
            id="nobody owns anything yet",
        ),
    ],
)
def test_who_owns_what_is_remembered(at: Situation, expected: dict[Any, Slots]) -> None:
    assert recorded(at).slots == expected


def test_of_a_group_without_cluster_mode_no_slots_are_remembered() -> None:
    group = groups.group("orders", A1, A2)

    assert recorded(situation(group, primary(A1), replica(A2, A1), before=worked_cluster(GROUP))).slots == {}


def test_a_shard_that_is_gone_is_forgotten_with_all_that_was_known_of_it() -> None:
    """Another one may get its number one day, and its nodes their names: they are no heirs of the old."""
    smaller = replace(GROUP, node_groups=(ONE, TWO))
    at = cluster_situation(smaller, owned={TWO.id: union(TWO.slots, THREE.slots)}, before=worked_cluster(GROUP))

    after = recorded(at)

    assert THREE.id not in after.slots
    assert THREE.id not in after.primaries
    assert THREE.id not in after.lineages


# --- verdicts ------------------------------------------------------------------------------------


def test_what_was_decided_for_each_shard_is_kept_beside_what_was_decided_for_all() -> None:
    first, second = Wait(reason="it hangs"), Act(steps=(), why="it does not run")
    decision = Decision(
        rule="nodes", verdict=second, node_groups={ONE.id: ("failover", first), TWO.id: ("nodes", second)}
    )

    after = recorded(cluster_situation(GROUP), decision)

    assert after.verdict is not None and after.verdict.rule == "nodes"
    assert {part: (said.rule, said.sentence) for part, said in after.node_group_verdicts.items()} == {
        ONE.id: ("failover", "it hangs"),
        TWO.id: ("nodes", "it does not run"),
    }


def test_each_shard_s_verdict_has_its_own_beginning() -> None:
    long_ago = NOW - timedelta(minutes=5)
    earlier = groups.observed_verdict("it hangs", now=long_ago)
    before = worked_cluster(GROUP, node_group_verdicts={ONE.id: earlier}, verdict=earlier)
    said = {ONE.id: ("failover", Wait(reason="it hangs")), TWO.id: ("failover", Wait(reason="it hangs"))}
    decision = Decision(rule="failover", verdict=Wait(reason="it hangs; it hangs"), node_groups=said)

    after = recorded(cluster_situation(GROUP, before=before), decision)

    assert {part: verdict.since for part, verdict in after.node_group_verdicts.items()} == {
        ONE.id: long_ago,
        TWO.id: NOW,
    }


def test_a_group_of_one_shard_needs_no_second_word() -> None:
    one = groups.cluster(shards=1)
    decision = Decision(rule="failover", verdict=WAITING, node_groups={ONE.id: ("failover", WAITING)})

    assert recorded(cluster_situation(one), decision).node_group_verdicts == {}


def test_a_lost_node_of_one_shard_recovers_while_another_one_fails_over() -> None:
    at = cluster_situation(
        GROUP, DEAD_PRIMARY, HEIR, dead(B2, before=groups.observed_node(B2)), dead(C2, before=groups.observed_node(C2))
    )
    decision = Decision(
        rule="failover",
        verdict=WAITING,
        node_groups={ONE.id: ("failover", WAITING), TWO.id: ("nodes", WAITING)},
    )

    after = recorded(at, decision)

    assert not node_of(after, A1).is_recovering
    assert node_of(after, B2).is_recovering


def test_what_a_person_should_know_of_one_shard_is_told_though_all_others_act() -> None:
    hangs = Wait(reason="it hangs", is_told=True)
    decision = Decision(
        rule="nodes",
        verdict=Act(steps=(), why="it does not run"),
        node_groups={ONE.id: ("failover", hangs), TWO.id: ("nodes", Act(steps=(), why="it does not run"))},
    )

    assert recorded(cluster_situation(GROUP), decision).last_told == "it hangs"


# --- nodes ---------------------------------------------------------------------------------------


def test_each_shard_s_history_is_its_own() -> None:
    at = cluster_situation(GROUP, primary(B1, replication_id=OTHER_HISTORY, before=groups.observed_node(B1)))

    after = recorded(at)

    assert [after.lineages[part.id].replication_id for part in GROUP.node_groups] == [HISTORY, OTHER_HISTORY, HISTORY]
    assert after.primaries == {ONE.id: A1.id, TWO.id: B1.id, THREE.id: C1.id}


def test_a_replica_is_up_to_date_with_its_own_shard_s_primary() -> None:
    heir = replica(A2, A1, link_silent_seconds=0, before=groups.observed_node(A2, is_up_to_date=True))
    at = cluster_situation(GROUP, dead(B1, before=groups.observed_node(B1)), orphan(B2, B1), heir)

    after = recorded(at)

    assert node_of(after, A2).is_up_to_date
    assert node_of(after, B2).is_up_to_date, "its primary is dead: as it was"


def _without_service() -> Situation:
    at = cluster_situation(GROUP, dead(B1, before=groups.observed_node(B1)), dead(B2, before=groups.observed_node(B2)))
    for node in (A1, A2, C1, C2):
        at = viewing(at, node, is_serving=False)
    return at


def test_while_the_cluster_serves_nothing_its_nodes_are_held_back_and_in_sync_all_the_same() -> None:
    after = recorded(_without_service())

    assert all(node_of(after, node).is_held_back for node in (A1, A2, C1, C2))
    assert all(node_of(after, node).is_up_to_date and node_of(after, node).has_synced for node in (A2, C2))


def test_a_cluster_that_serves_nothing_is_not_available() -> None:
    after = recorded(_without_service())

    assert replication_group_status(GROUP, after) is ReplicationGroupStatus.MODIFYING


def test_a_group_is_available_only_while_every_shard_is_served() -> None:
    well = recorded(cluster_situation(GROUP), decided("all", SATISFIED))
    lost = recorded(cluster_situation(GROUP, DEAD_PRIMARY, HEIR, before=well))
    hanging = recorded(cluster_situation(GROUP, hung(A1), before=well))
    restarting = recorded(cluster_situation(GROUP, coming_up(C2), before=well))

    assert replication_group_status(GROUP, well) is ReplicationGroupStatus.AVAILABLE
    assert replication_group_status(GROUP, lost) is ReplicationGroupStatus.MODIFYING
    assert replication_group_status(GROUP, hanging) is ReplicationGroupStatus.MODIFYING
    assert replication_group_status(GROUP, restarting) is ReplicationGroupStatus.AVAILABLE


# --- events --------------------------------------------------------------------------------------

RESHARDING = replace(
    with_shard(with_shard(GROUP, ONE.id, slots=MOVED[ONE.id]), TWO.id, slots=MOVED[TWO.id]),
    resharding=Resharding(requested_at=NOW, slot_count=count(SOME)),
)


def told(before: ObservedReplicationGroup, after: ObservedReplicationGroup, group: Any = RESHARDING) -> list[str]:
    return [event.message for event in events_between(cluster_situation(group), before, after)]


def slots_of(owned: dict[Any, Slots]) -> ObservedReplicationGroup:
    return worked_cluster(RESHARDING, OWNED | owned)


def test_the_end_of_a_resharding_is_told_once() -> None:
    half = {ONE.id: difference(ONE.slots, SOME), TWO.id: TWO.slots}

    assert told(slots_of({}), slots_of(MOVED)) == ["Finished resharding: 3 shards own all slots"]
    assert told(slots_of(MOVED), slots_of(MOVED)) == []
    assert told(slots_of({}), slots_of(half)) == []


def test_a_resharding_that_was_given_up_is_not_told_as_finished() -> None:
    assert told(slots_of({}), slots_of({}), group=replace(GROUP, resharding=RESHARDING.resharding)) == []


def test_first_slots_are_no_resharding() -> None:
    assert told(worked_cluster(GROUP, {}), worked_cluster(GROUP), group=GROUP) == []
    assert slots_to_move(GROUP, NOTHING_OBSERVED) == 0


def test_a_new_shard_under_an_old_number_has_not_failed_over() -> None:
    without = recorded(
        cluster_situation(
            replace(GROUP, node_groups=(ONE, TWO)),
            owned={TWO.id: union(TWO.slots, THREE.slots)},
            before=worked_cluster(GROUP, primaries={THREE.id: C2.id}),
        )
    )
    again = recorded(cluster_situation(GROUP, before=without))

    assert not [line for line in told(without, again, GROUP) if "Failover" in line]


# --- as an attacker: pass after pass -------------------------------------------------------------


def test_failures_of_others_do_not_make_the_first_of_a_rule_its_sixth() -> None:
    at = cluster_situation(GROUP)
    record = at.before
    for rule in ("nodes",) * 5 + ("slots",):
        acting = record_pass(replace(at, before=record), decided(rule, Act(steps=(), why=rule)))
        record = record_failure(acting, at, "it failed", is_permanent=False)

    assert record.failure is not None
    assert (record.failure.rule, record.failure.count) == ("slots", 1)


def test_news_that_nobody_hears_leaves_most_passes_to_the_slots() -> None:
    """Between two turns of the rule that spreads news, slots move: not the other way round."""
    an_hour_ago = Resharding(requested_at=NOW - timedelta(hours=1), slot_count=count(SOME))
    wanted = replace(RESHARDING, resharding=an_hour_ago)
    at = knowing(cluster_situation(wanted, owned=OWNED), C2, A2, primary_id=C1_ID)
    turns: list[str] = []

    for number in range(300):
        at = replace(at, now=NOW + number * timedelta(seconds=0.1))
        decision = plan(at)
        turns.append(decision.rule)
        at = replace(at, before=record_pass(at, decision))

    assert turns.count("slots") > turns.count("roles")


def test_a_pass_over_a_cluster_in_which_all_is_well_changes_nothing() -> None:
    at = cluster_situation(GROUP)
    once = record_pass(at, plan(at))
    known = tuple(replace(seen, before=once.find_node(seen.id)) for seen in at.nodes)
    again = replace(at, before=once, nodes=known)

    assert record_pass(again, plan(again)) == once
    assert once.converged_generation == GROUP.generation


@pytest.mark.parametrize("seconds", [0.0, 1.0, 30.0])
def test_a_move_under_way_is_waited_for_and_the_group_is_not_converged(seconds: float) -> None:
    running: SlotMove = move(RESHARDING, A1, B1, SOME, seconds_ago=seconds)
    at = viewing(cluster_situation(RESHARDING, owned=OWNED), A1, moves=(running,))

    verdict: Verdict = plan(at).verdict

    assert kinds_of(verdict) == set() and isinstance(verdict, Wait)
    assert union(*OWNED.values()) == ALL_SLOTS and NO_SLOTS == ()
