"""Status words: one table a noun, and what botocore's four waiters make of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from botocore.loaders import Loader
from botocore.waiter import WaiterModel
from msgspec.structs import replace

from elastane.model.observations import Role
from elastane.model.observed_replication_groups import (
    NOTHING_OBSERVED,
    Failure,
    NodeHealth,
    ObservedNode,
    ObservedReplicationGroup,
    Restart,
)
from elastane.model.replication_groups import Deletion, ReplicationGroup
from elastane.model.statuses import (
    CacheClusterStatus,
    ReplicationGroupStatus,
    cache_cluster_status,
    is_rebooting,
    is_rebuilding,
    replication_group_status,
)
from tests.kit.groups import CREATED_AT, cache_cluster, group, node, observed, observed_node

LATER = CREATED_AT + timedelta(minutes=5)
PRIMARY, REPLICA = node("orders-001"), node("orders-002", zone="us-east-1b")
ORDERS = group("orders", PRIMARY, REPLICA)
CHANGED = group("orders", PRIMARY, REPLICA, generation=2)
DELETED = group("orders", PRIMARY, REPLICA, generation=2, deletion=Deletion(requested_at=LATER))
FOR_GOOD = Failure(sentence="The port is taken.", generation=1, at=LATER, is_permanent=True)
FOR_NOW = Failure(sentence="The disk was full.", generation=1, at=LATER)
NODES = observed(ORDERS).nodes
AFTER_REBOOT = LATER + timedelta(seconds=1)
TESTED = group("orders", replace(PRIMARY, rebuild_requested_at=LATER), REPLICA)
TESTED_AND_CHANGED = replace(TESTED, generation=2)
SEEN_ORDER = Restart(requested_at=LATER, of_started_at=CREATED_AT)
"""A pass has seen the reboot or the rebuild of LATER, which is to end the life that began with the group."""


def seen(
    primary: ObservedNode | None = None, replica: ObservedNode | None = None, **changes: object
) -> ObservedReplicationGroup:
    return observed(ORDERS, nodes=(primary or NODES[0], replica or NODES[1]), **changes)


def as_primary(**changes: object) -> ObservedNode:
    return observed_node(PRIMARY, **({"role": Role.PRIMARY} | changes))


def as_replica(**changes: object) -> ObservedNode:
    return observed_node(REPLICA, **changes)


@pytest.mark.parametrize(
    ("desired", "found", "expected"),
    [
        pytest.param(ORDERS, NOTHING_OBSERVED, "creating", id="just created"),
        pytest.param(ORDERS, seen(available_since=None), "creating", id="answers, no pass has found it all true"),
        pytest.param(ORDERS, seen(available_since=None, failure=FOR_NOW), "creating", id="a failure that may mend"),
        pytest.param(ORDERS, seen(available_since=None, failure=FOR_GOOD), "create-failed", id="failed for good"),
        pytest.param(ORDERS, seen(), "available", id="all true"),
        pytest.param(ORDERS, seen(failure=FOR_GOOD), "available", id="a later failure does not undo its creation"),
        pytest.param(
            ORDERS, seen(replica=as_replica(health=NodeHealth.DOWN)), "available", id="a replica down, still served"
        ),
        pytest.param(CHANGED, seen(), "modifying", id="a change is not true yet"),
        pytest.param(ORDERS, seen(primary=as_primary(health=NodeHealth.DOWN)), "modifying", id="primary down"),
        pytest.param(ORDERS, seen(primary=as_primary(health=NodeHealth.UNKNOWN)), "modifying", id="primary unknown"),
        pytest.param(ORDERS, seen(primary=as_primary(role=Role.REPLICA)), "modifying", id="nobody is primary"),
        pytest.param(ORDERS, observed(ORDERS, nodes=()), "modifying", id="no node was seen"),
        pytest.param(
            ORDERS,
            seen(primary=as_primary(health=NodeHealth.DOWN), replica=as_replica(role=Role.PRIMARY)),
            "available",
            id="failed over",
        ),
        pytest.param(
            ORDERS,
            seen(primary=as_primary(health=NodeHealth.DOWN), replica=as_replica(health=NodeHealth.SYNCING)),
            "modifying",
            id="primary down, its replica answers",
        ),
        pytest.param(TESTED, seen(), "available", id="test failover asked for"),
        pytest.param(
            TESTED, seen(primary=as_primary(role=Role.REPLICA)), "available", id="test failover: the role is on its way"
        ),
        pytest.param(
            TESTED,
            seen(primary=as_primary(health=NodeHealth.DOWN), replica=as_replica(health=NodeHealth.SYNCING)),
            "available",
            id="test failover: ended before it handed over, and somebody can take over",
        ),
        pytest.param(
            TESTED,
            seen(primary=as_primary(health=NodeHealth.DOWN), replica=as_replica(health=NodeHealth.UNKNOWN)),
            "modifying",
            id="test failover: nobody is there to take over",
        ),
        pytest.param(
            TESTED,
            observed(ORDERS, nodes=(as_primary(health=NodeHealth.SYNCING, role=Role.REPLICA),)),
            "modifying",
            id="test failover: the one that is rebuilt is alone",
        ),
        pytest.param(
            TESTED,
            seen(
                primary=as_primary(
                    health=NodeHealth.DOWN, rebuild=SEEN_ORDER, answered_process_started_at=AFTER_REBOOT
                ),
                replica=as_replica(health=NodeHealth.SYNCING),
            ),
            "modifying",
            id="died again after its test failover was over",
        ),
        pytest.param(TESTED_AND_CHANGED, seen(), "modifying", id="changed during a test failover"),
        pytest.param(DELETED, seen(), "deleting", id="deleted while available"),
        pytest.param(DELETED, NOTHING_OBSERVED, "deleting", id="deleted while creating"),
        pytest.param(DELETED, seen(available_since=None, failure=FOR_GOOD), "deleting", id="deleted after it failed"),
    ],
)
def test_a_replication_groups_status(desired: ReplicationGroup, found: ObservedReplicationGroup, expected: str) -> None:
    assert replication_group_status(desired, found) == expected


LEAVING = group("orders", PRIMARY, node("orders-002", zone="us-east-1b", is_leaving=True), generation=2)
REBOOTING = group("orders", PRIMARY, node("orders-002", zone="us-east-1b", reboot_requested_at=LATER))
REBUILDING = group("orders", PRIMARY, replace(REPLICA, rebuild_requested_at=LATER))


@pytest.mark.parametrize(
    ("desired", "found", "expected"),
    [
        pytest.param(ORDERS, NOTHING_OBSERVED, "creating", id="just created"),
        pytest.param(ORDERS, seen(available_since=None), "creating", id="ready before its group was"),
        pytest.param(ORDERS, seen(replica=as_replica(was_ready=False)), "creating", id="a new replica still syncs"),
        pytest.param(ORDERS, observed(ORDERS, nodes=NODES[:1]), "creating", id="a new replica not seen yet"),
        pytest.param(
            ORDERS, seen(available_since=None, failure=FOR_GOOD), "incompatible-network", id="creation failed for good"
        ),
        pytest.param(ORDERS, seen(), "available", id="all true"),
        pytest.param(ORDERS, seen(primary=as_primary(health=NodeHealth.DOWN)), "available", id="its neighbour is down"),
        pytest.param(ORDERS, seen(replica=as_replica(health=NodeHealth.DOWN)), "modifying", id="down"),
        pytest.param(ORDERS, seen(replica=as_replica(health=NodeHealth.SYNCING)), "modifying", id="syncing again"),
        pytest.param(ORDERS, seen(replica=as_replica(health=NodeHealth.UNKNOWN)), "modifying", id="unknown"),
        pytest.param(CHANGED, seen(), "modifying", id="its group is being changed"),
        pytest.param(REBOOTING, seen(), "rebooting cluster nodes", id="the old process still answers"),
        pytest.param(
            REBOOTING,
            seen(replica=as_replica(started_at=AFTER_REBOOT, health=NodeHealth.STARTING)),
            "rebooting cluster nodes",
            id="the new process does not answer yet",
        ),
        pytest.param(
            REBOOTING,
            seen(replica=as_replica(started_at=None, answered_process_started_at=None)),
            "rebooting cluster nodes",
            id="no process that ever answered",
        ),
        pytest.param(
            REBOOTING,
            seen(replica=as_replica(reboot=SEEN_ORDER, answered_process_started_at=AFTER_REBOOT)),
            "available",
            id="the new process answered",
        ),
        pytest.param(REBUILDING, seen(), "modifying", id="test failover: the old process still answers"),
        pytest.param(
            REBUILDING,
            seen(replica=as_replica(started_at=AFTER_REBOOT, health=NodeHealth.STARTING)),
            "modifying",
            id="test failover: the new process does not answer yet",
        ),
        pytest.param(
            REBUILDING,
            seen(
                replica=as_replica(
                    rebuild=SEEN_ORDER, answered_process_started_at=AFTER_REBOOT, health=NodeHealth.SYNCING
                )
            ),
            "modifying",
            id="test failover: the new process syncs",
        ),
        pytest.param(
            REBUILDING,
            seen(replica=as_replica(rebuild=SEEN_ORDER, answered_process_started_at=AFTER_REBOOT)),
            "available",
            id="test failover: the new process is in sync",
        ),
        pytest.param(TESTED, seen(), "available", id="its neighbour's failover is tested"),
        pytest.param(LEAVING, seen(), "deleting", id="leaves its group"),
        pytest.param(DELETED, seen(), "deleting", id="deleted while available"),
        pytest.param(DELETED, NOTHING_OBSERVED, "deleting", id="deleted while creating"),
        pytest.param(DELETED, seen(available_since=None, failure=FOR_GOOD), "deleting", id="deleted after it failed"),
    ],
)
def test_a_cache_clusters_status(desired: ReplicationGroup, found: ObservedReplicationGroup, expected: str) -> None:
    assert cache_cluster_status(desired, desired.nodes[1], found) == expected


@pytest.mark.parametrize(
    ("ordered", "answered_at", "is_over"),
    [
        pytest.param(None, CREATED_AT, False, id="no pass has seen it yet"),
        pytest.param(replace(SEEN_ORDER, requested_at=CREATED_AT), AFTER_REBOOT, False, id="only an earlier one was"),
        pytest.param(SEEN_ORDER, None, False, id="never answered"),
        pytest.param(SEEN_ORDER, CREATED_AT, False, id="the life that is to end"),
        pytest.param(SEEN_ORDER, AFTER_REBOOT, True, id="the next life"),
        pytest.param(SEEN_ORDER, CREATED_AT - timedelta(hours=1), True, id="the next life, by a clock put back"),
    ],
)
def test_a_reboot_and_a_rebuild_are_over_when_another_life_than_the_one_to_end_has_answered(
    ordered: Restart | None, answered_at: datetime | None, is_over: bool
) -> None:
    found = as_replica(reboot=ordered, rebuild=ordered, answered_process_started_at=answered_at)

    assert is_rebooting(REBOOTING.nodes[1], found) is not is_over
    assert is_rebuilding(REBUILDING.nodes[1], found) is not is_over


def test_a_rebuild_is_no_reboot_and_a_reboot_no_rebuild() -> None:
    assert not is_rebooting(REBUILDING.nodes[1], as_replica())
    assert not is_rebuilding(REBOOTING.nodes[1], as_replica())


def test_a_cache_cluster_on_its_own_follows_the_same_table() -> None:
    sessions = cache_cluster("sessions")

    assert cache_cluster_status(sessions, sessions.nodes[0], NOTHING_OBSERVED) == "creating"
    assert cache_cluster_status(sessions, sessions.nodes[0], observed(sessions)) == "available"


def test_every_word_is_one_that_some_test_above_expects() -> None:
    group_words = {"creating", "available", "modifying", "deleting", "create-failed"}
    cluster_words = (group_words - {"create-failed"}) | {"rebooting cluster nodes", "incompatible-network"}

    assert set(ReplicationGroupStatus) == group_words
    assert set(CacheClusterStatus) == cluster_words


# --- the waiters ---------------------------------------------------------------------------------

WAITERS = WaiterModel(Loader().load_service_model("elasticache", "waiters-2"))
NOT_FOUND_CLUSTER = {"Error": {"Code": "CacheClusterNotFound"}}
NOT_FOUND_GROUP = {"Error": {"Code": "ReplicationGroupNotFoundFault"}}


def clusters(*statuses: CacheClusterStatus) -> Mapping[str, object]:
    return {"CacheClusters": [{"CacheClusterStatus": str(status)} for status in statuses]}


def groups(*statuses: ReplicationGroupStatus) -> Mapping[str, object]:
    return {"ReplicationGroups": [{"Status": str(status)} for status in statuses]}


@pytest.mark.parametrize(
    ("waiter", "answer", "expected"),
    [
        ("CacheClusterAvailable", clusters(CacheClusterStatus.AVAILABLE), "success"),
        ("CacheClusterAvailable", clusters(CacheClusterStatus.CREATING), "retry"),
        ("CacheClusterAvailable", clusters(CacheClusterStatus.AVAILABLE, CacheClusterStatus.CREATING), "retry"),
        ("CacheClusterAvailable", clusters(CacheClusterStatus.MODIFYING), "retry"),
        ("CacheClusterAvailable", clusters(CacheClusterStatus.REBOOTING), "retry"),
        ("CacheClusterAvailable", clusters(CacheClusterStatus.INCOMPATIBLE_NETWORK), "failure"),
        ("CacheClusterAvailable", clusters(CacheClusterStatus.DELETING), "failure"),
        ("CacheClusterDeleted", clusters(CacheClusterStatus.DELETING), "retry"),
        ("CacheClusterDeleted", NOT_FOUND_CLUSTER, "success"),
        ("CacheClusterDeleted", clusters(CacheClusterStatus.AVAILABLE), "failure"),
        ("CacheClusterDeleted", clusters(CacheClusterStatus.MODIFYING), "failure"),
        ("ReplicationGroupAvailable", groups(ReplicationGroupStatus.AVAILABLE), "success"),
        ("ReplicationGroupAvailable", groups(ReplicationGroupStatus.CREATING), "retry"),
        ("ReplicationGroupAvailable", groups(ReplicationGroupStatus.MODIFYING), "retry"),
        ("ReplicationGroupDeleted", groups(ReplicationGroupStatus.DELETING), "retry"),
        ("ReplicationGroupDeleted", NOT_FOUND_GROUP, "success"),
        ("ReplicationGroupDeleted", groups(ReplicationGroupStatus.AVAILABLE), "failure"),
    ],
)
def test_a_waiter_reads_our_words(waiter: str, answer: Mapping[str, object], expected: str) -> None:
    acceptors = WAITERS.get_waiter(waiter).acceptors

    verdict = next((acceptor.state for acceptor in acceptors if acceptor.matcher_func(answer)), "retry")

    assert verdict == expected


@pytest.mark.parametrize("found", [NOTHING_OBSERVED, seen(), seen(available_since=None, failure=FOR_GOOD)])
def test_no_waiter_for_a_deletion_fails_whatever_was_observed_last(found: ObservedReplicationGroup) -> None:
    answers = {
        "ReplicationGroupDeleted": groups(replication_group_status(DELETED, found)),
        "CacheClusterDeleted": clusters(*(cache_cluster_status(DELETED, each, found) for each in DELETED.nodes)),
    }

    failing = [
        waiter
        for waiter, answer in answers.items()
        for acceptor in WAITERS.get_waiter(waiter).acceptors
        if acceptor.matcher_func(answer) and acceptor.state == "failure"
    ]

    assert failing == []
