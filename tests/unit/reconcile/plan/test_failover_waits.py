"""What `failover` leaves alone, what it starts while it waits, and when a wait ends."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.reconcile.plan import failover
from elastane.reconcile.plan.heirs import READING
from elastane.reconcile.plan.verdicts import Act, Wait
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import FenceNodes, StartNodes
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    coming_up,
    dead,
    hung,
    just_silent,
    newborn,
    orphan,
    primary,
    replica,
    scripted,
    situation,
    with_part,
    working,
)
from tests.unit.reconcile.plan.failover_cases import (
    DATED,
    FIRST,
    GROUP,
    HEARING,
    HEIR,
    IN_SYNC,
    NOT_HEARING,
    OTHER,
    PART,
    REBOOTING,
    SECOND,
    SECOND_REBOOTING,
    STALE,
    THIRD,
    WORKED,
    seen,
    speaking,
)


def reading(seconds_ago: float) -> ObservedReplicationGroup:
    return replace(WORKED, verdict=groups.observed_verdict(READING, seconds_ago=seconds_ago, now=NOW))


# --- when nobody may act -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(seen(just_silent(FIRST), HEARING, OTHER), id="a late answer"),
        pytest.param(seen(working(FIRST, seconds=9.9), NOT_HEARING, OTHER), id="a primary that is busy"),
        pytest.param(seen(working(FIRST, seconds=900), HEARING, OTHER), id="a primary that only we do not hear"),
        pytest.param(
            seen(working(FIRST, seconds=900), newborn(SECOND), newborn(THIRD)), id="a primary nobody could hear"
        ),
        pytest.param(seen(hung(FIRST), newborn(SECOND), newborn(THIRD)), id="a hanging primary without replicas"),
        pytest.param(seen(hung(FIRST), just_silent(SECOND), just_silent(THIRD)), id="a host that is slow as a whole"),
        pytest.param(seen(hung(FIRST), hung(SECOND), hung(THIRD)), id="all nodes hang"),
        pytest.param(
            seen(hung(FIRST), orphan(SECOND, FIRST, is_syncing=True), newborn(THIRD)),
            id="a hanging primary whose only replica is in the middle of a copy",
        ),
        pytest.param(
            seen(hung(FIRST), STALE, orphan(THIRD, FIRST, before=replace(IN_SYNC, has_held_data=True))),
            id="a hanging primary whose replicas are stale or emptied",
        ),
    ],
)
def test_nothing_is_done_to(at: Situation) -> None:
    assert isinstance(failover.rule(at), Wait)


# --- what a waiting pass starts ------------------------------------------------------------------

LATE_START = groups.observed_node(THIRD, failed_starts=5, last_failed_at=NOW)
GONE = replace(THIRD, is_leaving=True)


@pytest.mark.parametrize(
    ("primary_seen", "group"),
    [
        pytest.param(hung(FIRST), GROUP, id="it may hold the last copy"),
        pytest.param(hung(FIRST), DATED, id="the next failover is held back"),
        pytest.param(working(FIRST, seconds=1), GROUP, id="it is busy"),
        pytest.param(scripted(FIRST, seconds=1), GROUP, id="it runs a script"),
    ],
)
def test_while_a_primary_is_waited_for_dead_replicas_are_started(
    primary_seen: SeenNode, group: ReplicationGroup
) -> None:
    verdict = failover.rule(seen(primary_seen, dead(SECOND), newborn(THIRD), group=group))

    assert verdict == Act(
        steps=(StartNodes(node_ids=(SECOND.id,)),),
        why="orders-002 can be started while the primary orders-001 is waited for",
    )


def test_a_primary_that_only_we_do_not_hear_is_waited_for_too() -> None:
    assert speaking(seen(working(FIRST, seconds=4), HEARING, dead(THIRD))) == "meanwhile"


@pytest.mark.parametrize(
    ("at", "name"),
    [
        pytest.param(seen(just_silent(FIRST), HEARING, dead(THIRD)), "just silent", id="after one late answer"),
        pytest.param(seen(hung(FIRST), HEIR, dead(THIRD)), "fence", id="when somebody can take over"),
        pytest.param(
            seen(hung(FIRST), STALE, dead(THIRD, before=LATE_START)), "last copy", id="one that keeps dying, and rests"
        ),
        pytest.param(
            replace(seen(hung(FIRST), STALE, dead(THIRD)), lost_zones=frozenset({THIRD.zone})),
            "last copy",
            id="one whose zone is down",
        ),
        pytest.param(
            seen(hung(FIRST), STALE, dead(GONE), group=groups.group("orders", FIRST, SECOND, GONE)),
            "last copy",
            id="one that leaves",
        ),
    ],
)
def test_nobody_is_started(at: Situation, name: str) -> None:
    assert speaking(at) == name


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(replica(SECOND_REBOOTING, FIRST, before=IN_SYNC), id="one that answers: in good order, later"),
        pytest.param(just_silent(SECOND_REBOOTING), id="one that is late"),
        pytest.param(dead(SECOND_REBOOTING), id="one that is dead"),
        pytest.param(coming_up(SECOND_REBOOTING), id="one that starts"),
        pytest.param(working(replace(SECOND, rebuild_requested_at=NOW), seconds=60), id="one that is on trial"),
    ],
)
def test_no_replica_is_killed_for_a_reboot(second: SeenNode) -> None:
    group = groups.group("orders", FIRST, second.node, THIRD)

    assert speaking(seen(primary(FIRST), second, OTHER, group=group)) == "primary answers"


# --- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds_ago", "name"), [(0.99, "reading"), (1.0, "fail over"), (-60, "fail over")])
def test_reading_is_waited_for_one_second_and_no_clock_makes_it_longer(seconds_ago: float, name: str) -> None:
    assert speaking(seen(dead(FIRST), HEARING, OTHER, before=reading(seconds_ago))) == name


def test_who_was_silent_until_now_reads_first_however_long_the_others_were_waited_for() -> None:
    before = reading(seconds_ago=5)
    resumed = replace(HEARING, before=replace(IN_SYNC, silence=hung(SECOND).silence))

    assert speaking(seen(dead(FIRST), resumed, OTHER, before=before)) == "reading"


@pytest.mark.parametrize(("seconds_ago", "name"), [(59.9, "flapping"), (60, "fence"), (-5, "fence")])
def test_a_hanging_primary_is_held_back_for_a_minute_after_the_last_failover(seconds_ago: float, name: str) -> None:
    group = with_part(GROUP, failed_over_at=NOW - timedelta(seconds=seconds_ago), failover_count=1)

    assert speaking(seen(hung(FIRST), HEARING, OTHER, group=group)) == name


@pytest.mark.parametrize(("seconds", "name"), [(9.9, "busy"), (10, "busy for long"), (900, "busy for long")])
def test_a_primary_that_nobody_could_hear_is_told_of_after_the_busy_limit(seconds: float, name: str) -> None:
    assert speaking(seen(working(FIRST, seconds=seconds), newborn(SECOND), newborn(THIRD))) == name


@pytest.mark.parametrize(
    ("first", "name"),
    [
        pytest.param(replace(FIRST, reboot_requested_at=NOW), "reboot", id="a reboot lets its data go"),
        pytest.param(replace(FIRST, rebuild_requested_at=NOW), "last copy", id="a test failover does not"),
    ],
)
def test_only_a_reboot_kills_what_may_be_the_last_copy(first: Node, name: str) -> None:
    group = groups.group("orders", first, SECOND, THIRD)

    assert speaking(seen(hung(first), STALE, newborn(THIRD), group=group)) == name


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        pytest.param(just_silent(REBOOTING), "just silent", id="a late answer: it may be ended in good order yet"),
        pytest.param(working(REBOOTING, seconds=1), "reboot", id="busy"),
        pytest.param(scripted(REBOOTING, seconds=1), "reboot", id="a script"),
        pytest.param(working(REBOOTING, seconds=900), "reboot", id="busy for long"),
        pytest.param(hung(REBOOTING), "reboot", id="hanging"),
    ],
)
def test_a_reboot_is_carried_out_on_whoever_does_not_answer(condition: SeenNode, name: str) -> None:
    group = groups.group("orders", REBOOTING, SECOND, THIRD)

    assert speaking(seen(condition, newborn(SECOND), newborn(THIRD), group=group)) == name


def test_a_dead_primary_is_never_held_back() -> None:
    assert speaking(seen(dead(FIRST), HEIR, OTHER, group=DATED)) == "fail over"


def test_what_is_waited_for_is_said_in_the_same_words_at_every_look() -> None:
    def reasons(name: str, *at: Situation) -> set[str]:
        verdicts = [failover.rule(one) for one in at]
        assert {speaking(one) for one in at} == {name}
        return {verdict.reason for verdict in verdicts if isinstance(verdict, Wait)}

    def later(at: Situation, seconds: float) -> Situation:
        return replace(at, now=NOW + timedelta(seconds=seconds))

    held = seen(hung(FIRST), HEARING, OTHER, group=DATED)
    unseen = seen(working(FIRST, seconds=4), HEARING, OTHER)
    alone = seen(hung(FIRST), STALE, newborn(THIRD))
    busy = seen(working(FIRST, seconds=20), newborn(SECOND), newborn(THIRD))

    assert len(reasons("flapping", held, later(held, 7))) == 1
    assert len(reasons("blind", unseen, later(unseen, 7))) == 1
    assert len(reasons("last copy", alone, later(alone, 7))) == 1
    assert len(reasons("busy for long", busy, later(busy, 7))) == 1


def test_a_group_of_several_node_groups_is_judged_part_by_part() -> None:
    fourth, fifth = groups.node("orders-004"), groups.node("orders-005")
    second_part = replace(PART, id=groups.group("x").node_groups[0].id[:-1] + "2", nodes=(fourth, fifth))
    group = replace(GROUP, node_groups=(PART, replace(second_part, target_primary=fourth.id)))
    before = replace(
        WORKED,
        primaries=WORKED.primaries | {second_part.id: fourth.id},
        lineages=WORKED.lineages | {second_part.id: WORKED.lineages[PART.id]},
    )

    verdict = failover.rule(
        situation(
            group, primary(FIRST), HEIR, OTHER, hung(fourth), replica(fifth, fourth, before=IN_SYNC), before=before
        )
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (FenceNodes(node_ids=(fourth.id,)),)
