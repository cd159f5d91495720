"""What a person does with a cache, in a browser: create, watch, break, understand, scale, delete."""

import asyncio
from contextlib import closing

from playwright.async_api import Browser, Locator, Page, expect
from valkey.cluster import ValkeyCluster

from tests.console.actions import act, configuration_endpoint, delete, run_in_a_shell
from tests.kit.asserts import eventually
from tests.kit.browser import Console, opened_console
from tests.kit.elastane import RunningElastane

KEY_COUNT = 500


async def test_a_cache_from_its_first_day_to_its_last(console: Console, elastane: RunningElastane) -> None:
    page = console.page
    await console.sign_in()

    await create(console, "catalog", "Dev/Test")
    await expect(page.get_by_text("Available", exact=True).first).to_be_visible()
    await expect(page.get_by_text("2 shards, 4 nodes, all ready")).to_be_visible()
    await console.picture("story-1-available")

    await asyncio.to_thread(fill, await configuration_endpoint(page))

    await watch_a_failover(console)
    await break_a_primary(console, elastane)
    await understand(console)
    await add_a_shard(console, elastane)

    assert await asyncio.to_thread(key_count, await configuration_endpoint(page)) == KEY_COUNT

    await delete(console, "catalog", "replication group")


async def test_creating_says_what_is_waited_for_and_becomes_available_by_itself(
    browser: Browser, own_elastane: RunningElastane
) -> None:
    """While a zone is lost, no node starts in it: so there is something to wait for."""
    fault(own_elastane, "zone", "us-east-1b", "down")
    async with opened_console(browser, own_elastane.url) as console:
        await console.sign_in()

        await create(console, "waiting", "Demo")

        await expect(console.page.get_by_text("Creating", exact=True).first).to_be_visible()
        await expect(console.page.get_by_text("its zone us-east-1b is down").first).to_be_visible()
        await console.picture("creating")

        fault(own_elastane, "zone", "us-east-1b", "up")

        await expect(console.page.get_by_text("Available", exact=True).first).to_be_visible()
        await expect(console.page.get_by_text("1 shard, 2 nodes, all ready")).to_be_visible()


async def test_the_command_line_of_the_review_makes_the_same_cache(console: Console, elastane: RunningElastane) -> None:
    await console.sign_in()
    await console.go("caches/create")
    await console.page.get_by_role("radio", name="Demo").click()
    await console.page.get_by_role("button", name="Next").click()
    await console.page.get_by_role("textbox", name="Name").fill("by-command")
    await console.page.get_by_role("textbox", name="Description").fill('the shop\'s "own" & only $cache')
    await console.page.get_by_role("button", name="Next").click()
    shown = console.page.get_by_label("AWS CLI command", exact=True).locator("pre")
    command = await shown.inner_text()

    finished = await asyncio.to_thread(run_in_a_shell, elastane, command)

    assert finished.returncode == 0, finished.stderr
    (made,) = elastane.client().describe_replication_groups(ReplicationGroupId="by-command")["ReplicationGroups"]
    assert made["Description"] == 'the shop\'s "own" & only $cache'
    assert (made["CacheNodeType"], len(made["MemberClusters"])) == ("cache.t4g.micro", 2)


async def test_what_the_api_refuses_is_shown_and_nothing_that_was_typed_is_lost(
    console: Console, elastane: RunningElastane
) -> None:
    elastane.client().create_replication_group(
        ReplicationGroupId="taken",
        ReplicationGroupDescription="there already",
        Engine="valkey",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=1,
    )
    await console.sign_in()
    await console.go("caches/create")
    await console.page.get_by_role("button", name="Next").click()
    await console.page.get_by_role("textbox", name="Name").fill("taken")
    await console.page.get_by_role("button", name="Next").click()

    await console.page.get_by_role("button", name="Create", exact=True).click()

    await expect(console.page.get_by_text("Replication group taken already exists").first).to_be_visible()
    await console.picture("create-refused")
    await console.page.get_by_role("button", name="Previous").click()
    await expect(console.page.get_by_role("textbox", name="Name")).to_have_value("taken")


# --- chapters ------------------------------------------------------------------------------------


async def create(console: Console, name: str, preset: str) -> None:
    """With the wizard, from the list's button on. Ends on the cache's own page."""
    page = console.page
    await console.go("caches")
    await page.get_by_text("Create cache", exact=True).first.click()
    await page.get_by_role("radio", name=preset).click()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("textbox", name="Name").fill(name)
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("heading", name="Review and create", level=1)).to_be_visible()
    await page.get_by_role("button", name="Create", exact=True).click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


