"""The database_caching example's parts, each alone: nothing here needs an engine or a database server."""

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from socket import create_server

import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber
from valkey.exceptions import ConnectionError as CacheConnectionError

from examples.database_caching.cache_aside import CacheAside, Source
from examples.database_caching.check import Checks, Comparison, compare_after_purchases, find_failures
from examples.database_caching.database import Database, DatabaseUnavailableError, mysql_database, sqlite_database
from examples.database_caching.endpoint import CacheUnavailableError, find_or_create_cache, serving
from examples.database_caching.load import Measurement, percentile, plan_load, run_load
from examples.database_caching.report import render_table
from examples.database_caching.seed import seed_shop
from examples.database_caching.session import Session
from examples.database_caching.shop import BestSellers, Purchase, Size, answer
from tests.kit.mariadb import WITHOUT_MARIADB, require_mariadb

SMALL = Size(category_count=3, product_count=30, customer_count=20, purchase_count=300, review_count=100)


class FakeCache:
    """A dictionary that speaks the four commands; `lifetimes_seconds` is what each key was stored for."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.lifetimes_seconds: dict[str, int] = {}
        self.is_reachable = True

    def get(self, name: str, /) -> object:
        self._reach()
        value = self.values.get(name)
        return None if value is None else value.encode()

    def set(self, name: str, value: str, /, *, ex: int, nx: bool) -> object:
        self._reach()
        assert nx, "only a lease is set without a script, and never over an answer"
        self.values.setdefault(name, value)
        return None

    def eval(self, script: str, key_count: int, /, *keys_and_values: str) -> object:
        self._reach()
        name, lease, value, lifetime_seconds = keys_and_values
        if self.values.get(name) == lease:
            self.values[name] = value
            self.lifetimes_seconds[name] = int(lifetime_seconds)
        return None

    def delete(self, *names: str) -> object:
        self._reach()
        for name in names:
            self.values.pop(name, None)
        return None

    def _reach(self) -> None:
        if not self.is_reachable:
            raise CacheConnectionError("connection refused")


class ForgetfulCache(FakeCache):
    """A cache whose invalidations are lost."""

    def delete(self, *names: str) -> object:
        return None


@pytest.fixture
def open_database(tmp_path: Path) -> Callable[[], Database]:
    open_database = sqlite_database(str(tmp_path / "shop.sqlite"))
    with closing(open_database()) as database:
        seed_shop(database, SMALL, seed=1)
    return open_database


def measurement(*, latencies_seconds: tuple[float, ...], hits: int, database_query_count: int) -> Measurement:
    return Measurement(
        elapsed_seconds=2.0,
        latencies_seconds=latencies_seconds,
        sources=Counter({Source.CACHE: hits, Source.DATABASE: len(latencies_seconds) - hits}),
        database_query_count=database_query_count,
    )


@pytest.mark.parametrize(
    ("values", "ratio", "expected"),
    [
        ((7.0,), 0.5, 7.0),
        ((3.0, 1.0, 2.0, 4.0), 0.5, 2.0),
        (tuple(range(1, 101)), 0.99, 99),
        (tuple(range(1, 101)), 1.0, 100),
        ((1.0, 2.0), 0.99, 2.0),
    ],
)
def test_a_percentile_is_a_value_that_occurred(values: tuple[float, ...], ratio: float, expected: float) -> None:
    assert percentile(values, ratio) == expected


def test_the_table_has_both_runs_and_their_ratio() -> None:
    slow = measurement(latencies_seconds=(0.010,) * 4, hits=0, database_query_count=8)
    fast = measurement(latencies_seconds=(0.001,) * 4, hits=3, database_query_count=2)

    rows = [line.split() for line in render_table(slow, fast).splitlines()]

    assert ["without", "cache", "4", "2", "10.00", "10.00", "8", "-"] in rows
    assert ["with", "cache", "4", "2", "1.00", "1.00", "2", "75.0%"] in rows
    assert ["ratio", "×", "1.0", "÷", "10.0", "÷", "10.0", "÷", "4.0"] in rows


def test_a_miss_asks_the_database_and_the_next_reader_is_answered_by_the_cache() -> None:
    cache = CacheAside(cache=FakeCache(), ttl_seconds=60)

    first = cache.fetch("price", lambda: {"cents": [199, None, 0.5]})
    second = cache.fetch("price", lambda: {"cents": [200, None, 0.5]})

    assert first.source is Source.DATABASE
    assert second.source is Source.CACHE
    assert second.answer == first.answer


def test_no_answer_is_stored_for_longer_than_the_time_to_live_and_not_all_for_the_same_time() -> None:
    fake = FakeCache()
    cache = CacheAside(cache=fake, ttl_seconds=60, random=Random(1))

    for number in range(200):
        cache.fetch(f"price:{number}", lambda: 1)

    lifetimes_seconds = set(fake.lifetimes_seconds.values())
    assert max(lifetimes_seconds) <= 60
    assert min(lifetimes_seconds) >= 48
    assert len(lifetimes_seconds) > 5


def test_while_one_reader_holds_the_lease_another_asks_the_database_and_stores_nothing() -> None:
    fake = FakeCache()
    cache = CacheAside(cache=fake, ttl_seconds=60)

    def ask_while_another_reads() -> str:
        other = cache.fetch("price", lambda: "the other's")
        assert other.source is Source.DATABASE
        return "mine"

    cache.fetch("price", ask_while_another_reads)

    assert cache.fetch("price", lambda: "asked again").answer == "mine"


def test_an_unreachable_cache_leaves_the_database_to_answer_alone() -> None:
    fake = FakeCache()
    fake.is_reachable = False

    fetched = CacheAside(cache=fake, ttl_seconds=60).fetch("price", lambda: 100)

    assert (fetched.answer, fetched.source) == (100, Source.DATABASE_ALONE)


def test_a_cache_that_ends_during_the_query_does_not_spoil_the_answer() -> None:
    fake = FakeCache()

    def ask_while_the_cache_ends() -> int:
        fake.is_reachable = False
        return 100

    assert CacheAside(cache=fake, ttl_seconds=60).fetch("price", ask_while_the_cache_ends).answer == 100


def test_the_same_seed_asks_the_same_and_another_seed_asks_something_else() -> None:
    load = plan_load(SMALL, query_count=200, seed=1)

    assert load == plan_load(SMALL, query_count=200, seed=1)
    assert load != plan_load(SMALL, query_count=200, seed=2)
    assert {type(query).__name__ for query in load} == {"ProductPage", "BestSellers", "OrderHistory", "Purchase"}


def test_the_same_seed_makes_the_same_shop(open_database: Callable[[], Database], tmp_path: Path) -> None:
    with closing(open_database()) as database, closing(sqlite_database(str(tmp_path / "other"))()) as other:
        seed_shop(other, SMALL, seed=1)

        assert answer(other, BestSellers(1)) == answer(database, BestSellers(1))
        assert len(answer(database, BestSellers(1))["products"]) == 10


def test_every_query_is_answered_once_however_many_workers_ask(open_database: Callable[[], Database]) -> None:
    queries = plan_load(SMALL, query_count=150, seed=3)

    measured = run_load(queries, lambda: Session(open_database()), worker_count=4, seconds_max=60)

    assert measured.query_count == 150
    assert measured.sources[Source.DATABASE] == sum(not isinstance(query, Purchase) for query in queries)


def test_a_load_without_time_asks_nothing(open_database: Callable[[], Database]) -> None:
    queries = plan_load(SMALL, query_count=150, seed=3)

    measured = run_load(queries, lambda: Session(open_database()), worker_count=2, seconds_max=0)

    assert measured.query_count == 0


@pytest.mark.parametrize(("cache", "is_right"), [(FakeCache(), True), (ForgetfulCache(), False)])
def test_the_check_after_purchases_tells_a_cache_that_forgets_from_one_that_does_not(
    open_database: Callable[[], Database], cache: FakeCache, is_right: bool
) -> None:
    purchases = [Purchase(1, 1, 1, 1_800_000_000), Purchase(1, 1, 1, 1_800_000_001)]
    through = CacheAside(cache=cache, ttl_seconds=60)

    with closing(Session(open_database(), cache=through)) as cached, closing(Session(open_database())) as direct:
        comparison = compare_after_purchases(cached, direct, purchases)

    assert (comparison.wrong == ()) is is_right


def test_a_run_fails_for_wrong_answers_for_long_lives_and_for_no_work_spared() -> None:
    same = measurement(latencies_seconds=(0.01, 0.01), hits=1, database_query_count=2)
    right = Comparison(compared_count=2, from_cache_count=1, wrong=())
    wrong = Comparison(compared_count=2, from_cache_count=0, wrong=(BestSellers(7),))
    checks = Checks(after_load=wrong, after_purchases=right, lifetime_seconds_max=float("inf"), ttl_seconds=60)

    failures = find_failures(same, same, checks)

    assert len(failures) == 4
    assert "BestSellers(category_id=7)" in failures[0]


@pytest.mark.parametrize("url", ["postgres://u:hush@h/d", "mysql://u:hush@h", "mysql:///d"])
def test_a_database_url_that_cannot_be_read_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailableError) as raised:
        mysql_database(url)

    assert "mysql://user:password@host:3306/database" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_database_that_does_not_answer_is_named_in_a_sentence() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        unused_port = server.getsockname()[1]

    with pytest.raises(DatabaseUnavailableError, match=r"The database 'd' on 127\.0\.0\.1 cannot be opened"):
        mysql_database(f"mysql://u:hush@127.0.0.1:{unused_port}/d")()


GROUP = {
    "ReplicationGroupId": "elc-tutorial",
    "Status": "available",
    "NodeGroups": [{"NodeGroupId": "0001", "PrimaryEndpoint": {"Address": "127.88.16.9", "Port": 6379}}],
}


@pytest.fixture
def elasticache() -> BaseClient:
    return botocore.session.get_session().create_client(
        "elasticache", region_name="us-east-1", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example"
    )


def test_a_replication_group_that_is_there_is_used(elasticache: BaseClient) -> None:
    with Stubber(elasticache) as stubber:
        for _ in ("is it there", "is it available", "where is it"):
            stubber.add_response("describe_replication_groups", {"ReplicationGroups": [GROUP]})

        url = find_or_create_cache(elasticache)

        stubber.assert_no_pending_responses()
    assert url == "valkey://127.88.16.9:6379"


def test_a_missing_replication_group_is_created_with_a_replica_and_automatic_failover(
    elasticache: BaseClient,
) -> None:
    wanted = {
        "ReplicationGroupId": "elc-tutorial",
        "ReplicationGroupDescription": "the cache of examples/database_caching",
        "Engine": "valkey",
        "CacheNodeType": "cache.t3.micro",
        "NumCacheClusters": 2,
        "MultiAZEnabled": True,
        "AutomaticFailoverEnabled": True,
        "TransitEncryptionEnabled": False,
    }
    with Stubber(elasticache) as stubber:
        stubber.add_client_error("describe_replication_groups", "ReplicationGroupNotFoundFault", "not found", 404)
        stubber.add_response("create_replication_group", {"ReplicationGroup": GROUP}, wanted)
        for _ in ("is it available", "where is it"):
            stubber.add_response("describe_replication_groups", {"ReplicationGroups": [GROUP]})

        url = find_or_create_cache(elasticache)

        stubber.assert_no_pending_responses()
    assert url == "valkey://127.88.16.9:6379"


def test_what_elastane_refuses_is_said_in_its_own_words(elasticache: BaseClient) -> None:
    with Stubber(elasticache) as stubber:
        stubber.add_client_error("describe_replication_groups", "InvalidClientTokenId", "who are you", 403)

        with pytest.raises(CacheUnavailableError, match="who are you"):
            find_or_create_cache(elasticache)


def test_a_server_started_for_the_demo_is_gone_when_the_demo_ends() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]

    with serving(command, environment={}, port=port) as url:
        assert url == f"http://127.0.0.1:{port}"

    create_server(("127.0.0.1", port)).close()  # raises while anyone still listens there


def test_the_last_words_of_a_server_that_does_not_start_are_repeated() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no engine was found')"]

    with pytest.raises(CacheUnavailableError, match="no engine was found"), serving(command, environment={}, port=1):
        pass


def test_without_mariadb_a_test_fails_with_the_way_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="apt-get install mariadb-server-core"):
        require_mariadb({}, search_path=str(tmp_path))


def test_without_mariadb_a_test_is_skipped_only_when_the_environment_allows_it(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="MariaDB is not installed"):
        require_mariadb({WITHOUT_MARIADB: "1"}, search_path=str(tmp_path))
