"""A cache cluster becomes a group's primary, and a group's primary a cache cluster, while its engine goes on."""

from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.ids import Arn
from elastane.model.replication_groups import Form
from elastane.service.context import Context
from elastane.store import credentials, tags
from tests.kit import contexts
from tests.kit.contexts import (
    call,
    create_cluster,
    create_group,
    describe_cluster,
    describe_group,
    group_key,
    settle,
    stored_group,
)

AROUND: dict[str, Any] = {"Engine": None, "CacheNodeType": None, "PrimaryClusterId": "sessions"}


async def test_a_cluster_becomes_primary_and_its_node_stays_what_it_is(ctx: Context) -> None:
    await create_cluster(ctx, PreferredAvailabilityZone="us-east-1b", Port=6400)
    await settle(ctx)
    before = await stored_group(ctx, "sessions", Form.CACHE_CLUSTER)

    await create_group(ctx, nodes=3, **AROUND)

    after = await stored_group(ctx, "orders")
    assert before is not None
    assert after is not None
    assert after.nodes[0] == before.nodes[0]
    assert [node.id for node in after.nodes] == ["sessions", "orders-001", "orders-002"]
    assert [node.zone for node in after.nodes] == ["us-east-1b", "us-east-1a", "us-east-1c"]
    assert after.node_groups[0].target_primary == "sessions"
    assert after.credential_id == before.credential_id
    assert after.software == before.software
    assert await stored_group(ctx, "sessions", Form.CACHE_CLUSTER) is None


async def test_what_was_known_of_the_node_is_still_known(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("sessions", Form.CACHE_CLUSTER), "sessions", has_held_data=True)

    await create_group(ctx, nodes=1, **AROUND)
    await settle(ctx)

    cluster = await describe_cluster(ctx, "sessions")
    assert cluster["ReplicationGroupId"] == "orders"
    assert cluster["CacheClusterStatus"] == "available"


async def test_the_clusters_tags_move_up_to_the_group_and_down_to_its_replicas(ctx: Context) -> None:
    await create_cluster(ctx, Tags=[{"Key": "team", "Value": "shop"}])
    await settle(ctx)

    group = await create_group(ctx, **AROUND, Tags=[{"Key": "stage", "Value": "test"}])

    both = {"team": "shop", "stage": "test"}
    replica_arn = Arn(group["ARN"].replace("replicationgroup:orders", "cluster:orders-001"))
    assert await ctx.store.read(lambda tx: tags.get_tags(tx, Arn(group["ARN"]))) == both
    assert await ctx.store.read(lambda tx: tags.get_tags(tx, replica_arn)) == both


REFUSED_AROUND: tuple[tuple[dict[str, Any], type[Fault]], ...] = (
    ({"Engine": "redis"}, faults.InvalidParameterCombination),
    ({"EngineVersion": "8.1"}, faults.InvalidParameterCombination),
    ({"CacheNodeType": "cache.m7g.large"}, faults.InvalidParameterCombination),
    ({"CacheNodeType": "cache.nothing"}, faults.InvalidParameterValue),
    ({"CacheParameterGroupName": "custom"}, faults.CacheParameterGroupNotFound),
    ({"Port": 7000}, faults.InvalidParameterCombination),
    ({"CacheSubnetGroupName": "other"}, faults.InvalidParameterCombination),
    ({"PreferredCacheClusterAZs": ["us-east-1c", "us-east-1b"]}, faults.InvalidParameterCombination),
)


@pytest.mark.parametrize(("parameters", "fault"), REFUSED_AROUND)
async def test_a_group_around_a_cluster_cannot_be_another_kind(
    ctx: Context, parameters: dict[str, Any], fault: type[Fault]
) -> None:
    await create_cluster(ctx, PreferredAvailabilityZone="us-east-1a")
    await settle(ctx)

    with pytest.raises(fault):
        await create_group(ctx, **AROUND | parameters)

    assert await stored_group(ctx, "sessions", Form.CACHE_CLUSTER) is not None
    assert await stored_group(ctx, "orders") is None


async def test_only_an_available_cluster_becomes_a_primary(ctx: Context) -> None:
    await create_cluster(ctx)

    with pytest.raises(faults.InvalidCacheClusterState, match="creating"):
        await create_group(ctx, **AROUND)


async def test_a_member_of_a_group_cannot_become_another_groups_primary(ctx: Context) -> None:
    await create_group(ctx, "orders")
    await settle(ctx)

    with pytest.raises(faults.InvalidCacheClusterState, match="already belongs to replication group orders"):
        await create_group(ctx, "invoices", **AROUND | {"PrimaryClusterId": "orders-001"})


async def test_a_retained_primary_is_a_cluster_of_its_own_and_the_rest_is_deleting(ctx: Context) -> None:
    await create_group(ctx, nodes=3)
    await settle(ctx)
    before = await stored_group(ctx, "orders")

    answer = await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    assert before is not None
    assert answer["ReplicationGroup"]["Status"] == "deleting"
    assert answer["ReplicationGroup"]["MemberClusters"] == ["orders-002", "orders-003"]
    retained = await stored_group(ctx, "orders-001", Form.CACHE_CLUSTER)
    assert retained is not None
    assert retained.nodes == (before.nodes[0],)
    cluster = await describe_cluster(ctx, "orders-001")
    assert cluster["ReplicationGroupId"] is None
    assert cluster["CacheNodes"][0]["Endpoint"]["Address"] == before.network.primary_endpoint_address


async def test_forgetting_the_rest_does_not_take_the_retained_clusters_secret(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    before = await stored_group(ctx, "orders")

    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    rest = await stored_group(ctx, "orders")
    retained = await stored_group(ctx, "orders-001", Form.CACHE_CLUSTER)
    assert before is not None
    assert rest is not None
    assert retained is not None
    assert retained.credential_id == before.credential_id != rest.credential_id
    secrets = [
        await ctx.store.read(lambda tx, name=name: credentials.get_control_secret(tx, name))  # type: ignore[misc]  # the default binds the loop's name
        for name in (rest.credential_id, retained.credential_id)
    ]
    assert secrets[0] == secrets[1]


async def test_the_observed_primary_is_retained_whatever_its_number(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)
    await contexts.observe_node(ctx, group_key("orders"), "orders-001", role="replica")
    await contexts.observe_node(ctx, group_key("orders"), "orders-002", role="primary")

    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    assert await stored_group(ctx, "orders-002", Form.CACHE_CLUSTER) is not None


async def test_the_only_node_can_be_retained(ctx: Context) -> None:
    await create_group(ctx, nodes=1)
    await settle(ctx)

    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    assert (await describe_group(ctx))["MemberClusters"] == []
    assert await stored_group(ctx, "orders-001", Form.CACHE_CLUSTER) is not None


async def test_a_primary_is_retained_only_while_the_group_is_available(ctx: Context) -> None:
    await create_group(ctx)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)


async def test_there_and_back_again_is_the_same_node(ctx: Context) -> None:
    await create_cluster(ctx)
    await settle(ctx)
    first = await stored_group(ctx, "sessions", Form.CACHE_CLUSTER)
    await create_group(ctx, **AROUND)
    await settle(ctx)

    await call(ctx, "DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)

    last = await stored_group(ctx, "sessions", Form.CACHE_CLUSTER)
    assert first is not None
    assert last is not None
    assert last.nodes == first.nodes
    assert last.credential_id == first.credential_id
