"""Elastane goes away while somebody looks, and comes back: what is on the page stays, and says that it is old."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.kit.browser import Console, opened_console
from tests.kit.elastane import RunningElastane
from tests.live.live_groups import make_group

AWAY = "Elastane does not answer"


@pytest.fixture
async def watching(browser: Browser, own_elastane: RunningElastane) -> AsyncIterator[Console]:
    """Signed in, before a control plane that may be killed."""
    async with opened_console(browser, own_elastane.url) as opened:
        await opened.sign_in()
        yield opened


async def test_the_list_stays_while_the_api_is_away_and_goes_on_by_itself(
    watching: Console, own_elastane: RunningElastane
) -> None:
    await make_group(own_elastane, "orders", 2)
    await watching.go("caches")
    await expect(watching.page.get_by_role("link", name="orders")).to_be_visible()

    watching.is_away_expected = True
    own_elastane.kill()

    await expect(watching.page.get_by_text(AWAY).first).to_be_visible()
    await expect(watching.page.get_by_role("link", name="orders")).to_be_visible()
    await watching.picture("api-away")

    own_elastane.start()

    await expect(watching.page.get_by_text(AWAY)).to_have_count(0)
    await expect(watching.page.get_by_role("link", name="orders")).to_be_visible()


async def test_a_change_that_is_not_answered_says_that_it_may_have_been_made(
    watching: Console, own_elastane: RunningElastane
) -> None:
    await watching.go("subnet-groups")
    await watching.go("parameter-groups")
    await watching.page.get_by_role("button", name="Create parameter group").click()
    dialog = watching.page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("tuned")
    await dialog.get_by_label("Description").fill("for the shop")

    watching.is_away_expected = True
    own_elastane.kill()
    await dialog.get_by_role("button", name="Create").click()

    await expect(dialog.get_by_text(AWAY)).to_be_visible()
    await expect(dialog.get_by_label("Name")).to_have_value("tuned")
    own_elastane.start()


async def test_who_signs_in_while_the_api_is_away_is_told(browser: Browser, own_elastane: RunningElastane) -> None:
    async with opened_console(browser, own_elastane.url) as console:
        console.is_away_expected = True
        own_elastane.kill()

        await console.type_key()

        await expect(console.page.get_by_text(AWAY)).to_be_visible()
        own_elastane.start()
        await console.sign_in()
