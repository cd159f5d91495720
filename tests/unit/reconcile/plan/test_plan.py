"""`plan` over several node groups: each by itself, side by side where several act, and all at once for a few rules."""

from collections.abc import Callable

from msgspec.structs import replace

from elastane.reconcile.plan import RULES, WHOLE, Rule, plan
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import (
    FenceNodes,
    RecordPrimaries,
    RecordPrimary,
    SideBySide,
    StartNodes,
    StopNodes,
    TakeSlots,
)
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    dead,
    decided,
    just_silent,
    not_knowing,
    orphan,
    replica,
    working,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A2,
    B1,
    B2,
    C1,
    DEAD_PRIMARY,
    GROUP,
    HEIR,
    ONE,
    THREE,
    TWO,
    kinds_of,
    steps_of,
)

STOP = Act(steps=(StopNodes(node_ids=(A1.id,)),), why="it stops")
WAIT = Wait(reason="it waits")
WELL = cluster_situation(GROUP)


def in_shards(**verdicts: Verdict) -> Rule:
    """A rule that says something else of each shard: 'one', 'two', 'three'."""
    words = {ONE.id: "one", TWO.id: "two", THREE.id: "three"}

    def judge(situation: Situation) -> Verdict:
        (part,) = situation.group.node_groups
        return verdicts.get(words[part.id], SATISFIED)

    return judge


def of_all(verdict: Verdict, seen: list[Situation] | None = None) -> Callable[[Situation], Verdict]:
    def judge(situation: Situation) -> Verdict:
        if seen is not None:
            seen.append(situation)
        return verdict

    return judge


def test_a_cluster_in_which_all_is_well_satisfies_every_rule() -> None:
    assert plan(WELL) == decided("all", SATISFIED)


def test_who_is_waited_for_in_one_shard_keeps_nobody_from_acting_in_another() -> None:
    decision = plan(WELL, rules=(("failover", in_shards(one=WAIT)), ("nodes", in_shards(two=STOP))))

    assert (decision.rule, decision.verdict) == ("nodes", STOP)
    assert decision.node_groups == {ONE.id: ("failover", WAIT), TWO.id: ("nodes", STOP)}


def test_a_rule_of_more_danger_speaks_first_in_each_shard() -> None:
    decision = plan(WELL, rules=(("failover", in_shards(one=WAIT)), ("nodes", in_shards(one=STOP, three=WAIT))))

    assert decision.verdict == Wait(reason="it waits; it waits")
    assert decision.node_groups == {ONE.id: ("failover", WAIT), THREE.id: ("nodes", WAIT)}


def test_after_an_act_rules_of_less_danger_are_not_asked_of_the_whole() -> None:
    asked: list[Situation] = []

    decision = plan(WELL, rules=(("failover", in_shards(one=STOP)), ("slots", of_all(WAIT, asked))))

    assert (decision.rule, asked) == ("failover", [])


def test_a_rule_for_the_whole_sees_everybody_and_for_whom_others_have_spoken() -> None:
    asked: list[Situation] = []

    plan(WELL, rules=(("failover", in_shards(one=WAIT)), ("slots", of_all(SATISFIED, asked))))

    assert asked == [replace(WELL, occupied=frozenset({ONE.id}))]


def test_a_rule_for_the_whole_that_speaks_ends_it() -> None:
    decision = plan(
        WELL, rules=(("failover", in_shards(one=WAIT)), ("slots", of_all(STOP)), ("readiness", in_shards(two=WAIT)))
    )

    assert (decision.rule, decision.verdict) == ("slots", STOP)
    assert decision.node_groups == {ONE.id: ("failover", WAIT)}


def test_of_several_who_only_wait_the_most_dangerous_rule_names_the_decision() -> None:
    decision = plan(WELL, rules=(("failover", in_shards(two=WAIT)), ("nodes", in_shards(one=WAIT))))

    assert decision.rule == "failover"


