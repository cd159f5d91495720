"""The words of an expression."""

import re
from enum import StrEnum

import msgspec

from elastane.model.metric_math.syntax import LENGTH_MAX, MathError


class Kind(StrEnum):
    NUMBER = "number"
    NAME = "name"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


class Token(msgspec.Struct, frozen=True):
    kind: Kind
    text: str
    position: int


# In the order in which they are tried. A backslash within quotes belongs to what SEARCH looks for; it is kept.
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|“[^”]*”)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]])",
    re.DOTALL,
)
_SPELLINGS = {"&&": "AND", "||": "OR"}


def tokenize(text: str) -> tuple[Token, ...]:
    """With an END behind the last. Raises MathError."""
    if len(text) > LENGTH_MAX:
        raise MathError(f"The expression is longer than {LENGTH_MAX} characters.")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        matched = _TOKEN.match(text, position)
        if matched is None:
            raise MathError(f"Unexpected character {text[position]!r} at position {position + 1}.")
        tokens.append(_token(matched))
        position = matched.end()
    return (*tokens, Token(Kind.END, "", position))


def _token(matched: re.Match[str]) -> Token:
    kind, text = Kind(str(matched.lastgroup)), matched[0]
    if kind is Kind.TEXT:
        text = text[1:-1]
    elif text in _SPELLINGS or text in ("AND", "OR"):
        # The words are operators, and no ids: those begin with a lowercase letter.
        kind, text = Kind.SIGN, _SPELLINGS.get(text, text)
    return Token(kind, text, matched.start())
