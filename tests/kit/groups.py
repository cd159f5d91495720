"""Replication groups as they would be stored, with good defaults: a test says only what matters to it."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from typing import Any

import msgspec

from elastane.model.ids import (
    NodeGroupId,
    NodeId,
    Region,
    ReplicationGroupId,
    Zone,
    node_group_id,
    node_id,
    shard_node_id,
)
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import (
    NodeHealth,
    ObservedNode,
    ObservedReplicationGroup,
    ObservedVerdict,
    VerdictKind,
)
from elastane.model.replication_groups import (
    Availability,
    ClusterMode,
    EngineName,
    Form,
    Network,
    Node,
    NodeGroup,
    ReplicationGroup,
    Software,
    Upkeep,
)
from elastane.model.slot_plans import split_evenly

REGION = Region("us-east-1")
CREATED_AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADDRESS_BLOCK = IPv4Network("127.88.0.0/16")
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
CONFIGURATION_ENDPOINT = "127.88.48.20"


def node(
    name: str,
    *,
    zone: str = "us-east-1a",
    address: str | None = None,
    reboot_requested_at: datetime | None = None,
    rebuild_requested_at: datetime | None = None,
    is_leaving: bool = False,
) -> Node:
    """Its address follows from its name, so that two nodes never share one by accident."""
    return Node(
        id=NodeId(name),
        zone=Zone(zone),
        address=address or _address(name),
        created_at=CREATED_AT,
        is_leaving=is_leaving,
        reboot_requested_at=reboot_requested_at,
        rebuild_requested_at=rebuild_requested_at,
    )


def group(name: str = "orders", *nodes: Node, form: Form = Form.REPLICATION_GROUP, **changes: Any) -> ReplicationGroup:
    """A group of the nodes given, the first one primary; of a primary and a replica when none are."""
    group_id = ReplicationGroupId(name)
    members = nodes or (node(node_id(group_id, 1)), node(node_id(group_id, 2), zone="us-east-1b"))
    default = ReplicationGroup(
        id=group_id,
        region=REGION,
        form=form,
        description="orders of the shop",
        created_at=CREATED_AT,
        generation=1,
        credential_id=f"credential-of-{name}",
        software=Software(
            engine=EngineName.VALKEY,
            version="9.1",
            node_type="cache.t4g.micro",
            parameter_group_name="default.valkey9",
            port=6379,
        ),
        availability=Availability(automatic_failover=True, multi_az=True),
        network=Network(subnet_group_name="default"),
        upkeep=Upkeep(maintenance_window="sun:05:00-sun:06:00", snapshot_window="03:00-04:00"),
        node_groups=(NodeGroup(id=NodeGroupId("0001"), nodes=members, target_primary=members[0].id, epoch=1),),
    )
    return msgspec.structs.replace(default, **changes)


def cluster(name: str = "orders", *, shards: int = 2, replicas: int = 1, **changes: Any) -> ReplicationGroup:
    """A group in cluster mode: the slots split evenly, each shard's first node primary, no zone twice in a shard."""
    group_id = ReplicationGroupId(name)
    node_groups = tuple(
        shard(
            NodeGroupId(node_group_id(number)),
            *(
                node(shard_node_id(group_id, node_group_id(number), place + 1), zone=ZONES[place % len(ZONES)])
                for place in range(1 + replicas)
            ),
            slots=slots,
        )
        for number, slots in enumerate(split_evenly(shards), start=1)
    )
    network = Network(subnet_group_name="default", configuration_endpoint_address=CONFIGURATION_ENDPOINT)
    defaults: dict[str, Any] = {
        "cluster_mode": ClusterMode.ENABLED,
        "network": network,
        "node_groups": node_groups,
    }
    return group(name, **(defaults | changes))


def shard(shard_id: NodeGroupId, *nodes: Node, **changes: Any) -> NodeGroup:
    """A node group that has had its first primary, the first one of its nodes."""
    first = nodes[0].id
    default = NodeGroup(id=shard_id, nodes=nodes, target_primary=first, ordered_primary=first, epoch=1)
    return msgspec.structs.replace(default, **changes)


def cache_cluster(name: str = "sessions", **changes: Any) -> ReplicationGroup:
    """What CreateCacheCluster stores: a group of one node that has the group's own name."""
    availability = Availability(automatic_failover=False, multi_az=False)
    return group(name, node(name), form=Form.CACHE_CLUSTER, **({"availability": availability} | changes))


def observed_node(member: Node, **changes: Any) -> ObservedNode:
    default = ObservedNode(
        id=member.id,
        health=NodeHealth.READY,
        role=Role.REPLICA,
        sentence="answers",
        started_at=CREATED_AT,
        answered_process_started_at=CREATED_AT,
        engine_version="9.1.2",
        was_ready=True,
    )
    return msgspec.structs.replace(default, **changes)


def observed(desired: ReplicationGroup, **changes: Any) -> ObservedReplicationGroup:
    """A pass that found all of it true."""
    default = ObservedReplicationGroup(
        converged_generation=desired.generation,
        available_since=CREATED_AT,
        nodes=tuple(
            observed_node(
                member,
                role=Role.PRIMARY if member.id == node_group.target_primary else Role.REPLICA,
                runs_in_cluster=desired.is_cluster,
            )
            for node_group in desired.node_groups
            for member in node_group.nodes
        ),
    )
    return msgspec.structs.replace(default, **changes)


def observed_verdict(sentence: str, *, now: datetime, seconds_ago: float = 0, **changes: Any) -> ObservedVerdict:
    """What the last pass said, and for how long it has said it."""
    since = now - timedelta(seconds=seconds_ago)
    default = ObservedVerdict(kind=VerdictKind.WAIT, rule="failover", sentence=sentence, since=since)
    return msgspec.structs.replace(default, **changes)


def _address(name: str) -> str:
    number = sum(octet * 31**place for place, octet in enumerate(name.encode()))
    return f"127.{88 + number // 62_500 % 100}.{1 + number // 250 % 250}.{1 + number % 250}"
