from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import Failure, ObservedNode, ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.reconcile.plan import nodes
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import StartNodes
from tests.kit import groups
from tests.kit.situations import NOW, absent, coming_up, dead, orphan, primary, situation, worked

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
WORKED = groups.observed(GROUP)


def test_nodes_that_do_not_run_are_started_side_by_side() -> None:
    verdict = nodes.rule(situation(GROUP, absent(FIRST), absent(SECOND)))

    assert verdict == Act(
        steps=(StartNodes(node_ids=(FIRST.id, SECOND.id)),), why="orders-001 and orders-002 do not run"
    )


def test_a_leaving_node_is_not_started_again() -> None:
    leaving = replace(SECOND, is_leaving=True)
    group = groups.group("orders", FIRST, leaving)

    assert nodes.rule(situation(group, primary(FIRST), dead(leaving), before=WORKED)) == SATISFIED


@pytest.mark.parametrize(("failed_starts", "rest_seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (30, 30.0)])
def test_a_node_that_keeps_dying_rests_longer_and_longer(failed_starts: int, rest_seconds: float) -> None:
    def verdict_after(seconds: float) -> object:
        before = groups.observed_node(
            SECOND, failed_starts=failed_starts, last_failed_at=NOW - timedelta(seconds=seconds)
        )
        return nodes.rule(situation(GROUP, primary(FIRST), dead(SECOND, before=before), before=WORKED))

    assert verdict_after(rest_seconds - 0.01) == SATISFIED
    assert isinstance(verdict_after(rest_seconds), Act)


@pytest.mark.parametrize(("failures", "rest_seconds"), [(1, 0.5), (2, 1.0), (30, 60.0)])
def test_while_starts_fail_the_other_rules_get_their_turn_in_between(failures: int, rest_seconds: float) -> None:
    def verdict_after(seconds: float) -> object:
        failure = Failure(
            sentence="the disk is full", generation=1, at=NOW - timedelta(seconds=seconds), count=failures
        )
        before = replace(WORKED, failure=failure)
        return nodes.rule(situation(GROUP, primary(FIRST), dead(SECOND), before=before))

    assert verdict_after(rest_seconds - 0.01) == SATISFIED
    assert isinstance(verdict_after(rest_seconds), Act)


def test_a_new_group_whose_address_is_taken_fails_at_once_and_names_the_address() -> None:
    before = groups.observed_node(FIRST, failed_starts=1, last_failed_at=NOW)
    words = "Could not create server TCP listening socket: bind: Address already in use"

    verdict = nodes.rule(situation(GROUP, dead(FIRST, before=before, exit_code=1, last_words=words), absent(SECOND)))

    assert isinstance(verdict, Failed)
    assert f"{FIRST.address}:6379" in verdict.reason


def test_a_new_group_gives_up_after_three_tries_and_quotes_the_engine() -> None:
    before = groups.observed_node(FIRST, failed_starts=3, last_failed_at=NOW)

    verdict = nodes.rule(situation(GROUP, dead(FIRST, before=before, last_words="Bad directive"), absent(SECOND)))

    assert verdict == Failed(reason="orders-001 would not start (3 tries); it said: Bad directive")


def test_a_new_group_gives_up_on_an_engine_that_runs_and_never_answers() -> None:
    seen = situation(GROUP, coming_up(FIRST), coming_up(SECOND))

    early = nodes.rule(replace(seen, now=groups.CREATED_AT + timedelta(seconds=60)))
    late = nodes.rule(replace(seen, now=groups.CREATED_AT + timedelta(seconds=61)))

    assert early == SATISFIED
    assert late == Failed(reason="orders-001 runs, and has not answered for 61 seconds")


def test_a_group_that_once_worked_never_gives_up() -> None:
    before = groups.observed_node(SECOND, failed_starts=50, last_failed_at=NOW - timedelta(hours=1))

    verdict = nodes.rule(situation(GROUP, primary(FIRST), dead(SECOND, before=before), before=WORKED))

    assert isinstance(verdict, Act)


def test_a_permanent_failure_of_a_new_group_stays_its_verdict() -> None:
    failure = Failure(sentence="the disk is full", generation=1, at=NOW, is_permanent=True)

    verdict = nodes.rule(
        situation(GROUP, absent(FIRST), absent(SECOND), before=ObservedReplicationGroup(failure=failure))
    )

    assert verdict == Failed(reason="the disk is full")


# --- lost zones, lost primaries ------------------------------------------------------------------


def test_a_node_whose_zone_is_down_is_not_started() -> None:
    elsewhere = groups.node("orders-002", zone="us-east-1b")
    group = groups.group("orders", FIRST, elsewhere)

    both = nodes.rule(situation(group, dead(FIRST), dead(elsewhere), before=WORKED, lost_zones={FIRST.zone}))
    none = nodes.rule(
        situation(group, dead(FIRST), dead(elsewhere), before=WORKED, lost_zones={FIRST.zone, elsewhere.zone})
    )

    assert isinstance(both, Act)
    assert both.steps == (StartNodes(node_ids=(elsewhere.id,)),)
    assert none == SATISFIED


UNAUTOMATIC = replace(GROUP, availability=replace(GROUP.availability, automatic_failover=False))
LOST = groups.observed_node(FIRST)


@pytest.mark.parametrize(
    ("last", "is_told"),
    [
        pytest.param(LOST, True, id="when it is first seen"),
        pytest.param(replace(LOST, is_recovering=True), False, id="and not at each start that fails"),
    ],
)
def test_with_failover_off_a_lost_primary_is_rebuilt_first_and_that_is_told_once(
    last: ObservedNode, is_told: bool
) -> None:
    verdict = nodes.rule(
        situation(UNAUTOMATIC, dead(FIRST, before=last), orphan(SECOND, FIRST), before=worked(UNAUTOMATIC))
    )

    assert verdict == Act(
        steps=(StartNodes(node_ids=(FIRST.id,)),),
        why="automatic failover is disabled: the lost primary orders-001 is rebuilt first",
        is_told=is_told,
    )


REBOOTING = replace(FIRST, reboot_requested_at=NOW)


@pytest.mark.parametrize(
    ("group", "lost"),
    [
        pytest.param(GROUP, dead(FIRST, before=LOST), id="with failover on another has taken over"),
        pytest.param(
            groups.group("orders", REBOOTING, SECOND, availability=UNAUTOMATIC.availability),
            dead(REBOOTING, before=LOST),
            id="a reboot was asked for",
        ),
    ],
)
def test_a_start_is_nothing_to_tell_when(group: ReplicationGroup, lost: SeenNode) -> None:
    verdict = nodes.rule(situation(group, lost, orphan(SECOND, FIRST), before=worked(group)))

    assert verdict == Act(steps=(StartNodes(node_ids=(FIRST.id,)),), why="orders-001 does not run")


def test_of_a_replica_or_a_lone_primary_it_is_nothing_to_tell_either() -> None:
    lone = groups.group("orders", FIRST, availability=UNAUTOMATIC.availability)

    replica_lost = nodes.rule(situation(UNAUTOMATIC, primary(FIRST), dead(SECOND), before=worked(UNAUTOMATIC)))
    all_lost = nodes.rule(situation(lone, dead(FIRST, before=LOST), before=worked(lone)))

    assert isinstance(replica_lost, Act) and replica_lost.why == "orders-002 does not run"
    assert isinstance(all_lost, Act) and all_lost.why == "orders-001 does not run"


def test_a_failure_that_is_dated_in_the_future_keeps_nobody_from_a_start() -> None:
    failure = Failure(sentence="the disk is full", generation=1, at=NOW + timedelta(hours=1), count=30)

    verdict = nodes.rule(situation(GROUP, primary(FIRST), dead(SECOND), before=replace(WORKED, failure=failure)))

    assert isinstance(verdict, Act)


@pytest.mark.parametrize(
    ("rule", "is_started"),
    [("nodes", False), ("topology", False), ("slots", True), ("configuration", True)],
)
def test_a_failure_of_what_comes_long_after_it_keeps_no_node_down(rule: str, is_started: bool) -> None:
    """What fails there is tried again and again, each time sooner than a rest would end."""
    failure = Failure(sentence="it failed", generation=1, at=NOW, count=9, rule=rule)
    lost = dead(SECOND, before=groups.observed_node(SECOND))
    before = groups.observed(GROUP, failure=failure)

    verdict = nodes.rule(situation(GROUP, primary(FIRST), lost, before=before))

    assert (verdict != SATISFIED) is is_started
