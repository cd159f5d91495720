"""Every page as people meet it: wide and narrow, light and dark, by eye, by keyboard and by ear."""

import pytest

from tests.console.barriers import keeps_nobody_out
from tests.kit.browser import Console
from tests.kit.elastane import RunningElastane

CACHE, ALONE, SHARDED = "orders", "sessions", "catalog"

PAGES = (
    ("", "Dashboard"),
    ("caches", "Caches"),
    ("caches/create", "Engine and deployment"),
    (f"replication-groups/{CACHE}", CACHE),
    (f"replication-groups/{CACHE}?tab=nodes", CACHE),
    (f"replication-groups/{CACHE}?tab=metrics", CACHE),
    (f"replication-groups/{CACHE}?tab=logs", CACHE),
    (f"replication-groups/{CACHE}?tab=events", CACHE),
    (f"replication-groups/{CACHE}?tab=maintenance", CACHE),
    (f"replication-groups/{CACHE}?tab=security", CACHE),
    (f"replication-groups/{CACHE}?tab=tags", CACHE),
    (f"replication-groups/{SHARDED}", SHARDED),
    (f"cache-clusters/{ALONE}", ALONE),
    ("parameter-groups", "Parameter groups"),
    ("parameter-groups/tuned", "tuned"),
    ("subnet-groups", "Subnet groups"),
    ("users", "Users"),
    ("user-groups", "User groups"),
    ("events", "Events"),
    ("alarms", "Alarms"),
    ("service-updates", "Service updates"),
    ("control-plane", "Control plane"),
    ("no-such-page", "There is no such page"),
)


@pytest.fixture(scope="module")
def furnished(elastane: RunningElastane) -> RunningElastane:
    """Something of everything that pages show."""
    elasticache = elastane.client()
    cloudwatch = elastane.client("cloudwatch")
    common = {"Engine": "valkey", "CacheNodeType": "cache.t4g.micro"}
    elasticache.create_replication_group(
        ReplicationGroupId=CACHE,
        ReplicationGroupDescription="orders of the shop",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        **common,
    )
    elasticache.create_replication_group(
        ReplicationGroupId=SHARDED,
        ReplicationGroupDescription="what the shop sells",
        NumNodeGroups=2,
        ReplicasPerNodeGroup=1,
        AutomaticFailoverEnabled=True,
        **common,
    )
    elasticache.create_cache_cluster(CacheClusterId=ALONE, NumCacheNodes=1, **common)
    elasticache.create_cache_parameter_group(
        CacheParameterGroupName="tuned", CacheParameterGroupFamily="valkey8", Description="for the shop"
    )
    elasticache.create_user(
        UserId="shop",
        UserName="shop",
        Engine="valkey",
        AccessString="on ~shop:* +@read",
        Passwords=["a-password-of-the-tests"],
    )
    elasticache.create_user_group(UserGroupId="shops", Engine="valkey", UserIds=["shop"])
    cloudwatch.put_metric_alarm(
        AlarmName="memory is short",
        Namespace="AWS/ElastiCache",
        MetricName="DatabaseMemoryUsagePercentage",
        Dimensions=[{"Name": "CacheClusterId", "Value": f"{CACHE}-001"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
    )
    soon = {"Delay": 1, "MaxAttempts": 60}
    for group_id in (CACHE, SHARDED):
        waiter = elasticache.get_waiter("replication_group_available")
        waiter.wait(ReplicationGroupId=group_id, WaiterConfig=soon)
    elasticache.get_waiter("cache_cluster_available").wait(CacheClusterId=ALONE, WaiterConfig=soon)
    return elastane


@pytest.mark.parametrize(("path", "title"), PAGES, ids=[path or "dashboard" for path, _ in PAGES])
async def test_a_page_keeps_nobody_out(furnished: RunningElastane, console: Console, path: str, title: str) -> None:
    await console.sign_in()

    await keeps_nobody_out(console, path, title)
