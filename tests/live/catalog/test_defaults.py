"""What the catalog says of parameters, asked of every Valkey and Redis OSS here: defaults, and the ends of each range.

An engine that is started with a value it does not know does not start, so what the catalog allows has to be what the
engines take.
"""

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from valkey.asyncio import Valkey

from elastane.catalog import engine_versions, families, node_types
from elastane.catalog.families import AppliedBy, DataType, Parameter
from elastane.config import shared_engines
from elastane.engines import discovery, spelling
from elastane.engines.discovery import EngineBinary
from elastane.model.engine_names import WITH_ROLES
from elastane.service.elasticache.parameter_values import is_allowed

DEADLINE_SECONDS = 20

OWN_FILES_BESIDE_CLIENTS = 32
"""Files an engine keeps for itself; it lowers maxclients to what the limit of open files leaves beside them."""

BUFFER_LIMITS = "client-output-buffer-limit"


def found_engines() -> list[EngineBinary]:
    """Those whose family we have: one of each version. memcached is asked in `tests.live.engines`."""
    found = discovery.find_engines(
        discovery.Places(shared_directory=shared_engines(os.environ), path=os.environ.get("PATH", ""))
    )
    by_version: dict[tuple[str, str], EngineBinary] = {
        (binary.engine, binary.version): binary for binary in reversed(found)
    }
    offered = engine_versions.offered(by_version)
    known = [offer for offer in offered if offer.family in families.FAMILIES and offer.engine in WITH_ROLES]
    return [by_version[offer.engine, offer.patch] for offer in known]


ENGINES = [pytest.param(binary, id=f"{binary.engine}-{binary.version}") for binary in found_engines()]


