"""Expressions worked out: the examples of AWS's page, and tables worked out by hand."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.metric_math.names import SearchCall
from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Scope
from tests.unit.model.metric_math.rows import START, part, row, scope, series, told

M = None
"""A missing point."""
ABOVE = scope(m1=series(30, 20, 0, 0), m2=series(20, M, 20, M))
"""The two series of AWS's table of operators."""
PLAIN = scope(m1=series(1, 2, 3, 4), m2=series(10, M, 30, 0), e1=series(5, 5, 5, 5))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("m1 < m2", (0, 0, 1, 0)),
        ("m1 >= 30", (1, 0, 0, 0)),
        ("m1 > 15 AND m2 > 15", (1, 0, 0, 0)),
        ("m1 > 15 && m2 > 15", (1, 0, 0, 0)),
        ("m1 > 15 OR m2 > 15", (1, 1, 1, 0)),
        ("m1 == 0 || m2 == 20", (1, 0, 1, 1)),
        ("m1 != m2", (1, 1, 1, 0)),
    ],
)
def test_comparisons_are_those_of_aws_s_page(text: str, values: tuple[float, ...]) -> None:
    assert told(text, ABOVE) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("m1 + m2", (11, 2, 33, 4)),
        ("m1 - m2", (-9, 2, -27, 4)),
        ("m1 * m2", (10, 0, 90, 0)),
        ("m1 / m2", (0.1, M, 0.1, M)),
        ("m2 / m1", (10, 0, 10, 0)),
        ("5 * m2", (50, M, 150, 0)),
        ("m2 + 5", (15, M, 35, 5)),
        ("m1 ^ 2", (1, 4, 9, 16)),
        ("-m1", (-1, -2, -3, -4)),
        ("-m1 ^ 2", (-1, -4, -9, -16)),
        ("2 ^ 3 ^ 2 * m1 / 512", (1, 2, 3, 4)),
        ("m1 - 1 - 1", (-1, 0, 1, 2)),
        ("m1 + 2 * 3 - 4 / 2", (5, 6, 7, 8)),
        ("(m1 + 2) * 3", (9, 12, 15, 18)),
        ("1 / (m1 - 1)", (M, 1, 0.5, 1 / 3)),
        ("(0 - m1) ^ 0.5", (M, M, M, M)),
        ("m1 * 1e308 * 10", (M, M, M, M)),
        ("+m1", (1, 2, 3, 4)),
    ],
)
def test_arithmetic_takes_a_missing_point_for_zero_and_drops_what_has_no_answer(
    text: str, values: tuple[float | None, ...]
) -> None:
    assert told(text, PLAIN) == values


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("METRICS() * 10", [(10, 20, 30, 40), (100, M, 300, 0)]),
        ("100 / [m1, m2]", [(100, 50, 100 / 3, 25), (10, M, 100 / 30, M)]),
        ("[m1, m2] + [m2, m1]", [(11, 2, 33, 4), (11, 2, 33, 4)]),
        ("-[m1, e1]", [(-1, -2, -3, -4), (-5, -5, -5, -5)]),
        ('METRICS("m2")', [(10, M, 30, 0)]),
        ("METRICS('1')", [(1, 2, 3, 4)]),
        ("[METRICS('1'), METRICS('2')]", [(1, 2, 3, 4), (10, M, 30, 0)]),
        ("ABS(METRICS() - 2)", [(1, 0, 1, 2), (8, M, 28, 2)]),
    ],
)
def test_an_array_is_worked_out_series_by_series(text: str, rows: list[tuple[float | None, ...]]) -> None:
    assert told(text, PLAIN) == rows


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("AVG([m1, m2])", (5.5, 1, 16.5, 2)),
        ("SUM(METRICS())", (11, 2, 33, 4)),
        ("MIN([m1, m2])", (1, 2, 3, 0)),
        ("MAX([m1, m2])", (10, 2, 30, 4)),
        ("DATAPOINT_COUNT(METRICS())", (2, 1, 2, 2)),
        ("STDDEV([m1, m2])", (4.5, 0, 13.5, 2)),
        ("SUM(100 / [m1, m2])", (110, 50, 100 / 3 + 100 / 30, 25)),
    ],
)
def test_an_aggregate_of_several_series_is_one(text: str, values: tuple[float, ...]) -> None:
    assert told(text, PLAIN) == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("AVG(m1)", 2.5),
        ("SUM(m2)", 40),
        ("MIN(m2)", 0),
        ("MAX(m2)", 30),
        ("DATAPOINT_COUNT(m2)", 3),
        ("STDDEV(m1)", math.sqrt(1.25)),
        ("METRIC_COUNT(METRICS())", 2),
        ("PERIOD(m1) / 60", 1),
        ("3 > 2 AND 1 < 0", 0),
        ("IF(0, 1, 2)", 2),
    ],
)
def test_some_parts_of_an_expression_are_numbers(text: str, number: float) -> None:
    assert part(text, PLAIN) == pytest.approx(number)


