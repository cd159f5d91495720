from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.observations import Role, Running
from elastane.model.observed_replication_groups import Failure, Lineage, NodeHealth, ObservedNode, Restart, VerdictKind
from elastane.model.replication_groups import Node
from elastane.model.statuses import has_failed_for_good, is_silent, replication_group_status
from elastane.reconcile.plan import heirs
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from elastane.reconcile.record import ALL_IS_WELL, record_failure, record_pass
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import (
    HANG_SECONDS,
    HISTORY,
    LINEAGE,
    NOW,
    OTHER_HISTORY,
    RUNNING,
    absent,
    coming_up,
    dead,
    decided,
    hanging,
    hung,
    just_silent,
    newborn,
    orphan,
    primary,
    replica,
    silence,
    silent,
    situation,
    worked,
)

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
WAITING = Wait(reason="orders-002 is starting")


def recorded(seen: SeenNode, other: SeenNode) -> ObservedNode:
    record = record_pass(situation(GROUP, seen, other), decided("nodes", WAITING))
    node = record.find_node(seen.id)
    assert node is not None
    return node


def test_a_satisfied_pass_is_converged_and_available_from_then_on() -> None:
    record = record_pass(situation(GROUP, primary(FIRST), replica(SECOND, FIRST)), decided("all", SATISFIED))

    assert (record.converged_generation, record.available_since) == (GROUP.generation, NOW)
    assert record.verdict is not None and record.verdict.sentence == ALL_IS_WELL
    assert record.primaries == {GROUP.node_groups[0].id: FIRST.id}


def test_a_pass_that_waits_keeps_what_was_true_before() -> None:
    before = groups.observed(GROUP)
    changed = replace(GROUP, generation=2)

    record = record_pass(
        situation(changed, primary(FIRST), newborn(SECOND), before=before), decided("readiness", WAITING)
    )

    assert (record.converged_generation, record.available_since) == (1, groups.CREATED_AT)


def test_every_kind_of_verdict_is_recorded_with_its_sentence() -> None:
    seen = situation(GROUP, primary(FIRST), newborn(SECOND))
    verdicts: dict[VerdictKind, Verdict] = {
        VerdictKind.ACT: Act(steps=(), why="a sentence"),
        VerdictKind.WAIT: Wait(reason="a sentence"),
        VerdictKind.FAILED: Failed(reason="a sentence"),
    }

    for kind, verdict in verdicts.items():
        recorded_verdict = record_pass(seen, decided("nodes", verdict)).verdict
        assert recorded_verdict is not None
        assert (recorded_verdict.kind, recorded_verdict.sentence) == (kind, "a sentence")


def test_the_same_verdict_again_keeps_its_beginning() -> None:
    first = record_pass(situation(GROUP, coming_up(FIRST), coming_up(SECOND)), decided("readiness", WAITING))
    later = replace(situation(GROUP, coming_up(FIRST), coming_up(SECOND), before=first), now=NOW + timedelta(seconds=9))

    again = record_pass(later, decided("readiness", WAITING)).verdict
    other = record_pass(later, decided("readiness", Wait(reason="something else"))).verdict

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


def test_a_node_whose_primary_is_empty_too_has_lost_nothing() -> None:
    held = groups.observed_node(FIRST, has_held_data=True)
    empty, full = primary(SECOND, key_count=0), primary(SECOND, key_count=3)

    assert not recorded(replica(FIRST, SECOND, before=held, key_count=0), empty).has_held_data
    assert not recorded(primary(FIRST, before=held, key_count=0), replica(SECOND, FIRST)).has_held_data
    assert recorded(replica(FIRST, SECOND, before=held, key_count=0), full).has_held_data
    assert recorded(newborn(FIRST, before=held), empty).has_held_data
    assert recorded(replica(FIRST, SECOND, before=held, key_count=0), hanging(SECOND)).has_held_data
    assert recorded(dead(FIRST, before=held), empty).has_held_data


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
        situation(group, dead(rebooting_node, before=ready), primary(SECOND)), decided("nodes", WAITING)
    ).find_node(FIRST.id)

    assert [node.is_recovering for node in (ready, lost, syncing, back)] == [False, True, True, False]
    assert rebooting is not None and not rebooting.is_recovering


