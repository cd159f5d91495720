"""What an expression is once it is read, and the one error of this package."""

import msgspec

LENGTH_MAX = 2048
"""The published model's limit of `MetricExpression`."""
DEPTH_MAX = 40
"""Of what is nested. AWS names no limit; this one keeps readers and evaluators well within Python's own."""


class MathError(ValueError):
    """An expression that cannot be read or worked out. Its text is a sentence for the caller."""


class Number(msgspec.Struct, frozen=True):
    value: float


class Text(msgspec.Struct, frozen=True):
    """In single or double quotes: an argument of METRICS or SEARCH."""

    value: str


class Name(msgspec.Struct, frozen=True):
    """The id of another query of the same request, or a word such as REPEAT or DESC."""

    text: str


class Negation(msgspec.Struct, frozen=True):
    operand: "Expression"


class Operation(msgspec.Struct, frozen=True):
    """`operator` is one of + - * / ^ == != < <= > >= AND OR."""

    operator: str
    left: "Expression"
    right: "Expression"


class Array(msgspec.Struct, frozen=True):
    members: tuple["Expression", ...]


class Call(msgspec.Struct, frozen=True):
    function: str
    arguments: tuple["Expression", ...]


Expression = Number | Text | Name | Negation | Operation | Array | Call


def parts(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Negation(operand):
            return (operand,)
        case Operation(left=left, right=right):
            return (left, right)
        case Array(members):
            return members
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()