@pytest.mark.parametrize("text", ["AVG(m1)", "5", "METRIC_COUNT(METRICS())", "1 > 0"])
def test_a_number_is_no_result(text: str) -> None:
    with pytest.raises(MathError, match="not a single number"):
        told(text, PLAIN)


def test_aggregates_of_a_series_without_points_are_nothing_and_not_zero() -> None:
    empty = scope(m1=series(), m2=series(1, 2, 3, 4))

    assert told("m2 - MAX(m1)", empty) == (M, M, M, M)
    assert told("m2 - SUM(m1)", empty) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("IF(m1, m2, m3)", (30, 0, 20, M, M)),
        ("IF(m1, 5, m3)", (5, 5, 20, M, M)),
        ("IF(m1, m2, 5)", (30, 0, 5, 5, M)),
        ("IF(m1, m2)", (30, 0, M, M, M)),
        ("IF(m1, 1, 2)", (1, 1, 2, 2, M)),
        ("IF(1, m2, m3)", (30, M, 0, 0, 30)),
        ("IF(0, m2, m3)", (0, 0, 20, M, 20)),
        ("IF(0, m2)", (M, M, M, M, M)),
        ("IF(m2 < 10, m2)", (M, M, 0, 0, M)),
        ("IF(m3 > 10, 1, 0)", (0, 0, 1, M, 1)),
    ],
)
def test_conditions_are_those_of_aws_s_page(text: str, values: tuple[float | None, ...]) -> None:
    page = scope(minutes=5, m1=series(1, 1, 0, 0, M), m2=series(30, M, 0, 0, 30), m3=series(0, 0, 20, M, 20))

    assert told(text, page) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("DIFF(m1)", (M, M, M, 6, -3, M)),
        ("DIFF_TIME(m1)", (M, M, M, 120, 60, M)),
        ("RATE(m1)", (M, M, M, 0.05, -0.05, M)),
        ("RUNNING_SUM(m1)", (M, 4, M, 14, 21, M)),
        ("FILL(m1, 0)", (0, 4, 0, 10, 7, 0)),
        ("FILL(m1, REPEAT)", (M, 4, 4, 10, 7, 7)),
        ("FILL(m1, LINEAR)", (M, 4, 7, 10, 7, M)),
        ("FILL(m1, m2)", (1, 4, 3, 10, 7, M)),
        ("FILL(m1, MIN(m1))", (4, 4, 4, 10, 7, 4)),
        ("FILL(m3, 9)", (9, 9, 9, 9, 9, 9)),
        ("FILL(m3, REPEAT)", (M, M, M, M, M, M)),
        ("TIME_SERIES(5 * MAX(m1))", (50, 50, 50, 50, 50, 50)),
        ("CEIL(m1 / 4)", (M, 1, M, 3, 2, M)),
        ("FLOOR(m1 / 4)", (M, 1, M, 2, 1, M)),
        ("LOG(m1 - 4)", (M, M, M, math.log(6), math.log(3), M)),
        ("LOG10(m1 * 25)", (M, 2, M, math.log10(250), math.log10(175), M)),
    ],
)
def test_functions_look_along_a_series(text: str, values: tuple[float | None, ...]) -> None:
    sparse = scope(minutes=6, m1=series(M, 4, M, 10, 7, M), m2=series(1, 2, 3, 4, M, M), m3=series())

    assert told(text, sparse) == pytest.approx(values)


def test_a_calendar_has_a_point_for_every_period() -> None:
    here = scope(minutes=2, m1=series(1))
    noon = datetime.fromtimestamp(START, UTC)

    answers = {name: told(f"{name}(m1)", here) for name in ("MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH")}

    assert noon == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert answers == {
        "MINUTE": (0, 1),
        "HOUR": (12, 12),
        "DAY": (1, 1),
        "DATE": (23, 23),
        "MONTH": (11, 11),
        "YEAR": (2026, 2026),
        "EPOCH": (START, START + 60),
    }


