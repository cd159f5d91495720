"""Groups and nodes by the names callers use, or the fault AWS answers for a name that is not there.

Ids are stored in lower case and matched whatever their case.
"""

import msgspec

from elastane.model import faults, ids
from elastane.model.acl_changes import is_acl_changing
from elastane.model.ids import NodeId, ReplicationGroupId
from elastane.model.logs import NOTHING_DELIVERED, ObservedDeliveries
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth, ObservedReplicationGroup
from elastane.model.replication_groups import Form, GroupKey, Node, NodeGroup, ReplicationGroup
from elastane.model.statuses import (
    CacheClusterStatus,
    ReplicationGroupStatus,
    cache_cluster_status,
    replication_group_status,
)
from elastane.service.context import Context
from elastane.service.elasticache.identifiers import checked_identifier
from elastane.service.elasticache.stored_memcached_clusters import StoredMemcachedCluster, get_memcached_cluster
from elastane.store import Transaction, acls, claims, log_deliveries, replication_groups
from elastane.store.documents import Stored

FIRST_GENERATION = 1
"""Above what a pass can have converged to before there was anything."""


class StoredGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it was read: the revision is what a save of it must name."""

    group: ReplicationGroup
    revision: int
    observed: ObservedReplicationGroup
    is_acl_changing: bool = False
    """Some engine has not the users that it shall have."""
    log_deliveries: ObservedDeliveries = NOTHING_DELIVERED

    @property
    def status(self) -> ReplicationGroupStatus:
        return replication_group_status(self.group, self.observed, is_acl_changing=self.is_acl_changing)


class StoredNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node, and the group it belongs to: AWS's cache cluster."""

    node: Node
    within: StoredGroup

    @property
    def id(self) -> NodeId:
        return self.node.id

    @property
    def group(self) -> ReplicationGroup:
        return self.within.group

    @property
    def status(self) -> CacheClusterStatus:
        return cache_cluster_status(
            self.group, self.node, self.within.observed, is_acl_changing=self.within.is_acl_changing
        )

    @property
    def is_member(self) -> bool:
        """Of a group that the customer made; a cache cluster on its own is nobody's member."""
        return self.group.form is Form.REPLICATION_GROUP


StoredCacheCluster = StoredNode | StoredMemcachedCluster
"""What AWS's API calls a cache cluster."""


def get_replication_group(tx: Transaction, ctx: Context, name: str) -> StoredGroup:
    key = GroupKey(ctx.region, Form.REPLICATION_GROUP, ReplicationGroupId(name.lower()))
    found = find_group(tx, key)
    if found is None:
        raise faults.ReplicationGroupNotFound(f"ReplicationGroup {key.id} not found.")
    return found


def get_cache_cluster(tx: Transaction, ctx: Context, name: str) -> StoredCacheCluster:
    """Raises CacheClusterNotFound."""
    node_id = NodeId(name.lower())
    key = claims.find_key_of_node(tx, ctx.region, node_id)
    if key is None:
        raise faults.CacheClusterNotFound(f"CacheCluster not found: {node_id}")
    if key.form is Form.MEMCACHED_CLUSTER:
        return get_memcached_cluster(tx, key)
    within = find_group(tx, key)
    assert within is not None, "a group and the table of its nodes are saved in one transaction"
    node = get_node(within.group, node_id)
    if node.is_temporary:  # no customer's; its id is none that one could have
        raise faults.CacheClusterNotFound(f"CacheCluster not found: {node_id}")
    return StoredNode(node=node, within=within)


def find_group(tx: Transaction, key: GroupKey) -> StoredGroup | None:
    stored = replication_groups.find_replication_group(tx, key)
    return None if stored is None else with_observation(tx, stored)


def with_observation(tx: Transaction, stored: Stored[ReplicationGroup]) -> StoredGroup:
    observed = replication_groups.get_observed(tx, stored.body.key)
    return StoredGroup(
        group=stored.body,
        revision=stored.revision,
        observed=observed,
        is_acl_changing=_is_acl_changing(tx, stored.body, observed),
        log_deliveries=log_deliveries.get_deliveries(tx, stored.body.key),
    )


def _is_acl_changing(tx: Transaction, group: ReplicationGroup, observed: ObservedReplicationGroup) -> bool:
    """Most caches let everybody in, and their users are not looked up. Who cannot be known is left as it is."""
    if not observed.acl_revision and not group.access.is_controlled:
        return False
    desired = acls.find_acl_revision(tx, group)
    return desired is not None and is_acl_changing(group, observed, desired)


def get_node(group: ReplicationGroup, node_id: NodeId) -> Node:
    return next(node for node in group.nodes if node.id == node_id)


def primaries(found: StoredGroup) -> frozenset[NodeId]:
    """Who shall be primary, and who was last seen as one: two nodes while a switchover is under way."""
    targets = {node_group.target_primary for node_group in found.group.node_groups}
    return frozenset(targets | {seen.id for seen in found.observed.nodes if seen.role is Role.PRIMARY})


def find_lost_primary(found: StoredGroup, node_group: NodeGroup) -> NodeId | None:
    """Who was last seen as primary, when the last pass found that node dead, silent, or started anew.

    A node started anew counts, though it lives: no engine starts as primary, so its role is lost either way.
    """
    primary_id = found.observed.primaries.get(node_group.id)
    seen = None if primary_id is None else found.observed.find_node(primary_id)
    lost = (NodeHealth.DOWN, NodeHealth.UNKNOWN, NodeHealth.STARTING)
    return primary_id if seen is not None and seen.health in lost else None


def with_node(group: ReplicationGroup, changed: Node) -> ReplicationGroup:
    """The group with this node in the place of the one of its id."""
    parts = (
        msgspec.structs.replace(part, nodes=tuple(changed if node.id == changed.id else node for node in part.nodes))
        for part in group.node_groups
    )
    return msgspec.structs.replace(group, node_groups=tuple(parts))


def save_change(tx: Transaction, before: StoredGroup, changed: ReplicationGroup) -> StoredGroup:
    """Saves a changed group as its next generation. Nothing changed is nothing saved: no pass is woken for it."""
    if changed == before.group:
        return before
    return save_order(tx, before, msgspec.structs.replace(changed, generation=before.group.generation + 1))


def save_order(tx: Transaction, before: StoredGroup, changed: ReplicationGroup) -> StoredGroup:
    """Saves as it is, for what is to happen once: of the same generation, the group does not become `modifying`."""
    replication_groups.save_replication_group(tx, changed, revision=before.revision)
    return msgspec.structs.replace(
        before,
        group=changed,
        revision=before.revision + 1,
        is_acl_changing=_is_acl_changing(tx, changed, before.observed),
    )


# --- names ---------------------------------------------------------------------------------------


def new_replication_group_id(text: str) -> ReplicationGroupId:
    """The id a new group is stored under; refused unless AWS's rule for identifiers holds."""
    length_max = ids.REPLICATION_GROUP_ID_LENGTH_MAX
    return ReplicationGroupId(checked_identifier(text, "ReplicationGroupIdentifier", length_max))


def new_cache_cluster_id(text: str) -> NodeId:
    return NodeId(checked_identifier(text, "CacheClusterIdentifier", ids.CACHE_CLUSTER_ID_LENGTH_MAX))
