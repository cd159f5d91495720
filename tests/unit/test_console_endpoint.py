"""The console's files: what a browser gets, what it may do with it, and what nobody gets."""

import asyncio
import gzip
from pathlib import Path

import pytest

from elastane.console_endpoint import CONTENT_SECURITY_POLICY, NOT_BUILT, answer_console
from elastane.service.unsigned import UnsignedAnswer, UnsignedRequest

SCRIPT = b"console.log('hello');" * 100
FONT = b"wOF2\x00\x01"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "console_files"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>the console</title>")
    (directory / "assets" / "index-Ab12.js").write_bytes(SCRIPT)
    (directory / "assets" / "font-Cd34.woff2").write_bytes(FONT)
    (directory / "assets" / "notes.txt").write_text("of a kind that no browser asks for")
    (directory / "built-from.txt").write_text("a digest")
    (tmp_path / "secret.js").write_text("of somebody else")
    return directory


def request(path: str, **headers: str) -> UnsignedRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return UnsignedRequest(path=path, parameters={}, source_ip="10.0.0.7", headers=named)


async def answered(built: Path, path: str, **headers: str) -> UnsignedAnswer:
    answer = await answer_console(built)(request(path, **headers))
    assert answer is not None
    return answer


# --- what a browser gets -------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/console/", "/console/caches", "/console/replication-groups/a%2Fb", "/console/x.js"])
async def test_every_page_s_address_is_answered_with_the_program(built: Path, path: str) -> None:
    answer = await answered(built, path)

    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")
    assert b"the console" in answer.body
    assert ("cache-control", "no-cache") in answer.headers


async def test_an_asset_is_kept_by_the_browser_for_good(built: Path) -> None:
    answer = await answered(built, "/console/assets/index-Ab12.js")

    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.body == SCRIPT
    assert ("cache-control", "public, max-age=31536000, immutable") in answer.headers


async def test_who_can_read_gzip_gets_it(built: Path) -> None:
    answer = await answered(built, "/console/assets/index-Ab12.js", accept_encoding="gzip, deflate, br")

    assert ("content-encoding", "gzip") in answer.headers
    assert len(answer.body) < len(SCRIPT)
    assert gzip.decompress(answer.body) == SCRIPT


async def test_a_font_is_compressed_already(built: Path) -> None:
    answer = await answered(built, "/console/assets/font-Cd34.woff2", accept_encoding="gzip")

    assert answer.body == FONT
    assert "content-encoding" not in dict(answer.headers)


async def test_every_answer_says_what_a_browser_may_do(built: Path) -> None:
    for path in ("/console/", "/console/assets/index-Ab12.js", "/console/assets/missing.js"):
        headers = dict((await answered(built, path)).headers)

        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_policy_lets_nothing_in_but_the_console_s_own_files() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))

    assert directives["default-src"] == "'none'"
    assert {source for name, source in directives.items() if name != "default-src"} == {"'self'", "'none'"}


# --- what a person types -------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/console", "/"])
async def test_who_types_the_endpoint_s_address_is_led_to_the_console(built: Path, path: str) -> None:
    answer = await answered(built, path, accept="text/html,application/xhtml+xml")

    assert answer.status == 307
    assert dict(answer.headers)["location"] == "/console/"


@pytest.mark.parametrize("path", ["/", "/consoles", "/console.html", "/metrics", "//console/"])
async def test_other_addresses_are_none_of_the_console_s(built: Path, path: str) -> None:
    assert await answer_console(built)(request(path)) is None


async def test_a_query_of_the_api_is_none_of_the_console_s(built: Path) -> None:
    asked = UnsignedRequest(
        path="/", parameters={"Action": "DescribeEvents"}, source_ip=None, headers={"accept": "text/html"}
    )

    assert await answer_console(built)(asked) is None


# --- what nobody gets ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "missing.js",
        "../index.html",
        "../../secret.js",
        "..%2f..%2fsecret.js",
        "%2e%2e/secret.js",
        "notes.txt",
        "",
    ],
)
async def test_only_what_was_built_is_found(built: Path, name: str) -> None:
    answer = await answered(built, f"/console/assets/{name}")

    assert answer.status == 404
    assert b"somebody else" not in answer.body


async def test_an_installation_without_the_console_says_so(tmp_path: Path) -> None:
    answer = await answered(tmp_path / "nothing", "/console/")

    assert answer.status == 404
    assert answer.body == NOT_BUILT.encode()


async def test_a_console_that_is_built_meanwhile_is_served(built: Path) -> None:
    there = built.with_name("there-later")
    answer = answer_console(there)
    before = await answer(request("/console/"))
    await asyncio.to_thread(built.rename, there)

    after = await answer(request("/console/"))

    assert before is not None and before.status == 404
    assert after is not None and after.status == 200
