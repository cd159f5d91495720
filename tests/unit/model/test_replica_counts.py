"""Which ids new nodes take, and which nodes leave."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from elastane.model.ids import NodeGroupId, NodeId, ReplicationGroupId
from elastane.model.replica_counts import (
    dispensable_replicas,
    free_node_ids,
    free_shard_node_ids,
    staying_nodes,
    with_leaving_nodes,
    with_new_nodes,
)
from elastane.model.replication_groups import Node, NodeGroup
from tests.kit.groups import CREATED_AT, group, node

ORDERS = ReplicationGroupId("orders")
SECOND = NodeGroupId("0002")


def names(*texts: str) -> tuple[NodeId, ...]:
    return tuple(NodeId(text) for text in texts)


def test_new_nodes_take_the_lowest_free_numbers() -> None:
    taken = names("orders-001", "orders-003")

    free = free_node_ids(ORDERS, 3, is_taken=lambda candidate: candidate in taken)

    assert free == names("orders-002", "orders-004", "orders-005")


def test_in_cluster_mode_each_shard_counts_by_itself() -> None:
    taken = names("orders-0002-001", "orders-002")

    free = free_shard_node_ids(ORDERS, SECOND, 2, is_taken=lambda candidate: candidate in taken)

    assert free == names("orders-0002-002", "orders-0002-003")


def test_of_nodes_made_together_the_newest_numbered_leave_first() -> None:
    nodes = tuple(node(name) for name in ("orders-001", "orders-002", "orders-010", "orders-009"))

    leaving = dispensable_replicas(ORDERS, nodes, 2, keep=frozenset(names("orders-001")))

    assert leaving == names("orders-010", "orders-009")


def test_a_primary_never_leaves_however_new_it_is() -> None:
    nodes = tuple(node(name) for name in ("orders-001", "orders-002", "orders-003"))

    leaving = dispensable_replicas(ORDERS, nodes, 2, keep=frozenset(names("orders-003")))

    assert leaving == names("orders-002", "orders-001")


def test_a_node_that_leaves_already_is_not_chosen_again() -> None:
    nodes = (node("orders-001"), node("orders-002"), node("orders-003", is_leaving=True))

    assert dispensable_replicas(ORDERS, nodes, 1, keep=frozenset(names("orders-001"))) == names("orders-002")


def test_a_node_that_was_a_cluster_before_its_group_is_the_oldest() -> None:
    nodes = (node("sessions"), node("orders-001"), node("orders-002"))

    leaving = dispensable_replicas(ORDERS, nodes, 2, keep=frozenset())

    assert leaving == names("orders-002", "orders-001")


def test_a_node_made_later_is_newer_whatever_its_number() -> None:
    filled_gap = replace(node("orders-0001-002"), created_at=CREATED_AT + timedelta(hours=1))
    nodes = (node("orders-001"), filled_gap, node("orders-0001-003"), node("orders-0001-010"))

    leaving = dispensable_replicas(ORDERS, nodes, 3, keep=frozenset())

    assert leaving == names("orders-0001-002", "orders-0001-010", "orders-0001-003")


def test_the_zone_with_most_nodes_gives_first_so_that_others_keep_one() -> None:
    nodes = (node("orders-001"), node("orders-002"), node("orders-003", zone="us-east-1b"))

    leaving = dispensable_replicas(ORDERS, nodes, 1, keep=frozenset(names("orders-001")))

    assert leaving == names("orders-002")


def test_no_more_leave_than_there_are() -> None:
    nodes = (node("orders-001"), node("orders-002"))

    leaving = dispensable_replicas(ORDERS, nodes, 5, keep=frozenset(names("orders-001")))

    assert leaving == names("orders-002")


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=6), st.data())
def test_those_that_stay_are_in_as_many_zones_as_they_can_be(zones: list[str], data: st.DataObject) -> None:
    nodes = [node(f"orders-{number:03d}", zone=zone) for number, zone in enumerate(zones, 1)]
    primary = data.draw(st.sampled_from(nodes))
    leaving_count = data.draw(st.integers(0, len(nodes) - 1))

    leaving = dispensable_replicas(ORDERS, nodes, leaving_count, keep=frozenset({primary.id}))

    staying = [member for member in nodes if member.id not in leaving]
    assert primary in staying
    assert len(staying) == len(nodes) - leaving_count
    assert len({member.zone for member in staying}) == min(len(staying), len(set(zones)))


# --- the group that results ------------------------------------------------------------------------


def sharded(*shards: tuple[Node, ...]) -> tuple[NodeGroup, ...]:
    return tuple(
        NodeGroup(id=NodeGroupId(f"{number:04d}"), nodes=nodes, target_primary=nodes[0].id, epoch=0)
        for number, nodes in enumerate(shards, 1)
    )


def test_new_nodes_are_added_behind_those_present_each_to_its_own_shard() -> None:
    desired = group("orders", node_groups=sharded((node("orders-0001-001"),), (node("orders-0002-001"),)))

    grown = with_new_nodes(desired, {SECOND: (node("orders-0002-002"),)})

    assert [[member.id for member in part.nodes] for part in grown.node_groups] == [
        ["orders-0001-001"],
        ["orders-0002-001", "orders-0002-002"],
    ]


def test_leaving_nodes_stay_in_the_document_marked() -> None:
    first, second = (node("orders-0001-001"), node("orders-0001-002")), (node("orders-0002-001"),)
    desired = group("orders", node_groups=sharded(first, second))

    shrunk = with_leaving_nodes(desired, frozenset(names("orders-0001-002")))

    assert [member.is_leaving for member in shrunk.nodes] == [False, True, False]
    assert [member.id for member in staying_nodes(shrunk.node_groups[0])] == ["orders-0001-001"]
