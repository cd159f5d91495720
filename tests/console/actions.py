"""What people do with a cache of any kind in the console, and read there."""

import subprocess

from playwright.async_api import Page, expect

from tests.kit.asserts import eventually
from tests.kit.browser import Console
from tests.kit.elastane import AWS_CLI, RunningElastane


async def act(page: Page, name: str, action: str) -> None:
    await page.get_by_role("button", name=f"Actions on {name}").click()
    await page.get_by_role("menuitem", name=action).click()


async def delete(console: Console, name: str, what: str) -> None:
    """`what` it is, in the dialog's words. Returns once the list does not have it any more."""
    page = console.page
    await act(page, name, "Delete")
    dialog = page.get_by_role("dialog", name=f"Delete {what}")
    await expect(dialog.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    await dialog.get_by_label(f"To confirm, type {name}").fill(name)
    await dialog.get_by_role("button", name="Delete", exact=True).click()
    await expect(dialog).to_have_count(0)

    async def is_gone() -> bool:
        await console.go("caches")
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        return await page.get_by_role("link", name=name, exact=True).count() == 0

    await eventually(is_gone, timeout_seconds=30, message=f"{name} is gone from the list")


async def configuration_endpoint(page: Page) -> tuple[str, int]:
    """As the page shows it."""
    shown = page.get_by_role("definition").filter(
        has=page.get_by_role("button", name="Copy Configuration endpoint, plain")
    )
    host, port = (await shown.inner_text()).split()[0].rsplit(":", 1)
    return host, int(port)


def run_in_a_shell(elastane: RunningElastane, command: str) -> "subprocess.CompletedProcess[str]":
    """As somebody who pastes it, with the AWS CLI on the path."""
    environment = elastane.aws_environment()
    path = f"{AWS_CLI.parent}:{environment['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", command], env=environment | {"PATH": path}, capture_output=True, text=True, timeout=60
    )
