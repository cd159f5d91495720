"""What a person does with a Memcached cluster, in a browser: create, fill, add nodes, remove some, reboot, delete."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from pymemcache.client.base import Client
from pymemcache.client.hash import HashClient

from tests.console.actions import act, configuration_endpoint, delete, run_in_a_shell
from tests.console.barriers import keeps_nobody_out
from tests.kit.browser import Console
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.live_groups import maintenance_window

KEY_COUNT = 300
READ_SECONDS = 5


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """In the place of the one without Memcached."""
    environment = engine_environment(stored_engine("memcached", "1.6"))
    with running_elastane(tmp_path_factory.mktemp("memcached") / "data", environment=environment) as running:
        yield running
        assert "Traceback" not in running.log()


async def test_a_memcached_cluster_from_its_first_day_to_its_last(console: Console, elastane: RunningElastane) -> None:
    page = console.page
    await console.sign_in()

    await create(console, "sessions")
    await expect(page.get_by_text("3 nodes in 3 zones, all ready")).to_be_visible()
    await expect(page.get_by_text("Clients are told version 1 of the list of nodes: 0001, 0002, 0003.")).to_be_visible()
    await console.picture("memcached-1-available")

    endpoint = await configuration_endpoint(page)
    await asyncio.to_thread(fill, endpoint)
    assert await asyncio.to_thread(key_count, endpoint) == KEY_COUNT

    await add_nodes(console)
    await remove_nodes(console, "0002", "0004")
    await page.get_by_role("tab", name="Events").click()
    await expect(page.get_by_text("Removed cache nodes 0002, 0004").first).to_be_visible()
    assert 0 < await asyncio.to_thread(key_count, endpoint) < KEY_COUNT

    await reboot_all(console)
    assert await asyncio.to_thread(key_count, endpoint) == 0

    await delete(console, "sessions", "cache cluster")


async def test_the_command_line_of_the_review_makes_the_same_cluster(
    console: Console, elastane: RunningElastane
) -> None:
    page = console.page
    await console.sign_in()
    await console.go("caches/create?engine=memcached")
    await page.get_by_role("radio", name="Standard").click()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("textbox", name="Name").fill("by-command")
    await page.get_by_role("textbox", name="Number of nodes").fill("2")
    await page.get_by_role("radio", name="Say a zone for each node").click()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("radio", name="Required").click()
    await page.get_by_role("button", name="Next").click()
    command = await page.get_by_label("AWS CLI command", exact=True).locator("pre").inner_text()

    finished = await asyncio.to_thread(run_in_a_shell, elastane, command)

    assert finished.returncode == 0, finished.stderr
    made = described(elastane, "by-command")
    assert (made["Engine"], made["NumCacheNodes"], made["TransitEncryptionEnabled"]) == ("memcached", 2, True)
    assert made["PreferredAvailabilityZone"] == "Multiple"


async def test_what_waits_for_the_window_is_shown_and_taken_back(console: Console, elastane: RunningElastane) -> None:
    window = maintenance_window(opens_in=timedelta(hours=3))
    make(elastane, "waiting", node_count=2, PreferredMaintenanceWindow=window)
    page = console.page
    await console.sign_in()
    await console.go("cache-clusters/waiting?tab=maintenance")

    await act(page, "waiting", "Add nodes")
    await page.get_by_role("radio", name="In the maintenance window").click()
    await page.get_by_role("button", name="Add 1 node").click()

    await expect(page.get_by_text("Nodes: 3 nodes (in the maintenance window)")).to_be_visible()
    await console.picture("memcached-pending")
    await page.get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("Nothing waits, and nothing is under way.")).to_be_visible()
    assert "NumCacheNodes" not in described(elastane, "waiting")["PendingModifiedValues"]


async def test_a_dead_node_comes_back_in_its_place(console: Console, elastane: RunningElastane) -> None:
    make(elastane, "broken", node_count=2)
    page = console.page
    await console.sign_in()
    await console.go("cache-clusters/broken")
    await expect(page.get_by_text("2 nodes in 1 zone, all ready")).to_be_visible()
    before = await node(page, "0002").inner_text()

    finished = await asyncio.to_thread(elastane.run_command, "fault", "kill", "broken.0002")

    assert finished.returncode == 0, finished.stderr
    await page.get_by_role("tab", name="Events").click()
    await expect(page.get_by_text("Finished recovery for cache nodes 0002").first).to_be_visible()
    await page.get_by_role("tab", name="Overview").click()
    await expect(page.get_by_text("2 nodes in 1 zone, all ready")).to_be_visible()
    assert await node(page, "0002").inner_text() == before


PAGES = (
    ("caches", "Caches"),
    ("cache-clusters/shown", "shown"),
    *(
        (f"cache-clusters/shown?tab={tab}", "shown")
        for tab in ("nodes", "metrics", "events", "maintenance", "security")
    ),
    ("parameter-groups/default.memcached1.6", "default.memcached1.6"),
    ("caches/create?engine=memcached", "Engine and deployment"),
)


@pytest.fixture(scope="module")
def furnished(elastane: RunningElastane) -> RunningElastane:
    make(elastane, "shown", node_count=3, AZMode="cross-az", TransitEncryptionEnabled=True)
    return elastane


@pytest.mark.parametrize(("path", "title"), PAGES, ids=[path for path, _ in PAGES])
async def test_a_page_keeps_nobody_out(furnished: RunningElastane, console: Console, path: str, title: str) -> None:
    await console.sign_in()

    await keeps_nobody_out(console, path, title)


# --- chapters ------------------------------------------------------------------------------------


async def create(console: Console, name: str) -> None:
    """With the wizard. Ends on the cluster's own page."""
    page = console.page
    await console.go("caches/create")
    await page.get_by_role("radio", name="Memcached").click()
    await page.get_by_role("radio", name="Demo").click()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("textbox", name="Name").fill(name)
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("heading", name="Review and create", level=1)).to_be_visible()
    await page.get_by_role("button", name="Create", exact=True).click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


