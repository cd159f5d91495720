"""What a pass leaves behind: enough for the next one, also for one of a control plane that knows nothing else."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.memcached_clusters import CacheNode, RestartKind, RestartOrder
from elastane.model.observations import ServedCertificate
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedMemcachedCluster, ObservedProcess
from elastane.model.observed_replication_groups import Failure, NodeHealth, ObservedVerdict, Restart, VerdictKind
from elastane.reconcile.memcached.plan import Decision, plan
from elastane.reconcile.memcached.record import record_failure, record_pass
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode
from elastane.reconcile.memcached.steps import RenewCertificates, StartEndpoint, StartNodes, Tell
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import (
    cache_node,
    memcached_cluster,
    observed_cache_node,
    observed_cluster,
    observed_process,
)
from tests.kit.memcached_situations import (
    NOW,
    RUNNING,
    RUNNING_AGAIN,
    absent,
    answering,
    back,
    coming_up,
    dead,
    dead_endpoint,
    endpoint_coming_up,
    hung,
    just_silent,
    just_silent_endpoint,
    lost,
    new_situation,
    newly_ready,
    ready,
    seen_node,
    silent,
    situation,
    started,
    telling,
    with_failed_starts,
    with_software,
)

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4)
WAIT = Wait(reason="node 0001 is starting")


def decided(verdict: Verdict, rule: str = "readiness") -> Decision:
    return Decision(rule=rule, verdict=verdict)


def recorded(seen: SeenNode, verdict: Verdict = WAIT, **changes: object) -> ObservedCacheNode:
    """What is kept of one of the cluster's nodes."""
    cluster = replace(CLUSTER, nodes=tuple(seen.node if node.id == seen.id else node for node in CLUSTER.nodes))
    record = record_pass(situation(cluster, seen, **changes), decided(verdict))  # type: ignore[arg-type]  # one type each
    found = record.find_node(seen.id)
    assert found is not None
    return found


def recorded_endpoint(seen: SeenEndpoint, verdict: Verdict = WAIT) -> ObservedProcess:
    record = record_pass(situation(CLUSTER, endpoint=seen), decided(verdict))
    assert record.endpoint is not None
    return record.endpoint.process


# --- the whole -----------------------------------------------------------------------------------


def test_a_cluster_is_available_once_everything_is_true() -> None:
    cluster = memcached_cluster("sessions", FIRST, SECOND, published=1)
    seen = new_situation(cluster, newly_ready(FIRST), newly_ready(SECOND), endpoint=telling(1))

    early, late = record_pass(seen, decided(WAIT)), record_pass(seen, decided(SATISFIED, "all"))

    assert (early.available_since, early.converged_generation, early.software, early.node_count) == (None, 0, None, 0)
    assert (late.available_since, late.converged_generation) == (NOW, 1)
    assert (late.software, late.node_count) == (cluster.software, 2)
    assert plan(seen).verdict == SATISFIED


def test_what_every_node_ran_is_kept_while_it_is_changed() -> None:
    changed = with_software(CLUSTER, node_type="cache.m6g.large")

    record = record_pass(situation(changed, before=observed_cluster(CLUSTER)), decided(WAIT, "rollout"))

    assert (record.software, record.converged_generation) == (CLUSTER.software, 1)
    assert record.available_since == CREATED_AT


GROWN = replace(CLUSTER, generation=2)


@pytest.mark.parametrize(
    ("first", "rule", "version", "converged_generation"),
    [
        pytest.param(dead(FIRST), "readiness", 4, 2, id="lost after it was ready: the change is over"),
        pytest.param(dead(FIRST), "rollout", 4, 1, id="another rule waits"),
        pytest.param(dead(FIRST), "readiness", 3, 1, id="the list is not told"),
        pytest.param(coming_up(FIRST, before=started(FIRST)), "readiness", 4, 1, id="a new node"),
        pytest.param(hung(FIRST), "readiness", 4, 1, id="it hangs"),
    ],
)
def test_a_change_is_over_when_all_that_is_missing_was_lost(
    first: SeenNode, rule: str, version: int, converged_generation: int
) -> None:
    seen = situation(GROWN, first, endpoint=telling(version), before=observed_cluster(CLUSTER, last_told="told"))

    record = record_pass(seen, decided(WAIT, rule))
    new = record_pass(replace(seen, before=ObservedMemcachedCluster()), decided(WAIT, rule))

    assert record.converged_generation == converged_generation
    assert record.last_told == "told"
    assert (new.converged_generation, new.available_since) == (0, None)


def test_who_leaves_does_not_count() -> None:
    leaving = memcached_cluster("sessions", FIRST, replace(SECOND, is_leaving=True), published=4)

    assert record_pass(situation(leaving), decided(SATISFIED)).node_count == 1


