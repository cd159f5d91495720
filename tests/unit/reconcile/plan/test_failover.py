"""The table of `failover`, row by row: a situation in which it speaks, and what it says."""

import pytest
from msgspec.structs import replace

from elastane.reconcile.plan import failover
from elastane.reconcile.plan.failover import TABLE
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import FenceNodes, StartNodes, StopScript
from tests.kit import groups
from tests.kit.situations import (
    OTHER_HISTORY,
    coming_up,
    dead,
    hung,
    just_silent,
    newborn,
    primary,
    replica,
    scripted,
    working,
)
from tests.unit.reconcile.plan.failover_cases import (
    DATED,
    FIRST,
    HEARING,
    HEIR,
    IN_SYNC,
    LOADED,
    NOT_HEARING,
    OTHER,
    PRIMARY_ENDPOINT,
    REBOOTING,
    REBOOTING_REPLICA,
    SECOND,
    SECOND_REBOOTING,
    STALE,
    STARTS_NOT,
    THIRD,
    UNAUTOMATIC,
    promotion_to,
    seen,
    speaking,
)
from tests.unit.reconcile.plan.failover_cluster_rows import CLUSTER_ROWS

ADDRESSED = groups.observed_node(FIRST, bound_addresses=(FIRST.address, PRIMARY_ENDPOINT))
"""It has not let go of the primary endpoint's address."""

