"""A node moves between a cache cluster and a replication group while its engine goes on serving.

CreateReplicationGroup with PrimaryClusterId moves a cluster's node up into a group;
DeleteReplicationGroup with RetainPrimaryCluster moves a group's primary down into a cluster. The
node keeps its id, address, software and secret both ways. Pure: two values in, two values out.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from elastane.model.ids import NodeId, ReplicationGroupId
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import Availability, Deletion, Form, Node, NodeGroup, ReplicationGroup


class Retained(msgspec.Struct, frozen=True, kw_only=True):
    """A group divided: the primary as a cache cluster of its own, and the rest, being deleted."""

    cluster: ReplicationGroup
    remainder: ReplicationGroup


def retain_primary(group: ReplicationGroup, primary_id: NodeId, *, rest_credential_id: str, now: datetime) -> Retained:
    """Divides a group at its primary. Never one in cluster mode: its nodes are members of a cluster, and not engines
    that could stand alone.

    The rest gets a credential id of its own (a copy of the same secret), because forgetting a
    deleted group forgets its secret, and the cluster's must live on. The primary endpoint's address
    goes along with the primary, whose customers go on using it. A group that had only its primary is left
    without node groups.
    """
    assert not group.is_cluster, "refused by who calls"
    node_group = next(part for part in group.node_groups if any(node.id == primary_id for node in part.nodes))
    primary = next(node for node in node_group.nodes if node.id == primary_id)
    others = tuple(node for node in node_group.nodes if node.id != primary_id)
    cluster = replace(
        group,
        id=ReplicationGroupId(primary_id),
        form=Form.CACHE_CLUSTER,
        description="",
        created_at=primary.created_at,
        generation=1,
        availability=Availability(automatic_failover=False, multi_az=False),
        network=replace(group.network, reader_endpoint_address=None),
        upkeep=replace(group.upkeep, snapshotting_node_id=None),
        node_groups=(replace(node_group, nodes=(primary,), target_primary=primary_id),),
    )
    remainder = replace(
        group,
        generation=group.generation + 1,
        credential_id=rest_credential_id,
        network=replace(group.network, primary_endpoint_address=None),
        node_groups=(_without_primary(node_group, others),) if others else (),
        deletion=Deletion(requested_at=now),
    )
    return Retained(cluster=cluster, remainder=remainder)


def carry_observation(
    before: ObservedReplicationGroup, node_id: NodeId, *, available_since: datetime | None
) -> ObservedReplicationGroup:
    """What is known of a node goes with it: above all that it has held data, so that it never passes for a new one."""
    seen = before.find_node(node_id)
    return ObservedReplicationGroup(
        available_since=available_since,
        nodes=() if seen is None else (seen,),
        primaries={part: primary for part, primary in before.primaries.items() if primary == node_id},
        software=before.software,
        transit_encryption=before.transit_encryption,
        acl_revision=before.acl_revision,
    )


def _without_primary(node_group: NodeGroup, others: tuple[Node, ...]) -> NodeGroup:
    return replace(node_group, nodes=others, target_primary=others[0].id)