@pytest.mark.parametrize(
    ("verdict", "kind", "sentence"),
    [
        (Act(steps=(Tell(),), why="it tells another"), VerdictKind.ACT, "it tells another"),
        (WAIT, VerdictKind.WAIT, WAIT.reason),
        (Failed(reason="never"), VerdictKind.FAILED, "never"),
        (SATISFIED, VerdictKind.SATISFIED, "everything is as it shall be"),
    ],
)
def test_a_verdict_is_kept_in_words(verdict: Verdict, kind: VerdictKind, sentence: str) -> None:
    record = record_pass(situation(CLUSTER), decided(verdict))

    assert record.verdict == ObservedVerdict(kind=kind, rule="readiness", sentence=sentence, since=NOW)


def test_the_same_is_said_since_it_was_said_first() -> None:
    said = ObservedVerdict(kind=VerdictKind.WAIT, rule="readiness", sentence=WAIT.reason, since=CREATED_AT)
    seen = situation(CLUSTER, before=observed_cluster(CLUSTER, verdict=said))

    assert record_pass(seen, decided(WAIT)).verdict == said
    assert record_pass(seen, decided(WAIT, "nodes")).verdict == replace(said, rule="nodes", since=NOW)


def test_what_was_told_is_kept_until_all_is_well() -> None:
    told = observed_cluster(CLUSTER, last_told="the engine is gone")
    seen = situation(CLUSTER, before=told)

    assert record_pass(seen, decided(WAIT)).last_told == "the engine is gone"
    assert record_pass(seen, decided(Wait(reason="other", is_told=True))).last_told == "other"
    assert record_pass(seen, decided(Act(steps=(Tell(),), why="another", is_told=True))).last_told == "another"
    assert record_pass(seen, decided(SATISFIED)).last_told == ""


# --- failures ------------------------------------------------------------------------------------


def test_a_step_that_fails_is_counted_by_its_rule() -> None:
    seen = situation(CLUSTER)
    record = record_pass(seen, decided(Act(steps=(Tell(),), why="it tells another"), "telling"))

    once = record_failure(record, seen, "the disk is full", is_permanent=False)
    twice = record_failure(once, seen, "the disk is full", is_permanent=False)
    other = record_failure(record_pass(seen, decided(WAIT)), seen, "the disk is full", is_permanent=False)

    assert once.failure == Failure(sentence="the disk is full", generation=1, at=NOW, rule="telling")
    assert twice.failure == replace(once.failure, count=2)
    assert other.failure is not None and other.failure.count == 1


def test_what_no_retry_can_mend_is_the_end_of_a_cluster_that_never_worked_and_of_no_other() -> None:
    new = new_situation(memcached_cluster("sessions", FIRST, SECOND))
    records = [
        record_failure(seen.before, seen, "its address is taken", is_permanent=True)
        for seen in (new, situation(CLUSTER))
    ]

    assert [record.failure.is_permanent for record in records if record.failure is not None] == [True, False]


def test_a_failure_is_kept_until_everything_is_true() -> None:
    failure = Failure(sentence="the disk is full", generation=1, at=NOW, rule="telling")
    seen = situation(CLUSTER, before=observed_cluster(CLUSTER, failure=failure))

    assert record_pass(seen, decided(WAIT)).failure == failure
    assert record_pass(seen, decided(SATISFIED)).failure is None


def test_a_rule_that_gives_up_makes_a_failure_for_good_once() -> None:
    new = new_situation(memcached_cluster("sessions", FIRST, SECOND))

    record = record_pass(new, decided(Failed(reason="never")))
    again = record_pass(
        replace(new, before=record, now=NOW + timedelta(hours=1)), decided(Failed(reason="never, I said"))
    )

    assert record.failure == Failure(sentence="never", generation=1, at=NOW, is_permanent=True)
    assert again.failure == record.failure


# --- processes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "health", "sentence"),
    [
        (ready(FIRST), NodeHealth.READY, "answers"),
        (just_silent(FIRST), NodeHealth.READY, "does not answer: no answer in 0.2 s"),
        (silent(FIRST, seconds=0.6, looks=3), NodeHealth.UNKNOWN, "does not answer: no answer in 0.2 s"),
        (hung(FIRST), NodeHealth.UNKNOWN, "does not answer: no answer in 0.2 s"),
        (coming_up(FIRST), NodeHealth.STARTING, "is starting"),
        (dead(FIRST), NodeHealth.DOWN, "was killed by signal 9"),
        (absent(FIRST), NodeHealth.DOWN, "is not there yet"),
    ],
)
def test_one_late_answer_changes_no_health(seen: SeenNode, health: NodeHealth, sentence: str) -> None:
    process = recorded(seen).process

    assert (process.health, process.sentence) == (health, sentence)
    assert process.silence == seen.silence


