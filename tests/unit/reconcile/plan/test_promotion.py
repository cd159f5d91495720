from msgspec.structs import replace

from elastane.model.replication_groups import Node
from elastane.reconcile.plan import promotion
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import newborn, replica

FIRST, SECOND = groups.node("orders-001"), groups.node("orders-002")
HELD_DATA = groups.observed_node(SECOND, has_held_data=True)


def orphan(node: Node, *, offset_bytes: int, key_count: int) -> SeenNode:
    return replica(node, FIRST, is_link_up=False, offset_bytes=offset_bytes, key_count=key_count)


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
