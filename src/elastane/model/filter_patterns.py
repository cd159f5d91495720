"""CloudWatch Logs' filter patterns: which log events a caller wants, parsed once and asked of each message. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

    ERROR timeout "two words"      all of these are somewhere in the message; case counts
    ?ERROR ?WARN                   any of these is
    ERROR -harmless                the one is, the other is not
    " "                            everything
    { $.Command = "GET*" && ($.["Duration (us)"] > 10 || $.ClientName NOT EXISTS) }
                                   the message is a JSON object of which this is true

A text is compared with ``=`` and ``!=`` and may have ``*`` at its ends, or anywhere; a number with all six. Members
are reached by ``.name``, ``["any name"]`` and ``[0]``. A comparison with a member that is not there, or is of another
type, is not true, not even with ``!=``. Patterns by columns (``[ip, user, …]``) and regular expressions (``%…%``)
are refused: nothing that is delivered here has columns, and a caller's expression could take for ever.
"""

import functools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from elastane.model.log_faults import InvalidParameter

Matches = Callable[[str], bool]
"""Whether a message is wanted."""

_DEPTH_MAX = 32


def parse_pattern(text: str) -> Matches:
    """Raises InvalidParameter. The empty pattern wants everything."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _json_pattern(stripped)
    if stripped.startswith("["):
        raise InvalidParameter("Invalid filter pattern: patterns by columns are not supported by this version.")
    return _term_pattern(stripped)


# --- terms ---------------------------------------------------------------------------------------

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|\Z)')


def _term_pattern(text: str) -> Matches:
    wanted: list[str] = []
    alternatives: list[str] = []
    unwanted: list[str] = []
    place = 0
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            raise InvalidParameter("Invalid filter pattern: a term with other characters than letters is quoted.")
        sign, quoted, plain = found.groups()
        term = plain if quoted is None else _unescaped(quoted)
        if plain is not None and plain.startswith("%"):
            raise InvalidParameter("Invalid filter pattern: regular expressions are not supported by this version.")
        if term.strip() or sign:
            {"": wanted, "?": alternatives, "-": unwanted}[sign].append(term)
        place = found.end()
    return functools.partial(_has_terms, tuple(wanted), tuple(alternatives), tuple(unwanted))


def _has_terms(wanted: Sequence[str], alternatives: Sequence[str], unwanted: Sequence[str], message: str) -> bool:
    # As AWS says: beside terms that must be there, the ?alternatives count for nothing.
    is_found = all(term in message for term in wanted) and (
        bool(wanted) or not alternatives or any(term in message for term in alternatives)
    )
    return is_found and not any(term in message for term in unwanted)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


# --- JSON ----------------------------------------------------------------------------------------

Holds = Callable[[object], bool]
"""Whether something is true of a decoded message."""
_Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>\{|\}|\(|\)|&&|\|\||!=|<=|>=|=|<|>)
      | (?P<path>\$(?:\.[A-Za-z_][\w-]*|\.?\[\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\d{1,9})\s*\])*)
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<word>[^\s(){}=<>!&|"$]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\.?\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+))\s*\]""")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\Z")


class _Token(NamedTuple):
    kind: str
    text: str


def _json_pattern(text: str) -> Matches:
    reader = _Reader(_tokens(text))
    reader.expect("{")
    holds = reader.disjunction()
    reader.expect("}")
    reader.expect_end()
    return functools.partial(_is_so_of, holds)


def _is_so_of(holds: Holds, message: str) -> bool:
    if not message.lstrip().startswith("{"):
        return False
    try:
        decoded = msgspec.json.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return False
    return holds(decoded)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise InvalidParameter(f"Invalid filter pattern: it cannot be read from character {place + 1} on.")
        kind = found.lastgroup
        assert kind is not None, "each alternative of the expression has a name"
        tokens.append(_Token(kind, found[kind]))
        place = found.end()
    return tokens