def test_the_configuration_endpoint_is_kept_alike_and_what_it_told_last() -> None:
    late = record_pass(situation(CLUSTER, endpoint=just_silent_endpoint()), decided(WAIT)).endpoint
    told = record_pass(situation(CLUSTER, endpoint=telling(5)), decided(WAIT)).endpoint

    assert late is not None and (late.process.health, late.version) == (NodeHealth.READY, 4)
    assert told is not None and told.version == 5
    assert recorded_endpoint(endpoint_coming_up()).health is NodeHealth.STARTING
    assert recorded_endpoint(dead_endpoint()).health is NodeHealth.DOWN


START = Act(steps=(StartNodes(node_ids=(FIRST.id,)), StartEndpoint()), why="they do not run")


def test_a_start_that_brought_nothing_is_found_out_by_the_next_look() -> None:
    ordered = recorded(dead(FIRST), START)
    failed = recorded(dead(FIRST, before=ordered))
    failed_again = recorded(dead(FIRST, before=recorded(dead(FIRST, before=failed), START)))

    assert ordered.process.is_start_ordered
    assert (ordered.process.failed_starts, ordered.process.last_failed_at) == (0, None)
    assert (failed.process.failed_starts, failed.process.last_failed_at) == (1, NOW)
    assert not failed.process.is_start_ordered
    assert failed_again.process.failed_starts == 2


def test_only_whose_start_was_ordered_can_have_failed_to() -> None:
    assert not recorded(dead(SECOND), START).process.is_start_ordered
    assert recorded(dead(FIRST, before=recorded(dead(FIRST)))).process.failed_starts == 0


def test_one_that_started_and_ended_before_it_answered_has_failed_to_once() -> None:
    up = recorded(coming_up(FIRST, before=recorded(dead(FIRST), START)))
    ended = recorded(dead(FIRST, before=up))

    assert (up.process.failed_starts, up.process.is_start_ordered) == (0, False)
    assert ended.process.failed_starts == 1
    assert recorded(dead(FIRST, before=ended)).process.failed_starts == 1


def test_the_first_answer_ends_the_row() -> None:
    up = coming_up(FIRST, before=with_failed_starts(FIRST, 3))
    answered = seen_node(FIRST, up.process, answering(), recorded(up))

    assert recorded(up).process.failed_starts == 3
    assert recorded(answered).process.failed_starts == 0


def test_the_configuration_endpoints_starts_are_counted_alike() -> None:
    ordered = recorded_endpoint(dead_endpoint(), START)

    assert recorded_endpoint(dead_endpoint(before=ordered)).failed_starts == 1


def test_a_renewal_is_kept_with_its_moment() -> None:
    renewal = Act(steps=(RenewCertificates(node_ids=(FIRST.id,)),), why="it is old")
    of_endpoint = Act(steps=(RenewCertificates(node_ids=(), of_endpoint=True),), why="it is old")

    given = recorded(ready(FIRST), renewal)

    assert given.process.renewal_ordered_at == NOW
    assert recorded(ready(SECOND), renewal).process.renewal_ordered_at is None
    assert recorded_endpoint(telling(4), of_endpoint).renewal_ordered_at == NOW
    assert recorded_endpoint(telling(4), renewal).renewal_ordered_at is None
    assert recorded(ready(FIRST, before=given)).process.renewal_ordered_at == NOW


CERTIFICATE = ServedCertificate(
    serial_number="1", not_before=CREATED_AT, not_after=NOW, names=frozenset(), issuer="the authority"
)


def test_a_certificate_is_that_of_the_process_that_runs() -> None:
    known = observed_cache_node(FIRST, process=observed_process(certificate=CERTIFICATE))

    assert recorded(ready(FIRST, certificate=CERTIFICATE)).process.certificate == CERTIFICATE
    assert recorded(replace(just_silent(FIRST), before=known)).process.certificate == CERTIFICATE
    assert recorded(ready(FIRST, before=known)).process.certificate is None
    assert recorded(coming_up(FIRST, before=known)).process.certificate is None


# --- nodes ---------------------------------------------------------------------------------------


def test_a_node_has_been_ready_for_ever_and_its_engine_is_what_it_last_said() -> None:
    new = recorded(newly_ready(FIRST, engine_version="1.6.40"))
    gone = recorded(dead(FIRST, before=new))

    assert not recorded(coming_up(FIRST, before=started(FIRST))).was_ready
    assert (new.was_ready, new.engine_version) == (gone.was_ready, gone.engine_version) == (True, "1.6.40")


