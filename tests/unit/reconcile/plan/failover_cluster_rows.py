"""Situations for the rows of the failover table that only speak in cluster mode."""

from elastane.reconcile.plan.verdicts import Act, Verdict, Wait
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import CancelMoves, RecordPrimary
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    hung,
    just_silent,
    knowing,
    move,
    primary,
    replica,
    viewing,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import A1, A2, B1, DEAD_PRIMARY, GROUP, HEIR, MOVED, ONE, SOME, TWO


def first_shard(at: Situation) -> Situation:
    """As the rules see it: the first shard by itself."""
    return at.narrowed()[0]


LOST = cluster_situation(GROUP, DEAD_PRIMARY, HEIR)
AMID_A_MOVE = viewing(LOST, B1, moves=(move(GROUP, A1, B1, SOME, is_export=False),))
UNHEARD_OF = knowing(cluster_situation(GROUP, DEAD_PRIMARY, HEIR, owned=MOVED), A2, A1, slots=ONE.slots)

MOVING = with_shard(with_shard(GROUP, ONE.id, slots=MOVED[ONE.id]), TWO.id, slots=MOVED[TWO.id])
"""Some of the first shard's slots are meant for the second."""
TAKER_UNHEARD = cluster_situation(
    MOVING, DEAD_PRIMARY, HEIR, just_silent(B1), before=worked_cluster(GROUP), owned={ONE.id: ONE.slots}
)

ELECTED = cluster_situation(
    GROUP, replica(A1, A2, before=groups.observed_node(A1)), primary(A2, before=groups.observed_node(A2))
)
"""The engines have done it by themselves, and nobody has written it down."""

HELD_BACK = viewing(
    cluster_situation(
        with_shard(GROUP, ONE.id, failed_over_at=NOW, failover_count=1),
        hung(A1, before=groups.observed_node(A1)),
        replica(A2, A1, before=groups.observed_node(A2, has_synced=True, is_up_to_date=True)),
    ),
    B1,
    moves=(move(GROUP, A1, B1, SOME, is_export=False),),
)
"""It hangs again soon after a failover, amid a move."""

CLUSTER_ROWS: list[tuple[str, Situation, Verdict]] = [
    (
        "elected",
        first_shard(ELECTED),
        Act(
            steps=(RecordPrimary(node_group_id=ONE.id, node_id=A2.id, epoch=2),),
            why="the engines have elected orders-0001-002 in the place of orders-0001-001",
        ),
    ),
    (
        "moves while it hangs",
        first_shard(HELD_BACK),
        Act(
            steps=(CancelMoves(node_id=B1.id),),
            why="the primary is lost amid a move of slots: that ends first, so that each slot has one owner",
        ),
    ),
    (
        "moves",
        first_shard(AMID_A_MOVE),
        Act(
            steps=(CancelMoves(node_id=B1.id),),
            why="the primary is lost amid a move of slots: that ends first, so that each slot has one owner",
        ),
    ),
    (
        "takers unheard",
        first_shard(TAKER_UNHEARD),
        Wait(
            reason="orders-0002-001 may have taken slots over just now and does not answer: "
            "heard before slots are claimed"
        ),
    ),
    (
        "unheard of",
        first_shard(UNHEARD_OF),
        Wait(reason="the replicas have not heard yet of slots that had moved"),
    ),
]
