from elastane.model.replication_groups import NodeHealth
from elastane.reconcile.situation import with_primaries_views
from tests.kit import groups
from tests.kit.situations import hanging, newborn, primary, replica

FIRST, SECOND, THIRD = groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003")


def test_a_replica_is_ready_only_when_its_primary_lists_it_as_online() -> None:
    nodes = (primary(FIRST, online_replicas=(THIRD.address,)), replica(SECOND, FIRST), replica(THIRD, FIRST))

    seen = with_primaries_views(nodes)

    assert [one.health for one in seen] == [NodeHealth.READY, NodeHealth.SYNCING, NodeHealth.READY]


def test_a_replica_whose_primary_could_not_be_asked_is_believed() -> None:
    seen = with_primaries_views((hanging(FIRST), replica(SECOND, FIRST)))

    assert seen[1].health is NodeHealth.READY


def test_a_replica_of_a_replica_is_believed() -> None:
    nodes = (primary(FIRST, online_replicas=(SECOND.address,)), replica(SECOND, FIRST), replica(THIRD, SECOND))

    seen = with_primaries_views(nodes)

    assert seen[2].health is NodeHealth.READY


def test_a_replica_without_a_link_is_not_ready_whatever_its_primary_says() -> None:
    nodes = (primary(FIRST, online_replicas=(SECOND.address,)), replica(SECOND, FIRST, is_link_up=False))

    seen = with_primaries_views((*nodes, newborn(THIRD)))

    assert [one.health for one in seen] == [NodeHealth.READY, NodeHealth.SYNCING, NodeHealth.SYNCING]
