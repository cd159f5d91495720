"""A group of three in the hour of its primary's loss, for the tests of `failover`: nodes by what is known of them."""

from datetime import timedelta

from msgspec.structs import replace

from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import Network, Node, ReplicationGroup
from elastane.reconcile.plan.failover import TABLE, Row, best_heir, make_rule
from elastane.reconcile.plan.verdicts import Wait
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import BindAddresses, Follow, Promote, RecordPrimary, Step
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    coming_up,
    orphan,
    replica,
    silence,
    situation,
    with_part,
    worked,
)

PRIMARY_ENDPOINT = "127.88.48.10"
GROUP = groups.group(
    "orders",
    groups.node("orders-001"),
    groups.node("orders-002"),
    groups.node("orders-003"),
    network=Network(subnet_group_name="default", primary_endpoint_address=PRIMARY_ENDPOINT),
)
FIRST, SECOND, THIRD = GROUP.nodes
WORKED = worked(GROUP)
(PART,) = GROUP.node_groups

IN_SYNC = groups.observed_node(SECOND, has_synced=True, is_up_to_date=True)
HEIR = orphan(SECOND, FIRST, before=IN_SYNC)
HEARING = replica(SECOND, FIRST, before=IN_SYNC, link_silent_seconds=0)
NOT_HEARING = replica(SECOND, FIRST, before=IN_SYNC, link_silent_seconds=9)
STALE = orphan(SECOND, FIRST, before=replace(IN_SYNC, is_up_to_date=False))
LOADED = orphan(SECOND, FIRST, before=groups.observed_node(SECOND))
"""What it has, it found in its directory: it has not been in sync since its process began."""
OTHER = orphan(THIRD, FIRST)

STARTS_NOT = replace(coming_up(THIRD), silence=silence(seconds=10, looks=40, still=40))
"""Its process stands still since it began, and for as long as a start may take."""

REBOOTING = replace(FIRST, reboot_requested_at=NOW)
SECOND_REBOOTING = replace(SECOND, reboot_requested_at=NOW)
REBOOTING_REPLICA = groups.group("orders", FIRST, SECOND_REBOOTING, THIRD)
DATED = with_part(GROUP, failed_over_at=NOW - timedelta(seconds=20), failover_count=2)
UNAUTOMATIC = replace(GROUP, availability=replace(GROUP.availability, automatic_failover=False))


def seen(*nodes: SeenNode, group: ReplicationGroup = GROUP, before: ObservedReplicationGroup = WORKED) -> Situation:
    return situation(group, *nodes, before=before)


def speaking(at: Situation) -> str:
    """The name of the row that speaks: every row's verdict is replaced by its own name."""

    def named(row: Row) -> Row:
        return replace(row, verdict=lambda case, choose: Wait(reason=row.name))

    verdict = make_rule(tuple(map(named, TABLE)), best_heir)(at)
    assert isinstance(verdict, Wait)
    return verdict.reason


def promotion_to(node: Node, *followers: Node) -> tuple[Step, ...]:
    return (
        RecordPrimary(node_group_id=PART.id, node_id=node.id, epoch=2, failed_over_at=NOW),
        Promote(node_id=node.id),
        BindAddresses(node_id=node.id, addresses=(node.address, PRIMARY_ENDPOINT)),
        *(Follow(node_id=follower.id, primary_id=node.id) for follower in followers),
    )
