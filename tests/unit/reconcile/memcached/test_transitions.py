"""The customer's history, in AWS's words: every line once, and all of them of the one cache cluster."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from elastane.model.events import SourceType
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, RestartKind, RestartOrder
from elastane.model.observations import ServedCertificate
from elastane.model.observed_memcached_clusters import ObservedCacheNode, ObservedMemcachedCluster, ObservedProcess
from elastane.model.observed_replication_groups import Failure, NodeHealth, Restart
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Deletion
from elastane.reconcile.memcached.transitions import cluster_event, events_between
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import (
    cache_node,
    memcached_cluster,
    observed_cache_node,
    observed_cluster,
    observed_process,
)
from tests.kit.memcached_situations import NOW, lost, situation, started, with_software

FIRST, SECOND, THIRD = cache_node(1), cache_node(2, zone="us-east-1b"), cache_node(3)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4)
READY = observed_cluster(CLUSTER)
NEW = ObservedMemcachedCluster()
TOPIC = "arn:aws:sns:us-east-1:000000000000:news"


def messages(
    before: ObservedMemcachedCluster,
    after: ObservedMemcachedCluster,
    cluster: MemcachedCluster = CLUSTER,
    **changes: object,
) -> list[str]:
    seen = situation(cluster, **changes)  # type: ignore[arg-type]  # keywords of one type each
    return [event.message for event in events_between(seen, before, after)]


def with_nodes(*nodes: ObservedCacheNode, **changes: object) -> ObservedMemcachedCluster:
    """The record with these in the places of its nodes of their ids."""
    by_id = {node.id: node for node in nodes}
    known = tuple(by_id.pop(node.id, node) for node in READY.nodes)
    return replace(READY, nodes=(*known, *by_id.values()), **changes)


def test_every_line_is_of_the_cache_cluster_and_goes_to_its_topic() -> None:
    told = replace(CLUSTER, upkeep=replace(CLUSTER.upkeep, notification_topic_arn=TOPIC))

    event = cluster_event(situation(told), "Cache cluster created")

    assert (event.source_type, event.source_id, event.at) == (SourceType.CACHE_CLUSTER, "sessions", NOW)
    assert event.topic_arn == TOPIC


def test_where_nothing_changes_nothing_is_told() -> None:
    assert messages(READY, READY) == []


def test_a_creation_is_told_once_all_of_it_is_true() -> None:
    coming = replace(READY, available_since=None, converged_generation=0, node_count=0, software=None)
    created = [
        "Added cache node 0001 in availability zone us-east-1a",
        "Added cache node 0002 in availability zone us-east-1b",
        "Cache cluster created",
    ]
    own = ParameterGroup(region=CLUSTER.region, name="tuned", family="memcached1.6", description="", values={})

    assert messages(NEW, coming) == []
    assert messages(coming, READY) == created
    assert messages(coming, READY, parameter_group=own) == [*created, "Updated to use a CacheParameterGroup tuned"]


def test_of_a_deletion_its_end_is_told_elsewhere() -> None:
    deleted = replace(CLUSTER, deletion=Deletion(requested_at=NOW))

    assert messages(READY, with_nodes(lost(FIRST)), deleted) == []


@pytest.mark.parametrize(
    ("before", "message"),
    [(NEW, "Failed to create: it is taken"), (READY, "Could not finish a change: it is taken")],
)
def test_a_failure_is_told_once(before: ObservedMemcachedCluster, message: str) -> None:
    failure = Failure(sentence="it is taken", generation=1, at=NOW, is_permanent=True)
    after = replace(before, failure=failure)
    again = replace(before, failure=replace(failure, count=2))

    assert messages(before, after) == [message]
    assert messages(after, again) == []


def test_what_a_person_should_know_is_told_once() -> None:
    told = replace(READY, last_told="the engine is gone")

    assert messages(READY, told) == ["Attention: the engine is gone"]
    assert messages(told, told) == messages(told, READY) == []


# --- changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"node_type": "cache.m6g.large"},
            "Succeeded applying modification to cache node type to cache.m6g.large.",
        ),
        ({"patch": "1.6.40"}, "Finished changing the engine from memcached 1.6.38 to memcached 1.6.40"),
        ({"version": "1.6.38"}, "Finished changing the engine from memcached 1.6.22 to memcached 1.6.38"),
        ({"parameter_group_name": "tuned"}, "Updated to use a CacheParameterGroup tuned"),
    ],
)
def test_a_change_is_told_once_every_node_has_it(changes: dict[str, str], message: str) -> None:
    after = replace(READY, software=with_software(CLUSTER, **changes).software)

    assert messages(READY, after) == [message]


GROWN = memcached_cluster("sessions", FIRST, SECOND, THIRD, published=4, generation=2)


def test_nodes_that_are_added_are_told_one_by_one_and_the_number_at_the_end() -> None:
    coming = with_nodes(started(THIRD))
    answering = with_nodes(observed_cache_node(THIRD))
    done = with_nodes(observed_cache_node(THIRD), converged_generation=2, node_count=3)

    assert messages(READY, coming, GROWN) == []
    assert messages(coming, answering, GROWN) == ["Added cache node 0003 in availability zone us-east-1a"]
    assert messages(answering, done, GROWN) == ["Finished modifying number of nodes from 2 to 3"]


def test_a_smaller_number_is_not_told_for_the_removed_nodes_are() -> None:
    assert messages(READY, replace(READY, node_count=1), memcached_cluster("sessions", FIRST, published=4)) == []


# --- lives ---------------------------------------------------------------------------------------


def test_lost_nodes_are_told_when_they_go_and_when_they_are_back() -> None:
    both = with_nodes(lost(FIRST), lost(SECOND))
    one = with_nodes(lost(FIRST))

    assert messages(READY, both) == ["Recovering cache nodes 0001, 0002"]
    assert messages(both, both) == []
    assert messages(both, one) == ["Finished recovery for cache nodes 0002"]
    assert messages(one, READY) == ["Finished recovery for cache nodes 0001"]


def test_one_that_was_lost_and_is_back_between_two_looks_is_told_all_the_same() -> None:
    again = observed_process(started_at=NOW, answered_started_at=NOW)

    assert messages(READY, with_nodes(observed_cache_node(SECOND, process=again))) == [
        "Recovering cache nodes 0002",
        "Finished recovery for cache nodes 0002",
    ]


def test_of_one_that_leaves_nothing_is_told() -> None:
    cluster = memcached_cluster("sessions", FIRST, replace(SECOND, is_leaving=True), published=4)

    assert messages(READY, with_nodes(lost(SECOND)), cluster) == []


def ordered(node: CacheNode, kind: RestartKind = RestartKind.REBOOT) -> CacheNode:
    return replace(node, restart=RestartOrder(requested_at=NOW, kind=kind))


ORDER = Restart(requested_at=NOW, of_started_at=CREATED_AT)
AFTER = NOW + timedelta(seconds=1)
NEW_LIFE = observed_process(started_at=AFTER, answered_started_at=AFTER)


def life(process: ObservedProcess | None = None) -> ObservedMemcachedCluster:
    """Of the first node, after a pass has seen the order."""
    node = observed_cache_node(FIRST, restart=ORDER, process=process or observed_process())
    return with_nodes(node)


DOWN = life(observed_process(NodeHealth.DOWN, "exited (0)"))
COMING = life(observed_process(NodeHealth.STARTING, "is starting", started_at=AFTER))


def test_a_reboot_is_told_when_the_node_goes_down_and_when_it_answers_anew() -> None:
    cluster = memcached_cluster("sessions", ordered(FIRST), SECOND, published=4)

    assert messages(READY, life(), cluster) == []
    assert messages(life(), DOWN, cluster) == ["Cache node 0001 shutdown"]
    assert messages(DOWN, COMING, cluster) == []
    assert messages(COMING, life(NEW_LIFE), cluster) == ["Cache node 0001 restarted"]
    assert messages(life(NEW_LIFE), life(NEW_LIFE), cluster) == []


def test_a_reboot_that_nobody_saw_going_down_is_told_with_both_lines() -> None:
    cluster = memcached_cluster("sessions", ordered(FIRST), SECOND, published=4)

    assert messages(life(), life(NEW_LIFE), cluster) == ["Cache node 0001 shutdown", "Cache node 0001 restarted"]


def test_of_a_rollouts_batches_only_the_end_is_told() -> None:
    cluster = memcached_cluster("sessions", ordered(FIRST, RestartKind.REPLACEMENT), SECOND, published=4)

    assert messages(life(), DOWN, cluster) == messages(DOWN, COMING, cluster) == []
    assert messages(COMING, life(NEW_LIFE), cluster) == messages(life(), life(NEW_LIFE), cluster) == []


# --- parameters, certificates --------------------------------------------------------------------

AWAITED = {"item_size_max": "2097152"}
WANTED = {node.id: AWAITED for node in (FIRST, SECOND)}


def test_a_parameter_is_told_once_every_node_runs_with_it() -> None:
    both = with_nodes(*(observed_cache_node(node, awaited_parameters=AWAITED) for node in (FIRST, SECOND)))
    one = with_nodes(observed_cache_node(SECOND, awaited_parameters=AWAITED))

    assert messages(READY, both, wanted_settings=WANTED) == messages(both, one, wanted_settings=WANTED) == []
    assert messages(one, READY, wanted_settings=WANTED) == ["Updated parameter item_size_max to 2097152"]


def test_what_was_taken_back_before_it_was_so_is_no_change() -> None:
    one = with_nodes(observed_cache_node(SECOND, awaited_parameters=AWAITED))

    assert messages(one, READY) == []


def served(serial_number: str, days: int = 30) -> ServedCertificate:
    return ServedCertificate(
        serial_number=serial_number,
        not_before=CREATED_AT,
        not_after=CREATED_AT + timedelta(days=days),
        names=frozenset(),
        issuer="the authority",
    )


def proving(*certificates: ServedCertificate, started_at: datetime = CREATED_AT) -> ObservedMemcachedCluster:
    """Of the two nodes, and of the endpoint."""
    first, second, endpoint = (observed_process(certificate=one, started_at=started_at) for one in certificates)
    nodes = with_nodes(observed_cache_node(FIRST, process=first), observed_cache_node(SECOND, process=second))
    assert nodes.endpoint is not None
    return replace(nodes, endpoint=replace(nodes.endpoint, process=endpoint))


def test_certificates_that_were_renewed_are_told_in_one_line() -> None:
    old = proving(served("1"), served("2"), served("3"))
    renewed = proving(served("4", 61), served("5", 60), served("6", 62))
    one = proving(served("1"), served("2"), served("6", 62))

    assert messages(old, renewed) == [
        "Certificate renewal complete; the certificate is good until 2027-01-22 12:00:00 UTC"
    ]
    assert messages(old, one) == ["Certificate renewal complete; the certificate is good until 2027-01-24 12:00:00 UTC"]
    assert messages(old, old) == []


def test_a_process_that_starts_has_a_new_one_anyway() -> None:
    old, renewed = proving(served("1"), served("2"), served("3")), proving(*map(served, "456"), started_at=AFTER)

    assert messages(old, renewed) == []
