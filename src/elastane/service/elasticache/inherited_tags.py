"""Tags that go from a replication group to its members, and up from the cluster a group is made around.

Called where groups and members are made, in their transaction. What a caller may ask for is in `tags`.
"""

from collections.abc import Mapping

from elastane.model import faults
from elastane.model.ids import Arn, NodeId
from elastane.model.replication_groups import ReplicationGroup
from elastane.service.context import Context
from elastane.service.elasticache.tags import arn_of_cache_cluster, arn_of_replication_group
from elastane.store import Transaction, tags


def save_group_tags(tx: Transaction, ctx: Context, group: ReplicationGroup, own_tags: Mapping[str, str]) -> None:
    """A new group's tags, which are those of all its members too; a cluster it is made around brings its own along."""
    brought = {
        key: value
        for node in group.nodes
        for key, value in tags.get_tags(tx, arn_of_cache_cluster(ctx, node.id)).items()
    }
    _save(tx, ctx, arn_of_replication_group(ctx, group.id), brought | dict(own_tags))
    for node in group.nodes:
        save_member_tags(tx, ctx, group, node.id)


def save_member_tags(
    tx: Transaction, ctx: Context, group: ReplicationGroup, node_id: NodeId, own_tags: Mapping[str, str] | None = None
) -> None:
    """A new member's: its own, and its group's, which win."""
    arn = arn_of_cache_cluster(ctx, node_id)
    inherited = tags.get_tags(tx, arn_of_replication_group(ctx, group.id))
    _save(tx, ctx, arn, tags.get_tags(tx, arn) | dict(own_tags or {}) | inherited)


def _save(tx: Transaction, ctx: Context, arn: Arn, resulting: Mapping[str, str]) -> None:
    """Two sets that were each small enough may be too many together."""
    if len(resulting) > ctx.limits.tags_per_resource:
        raise faults.TagQuotaPerResourceExceeded(
            f"A resource may have no more than {ctx.limits.tags_per_resource} tags."
        )
    tags.save_tags(tx, arn, resulting)
