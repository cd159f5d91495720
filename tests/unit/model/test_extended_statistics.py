"""Every statistic, against numbers worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model import statistic_sets
from elastane.model.extended_statistics import (
    Percentile,
    Range,
    RangeKind,
    Simple,
    UnknownStatistic,
    compute,
    parse_statistic,
)
from elastane.model.statistic_sets import StatisticSet

TEN = statistic_sets.of_counts((value, 1.0) for value in range(10, 101, 10))
"""10, 20, … 100."""
UNKNOWN = StatisticSet(sample_count=3.0, sum=60.0, minimum=10.0, maximum=30.0)
NO_STATISTICS = [
    "average",
    "Avg",
    "P50",
    "p101",
    "p",
    "p-1",
    "p1.12345678901",
    "TM90",
    "tm(1:2)",
    "TM(10%:90)",
    "TM(:)",
    "TM(%:5%)",
    "TM(90%:10%)",
    "TM(5:5)",
    "TM(10%:200%)",
    "PR(1%:5%)",
    "pr90",
    "iqm",
    "IQM(1:2)",
    "TM(1:2:3)",
    "",
    "p50 ",
    "p" + "1" * 200,
]
COUNTS = st.lists(st.tuples(st.floats(0, 1e9), st.integers(1, 1000)), min_size=1, max_size=30)


def told(text: str, measured: StatisticSet) -> float | None:
    return compute(parse_statistic(text), measured)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SampleCount", 10),
        ("Sum", 550),
        ("Average", 55),
        ("Minimum", 10),
        ("Maximum", 100),
        ("p0", 10),
        ("p50", 55),
        ("p90", 91),
        ("p99.9", 99.91),
        ("p100", 100),
        ("tm90", 50),
        ("TM(10%:90%)", 55),
        ("TM(10%:)", 60),
        ("TM(:50%)", 30),
        ("IQM", 55),
        ("TM(20:50)", 40),
        ("TM(:20)", 15),
        ("TM(90:)", 100),
        ("wm90", (450 + 91) / 10),
        ("WM(20:50)", (20 + 20 + 30 + 40 + 50 * 6) / 10),
        ("tc90", 9),
        ("TC(20:50)", 3),
        ("TC(:0.5)", 0),
        ("ts90", 450),
        ("TS(80%:)", 190),
        ("TS(20:50)", 120),
        ("PR(:30)", 30),
        ("PR(20:50)", 30),
        ("PR(1000:)", 0),
    ],
)
def test_a_statistic_of_ten_measurements_is_what_one_works_out_by_hand(text: str, value: float) -> None:
    assert told(text, TEN) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    NO_STATISTICS,
)
def test_what_is_no_statistic_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnknownStatistic):
        parse_statistic(text)


def test_a_statistic_is_read_into_its_parts() -> None:
    read = [parse_statistic(text) for text in ("Sum", "p99.99", "wm98", "PR(:300)")]

    assert read == [
        Simple.SUM,
        Percentile(99.99),
        Range(RangeKind.WINSORIZED_MEAN, None, 98.0, is_percent=True),
        Range(RangeKind.PERCENTILE_RANK, None, 300.0, is_percent=False),
    ]


@pytest.mark.parametrize("text", ["p50", "tm90", "TC(1:2)", "IQM", "WM(1:2)", "PR(:5)"])
def test_what_needs_the_values_is_absent_where_nobody_knows_them(text: str) -> None:
    assert told(text, UNKNOWN) is None


def test_the_values_of_a_set_with_one_value_are_known() -> None:
    single = StatisticSet(sample_count=1.0, sum=7.0, minimum=7.0, maximum=7.0)
    same = StatisticSet(sample_count=4.0, sum=28.0, minimum=7.0, maximum=7.0)
    contradictory = StatisticSet(sample_count=4.0, sum=29.0, minimum=7.0, maximum=7.0)

    assert [told("p99", each) for each in (single, same, contradictory)] == [7.0, 7.0, None]
    assert told("tc50", same) == 2.0


def test_negative_measurements_have_no_percentiles() -> None:
    measured = statistic_sets.of_counts([(-1.0, 1.0), (5.0, 1.0)])

    assert told("p50", measured) is None
    assert told("Average", measured) == 2.0


def test_a_trimmed_mean_of_nothing_is_absent_and_its_count_is_zero() -> None:
    assert told("TM(1:2)", TEN) is None
    assert told("TC(1:2)", TEN) == 0
    assert told("TS(1:2)", TEN) == 0


def test_the_mean_of_no_measurements_is_absent() -> None:
    assert told("Average", StatisticSet(0.0, 0.0, 0.0, 0.0)) is None


@given(pairs=COUNTS, percent=st.floats(0, 100))
def test_percentiles_are_within_the_extremes_and_do_not_fall(pairs: list[tuple[float, int]], percent: float) -> None:
    measured = statistic_sets.of_counts((value, float(count)) for value, count in pairs)

    here = compute(Percentile(percent), measured)
    lower = compute(Percentile(percent / 2), measured)

    assert here is not None and lower is not None
    assert measured.minimum <= lower <= here * (1 + 1e-12) <= measured.maximum * (1 + 1e-9)


@given(pairs=COUNTS, percent=st.floats(1, 100))
def test_a_trimmed_sum_is_the_trimmed_mean_times_the_trimmed_count(
    pairs: list[tuple[float, int]], percent: float
) -> None:
    measured = statistic_sets.of_counts((value, float(count)) for value, count in pairs)

    mean, count, total = (
        compute(Range(kind, None, percent, is_percent=True), measured)
        for kind in (RangeKind.TRIMMED_MEAN, RangeKind.TRIMMED_COUNT, RangeKind.TRIMMED_SUM)
    )

    assert mean is not None and count is not None and total is not None
    assert math.isclose(mean * count, total, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(count, measured.sample_count * percent / 100, rel_tol=1e-9)


@given(pairs=COUNTS, bound=st.floats(0, 1e9))
def test_the_ranks_of_both_sides_of_a_bound_make_a_whole(pairs: list[tuple[float, int]], bound: float) -> None:
    measured = statistic_sets.of_counts((value, float(count)) for value, count in pairs)

    below = compute(Range(RangeKind.PERCENTILE_RANK, None, bound, is_percent=False), measured)
    above = compute(Range(RangeKind.PERCENTILE_RANK, bound, None, is_percent=False), measured)

    assert below is not None and above is not None
    assert math.isclose(below + above, 100)


@given(text=st.text(st.sampled_from("ptmwcsTMWCSPRIQ0159.:%()"), max_size=20))
def test_any_text_is_a_statistic_or_refused(text: str) -> None:
    try:
        statistic = parse_statistic(text)
    except UnknownStatistic as error:
        assert text in str(error)
    else:
        value = compute(statistic, TEN)
        assert value is None or 0 <= value <= 550
