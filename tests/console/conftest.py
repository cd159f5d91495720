"""A browser and a tab for each test; an Elastane for a module, or for a test that hurts it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.kit.browser import WITHOUT_CHROMIUM, Console, find_chromium, opened_console, running_browser
from tests.kit.elastane import RunningElastane, running_elastane
from tests.repository import SOURCE


@pytest.fixture(scope="session", autouse=True)
def chromium() -> None:
    """Before anything that a test needs is started for it."""
    if find_chromium() is None:
        pytest.skip(WITHOUT_CHROMIUM)


@pytest.fixture(scope="module")
def elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """One for all tests of a module, which make caches of their own and leave the control plane alone."""
    with running_elastane(tmp_path_factory.mktemp("console") / "data") as running:
        yield running
        assert "Traceback" not in running.log()


@pytest.fixture
def own_elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    """A control plane of the test's own, which it may kill."""
    with running_elastane(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    assert (SOURCE / "console_files" / "index.html").is_file(), "the console is not built: make console"
    async with running_browser() as running:
        yield running


@pytest.fixture
async def console(browser: Browser, elastane: RunningElastane) -> AsyncIterator[Console]:
    """The sign-in, in a tab of its own."""
    async with opened_console(browser, elastane.url) as opened:
        yield opened
