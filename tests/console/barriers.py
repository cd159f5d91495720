"""A page as people meet it: wide and narrow, light and dark, by eye, by keyboard and by ear. It takes pictures."""

import re

from playwright.async_api import expect

from tests.kit.browser import NARROW, WIDE, Console


async def keeps_nobody_out(console: Console, path: str, title: str) -> None:
    """Who is signed in opens it by its address."""
    page, name = console.page, re.sub(r"/|\?(tab=)?", "-", path) or "dashboard"
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
