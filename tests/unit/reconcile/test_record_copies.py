"""What is remembered of a replica's copies of its primary's data, and for how long."""

from msgspec.structs import replace

from elastane.model.observations import Role, Running
from elastane.model.observed_replication_groups import NodeHealth, ObservedNode
from elastane.reconcile.plan.verdicts import Wait
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import NOW, dead, decided, hung, newborn, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
WAITING = Wait(reason="orders-002 is starting")
NEXT_LIFE = Running(pid=4343, started_at=NOW)


def following(before: ObservedNode | None, seen: SeenNode, other: SeenNode) -> ObservedNode:
    """The next record of a node, from its last one and what is seen now."""
    record = record_pass(situation(GROUP, replace(seen, before=before), other), decided("nodes", WAITING))
    node = record.find_node(seen.id)
    assert node is not None
    return node


def test_full_syncs_that_begin_are_counted_until_one_ends() -> None:
    def copying(is_syncing: bool, *, link_up: bool = False) -> SeenNode:
        return replica(SECOND, FIRST, is_link_up=link_up, is_syncing=is_syncing)

    node: ObservedNode | None = groups.observed_node(SECOND, health=NodeHealth.SYNCING)
    counts = []
    for is_syncing in (False, True, True, False, True, False, False, True, False, True):
        node = following(node, copying(is_syncing), primary(FIRST))
        counts.append(len(node.full_sync_started_at))
    in_sync = following(node, copying(False, link_up=True), primary(FIRST))

    assert counts == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3], "of more than three the last ones are kept"
    assert in_sync.full_sync_started_at == ()


def test_a_new_life_has_tried_nothing() -> None:
    before = groups.observed_node(SECOND, health=NodeHealth.SYNCING, full_sync_started_at=(NOW, NOW))
    seen = replace(newborn(SECOND), process=NEXT_LIFE)

    assert following(before, seen, primary(FIRST)).full_sync_started_at == ()


def test_what_a_replica_was_at_stays_while_it_is_silent_and_ends_with_its_process() -> None:
    """A replica that reads a copy is often silent: each time it is heard again it would have begun a new one."""
    node = GROUP.nodes[1]

    def recorded(seen: SeenNode) -> tuple[bool, bool, int]:
        record = record_pass(situation(GROUP, primary(FIRST), seen), decided("readiness", WAITING)).find_node(node.id)
        assert record is not None
        return record.is_copying, record.is_joining, len(record.full_sync_started_at)

    before = groups.observed_node(
        node, health=NodeHealth.SYNCING, is_copying=True, is_joining=True, full_sync_started_at=(NOW,)
    )
    copying = replica(node, FIRST, is_link_up=False, is_syncing=True, before=before)

    assert recorded(hung(node, before=before)) == (True, True, 1)
    assert recorded(copying) == (True, True, 1)
    assert recorded(replica(node, FIRST, before=before)) == (False, False, 0)
    assert recorded(dead(node, before=before)) == (False, False, 0)


def test_whom_a_replica_follows_and_how_far_its_sync_is_stays_while_it_is_silent_and_ends_with_its_process() -> None:
    def recorded(seen: SeenNode) -> tuple[str | None, int | None]:
        node = following(before, seen, primary(FIRST))
        return node.primary_address, node.sync_progress_percent

    before = groups.observed_node(SECOND, primary_address=FIRST.address, sync_progress_percent=40)
    copying = replica(SECOND, FIRST, is_link_up=False, is_syncing=True, sync_progress_ratio=0.834)

    assert recorded(copying) == (FIRST.address, 83)
    assert recorded(replica(SECOND, FIRST)) == (FIRST.address, None)
    assert recorded(hung(SECOND)) == (FIRST.address, 40)
    assert recorded(dead(SECOND)) == (None, None)


def test_who_follows_nowhere_follows_nobody() -> None:
    node = following(None, newborn(SECOND), primary(FIRST))

    assert (node.role, node.primary_address) == (Role.REPLICA, None)
