"""What waits for the maintenance window is begun in it, and not before, unless it has become impossible."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.reconcile.plan import maintenance
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import ApplyPending, DropPending
from tests.kit import groups
from tests.kit.situations import NOW, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
NOW_OPEN, NOW_CLOSED = "mon:12:30-mon:13:30", "mon:13:30-mon:14:30"
"""The cases are of a Monday, one in the afternoon."""


def waiting(window: str, *, used_bytes: int = 10, memory_bytes: int = 100, now_bytes: int = 200) -> Situation:
    group = replace(
        GROUP,
        pending=replace(GROUP.software, node_type="cache.m7g.large"),
        upkeep=replace(GROUP.upkeep, maintenance_window=window),
    )
    nodes = primary(FIRST, used_memory_bytes=10), replica(SECOND, FIRST, used_memory_bytes=used_bytes)
    memory = {"maxmemory": str(now_bytes)}
    return situation(group, *nodes, pending_memory_bytes=memory_bytes, parameters=memory)


def test_the_cases_are_told_apart_by_the_clock() -> None:
    assert (NOW.weekday(), NOW.hour, NOW.minute) == (0, 13, 0)


def test_it_begins_when_the_window_opens_and_not_before() -> None:
    before, after = maintenance.rule(waiting(NOW_CLOSED)), maintenance.rule(waiting(NOW_OPEN))

    assert before == SATISFIED
    assert isinstance(after, Act)
    assert after.steps == (ApplyPending(),)


@pytest.mark.parametrize(("minutes", "is_open"), [(-31, False), (-30, True), (29, True), (30, False)])
def test_a_window_includes_its_first_minute_and_excludes_its_last(minutes: int, is_open: bool) -> None:
    moment = replace(waiting(NOW_OPEN), now=NOW + timedelta(minutes=minutes))

    assert isinstance(maintenance.rule(moment), Act) is is_open


def test_nothing_that_waits_is_nothing_to_do() -> None:
    due = waiting(NOW_OPEN)

    assert maintenance.rule(replace(due, group=replace(due.group, pending=None))) == SATISFIED


def test_data_that_has_grown_beyond_the_new_node_type_is_no_longer_put_into_it() -> None:
    verdict = maintenance.rule(waiting(NOW_OPEN, used_bytes=101))

    reason = "orders-002 uses 101 bytes, and a node of type cache.m7g.large has 100 for data"
    assert isinstance(verdict, Act)
    assert verdict.steps == (DropPending(reason=reason),)


def test_more_memory_is_welcome_however_much_is_used() -> None:
    verdict = maintenance.rule(waiting(NOW_OPEN, used_bytes=101, now_bytes=99))

    assert isinstance(verdict, Act)
    assert verdict.steps == (ApplyPending(),)