def test_failures_are_counted_until_a_pass_converges() -> None:
    seen = situation(GROUP, primary(FIRST), newborn(SECOND))
    record = record_pass(seen, decided("nodes", WAITING))

    once = record_failure(record, seen, "the disk is full", is_permanent=False)
    twice = record_failure(once, seen, "the disk is full", is_permanent=False)
    converged = record_pass(replace(seen, before=twice), decided("all", SATISFIED))

    assert once.failure is not None and twice.failure is not None
    assert (once.failure.count, twice.failure.count, converged.failure) == (1, 2, None)


def test_only_a_group_that_never_worked_can_fail_for_good() -> None:
    seen = situation(GROUP, primary(FIRST), newborn(SECOND))
    new = record_failure(record_pass(seen, decided("nodes", WAITING)), seen, "no engine", is_permanent=True)
    old = record_failure(groups.observed(GROUP), seen, "no engine", is_permanent=True)

    assert has_failed_for_good(new)
    assert not has_failed_for_good(old)


def test_a_rule_that_gives_up_is_a_failure_for_good_and_is_recorded_once() -> None:
    given_up = record_pass(
        situation(GROUP, absent(FIRST), absent(SECOND)), decided("nodes", Failed(reason="no such engine"))
    )

    again = record_pass(
        situation(GROUP, absent(FIRST), absent(SECOND), before=given_up),
        decided("nodes", Failed(reason="no such engine")),
    )

    assert given_up.failure == Failure(
        sentence="no such engine", generation=GROUP.generation, at=NOW, is_permanent=True
    )
    assert again.failure == given_up.failure


# --- what a failover goes by ---------------------------------------------------------------------

(PART,) = GROUP.node_groups
NEXT_LIFE = Running(pid=4343, started_at=NOW)


def following(before: ObservedNode | None, seen: SeenNode, other: SeenNode, *, rule: str = "nodes") -> ObservedNode:
    """The next record of a node, from its last one and what is seen now."""
    record = record_pass(situation(GROUP, replace(seen, before=before), other), decided(rule, WAITING))
    node = record.find_node(seen.id)
    assert node is not None
    return node


def test_the_history_is_recorded_as_the_only_primary_names_it_and_kept_while_there_is_none() -> None:
    def lineage(*seen: SeenNode) -> Lineage | None:
        return record_pass(situation(GROUP, *seen, before=worked(GROUP)), decided("nodes", WAITING)).lineages.get(
            PART.id
        )

    promoted = primary(SECOND, replication_id=OTHER_HISTORY, previous_replication_id=HISTORY)

    assert lineage(dead(FIRST), promoted) == Lineage(replication_id=OTHER_HISTORY, previous_replication_id=HISTORY)
    assert lineage(dead(FIRST), orphan(SECOND, FIRST, replication_id=OTHER_HISTORY)) == LINEAGE
    assert lineage(primary(FIRST, replication_id=OTHER_HISTORY), promoted) == LINEAGE


def test_who_was_primary_is_remembered_while_there_is_none_or_more_than_one() -> None:
    def last(*seen: SeenNode) -> str:
        return record_pass(situation(GROUP, *seen, before=worked(GROUP)), decided("nodes", WAITING)).primaries[PART.id]

    assert last(dead(FIRST), orphan(SECOND, FIRST)) == FIRST.id
    assert last(primary(FIRST), primary(SECOND)) == FIRST.id
    assert last(dead(FIRST), primary(SECOND)) == SECOND.id


def test_a_silence_is_kept_while_it_lasts_and_gone_with_an_answer() -> None:
    lasting = following(None, hung(FIRST), replica(SECOND, FIRST))
    ended = following(lasting, primary(FIRST), replica(SECOND, FIRST))

    assert lasting.silence == silence(seconds=HANG_SECONDS, looks=3, still=3)
    assert ended.silence is None


def test_where_a_node_listened_is_remembered_in_the_same_life_only() -> None:
    bound = (FIRST.address, "127.88.48.10")
    heard = following(None, primary(FIRST, bound_addresses=bound), replica(SECOND, FIRST))
    silent_now = following(heard, just_silent(FIRST), replica(SECOND, FIRST))
    dead_now = following(heard, dead(FIRST), replica(SECOND, FIRST))
    next_life = following(heard, replace(coming_up(FIRST), process=NEXT_LIFE), replica(SECOND, FIRST))

    assert [node.bound_addresses for node in (heard, silent_now, dead_now, next_life)] == [bound, bound, (), ()]


