from datetime import timedelta

from msgspec.structs import replace

from elastane.reconcile.plan import reboots
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import RecordPrimary, StopNodes
from tests.kit import groups
from tests.kit.situations import NOW, dead, newborn, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
WORKED = groups.observed(GROUP)


def test_a_replica_waits_with_its_reboot_while_nobody_is_primary() -> None:
    rebooting = replace(SECOND, reboot_requested_at=NOW)
    group = groups.group("orders", FIRST, rebooting)

    verdict = reboots.rule(situation(group, dead(FIRST), replica(rebooting, FIRST, is_link_up=False), before=WORKED))

    assert isinstance(verdict, Wait)


def test_a_primary_waits_with_its_reboot_while_no_replica_is_in_sync() -> None:
    rebooting = replace(FIRST, reboot_requested_at=NOW)
    group = groups.group("orders", rebooting, SECOND)

    verdict = reboots.rule(situation(group, primary(rebooting), newborn(SECOND), before=WORKED))

    assert isinstance(verdict, Wait)


def test_a_replica_that_shall_reboot_is_stopped() -> None:
    rebooting = replace(SECOND, reboot_requested_at=NOW)
    group = groups.group("orders", FIRST, rebooting)

    verdict = reboots.rule(situation(group, primary(FIRST), replica(rebooting, FIRST), before=WORKED))

    assert isinstance(verdict, Act) and verdict.steps == (StopNodes(node_ids=(SECOND.id,)),)


def test_a_primary_that_shall_reboot_hands_its_role_over_first() -> None:
    rebooting = replace(FIRST, reboot_requested_at=NOW)
    group = groups.group("orders", rebooting, SECOND)

    verdict = reboots.rule(situation(group, primary(rebooting), replica(SECOND, rebooting), before=WORKED))

    assert isinstance(verdict, Act)
    assert verdict.steps == (RecordPrimary(node_group_id=group.node_groups[0].id, node_id=SECOND.id, epoch=2),)


def test_a_lone_primary_that_shall_reboot_is_stopped() -> None:
    rebooting = replace(FIRST, reboot_requested_at=NOW)
    group = groups.group("orders", rebooting)

    verdict = reboots.rule(situation(group, primary(rebooting), before=WORKED))

    assert isinstance(verdict, Act) and verdict.steps == (StopNodes(node_ids=(FIRST.id,)),)


def test_a_process_started_after_the_request_is_not_rebooted_again() -> None:
    rebooted = replace(FIRST, reboot_requested_at=groups.CREATED_AT - timedelta(seconds=1))
    group = groups.group("orders", rebooted)

    assert reboots.rule(situation(group, primary(rebooted), before=WORKED)) == SATISFIED
