"""Every parameter of Memcached at a real one: with each end of what is allowed it starts, and runs as is wanted."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elastane.catalog import families
from elastane.catalog.families import DataType, Parameter
from elastane.catalog.memcached_parameters import FAMILY, find_misfit
from elastane.catalog.node_types import get_node_type
from elastane.engines.discovery import EngineBinary
from elastane.engines.memcached import NodeConfig, command_line, wanted_settings
from elastane.engines.memcached_client import LiveMemcached
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.model.memcached_observations import AnsweringNode
from tests.kit.address_blocks import held_block
from tests.kit.asserts import eventually
from tests.kit.fake_memcached_settings import settings_of
from tests.kit.stored_engines import stored_engine

NODE_TYPE = get_node_type("cache.t4g.micro")
CONNECTIONS_MAX = 1024
ITEM_OVERHEAD_BYTES = 512
"""More than what an item of memcached has besides its value."""

MODIFIABLE = [parameter for parameter in families.parameters(FAMILY) if parameter.is_modifiable]

WITHOUT_EFFECT = ("inline_ascii_resp", "worker_logbuf_size")
"""On the memcached that is tested here."""

SETTING_IS_ON_ANYWAY = ("lru_crawler", "lru_maintainer", "maxconns_fast", "slab_automove", "slab_reassign")
"""So that they are only seen where `no_modern` takes them away."""


def ends(parameter: Parameter) -> list[str]:
    """Every value of a choice, and both ends of a range."""
    if parameter.data_type is DataType.FLOAT:
        return ["1.0001", "1.08", "1024"]
    if "," in parameter.allowed_values:
        return parameter.allowed_values.split(",")
    return parameter.allowed_values.split("-")


EVERYTHING = [(parameter.name, value) for parameter in MODIFIABLE for value in ends(parameter)]


@contextlib.asynccontextmanager
async def started(binary: EngineBinary, parameters: dict[str, str]) -> AsyncIterator[MemcachedAddress]:
    """A node that runs with these, or whose last words are told."""
    with held_block() as block:
        at = MemcachedAddress(address=str(next(block.hosts())), port=11211)
        argv = command_line(binary.path, config(at, binary, parameters))
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )

        async def listens() -> None:
            if process.returncode is not None and process.stderr is not None:
                pytest.fail((await process.stderr.read()).decode())
            await said_settings(at)

        try:
            await eventually(listens)
            yield at
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def config(at: MemcachedAddress, binary: EngineBinary, parameters: dict[str, str]) -> NodeConfig:
    return NodeConfig(
        at=at,
        node_type=NODE_TYPE,
        parameters=parameters,
        engine_version=binary.version,
        connections_max=CONNECTIONS_MAX,
    )


async def said_settings(at: MemcachedAddress) -> dict[str, str]:
    memcached = LiveMemcached()
    try:
        seen = await memcached.observe(at, 5.0)
        assert isinstance(seen, AnsweringNode), f"{seen}"
        return seen.settings
    finally:
        await memcached.aclose()


async def stores(at: MemcachedAddress, value_bytes: int) -> bool:
    """Whether a value of this size is taken and given back whole."""
    reader, writer = await asyncio.open_connection(at.address, at.port, limit=1024 * 1024)
    try:
        async with asyncio.timeout(20):
            value = b"x" * value_bytes
            writer.write(b"set key 0 0 %d\r\n%b\r\n" % (value_bytes, value))
            if await reader.readline() != b"STORED\r\n":
                return False
            writer.write(b"get key\r\n")
            await reader.readline()
            return await reader.readexactly(value_bytes + 7) == value + b"\r\nEND\r\n"
    finally:
        writer.transport.abort()


@pytest.fixture(scope="module")
def binary() -> EngineBinary:
    return stored_engine("memcached", "1.6")


@pytest.mark.parametrize(("name", "value"), EVERYTHING)
async def test_with_each_value_of_a_parameter_a_node_runs_as_is_wanted(
    binary: EngineBinary, name: str, value: str
) -> None:
    parameters = {name: value}
    wanted = wanted_settings(parameters, NODE_TYPE, binary.version, CONNECTIONS_MAX)

    async with started(binary, parameters) as at:
        said = await said_settings(at)

        assert {setting: said.get(setting) for setting in wanted} == wanted
        believed = settings_of(command_line(binary.path, config(at, binary, parameters)))
        assert {setting: said.get(setting) for setting in believed} == believed


@pytest.mark.parametrize("name", [one.name for one in MODIFIABLE if one.name not in WITHOUT_EFFECT])
def test_every_parameter_with_an_effect_is_seen_among_the_settings(binary: EngineBinary, name: str) -> None:
    before = {"no_modern": "1"} if name in SETTING_IS_ON_ANYWAY else {}
    parameter = families.find_parameter(FAMILY, name)
    assert parameter is not None

    seen = [
        wanted_settings({**before, name: value}, NODE_TYPE, binary.version, CONNECTIONS_MAX)
        for value in ("1.5", "2", *ends(parameter))
        if value in ends(parameter) or parameter.data_type is DataType.FLOAT
    ]

    assert any(one != other for one, other in itertools.pairwise(seen))


@pytest.mark.parametrize("size", [1024, 5000, 100_000, 600_000, 1_000_000, 1_048_576, 1_500_000, 10_000_000])
async def test_an_item_of_the_size_asked_for_is_stored_and_one_of_much_more_is_not(
    binary: EngineBinary, size: int
) -> None:
    async with started(binary, {"max_item_size": str(size)}) as at:
        assert await stores(at, size - ITEM_OVERHEAD_BYTES)
        assert not await stores(at, int(size * 1.1) + 1024)


def values_of(parameter: Parameter) -> st.SearchStrategy[str]:
    match parameter.data_type:
        case DataType.FLOAT:
            return st.sampled_from(["1.0001", "1.05", "1.7", "50.5", "1024"])
        case DataType.INTEGER if "," not in parameter.allowed_values:
            smallest, largest = map(int, parameter.allowed_values.split("-"))
            return st.integers(smallest, largest).map(str) | st.sampled_from([str(smallest), str(largest)])
        case _:
            return st.sampled_from(parameter.allowed_values.split(","))


@given(parameters=st.fixed_dictionaries({}, optional={one.name: values_of(one) for one in MODIFIABLE}))
@settings(max_examples=40, deadline=None)
async def test_with_whatever_the_api_takes_a_node_starts(binary: EngineBinary, parameters: dict[str, str]) -> None:
    if find_misfit(parameters, NODE_TYPE) is not None:
        return

    async with started(binary, parameters) as at:
        wanted = wanted_settings(parameters, NODE_TYPE, binary.version, CONNECTIONS_MAX)
        said = await said_settings(at)
        assert {setting: said.get(setting) for setting in wanted} == wanted


async def test_what_would_be_refused_for_want_of_memory_would_not_start(binary: EngineBinary, tmp_path: Path) -> None:
    at = MemcachedAddress(address="127.0.0.1", port=1)
    argv = list(command_line(binary.path, config(at, binary, {"max_item_size": "134217728"})))
    argv[argv.index("-m") + 1] = "255"

    process = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.PIPE, cwd=tmp_path)
    try:
        async with asyncio.timeout(20):
            _, said = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    assert process.returncode != 0
    assert b"higher than 1/2 of memory max" in said