def family_of(binary: EngineBinary) -> str:
    return engine_versions.family(binary.engine, binary.version)


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short, since a socket's path must be: pytest's own directories are too deep for it."""
    with TemporaryDirectory(prefix="defaults-") as path:
        yield Path(path)


def is_all_the_system_gives(client_count: int) -> bool:
    """Whether an engine could not have taken more clients: it tries the limit of open files in steps of 16."""
    open_files_max = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 0 <= open_files_max - OWN_FILES_BESIDE_CLIENTS - client_count < 16


def render(directives: dict[str, str]) -> str:
    empty = '""'
    return "".join(f"{name} {value or empty}\n" for name, value in directives.items())


@asynccontextmanager
async def running(binary: Path, directory: Path, directives: dict[str, str]) -> AsyncIterator[Valkey]:
    """The engine with these directives, on a socket file instead of a port."""
    own = {"port": "0", "unixsocket": str(directory / "socket"), "dir": str(directory), "save": ""}
    (directory / "engine.conf").write_text(render(own | directives))
    process = await asyncio.create_subprocess_exec(
        binary, directory / "engine.conf", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    client = Valkey(unix_socket_path=str(directory / "socket"), decode_responses=True)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            said = ""
            while "eady to accept connections" not in said:
                line = await process.stdout.readline()
                assert line, f"the engine refused to start: {said}"
                said += line.decode()
            yield client
    finally:
        await client.aclose()
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said_by(client: Valkey) -> dict[str, str]:
    said = dict(await client.config_get("*"))
    # The engines still print a replica's client class in the old word.
    said[BUFFER_LIMITS] = said[BUFFER_LIMITS].replace("slave", "replica")
    return said


@pytest.mark.parametrize("binary", ENGINES)
@pytest.mark.parametrize("node_type_name", ["cache.t4g.micro", "cache.r7g.large"])
async def test_an_engine_says_back_every_default(binary: EngineBinary, node_type_name: str, directory: Path) -> None:
    node_type = node_types.find_node_type(node_type_name)
    assert node_type is not None
    given = families.engine_parameters(family_of(binary), node_type, engine_version=binary.version)

    async with running(binary.path, directory, given) as client:
        said = await said_by(client)

    wanted_clients, said_clients = given.pop("maxclients"), said["maxclients"]
    assert {name: said.get(name) for name in given} == given
    assert said_clients == wanted_clients or is_all_the_system_gives(int(said_clients))


def allowed_ends(parameter: Parameter) -> list[str]:
    """The choices, or both ends of each range, as far as they can be tried here."""
    ends: list[str] = []
    for allowed in parameter.allowed_values.split(","):
        first, separator, last = allowed.rpartition("-")
        is_range = parameter.data_type is DataType.INTEGER and separator and first
        ends += [first, last or str(parameter.largest)] if is_range else [allowed]
    return [value for value in ends if is_allowed(parameter, value)]


def changeable(binary: EngineBinary, applied_by: AppliedBy) -> list[Parameter]:
    """By a customer, while an engine of this version runs."""
    version = engine_versions.sort_key(binary.version)
    return [
        parameter
        for parameter in families.parameters(family_of(binary))
        if parameter.is_modifiable
        and not parameter.is_conditionally_modifiable
        and parameter.applied_by is applied_by
        and engine_versions.sort_key(parameter.minimum_engine_version) <= version
        and (parameter.name != "activedefrag" or binary.can_defragment)
    ]


@pytest.mark.parametrize("binary", ENGINES)
async def test_an_engine_takes_every_value_that_is_allowed_and_says_it_back(
    binary: EngineBinary, directory: Path
) -> None:
    tried = 0
    async with running(binary.path, directory, {}) as client:
        for parameter in changeable(binary, AppliedBy.ENGINE):
            for value in allowed_ends(parameter):
                await client.config_set(parameter.name, value)
                assert await client.config_get(parameter.name) == {parameter.name: value}
                tried += 1

    assert tried > 60


@pytest.mark.parametrize("binary", ENGINES)
async def test_an_engine_starts_with_the_largest_and_the_smallest_of_every_value(
    binary: EngineBinary, directory: Path
) -> None:
    for which in (0, -1):
        # A client of a second's patience would be lost before it asks; a backlog of exabytes is taken, too.
        ends = {
            each.name: allowed_ends(each)[which] for each in changeable(binary, AppliedBy.ENGINE) if each.allowed_values
        }

        async with running(binary.path, directory, ends) as client:
            said = await said_by(client)

        assert {name: said[name] for name in ends} == ends


@pytest.mark.parametrize("binary", ENGINES)
@pytest.mark.parametrize("events", ["KEA", "Kg$lshzxetd", "nE", "mtK", "Em", "KExe", ""])
async def test_an_engine_says_keyspace_events_as_we_expect(binary: EngineBinary, events: str, directory: Path) -> None:
    async with running(binary.path, directory, {"notify-keyspace-events": events}) as client:
        said = await client.config_get("notify-keyspace-events")

    assert said == {"notify-keyspace-events": spelling.as_said("notify-keyspace-events", events)}


@pytest.mark.parametrize("binary", ENGINES)
async def test_the_buffer_limits_of_customers_can_be_as_large_as_is_allowed(
    binary: EngineBinary, directory: Path
) -> None:
    node_type = node_types.find_node_type("cache.t4g.micro")
    assert node_type is not None
    composed = (each for each in changeable(binary, AppliedBy.COMPOSED) if each.name.startswith(BUFFER_LIMITS))
    largest = {each.name: allowed_ends(each)[-1] for each in composed}
    given = families.engine_parameters(family_of(binary), node_type, changed=largest)[BUFFER_LIMITS]

    async with running(binary.path, directory, {}) as client:
        await client.config_set(BUFFER_LIMITS, given)
        said = await said_by(client)

    assert len(largest) == 6
    assert said[BUFFER_LIMITS] == given


@pytest.mark.parametrize("binary", ENGINES)
async def test_whether_an_engine_can_defragment_is_known_before_it_is_started(
    binary: EngineBinary, directory: Path
) -> None:
    async with running(binary.path, directory, {}) as client:
        try:
            await client.config_set("activedefrag", "yes")
            takes_it = True
        except Exception as error:
            assert "Active defragmentation cannot be enabled" in str(error)
            takes_it = False

    assert binary.can_defragment is takes_it