class _Reader:
    """By recursive descent: ``||`` binds less than ``&&``, parentheses most."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def disjunction(self) -> Holds:
        parts = [self._conjunction()]
        while self._take("||"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda value: any(part(value) for part in parts)

    def _conjunction(self) -> Holds:
        parts = [self._condition()]
        while self._take("&&"):
            parts.append(self._condition())
        return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)

    def _condition(self) -> Holds:
        if self._take("("):
            self._depth += 1
            if self._depth > _DEPTH_MAX:
                raise InvalidParameter("Invalid filter pattern: it is nested too deeply.")
            inner = self.disjunction()
            self._depth -= 1
            self.expect(")")
            return inner
        token = self._next("a selector such as $.name")
        if token.kind != "path":
            raise InvalidParameter(f"Invalid filter pattern: {token.text!r} where a selector such as $.name belongs.")
        return self._comparison(_parse_path(token.text))

    def _comparison(self, path: _Path) -> Holds:
        token = self._next("a comparison")
        if token.kind == "sign" and token.text in _COMPARISONS:
            return _compared(path, token.text, self._next("a value"))
        words = token.text.upper() if token.kind == "word" else ""
        after = self._next("NULL, TRUE, FALSE or EXISTS").text.upper() if words in ("IS", "NOT") else ""
        match f"{words} {after}":
            case "NOT EXISTS":
                return lambda value: _find(value, path) is _MISSING
            case "IS NULL":
                return lambda value: _find(value, path) is None
            case "IS TRUE":
                return lambda value: _find(value, path) is True
            case "IS FALSE":
                return lambda value: _find(value, path) is False
        raise InvalidParameter(f"Invalid filter pattern: {token.text!r} where a comparison belongs.")

    def expect(self, sign: str) -> None:
        if not self._take(sign):
            raise InvalidParameter(f"Invalid filter pattern: there is no {sign!r} where one belongs.")

    def expect_end(self) -> None:
        if self._place < len(self._tokens):
            raise InvalidParameter("Invalid filter pattern: something follows the closing brace.")

    def _take(self, sign: str) -> bool:
        is_there = self._place < len(self._tokens) and self._tokens[self._place] == _Token("sign", sign)
        self._place += is_there
        return is_there

    def _next(self, wanted: str) -> _Token:
        if self._place >= len(self._tokens):
            raise InvalidParameter(f"Invalid filter pattern: it ends where {wanted} belongs.")
        self._place += 1
        return self._tokens[self._place - 1]


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def _compared(path: _Path, sign: str, value: _Token) -> Holds:
    if value.kind == "word" and _NUMBER.match(value.text):
        number, compare = float(value.text), _COMPARISONS[sign]
        return lambda message: _is_number(found := _find(message, path)) and compare(found, number)  # type: ignore[arg-type]  # asked just before
    if value.kind not in ("word", "quoted"):
        raise InvalidParameter(f"Invalid filter pattern: {value.text!r} where a value belongs.")
    if value.kind == "word" and value.text.startswith("%"):
        raise InvalidParameter("Invalid filter pattern: regular expressions are not supported by this version.")
    if sign not in ("=", "!="):
        raise InvalidParameter(f"Invalid filter pattern: {sign} compares numbers, and {value.text!r} is none.")
    pieces = [_unescaped(piece) for piece in value.text.split("*")]
    is_equal = sign == "="

    def holds(message: object) -> bool:
        found = _find(message, path)
        text = found if isinstance(found, str) else _spelled(found)
        return text is not None and _fits(text, pieces) is is_equal

    return holds


def _fits(text: str, pieces: Sequence[str]) -> bool:
    """Whether the text is the pieces with anything between them. It never goes back in the text."""
    first, *rest = pieces
    if not rest:
        return text == first
    *between, last = rest
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in between:
        place = text.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


def _spelled(value: object) -> str | None:
    """A number or a truth value as JSON spells it, for whoever compares it with a text; None for all else."""
    return msgspec.json.encode(value).decode() if isinstance(value, int | float) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- selectors -----------------------------------------------------------------------------------


class _Missing:
    """What is found where nothing is."""


_MISSING = _Missing()


def _parse_path(text: str) -> _Path:
    steps: list[str | int] = []
    for plain, double, single, index in _STEP.findall(text):
        steps.append(int(index) if index else plain or _unescaped(double or single))
    return tuple(steps)


def _find(value: object, path: _Path) -> object:
    for step in path:
        if isinstance(step, str):
            value = value.get(step, _MISSING) if isinstance(value, dict) else _MISSING
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else _MISSING
    return value
