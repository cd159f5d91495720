"""Verdicts of several shards, made one."""

import pytest

from elastane.reconcile.plan.merging import merged, told
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from elastane.reconcile.steps import RecordPrimaries, RecordPrimary, SideBySide, StartNodes, Step, StopNodes, TakeSlots
from tests.unit.reconcile.plan.cluster_cases import A2, B1, B2, C1, ONE, TWO

FIRST_RECORD = RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2)
SECOND_RECORD = RecordPrimary(node_group_id=TWO.id, node_id=B2.id, epoch=5)
TAKE = TakeSlots(node_id=A2.id, slots=ONE.slots, by_vote=True)
START, STOP = StartNodes(node_ids=(B1.id,)), StopNodes(node_ids=(C1.id,))
WAIT, FAILED = Wait(reason="it waits"), Failed(reason="it would not start")


def act(*steps: Step, why: str = "because", is_told: bool = False) -> Act:
    return Act(steps=steps, why=why, is_told=is_told)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param([], SATISFIED, id="nobody"),
        pytest.param([SATISFIED, SATISFIED], SATISFIED, id="all are satisfied"),
        pytest.param([SATISFIED, WAIT], WAIT, id="one waits"),
        pytest.param([WAIT, FAILED], FAILED, id="who will try nothing more is told before who waits"),
        pytest.param([FAILED, act(START)], act(START), id="one has failed for good, and another one can go on"),
        pytest.param(
            [Wait(reason="a"), Wait(reason="b", is_told=True)],
            Wait(reason="a; b", is_told=True),
            id="several wait, and a person should know of one",
        ),
        pytest.param(
            [Wait(reason=reason) for reason in "abcde"],
            Wait(reason="a; b; c; and 2 shards more"),
            id="many wait",
        ),
        pytest.param([Failed(reason="a"), Failed(reason="b")], Failed(reason="a; b"), id="several failed"),
        pytest.param([act(FIRST_RECORD, TAKE)], act(FIRST_RECORD, TAKE), id="one acts: as it says"),
    ],
)
def test_verdicts_are_made_one(verdicts: list[Verdict], expected: Verdict) -> None:
    assert merged(verdicts) == expected


def test_what_several_do_is_done_side_by_side_each_in_its_own_order() -> None:
    verdict = merged([act(START, STOP, why="a"), WAIT, act(TAKE, why="b", is_told=True)])

    assert verdict == Act(steps=(SideBySide(tracks=((START, STOP), (TAKE,))),), why="a; b", is_told=True)


def test_one_new_primary_among_several_acts_is_written_down_before_all() -> None:
    verdict = merged([act(START), act(FIRST_RECORD, TAKE)])

    assert verdict == act(FIRST_RECORD, SideBySide(tracks=((START,), (TAKE,))), why="because; because")


def test_new_primaries_are_written_down_together_and_who_only_writes_has_no_track() -> None:
    verdict = merged([act(FIRST_RECORD, TAKE), act(SECOND_RECORD)])

    assert verdict == act(
        RecordPrimaries(records=(FIRST_RECORD, SECOND_RECORD)), SideBySide(tracks=((TAKE,),)), why="because; because"
    )


def test_where_all_only_write_nothing_is_done_beside_it() -> None:
    verdict = merged([act(FIRST_RECORD), act(SECOND_RECORD)])

    assert verdict == act(RecordPrimaries(records=(FIRST_RECORD, SECOND_RECORD)), why="because; because")


def test_a_person_is_told_only_of_what_a_person_should_know() -> None:
    verdicts: list[Verdict] = [
        act(START, why="a start"),
        act(STOP, why="a script is ended", is_told=True),
        Wait(reason="it hangs", is_told=True),
        WAIT,
        FAILED,
        SATISFIED,
    ]

    assert told(verdicts) == "a script is ended; it hangs"
    assert told([WAIT, SATISFIED]) == ""
