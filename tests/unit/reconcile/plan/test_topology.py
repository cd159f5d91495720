from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import Restart
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.reconcile.plan import heirs, topology
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import (
    BindAddresses,
    CutClients,
    FenceNodes,
    Follow,
    Promote,
    RecordPrimary,
    SetAside,
    Step,
)
from tests.kit import groups
from tests.kit.situations import (
    HISTORY,
    NOW,
    OTHER_HISTORY,
    coming_up,
    dead,
    hanging,
    hung,
    just_silent,
    newborn,
    orphan,
    primary,
    replica,
    scripted,
    silence,
    situation,
    with_part,
    worked,
    working,
)

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes


def promoted(verdict: object) -> str:
    assert isinstance(verdict, Act)
    record, promote = verdict.steps
    assert isinstance(record, RecordPrimary) and isinstance(promote, Promote)
    assert record.node_id == promote.node_id
    return promote.node_id


def test_the_first_primary_is_the_target_and_the_epoch_is_written_before_the_promotion() -> None:
    group = with_part(GROUP, epoch=0)

    verdict = topology.rule(situation(group, newborn(FIRST), newborn(SECOND), newborn(THIRD)))

    assert verdict == Act(
        steps=(
            RecordPrimary(node_group_id=group.node_groups[0].id, node_id=FIRST.id, epoch=1),
            Promote(node_id=FIRST.id),
        ),
        why="orders-001 becomes the first primary",
    )


def test_nobody_is_promoted_while_a_running_node_has_not_been_heard() -> None:
    for silent in (coming_up(SECOND), hanging(SECOND), newborn(SECOND, is_loading=True)):
        verdict = topology.rule(situation(GROUP, newborn(FIRST), silent, newborn(THIRD)))

        assert verdict == Wait(reason="orders-002 must be heard before a primary is chosen")


def test_a_primary_that_returned_empty_is_not_promoted_over_a_replica_with_data() -> None:
    returned = newborn(FIRST, before=groups.observed_node(FIRST, has_held_data=True))
    orphan = replica(SECOND, FIRST, offset_bytes=900, key_count=50, is_link_up=False)
    orphan_behind = replica(THIRD, FIRST, offset_bytes=700, key_count=50, is_link_up=False)

    assert promoted(topology.rule(situation(GROUP, returned, orphan, orphan_behind))) == SECOND.id


def test_an_empty_node_with_a_high_offset_loses_to_one_that_has_its_data() -> None:
    emptied = newborn(FIRST, before=groups.observed_node(FIRST, has_held_data=True), offset_bytes=10_000)
    behind = replica(SECOND, FIRST, offset_bytes=10, key_count=1, is_link_up=False)

    assert promoted(topology.rule(situation(GROUP, emptied, behind, dead(THIRD)))) == SECOND.id


def test_when_every_node_has_lost_its_data_the_target_starts_again_and_that_is_said() -> None:
    seen = [newborn(node, before=groups.observed_node(node, has_held_data=True)) for node in GROUP.nodes]

    verdict = topology.rule(situation(GROUP, *seen))

    assert promoted(verdict) == FIRST.id
    assert isinstance(verdict, Act) and "every node has lost its data" in verdict.why


def test_without_a_node_that_runs_it_waits() -> None:
    verdict = topology.rule(situation(GROUP, dead(FIRST), dead(SECOND), dead(THIRD)))

    assert verdict == Wait(reason="no node of the group runs, so none can be primary")


def test_one_primary_is_enough() -> None:
    verdict = topology.rule(situation(GROUP, replica(FIRST, SECOND), primary(SECOND), dead(THIRD)))

    assert verdict == SATISFIED


def test_of_two_primaries_the_one_written_down_stays_and_the_other_is_demoted_and_cut() -> None:
    verdict = topology.rule(situation(GROUP, primary(FIRST), primary(SECOND), replica(THIRD, FIRST)))

    assert isinstance(verdict, Act)
    assert verdict.steps == (Follow(node_id=SECOND.id, primary_id=FIRST.id), CutClients(node_id=SECOND.id))


