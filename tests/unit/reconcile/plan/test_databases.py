"""No replica has fewer databases than its primary."""

from typing import Any

import pytest

from elastane.reconcile.plan import databases
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import StopNodes
from tests.kit import groups
from tests.kit.situations import coming_up, primary, replica, situation

FIRST, SECOND, THIRD = (groups.node(f"orders-00{number}") for number in (1, 2, 3))
GROUP = groups.group("orders", FIRST, SECOND, THIRD)


def having(count: int) -> dict[str, Any]:
    return {"parameters": {"databases": str(count)}}


def looked_at(*nodes: SeenNode) -> Verdict:
    return databases.rule(situation(GROUP, *nodes))


def test_a_replica_with_fewer_is_restarted_alone() -> None:
    verdict = looked_at(
        primary(FIRST, **having(32)), replica(SECOND, FIRST, **having(16)), replica(THIRD, FIRST, **having(16))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (StopNodes(node_ids=(SECOND.id,)),)
    assert "orders-002 has fewer databases" in verdict.why


@pytest.mark.parametrize("count", [16, 32])
def test_a_replica_with_as_many_or_more_is_left_alone(count: int) -> None:
    assert (
        looked_at(
            primary(FIRST, **having(16)), replica(SECOND, FIRST, **having(count)), replica(THIRD, FIRST, **having(16))
        )
        is SATISFIED
    )


def test_while_another_node_is_not_in_sync_nobody_is_restarted() -> None:
    assert looked_at(primary(FIRST, **having(32)), replica(SECOND, FIRST, **having(16)), coming_up(THIRD)) is SATISFIED


def test_without_a_primary_that_answers_nobody_is_restarted() -> None:
    nobody = groups.node("nobody")

    assert looked_at(*(replica(node, nobody, **having(16)) for node in (FIRST, SECOND, THIRD))) is SATISFIED
