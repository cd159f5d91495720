"""A replica that copies again and again in vain: when it is let go, and when it is tried again."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import NodeHealth
from elastane.reconcile.plan import plan, sync_loops
from elastane.reconcile.plan.sync_loops import WINDOW_SECONDS
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import Detach, FenceNodes
from tests.kit import groups
from tests.kit.situations import NOW, cluster_situation, dead, newborn, primary, replica, situation
from tests.unit.reconcile.plan.cluster_cases import kinds_of

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes
DETACHED = Act(
    steps=(Detach(node_id=SECOND.id),),
    why="orders-002 began a full sync with orders-001 3 times and never ended one: more is written meanwhile than may "
    "be kept for it; it is tried again in ten minutes. A larger node type helps",
    is_told=True,
)


def tried(*seconds_ago: float, **changes: object) -> SeenNode:
    """A replica whose last full syncs began so long ago and came to nothing."""
    began = tuple(NOW - timedelta(seconds=seconds) for seconds in seconds_ago)
    before = groups.observed_node(SECOND, full_sync_started_at=began)
    return replica(SECOND, FIRST, before=before, **({"is_link_up": False} | changes))


def judged(seen: SeenNode) -> object:
    return sync_loops.rule(situation(GROUP, primary(FIRST), seen, replica(THIRD, FIRST)))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(tried(), SATISFIED, id="none yet"),
        pytest.param(tried(60, 30), SATISFIED, id="two in vain"),
        pytest.param(tried(90, 60, 30), DETACHED, id="three in vain"),
        pytest.param(tried(90, 60, 1, is_syncing=True), SATISFIED, id="the third is under way and may end"),
        pytest.param(tried(90, 60, 30, is_link_up=True), SATISFIED, id="it is in sync after all"),
        pytest.param(tried(WINDOW_SECONDS + 2, WINDOW_SECONDS + 1, WINDOW_SECONDS), SATISFIED, id="long ago"),
        pytest.param(tried(WINDOW_SECONDS + 50, WINDOW_SECONDS, 30), SATISFIED, id="three, spread over a longer time"),
        pytest.param(tried(-90, -120, -150), SATISFIED, id="a clock that was put back keeps nobody away"),
        pytest.param(newborn(SECOND, before=tried(90, 60, 30).before), SATISFIED, id="it was let go already"),
    ],
)
def test_it_is_let_go_after_three_copies_in_a_row_that_came_to_nothing(seen: SeenNode, expected: object) -> None:
    assert judged(seen) == expected


def test_it_is_away_for_ten_minutes_after_the_last_try_and_may_then_try_as_often_again() -> None:
    seen = tried(90, 60, 30)
    at = situation(GROUP, primary(FIRST), seen, replica(THIRD, FIRST))
    assert seen.before is not None
    (*_, last) = seen.before.full_sync_started_at
    due = last + timedelta(seconds=WINDOW_SECONDS)
    again = replace(seen.before, full_sync_started_at=(*seen.before.full_sync_started_at[1:], due))

    early = sync_loops.is_looping(seen, replace(at, now=due - timedelta(seconds=1)))
    on_time = sync_loops.is_looping(seen, replace(at, now=due))
    trying = sync_loops.is_looping(replace(seen, before=again), replace(at, now=due + timedelta(seconds=1)))

    assert (early, on_time, trying) == (True, False, False)


def test_without_a_primary_nobody_is_let_go() -> None:
    assert sync_loops.rule(situation(GROUP, dead(FIRST), tried(90, 60, 30), dead(THIRD))) == SATISFIED


def test_a_node_nobody_remembers_has_tried_nothing() -> None:
    seen = replica(SECOND, FIRST, is_link_up=False)

    assert not sync_loops.is_looping(seen, situation(GROUP, primary(FIRST), seen, dead(THIRD)))


# --- in cluster mode -----------------------------------------------------------------------------


def test_a_cluster_knows_no_replica_without_a_primary_so_it_is_killed_and_left_alone() -> None:
    group = groups.cluster(shards=2)
    first, second = group.node_groups[0].nodes
    began = tuple(NOW - timedelta(seconds=seconds) for seconds in (300, 200, 100))
    last = groups.observed_node(second, full_sync_started_at=began)
    at = cluster_situation(group, replica(second, first, is_link_up=False, before=last))

    verdict = sync_loops.rule(at.narrowed()[0])
    killed = plan(cluster_situation(group, dead(second, before=last)))
    later = plan(cluster_situation(group, dead(second, before=last), now=NOW + timedelta(seconds=501)))

    assert isinstance(verdict, Act) and verdict.steps == (FenceNodes(node_ids=(second.id,)),)
    assert "StartNodes" not in kinds_of(killed.verdict)
    assert kinds_of(later.verdict) == {"StartNodes"}


def test_who_is_let_go_of_is_remembered_while_it_is_dead_or_it_would_begin_anew_at_once() -> None:
    group = groups.cluster(shards=2)
    second = group.node_groups[0].nodes[1]
    began = tuple(NOW - timedelta(seconds=seconds) for seconds in (300, 200, 100))
    last = groups.observed_node(second, health=NodeHealth.SYNCING, full_sync_started_at=began)
    at = cluster_situation(group, dead(second, before=last))

    node = record_pass(at, plan(at)).find_node(second.id)

    assert node is not None and node.full_sync_started_at == began