def test_only_weekdays_are_shown_as_on_aws_s_page() -> None:
    assert told("IF(DAY(m1)<6,m1)", PLAIN) == (1, 2, 3, 4)
    assert told("IF(DAY(m1)>5,m1)", PLAIN) == (M, M, M, M)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("SORT(METRICS(), AVG, DESC)", "middle small empty"),
        ("SORT(METRICS(), SUM, DESC)", "small middle empty"),
        ("SORT(METRICS(), MAX, ASC, 1)", "small"),
        ("SLICE(SORT(METRICS(), SUM, DESC), 1)", "middle empty"),
        ("SLICE(METRICS(), 0, 2)", "small empty"),
        ("REMOVE_EMPTY(METRICS())", "small middle"),
        ("[FIRST(SORT(METRICS(), AVG, ASC)), LAST(METRICS())]", "small middle"),
    ],
)
def test_series_are_chosen_from_an_array(text: str, labels: str) -> None:
    three = scope(
        m1=series(3, 3, 3, 3, label="small"),
        m2=series(label="empty"),
        m3=series(5, 5, label="middle"),
    )

    found = part(text, three)

    assert isinstance(found, tuple)
    assert " ".join(each.label for each in found) == labels


def test_what_was_found_by_a_search_stands_for_the_search() -> None:
    call = SearchCall("{AWS/ElastiCache}", "Sum", 60)
    here = scope(searches={call: (series(1, 2), series(3, 4))}, minutes=2)

    assert told("SUM(SEARCH('{AWS/ElastiCache}', 'Sum', 60))", here) == (4, 6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("m9", "no metric or expression with the id m9"),
        ("NOPE(m1)", "no function NOPE"),
        ("avg(m1)", "no function avg"),
        ("ANOMALY_DETECTION_BAND(m1, 2)", "ANOMALY_DETECTION_BAND is not supported"),
        ("INSIGHT_RULE_METRIC('r', 'Sum')", "INSIGHT_RULE_METRIC is not supported"),
        ("LAMBDA('f')", "LAMBDA is not supported"),
        ("AVG()", "1 arguments are expected and not 0"),
        ("IF(m1)", "2 to 3 arguments are expected"),
        ("ABS(5)", "a number stands where a time series"),
        ("IF(METRICS(), 1, 0)", "several time series stand where one"),
        ("TIME_SERIES(m1)", "a time series stands where a number"),
        ("SLICE(METRICS(), -1)", "no number of time series"),
        ("SORT(METRICS(), STDDEV, ASC)", "AVG, MIN, MAX, SUM"),
        ("SORT(METRICS(), AVG, UP)", "ASC, DESC is expected as argument 3"),
        ("FILL(m1, DESC)", "REPEAT, LINEAR"),
        ("METRICS(5)", "a text in quotes"),
        ("'text' + m1", "neither a number nor a time series"),
        ("[m1, 5]", "no numbers"),
        ("[m1, m2] + [m1]", "have 2 and 1"),
        ("FIRST(METRICS('none'))", "no time series to take one of"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(MathError, match=sentence):
        told(text, PLAIN)


def test_arrays_cannot_grow_without_end() -> None:
    here = scope(e1=tuple(series(1) for _ in range(300)))

    with pytest.raises(MathError, match="more than 500 time series"):
        told("[e1, e1]", here)


def test_a_series_out_of_a_number_cannot_be_longer_than_what_is_served() -> None:
    endless = Scope(start_second=0, end_second=START, period_seconds=1, values={})

    with pytest.raises(MathError, match="Increase the period"):
        told("TIME_SERIES(1)", endless)


def test_filling_many_series_is_refused_before_it_is_done() -> None:
    here = scope(minutes=60 * 24 * 14, e1=tuple(series(1) for _ in range(100)))

    with pytest.raises(MathError, match="more than 1000000 data points"):
        told("FILL(e1, 0)", here)


def test_a_long_sum_is_no_deep_tree_to_whoever_works_it_out() -> None:
    assert told("+".join(["m1"] * 600), PLAIN) == (600, 1200, 1800, 2400)


ROW = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=20)


@given(one=ROW, other=ROW)
def test_sums_do_not_depend_on_the_order_and_are_what_the_function_says(
    one: list[float | None], other: list[float | None]
) -> None:
    here = scope(minutes=20, m1=series(*one), m2=series(*other))

    forth, back, total = told("m1 + m2", here), told("m2 + m1", here), told("SUM([m1, m2])", here)

    assert forth == back == pytest.approx(total)


@given(values=ROW)
def test_filling_leaves_no_gap_and_changes_no_point(values: list[float | None]) -> None:
    here = scope(minutes=len(values), m1=series(*values))

    filled = told("FILL(m1, 7)", here)

    assert filled == tuple(7 if value is None else value for value in values)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_a_running_sum_undoes_differences(values: list[float]) -> None:
    here = scope(minutes=len(values), m1=series(*values))

    found = part("RUNNING_SUM(DIFF(m1))", here)

    assert not isinstance(found, float | tuple)
    expected = tuple(value - values[0] for value in values)[1:]
    assert row(found, here)[1:] == pytest.approx(expected, abs=1e-3)
