"""Steadiness, deletion, departures, parameters and readiness: short rules, one page of tests."""

import pytest
from msgspec.structs import replace

from elastane.model.observations import Unknown
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Deletion
from elastane.reconcile.plan import (
    SATISFIED_BY_ALL,
    Decision,
    deletion,
    departures,
    parameters,
    plan,
    readiness,
    steadiness,
)
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
    cluster_situation,
    coming_up,
    dead,
    decided,
    hung,
    just_silent,
    newborn,
    primary,
    replica,
    situation,
    viewing,
    worked,
)

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
DELETED = replace(GROUP, deletion=Deletion(requested_at=NOW))
LEAVING = replace(SECOND, is_leaving=True)
SHRINKING = groups.group("orders", FIRST, LEAVING)


FORBIDDEN = {parameters.NO_ELECTION: "yes"}
"""As every node of a cluster boots."""


def steps_of(verdict: object) -> tuple[object, ...]:
    assert isinstance(verdict, Act)
    return verdict.steps


def test_deletion_stops_then_cleans_then_forgets_and_nothing_else_speaks() -> None:
    running = plan(situation(DELETED, primary(FIRST), dead(SECOND)))
    stopped = plan(situation(DELETED, dead(FIRST), absent(SECOND)))
    gone = plan(situation(DELETED, absent(FIRST), absent(SECOND)))

    assert [decision.rule for decision in (running, stopped, gone)] == ["deletion"] * 3
    assert steps_of(running.verdict) == (StopNodes(node_ids=(FIRST.id,)),)
    assert steps_of(stopped.verdict) == (RemoveDirectories(node_ids=(FIRST.id,)),)
    assert steps_of(gone.verdict) == (ForgetGroup(),)


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


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(primary(FIRST, parameters=FORBIDDEN), True, id="a primary"),
        pytest.param(
            replica(FIRST, SECOND, parameters=FORBIDDEN, before=groups.observed_node(FIRST, has_synced=True)),
            True,
            id="a replica that has been in sync",
        ),
        pytest.param(
            replica(FIRST, SECOND, parameters=FORBIDDEN, before=groups.observed_node(FIRST)),
            False,
            id="a replica that never was: it would win an election as well as any other, and be empty",
        ),
        pytest.param(newborn(FIRST, parameters=FORBIDDEN), False, id="a new process"),
    ],
)
def test_engines_may_elect_only_who_has_the_data(seen: SeenNode, expected: bool) -> None:
    at = situation(GROUP, seen, replica(SECOND, FIRST), parameters={parameters.NO_ELECTION: "no"})

    assert bool(parameters.drift(seen, at)) is expected


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
        "was killed by signal 9": dead(FIRST, last_words="Ready to accept connections"),
        "was killed by signal 11: Oops": dead(FIRST, exit_code=-11, last_words="Oops"),
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

    decision = plan(situation(GROUP, primary(FIRST), in_sync, before=groups.observed(GROUP)))

    assert decision == Decision(rule=SATISFIED_BY_ALL, verdict=SATISFIED)


# --- readiness, in trouble -----------------------------------------------------------------------


def test_one_late_answer_is_waited_for_and_changes_nobody_s_health() -> None:
    late = just_silent(SECOND)

    verdict = readiness.rule(situation(GROUP, primary(FIRST), late))

    assert late.health is NodeHealth.READY
    assert verdict == Wait(reason="orders-002 does not answer: no answer in 0.25 s")
    assert hung(SECOND).health is NodeHealth.UNKNOWN


def test_a_node_waits_for_its_zone() -> None:
    verdict = readiness.rule(situation(GROUP, primary(FIRST), dead(SECOND), lost_zones={SECOND.zone}))

    assert verdict == Wait(reason="orders-002 cannot be started while its zone us-east-1a is down")


def test_a_group_whose_control_user_lacks_a_right_is_not_ready_and_that_is_told() -> None:
    locked_out = replica(SECOND, FIRST, missing_rights=("CLIENT KILL", "FAILOVER"))

    verdict = readiness.rule(situation(GROUP, primary(FIRST), locked_out))

    assert verdict == Wait(
        reason="the control user may not use CLIENT KILL, FAILOVER on orders-002, which a failover needs", is_told=True
    )


def test_who_is_ready_and_held_back_by_the_cluster_is_not_ready_to_serve() -> None:
    at = cluster_situation(groups.cluster(shards=1))
    first, second = at.group.nodes
    at = viewing(viewing(at, first, is_serving=False), second, is_serving=False)

    verdict = readiness.rule(at)

    assert isinstance(verdict, Wait)
    assert "does not serve" in verdict.reason


# --- steadiness ----------------------------------------------------------------------------------


def test_while_time_is_not_to_be_trusted_no_other_rule_speaks() -> None:
    for group, first in ((GROUP, dead(FIRST)), (GROUP, hung(FIRST)), (DELETED, primary(FIRST))):
        at = situation(group, first, replica(SECOND, FIRST), before=worked(group), unsteady="the clock jumped")

        assert plan(at) == decided("steadiness", Wait(reason="the clock jumped"))


def test_while_time_passes_as_it_should_steadiness_is_satisfied() -> None:
    assert steadiness.rule(situation(GROUP, dead(FIRST), dead(SECOND))) == SATISFIED
