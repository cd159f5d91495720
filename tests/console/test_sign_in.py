"""Signing in with an access key, and every way in which that ends."""

from datetime import timedelta

from playwright.async_api import Browser, expect

from tests.kit.access_keys import made_key, revoke_key
from tests.kit.browser import Console, opened_console
from tests.kit.elastane import ACCESS_KEY_ID, SECRET_ACCESS_KEY, RunningElastane

WRONG = "the-secret-of-nobody-at-all-0123456789ab"


async def test_a_key_opens_the_page_that_was_asked_for(console: Console) -> None:
    await console.open("parameter-groups")
    await expect(console.page.get_by_role("heading", name="Elastane", level=1)).to_be_visible()
    await console.picture("sign-in")

    await console.sign_in()

    await expect(console.page.get_by_role("heading", name="Parameter groups", level=1)).to_be_visible()


async def test_a_wrong_secret_is_told_and_what_was_typed_is_kept(console: Console) -> None:
    await console.type_key(secret=WRONG)

    await expect(console.page.get_by_text("This access key is not accepted")).to_be_visible()
    await expect(console.page.get_by_label("Access key ID")).to_have_value(ACCESS_KEY_ID)
    await console.picture("sign-in-refused")
    await console.sign_in()


async def test_a_key_that_nobody_has_is_told(console: Console) -> None:
    await console.type_key(access_key_id="AKIANOBODYHASTHISKEY")

    await expect(console.page.get_by_text("This access key is not accepted")).to_be_visible()


async def test_a_region_that_is_none_cannot_be_asked_for(console: Console) -> None:
    await console.page.get_by_label("Access key ID").fill(ACCESS_KEY_ID)
    await console.page.get_by_label("Secret access key").fill(SECRET_ACCESS_KEY)

    await console.page.get_by_label("Region").fill("us_east")

    await expect(console.page.get_by_text("As AWS spells them")).to_be_visible()
    await expect(console.page.get_by_role("button", name="Sign in")).to_be_disabled()


# --- where the key is ----------------------------------------------------------------------------


async def test_the_key_is_the_tab_s_alone_and_gone_with_it(
    browser: Browser, console: Console, elastane: RunningElastane
) -> None:
    await console.sign_in()
    await console.page.reload()
    await expect(console.page.get_by_role("button", name=f"Signed in with {ACCESS_KEY_ID}")).to_be_visible()

    elsewhere = await console.page.evaluate("JSON.stringify(localStorage) + document.cookie + location.href")

    assert SECRET_ACCESS_KEY not in elsewhere
    async with opened_console(browser, elastane.url) as another:
        await expect(another.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_who_does_not_want_it_kept_has_it_in_memory_alone(console: Console) -> None:
    await console.page.get_by_label("Stay signed in until this tab is closed").uncheck()
    await console.sign_in()

    kept = await console.page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    await console.page.reload()

    assert SECRET_ACCESS_KEY not in kept
    await expect(console.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_signing_out_forgets_the_key(console: Console) -> None:
    await console.sign_in()

    await console.page.get_by_role("button", name=f"Signed in with {ACCESS_KEY_ID}").click()
    await console.page.get_by_role("menuitem", name="Sign out").click()

    await expect(console.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert SECRET_ACCESS_KEY not in await console.page.evaluate("JSON.stringify(sessionStorage)")


# --- how a session ends --------------------------------------------------------------------------


async def test_a_key_that_is_revoked_ends_the_session_with_the_reason(
    console: Console, elastane: RunningElastane
) -> None:
    key = made_key(elastane, "visitor", "read-only")
    await console.sign_in(key.id, key.secret)
    await console.go("caches")

    revoke_key(elastane, key.id)

    await expect(console.page.get_by_text("You have been signed out")).to_be_visible()
    await expect(console.page.get_by_text("The API no longer accepts this access key")).to_be_visible()
    await console.picture("session-ended")
    await console.sign_in()
    await expect(console.page.get_by_role("heading", name="Caches", level=1)).to_be_visible()


async def test_a_session_ends_after_twelve_hours(console: Console) -> None:
    await console.page.clock.install()
    await console.sign_in()
    # The clock stands still for the pages but for what is said here: signatures are made with it.
    await console.page.clock.fast_forward(int(timedelta(hours=12, minutes=1).total_seconds() * 1000))

    await expect(console.page.get_by_text("This session is twelve hours old")).to_be_visible()


async def test_a_key_that_may_only_look_is_told_what_it_may_not(console: Console, elastane: RunningElastane) -> None:
    key = made_key(elastane, "looker", "read-only")
    await console.sign_in(key.id, key.secret)
    await console.go("subnet-groups")

    await expect(console.page.get_by_role("heading", name="Subnet groups", level=1)).to_be_visible()
    await expect(console.page.get_by_text("default").first).to_be_visible()
