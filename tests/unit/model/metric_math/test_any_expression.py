"""Expressions by chance: each is a series or several, or is refused with a sentence."""

import math

from hypothesis import given
from hypothesis import strategies as st

from elastane.model.metric_math import functions
from elastane.model.metric_math.evaluate import evaluate
from elastane.model.metric_math.operators import OPERATORS
from elastane.model.metric_math.parser import parse
from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Series
from tests.unit.model.metric_math.rows import START, scope, series

LEAVES = st.sampled_from(
    [
        "m1",
        "m2",
        "m3",
        "a1",
        "METRICS()",
        "METRICS('1')",
        "0",
        "2",
        "-1.5",
        "1e308",
        "AVG",
        "DESC",
        "REPEAT",
        "'x'",
        "m9",
    ]
)
NAMES = sorted(functions.FUNCTIONS)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner, min_size=1, max_size=4).map(", ".join)
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(sorted(OPERATORS)), inner),
        st.builds("{}({})".format, st.sampled_from(NAMES), arguments),
        arguments.map("[{}]".format),
        inner.map("-{}".format),
    )


@given(text=st.recursive(LEAVES, larger, max_leaves=12))
def test_any_expression_has_points_in_order_or_is_refused_with_a_sentence(text: str) -> None:
    here = scope(
        m1=series(1, 2, None, 4),
        m2=series(0, -1e308, 1e308, None),
        m3=series(),
        a1=(series(5, 6), series(None, 7, period_seconds=120)),
    )

    try:
        found = evaluate(parse(text), here)
    except MathError as error:
        assert str(error).endswith(".")
        return

    for each in (found,) if isinstance(found, Series) else found:
        assert list(each.values) == sorted(each.values)
        assert all(math.isfinite(value) for value in each.values.values())
        assert all(START - 120 <= at < START + 600 for at in each.values)
