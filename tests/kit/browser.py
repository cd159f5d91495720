"""A real browser in front of the console: the distribution's Chromium, led by Playwright.

    async with running_browser() as browser, opened_console(browser, elastane.url) as console:
        await console.sign_in()
        await console.go("caches")

Whatever the browser complains of (a script that fails, something that the content security policy refuses, a request to
anybody but Elastane) fails the test at the end, unless the test said that it expects it.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from tests.kit.elastane import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.repository import ROOT

PATIENCE_SECONDS = 30
"""For whatever shall appear on a page. A page is quick; a machine that runs four tests at once is not."""

AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(os.environ.get("ELASTANE_ARTEFACTS", ROOT / "artefacts")) / "console"
SERIOUS = frozenset({"serious", "critical"})

WIDE, NARROW = (1280, 900), (360, 780)

Scheme = Literal["light", "dark"]


WITHOUT_CHROMIUM = "no chromium on PATH (Debian: apt-get install chromium)"


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with tempfile.TemporaryDirectory(prefix="elastane-browser-") as home:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(),
                # Containers' root has no sandbox to put it in, and it only ever sees our own pages.
                args=["--no-sandbox"],
                # It does not start without a home, and nothing of the person's at this machine is its to read.
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": home},
            )
            try:
                yield browser
            finally:
                await browser.close()


class Console:
    """The console in one tab; made by `opened_console`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.is_away_expected = False
        """Set while Elastane is away: the browser itself writes down every request that fails."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"a script failed: {error}"))
        page.on("request", self._watch)

    async def open(self, path: str = "") -> None:
        """By its address, as a bookmark does. Who is not signed in sees the sign-in."""
        await self.page.goto(f"{self.url}/console/{path}")

    async def sign_in(self, access_key_id: str = ACCESS_KEY_ID, secret: str = SECRET_ACCESS_KEY) -> None:
        await self.type_key(access_key_id, secret)
        await expect(self.page.get_by_role("button", name=f"Signed in with {access_key_id}")).to_be_visible()

    async def type_key(self, access_key_id: str = ACCESS_KEY_ID, secret: str = SECRET_ACCESS_KEY) -> None:
        await self.page.get_by_label("Access key ID").fill(access_key_id)
        await self.page.get_by_label("Secret access key").fill(secret)
        await self.page.get_by_role("button", name="Sign in").click()

    async def go(self, path: str) -> None:
        """Signed in, to a page by its address; the tab keeps the key."""
        await self.open(path)
        await expect(self.page.locator("h1").first).to_be_visible()

    async def picture(self, name: str) -> None:
        """Into the folder of artefacts, for a person to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")

    async def list_barriers(self) -> list[str]:
        """What axe finds that keeps somebody out: one sentence each."""
        await self.page.evaluate(AXE.read_text())
        # `:root` is what may be scrolled by itself, which Chromium lets everybody do with the keyboard.
        found: dict[str, Any] = await self.page.evaluate("axe.run()")
        return [
            f"{one['id']}: {one['help']} ({'; '.join(str(node['target']) for node in one['nodes'][:3])})"
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]

    async def overflow_pixels(self) -> int:
        """By how much the page is wider than the window: what makes it scroll sideways."""
        pixels: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return pixels

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        # The browser tells of every answer that is a refusal; the pages tell the person what it said.
        if message.text.startswith("Failed to load resource: the server responded with a status of 4"):
            return
        if self.is_away_expected and message.text.startswith("Failed to load resource"):
            return
        self.complaints.append(f"the browser complains: {message.text}")

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc and not request.url.startswith(("data:", "blob:")):
            self.complaints.append(f"somebody else is asked: {request.url}")


@asynccontextmanager
async def opened_console(
    browser: Browser, url: str, *, size: tuple[int, int] = WIDE, scheme: Scheme = "light"
) -> AsyncIterator[Console]:
    """A tab of its own, with nothing kept from any other."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    try:
        console = Console(await context.new_page(), url)
        await console.open()
        yield console
        assert not console.complaints, "\n".join(console.complaints)
    finally:
        await context.close()
