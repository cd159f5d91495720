"""TestFailover: a failover that the customer asks for, to watch what an application makes of it.

What is written is one order: the process of the node that is primary shall end, and be followed by a new one.
The reconciler hands the role to the best replica first, without losing a write. Nothing that a customer has
configured changes, so the generation stays and the group reads `available`, as on AWS.

Which refusal has which fault follows from what the published model says of each:

    InvalidReplicationGroupState     "not in the available state": the group is not
    InvalidCacheClusterState         the same of a cluster: the node of an earlier test failover is not back
    TestFailoverNotAvailableFault    "the action is not available": a failover is off, or would have no heir
    APICallRateForCustomerExceeded   the day's quota is used up

The last is asked last: a refused call does not count.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from elastane.model import events, faults
from elastane.model.events import SourceType
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Node, NodeGroup
from elastane.model.statuses import ReplicationGroupStatus, is_rebuilding
from elastane.service.context import Context, Result
from elastane.service.elasticache import stored_groups
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.named_node_groups import find_node_group
from elastane.service.elasticache.replication_group_answers import answer_replication_group
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.elasticache.told_events import tell
from elastane.service.parameters import Parameters
from elastane.store import Transaction, failovers

QUOTA_WINDOW = timedelta(hours=24)


async def test_failover(ctx: Context, parameters: Parameters) -> Result:
    now = ctx.now()

    def order(tx: Transaction) -> Result:
        found = stored_groups.get_replication_group(tx, ctx, parameters.required_text("ReplicationGroupId"))
        node_group = _get_node_group(found, parameters.required_text("NodeGroupId"))
        primary = _get_fit_primary(found, node_group)
        _count(tx, ctx, now)
        rebuilt = stored_groups.with_node(found.group, replace(primary, rebuild_requested_at=now))
        saved = stored_groups.save_order(tx, found, rebuilt)
        tell(tx, ctx, SourceType.REPLICATION_GROUP, found.group.id, events.test_failover_called(node_group.id))
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, order)


def _get_node_group(found: StoredGroup, name: str) -> NodeGroup:
    node_group = find_node_group(found.group, name)
    if node_group is None:
        raise faults.NodeGroupNotFound(f"Node group {name} not found in replication group {found.group.id}.")
    return node_group


def _get_fit_primary(found: StoredGroup, node_group: NodeGroup) -> Node:
    """The node that was last seen as primary, whoever was meant to be it."""
    group = found.group
    if found.status is not ReplicationGroupStatus.AVAILABLE:
        raise faults.InvalidReplicationGroupState("Replication group must be in available state to test its failover.")
    if not group.availability.automatic_failover:
        raise faults.TestFailoverNotAvailable(
            f"Replication group {group.id} has automatic failover disabled: there is nothing to test."
        )
    _refuse_while_another_is_tested(found)
    primary_id = found.observed.primaries.get(node_group.id)
    primary = next((node for node in node_group.nodes if node.id == primary_id and not node.is_leaving), None)
    if primary is None:
        raise faults.TestFailoverNotAvailable(
            f"Node group {node_group.id} of replication group {group.id} has no primary that is known for certain."
        )
    if not _has_heir(found, node_group, primary):
        raise faults.TestFailoverNotAvailable(
            f"Node group {node_group.id} of replication group {group.id} has no replica in sync that could take over."
        )
    return primary


def _refuse_while_another_is_tested(found: StoredGroup) -> None:
    """One at a time in a group, of all its shards: the node that an earlier one has ended must be back, and in sync."""
    for node in found.group.staying_nodes:
        seen = found.observed.find_node(node.id)
        is_back = seen is not None and seen.health is NodeHealth.READY and not is_rebuilding(node, seen)
        if node.rebuild_requested_at is not None and not is_back:
            raise faults.InvalidCacheClusterState(
                f"Cache cluster {node.id} is still being replaced after an earlier test failover of replication group "
                f"{found.group.id}. Wait until it is available."
            )


def _has_heir(found: StoredGroup, node_group: NodeGroup, primary: Node) -> bool:
    others = (node for node in node_group.nodes if node is not primary and not node.is_leaving)
    return any(
        seen.role is Role.REPLICA and seen.health is NodeHealth.READY
        for node in others
        if (seen := found.observed.find_node(node.id)) is not None
    )


def _count(tx: Transaction, ctx: Context, now: datetime) -> None:
    """Raises APICallRateForCustomerExceeded, with the moment of the next possible call."""
    window_start = now - QUOTA_WINDOW
    quota = ctx.limits.test_failovers_per_day
    counted = failovers.list_test_failovers(tx, ctx.account_id, after=window_start, until=now)
    if len(counted) >= quota:
        next_at = counted[-quota] + QUOTA_WINDOW + timedelta(seconds=1)  # told in whole seconds, so never too early
        raise faults.APICallRateForCustomerExceeded(
            f"The failover of {quota} node groups has been tested in the last 24 hours, which is the quota. "
            f"The next call is possible at {next_at:%Y-%m-%dT%H:%M:%SZ}."
        )
    failovers.append_test_failover(tx, ctx.account_id, now, forget_until=window_start)