ROWS: list[tuple[str, Situation, Verdict]] = [
    (
        "start hangs",
        seen(newborn(FIRST), STALE, STARTS_NOT),
        Act(
            steps=(FenceNodes(node_ids=(THIRD.id,)),),
            why="orders-003 hangs since the start: killed, to be started again",
        ),
    ),
    (
        "replica reboot",
        seen(primary(FIRST), working(SECOND_REBOOTING, seconds=60), OTHER, group=REBOOTING_REPLICA),
        Act(
            steps=(FenceNodes(node_ids=(SECOND.id,)),),
            why="a reboot of orders-002 was asked for, and no answer comes: killed, to be built anew from the primary",
        ),
    ),
    (
        "replica hangs",
        seen(primary(FIRST), hung(SECOND), hung(THIRD)),
        Act(
            steps=(FenceNodes(node_ids=(SECOND.id, THIRD.id)),),
            why="orders-002 and orders-003 hang: killed, to be built anew from the primary",
        ),
    ),
    (
        "script in the way",
        seen(replace(scripted(FIRST, seconds=6), before=ADDRESSED), primary(SECOND), OTHER),
        Act(
            steps=(FenceNodes(node_ids=(FIRST.id,)),),
            why="a script holds orders-001, which was primary before and still has its place: killed, to be built anew",
        ),
    ),
    ("primary answers", seen(primary(FIRST), scripted(SECOND, seconds=900), OTHER), SATISFIED),
    ("primary answers", seen(primary(FIRST), dead(SECOND), working(THIRD, seconds=900)), SATISFIED),
    ("no primary known", seen(newborn(FIRST), HEIR, OTHER), SATISFIED),
    (
        "just silent",
        seen(just_silent(FIRST), HEARING, OTHER),
        Wait(reason="the primary orders-001 has just fallen silent: it is asked again"),
    ),
    (
        "reboot",
        seen(
            hung(REBOOTING, before=groups.observed_node(REBOOTING)),
            dead(SECOND),
            dead(THIRD),
            group=groups.group("orders", REBOOTING, SECOND, THIRD),
        ),
        Act(
            steps=(FenceNodes(node_ids=(FIRST.id,)),),
            why="a reboot of the primary orders-001, which does not answer, was asked for",
        ),
    ),
    (
        "meanwhile",
        seen(working(FIRST, seconds=900), dead(SECOND), dead(THIRD)),
        Act(
            steps=(StartNodes(node_ids=(SECOND.id, THIRD.id)),),
            why="orders-002 and orders-003 can be started while the primary orders-001 is waited for",
        ),
    ),
    (
        "script",
        seen(scripted(FIRST, seconds=9.9), NOT_HEARING, OTHER),
        Wait(reason="the primary orders-001 runs a script and answers nobody else: it is busy, not dead"),
    ),
    (
        "script",
        seen(scripted(FIRST, seconds=10), NOT_HEARING, OTHER),
        Act(
            steps=(StopScript(node_id=FIRST.id),),
            why="a script keeps the primary orders-001 from answering anybody, and is ended",
            is_told=True,
        ),
    ),
    (
        "blind",
        seen(working(FIRST, seconds=900), HEARING, OTHER),
        Wait(
            reason="the primary orders-001 does not answer the control plane, but its replicas receive from it: "
            "nothing is done to it",
            is_told=True,
        ),
    ),
    (
        "busy for long",
        seen(working(FIRST, seconds=10), newborn(SECOND), newborn(THIRD)),
        Wait(
            reason="the primary orders-001 has long been working and answers nobody, and no replica hears of it: left "
            "alone, for it may hold the only copy; reboot it to start again without",
            is_told=True,
        ),
    ),
    (
        "busy",
        seen(working(FIRST, seconds=9.9), NOT_HEARING, OTHER),
        Wait(reason="the primary orders-001 works and answers nobody: it is busy, not dead"),
    ),
    (
        "unheard while it hangs",
        seen(hung(FIRST), STALE, just_silent(THIRD)),
        Wait(reason="orders-003 must be heard before a new primary is chosen"),
    ),
    (
        "last copy",
        seen(hung(FIRST), STALE, newborn(THIRD)),
        Wait(
            reason="the primary orders-001 hangs, and no replica that answers was in sync with it: it is left alone,"
            " for it may hold the only copy; reboot it to start again without",
            is_told=True,
        ),
    ),
    (
        "flapping",
        seen(hung(FIRST), HEARING, OTHER, group=DATED),
        Wait(
            reason="the primary orders-001 hangs; failover number 2 was at 12:59:40, so the next may come at 13:00:40 "
            "unless it dies",
            is_told=True,
        ),
    ),
    (
        "fence",
        seen(hung(FIRST), HEARING, OTHER),
        Act(
            steps=(FenceNodes(node_ids=(FIRST.id,)),),
            why="the primary orders-001 hangs: it is killed, so that nothing more is written to it",
        ),
    ),
    ("failover off", seen(dead(FIRST), HEIR, OTHER, group=UNAUTOMATIC), SATISFIED),
    (
        "unheard",
        seen(dead(FIRST), HEIR, just_silent(THIRD)),
        Wait(reason="orders-003 must be heard before a new primary is chosen"),
    ),
    ("no heir", seen(dead(FIRST), LOADED, newborn(THIRD, replication_id=OTHER_HISTORY)), SATISFIED),
    (
        "reading",
        seen(dead(FIRST), HEARING, OTHER),
        Wait(reason="the replicas still read what the dead primary had sent"),
    ),
    (
        "fail over",
        seen(dead(FIRST), HEIR, OTHER),
        Act(
            steps=promotion_to(SECOND, THIRD),
            why="the primary orders-001 was killed by signal 9: orders-002, the most advanced of orders-002 and "
            "orders-003, takes over",
        ),
    ),
]


@pytest.mark.parametrize(("name", "at", "expected"), ROWS, ids=[name for name, _, _ in ROWS])
def test_a_row_speaks_in_its_situation_and_says_its_sentence(name: str, at: Situation, expected: Verdict) -> None:
    assert speaking(at) == name
    assert failover.rule(at) == expected


def test_every_row_has_its_situation_here_and_a_name_of_its_own() -> None:
    names = [row.name for row in TABLE]

    assert len(set(names)) == len(names)
    assert {name for name, _, _ in [*ROWS, *CLUSTER_ROWS]} == set(names)
    assert all(row.sentence.endswith(".") for row in TABLE)


