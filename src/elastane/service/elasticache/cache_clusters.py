"""The actions on cache clusters: a node of a replication group, a single Valkey or Redis OSS node on its own, or a
Memcached cluster. Which of them an id names, the store knows; what each action does with the last is in
`memcached_clusters`.

CreateCacheCluster      a node on its own (`new_cache_clusters`), or one more replica of a group
DescribeCacheClusters   (`cache_cluster_answers`, `memcached_cluster_answers`)
ModifyCacheCluster      of a node on its own; a member is changed through its group
DeleteCacheCluster      of either; the refusals are AWS's
RebootCacheCluster      of either
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from elastane.model import faults
from elastane.model.engine_names import EngineName
from elastane.model.ids import CACHE_NODE_ID, NodeId
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replica_counts import with_leaving_nodes
from elastane.model.replication_groups import Deletion, Form, GroupKey, ReplicationGroup
from elastane.model.statuses import CacheClusterStatus, is_silent
from elastane.model.update_actions import without_scheduled_update
from elastane.service.context import Context, Result
from elastane.service.elasticache import control_credentials, memcached_clusters, stored_groups
from elastane.service.elasticache.cache_cluster_answers import answer_cache_cluster
from elastane.service.elasticache.control_credentials import DrawToken, draw_token
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.engine_features import (
    refuse_features_of_memcached,
    refuse_features_without_memcached,
)
from elastane.service.elasticache.memcached_cluster_answers import answer_memcached_cluster
from elastane.service.elasticache.new_cache_clusters import (
    cluster_on_its_own,
    refuse_cluster_mode,
    refuse_several_nodes,
    refuse_unlike_group,
    requested_zone,
)
from elastane.service.elasticache.new_replicas import add_replica
from elastane.service.elasticache.new_replication_groups import refuse_taken_id
from elastane.service.elasticache.refused_features import refuse_features
from elastane.service.elasticache.replication_group_changes import (
    refuse_empty_change,
    refuse_unless_available,
)
from elastane.service.elasticache.requested_access import changed_access
from elastane.service.elasticache.requested_logs import refuse_to_wait, requested_logs
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.requested_security_groups import requested_security_group_ids, tell_of_change
from elastane.service.elasticache.requested_software import Offers, current_offers, requested_engine
from elastane.service.elasticache.requested_upkeep import changed_upkeep
from elastane.service.elasticache.software_changes import asks_for_other_software, lookups, with_changed_software
from elastane.service.elasticache.stored_groups import StoredCacheCluster, StoredGroup, StoredNode
from elastane.service.elasticache.stored_memcached_clusters import StoredMemcachedCluster, get_memcached_cluster
from elastane.service.elasticache.tags import arn_of_cache_cluster, requested_tags
from elastane.service.parameters import Parameters
from elastane.store import Transaction, caches, replication_groups, tags


async def create_cache_cluster(ctx: Context, parameters: Parameters, *, draw: DrawToken = draw_token) -> Result:
    is_memcached = requested_engine(parameters, tuple(EngineName)) is EngineName.MEMCACHED
    if is_memcached:
        refuse_features_without_memcached(parameters)
    else:
        refuse_features_of_memcached(parameters)
        refuse_several_nodes(parameters)
    refuse_features(parameters)
    node_id = stored_groups.new_cache_cluster_id(parameters.required_text("CacheClusterId"))
    new_tags = requested_tags(ctx, parameters)
    offers = current_offers(ctx)
    group_name = parameters.text("ReplicationGroupId")
    now = ctx.now()

    def create(tx: Transaction) -> Result:
        refuse_taken_id(tx, ctx, node_id)
        if is_memcached:
            memcached_clusters.create(tx, ctx, node_id, parameters, offers, now=now)
            tags.save_tags(tx, arn_of_cache_cluster(ctx, node_id), new_tags)
        elif group_name:
            found = stored_groups.get_replication_group(tx, ctx, group_name)
            refuse_cluster_mode(found.group)
            refuse_unless_available(found)
            refuse_unlike_group(tx, ctx, parameters, found.group)
            add_replica(tx, ctx, found, (node_id, requested_zone(parameters)), own_tags=new_tags, now=now)
        else:
            credential_id = control_credentials.save_new_secret(tx, draw)
            cluster = cluster_on_its_own(tx, ctx, node_id, parameters, offers, credential_id=credential_id, now=now)
            replication_groups.save_replication_group(tx, cluster)
            tags.save_tags(tx, arn_of_cache_cluster(ctx, node_id), new_tags)
        return {"CacheCluster": _answer(tx, ctx, offers, stored_groups.get_cache_cluster(tx, ctx, node_id))}

    return await decide(ctx.store, create)


async def describe_cache_clusters(ctx: Context, parameters: Parameters) -> Result:
    offers = current_offers(ctx)
    name = parameters.text("CacheClusterId")
    shows_nodes = parameters.flag("ShowCacheNodeInfo") is True
    shows_members = parameters.flag("ShowCacheClustersNotInReplicationGroups") is not True

    def describe(tx: Transaction) -> Result:
        if name:
            found = stored_groups.get_cache_cluster(tx, ctx, name)
            return {"CacheClusters": [_answer(tx, ctx, offers, found, shows_nodes=shows_nodes)]}
        page = requested_page(
            parameters,
            _named(tx, ctx, shows_members=shows_members),
            key=lambda pair: pair[1],
        )
        listed = _stored_cache_clusters(tx, page.items)
        answers = [_answer(tx, ctx, offers, found, shows_nodes=shows_nodes) for found in listed]
        return {"CacheClusters": answers, "Marker": page.marker}

    return await ctx.store.read(describe)


async def modify_cache_cluster(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    offers = current_offers(ctx)

    def modify(tx: Transaction) -> Result:
        found = stored_groups.get_cache_cluster(tx, ctx, parameters.required_text("CacheClusterId"))
        if isinstance(found, StoredMemcachedCluster):
            changed_cluster = memcached_clusters.modify(tx, ctx, found, parameters, offers)
            return {"CacheCluster": answer_memcached_cluster(tx, ctx, changed_cluster)}
        refuse_features_of_memcached(parameters)
        refuse_several_nodes(parameters)
        if not asks_for_other_software(found.group, parameters):
            refuse_empty_change(parameters, _NO_CHANGES)
        _refuse_unless_available(found, "modify")
        if found.is_member:
            raise faults.InvalidParameterCombination(
                f"Cache cluster {found.node.id} is a member of replication group {found.group.id}. "
                "Use ModifyReplicationGroup instead."
            )
        refuse_to_wait(parameters)
        network = found.group.network
        security_group_ids = requested_security_group_ids(tx, ctx, parameters, network.subnet_group_name)
        changed = replace(
            with_changed_software(found.within, parameters, lookups(tx, ctx, offers)),
            upkeep=changed_upkeep(parameters, found.group.upkeep, ctx.limits),
            logs=requested_logs(parameters, ctx.now(), found.group.logs),
            access=changed_access(tx, ctx, found.within, parameters),
            network=replace(network, security_group_ids=security_group_ids or network.security_group_ids),
        )
        if not changed.upkeep.auto_minor_version_upgrade:
            changed = without_scheduled_update(changed)
        tell_of_change(tx, ctx, found.group, changed)
        return {"CacheCluster": answer_cache_cluster(tx, ctx, offers, _save(tx, found, changed))}

    return await decide(ctx.store, modify)


async def delete_cache_cluster(ctx: Context, parameters: Parameters) -> Result:
    """A member leaves its group, but for cluster mode; any other is deleted with all that belongs to it."""
    refuse_features(parameters)
    offers = current_offers(ctx)
    now = ctx.now()

    def delete(tx: Transaction) -> Result:
        found = stored_groups.get_cache_cluster(tx, ctx, parameters.required_text("CacheClusterId"))
        if isinstance(found, StoredMemcachedCluster):
            deleted = memcached_clusters.delete(tx, found, now=now)
            return {"CacheCluster": answer_memcached_cluster(tx, ctx, deleted)}
        _refuse_deletion(found)
        if found.is_member:
            refuse_needed_member(found)
            changed = with_leaving_nodes(found.group, frozenset({found.node.id}))
        else:
            changed = replace(found.group, deletion=Deletion(requested_at=now))
        return {"CacheCluster": answer_cache_cluster(tx, ctx, offers, _save(tx, found, changed))}

    return await decide(ctx.store, delete)


async def reboot_cache_cluster(ctx: Context, parameters: Parameters) -> Result:
    node_ids = parameters.texts("CacheNodeIdsToReboot") or ()
    offers = current_offers(ctx)
    now = ctx.now()

    def reboot(tx: Transaction) -> Result:
        found = stored_groups.get_cache_cluster(tx, ctx, parameters.required_text("CacheClusterId"))
        if isinstance(found, StoredMemcachedCluster):
            rebooted = memcached_clusters.reboot(tx, found, node_ids, now=now)
            return {"CacheCluster": answer_memcached_cluster(tx, ctx, rebooted)}
        _refuse_unknown_nodes(node_ids)
        is_stuck = is_silent(found.within.observed.find_node(found.node.id))
        if not is_stuck or found.status is CacheClusterStatus.DELETING:  # a reboot is what ends the silence
            _refuse_reboot_in_cluster_mode(found)
            _refuse_unless_available(found, "reboot")
        changed = stored_groups.with_node(found.group, replace(found.node, reboot_requested_at=now))
        return {"CacheCluster": answer_cache_cluster(tx, ctx, offers, _save(tx, found, changed))}

    return await decide(ctx.store, reboot)


_NO_CHANGES = frozenset({"CacheClusterId", "ApplyImmediately"})


# --- reading and saving --------------------------------------------------------------------------


def _named(tx: Transaction, ctx: Context, *, shows_members: bool) -> Iterator[tuple[GroupKey, NodeId]]:
    """Every cache cluster of the region, by its id and by what it belongs to; also those that are it themselves."""
    for cache in caches.list_caches(tx, ctx.region):
        if isinstance(cache, MemcachedCluster):
            yield cache.key, NodeId(cache.id)
        elif shows_members or cache.form is not Form.REPLICATION_GROUP:
            yield from ((cache.key, node.id) for node in cache.own_nodes)


def _stored_cache_clusters(tx: Transaction, pairs: tuple[tuple[GroupKey, NodeId], ...]) -> Iterator[StoredCacheCluster]:
    """Those of one page. Each group is read once, however many of its nodes are on it."""
    groups: dict[GroupKey, StoredGroup] = {}
    for key, node_id in pairs:
        if key.form is Form.MEMCACHED_CLUSTER:
            yield get_memcached_cluster(tx, key)
            continue
        if key not in groups:
            within = stored_groups.find_group(tx, key)
            assert within is not None, "listed in this transaction"
            groups[key] = within
        yield StoredNode(node=stored_groups.get_node(groups[key].group, node_id), within=groups[key])


def _answer(
    tx: Transaction, ctx: Context, offers: Offers, found: StoredCacheCluster, *, shows_nodes: bool = False
) -> Result:
    if isinstance(found, StoredMemcachedCluster):
        return answer_memcached_cluster(tx, ctx, found, shows_nodes=shows_nodes)
    return answer_cache_cluster(tx, ctx, offers, found, shows_nodes=shows_nodes)


def _save(tx: Transaction, found: StoredNode, changed: ReplicationGroup) -> StoredNode:
    saved = stored_groups.save_change(tx, found.within, changed)
    return StoredNode(node=stored_groups.get_node(saved.group, found.node.id), within=saved)


# --- refusals ------------------------------------------------------------------------------------


def _refuse_unknown_nodes(node_ids: Sequence[str]) -> None:
    if not node_ids or set(node_ids) != {CACHE_NODE_ID}:
        raise faults.InvalidParameterValue(
            f"Invalid value {', '.join(node_ids)} for CacheNodeIdsToReboot. The only cache node is {CACHE_NODE_ID}."
        )


def _refuse_unless_available(found: StoredNode, verb: str) -> None:
    if found.status is not CacheClusterStatus.AVAILABLE:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {found.node.id} has status {found.status}; it must be in available state to {verb}."
        )


def _refuse_deletion(found: StoredNode) -> None:
    """AWS wants it available. Here one that is broken can be deleted too, or it could never be."""
    is_creating = found.status is CacheClusterStatus.CREATING and found.within.observed.failure is None
    if is_creating or found.status is CacheClusterStatus.DELETING:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {found.node.id} has status {found.status} which is not valid for deletion."
        )


def _refuse_reboot_in_cluster_mode(found: StoredNode) -> None:
    """As on AWS. One that hangs may be rebooted all the same: the caller does not ask here then."""
    if found.group.is_cluster:
        raise faults.InvalidCacheClusterState(
            f"Cache cluster {found.node.id} is a member of replication group {found.group.id}, which has cluster mode "
            f"{found.group.cluster_mode}. Its nodes cannot be rebooted."
        )


def refuse_needed_member(found: StoredNode) -> None:
    """AWS's refusals for a group's members, in AWS's words where they are known."""
    group = found.group
    if group.is_cluster:
        raise faults.InvalidCacheClusterState(
            f"Cannot delete the cache cluster because replication group {group.id} has cluster mode "
            f"{group.cluster_mode}. Use DecreaseReplicaCount or ModifyReplicationGroupShardConfiguration instead."
        )
    remaining = [node for node in group.staying_nodes if node.id != found.node.id]
    if not remaining:
        # Quoted in gruntwork-io/cloud-nuke#333.
        raise faults.InvalidCacheClusterState(
            "Cannot delete the cache cluster since it is the only member of a replication group. "
            "Delete the replication group instead."
        )
    if found.node.id in stored_groups.primaries(found.within):
        raise faults.InvalidCacheClusterState(
            f"Cannot delete the cache cluster because it is the primary for replication group {group.id}."
        )
    if len(remaining) == 1 and group.availability.automatic_failover:
        # Quoted in rebuy-de/aws-nuke#289.
        raise faults.InvalidCacheClusterState(
            f"Cannot delete the cache cluster because it is the only read replica for replication group {group.id} "
            "which has autofailover enabled or pending. You can disable autofailover and then delete this cache "
            "cluster. Alternatively, to delete the entire replication group, use DeleteReplicationGroup."
        )
    if group.availability.multi_az and len({node.zone for node in remaining}) < 2:
        raise faults.InvalidCacheClusterState(
            f"Cannot delete the cache cluster because replication group {group.id} has Multi-AZ enabled and no other "
            "replica in another Availability Zone than the primary's."
        )
