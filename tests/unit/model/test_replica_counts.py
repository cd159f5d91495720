"""Which ids new nodes take, and which nodes leave."""

from elastane.model.ids import NodeId, ReplicationGroupId
from elastane.model.replica_counts import free_node_ids, newest_replicas, with_leaving_nodes, with_new_nodes
from tests.kit.groups import group, node

ORDERS = ReplicationGroupId("orders")


def names(*texts: str) -> tuple[NodeId, ...]:
    return tuple(NodeId(text) for text in texts)


def test_new_nodes_take_the_lowest_free_numbers() -> None:
    taken = names("orders-001", "orders-003")

    free = free_node_ids(ORDERS, 3, is_taken=lambda candidate: candidate in taken)

    assert free == names("orders-002", "orders-004", "orders-005")


def test_the_newest_numbered_replicas_leave_first() -> None:
    nodes = tuple(node(name) for name in ("orders-001", "orders-002", "orders-010", "orders-009"))

    leaving = newest_replicas(ORDERS, nodes, 2, keep=frozenset(names("orders-001")))

    assert leaving == names("orders-010", "orders-009")


def test_a_primary_never_leaves_however_new_it_is() -> None:
    nodes = tuple(node(name) for name in ("orders-001", "orders-002", "orders-003"))

    leaving = newest_replicas(ORDERS, nodes, 2, keep=frozenset(names("orders-003")))

    assert leaving == names("orders-002", "orders-001")


def test_a_node_that_leaves_already_is_not_chosen_again() -> None:
    nodes = (node("orders-001"), node("orders-002"), node("orders-003", is_leaving=True))

    assert newest_replicas(ORDERS, nodes, 1, keep=frozenset(names("orders-001"))) == names("orders-002")


def test_a_node_that_was_a_cluster_before_its_group_is_the_oldest() -> None:
    nodes = (node("sessions"), node("orders-001"), node("orders-002"))

    leaving = newest_replicas(ORDERS, nodes, 2, keep=frozenset())

    assert leaving == names("orders-002", "orders-001")


def test_new_nodes_are_added_behind_those_present() -> None:
    desired = group("orders", node("orders-001"))

    grown = with_new_nodes(desired, (node("orders-002"),))

    assert [member.id for member in grown.nodes] == ["orders-001", "orders-002"]


def test_leaving_nodes_stay_in_the_document_marked() -> None:
    desired = group("orders", node("orders-001"), node("orders-002"))

    shrunk = with_leaving_nodes(desired, frozenset(names("orders-002")))

    assert [(member.id, member.is_leaving) for member in shrunk.nodes] == [("orders-001", False), ("orders-002", True)]
    assert [member.id for member in shrunk.staying_nodes] == ["orders-001"]
