"""Identifiers: their types, their spelling rules and how one follows from another.

Two ids never share a type, so that a checker sees when one is passed for the other.
"""

import re
from typing import NewType

AccountId = NewType("AccountId", str)
Region = NewType("Region", str)
Zone = NewType("Zone", str)
Arn = NewType("Arn", str)

ReplicationGroupId = NewType("ReplicationGroupId", str)
NodeGroupId = NewType("NodeGroupId", str)
NodeId = NewType("NodeId", str)
"""A node's id is the id of the cache cluster that AWS's API shows for it: ``elc-tutorial-001``."""

CacheNodeId = NewType("CacheNodeId", str)
"""A node's id inside its cache cluster, as AWS numbers it: ``0001``."""

UserId = NewType("UserId", str)
UserGroupId = NewType("UserGroupId", str)

VpcId = NewType("VpcId", str)
SubnetId = NewType("SubnetId", str)
SecurityGroupId = NewType("SecurityGroupId", str)
SecurityGroupRuleId = NewType("SecurityGroupRuleId", str)

MemberId = NewType("MemberId", str)
"""A node's name inside the engines' cluster: 40 hexadecimal digits."""

CACHE_NODE_ID = CacheNodeId("0001")
"""The id of the only cache node inside a Valkey or Redis OSS cache cluster, as AWS numbers it."""

REPLICATION_GROUP_ID_LENGTH_MAX = 40
CACHE_CLUSTER_ID_LENGTH_MAX = 50
USER_ID_LENGTH_MAX = 40
"""Of users and user groups. AWS publishes none; the console allows so many."""

_IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9])*\Z")


def is_identifier(text: str, *, length_max: int) -> bool:
    """AWS's rule for cache ids: lower-case letters, digits and single hyphens, a letter first, no hyphen last."""
    return 1 <= len(text) <= length_max and _IDENTIFIER.match(text) is not None


def node_id(replication_group_id: ReplicationGroupId, number: int) -> NodeId:
    """The id AWS gives the n-th node of a group without cluster mode: ``<group>-001``."""
    return NodeId(f"{replication_group_id}-{number:03d}")


def shard_node_id(replication_group_id: ReplicationGroupId, node_group_id: NodeGroupId, number: int) -> NodeId:
    """The id AWS gives the n-th node of a shard in cluster mode: ``<group>-0001-001``."""
    return NodeId(f"{replication_group_id}-{node_group_id}-{number:03d}")


def temporary_node_id(replication_group_id: ReplicationGroupId, node_group_id: NodeGroupId) -> NodeId:
    """Of the replica that is there while a node group's engines are replaced. No customer's id has two hyphens."""
    return NodeId(f"{replication_group_id}--{node_group_id}")


def node_key(region: Region, node_id: NodeId) -> str:
    """A node's name on its host, and its directory's: ``us-east-1/elc-tutorial-001``."""
    return f"{region}/{node_id}"


def cache_node_id(number: int) -> CacheNodeId:
    """The id AWS gives the n-th node of a Memcached cluster: ``0001``."""
    return CacheNodeId(f"{number:04d}")


def cache_node_key(region: Region, cluster_id: ReplicationGroupId, node_id: CacheNodeId) -> str:
    """As `node_key`, of a Memcached cluster's node: ``us-east-1/sessions.0001``. No identifier has a dot."""
    return f"{region}/{cluster_id}.{node_id}"


def configuration_endpoint_key(region: Region, cluster_id: ReplicationGroupId) -> str:
    """As `node_key`, of the process that answers at a Memcached cluster's configuration endpoint."""
    return f"{region}/{cluster_id}.configuration-endpoint"


def node_group_id(number: int) -> NodeGroupId:
    """As AWS numbers shards: ``0001``."""
    return NodeGroupId(f"{number:04d}")


def arn(region: Region, account_id: AccountId, kind: str, name: str) -> Arn:
    """``arn:aws:elasticache:<region>:<account>:<kind>:<name>``; kinds are AWS's: cluster, replicationgroup, …"""
    return Arn(f"arn:aws:elasticache:{region}:{account_id}:{kind}:{name}")


def ec2_arn(region: Region, account_id: AccountId, kind: str, name: str) -> Arn:
    """``arn:aws:ec2:<region>:<account>:<kind>/<name>``; kinds are AWS's: security-group, subnet, vpc, …"""
    return Arn(f"arn:aws:ec2:{region}:{account_id}:{kind}/{name}")
