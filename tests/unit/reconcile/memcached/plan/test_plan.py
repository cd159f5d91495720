"""How rules speak together: the first that acts, else the first that waits, and three kinds that are different."""

from datetime import datetime, timedelta

from elastane.model.memcached_clusters import MemcachedCluster, PendingChange
from elastane.model.replication_groups import Deletion
from elastane.reconcile.memcached.plan import RULES, Decision, Rule, plan
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import ApplyPending, KillNodes, StartNodes, Tell
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from tests.kit.memcached_clusters import cache_node, memcached_cluster
from tests.kit.memcached_situations import NOW, coming_up, dead, hung, situation, telling

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=1)
ACT = Act(steps=(Tell(),), why="something is to be told")
IN_WINDOW = datetime.fromisoformat("2026-11-29T05:30:00+00:00")


def saying(*verdicts: tuple[str, Verdict]) -> tuple[tuple[str, Rule], ...]:
    def rule(verdict: Verdict) -> Rule:
        return lambda _: verdict

    return tuple((name, rule(verdict)) for name, verdict in verdicts)


def spoken(*verdicts: tuple[str, Verdict]) -> Decision:
    return plan(situation(CLUSTER), saying(*verdicts))


def test_the_rules_are_asked_in_the_order_of_danger() -> None:
    assert [name for name, _ in RULES] == [
        "steadiness",
        "deletion",
        "hangs",
        "nodes",
        "restarts",
        "publication",
        "telling",
        "departures",
        "rollout",
        "certificates",
        "readiness",
        "maintenance",
    ]


def test_all_is_well_when_every_rule_is_satisfied() -> None:
    assert plan(situation(CLUSTER)) == Decision(rule="all", verdict=SATISFIED)


def test_what_one_rule_waits_for_keeps_no_later_one_from_acting() -> None:
    assert spoken(("nodes", Wait(reason="waits")), ("telling", ACT)) == Decision(rule="telling", verdict=ACT)


def test_while_nobody_acts_the_first_that_waits_speaks() -> None:
    first, second = Wait(reason="first"), Wait(reason="second")

    assert spoken(("nodes", first), ("readiness", second)) == Decision(rule="nodes", verdict=first)


def test_what_a_person_should_know_is_not_hidden_behind_what_passes() -> None:
    told = Wait(reason="the engine is gone", is_told=True)

    assert spoken(("publication", Wait(reason="waits")), ("rollout", told)) == Decision(rule="rollout", verdict=told)


def test_while_time_is_not_to_be_trusted_nothing_is_done() -> None:
    unsteady = situation(CLUSTER, dead(FIRST), hung(SECOND), unsteady="the clock jumped")

    assert plan(unsteady) == Decision(rule="steadiness", verdict=Wait(reason="the clock jumped"))


def test_of_what_is_being_deleted_nothing_is_mended() -> None:
    deleted = memcached_cluster("sessions", FIRST, SECOND, published=1, deletion=Deletion(requested_at=NOW))

    decision = plan(situation(deleted, dead(FIRST), hung(SECOND)))

    assert decision.rule == "deletion"


def test_a_failure_ends_it() -> None:
    failed = Failed(reason="the address is taken")

    assert spoken(("nodes", failed), ("telling", ACT)) == Decision(rule="nodes", verdict=failed)


def pending(*nodes: int) -> MemcachedCluster:
    added = tuple(cache_node(number) for number in nodes)
    return memcached_cluster("sessions", FIRST, SECOND, published=1, pending=PendingChange(added=added))


def test_what_is_not_whole_is_not_changed_by_itself() -> None:
    whole = plan(situation(pending(3), now=IN_WINDOW))
    broken = plan(situation(pending(3), dead(SECOND), now=IN_WINDOW, lost_zones=frozenset({SECOND.zone})))

    assert whole.verdict == Act(
        steps=(ApplyPending(),), why="the maintenance window is open: what waited for it begins"
    )
    assert broken.rule == "readiness"


def test_a_hanging_node_is_killed_before_a_dead_one_is_started() -> None:
    def acted(seen: Situation) -> tuple[object, ...]:
        verdict = plan(seen).verdict
        return verdict.steps if isinstance(verdict, Act) else ()

    assert acted(situation(CLUSTER, hung(FIRST), dead(SECOND))) == (KillNodes(node_ids=(FIRST.id,)),)
    assert acted(situation(CLUSTER, dead(SECOND))) == (StartNodes(node_ids=(SECOND.id,)),)


def test_a_node_that_comes_up_keeps_nobody_from_telling() -> None:
    seen = situation(CLUSTER, coming_up(SECOND, seconds=10), endpoint=telling(0))

    assert plan(seen).rule == "telling"


def test_the_window_is_where_it_is_whatever_the_clock_said_before() -> None:
    assert plan(situation(pending(3), now=IN_WINDOW + timedelta(minutes=30))).rule == "all"
