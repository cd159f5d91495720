"""Texts of a policy that stand for many: `*` any number of characters, `?` one, `${aws:username}` what the call says.

`${*}`, `${?}` and `${$}` are those three characters themselves, and `${key, 'default'}` names what stands where the
call has no such key (IAM User Guide, "IAM policy elements: Variables and tags"). A variable without a value and
without a default makes the whole text match nothing.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from elastane.model.policy_keys import find_key

Values = Mapping[str, tuple[str, ...]]
"""What a call says: by condition key, in lower case. A key that the call does not have is not in it."""


class PolicyError(ValueError):
    """A policy that is not understood whole. The message is a sentence that names the place."""


class Wildcard(Enum):
    MANY = "*"
    ONE = "?"


class Variable(msgspec.Struct, frozen=True):
    key: str
    default: str | None


class Letter(msgspec.Struct, frozen=True):
    character: str


Piece = Letter | Wildcard | Variable


class Pattern(msgspec.Struct, frozen=True):
    """A text in its pieces. Of an ARN: `segments` of them are matched one by one; else it is one."""

    segments: tuple[tuple[Piece, ...], ...]

    @property
    def is_anything(self) -> bool:
        return self.segments == ((Wildcard.MANY,),)


ARN_SEGMENT_COUNT: Final = 6
"""``arn:partition:service:region:account:resource``; the last may have colons of its own."""

_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_DEFAULTED: Final = re.compile(r"(?P<key>[^,]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?")


def parse_pattern(text: str, place: str, *, has_wildcards: bool = True, has_variables: bool = True) -> Pattern:
    """One text. Raises PolicyError, naming `place`, for a variable that is not understood."""
    return Pattern((_pieces(text, place, has_wildcards=has_wildcards, has_variables=has_variables),))


def parse_arn_pattern(text: str, place: str, *, has_variables: bool = True) -> Pattern:
    """``*``, or an ARN whose segments may have wildcards; none of them reaches over a colon but in the last.

    Raises PolicyError, naming `place`.
    """
    pieces = _pieces(text, place, has_wildcards=True, has_variables=has_variables)
    if pieces == (Wildcard.MANY,):
        return Pattern((pieces,))
    segments: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece == Letter(":") and len(segments) < ARN_SEGMENT_COUNT:
            segments.append([])
        else:
            segments[-1].append(piece)
    if len(segments) < ARN_SEGMENT_COUNT or not text.lower().startswith("arn:"):
        raise PolicyError(f"{place} is neither * nor an ARN (arn:aws:service:region:account:resource): {text!r}.")
    return Pattern(tuple(tuple(segment) for segment in segments))


def matches(pattern: Pattern, text: str, values: Values, *, ignores_case: bool = False) -> bool:
    """Whether the text is one that the pattern stands for."""
    if pattern.is_anything:
        return True
    parts = text.split(":", len(pattern.segments) - 1)
    return len(parts) == len(pattern.segments) and all(
        _matches_segment(segment, part, values, ignores_case=ignores_case)
        for segment, part in zip(pattern.segments, parts, strict=True)
    )


def matches_action(pattern: str, action: str) -> bool:
    """Actions are compared without case and have no variables: ``elasticache:Describe*``."""
    wanted = [Wildcard(letter) if letter in "*?" else letter for letter in pattern.lower()]
    return _is_match(wanted, action.lower())


# --- parsing -------------------------------------------------------------------------------------


def _pieces(text: str, place: str, *, has_wildcards: bool, has_variables: bool) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    position = 0
    while position < len(text):
        if text.startswith("${", position):
            found = _VARIABLE.match(text, position)
            if not has_variables:
                raise PolicyError(f"{place} has a variable, and only a policy of Version 2012-10-17 has any: {text!r}.")
            if found is None:
                raise PolicyError(f"{place} has ${{ without the end of a variable: {text!r}.")
            pieces.append(_variable(found[1], place))
            position = found.end()
            continue
        letter = text[position]
        pieces.append(Wildcard(letter) if has_wildcards and letter in "*?" else Letter(letter))
        position += 1
    return tuple(pieces)


def _variable(content: str, place: str) -> Piece:
    if content in ("*", "?", "$"):
        return Letter(content)
    found = _DEFAULTED.fullmatch(content.strip())
    key = None if found is None else find_key(found["key"])
    if found is None or key is None or key.has_many_values:
        raise PolicyError(f"{place} has a variable that is not understood here: ${{{content}}}.")
    return Variable(key.name, found["default"])


# --- matching ------------------------------------------------------------------------------------


def _matches_segment(segment: tuple[Piece, ...], text: str, values: Values, *, ignores_case: bool) -> bool:
    wanted: list[str | Wildcard] = []
    for piece in segment:
        if isinstance(piece, Variable):
            said = values.get(piece.key, ())
            value = said[0] if len(said) == 1 else piece.default
            if value is None:
                return False
            wanted.extend(value.lower() if ignores_case else value)
        elif isinstance(piece, Letter):
            wanted.extend(piece.character.lower() if ignores_case else piece.character)
        else:
            wanted.append(piece)
    return _is_match(wanted, text.lower() if ignores_case else text)


def _is_match(wanted: Sequence[str | Wildcard], text: str) -> bool:
    """Two positions that only go forward, and one to come back to: the last `*` takes one character more.

    Not a regular expression, which a text of a caller's could keep busy for minutes where a policy has many stars.
    """
    at, wanted_at = 0, 0
    star_at, resumed_at = -1, 0
    while at < len(text):
        piece = wanted[wanted_at] if wanted_at < len(wanted) else None
        if piece is Wildcard.MANY:
            star_at, resumed_at = wanted_at, at
            wanted_at += 1
        elif piece is Wildcard.ONE or piece == text[at]:
            at, wanted_at = at + 1, wanted_at + 1
        elif star_at >= 0:
            resumed_at += 1
            at, wanted_at = resumed_at, star_at + 1
        else:
            return False
    return all(piece is Wildcard.MANY for piece in wanted[wanted_at:])
