"""Status words of Memcached clusters and their nodes, and what is shown while something changes."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, RestartKind, RestartOrder
from elastane.model.memcached_statuses import (
    cache_node_status,
    current_software,
    is_restarting,
    memcached_cluster_status,
    node_ids_to_reboot,
    parameter_apply_status,
)
from elastane.model.observed_memcached_clusters import (
    NOTHING_OBSERVED,
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
)
from elastane.model.observed_replication_groups import Failure, NodeHealth, Restart
from elastane.model.replication_groups import Deletion
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import (
    cache_node,
    memcached_cluster,
    observed_cache_node,
    observed_cluster,
    observed_process,
)

LATER = CREATED_AT + timedelta(minutes=5)
FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=1)
CHANGED = replace(CLUSTER, generation=2)
DELETED = replace(CLUSTER, deletion=Deletion(requested_at=LATER))
FOR_GOOD = Failure(sentence="The address is taken.", generation=1, at=LATER, is_permanent=True)
FOR_NOW = replace(FOR_GOOD, is_permanent=False)


def rebooting(node: CacheNode, kind: RestartKind = RestartKind.REBOOT) -> CacheNode:
    return replace(node, restart=RestartOrder(requested_at=LATER, kind=kind))


def of(*nodes: CacheNode, **changes: int) -> MemcachedCluster:
    return memcached_cluster("sessions", *nodes, published=1, **changes)


def last(node: CacheNode, health: NodeHealth = NodeHealth.READY, **changes: object) -> ObservedCacheNode:
    return observed_cache_node(node, process=observed_process(health), **changes)


def seen(
    first: NodeHealth = NodeHealth.READY,
    second: NodeHealth = NodeHealth.READY,
    endpoint: NodeHealth = NodeHealth.READY,
    **changes: object,
) -> ObservedMemcachedCluster:
    asked = ObservedConfigurationEndpoint(process=observed_process(endpoint), version=1)
    return observed_cluster(CLUSTER, nodes=(last(FIRST, first), last(SECOND, second)), endpoint=asked, **changes)


DOWN, UNKNOWN = NodeHealth.DOWN, NodeHealth.UNKNOWN


@pytest.mark.parametrize(
    ("desired", "found", "expected"),
    [
        pytest.param(CLUSTER, NOTHING_OBSERVED, "creating", id="just created"),
        pytest.param(CLUSTER, seen(available_since=None), "creating", id="answers, and was never all true"),
        pytest.param(CLUSTER, seen(available_since=None, failure=FOR_NOW), "creating", id="a failure that may mend"),
        pytest.param(
            CLUSTER, seen(available_since=None, failure=FOR_GOOD), "incompatible-network", id="failed for good"
        ),
        pytest.param(CLUSTER, seen(), "available", id="all true"),
        pytest.param(CLUSTER, seen(failure=FOR_GOOD), "available", id="a later failure does not undo its creation"),
        pytest.param(CLUSTER, seen(first=DOWN), "available", id="a node is lost, the other one serves"),
        pytest.param(CLUSTER, seen(first=UNKNOWN), "available", id="a node hangs, the other one serves"),
        pytest.param(CLUSTER, seen(first=DOWN, second=DOWN), "modifying", id="nobody serves"),
        pytest.param(CLUSTER, seen(endpoint=DOWN), "modifying", id="no client can find the nodes"),
        pytest.param(CLUSTER, seen(endpoint=UNKNOWN), "modifying", id="no client is told the nodes"),
        pytest.param(CHANGED, seen(), "modifying", id="a change is not true yet"),
        pytest.param(of(rebooting(FIRST), SECOND), seen(), "rebooting cluster nodes", id="a reboot was asked for"),
        pytest.param(
            of(rebooting(FIRST), rebooting(SECOND)),
            seen(first=DOWN, second=DOWN),
            "rebooting cluster nodes",
            id="all reboot",
        ),
        pytest.param(
            of(rebooting(FIRST, RestartKind.REPLACEMENT), SECOND, generation=2),
            seen(first=DOWN),
            "modifying",
            id="a node is replaced",
        ),
        pytest.param(
            of(replace(rebooting(FIRST), is_leaving=True), SECOND), seen(), "available", id="one that leaves reboots"
        ),
        pytest.param(DELETED, seen(), "deleting", id="deleted while available"),
        pytest.param(DELETED, NOTHING_OBSERVED, "deleting", id="deleted while creating"),
        pytest.param(DELETED, seen(available_since=None, failure=FOR_GOOD), "deleting", id="deleted after it failed"),
    ],
)
def test_a_clusters_status(desired: MemcachedCluster, found: ObservedMemcachedCluster, expected: str) -> None:
    assert memcached_cluster_status(desired, found) == expected


LEAVING = replace(FIRST, is_leaving=True)


@pytest.mark.parametrize(
    ("desired", "found", "expected"),
    [
        pytest.param(CLUSTER, NOTHING_OBSERVED, "creating", id="just created"),
        pytest.param(CLUSTER, replace(seen(), nodes=(last(FIRST, was_ready=False),)), "creating", id="was never ready"),
        pytest.param(CLUSTER, seen(), "available", id="answers"),
        pytest.param(CHANGED, seen(), "available", id="answers while another one is added"),
        pytest.param(CLUSTER, seen(first=DOWN), "rebooting", id="is lost"),
        pytest.param(CLUSTER, seen(first=UNKNOWN), "rebooting", id="hangs"),
        pytest.param(of(rebooting(FIRST), SECOND), seen(), "rebooting", id="shall reboot"),
        pytest.param(of(FIRST, rebooting(SECOND)), seen(), "available", id="another one shall reboot"),
        pytest.param(of(LEAVING, SECOND), seen(), "deleting", id="leaves"),
        pytest.param(DELETED, seen(), "deleting", id="its cluster is deleted"),
    ],
)
def test_a_nodes_status(desired: MemcachedCluster, found: ObservedMemcachedCluster, expected: str) -> None:
    assert cache_node_status(desired, desired.nodes[0], found) == expected


ORDER = Restart(requested_at=LATER, of_started_at=CREATED_AT)


def test_a_restart_is_over_once_another_life_has_answered() -> None:
    node, process = rebooting(FIRST), observed_process()
    new_life = replace(process, answered_started_at=LATER)
    earlier_by_the_clock = replace(process, answered_started_at=CREATED_AT - timedelta(hours=1))

    assert not is_restarting(FIRST, observed_cache_node(FIRST))
    assert not is_restarting(node, None)
    assert is_restarting(node, observed_cache_node(node))
    assert is_restarting(node, observed_cache_node(node, restart=ORDER))
    assert not is_restarting(node, observed_cache_node(node, restart=ORDER, process=new_life))
    assert not is_restarting(node, observed_cache_node(node, restart=ORDER, process=earlier_by_the_clock))


AWAITED = {"item_size_max": "2097152"}


def test_parameters_wait_for_a_reboot_of_just_those_nodes() -> None:
    both = replace(seen(), nodes=tuple(last(node, awaited_parameters=AWAITED) for node in (FIRST, SECOND)))
    leaving = replace(SECOND, is_leaving=True)

    assert (parameter_apply_status(CLUSTER, seen()), node_ids_to_reboot(CLUSTER, seen())) == ("in-sync", ())
    assert parameter_apply_status(CLUSTER, both) == "pending-reboot"
    assert node_ids_to_reboot(CLUSTER, both) == (FIRST.id, SECOND.id)
    assert node_ids_to_reboot(of(rebooting(FIRST), SECOND), both) == (SECOND.id,)
    assert node_ids_to_reboot(of(FIRST, leaving), both) == (FIRST.id,)
    assert parameter_apply_status(CLUSTER, NOTHING_OBSERVED) == "in-sync"


def test_another_parameter_group_is_applied_until_somebody_has_looked() -> None:
    tuned = replace(CHANGED, software=replace(CLUSTER.software, parameter_group_name="tuned"))
    awaiting = replace(seen(), nodes=(last(FIRST, awaited_parameters=AWAITED),))

    assert parameter_apply_status(tuned, seen()) == "applying"
    assert parameter_apply_status(tuned, awaiting) == "pending-reboot"
    assert parameter_apply_status(tuned, seen(converged_generation=2)) == "in-sync"


def test_what_every_node_ran_before_is_shown_until_the_change_is_true() -> None:
    software = replace(CLUSTER.software, node_type="cache.m6g.large", parameter_group_name="tuned")
    changed = replace(CHANGED, software=software)
    shown = current_software(changed, seen())

    assert (shown.node_type, shown.parameter_group_name) == (CLUSTER.software.node_type, "tuned")
    assert current_software(changed, seen(converged_generation=2)) == software
    assert current_software(changed, NOTHING_OBSERVED) == software
