"""Reboots and test failovers: whose process they end, when, and that they end it once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import ObservedNode, Restart
from elastane.model.replication_groups import Node
from elastane.reconcile.plan import reboots
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import RecordPrimary, StopNodes
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    RUNNING,
    coming_up,
    dead,
    newborn,
    orphan,
    primary,
    replica,
    situation,
    worked,
)

FIRST, SECOND = groups.node("orders-001"), groups.node("orders-002")
PART_ID = groups.group("orders", FIRST, SECOND).node_groups[0].id


def rebooting(node: Node) -> Node:
    return replace(node, reboot_requested_at=NOW)


def on_trial(node: Node) -> Node:
    return replace(node, rebuild_requested_at=NOW)


def known(node: Node, **changes: object) -> ObservedNode:
    return groups.observed_node(node, **changes)


def test_a_replica_that_shall_reboot_is_stopped() -> None:
    second = rebooting(SECOND)
    group = groups.group("orders", FIRST, second)

    verdict = reboots.rule(situation(group, primary(FIRST), replica(second, FIRST, before=known(second))))

    assert verdict == Act(steps=(StopNodes(node_ids=(SECOND.id,)),), why="a reboot of orders-002 was asked for")


def test_a_replica_waits_with_its_reboot_while_nobody_is_primary() -> None:
    second = rebooting(SECOND)
    group = groups.group("orders", FIRST, second)

    verdict = reboots.rule(situation(group, dead(FIRST), orphan(second, FIRST), before=worked(group)))

    assert verdict == Wait(reason="a reboot of orders-002 was asked for, and waits until there is a primary")


ASKED: list[tuple[Callable[[Node], Node], str]] = [(rebooting, "a reboot"), (on_trial, "a test failover")]


@pytest.mark.parametrize(("asked", "what"), ASKED)
def test_a_primary_hands_its_role_over_before_it_is_ended(asked: Callable[[Node], Node], what: str) -> None:
    first = asked(FIRST)
    group = groups.group("orders", first, SECOND)

    verdict = reboots.rule(situation(group, primary(first, before=known(first)), replica(SECOND, first)))

    assert verdict == Act(
        steps=(RecordPrimary(node_group_id=PART_ID, node_id=SECOND.id, epoch=2),),
        why=f"{what} of the primary orders-001 was asked for: orders-002 takes over before it",
    )


@pytest.mark.parametrize(("asked", "what"), ASKED)
def test_a_primary_waits_while_no_replica_is_in_sync(asked: Callable[[Node], Node], what: str) -> None:
    first = asked(FIRST)
    group = groups.group("orders", first, SECOND)

    verdict = reboots.rule(situation(group, primary(first, before=known(first)), newborn(SECOND)))

    assert verdict == Wait(reason=f"{what} of the primary orders-001 was asked for, and waits for a replica in sync")


@pytest.mark.parametrize(("asked", "what"), ASKED)
def test_a_primary_is_ended_once_it_is_a_replica(asked: Callable[[Node], Node], what: str) -> None:
    first = asked(FIRST)
    group = groups.group("orders", first, SECOND)

    verdict = reboots.rule(situation(group, replica(first, SECOND, before=known(first)), primary(SECOND)))

    assert verdict == Act(steps=(StopNodes(node_ids=(FIRST.id,)),), why=f"{what} of orders-001 was asked for")


def test_a_lone_primary_that_shall_reboot_is_stopped() -> None:
    first = rebooting(FIRST)
    group = groups.group("orders", first)

    verdict = reboots.rule(situation(group, primary(first, before=known(first))))

    assert isinstance(verdict, Act) and verdict.steps == (StopNodes(node_ids=(FIRST.id,)),)


STARTED_AT = RUNNING.started_at
EARLIER = STARTED_AT - timedelta(seconds=9)


@pytest.mark.parametrize(
    ("ordered", "is_due"),
    [
        pytest.param(None, True, id="no pass has seen the order yet"),
        pytest.param(Restart(requested_at=EARLIER, of_started_at=EARLIER), True, id="only an earlier order was seen"),
        pytest.param(Restart(requested_at=NOW, of_started_at=STARTED_AT), True, id="the process it was for runs still"),
        pytest.param(Restart(requested_at=NOW, of_started_at=EARLIER), False, id="another process runs by now"),
        pytest.param(
            Restart(requested_at=NOW, of_started_at=STARTED_AT + timedelta(hours=1)),
            False,
            id="another process runs, and the clock was put back between the two",
        ),
        pytest.param(Restart(requested_at=NOW, of_started_at=None), False, id="none ran when it was asked for"),
    ],
)
def test_an_order_ends_the_life_it_was_given_in_and_no_other(ordered: Restart | None, is_due: bool) -> None:
    for first, before in (
        (rebooting(FIRST), known(FIRST, reboot=ordered)),
        (on_trial(FIRST), known(FIRST, rebuild=ordered)),
    ):
        group = groups.group("orders", first)

        verdict = reboots.rule(situation(group, primary(first, before=before)))

        assert isinstance(verdict, Act) is is_due
        assert is_due or verdict == SATISFIED


def test_who_is_dead_leaving_or_unknown_is_not_rebooted() -> None:
    second = rebooting(SECOND)
    leaving = replace(second, is_leaving=True)

    for node, seen in (
        (second, dead(second, before=known(second))),
        (leaving, replica(leaving, FIRST, before=known(leaving))),
        (second, coming_up(second)),
    ):
        assert reboots.rule(situation(groups.group("orders", FIRST, node), primary(FIRST), seen)) == SATISFIED


def test_of_two_the_first_is_rebooted_and_the_second_when_that_is_done() -> None:
    first, second = rebooting(FIRST), rebooting(SECOND)
    group = groups.group("orders", first, second)
    done = Restart(requested_at=NOW, of_started_at=EARLIER)

    at_first = reboots.rule(
        situation(group, replica(first, second, before=known(first)), primary(second, before=known(second)))
    )
    afterwards = reboots.rule(
        situation(
            group,
            replica(first, second, before=known(first, reboot=done)),
            primary(second, before=known(second)),
        )
    )

    assert isinstance(at_first, Act) and at_first.steps == (StopNodes(node_ids=(FIRST.id,)),)
    assert isinstance(afterwards, Act)
    assert afterwards.steps == (RecordPrimary(node_group_id=PART_ID, node_id=FIRST.id, epoch=2),)
