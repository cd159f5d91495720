"""Expressions read: what binds to what, and that no text does harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.model.metric_math.names import SearchCall, names_in
from elastane.model.metric_math.parser import parse
from elastane.model.metric_math.syntax import Array, Call, MathError, Name, Negation, Number, Operation, Text

ONE, TWO, THREE = Number(1.0), Number(2.0), Number(3.0)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("1+2*3", Operation("+", ONE, Operation("*", TWO, THREE))),
        ("1*2+3", Operation("+", Operation("*", ONE, TWO), THREE)),
        ("1-2-3", Operation("-", Operation("-", ONE, TWO), THREE)),
        ("1^2^3", Operation("^", ONE, Operation("^", TWO, THREE))),
        ("-1^2", Negation(Operation("^", ONE, TWO))),
        ("2^-1", Operation("^", TWO, Negation(ONE))),
        ("-1*2", Operation("*", Negation(ONE), TWO)),
        ("1+2<3", Operation("<", Operation("+", ONE, TWO), THREE)),
        ("1 OR 2 AND 3", Operation("OR", ONE, Operation("AND", TWO, THREE))),
        ("1 || 2", Operation("OR", ONE, TWO)),
        ("[m1,m2]", Array((Name("m1"), Name("m2")))),
        ("F(m1,'a',\"b\")", Call("F", (Name("m1"), Text("a"), Text("b")))),
        ("METRICS(“4xx”)", Call("METRICS", (Text("4xx"),))),
        (" .5e1 ", Number(5.0)),
        ("METRICS()", Call("METRICS", ())),
    ],
)
def test_an_expression_is_read_by_what_binds_more_strongly(text: str, expression: object) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "ends too early"),
        ("m1 +", "ends too early"),
        ("(m1", r"ends too early: \) was expected"),
        ("m1 m2", "Unexpected 'm2' at position 4"),
        ("m1 % 2", "Unexpected character '%' at position 4"),
        ("[m1, ]", r"Unexpected '\]'"),
        ("'open", "Unexpected character"),
        ("SELECT AVG(CPU) FROM x", "not supported"),
        ("(" * 100 + "m1" + ")" * 100, "nested more than 40 deep"),
        ("-" * 100 + "m1", "nested more than 40 deep"),
        ("m1" + "+m1" * 1000, "longer than 2048"),
        ("2^" * 100 + "m1", "nested more than 40 deep"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(MathError, match=sentence):
        parse(text)


def test_an_expression_tells_what_it_needs() -> None:
    needs = names_in(parse("m1 + SUM(METRICS()) / FILL(e2, REPEAT) + SEARCH('{A} x', 'p99', 300)"))

    assert needs.names == {"m1", "e2"}
    assert needs.has_metrics_call
    assert needs.fills_gaps
    assert needs.searches == (SearchCall("{A} x", "p99", 300),)


def test_an_expression_tells_of_how_many_parts_it_is_made() -> None:
    needs = names_in(parse("-m1 + AVG([m1, m2]) * 2"))

    # Two operators, a sign, a call, an array, and four operands.
    assert needs.part_count == 9
    assert not needs.fills_gaps
    assert not needs.has_metrics_call


@pytest.mark.parametrize("text", ["SEARCH()", "SEARCH('x')", "SEARCH(m1, 'Sum', 60)", "SEARCH('x', 'Sum', 0.5)"])
def test_a_search_has_a_text_a_statistic_and_a_period(text: str) -> None:
    with pytest.raises(MathError, match="SEARCH takes"):
        names_in(parse(text))


@given(text=st.text(st.sampled_from("m1e2 +-*/^()[],<>=!&|'\".ANDORSUM5"), max_size=200))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        expression = parse(text)
    except MathError as error:
        assert str(error).endswith(".")
    else:
        assert expression is not None