def test_each_shard_is_told_by_the_rule_that_spoke_for_it() -> None:
    decision = plan(WELL, rules=(("failover", in_shards(one=WAIT)), ("nodes", in_shards(two=STOP))))

    rules = [decision.rule_for(part) for part in WELL.narrowed()]

    assert rules == ["failover", "nodes", "nodes"]


def test_the_rules_for_the_whole_are_rules() -> None:
    names = [name for name, _ in RULES]

    assert set(names) >= WHOLE
    assert len(set(names)) == len(names)


def test_two_shards_fail_over_side_by_side_and_their_primaries_are_written_down_together_first() -> None:
    at = cluster_situation(GROUP, DEAD_PRIMARY, HEIR, dead(B1, before=groups.observed_node(B1)), orphan(B2, B1))

    decision = plan(at)

    assert decision.rule == "failover" and isinstance(decision.verdict, Act)
    assert decision.verdict.steps == (
        RecordPrimaries(
            records=(
                RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2, failed_over_at=NOW),
                RecordPrimary(node_group_id=TWO.id, node_id=B2.id, epoch=2, failed_over_at=NOW),
            )
        ),
        SideBySide(
            tracks=(
                (TakeSlots(node_id=A2.id, slots=ONE.slots, by_vote=False),),
                (TakeSlots(node_id=B2.id, slots=TWO.slots, by_vote=False),),
            )
        ),
    )


def test_while_one_shard_waits_for_its_primary_a_dead_replica_of_another_is_started() -> None:
    at = cluster_situation(GROUP, just_silent(A1), dead(B2, before=groups.observed_node(B2)))

    decision = plan(at)

    assert steps_of(decision.verdict) == (StartNodes(node_ids=(B2.id,)),)
    assert decision.node_groups[ONE.id][0] == "failover"


def test_what_was_decided_for_another_shard_is_not_taken_for_this_one_s() -> None:
    """A wait that is bounded would have been over before it began."""
    last = groups.observed_verdict("the replicas still read", now=NOW, seconds_ago=5)
    before = replace(WELL.before, verdict=last, node_group_verdicts={TWO.id: last})

    first, second, _ = replace(WELL, before=before).narrowed()

    assert second.before.verdict == last
    assert first.before.verdict is None


def test_a_shard_that_has_just_lost_its_primary_is_read_to_the_end_though_another_one_was_waited_for_long_enough() -> (
    None
):
    reading = replica(A2, A1, before=groups.observed_node(A2, has_synced=True, is_up_to_date=True))
    last = groups.observed_verdict("the replicas still read what the dead primary had sent", now=NOW, seconds_ago=1.1)
    at = cluster_situation(GROUP, DEAD_PRIMARY, reading)

    decision = plan(replace(at, before=replace(at.before, verdict=last, node_group_verdicts={TWO.id: last})))

    assert kinds_of(decision.verdict) == set()


def test_who_cannot_be_met_keeps_no_dead_node_from_being_started() -> None:
    """A meeting that is tried in vain, again and again, must not be all that is ever tried."""
    dead_replica = dead(B2, before=groups.observed_node(B2))
    at = not_knowing(cluster_situation(GROUP, dead_replica), A1, C1)

    decision = plan(at)

    assert "StartNodes" in kinds_of(decision.verdict)


def test_an_endpoint_that_cannot_be_bound_keeps_no_dead_node_from_being_started() -> None:
    dead_replica = dead(B2, before=groups.observed_node(B2))
    at = cluster_situation(GROUP, dead_replica, is_endpoint_bound=False)

    decision = plan(at)

    assert "StartNodes" in kinds_of(decision.verdict)


def test_a_shard_that_waits_for_its_hanging_primary_stops_no_fence_in_another() -> None:
    at = cluster_situation(GROUP, working(A1, seconds=5), dead(B1, before=groups.observed_node(B1)), orphan(B2, B1))

    decision = plan(at)

    assert decision.node_groups[ONE.id][0] == "failover"
    assert not any(isinstance(step, FenceNodes) for step in steps_of(decision.verdict))
    assert TakeSlots(node_id=B2.id, slots=TWO.slots, by_vote=False) in steps_of(decision.verdict)
