"""Are the answers through the cache the database's own? A cache that is fast and wrong is worth nothing.

The checks run when the load has ended, so nothing moves underneath them; the cache is as the load left it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from valkey import Valkey

from examples.database_caching.cache_aside import Source
from examples.database_caching.load import Measurement
from examples.database_caching.session import Session
from examples.database_caching.shop import Purchase, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Answers read through the cache beside the database's own."""

    compared_count: int
    from_cache_count: int
    """How many of them the cache gave; only these could have been wrong."""
    wrong: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Everything that was checked when the load had ended."""

    after_load: Comparison
    after_purchases: Comparison
    lifetime_seconds_max: float
    ttl_seconds: int


def find_failures(without_cache: Measurement, with_cache: Measurement, checks: Checks) -> tuple[str, ...]:
    """Why the run has to be called failed, a sentence each; none when all is well."""
    failures = []
    for comparison in (checks.after_load, checks.after_purchases):
        if comparison.wrong:
            failures.append(f"answers through the cache were wrong, the first for {comparison.wrong[0]}")
        if comparison.from_cache_count == 0:
            failures.append("no compared answer came from the cache, so nothing was shown")
    if checks.lifetime_seconds_max > checks.ttl_seconds:
        failures.append(f"a key lives for {checks.lifetime_seconds_max:.0f} s, longer than it may")
    if _database_queries_a_query(with_cache) >= _database_queries_a_query(without_cache):
        failures.append("with the cache no fewer queries reached the database")
    return tuple(failures)


def compare_answers(cached: Session, direct: Session, questions: Iterable[Question]) -> Comparison:
    """Ask each question twice: through the cache, and the database alone."""
    compared = [(question, cached.ask(question), direct.ask(question)) for question in questions]
    return Comparison(
        compared_count=len(compared),
        from_cache_count=sum(fetched.source is Source.CACHE for _, fetched, _ in compared),
        wrong=tuple(question for question, fetched, own in compared if fetched.answer != own.answer),
    )


def compare_after_purchases(cached: Session, direct: Session, purchases: Iterable[Purchase]) -> Comparison:
    """Buy, and ask for every answer the purchase changed: none of them may be the one from before."""
    comparisons = []
    for purchase in purchases:
        changed = cached.buy(purchase)
        # Twice: the first fetch has to miss and leaves the new answer behind, the second has to find that one.
        comparisons.append(compare_answers(cached, direct, changed))
        comparisons.append(compare_answers(cached, direct, changed))
    return Comparison(
        compared_count=sum(comparison.compared_count for comparison in comparisons),
        from_cache_count=sum(comparison.from_cache_count for comparison in comparisons),
        wrong=tuple(question for comparison in comparisons for question in comparison.wrong),
    )


def find_lifetime_seconds_max(client: Valkey, keys: Iterable[str]) -> float:
    """The longest that any of these keys still has to live; infinite when one of them would live forever."""
    longest_seconds = 0.0
    for key in keys:
        remaining = cast(int, client.pttl(key))  # -2: there is no such key; -1: it has no end
        longest_seconds = max(longest_seconds, float("inf") if remaining == -1 else remaining / 1000)
    return longest_seconds


def _database_queries_a_query(measurement: Measurement) -> float:
    # The time may have cut one run shorter than the other, so the bare counts could not be compared.
    return measurement.database_query_count / measurement.query_count
