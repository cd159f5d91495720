"""The load: who asks what, by how many workers, and how long each answer took.

What is asked is decided before anything runs, from a seed, so that the run with the cache is asked exactly what
the run without it was asked.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from random import Random
from time import perf_counter

from examples.database_caching.cache_aside import Source
from examples.database_caching.session import Session
from examples.database_caching.shop import (
    SEEDED_AT,
    BestSellers,
    OrderHistory,
    ProductPage,
    Purchase,
    Question,
    Size,
    choose_popular,
)

Query = Question | Purchase

# In a hundred queries: most look, few buy.
SHARES = {ProductPage: 55, BestSellers: 28, OrderHistory: 15, Purchase: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one run of the load took. Purchases count as queries."""

    elapsed_seconds: float
    latencies_seconds: tuple[float, ...]
    sources: Counter[Source]
    """Who answered the questions."""
    database_query_count: int
    """SQL statements that reached the database."""

    @property
    def query_count(self) -> int:
        return len(self.latencies_seconds)

    @property
    def queries_per_second(self) -> float:
        return self.query_count / self.elapsed_seconds

    @property
    def hit_ratio(self) -> float:
        return self.sources[Source.CACHE] / max(1, self.sources.total())

    def latency_seconds(self, ratio: float) -> float:
        return percentile(self.latencies_seconds, ratio)


def plan_load(size: Size, *, query_count: int, seed: int) -> tuple[Query, ...]:
    """Everything that will be asked, in order. A few products and customers come often, most of them seldom."""
    random = Random(seed)
    kinds = random.choices(tuple(SHARES), weights=tuple(SHARES.values()), k=query_count)
    products = choose_popular(random, size.product_count, query_count)
    customers = choose_popular(random, size.customer_count, query_count)

    def query(number: int) -> Query:
        product_id, customer_id = products[number], customers[number]
        match kinds[number]:
            case kind if kind is ProductPage:
                return ProductPage(product_id)
            case kind if kind is BestSellers:
                return BestSellers(product_id % size.category_count)
            case kind if kind is OrderHistory:
                return OrderHistory(customer_id)
        return Purchase(product_id, customer_id, 1, SEEDED_AT + number)

    return tuple(query(number) for number in range(query_count))


def run_load(
    queries: Sequence[Query], open_session: Callable[[], Session], *, worker_count: int, seconds_max: float
) -> Measurement:
    """Ask the queries in order until all are answered or the time is up; what was begun is finished."""
    waiting = deque(queries)
    started_at = perf_counter()

    def work() -> _Share:
        with closing(open_session()) as session:
            return _ask_until(session, waiting, started_at + seconds_max)

    with ThreadPoolExecutor(worker_count) as pool:
        try:
            shares = [future.result() for future in [pool.submit(work) for _ in range(worker_count)]]
        finally:
            # One failed, or a person pressed Ctrl-C: the others find nothing left to ask.
            waiting.clear()
    return Measurement(
        elapsed_seconds=perf_counter() - started_at,
        latencies_seconds=tuple(latency for share in shares for latency in share.latencies_seconds),
        sources=sum((share.sources for share in shares), Counter[Source]()),
        database_query_count=sum(share.database_query_count for share in shares),
    )


def percentile(values: Sequence[float], ratio: float) -> float:
    """The smallest value that at least `ratio` of all values do not exceed (nearest rank: never an invented one)."""
    assert values and 0 < ratio <= 1
    return sorted(values)[math.ceil(ratio * len(values)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What one worker did of the load."""

    latencies_seconds: list[float]
    sources: Counter[Source]
    database_query_count: int


def _ask_until(session: Session, waiting: deque[Query], deadline: float) -> _Share:
    latencies_seconds: list[float] = []
    sources: Counter[Source] = Counter()
    while (began_at := perf_counter()) < deadline:
        try:
            query = waiting.popleft()
        except IndexError:
            break
        if isinstance(query, Purchase):
            session.buy(query)
        else:
            sources[session.ask(query).source] += 1
        latencies_seconds.append(perf_counter() - began_at)
    return _Share(
        latencies_seconds=latencies_seconds,
        sources=sources,
        database_query_count=session.database_query_count,
    )
