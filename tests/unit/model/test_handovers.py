"""A node moves between a cache cluster and a replication group."""

from elastane.model.handovers import carry_observation, retain_primary
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.replication_groups import Form
from tests.kit.groups import CREATED_AT, group, node, observed, observed_node

PRIMARY = NodeId("orders-002")


def test_a_retained_primary_keeps_all_that_its_engine_depends_on() -> None:
    desired = group("orders", node("orders-001"), node("orders-002", zone="us-east-1b"))

    retained = retain_primary(desired, PRIMARY, rest_credential_id="copy", now=CREATED_AT)

    cluster = retained.cluster
    assert str(cluster.id) == PRIMARY
    assert cluster.form is Form.CACHE_CLUSTER
    assert cluster.nodes == (desired.nodes[1],)
    assert cluster.credential_id == desired.credential_id
    assert cluster.software == desired.software
    assert cluster.node_groups[0].epoch == desired.node_groups[0].epoch
    assert cluster.node_groups[0].target_primary == PRIMARY
    assert cluster.network.primary_endpoint_address is None
    assert not cluster.availability.automatic_failover
    assert cluster.deletion is None


def test_the_rest_of_the_group_is_deleted_with_a_secret_of_its_own() -> None:
    desired = group("orders", node("orders-001"), node("orders-002"))

    retained = retain_primary(desired, PRIMARY, rest_credential_id="copy", now=CREATED_AT)

    rest = retained.remainder
    assert rest.key == desired.key
    assert [member.id for member in rest.nodes] == ["orders-001"]
    assert rest.node_groups[0].target_primary == "orders-001"
    assert rest.deletion is not None
    assert rest.credential_id == "copy"
    assert rest.generation == desired.generation + 1


def test_a_group_that_had_only_its_primary_is_left_without_node_groups() -> None:
    desired = group("orders", node("orders-002"))

    retained = retain_primary(desired, PRIMARY, rest_credential_id="copy", now=CREATED_AT)

    assert retained.remainder.node_groups == ()


def test_what_is_known_of_a_node_goes_with_it_and_nothing_else_does() -> None:
    desired = group("orders", node("orders-001"), node("orders-002"))
    seen = observed_node(desired.nodes[1], has_held_data=True)
    before = observed(desired, nodes=(observed_node(desired.nodes[0]), seen), primaries={NodeGroupId("0001"): PRIMARY})

    carried = carry_observation(before, PRIMARY, available_since=None)

    assert carried.nodes == (seen,)
    assert carried.primaries == {"0001": PRIMARY}
    assert carried.available_since is None
    assert carried.converged_generation == 0


def test_another_nodes_role_does_not_go_along() -> None:
    desired = group("orders", node("orders-001"), node("orders-002"))
    before = observed(desired, primaries={NodeGroupId("0001"): NodeId("orders-001")})

    carried = carry_observation(before, PRIMARY, available_since=CREATED_AT)

    assert carried.primaries == {}
    assert carried.available_since == CREATED_AT
