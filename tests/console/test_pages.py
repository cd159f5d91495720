"""Every page as people meet it: wide and narrow, light and dark, by eye, by keyboard and by ear."""

import pytest
from playwright.async_api import expect

from tests.kit.browser import NARROW, WIDE, Console
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
    page, name = console.page, path.replace("/", "-").replace("?tab=", "-") or "dashboard"
    await console.sign_in()
    await console.go(path)
    await expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)

    found = {"wide, light": await console.list_barriers()}
    await console.picture(f"{name}-light")
    await page.emulate_media(color_scheme="dark")
    found["wide, dark"] = await console.list_barriers()
    await console.picture(f"{name}-dark")
    await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    found["narrow, dark"] = await console.list_barriers()
    overflow_pixels = await console.overflow_pixels()
    await console.picture(f"{name}-narrow")
    await page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})

    assert {how: barriers for how, barriers in found.items() if barriers} == {}
    assert overflow_pixels <= 0, f"{overflow_pixels} pixels are beyond the edge of a window of {NARROW[0]}"
    assert await page.locator("h1").count() == 1
