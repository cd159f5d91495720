from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.replication_groups import Node
from elastane.reconcile.plan import promotion
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import LINEAGE, NOW, OTHER_HISTORY, newborn, replica

FIRST, SECOND = groups.node("orders-001"), groups.node("orders-002")
HELD_DATA = groups.observed_node(SECOND, has_held_data=True)


def orphan(node: Node, *, offset_bytes: int, key_count: int, priority: int = 100, **changes: Any) -> SeenNode:
    return replica(
        node, FIRST, is_link_up=False, offset_bytes=offset_bytes, key_count=key_count, priority=priority, **changes
    )


def test_an_empty_node_never_wins_over_one_with_data_when_there_was_data() -> None:
    fresh, full = newborn(FIRST, offset_bytes=900), orphan(SECOND, offset_bytes=1, key_count=1)
    full = replace(full, before=HELD_DATA)

    assert promotion.best([fresh, full], target=FIRST.id) is full


def test_the_highest_offset_wins_then_the_most_keys() -> None:
    ahead, behind = orphan(SECOND, offset_bytes=9, key_count=1), orphan(FIRST, offset_bytes=8, key_count=5)
    more, fewer = orphan(SECOND, offset_bytes=9, key_count=5), orphan(FIRST, offset_bytes=9, key_count=4)

    assert promotion.best([behind, ahead], target=FIRST.id) is ahead
    assert promotion.best([fewer, more], target=FIRST.id) is more


def test_a_node_that_leaves_wins_by_its_data_and_loses_when_data_is_equal() -> None:
    leaving_ahead = orphan(replace(SECOND, is_leaving=True), offset_bytes=9, key_count=1)
    leaving_equal = orphan(replace(SECOND, is_leaving=True), offset_bytes=8, key_count=1)
    staying = orphan(FIRST, offset_bytes=8, key_count=1)

    assert promotion.best([staying, leaving_ahead], target=FIRST.id) is leaving_ahead
    assert promotion.best([leaving_equal, staying], target=SECOND.id) is staying


def test_of_equals_the_target_wins_and_then_the_first_by_name() -> None:
    first, second = newborn(FIRST), newborn(SECOND)

    assert promotion.best([first, second], target=SECOND.id) is second
    assert promotion.best([second, first], target=groups.node("orders-009").id) is first


ELSEWHERE = groups.node("orders-009", zone="us-east-1b")
LEAVES = replace(FIRST, is_leaving=True)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param(
            replace(orphan(SECOND, offset_bytes=1, key_count=1), before=HELD_DATA),
            orphan(FIRST, offset_bytes=9, key_count=0),
            id="data before the highest offset",
        ),
        pytest.param(
            replace(orphan(SECOND, offset_bytes=1, key_count=1, replication_id=OTHER_HISTORY), before=HELD_DATA),
            orphan(FIRST, offset_bytes=9, key_count=0),
            id="data before the newest branch of the history",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=1, key_count=1),
            orphan(FIRST, offset_bytes=9, key_count=9, replication_id=OTHER_HISTORY),
            id="the newest branch of the history before the highest offset",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=2, key_count=0),
            orphan(FIRST, offset_bytes=1, key_count=0),
            id="no data at all is no fault where nobody ever had any",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=9, key_count=1),
            orphan(FIRST, offset_bytes=8, key_count=9),
            id="the highest offset before the most keys",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=9, key_count=9, priority=100),
            orphan(FIRST, offset_bytes=9, key_count=8, priority=1),
            id="the most keys before the lowest priority",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=9, key_count=9, priority=1),
            orphan(FIRST, offset_bytes=9, key_count=9, priority=2),
            id="the lowest priority before the target",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=9, key_count=9, priority=100),
            orphan(FIRST, offset_bytes=9, key_count=9, priority=0),
            id="any priority before 0, which means never",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=9, key_count=9),
            orphan(LEAVES, offset_bytes=9, key_count=9),
            id="who stays before the target that leaves",
        ),
        pytest.param(
            orphan(LEAVES, offset_bytes=9, key_count=9, priority=1),
            orphan(SECOND, offset_bytes=9, key_count=9, priority=2),
            id="the lowest priority before who stays",
        ),
        pytest.param(
            orphan(FIRST, offset_bytes=9, key_count=9),
            orphan(ELSEWHERE, offset_bytes=9, key_count=9),
            id="the target before another zone than the lost one",
        ),
        pytest.param(
            orphan(ELSEWHERE, offset_bytes=9, key_count=9),
            orphan(SECOND, offset_bytes=9, key_count=9),
            id="another zone than the lost one before the first by name",
        ),
        pytest.param(
            orphan(SECOND, offset_bytes=9, key_count=9),
            orphan(replace(SECOND, id=groups.node("orders-003").id), offset_bytes=9, key_count=9),
            id="the first by name at last",
        ),
    ],
)
def test_each_line_of_the_order_goes_before_the_next(better: SeenNode, worse: SeenNode) -> None:
    for candidates in ([better, worse], [worse, better]):
        assert promotion.best(candidates, target=FIRST.id, lineage=LINEAGE, lost_zone=FIRST.zone) is better


def test_without_a_lost_zone_no_zone_is_better_than_another() -> None:
    assert promotion.best([newborn(ELSEWHERE), newborn(SECOND)], target=FIRST.id).id == SECOND.id


def test_the_order_to_be_primary_has_the_next_epoch_and_a_moment_only_when_nobody_asked_for_it() -> None:
    (part,) = groups.group("orders", FIRST, SECOND).node_groups
    part = replace(part, epoch=7)

    asked_for = promotion.record(part, newborn(SECOND))
    automatic = promotion.record(part, newborn(SECOND), failed_over_at=NOW)

    assert (asked_for.node_id, asked_for.epoch, asked_for.failed_over_at) == (SECOND.id, 8, None)
    assert automatic == replace(asked_for, failed_over_at=NOW)