def test_of_two_primaries_neither_written_down_the_one_with_most_data_is_written_down_first() -> None:
    verdict = topology.rule(
        situation(GROUP, dead(FIRST), primary(SECOND, offset_bytes=5), primary(THIRD, offset_bytes=9))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (RecordPrimary(node_group_id=GROUP.node_groups[0].id, node_id=THIRD.id, epoch=2),)


# --- automatic failover is off -------------------------------------------------------------------

UNAUTOMATIC = replace(GROUP, availability=replace(GROUP.availability, automatic_failover=False))
ORPHANS = (orphan(SECOND, FIRST, offset_bytes=9, key_count=3), orphan(THIRD, FIRST, offset_bytes=8, key_count=3))


def test_with_failover_off_the_lost_primary_is_rebuilt_before_anybody_is_promoted() -> None:
    verdict = topology.rule(situation(UNAUTOMATIC, dead(FIRST), *ORPHANS, before=worked(GROUP)))

    assert verdict == Wait(
        reason="automatic failover is disabled: the lost primary orders-001 must be rebuilt first; "
        "or promote a replica by hand (ModifyReplicationGroup with PrimaryClusterId)"
    )


def test_once_it_is_rebuilt_the_node_with_the_most_data_becomes_primary() -> None:
    rebuilt = newborn(FIRST, before=groups.observed_node(FIRST, has_held_data=True))

    waiting = topology.rule(situation(UNAUTOMATIC, coming_up(FIRST), *ORPHANS, before=worked(GROUP)))
    verdict = topology.rule(situation(UNAUTOMATIC, rebuilt, *ORPHANS, before=worked(GROUP)))

    assert isinstance(waiting, Wait)
    assert promoted(verdict) == SECOND.id


def test_a_replica_that_is_named_by_hand_ends_the_wait() -> None:
    group = with_part(UNAUTOMATIC, target_primary=SECOND.id)

    verdict = topology.rule(situation(group, dead(FIRST), *ORPHANS, before=worked(group, primary=FIRST)))

    assert promoted(verdict) == SECOND.id


@pytest.mark.parametrize(
    ("group", "first"),
    [
        pytest.param(GROUP, FIRST, id="with failover on nobody waits for it"),
        pytest.param(
            groups.group(
                "orders", replace(FIRST, is_leaving=True), SECOND, THIRD, availability=UNAUTOMATIC.availability
            ),
            replace(FIRST, is_leaving=True),
            id="one that leaves is never rebuilt",
        ),
    ],
)
def test_no_lost_primary_is_waited_for(group: ReplicationGroup, first: Node) -> None:
    assert promoted(topology.rule(situation(group, dead(first), *ORPHANS, before=worked(group)))) == SECOND.id


# --- what a dead primary had sent ----------------------------------------------------------------


@pytest.mark.parametrize(("seconds_ago", "is_over"), [(0.5, False), (1.0, True), (-60, True)])
def test_who_still_reads_is_waited_for_and_not_for_ever(seconds_ago: float, is_over: bool) -> None:
    before = replace(worked(GROUP), verdict=groups.observed_verdict(heirs.READING, seconds_ago=seconds_ago, now=NOW))
    reading = replica(SECOND, FIRST, offset_bytes=9)

    verdict = topology.rule(situation(GROUP, dead(FIRST), reading, orphan(THIRD, FIRST), before=before))

    assert isinstance(verdict, Act) is is_over
    assert is_over or verdict == Wait(reason="the replicas still read what the dead primary had sent")


# --- data that only the other primary has --------------------------------------------------------

PROMOTED = primary(FIRST, replication_id=OTHER_HISTORY, previous_replication_id=HISTORY, previous_offset_bytes=500)


def went_on(node: Node, *, at: int, to: int, **changes: Any) -> SeenNode:
    """A primary that was promoted at one offset of `HISTORY` and wrote up to another."""
    branch: dict[str, Any] = {
        "replication_id": "c" * 40,
        "previous_replication_id": HISTORY,
        "previous_offset_bytes": at,
    }
    return primary(node, **({"key_count": 7, "offset_bytes": to} | branch | changes))


def kept_aside(diverged_bytes: int) -> tuple[Step, ...]:
    return (
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address,), cuts_clients=True),
        SetAside(node_id=SECOND.id, diverged_bytes=diverged_bytes),
    )