@pytest.mark.parametrize(
    ("at", "first", "second"),
    [
        pytest.param(
            seen(replace(coming_up(FIRST), silence=STARTS_NOT.silence), STALE, newborn(THIRD)),
            "start hangs",
            "last copy",
            id="a new process in the primary's place holds no copy yet",
        ),
        pytest.param(
            seen(primary(FIRST), HEARING, STARTS_NOT),
            "start hangs",
            "primary answers",
            id="a start that hangs is ended though all else is well",
        ),
        pytest.param(
            seen(primary(FIRST), scripted(SECOND_REBOOTING, seconds=900), OTHER, group=REBOOTING_REPLICA),
            "replica reboot",
            "primary answers",
            id="who may hold the readers' endpoint is rebooted before anybody waits for that",
        ),
        pytest.param(
            seen(primary(FIRST), hung(SECOND), OTHER),
            "replica hangs",
            "primary answers",
            id="a hanging replica is fenced before all is said to be well",
        ),
        pytest.param(
            seen(hung(FIRST), primary(SECOND), OTHER),
            "replica hangs",
            "fence",
            id="a former primary that hangs is fenced beside the one that answers",
        ),
        pytest.param(
            seen(scripted(FIRST, seconds=900), HEARING, OTHER, group=DATED),
            "blind",
            "flapping",
            id="a script that replicas are fed beside is no case for anybody",
        ),
        pytest.param(
            seen(scripted(FIRST, seconds=900), NOT_HEARING, OTHER),
            "script",
            "busy",
            id="who says that a script runs is not waited for as any other busy one",
        ),
        pytest.param(
            seen(
                hung(REBOOTING, before=groups.observed_node(REBOOTING)),
                dead(SECOND),
                newborn(THIRD),
                group=groups.group("orders", REBOOTING, SECOND, THIRD),
            ),
            "reboot",
            "meanwhile",
            id="a reboot that was asked for is not kept waiting by the start of a replica",
        ),
        pytest.param(
            seen(scripted(FIRST, seconds=900), dead(SECOND), OTHER),
            "meanwhile",
            "script",
            id="who can be started is started before a script is ended",
        ),
        pytest.param(
            seen(hung(FIRST), HEIR, dead(THIRD), group=DATED),
            "meanwhile",
            "flapping",
            id="who can be started is started while the next failover is held back",
        ),
        pytest.param(
            seen(hung(FIRST), dead(SECOND), just_silent(THIRD)),
            "meanwhile",
            "unheard while it hangs",
            id="who can be started is started before anybody is asked again",
        ),
        pytest.param(
            seen(scripted(FIRST, seconds=900), newborn(SECOND), newborn(THIRD)),
            "script",
            "busy for long",
            id="a script that can be ended is no reason to leave anybody alone",
        ),
        pytest.param(
            seen(hung(FIRST), HEIR, OTHER, group=DATED),
            "flapping",
            "fence",
            id="a second hang within a minute is held back before anybody is killed",
        ),
        pytest.param(
            seen(hung(FIRST), STALE, newborn(THIRD), group=DATED),
            "last copy",
            "flapping",
            id="the last copy is left alone, whenever the last failover was",
        ),
        pytest.param(
            seen(dead(FIRST), HEARING, just_silent(THIRD)),
            "unheard",
            "reading",
            id="everybody is heard before anybody's reading is waited for",
        ),
        pytest.param(
            seen(dead(FIRST), replace(HEARING, before=replace(IN_SYNC, is_up_to_date=False)), hung(THIRD)),
            "reading",
            "fail over",
            id="whose link is up was in sync a moment ago, and reads on",
        ),
        pytest.param(
            seen(dead(FIRST), HEIR, just_silent(THIRD), group=UNAUTOMATIC),
            "failover off",
            "unheard",
            id="with failover off nobody is waited for here",
        ),
        pytest.param(
            seen(dead(FIRST), replica(SECOND, FIRST, before=groups.observed_node(SECOND)), newborn(THIRD)),
            "no heir",
            "reading",
            id="who never was in sync is not waited for either",
        ),
    ],
)
def test_of_two_rows_that_apply_the_upper_one_speaks(at: Situation, first: str, second: str) -> None:
    names = [row.name for row in TABLE]

    assert speaking(at) == first
    assert names.index(first) < names.index(second)
