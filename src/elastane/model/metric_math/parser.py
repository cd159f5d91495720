"""Reading an expression by precedence: what binds more strongly is further down.

OR
AND
== != < <= > >=
+ -
* /
- (before its operand)
^ (from the right)
"""

from elastane.model.metric_math.syntax import (
    DEPTH_MAX,
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
from elastane.model.metric_math.tokens import Kind, Token, tokenize

_STRENGTHS = {
    "OR": 1,
    "AND": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/", 5),
    "^": 7,
}
_NEGATION_STRENGTH = 6


def parse(text: str) -> Expression:
    """Raises MathError."""
    reader = _Reader(tokenize(text))
    if _is_select(reader):
        raise MathError("Metrics Insights queries (SELECT) are not supported.")
    expression = _parse_operations(reader, 0, 0)
    rest = reader.next()
    if rest.kind is not Kind.END:
        raise _unexpected(rest)
    return expression


class _Reader:
    """Where one is in the words."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._index = 0

    def peek(self) -> Token:
        return self._tokens[self._index]

    def next(self) -> Token:
        token = self._tokens[self._index]
        # The END is never passed: whoever asks further sees it again.
        self._index = min(self._index + 1, len(self._tokens) - 1)
        return token

    def takes(self, sign: str) -> bool:
        token = self.peek()
        if token.kind is Kind.SIGN and token.text == sign:
            self.next()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            raise _unexpected(self.peek(), f"{sign} was expected")


def _is_select(reader: _Reader) -> bool:
    token = reader.peek()
    return token.kind is Kind.NAME and token.text.upper() == "SELECT"


def _parse_operations(reader: _Reader, weakest: int, depth: int) -> Expression:
    """An operand, and the operators behind it that bind more strongly than `weakest`."""
    if depth > DEPTH_MAX:
        raise MathError(f"The expression is nested more than {DEPTH_MAX} deep.")
    left = _parse_operand(reader, depth)
    while True:
        token = reader.peek()
        strength = _STRENGTHS.get(token.text, 0) if token.kind is Kind.SIGN else 0
        if strength <= weakest:
            return left
        reader.next()
        # What comes from the right takes its own kind along: 2 ^ 3 ^ 2 is 2 ^ 9.
        beyond = strength - 1 if token.text == "^" else strength
        left = Operation(token.text, left, _parse_operations(reader, beyond, depth + 1))


def _parse_operand(reader: _Reader, depth: int) -> Expression:
    token = reader.next()
    match token.kind:
        case Kind.NUMBER:
            return Number(float(token.text))
        case Kind.TEXT:
            return Text(token.text)
        case Kind.NAME if reader.takes("("):
            return Call(token.text, _parse_list(reader, ")", depth))
        case Kind.NAME:
            return Name(token.text)
        case Kind.SIGN if token.text == "(":
            inner = _parse_operations(reader, 0, depth + 1)
            reader.expect(")")
            return inner
        case Kind.SIGN if token.text == "[":
            return Array(_parse_list(reader, "]", depth))
        case Kind.SIGN if token.text == "-":
            return Negation(_parse_operations(reader, _NEGATION_STRENGTH, depth + 1))
        case Kind.SIGN if token.text == "+":
            return _parse_operations(reader, _NEGATION_STRENGTH, depth + 1)
    raise _unexpected(token)


def _parse_list(reader: _Reader, end: str, depth: int) -> tuple[Expression, ...]:
    members: list[Expression] = []
    if reader.takes(end):
        return ()
    while True:
        members.append(_parse_operations(reader, 0, depth + 1))
        if reader.takes(end):
            return tuple(members)
        reader.expect(",")


def _unexpected(token: Token, sentence: str = "") -> MathError:
    beyond = f": {sentence}" if sentence else ""
    if token.kind is Kind.END:
        return MathError(f"The expression ends too early{beyond}.")
    return MathError(f"Unexpected {token.text[:40]!r} at position {token.position + 1}{beyond}.")
