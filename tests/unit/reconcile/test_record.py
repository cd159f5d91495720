from datetime import timedelta

from msgspec.structs import replace

from elastane.model.observations import Role
from elastane.model.replication_groups import Failure, NodeHealth, ObservedNode, VerdictKind
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from elastane.reconcile.record import ALL_IS_WELL, record_failure, record_pass
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import NOW, RUNNING, absent, coming_up, dead, hanging, newborn, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
WAITING = Wait(reason="orders-002 is starting")


def recorded(seen: SeenNode, other: SeenNode) -> ObservedNode:
    record = record_pass(situation(GROUP, seen, other), "nodes", WAITING)
    node = record.find_node(seen.id)
    assert node is not None
    return node


def test_a_satisfied_pass_is_converged_and_available_from_then_on() -> None:
    record = record_pass(situation(GROUP, primary(FIRST), replica(SECOND, FIRST)), "all", SATISFIED)

    assert (record.converged_generation, record.available_since) == (GROUP.generation, NOW)
    assert record.verdict is not None and record.verdict.sentence == ALL_IS_WELL
    assert record.primaries == {GROUP.node_groups[0].id: FIRST.id}


def test_a_pass_that_waits_keeps_what_was_true_before() -> None:
    before = groups.observed(GROUP)
    changed = replace(GROUP, generation=2)

    record = record_pass(situation(changed, primary(FIRST), newborn(SECOND), before=before), "readiness", WAITING)

    assert (record.converged_generation, record.available_since) == (1, groups.CREATED_AT)


def test_every_kind_of_verdict_is_recorded_with_its_sentence() -> None:
    seen = situation(GROUP, primary(FIRST), newborn(SECOND))
    verdicts: dict[VerdictKind, Verdict] = {
        VerdictKind.ACT: Act(steps=(), why="a sentence"),
        VerdictKind.WAIT: Wait(reason="a sentence"),
        VerdictKind.FAILED: Failed(reason="a sentence"),
    }

    for kind, verdict in verdicts.items():
        recorded_verdict = record_pass(seen, "nodes", verdict).verdict
        assert recorded_verdict is not None
        assert (recorded_verdict.kind, recorded_verdict.sentence) == (kind, "a sentence")


def test_the_same_verdict_again_keeps_its_beginning() -> None:
    first = record_pass(situation(GROUP, coming_up(FIRST), coming_up(SECOND)), "readiness", WAITING)
    later = replace(situation(GROUP, coming_up(FIRST), coming_up(SECOND), before=first), now=NOW + timedelta(seconds=9))

    again = record_pass(later, "readiness", WAITING).verdict
    other = record_pass(later, "readiness", Wait(reason="something else")).verdict

    assert again is not None and again.since == NOW
    assert other is not None and other.since == NOW + timedelta(seconds=9)


def test_a_process_that_ends_before_it_answered_counts_as_a_failed_start_once() -> None:
    starting = recorded(coming_up(FIRST), primary(SECOND))
    failed = recorded(dead(FIRST, before=starting), primary(SECOND))
    still_dead = recorded(dead(FIRST, before=failed), primary(SECOND))

    assert [node.failed_starts for node in (starting, failed, still_dead)] == [0, 1, 1]
    assert failed.last_failed_at == NOW


def test_an_answer_forgives_failed_starts() -> None:
    before = groups.observed_node(FIRST, failed_starts=4)

    assert recorded(newborn(FIRST, before=before), primary(SECOND)).failed_starts == 0


def test_a_node_remembers_that_it_held_data_and_that_it_was_ready() -> None:
    full = recorded(primary(FIRST, key_count=3), replica(SECOND, FIRST))
    emptied = recorded(newborn(FIRST, before=full), primary(SECOND))

    assert (full.has_held_data, full.was_ready) == (True, True)
    assert (emptied.has_held_data, emptied.was_ready, emptied.health) == (True, True, NodeHealth.SYNCING)


def test_a_node_that_hangs_keeps_its_last_role_and_one_that_is_dead_has_none() -> None:
    before = groups.observed_node(FIRST, role=Role.PRIMARY, started_at=RUNNING.started_at)
    silent = replace(hanging(FIRST), before=before)

    assert recorded(silent, replica(SECOND, FIRST)).role is Role.PRIMARY
    assert recorded(dead(FIRST, before=before), replica(SECOND, FIRST)).role is None


def test_a_node_recovers_from_its_death_until_it_is_ready_but_a_reboot_is_none() -> None:
    ready = recorded(replica(FIRST, SECOND), primary(SECOND))
    lost = recorded(dead(FIRST, before=ready), primary(SECOND))
    syncing = recorded(newborn(FIRST, before=lost), primary(SECOND))
    back = recorded(replica(FIRST, SECOND, before=syncing), primary(SECOND))
    rebooting_node = replace(FIRST, reboot_requested_at=NOW)
    group = groups.group("orders", rebooting_node, SECOND)
    rebooting = record_pass(
        situation(group, dead(rebooting_node, before=ready), primary(SECOND)), "nodes", WAITING
    ).find_node(FIRST.id)

    assert [node.is_recovering for node in (ready, lost, syncing, back)] == [False, True, True, False]
    assert rebooting is not None and not rebooting.is_recovering


def test_failures_are_counted_until_a_pass_converges() -> None:
    seen = situation(GROUP, primary(FIRST), newborn(SECOND))
    record = record_pass(seen, "nodes", WAITING)

    once = record_failure(record, seen, "the disk is full", is_permanent=False)
    twice = record_failure(once, seen, "the disk is full", is_permanent=False)
    converged = record_pass(replace(seen, before=twice), "all", SATISFIED)

    assert once.failure is not None and twice.failure is not None
    assert (once.failure.count, twice.failure.count, converged.failure) == (1, 2, None)


def test_only_a_group_that_never_worked_can_fail_for_good() -> None:
    seen = situation(GROUP, primary(FIRST), newborn(SECOND))
    new = record_failure(record_pass(seen, "nodes", WAITING), seen, "no engine", is_permanent=True)
    old = record_failure(groups.observed(GROUP), seen, "no engine", is_permanent=True)

    assert new.failure is not None and new.failure.is_permanent
    assert old.failure is not None and not old.failure.is_permanent


def test_a_rule_that_gives_up_is_a_failure_for_good_and_is_recorded_once() -> None:
    given_up = record_pass(situation(GROUP, absent(FIRST), absent(SECOND)), "nodes", Failed(reason="no such engine"))

    again = record_pass(
        situation(GROUP, absent(FIRST), absent(SECOND), before=given_up), "nodes", Failed(reason="no such engine")
    )

    assert given_up.failure == Failure(
        sentence="no such engine", generation=GROUP.generation, at=NOW, is_permanent=True
    )
    assert again.failure == given_up.failure