@pytest.mark.parametrize(
    ("target", "impostor", "diverged_bytes"),
    [
        pytest.param(
            PROMOTED,
            primary(SECOND, key_count=7, offset_bytes=700),
            200,
            id="it went on in the old history after the other had taken over",
        ),
        pytest.param(PROMOTED, primary(SECOND, key_count=7, offset_bytes=500), None, id="it ended where that began"),
        pytest.param(PROMOTED, primary(SECOND, key_count=7, offset_bytes=400), None, id="it ended before that"),
        pytest.param(
            PROMOTED,
            went_on(SECOND, at=500, to=501),
            1,
            id="both went on from the same history, and it was written to",
        ),
        pytest.param(
            PROMOTED,
            went_on(SECOND, at=500, to=500),
            None,
            id="both went on from the same history, and nothing was written to it",
        ),
        pytest.param(
            PROMOTED, went_on(SECOND, at=620, to=620), 120, id="it had more of the old history than the other had"
        ),
        pytest.param(PROMOTED, went_on(SECOND, at=400, to=450), 50, id="it had less of it, and was written to"),
        pytest.param(
            primary(FIRST, offset_bytes=900), went_on(SECOND, at=800, to=850), 50, id="it went on from what is right"
        ),
        pytest.param(
            PROMOTED,
            went_on(SECOND, at=0, to=900, previous_replication_id=""),
            900,
            id="all its keys are of another history",
        ),
        pytest.param(PROMOTED, went_on(SECOND, at=500, to=900, key_count=0), None, id="it has no keys"),
        pytest.param(
            primary(FIRST),
            went_on(SECOND, at=0, to=0, previous_replication_id=""),
            0,
            id="its keys came from a file, and neither has a former history",
        ),
    ],
)
def test_what_only_the_other_primary_has_is_kept_aside_before_it_follows(
    target: SeenNode, impostor: SeenNode, diverged_bytes: int | None
) -> None:
    verdict = topology.rule(situation(GROUP, target, impostor, replica(THIRD, FIRST)))

    demoted = (Follow(node_id=SECOND.id, primary_id=FIRST.id), CutClients(node_id=SECOND.id))
    assert verdict == Act(
        steps=demoted if diverged_bytes is None else (*kept_aside(diverged_bytes), *demoted),
        why="orders-002 must not be primary beside orders-001, which holds epoch 1",
    )


# --- who does not answer -------------------------------------------------------------------------

SECOND_REBOOTING = replace(SECOND, reboot_requested_at=NOW)


def test_who_hangs_and_may_have_the_most_data_is_left_alone_and_that_is_told() -> None:
    verdict = topology.rule(situation(GROUP, newborn(FIRST), hung(SECOND), hung(THIRD)))

    assert verdict == Wait(
        reason="there is no primary, and orders-002 and orders-003 may have the most data and do not answer: "
        "left alone; reboot them to go on without",
        is_told=True,
    )


@pytest.mark.parametrize(
    ("silent_seen", "is_told"),
    [
        pytest.param(just_silent(SECOND), False, id="a late answer"),
        pytest.param(working(SECOND, seconds=9.9), False, id="busy"),
        pytest.param(working(SECOND, seconds=10), True, id="busy for longer than the limit"),
        pytest.param(scripted(SECOND, seconds=10), True, id="a script of that length"),
        pytest.param(
            replace(coming_up(SECOND), silence=silence(seconds=60, looks=90)), False, id="it works at its start"
        ),
    ],
)
def test_a_person_is_told_of_a_wait_that_only_a_person_ends(silent_seen: SeenNode, is_told: bool) -> None:
    verdict = topology.rule(situation(GROUP, newborn(FIRST), silent_seen, newborn(THIRD)))

    assert isinstance(verdict, Wait)
    assert verdict.is_told is is_told


