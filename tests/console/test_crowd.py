"""A thousand caches: the list asks for a page at a time, and stays one that a person can use."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Browser, Request, expect

from tests.kit.browser import Console, opened_console
from tests.kit.crowd import served_crowd

GROUP_COUNT = 1000
PAGE_SIZE = 20


@pytest.fixture
async def crowded(browser: Browser, tmp_path: Path) -> AsyncIterator[Console]:
    async with served_crowd(tmp_path, GROUP_COUNT) as url, opened_console(browser, url) as opened:
        await opened.sign_in()
        yield opened


async def test_pages_come_from_the_api_one_at_a_time(crowded: Console) -> None:
    asked: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        sent = parse_qs(request.post_data or "")
        if sent.get("Action") == ["DescribeReplicationGroups"]:
            asked.append(sent)

    await crowded.open("events")
    await expect(crowded.page.get_by_role("heading", name="Events", level=1)).to_be_visible()
    crowded.page.on("request", note)
    await crowded.page.get_by_role("link", name="Caches").click()

    await expect(crowded.page.get_by_role("link", name="group-0000")).to_be_visible()
    first_page_count = len(asked)
    await crowded.page.get_by_role("button", name="Next page").click()
    await expect(crowded.page.get_by_role("link", name="group-0020")).to_be_visible()
    await crowded.picture("a-thousand-caches")

    # A page may be asked for anew meanwhile, and the next one beforehand: never all of them.
    assert 1 <= first_page_count <= 4, asked
    assert await crowded.page.get_by_role("row").count() <= PAGE_SIZE + 1
    assert sum(int(sent.get("MaxRecords", ["100"])[0]) for sent in asked) < GROUP_COUNT / 2


async def test_one_of_a_thousand_is_found_by_a_part_of_its_name(crowded: Console) -> None:
    await crowded.go("caches")

    await crowded.page.get_by_label("Find caches").fill("0987")
    await crowded.page.keyboard.press("Enter")

    await expect(crowded.page.get_by_role("link", name="group-0987")).to_be_visible()
    await expect(crowded.page.get_by_role("link", name="group-0000")).to_have_count(0)


async def test_the_dashboard_counts_all_of_them(crowded: Console) -> None:
    await crowded.go("")

    await expect(crowded.page.get_by_text("1,000").first).to_be_visible()
    await crowded.picture("dashboard-of-a-thousand")