def test_who_was_in_sync_is_remembered_in_the_same_life_only() -> None:
    in_sync = following(None, replica(SECOND, FIRST), primary(FIRST))
    orphaned = following(in_sync, orphan(SECOND, FIRST), dead(FIRST))
    gone = following(in_sync, dead(SECOND), dead(FIRST))
    loaded = following(in_sync, replace(orphan(SECOND, FIRST), process=NEXT_LIFE), dead(FIRST))

    assert [node.has_synced for node in (in_sync, orphaned, gone, loaded)] == [True, True, False, False]


def test_what_a_process_named_its_history_at_its_first_answer_is_kept_for_its_life() -> None:
    first = following(None, newborn(SECOND, replication_id=OTHER_HISTORY), primary(FIRST))
    synced = following(first, replica(SECOND, FIRST), primary(FIRST))
    late = following(synced, just_silent(SECOND), primary(FIRST))
    starting = following(synced, replace(coming_up(SECOND), process=NEXT_LIFE), primary(FIRST))
    loaded = following(starting, replace(newborn(SECOND), process=NEXT_LIFE), primary(FIRST))

    named = [node.first_replication_id for node in (first, synced, late, starting, loaded)]
    assert named == [OTHER_HISTORY, OTHER_HISTORY, OTHER_HISTORY, "", HISTORY]


def test_which_rights_are_missing_is_kept_while_nobody_answers_and_ends_with_the_life_or_an_answer() -> None:
    rights = ("FAILOVER",)
    found = following(None, replica(SECOND, FIRST, missing_rights=rights), primary(FIRST))
    late = following(found, just_silent(SECOND), primary(FIRST))
    given = following(found, replica(SECOND, FIRST), primary(FIRST))
    dead_now = following(found, dead(SECOND), primary(FIRST))
    next_life = following(found, replace(coming_up(SECOND), process=NEXT_LIFE), primary(FIRST))

    missing = [node.missing_rights for node in (found, late, given, dead_now, next_life)]
    assert missing == [rights, rights, (), (), ()]


@pytest.mark.parametrize("holder", [FIRST, SECOND])
def test_a_group_in_which_a_failover_would_be_refused_is_not_available(holder: Node) -> None:
    def status(missing_rights: tuple[str, ...]) -> str:
        nodes = [primary(FIRST), replica(SECOND, FIRST)]
        seen = [
            replace(node, engine=replace(node.engine, missing_rights=missing_rights)) if node.id == holder.id else node
            for node in nodes
        ]
        record = record_pass(situation(GROUP, *seen, before=worked(GROUP)), decided("readiness", WAITING))
        return replication_group_status(GROUP, record)

    assert status(("FAILOVER",)) == "modifying"
    assert status(()) == "available"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(just_silent(FIRST), False, id="not after one late answer"),
        pytest.param(hung(FIRST), True, id="after several looks"),
        pytest.param(coming_up(FIRST), False, id="not while it starts"),
        pytest.param(dead(FIRST), False, id="not when it is dead"),
        pytest.param(primary(FIRST), False, id="not when it answers"),
    ],
)
def test_customers_see_a_node_as_silent(seen: SeenNode, expected: bool) -> None:
    assert is_silent(following(groups.observed_node(FIRST), seen, replica(SECOND, FIRST))) is expected


@pytest.mark.parametrize(
    ("seen", "other", "expected"),
    [
        pytest.param(replica(SECOND, FIRST, link_silent_seconds=4), primary(FIRST), True, id="it hears its primary"),
        pytest.param(replica(SECOND, FIRST, link_silent_seconds=5), primary(FIRST), False, id="not for a while now"),
        pytest.param(orphan(SECOND, FIRST), primary(FIRST), False, id="it has no link, and its primary answers"),
        pytest.param(orphan(SECOND, FIRST), dead(FIRST), True, id="its primary is dead: as it was"),
        pytest.param(replica(SECOND, FIRST, link_silent_seconds=50), hung(FIRST), True, id="it hangs: as it was"),
        pytest.param(just_silent(SECOND), primary(FIRST), True, id="it is late itself: as it was"),
        pytest.param(
            silent(SECOND, seconds=heirs.UP_TO_DATE_SECONDS, looks=20, still=20),
            primary(FIRST),
            False,
            id="it has long heard nothing of what its primary went on saying",
        ),
        pytest.param(
            silent(SECOND, seconds=heirs.UP_TO_DATE_SECONDS, looks=20, still=20),
            hung(FIRST),
            True,
            id="both hang: as it was",
        ),
        pytest.param(dead(SECOND), primary(FIRST), False, id="it is dead"),
    ],
)
def test_who_is_up_to_date_is_judged_while_the_primary_answers_and_remembered_after(
    seen: SeenNode, other: SeenNode, expected: bool
) -> None:
    before = groups.observed_node(SECOND, is_up_to_date=True)

    assert following(before, seen, other).is_up_to_date is expected


