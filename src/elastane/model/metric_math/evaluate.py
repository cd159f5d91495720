"""Working an expression out."""

from elastane.model.metric_math import functions, names, operators
from elastane.model.metric_math.arguments import Argument, Arguments, Quoted, Word
from elastane.model.metric_math.syntax import (
    Array,
    Call,
    Expression,
    MathError,
    Name,
    Negation,
    Number,
    Operation,
    Text,
)
from elastane.model.metric_math.values import Array as SeriesArray
from elastane.model.metric_math.values import Scope, Series, Value, checked


def evaluate(expression: Expression, scope: Scope) -> Series | SeriesArray:
    """Raises MathError, also where the answer is a bare number."""
    value = work_out(expression, scope)
    if isinstance(value, float):
        raise MathError("The result of an expression must be a time series or several, and not a single number.")
    return value


def work_out(expression: Expression, scope: Scope) -> Value:
    """Of any part of an expression. Raises MathError."""
    match expression:
        case Number(value):
            return value
        case Name(text):
            return _named(text, scope)
        case Negation(operand):
            return operators.negate(work_out(operand, scope))
        case Operation():
            return _operation(expression, scope)
        case Array(members):
            return _array(members, scope)
        case Call("SEARCH"):
            return scope.searches[names.search_call(expression)]
        case Call(function, arguments):
            given = tuple(_argument(each, scope) for each in arguments)
            return functions.apply(Arguments(function, given, scope))
        case Text(value):
            raise MathError(f"The text {value[:40]!r} is neither a number nor a time series.")


def _operation(operation: Operation, scope: Scope) -> Value:
    """A sum of a thousand parts is a thousand deep on its left side, and is walked without recursion."""
    waiting: list[Operation] = []
    here: Expression = operation
    while isinstance(here, Operation):
        waiting.append(here)
        here = here.left
    value = work_out(here, scope)
    for each in reversed(waiting):
        value = operators.operate(each.operator, value, work_out(each.right, scope))
    return value


def _array(members: tuple[Expression, ...], scope: Scope) -> SeriesArray:
    """Arrays within an array are laid out flat: [METRICS("4xx"), METRICS("5xx")]."""
    found: list[Series] = []
    for member in members:
        value = work_out(member, scope)
        if isinstance(value, float):
            raise MathError("An array holds time series, and no numbers.")
        found.extend((value,) if isinstance(value, Series) else value)
    return checked(found)


def _argument(expression: Expression, scope: Scope) -> Argument:
    match expression:
        case Name(text) if names.is_word(text):
            return Word(text)
        case Text(value):
            return Quoted(value)
    return work_out(expression, scope)


def _named(text: str, scope: Scope) -> Value:
    value = scope.values.get(text)
    if value is None:
        raise MathError(f"There is no metric or expression with the id {text[:40]}.")
    return value