async def watch_a_failover(console: Console) -> None:
    """The picture and the events tell of it, without the page being loaded anew."""
    page = console.page
    await expect(node(page, "catalog-0001-001").get_by_text("Primary", exact=True)).to_be_visible()

    await act(page, "catalog", "Fail over a primary")
    await page.get_by_role("button", name="Fail over shard 0001").click()

    await expect(node(page, "catalog-0001-002").get_by_text("Primary", exact=True)).to_be_visible()
    await expect(node(page, "catalog-0001-001").get_by_text("Replica", exact=True)).to_be_visible()
    await console.picture("story-2-failed-over")
    await page.get_by_role("tab", name="Events").click()
    await expect(page.get_by_text("Test Failover API called for node group 0001").first).to_be_visible()
    await page.get_by_role("tab", name="Overview").click()
    await expect(page.get_by_text("2 shards, 4 nodes, all ready")).to_be_visible()


async def break_a_primary(console: Console, elastane: RunningElastane) -> None:
    page = console.page
    await expect(node(page, "catalog-0002-001").get_by_text("Primary", exact=True)).to_be_visible()

    fault(elastane, "kill", "catalog-0002-001")

    await expect(node(page, "catalog-0002-002").get_by_text("Primary", exact=True)).to_be_visible()
    await expect(node(page, "catalog-0002-001").get_by_text("Replica", exact=True)).to_be_visible()
    await expect(page.get_by_text("2 shards, 4 nodes, all ready")).to_be_visible()
    await page.get_by_role("tab", name="Events").click()
    await expect(page.get_by_text("to replica node catalog-0002-002 completed").first).to_be_visible()
    await page.get_by_role("tab", name="Overview").click()


async def understand(console: Console) -> None:
    page = console.page
    await page.get_by_role("button", name="Explain: what the control plane thinks").click()
    await expect(page.get_by_text("cluster mode enabled, 2 node groups")).to_be_visible()
    await page.get_by_role("button", name="The control plane's loops").click()
    await expect(page.get_by_text("reconcile", exact=True)).to_be_visible()
    await console.picture("story-3-explained")
    await page.get_by_role("button", name="Close Explain").click()


async def add_a_shard(console: Console, elastane: RunningElastane) -> None:
    page = console.page
    await act(page, "catalog", "Add shards")
    await expect(page.get_by_role("heading", name="5,461 slots would move, 33.3 % of all")).to_be_visible()
    await console.picture("story-4-preview")
    await page.get_by_role("button", name="Add 1 shard").click()

    await expect(page.get_by_text("3 shards, 6 nodes, all ready")).to_be_visible()
    await console.picture("story-5-three-shards")

    def slot_counts() -> list[int]:
        (group,) = elastane.client().describe_replication_groups(ReplicationGroupId="catalog")["ReplicationGroups"]
        return [count_slots(part["Slots"]) for part in group["NodeGroups"]]

    await eventually(lambda: sorted(slot_counts()) == [5461, 5461, 5462], timeout_seconds=60, message="slots are even")
    await expect(page.get_by_text("Slots still to move")).to_have_count(0)
    await expect(page.get_by_text("Available", exact=True).first).to_be_visible()


# --- what the chapters are made of ---------------------------------------------------------------


def node(page: Page, node_id: str) -> Locator:
    """The node in the picture of the topology."""
    picture = page.get_by_role("list", name="Shards").get_by_role("listitem")
    return picture.filter(has=page.get_by_text(node_id, exact=True)).last


def fill(endpoint: tuple[str, int]) -> None:
    with closing(ValkeyCluster(host=endpoint[0], port=endpoint[1])) as cache:
        for number in range(KEY_COUNT):
            cache.set(f"key:{number}", number)


def key_count(endpoint: tuple[str, int]) -> int:
    with closing(ValkeyCluster(host=endpoint[0], port=endpoint[1])) as cache:
        return sum(cache.get(f"key:{number}") == b"%d" % number for number in range(KEY_COUNT))


def fault(elastane: RunningElastane, *arguments: str) -> None:
    finished = elastane.run_command("fault", *arguments)
    assert finished.returncode == 0, finished.stderr


def count_slots(text: str) -> int:
    """Of ``0-99,200``."""
    ends = [part.split("-") for part in text.split(",")]
    return sum(int(ends_of[-1]) - int(ends_of[0]) + 1 for ends_of in ends)
