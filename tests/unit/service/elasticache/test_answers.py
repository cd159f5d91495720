"""Every answer about groups and clusters fits the published model, in every state a cache can be in."""

from typing import Any

import pytest

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Form
from elastane.service.context import Context
from elastane.wire.models import Service
from elastane.wire.xml import encode_result
from tests.kit import contexts
from tests.kit.contexts import call, create_cluster, create_group, group_key, settle

ELASTICACHE = Service("elasticache")

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("DescribeReplicationGroups", {}),
    ("DescribeReplicationGroups", {"ReplicationGroupId": "orders"}),
    ("DescribeCacheClusters", {"ShowCacheNodeInfo": True}),
    ("DescribeCacheClusters", {"CacheClusterId": "sessions"}),
    ("ModifyReplicationGroup", {"ReplicationGroupId": "orders", "ReplicationGroupDescription": "all orders"}),
    ("ModifyCacheCluster", {"CacheClusterId": "sessions", "SnapshotRetentionLimit": 1}),
    ("IncreaseReplicaCount", {"ReplicationGroupId": "orders", "NewReplicaCount": 2, "ApplyImmediately": True}),
    ("DecreaseReplicaCount", {"ReplicationGroupId": "orders", "NewReplicaCount": 0, "ApplyImmediately": True}),
    ("RebootCacheCluster", {"CacheClusterId": "orders-001", "CacheNodeIdsToReboot": ["0001"]}),
    ("DeleteCacheCluster", {"CacheClusterId": "orders-002"}),
    ("DeleteCacheCluster", {"CacheClusterId": "sessions"}),
    ("DeleteReplicationGroup", {"ReplicationGroupId": "orders"}),
    ("DeleteReplicationGroup", {"ReplicationGroupId": "orders", "RetainPrimaryCluster": True}),
    (
        "CreateReplicationGroup",
        {"ReplicationGroupId": "more", "ReplicationGroupDescription": "more", "PrimaryClusterId": "sessions"},
    ),
    ("CreateCacheCluster", {"CacheClusterId": "orders-009", "ReplicationGroupId": "orders"}),
)


@pytest.mark.parametrize(("action", "parameters"), CALLS)
async def test_answers_of_a_settled_world_fit_the_published_model(
    ctx: Context, action: str, parameters: dict[str, Any]
) -> None:
    await create_group(ctx, NotificationTopicArn="arn:aws:sns:us-east-1:000000000000:orders")
    await create_cluster(ctx)
    await settle(ctx)

    answer = await call(ctx, action, **parameters)

    assert encode_result(ELASTICACHE, action, answer, "request").startswith(b"<")


@pytest.mark.parametrize("health", list(NodeHealth))
async def test_answers_about_nodes_of_any_health_fit_the_published_model(ctx: Context, health: NodeHealth) -> None:
    await create_group(ctx)
    await create_cluster(ctx)
    for is_settled in (False, True):
        if is_settled:
            await settle(ctx)
            await contexts.observe_node(ctx, group_key("orders"), "orders-001", health=health, role=None)
            await contexts.observe_node(ctx, group_key("sessions", Form.CACHE_CLUSTER), "sessions", health=health)

        groups = await call(ctx, "DescribeReplicationGroups")
        clusters = await call(ctx, "DescribeCacheClusters", ShowCacheNodeInfo=True)

        assert encode_result(ELASTICACHE, "DescribeReplicationGroups", groups, "request")
        assert encode_result(ELASTICACHE, "DescribeCacheClusters", clusters, "request")
