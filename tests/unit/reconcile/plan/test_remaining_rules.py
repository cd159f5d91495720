"""Deletion, departures, parameters and readiness: short rules, one page of tests."""

from msgspec.structs import replace

from elastane.model.observations import Unknown
from elastane.model.replication_groups import Deletion
from elastane.reconcile.plan import SATISFIED_BY_ALL, deletion, departures, parameters, plan, readiness
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import (
    ForgetGroup,
    ForgetNode,
    RemoveDirectories,
    SetParameters,
    StopNodes,
)
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    RUNNING,
    absent,
    coming_up,
    dead,
    newborn,
    primary,
    replica,
    situation,
)

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
DELETED = replace(GROUP, deletion=Deletion(requested_at=NOW))
LEAVING = replace(SECOND, is_leaving=True)
SHRINKING = groups.group("orders", FIRST, LEAVING)


def steps_of(verdict: object) -> tuple[object, ...]:
    assert isinstance(verdict, Act)
    return verdict.steps


def test_deletion_stops_then_cleans_then_forgets_and_nothing_else_speaks() -> None:
    running = plan(situation(DELETED, primary(FIRST), dead(SECOND)))
    stopped = plan(situation(DELETED, dead(FIRST), absent(SECOND)))
    gone = plan(situation(DELETED, absent(FIRST), absent(SECOND)))

    assert [rule for rule, _ in (running, stopped, gone)] == ["deletion"] * 3
    assert steps_of(running[1]) == (StopNodes(node_ids=(FIRST.id,)),)
    assert steps_of(stopped[1]) == (RemoveDirectories(node_ids=(FIRST.id,)),)
    assert steps_of(gone[1]) == (ForgetGroup(),)


def test_a_group_that_is_not_deleted_is_none_of_its_business() -> None:
    assert deletion.rule(situation(GROUP, absent(FIRST), absent(SECOND))) == SATISFIED


def test_a_leaving_node_is_stopped_then_cleaned_up_then_forgotten() -> None:
    running = departures.rule(situation(SHRINKING, primary(FIRST), replica(LEAVING, FIRST)))
    stopped = departures.rule(situation(SHRINKING, primary(FIRST), dead(LEAVING)))
    gone = departures.rule(situation(SHRINKING, primary(FIRST), absent(LEAVING)))

    assert steps_of(running) == (StopNodes(node_ids=(LEAVING.id,)),)
    assert steps_of(stopped) == (RemoveDirectories(node_ids=(LEAVING.id,)),)
    assert steps_of(gone) == (ForgetNode(node_id=LEAVING.id),)


def test_only_parameters_that_differ_are_set_and_only_where_they_differ() -> None:
    verdict = parameters.rule(
        situation(
            GROUP,
            primary(FIRST, parameters={"timeout": "0", "maxmemory": "100"}),
            replica(SECOND, FIRST, parameters={"timeout": "0", "maxmemory": "99"}),
            parameters={"timeout": "0", "maxmemory": "100"},
        )
    )

    assert steps_of(verdict) == (SetParameters(node_id=SECOND.id, parameters={"maxmemory": "100"}),)


def test_a_parameter_that_an_engine_does_not_know_is_not_set() -> None:
    verdict = parameters.rule(
        situation(GROUP, primary(FIRST), replica(SECOND, FIRST), parameters={"from-a-newer-version": "1"})
    )

    assert verdict == SATISFIED


def test_readiness_names_each_node_and_what_it_waits_for() -> None:
    verdict = readiness.rule(
        situation(GROUP, coming_up(FIRST), replica(SECOND, FIRST, is_link_up=False, sync_progress_ratio=0.83))
    )

    assert verdict == Wait(reason="orders-001 is starting; orders-002 is at 83% of its first sync")


def test_every_condition_of_a_node_has_its_words() -> None:
    silent = SeenNode(node=FIRST, process=RUNNING, engine=Unknown(reason="the reply made no sense"), before=None)
    not_online = replace(replica(FIRST, SECOND), is_online=False)
    words = {
        "is not there yet": absent(FIRST),
        "was killed by signal 9": dead(FIRST),
        "exited (1): Bad directive": dead(FIRST, exit_code=1, last_words="first line\nBad directive"),
        "is loading its data": newborn(FIRST, is_loading=True),
        "is primary": primary(FIRST),
        "is replica and in sync": replica(FIRST, SECOND),
        "is synced, and its primary does not count it as online yet": not_online,
        "is not in sync with its primary yet": newborn(FIRST),
        "does not answer: the reply made no sense": silent,
    }

    assert {readiness.describe(seen) for seen in words.values()} == set(words)


def test_a_converged_world_satisfies_every_rule() -> None:
    in_sync = replica(SECOND, FIRST, before=groups.observed_node(SECOND))

    rule, verdict = plan(situation(GROUP, primary(FIRST), in_sync, before=groups.observed(GROUP)))

    assert (rule, verdict) == (SATISFIED_BY_ALL, SATISFIED)
