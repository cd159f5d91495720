"""Processes that were asked to end do, once: lives are compared, and nobody is stopped who could not start again."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.engine_supply import NOT_TO_BE_HAD, Installable, Installing
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster, RestartKind, RestartOrder
from elastane.model.observed_memcached_clusters import ObservedCacheNode
from elastane.model.observed_replication_groups import Restart
from elastane.reconcile.memcached.plan import restarts
from elastane.reconcile.memcached.situation import SeenNode
from elastane.reconcile.memcached.steps import InstallEngine, StopNodes
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Wait
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_cache_node
from tests.kit.memcached_situations import (
    NOW,
    RUNNING,
    RUNNING_AGAIN,
    answering,
    dead,
    hung,
    ready,
    seen_node,
    situation,
)

FIRST, SECOND, THIRD = cache_node(1), cache_node(2), cache_node(3)
REBOOT = RestartOrder(requested_at=NOW, kind=RestartKind.REBOOT)
REPLACEMENT = RestartOrder(requested_at=NOW, kind=RestartKind.REPLACEMENT)
REBOOTED = replace(FIRST, restart=REBOOT)
MISSING: dict[str, Any] = {"engines": (), "start_version": None}


def ordered(node: CacheNode, *, of: Any = CREATED_AT) -> ObservedCacheNode:
    """A pass has seen the order of NOW, and whose life it ends."""
    return observed_cache_node(node, restart=Restart(requested_at=NOW, of_started_at=of))


def of(*nodes: CacheNode) -> MemcachedCluster:
    return memcached_cluster("sessions", *nodes, published=1)


def test_who_was_asked_for_nothing_goes_on() -> None:
    assert restarts.rule(situation(of(FIRST, SECOND))) == SATISFIED


@pytest.mark.parametrize(
    ("seen", "is_stopped"),
    [
        pytest.param(ready(REBOOTED), True, id="an order that no pass has seen"),
        pytest.param(ready(REBOOTED, before=ordered(REBOOTED)), True, id="the process whose life it ends"),
        pytest.param(
            seen_node(REBOOTED, RUNNING_AGAIN, answering(), ordered(REBOOTED)), False, id="the process after it"
        ),
        pytest.param(ready(REBOOTED, before=ordered(REBOOTED, of=None)), False, id="it was dead when it was ordered"),
        pytest.param(
            ready(REBOOTED, before=ordered(REBOOTED, of=CREATED_AT + timedelta(hours=5))),
            False,
            id="an earlier process by the clock, which was put back",
        ),
        pytest.param(
            ready(
                REBOOTED,
                before=replace(ordered(REBOOTED), restart=Restart(requested_at=CREATED_AT, of_started_at=None)),
            ),
            True,
            id="an earlier order was fulfilled",
        ),
        pytest.param(dead(REBOOTED, before=ordered(REBOOTED)), False, id="dead already"),
        pytest.param(hung(REBOOTED), True, id="it hangs"),
        pytest.param(seen_node(REBOOTED, RUNNING, answering(), None), False, id="nobody remembers it"),
    ],
)
def test_an_order_ends_one_life(seen: SeenNode, is_stopped: bool) -> None:
    stopped = Act(steps=(StopNodes(node_ids=(FIRST.id,)),), why="a reboot of node 0001 was asked for")

    assert restarts.rule(situation(of(REBOOTED, SECOND), seen)) == (stopped if is_stopped else SATISFIED)


def test_all_that_were_asked_for_end_together() -> None:
    second, third = replace(SECOND, restart=REBOOT), replace(THIRD, restart=REPLACEMENT)

    verdict = restarts.rule(situation(of(REBOOTED, second, third)))

    assert verdict == Act(
        steps=(StopNodes(node_ids=(FIRST.id, SECOND.id, THIRD.id)),),
        why="a reboot of nodes 0001 and 0002 was asked for",
    )


def test_a_replacement_is_a_restart() -> None:
    replaced = replace(FIRST, restart=REPLACEMENT)

    verdict = restarts.rule(situation(of(replaced, SECOND)))

    assert verdict == Act(steps=(StopNodes(node_ids=(FIRST.id,)),), why="node 0001 must start anew")


def test_one_that_leaves_ends_in_its_own_time() -> None:
    assert restarts.rule(situation(of(replace(REBOOTED, is_leaving=True), SECOND))) == SATISFIED


def test_nobody_is_stopped_who_could_not_be_started_again() -> None:
    cluster = of(REBOOTED, SECOND)
    installing = situation(cluster, engine_supply=Installing(progress="1 of 2 MB"), **MISSING)
    installable = situation(cluster, engine_supply=Installable(), **MISSING)
    gone = situation(cluster, engine_supply=NOT_TO_BE_HAD, **MISSING)
    order = InstallEngine(engine=cluster.software.engine, version=cluster.software.version)

    assert restarts.rule(installing) == Wait(reason="waits for memcached 1.6.22 to be installed: 1 of 2 MB")
    assert restarts.rule(installable) == Act(
        steps=(order,), why="memcached 1.6.22 is not on this machine and is to be installed"
    )
    assert restarts.rule(gone) == Wait(
        reason="node 0001 must start anew, and memcached 1.6.22 is not on this machine", is_told=True
    )