async def add_nodes(console: Console) -> None:
    page = console.page
    await page.get_by_role("button", name="Add nodes").click()
    await page.get_by_label("How many more").fill("2")
    await expect(page.get_by_text("About 40 % of the keys belong to new nodes then")).to_be_visible()
    await page.get_by_role("button", name="Add 2 nodes").click()
    await expect(page.get_by_text("5 nodes in 3 zones, all ready")).to_be_visible()
    await expect(page.get_by_text("of the list of nodes: 0001, 0002, 0003, 0004, 0005.")).to_be_visible()
    await expect(page.get_by_text("Available", exact=True).first).to_be_visible()
    await console.picture("memcached-2-five-nodes")


async def remove_nodes(console: Console, *node_ids: str) -> None:
    page = console.page
    await page.get_by_role("tab", name="Nodes").click()
    for node_id in node_ids:
        await page.get_by_role("checkbox", name=f"Select {node_id}").click()
    await page.get_by_role("button", name="Remove nodes").click()
    await page.get_by_role("button", name=f"Remove {len(node_ids)} nodes").click()
    await expect(page.get_by_role("checkbox", name=f"Select {node_ids[0]}")).to_have_count(0)
    await page.get_by_role("tab", name="Overview").click()
    await expect(page.get_by_text("of the list of nodes: 0001, 0003, 0005.")).to_be_visible()
    await expect(page.get_by_text("Available", exact=True).first).to_be_visible()
    await console.picture("memcached-3-three-nodes")


async def reboot_all(console: Console) -> None:
    page = console.page
    await page.get_by_role("tab", name="Nodes").click()
    for node_id in ("0001", "0003", "0005"):
        await page.get_by_role("checkbox", name=f"Select {node_id}").click()
    await page.get_by_role("button", name="Reboot nodes").click()
    await expect(page.get_by_text("all keys are lost")).to_be_visible()
    await page.get_by_role("button", name="Reboot 3 nodes").click()
    await page.get_by_role("tab", name="Events").click()
    for node_id in ("0001", "0003", "0005"):
        await expect(page.get_by_text(f"Cache node {node_id} restarted").first).to_be_visible()
    await page.get_by_role("tab", name="Overview").click()
    await expect(page.get_by_text("Available", exact=True).first).to_be_visible()


# --- what the chapters are made of ---------------------------------------------------------------


def node(page: Page, node_id: str) -> Locator:
    """The node in the picture of the zones."""
    return page.get_by_role("list", name="Zones").get_by_role("listitem").filter(has_text=node_id).last


def make(elastane: RunningElastane, name: str, *, node_count: int, **more: Any) -> None:
    """Returns once it is available."""
    elasticache = elastane.client()
    common = {"Engine": "memcached", "CacheNodeType": "cache.t4g.micro"}
    elasticache.create_cache_cluster(CacheClusterId=name, NumCacheNodes=node_count, **common, **more)
    waiter = elasticache.get_waiter("cache_cluster_available")
    waiter.wait(CacheClusterId=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def described(elastane: RunningElastane, name: str) -> dict[str, Any]:
    (cluster,) = elastane.client().describe_cache_clusters(CacheClusterId=name)["CacheClusters"]
    return dict(cluster)


def fill(endpoint: tuple[str, int]) -> None:
    with closing(discovering(endpoint)) as cache:
        for number in range(KEY_COUNT):
            cache.set(f"key:{number}", str(number), noreply=False)


def key_count(endpoint: tuple[str, int]) -> int:
    with closing(discovering(endpoint)) as cache:
        return len(cache.get_many([f"key:{number}" for number in range(KEY_COUNT)]))


def discovering(endpoint: tuple[str, int]) -> HashClient:
    """As the page's own program does it."""
    with closing(Client(endpoint, timeout=READ_SECONDS)) as client:
        reply = client.raw_command("config get cluster", end_tokens="\n\r\nEND\r\n")
    nodes = (listed.split("|") for listed in reply.decode().splitlines()[-1].split())
    return HashClient([(host, int(port)) for host, _, port in nodes], timeout=READ_SECONDS)
