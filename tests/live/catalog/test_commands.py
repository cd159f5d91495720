"""Commands, categories and access strings, asked of every engine of the shared store: what we accept, they accept."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from elastane.catalog.commands import commands_of, vocabulary
from elastane.engines import CONTROL_USER, acl
from elastane.engines.discovery import EngineName as BinaryName
from elastane.model.access_strings import (
    AccessString,
    Vocabulary,
    checked_access_string,
    minimum_version,
    parse_access_string,
    render_access_string,
    with_restrictions,
)
from elastane.model.engine_names import EngineName
from elastane.model.versions import minor_version, version_numbers
from tests.kit.access_strings import access_strings
from tests.kit.stored_engines import stored_engine
from tests.live.engines.processes import EngineWorld, customer

STORED: tuple[tuple[BinaryName, str], ...] = (
    ("redis", "7.0"),
    ("valkey", "8.0"),
    ("valkey", "8.1"),
    ("valkey", "9.1"),
)
EXAMPLE_COUNT = 300
USER = "somebody"


@pytest.fixture(params=STORED, ids=lambda stored: "-".join(stored))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EngineWorld]:
    running = EngineWorld(stored_engine(*request.param), tmp_path)
    try:
        await running.boot()
        yield running
    finally:
        await running.aclose()


def version_of(world: EngineWorld) -> str:
    return minor_version(world.binary.version)


def examples(strategy: st.SearchStrategy[str], *, count: int = EXAMPLE_COUNT) -> list[str]:
    """What hypothesis would try, as a list: an engine is asked about all of them over one connection."""
    found: list[str] = []

    @hypothesis.settings(max_examples=count)
    @hypothesis.given(strategy)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


async def rights(client: Any, access_string: str) -> AccessString:
    """What the engine makes of these rules, in its own words; raises its refusal."""
    await client.execute_command("ACL SETUSER", USER, "reset", *access_string.split())
    (line,) = [line for line in await client.execute_command("ACL LIST") if line.startswith(f"user {USER} ")]
    return parse_access_string(line.removeprefix(f"user {USER} "))


def pairs(flat: list[Any]) -> dict[str, Any]:
    """A map, as RESP2 sends it."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


async def test_the_catalog_has_the_commands_and_categories_of_the_engine(world: EngineWorld) -> None:
    async with customer(world.only_node, CONTROL_USER) as client:
        described = pairs(await client.execute_command("COMMAND DOCS"))
        categories = await client.execute_command("ACL CAT")

    parts = {part for entry in described.values() for part in pairs(pairs(entry).get("subcommands", []))}
    assert described.keys() | parts == commands_of(version_of(world))
    assert set(categories) == vocabulary(EngineName(world.binary.engine)).categories


async def test_whatever_is_accepted_the_engine_accepts_and_means_the_same_in_the_normal_form(
    world: EngineWorld,
) -> None:
    words = vocabulary(EngineName(world.binary.engine))
    async with customer(world.only_node, CONTROL_USER) as client:
        for text in examples(access_strings(words, version=version_of(world))):
            access = checked_access_string(text, words)
            needed = minimum_version(access, words)

            assert version_numbers(needed) <= version_numbers(version_of(world)), text
            assert await rights(client, render_access_string(access)) == await rights(client, text), text


@pytest.mark.parametrize(("text", "version"), [("on db=0", "9.1"), ("on +hexpire", "9.0"), ("on +commandlog", "8.1")])
async def test_an_engine_older_than_the_version_that_is_needed_refuses(
    world: EngineWorld, text: str, version: str
) -> None:
    words = vocabulary(EngineName.VALKEY)
    is_old = version_numbers(version_of(world)) < version_numbers(version)
    async with customer(world.only_node, CONTROL_USER) as client:
        assert minimum_version(checked_access_string(text, words), words) == version
        if is_old:
            with pytest.raises(Exception, match=r"Syntax error|Unknown command"):
                await rights(client, text)
        else:
            assert await rights(client, text)


async def test_what_is_taken_from_every_customer_may_not_be_named(world: EngineWorld) -> None:
    words = vocabulary(EngineName(world.binary.engine))
    numbers = version_numbers(version_of(world))
    known = commands_of(version_of(world))

    taken = {rule.removeprefix("-") for rule in acl.restrictions((numbers[0], numbers[1]))}

    assert taken == {name for name in known if is_forbidden(name, words)}


def is_forbidden(name: str, words: Vocabulary) -> bool:
    """A command whose subcommands are harmless in part is no right of its own."""
    container = name.partition("|")[0]
    if name == container:
        return name in words.forbidden and not any(one.startswith(f"{name}|") for one in words.permitted)
    return name in words.forbidden or (container == "cluster" and name not in words.permitted)


async def test_with_the_restrictions_no_access_string_lets_a_customer_do_what_is_forbidden(world: EngineWorld) -> None:
    words = vocabulary(EngineName(world.binary.engine))
    numbers = version_numbers(version_of(world))
    rules = acl.restrictions((numbers[0], numbers[1]))
    async with customer(world.only_node, CONTROL_USER) as client:
        forbidden = await forbidden_commands(client, version_of(world))
        for text in (
            "on ~* &* +@all",
            "on ~* -@all (+@all ~* &*) (+@admin +@dangerous ~*)",
            "on -@all +acl +script +client +cluster (allkeys +@all -@read +acl)",
            *examples(access_strings(words, version=version_of(world)), count=30),
        ):
            restricted = with_restrictions(text, rules)
            await client.execute_command("ACL SETUSER", USER, "reset", *restricted.split())
            for command in forbidden:
                answer = await client.execute_command("ACL DRYRUN", USER, *command)
                assert "has no permissions to" in str(answer), (text, command)


async def forbidden_commands(client: Any, version: str) -> list[tuple[str, ...]]:
    """Each that customers may not use, with as many arguments as it must have."""
    words = vocabulary(EngineName.VALKEY)
    arities = {
        entry[0]: abs(entry[1])
        for top in await raw(client, "COMMAND")
        for entry in (top, *top[9])
        if not top[9] or entry is not top
    }
    names = sorted(
        name
        for name in commands_of(version) & arities.keys()
        if words.forbidden & {name, name.partition("|")[0]} and name not in words.permitted
    )
    assert len(names) > 40
    return [(*name.split("|"), *("1" * (arities[name] - name.count("|") - 1))) for name in names]


async def raw(client: Any, command: str) -> list[Any]:
    """Without what the client library makes of this answer."""
    connection = await client.connection_pool.get_connection(command)
    try:
        await connection.send_command(command)
        return list(await connection.read_response())
    finally:
        await client.connection_pool.release(connection)