@pytest.mark.parametrize(
    "silent_seen",
    [
        just_silent(SECOND_REBOOTING),
        hung(SECOND_REBOOTING),
        replace(coming_up(SECOND_REBOOTING), before=groups.observed_node(SECOND, answered_process_started_at=None)),
    ],
    ids=["late", "hanging", "starting"],
)
def test_a_reboot_lets_go_of_what_a_silent_node_has(silent_seen: SeenNode) -> None:
    group = groups.group("orders", FIRST, SECOND_REBOOTING, THIRD)

    verdict = topology.rule(situation(group, newborn(FIRST), silent_seen, hung(THIRD)))

    assert verdict == Act(
        steps=(FenceNodes(node_ids=(SECOND.id,)),),
        why="a reboot of orders-002 was asked for, and there is no primary to wait for",
    )


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(hung(replace(SECOND, rebuild_requested_at=NOW)), id="a test failover lets nothing go"),
        pytest.param(
            hung(
                SECOND_REBOOTING,
                before=groups.observed_node(SECOND, reboot=Restart(requested_at=NOW, of_started_at=None)),
            ),
            id="the reboot is done: another process hangs now",
        ),
        pytest.param(coming_up(SECOND_REBOOTING), id="nobody remembers it: its order may long have been carried out"),
    ],
)
def test_nobody_else_is_fenced_while_there_is_no_primary(second: SeenNode) -> None:
    group = groups.group("orders", FIRST, second.node, THIRD)

    assert isinstance(topology.rule(situation(group, newborn(FIRST), second, newborn(THIRD))), Wait)


# --- who was ordered -----------------------------------------------------------------------------

ORDERED = with_part(GROUP, ordered_primary=THIRD.id)
UNKNOWN_HISTORY = newborn(THIRD, key_count=2, offset_bytes=5, replication_id=OTHER_HISTORY)


def test_whose_promotion_nobody_saw_is_chosen_for_the_history_it_began() -> None:
    at = situation(ORDERED, dead(FIRST), orphan(SECOND, FIRST, key_count=9, offset_bytes=4), UNKNOWN_HISTORY)

    assert promoted(topology.rule(replace(at, before=worked(ORDERED, primary=FIRST)))) == THIRD.id


def test_an_unknown_history_of_who_was_seen_as_primary_is_an_old_copy_from_its_disk() -> None:
    at = situation(ORDERED, dead(FIRST), orphan(SECOND, THIRD, key_count=9, offset_bytes=4), UNKNOWN_HISTORY)

    assert promoted(topology.rule(replace(at, before=worked(ORDERED, primary=THIRD)))) == SECOND.id


def test_an_unknown_history_that_others_have_left_behind_is_an_old_copy_whoever_was_ordered() -> None:
    """Offsets go on through promotions: who was primary after the others can not have less."""
    at = situation(ORDERED, dead(FIRST), orphan(SECOND, FIRST, key_count=9, offset_bytes=6), UNKNOWN_HISTORY)

    assert promoted(topology.rule(replace(at, before=worked(ORDERED, primary=FIRST)))) == SECOND.id


def test_who_calls_itself_primary_unasked_is_not_followed_and_that_is_told() -> None:
    group = with_part(GROUP, ordered_primary=FIRST.id)

    verdict = topology.rule(situation(group, hung(FIRST), primary(SECOND), newborn(THIRD), before=worked(group)))

    assert verdict == Wait(
        reason="orders-002 calls itself primary unasked, and orders-001, which was ordered to be, does not answer",
        is_told=True,
    )