@pytest.mark.parametrize(
    ("rule", "is_recovering"),
    [
        pytest.param("failover", False, id="while a failover is decided, it comes first"),
        pytest.param("steadiness", False, id="while nobody may act, it may still come"),
        pytest.param("nodes", True, id="afterwards"),
        pytest.param("endpoints", True, id="whichever rule speaks then"),
    ],
)
def test_a_lost_node_recovers_once_the_failover_is_over(rule: str, is_recovering: bool) -> None:
    before = groups.observed_node(FIRST)

    assert following(before, dead(FIRST), orphan(SECOND, FIRST), rule=rule).is_recovering is is_recovering


def test_a_recovery_that_has_begun_goes_on_whatever_rule_speaks() -> None:
    before = groups.observed_node(FIRST, health=NodeHealth.DOWN, is_recovering=True)

    assert following(before, dead(FIRST), orphan(SECOND, FIRST), rule="failover").is_recovering


@pytest.mark.parametrize("wanted", ["reboot", "rebuild"])
def test_whose_life_an_order_ends_is_settled_when_it_is_first_seen(wanted: str) -> None:
    node = replace(FIRST, **{f"{wanted}_requested_at": NOW})
    group = groups.group("orders", node, SECOND)

    def recorded_order(before: ObservedNode | None, process: Running) -> Restart | None:
        seen = replace(primary(node, before=before), process=process)
        record = record_pass(situation(group, seen, replica(SECOND, node)), decided("reboots", WAITING)).find_node(
            node.id
        )
        assert record is not None
        ordered = getattr(record, wanted)
        assert ordered is None or isinstance(ordered, Restart)
        return ordered

    first = recorded_order(groups.observed_node(node), RUNNING)
    later = recorded_order(groups.observed_node(node, **{wanted: first}), NEXT_LIFE)
    forgotten = recorded_order(None, RUNNING)

    assert first == later == Restart(requested_at=NOW, of_started_at=RUNNING.started_at)
    assert forgotten == Restart(requested_at=NOW, of_started_at=None), "a lost store reboots nobody again"


def test_what_was_told_is_kept_until_all_is_well() -> None:
    at = situation(GROUP, hung(FIRST), dead(SECOND))

    told = record_pass(at, decided("failover", Wait(reason="it hangs", is_told=True)))
    after_it = record_pass(replace(at, before=told), decided("failover", Wait(reason="another look")))
    well = record_pass(replace(at, before=after_it), decided("all", SATISFIED))

    assert (told.last_told, after_it.last_told, well.last_told) == ("it hangs", "it hangs", "")


def test_when_every_node_ran_another_patch_for_the_first_time_is_kept() -> None:
    both = (primary(FIRST), replica(SECOND, FIRST))
    old, new = (replace(GROUP.software, patch=patch) for patch in ("9.1.2", "9.1.3"))
    larger = replace(new, node_type="cache.r6g.large")

    before = record_pass(situation(replace(GROUP, software=old), *both), decided("all", SATISFIED))
    under_way = record_pass(situation(replace(GROUP, software=new), *both, before=before), decided("rollout", WAITING))
    through = record_pass(situation(replace(GROUP, software=new), *both, before=under_way), decided("all", SATISFIED))
    later = situation(replace(GROUP, software=larger), *both, before=through, now=NOW + timedelta(days=1))
    after = record_pass(later, decided("all", SATISFIED))

    assert (before.engine_since, under_way.engine_since) == (None, None)
    assert (through.engine_since, after.engine_since) == (NOW, NOW)
