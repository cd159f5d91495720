"""The customer's history: one line each, in AWS's words, kept for fourteen days.

SNS and DescribeEvents share these texts; tools match on them, so they are spelled only here.
Reference: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.ids import CACHE_NODE_ID, CacheNodeId, NodeGroupId, NodeId, Region, UserGroupId, UserId, Zone


class SourceType(StrEnum):
    CACHE_CLUSTER = "cache-cluster"
    CACHE_PARAMETER_GROUP = "cache-parameter-group"
    CACHE_SECURITY_GROUP = "cache-security-group"
    CACHE_SUBNET_GROUP = "cache-subnet-group"
    REPLICATION_GROUP = "replication-group"
    SERVERLESS_CACHE = "serverless-cache"
    SERVERLESS_CACHE_SNAPSHOT = "serverless-cache-snapshot"
    USER = "user"
    USER_GROUP = "user-group"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    source_type: SourceType
    source_id: str
    message: str
    at: datetime
    topic_arn: str | None = None
    """Who is to be told, as it was when this happened: the cache may be gone before it is told."""


def user_created(user_id: UserId) -> str:
    return f"Created user {user_id}"


def user_modified(user_id: UserId) -> str:
    return f"Modified user {user_id}"


def user_deleted(user_id: UserId) -> str:
    return f"Deleted user {user_id}"


def user_group_created(user_group_id: UserGroupId) -> str:
    return f"Created user group {user_group_id}"


def user_group_modified(user_group_id: UserGroupId) -> str:
    return f"Modified user group {user_group_id}"


def user_group_deleted(user_group_id: UserGroupId) -> str:
    return f"Deleted user group {user_group_id}"


def cache_cluster_created() -> str:
    return "Cache cluster created"


def cache_cluster_deleted() -> str:
    return "Cache cluster deleted"


def cache_node_added(zone: Zone, node_id: CacheNodeId = CACHE_NODE_ID) -> str:
    return f"Added cache node {node_id} in availability zone {zone}"


def cache_nodes_removed(node_ids: Iterable[CacheNodeId] = (CACHE_NODE_ID,)) -> str:
    return f"Removed cache nodes {', '.join(node_ids)}"


def number_of_nodes_changed(from_count: int, to_count: int) -> str:
    """AWS's text of AddCacheNodeComplete: of a cluster that has grown. Of one that has shrunk, who left is told."""
    return f"Finished modifying number of nodes from {from_count} to {to_count}"


def cache_node_shut_down(node_id: CacheNodeId = CACHE_NODE_ID) -> str:
    return f"Cache node {node_id} shutdown"


def cache_node_restarted(node_id: CacheNodeId = CACHE_NODE_ID) -> str:
    return f"Cache node {node_id} restarted"


def recovering_cache_nodes(node_ids: Iterable[CacheNodeId] = (CACHE_NODE_ID,)) -> str:
    return f"Recovering cache nodes {', '.join(node_ids)}"


def finished_recovery(node_ids: Iterable[CacheNodeId] = (CACHE_NODE_ID,)) -> str:
    return f"Finished recovery for cache nodes {', '.join(node_ids)}"


def parameter_updated(name: str, value: str) -> str:
    """Told when the engine says so, in the engine's own name and value."""
    return f"Updated parameter {name} to {value}"


def certificate_renewed(good_until: datetime) -> str:
    """AWS's event is CertificateRenewalComplete; its text is not published."""
    return f"Certificate renewal complete; the certificate is good until {good_until:%Y-%m-%d %H:%M:%S} UTC"


def security_groups_changed() -> str:
    return "Applied change to security group"


def parameter_group_used(name: str) -> str:
    return f"Updated to use a CacheParameterGroup {name}"


def parameter_group_created(name: str) -> str:
    return f"Created CacheParameterGroup {name}"


def parameter_group_deleted(name: str) -> str:
    return f"Deleted CacheParameterGroup {name}"


def service_update_available() -> str:
    return f"Service update is available for cache node {CACHE_NODE_ID}."


def replication_group_created(group_id: str) -> str:
    return f"Replication group {group_id} created"


def replication_group_deleted(group_id: str) -> str:
    return f"Replication group {group_id} deleted"


def test_failover_called(node_group_id: NodeGroupId) -> str:
    return f"Test Failover API called for node group {node_group_id}"


def failover_completed(old_primary: NodeId, new_primary: NodeId) -> str:
    return f"Failover from primary node {old_primary} to replica node {new_primary} completed"


def resharding_started(from_count: int, to_count: int) -> str:
    return (
        f"Started to rebalance the slots of {to_count} shards"
        if from_count == to_count
        else f"Started to change the number of shards from {from_count} to {to_count}"
    )


def resharding_finished(shard_count: int) -> str:
    return f"Finished resharding: {shard_count} shards own all slots"


def resharding_given_up(sentence: str) -> str:
    """AWS says that it failed; we say why, and what is so now."""
    return f"Resharding ended early, every slot has one owner and nothing is lost: {sentence}"


def node_type_changed(node_type: str) -> str:
    return f"Succeeded applying modification to cache node type to {node_type}."


def node_type_given_up(node_type: str, reason: str) -> str:
    """AWS's text, and the reason that it lacks."""
    return f"Failed applying modification to cache node type to {node_type}. {reason}"


def engine_upgraded(former: str, current: str) -> str:
    """AWS's text for this is not known."""
    return f"Finished changing the engine from {former} to {current}"


def upgrade_given_up(wanted: str, former: str, reason: str) -> str:
    """AWS says that it failed; we say why, and what is so now."""
    return f"Failed to change the engine to {wanted}, every node goes on with {former} and nothing is lost: {reason}"


def pending_given_up(reason: str) -> str:
    return f"Failed to apply the modification that waited for the maintenance window: {reason}"


def data_lost(primary: NodeId) -> str:
    """AWS recreates the nodes and says nothing of the data; we say it."""
    return f"Primary node {primary} was lost and starts again empty: no node of the group has any data"


def diverged_data_kept(node: NodeId, diverged_bytes: int, path: str) -> str:
    """Everybody else throws such writes away in silence. How much there is and where lets a person look for them."""
    return f"Node {node} took {diverged_bytes} bytes of writes that the primary never got: its data is kept in {path}"


def attention(sentence: str) -> str:
    """What a person should look at, because nothing is done about it, or something unusual was. A verdict's words."""
    return f"Attention: {sentence}"


def creation_failed(sentence: str) -> str:
    """AWS gives no reason here, which is the most frequent complaint; we give it."""
    return f"Failed to create: {sentence}"


def step_failed(sentence: str) -> str:
    return f"Could not finish a change: {sentence}"
