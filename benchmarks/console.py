"""How soon the console is there, what it weighs, and how smooth its list is with a thousand caches.

In the distribution's Chromium, headless. A first load is in a tab that has nothing kept; its weight is what came over
the wire, compressed. The thousand caches are documents in a store behind the real API: so many engines would measure
the machine. A long task is what keeps a page from answering to its person.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from playwright.async_api import Browser, Response, expect

from benchmarks import command
from benchmarks.control_plane import control_plane, create_groups
from benchmarks.tables import Goal, Report, Row
from tests.kit.browser import Console, opened_console, running_browser
from tests.kit.crowd import served_crowd

LOAD_MS_MAX = 1500
LOAD_KB_MAX = 700
GROUP_COUNT = 1000

OBSERVE_LONG_TASKS = """
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => entry.duration)))
        .observe({ type: "longtask", buffered: true });
"""


def measure(is_quick: bool) -> Report:
    run_count = 2 if is_quick else 10
    with control_plane() as elastane:
        create_groups(elastane, ["orders"], 2)
        rows = asyncio.run(_first_loads(elastane.url, run_count))
    command.tell(f"{GROUP_COUNT} caches")
    return Report(title="The console", rows=(*rows, *asyncio.run(_list(run_count))))


async def _first_loads(url: str, run_count: int) -> tuple[Row, ...]:
    sign_ins: list[float] = []
    dashboards: list[float] = []
    weights: list[float] = []
    async with running_browser() as browser:
        for number in range(run_count):
            command.tell(f"first load {number + 1} of {run_count}")
            sign_ins.append(await _sign_in_ms(browser, url))
            loaded_ms, weight_kb = await _dashboard(browser, url)
            dashboards.append(loaded_ms)
            weights.append(weight_kb)
    return (
        Row(name="first load, to the sign-in", unit="ms", samples=tuple(sign_ins), goals=(Goal(below=LOAD_MS_MAX),)),
        Row(
            name="first load, to the dashboard",
            unit="ms",
            samples=tuple(dashboards),
            goals=(Goal(below=LOAD_MS_MAX),),
        ),
        Row(name="its weight, compressed", unit="KB", samples=tuple(weights), goals=(Goal(below=LOAD_KB_MAX),)),
    )


async def _sign_in_ms(browser: Browser, url: str) -> float:
    began_at = perf_counter()
    async with opened_console(browser, url) as console:
        await expect(console.page.get_by_role("button", name="Sign in")).to_be_visible()
        return (perf_counter() - began_at) * 1000


async def _dashboard(browser: Browser, url: str) -> tuple[float, float]:
    """In a tab that is signed in and has no file of the console yet: milliseconds, and kilobytes that came."""
    async with opened_console(browser, url) as signed_in:
        await signed_in.sign_in()
        kept = await signed_in.page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.add_init_script(f"for (const [name, value] of {kept}) sessionStorage.setItem(name, value);")
    page = await context.new_page()
    files: list[Response] = []
    page.on("response", lambda response: files.append(response) if "/console/" in response.url else None)
    began_at = perf_counter()
    await page.goto(f"{url}/console/")
    await expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    loaded_ms = (perf_counter() - began_at) * 1000
    await page.wait_for_load_state("networkidle")
    weights = [(await response.request.sizes())["responseBodySize"] for response in files]
    await context.close()
    return loaded_ms, sum(weights) / 1000


async def _list(run_count: int) -> tuple[Row, ...]:
    shown: list[float] = []
    turned: list[float] = []
    filtered: list[float] = []
    longest: list[float] = []
    with tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory:
        async with served_crowd(Path(directory), GROUP_COUNT) as url, running_browser() as browser:
            for _ in range(run_count):
                async with opened_console(browser, url) as console:
                    await console.page.add_init_script(OBSERVE_LONG_TASKS)
                    await console.sign_in()
                    shown.append(await _timed(console, "caches", "group-0000"))
                    turned.append(await _next_page(console))
                    filtered.append(await _filter(console))
                    tasks: list[float] = await console.page.evaluate("window.longTasks")
                    longest.append(max(tasks, default=0))
    return (
        Row(name=f"{GROUP_COUNT:,} caches: the list's first rows", unit="ms", samples=tuple(shown)),
        Row(name=f"{GROUP_COUNT:,} caches: its next page", unit="ms", samples=tuple(turned)),
        Row(name=f"{GROUP_COUNT:,} caches: found by a part of the name", unit="ms", samples=tuple(filtered)),
        Row(name=f"{GROUP_COUNT:,} caches: the longest task meanwhile", unit="ms", samples=tuple(longest)),
    )


async def _timed(console: Console, path: str, group_id: str) -> float:
    began_at = perf_counter()
    await console.open(path)
    await expect(console.page.get_by_role("link", name=group_id)).to_be_visible()
    return (perf_counter() - began_at) * 1000


async def _next_page(console: Console) -> float:
    began_at = perf_counter()
    await console.page.get_by_role("button", name="Next page").click()
    await expect(console.page.get_by_role("link", name="group-0000")).to_have_count(0)
    await expect(console.page.get_by_role("link", name="group-0020")).to_be_visible()
    return (perf_counter() - began_at) * 1000


async def _filter(console: Console) -> float:
    began_at = perf_counter()
    await console.page.get_by_label("Find caches").fill("group-0987")
    await console.page.keyboard.press("Enter")
    await expect(console.page.get_by_role("link", name="group-0987")).to_be_visible()
    return (perf_counter() - began_at) * 1000


if __name__ == "__main__":
    sys.exit(command.run("console", measure))
