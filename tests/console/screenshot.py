"""`make screenshot`: the README's picture, of a real cache in a real browser.

python -m tests.console.screenshot [FILE]
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import expect

from tests.kit.browser import opened_console, running_browser
from tests.kit.elastane import RunningElastane, running_elastane
from tests.repository import ROOT

PICTURE = ROOT / "docs" / "images" / "console.png"
SIZE = (1440, 1000)
CACHE = "catalog"


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else PICTURE
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="elastane-screenshot-") as directory:
        with running_elastane(Path(directory) / "data") as elastane:
            create_cache(elastane)
            asyncio.run(take(elastane.url, target))
    print(target)  # noqa: T201  # what was asked for
    return 0


def create_cache(elastane: RunningElastane) -> None:
    """Three shards of a primary and a replica."""
    elasticache = elastane.client()
    elasticache.create_replication_group(
        ReplicationGroupId=CACHE,
        ReplicationGroupDescription="what the shop sells",
        Engine="valkey",
        CacheNodeType="cache.t4g.micro",
        NumNodeGroups=3,
        ReplicasPerNodeGroup=1,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
    )
    waiter = elasticache.get_waiter("replication_group_available")
    waiter.wait(ReplicationGroupId=CACHE, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


async def take(url: str, target: Path) -> None:
    async with running_browser() as browser, opened_console(browser, url, size=SIZE) as console:
        await console.sign_in()
        await console.go(f"replication-groups/{CACHE}")
        await expect(console.page.get_by_text("3 shards, 6 nodes, all ready")).to_be_visible()
        await console.page.get_by_role("button", name="Explain: what the control plane thinks").click()
        await expect(console.page.get_by_text("cluster mode enabled, 3 node groups")).to_be_visible()
        await console.page.screenshot(path=target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