@pytest.mark.parametrize(
    ("seen", "is_recovering"),
    [
        pytest.param(dead(FIRST), True, id="its process ended"),
        pytest.param(absent(FIRST, before=observed_cache_node(FIRST)), True, id="even its directory is gone"),
        pytest.param(coming_up(FIRST, before=observed_cache_node(FIRST)), True, id="another process is there already"),
        pytest.param(coming_up(FIRST, before=lost(FIRST)), True, id="it comes up"),
        pytest.param(hung(FIRST), False, id="it hangs, which may pass"),
        pytest.param(just_silent(FIRST), False, id="late"),
        pytest.param(back(FIRST), False, id="it is back"),
        pytest.param(dead(FIRST, before=started(FIRST)), False, id="it never was ready"),
        pytest.param(coming_up(FIRST), False, id="nobody remembers it"),
    ],
)
def test_a_node_recovers_from_what_nobody_asked_for(seen: SeenNode, is_recovering: bool) -> None:
    assert recorded(seen).is_recovering is is_recovering


def test_a_node_whose_start_anew_was_asked_for_does_not_recover() -> None:
    asked = replace(FIRST, restart=RestartOrder(requested_at=NOW, kind=RestartKind.REBOOT))

    assert not recorded(dead(asked)).is_recovering


def test_the_life_that_an_order_ends_is_settled_by_the_first_look_at_it() -> None:
    asked = replace(FIRST, restart=RestartOrder(requested_at=NOW, kind=RestartKind.REBOOT))
    first = recorded(ready(asked))
    later = recorded(seen_node(asked, RUNNING_AGAIN, answering(), first))

    assert first.restart == later.restart == Restart(requested_at=NOW, of_started_at=CREATED_AT)
    assert recorded(dead(asked)).restart == Restart(requested_at=NOW, of_started_at=None)
    assert recorded(seen_node(asked, RUNNING, answering(), None)).restart == Restart(
        requested_at=NOW, of_started_at=None
    )
    assert recorded(ready(FIRST)).restart is None


WANTED = {FIRST.id: {"maxbytes": "200", "item_size_max": "1048576", "unheard_of": "yes"}}


def awaited(seen: SeenNode) -> dict[str, str]:
    return recorded(seen, wanted_settings=WANTED).awaited_parameters


def test_what_a_node_does_not_run_with_is_awaited_until_it_does() -> None:
    small = ready(FIRST, settings={"maxbytes": "100", "item_size_max": "1048576"})
    right = ready(FIRST, settings={"maxbytes": "200", "item_size_max": "1048576"})
    known = recorded(small, wanted_settings=WANTED)

    assert awaited(small) == {"maxbytes": "200"}
    assert awaited(dead(FIRST, before=known)) == {"maxbytes": "200"}
    assert awaited(replace(right, before=known)) == {}


def replaced(node: CacheNode) -> CacheNode:
    return replace(node, restart=RestartOrder(requested_at=NOW, kind=RestartKind.REPLACEMENT))


def test_what_another_node_type_brings_along_was_never_awaited() -> None:
    node = replaced(FIRST)
    tuned = observed_cache_node(node, awaited_parameters={"item_size_max": "1048576"})
    old = {"maxbytes": "100", "item_size_max": "1"}
    new = {"maxbytes": "200", "item_size_max": "1048576"}

    before_it_ends = recorded(ready(node, before=tuned, settings=old), wanted_settings=WANTED)
    after = seen_node(node, RUNNING_AGAIN, answering(settings=new), before_it_ends)

    assert before_it_ends.awaited_parameters == {"item_size_max": "1048576"}
    assert awaited(after) == {}


def test_a_return_is_kept_until_there_is_a_newer_list() -> None:
    new = recorded(back(FIRST))
    up = seen_node(FIRST, RUNNING_AGAIN, answering(), new)
    unpublished = situation(memcached_cluster("sessions", FIRST, SECOND), back(FIRST), before=observed_cluster(CLUSTER))
    record = record_pass(unpublished, decided(WAIT))
    newer = memcached_cluster("sessions", FIRST, SECOND, published=5)
    later = record_pass(situation(newer, up), decided(WAIT))

    assert new.returned_at_version == 4
    assert recorded(up).returned_at_version == 4
    assert recorded(dead(FIRST, before=new)).returned_at_version == 4
    assert later.nodes[0].returned_at_version is None
    assert record.nodes[0].returned_at_version is None
    assert recorded(ready(FIRST)).returned_at_version is None


def test_a_pass_that_sees_nothing_new_leaves_the_same_record() -> None:
    seen = situation(CLUSTER)
    record = record_pass(seen, plan(seen))
    nodes = tuple(ready(node, before=record.find_node(node.id)) for node in CLUSTER.nodes)
    assert record.endpoint is not None
    later = replace(
        seen,
        nodes=nodes,
        endpoint=telling(4, before=record.endpoint.process),
        before=record,
        now=NOW + timedelta(seconds=2),
    )

    assert record_pass(later, plan(later)) == record
    assert isinstance(record, ObservedMemcachedCluster)
