"""The order of events: seed, the load without the cache, the same load with it, the checks, the report.

Called by `__main__` alone. Everything from outside comes as an argument: the options and the environment.
"""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter
from urllib.parse import urlsplit

from valkey import Valkey
from valkey.exceptions import ValkeyError

from examples.database_caching.cache_aside import CacheAside
from examples.database_caching.check import (
    Checks,
    compare_after_purchases,
    compare_answers,
    find_failures,
    find_lifetime_seconds_max,
)
from examples.database_caching.database import OpenDatabase, mysql_database, sqlite_database
from examples.database_caching.endpoint import CacheUnavailableError, cache_url
from examples.database_caching.load import Measurement, Query, plan_load, run_load
from examples.database_caching.report import render_checks, render_table
from examples.database_caching.seed import drop_shop, seed_shop
from examples.database_caching.session import Session
from examples.database_caching.shop import SEEDED_AT, Purchase, Size

TTL_SECONDS = 60
SAMPLE_COUNT = 300
"""How many answers are compared after the load."""
CHECKED_PURCHASE_COUNT = 20
SEED = 2024


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line may say."""

    query_count: int
    worker_count: int
    seconds_max: float
    """For each of the two runs."""
    database_file: Path | None


def run_demo(options: Options, environment: Mapping[str, str], *, size: Size) -> int:
    """Print the report; 0 when every answer was right and the cache spared the database work, otherwise 1."""
    with tempfile.TemporaryDirectory(prefix="elastane-example-") as directory:
        if url := environment.get("DB_URL"):
            open_database = mysql_database(url)
        else:
            open_database = sqlite_database(str(options.database_file or Path(directory, "shop.sqlite")))
        try:
            _seed(open_database, size)
            with cache_url(environment) as url, _connected(url) as client:
                return _measure(options, open_database, client, size=size)
        finally:
            if environment.get("DB_URL"):
                # The database is someone's own: leave it as it was found.
                with closing(open_database()) as database:
                    drop_shop(database)


def _seed(open_database: OpenDatabase, size: Size) -> None:
    print(f"Seeding {size.product_count:,} products and {size.purchase_count:,} purchases ...", end=" ", flush=True)
    began_at = perf_counter()
    with closing(open_database()) as database:
        seed_shop(database, size, seed=SEED)
    print(f"{perf_counter() - began_at:.1f} s")


@contextmanager
def _connected(url: str) -> Iterator[Valkey]:
    parts = urlsplit(url)
    print(f"The cache is {parts.hostname}:{parts.port or 6379}.")
    with Valkey.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        try:
            client.ping()
        except ValkeyError as error:
            raise CacheUnavailableError(f"The cache does not answer: {error}") from error
        yield client


def _measure(options: Options, open_database: OpenDatabase, client: Valkey, *, size: Size) -> int:
    cache = CacheAside(cache=client, ttl_seconds=TTL_SECONDS, random=Random(SEED))
    key_prefix = f"shop:{secrets.token_hex(4)}"  # of this run alone, so that it starts with a cold cache

    def open_direct() -> Session:
        return Session(open_database())

    def open_cached() -> Session:
        return Session(open_database(), cache=cache, key_prefix=key_prefix)

    def run(queries: Sequence[Query], open_session: Callable[[], Session]) -> Measurement:
        return run_load(queries, open_session, worker_count=options.worker_count, seconds_max=options.seconds_max)

    queries = plan_load(size, query_count=options.query_count, seed=SEED)
    print(f"{len(queries):,} queries by {options.worker_count} workers, without the cache ...", flush=True)
    without_cache = run(queries, open_direct)
    print("The same queries with the cache, cold at first ...", flush=True)
    # When the time was up before the end, the cache is asked only what the database was asked.
    with_cache = run(queries[: without_cache.query_count], open_cached)
    print(render_table(without_cache, with_cache))
    with closing(open_cached()) as cached, closing(open_direct()) as direct:
        checks = _check(queries[: with_cache.query_count], cached, direct, client)
    print(render_checks(checks, with_cache))
    failures = find_failures(without_cache, with_cache, checks)
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


def _check(queries: Sequence[Query], cached: Session, direct: Session, client: Valkey) -> Checks:
    asked = list(dict.fromkeys(query for query in queries if not isinstance(query, Purchase)))
    purchases = [
        Purchase(number, number, 1, SEEDED_AT + len(queries) + number)
        for number in range(1, CHECKED_PURCHASE_COUNT + 1)
    ]
    return Checks(
        after_load=compare_answers(cached, direct, Random(SEED).sample(asked, min(SAMPLE_COUNT, len(asked)))),
        after_purchases=compare_after_purchases(cached, direct, purchases),
        lifetime_seconds_max=find_lifetime_seconds_max(client, map(cached.key, asked)),
        ttl_seconds=TTL_SECONDS,
    )
