"""What the doing stair itself writes into a Memcached cluster's document, and takes out of it: each one transaction.

Called by `execute`. As in `reconcile.rewrites` whatever was decided from a whole document is saved against the revision
that was read.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from elastane.model import events, ids
from elastane.model.ids import CacheNodeId
from elastane.model.memcached_clusters import (
    CacheNode,
    MemcachedCluster,
    Publication,
    RestartKind,
    RestartOrder,
    with_pending_applied,
)
from elastane.model.replication_groups import Software
from elastane.model.software import full_name
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.transitions import cluster_event
from elastane.reconcile.world import World
from elastane.store import Transaction, memcached_clusters, tags
from elastane.store import events as event_rows


def publish(tx: Transaction, situation: Situation, publication: Publication, revision: int) -> None:
    """Before anybody is told."""
    _save(tx, replace(situation.cluster, publication=publication), revision)


def order_replacements(tx: Transaction, situation: Situation, node_ids: Iterable[CacheNodeId], revision: int) -> None:
    """The next process of each is what the cluster shall run."""
    cluster, batch = situation.cluster, frozenset(node_ids)
    order = RestartOrder(requested_at=situation.now, kind=RestartKind.REPLACEMENT)

    def ordered(node: CacheNode) -> CacheNode:
        return replace(node, node_type=cluster.software.node_type, restart=order) if node.id in batch else node

    rollout = None if cluster.rollout is None else replace(cluster.rollout, batch_at=situation.now)
    _save(tx, replace(cluster, nodes=tuple(map(ordered, cluster.nodes)), rollout=rollout), revision)


def apply_pending(tx: Transaction, situation: Situation, revision: int) -> None:
    cluster = situation.cluster
    if cluster.pending is not None:
        changed = with_pending_applied(cluster, now=situation.now)
        _save(tx, replace(changed, generation=cluster.generation + 1), revision)


def restore_software(tx: Transaction, situation: Situation, software: Software, reason: str, revision: int) -> None:
    """The way back waits for no interval between batches."""
    cluster = situation.cluster
    rollout = None if cluster.rollout is None else replace(cluster.rollout, batch_at=None)
    _save(tx, replace(cluster, software=software, rollout=rollout), revision)
    wanted = cluster.software
    lines = []
    if wanted.node_type != software.node_type:
        lines.append(events.node_type_given_up(wanted.node_type, reason))
    if full_name(wanted) != full_name(software):
        lines.append(events.upgrade_given_up(full_name(wanted), full_name(software), reason))
    event_rows.append_events(tx, [cluster_event(situation, line) for line in lines])


# --- what is gone --------------------------------------------------------------------------------


def forget_nodes(tx: Transaction, situation: Situation, node_ids: Iterable[CacheNodeId]) -> None:
    """Read anew inside the transaction: a customer may have changed something else meanwhile, which stays."""
    stored = memcached_clusters.find_memcached_cluster(tx, situation.cluster.key)
    leaving = frozenset(node_ids)
    gone = () if stored is None else tuple(node.id for node in stored.body.nodes if node.id in leaving)
    if stored is None or not gone:
        return
    staying = tuple(node for node in stored.body.nodes if node.id not in leaving)
    _save(tx, replace(stored.body, nodes=staying), stored.revision)
    event_rows.append_events(tx, (cluster_event(situation, events.cache_nodes_removed(gone)),))


def forget_cluster(tx: Transaction, world: World, situation: Situation) -> None:
    stored = memcached_clusters.find_memcached_cluster(tx, situation.cluster.key)
    if stored is None or stored.body.deletion is None:
        return
    cluster = stored.body
    tags.remove_tags(tx, ids.arn(cluster.region, world.account_id, "cluster", cluster.id))
    event_rows.append_events(tx, (cluster_event(situation, events.cache_cluster_deleted()),))
    memcached_clusters.remove_memcached_cluster(tx, cluster.key)


def _save(tx: Transaction, cluster: MemcachedCluster, revision: int) -> None:
    memcached_clusters.save_memcached_cluster(tx, cluster, revision=revision)
