"""What `elastane top` shows of which node: numbers, ages, orders, totals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.cli.installation import Installation
from elastane.cli.top_rows import NOTHING_MEASURED, Measured, Sort, TopReport, numbers, top_report
from elastane.model.metrics import NAMESPACE, Sample, Subject, dimensions
from elastane.model.seen_groups import SeenProcess
from elastane.model.statistic_sets import of_counts
from tests.kit import groups
from tests.unit.cli.installations import installation, seen_group

NOW = datetime(2026, 11, 29, 12, 31, 5, tzinfo=UTC)
FINE_SECONDS = 5


def sample(node: str, *, ended_seconds_ago: float = 2, **values: Any) -> Sample:
    return Sample(
        Subject(groups.REGION, NAMESPACE, dimensions({"CacheClusterId": node, "CacheNodeId": "0001"})),
        NOW - timedelta(seconds=ended_seconds_ago + FINE_SECONDS),
        values,
    )


def measured(*fine: Sample, minute: tuple[Sample, ...] = ()) -> Measured:
    def by_name(samples: tuple[Sample, ...]) -> dict[Any, Sample]:
        return {(one.subject.region, *(value for _, value in one.subject.dimensions)): one for one in samples}

    return Measured(fine=by_name(fine), minute=by_name(minute), fine_seconds=FINE_SECONDS)


def report(found: Installation, what: Measured = NOTHING_MEASURED, **asked: Any) -> TopReport:
    return top_report(found, what, NOW, **{"cache": None, "sort": Sort.NAME, **asked})


def names(shown: TopReport) -> list[str]:
    return [row.node for row in shown.nodes]


# --- numbers -------------------------------------------------------------------------------------


def test_counters_are_shown_by_the_second_and_percents_as_ratios() -> None:
    found = numbers(
        sample(
            "orders-001", ProcessedCommands=500.0, CacheHits=90.0, CacheMisses=10.0, Evictions=5.0, CurrConnections=7.0,
            EngineCPUUtilization=12.5, BytesUsedForCache=1024.0, DatabaseMemoryUsagePercentage=25.0,
            NetworkBytesIn=50.0, NetworkBytesOut=100.0, ReplicationLag=0.25,
        ),
        None,
        FINE_SECONDS,
    )  # fmt: skip

    assert (found.operations_per_second, found.hits_per_second, found.misses_per_second) == (100, 18, 2)
    assert (found.hit_ratio, found.evictions_per_second, found.client_count, found.lag_seconds) == (0.9, 1, 7, 0.25)
    assert (found.cpu_ratio, found.memory_bytes, found.memory_ratio, found.memory_bytes_max) == (
        0.125,
        1024,
        0.25,
        4096,
    )
    assert (found.received_bytes_per_second, found.sent_bytes_per_second) == (10, 20)


def test_the_most_memory_is_a_whole_number_of_bytes() -> None:
    percent = 100 * 2_063_752 / 402_653_184

    found = numbers(
        sample("orders-001", BytesUsedForCache=2_063_752.0, DatabaseMemoryUsagePercentage=percent), None, FINE_SECONDS
    )

    assert found.memory_bytes_max == 402_653_184


def test_what_was_not_measured_is_nothing_and_not_zero() -> None:
    found = numbers(sample("orders-001", CacheHits=0.0, CacheMisses=0.0), None, FINE_SECONDS)

    assert found.hit_ratio is None  # nobody read
    assert (found.operations_per_second, found.lag_seconds, found.memory_bytes_max) == (None, None, None)


@pytest.mark.parametrize(
    ("counts", "seconds"),
    [([(100.0, 99), (5000.0, 1)], 0.0001), ([(100.0, 98), (5000.0, 2)], 0.005), ([(70.0, 1)], 0.00007)],
)
def test_the_slowest_hundredth_is_told_of_the_last_full_minute(
    counts: list[tuple[float, float]], seconds: float
) -> None:
    minute = sample("orders-001", SuccessfulReadRequestLatency=of_counts(counts))

    found = numbers(sample("orders-001"), minute, FINE_SECONDS)

    assert found.read_p99_seconds == pytest.approx(seconds)
    assert found.write_p99_seconds is None


# --- what is so now, and what was ----------------------------------------------------------------


def test_a_sample_is_as_old_as_its_end_and_current_until_two_have_not_come() -> None:
    found = installation(seen_group(groups.group("orders")))

    shown = report(
        found, measured(sample("orders-001", ended_seconds_ago=15), sample("orders-002", ended_seconds_ago=15.1))
    )

    assert [row.age_seconds for row in shown.nodes] == [15, 15.1]
    assert [row.is_current for row in shown.nodes] == [True, False]


def test_a_node_that_was_never_measured_has_a_row_without_numbers() -> None:
    shown = report(installation(seen_group(groups.group("orders"))))

    assert names(shown) == ["orders-001", "orders-002"]
    assert {(row.sampled_at, row.age_seconds, row.is_current) for row in shown.nodes} == {(None, None, False)}


def test_a_node_without_a_process_is_down_whatever_the_last_pass_saw() -> None:
    seen = seen_group(groups.group("orders"))
    processes = {node.id: SeenProcess(pid=None, sentence="not running") for node in seen.desired.nodes}

    shown = report(installation(replace(seen, processes=processes)))

    assert [row.health for row in shown.nodes] == ["down", "down"]


def test_totals_count_what_is_current_alone() -> None:
    found = installation(seen_group(groups.group("orders")))
    what = {"CacheHits": 30.0, "CacheMisses": 10.0, "ProcessedCommands": 50.0, "CurrConnections": 3.0}

    shown = report(found, measured(sample("orders-001", **what), sample("orders-002", ended_seconds_ago=60, **what)))

    assert (shown.totals.node_count, shown.totals.current_node_count) == (2, 1)
    assert (shown.totals.operations_per_second, shown.totals.client_count) == (10, 3)
    assert shown.totals.hit_ratio == 0.75
    assert shown.totals.memory_bytes is None


# --- which, and in which order -------------------------------------------------------------------


def test_one_cache_can_be_shown_alone() -> None:
    found = installation(seen_group(groups.group("orders")), seen_group(groups.group("carts")))

    shown = report(found, cache="carts")

    assert names(shown) == ["carts-001", "carts-002"]
    assert shown.totals.cache_count == 1


def test_the_largest_come_first_and_what_is_unknown_or_old_last() -> None:
    found = installation(seen_group(groups.group("orders")), seen_group(groups.group("carts")))
    what = measured(
        sample("carts-001", ProcessedCommands=10.0),
        sample("carts-002", ProcessedCommands=9999.0, ended_seconds_ago=60),
        sample("orders-001"),
        sample("orders-002", ProcessedCommands=20.0),
    )

    shown = report(found, what, sort=Sort.OPERATIONS)

    assert names(shown) == ["orders-002", "carts-001", "carts-002", "orders-001"]


def test_the_lowest_hit_rate_comes_first() -> None:
    found = installation(seen_group(groups.group("orders")))
    what = measured(
        sample("orders-001", CacheHits=9.0, CacheMisses=1.0), sample("orders-002", CacheHits=1.0, CacheMisses=9.0)
    )

    shown = report(found, what, sort=Sort.HIT_RATE)

    assert names(shown) == ["orders-002", "orders-001"]
