"""The limits that AWS's models declare, and the sentence AWS's front end says where one is broken.

`query` and `json` call this, with parameters whose types they have already made right. All broken limits
are told at once, as AWS does:

    2 validation errors detected: Value 'x' at 'azMode' failed to satisfy constraint: Member must
    satisfy enum value set: [single-az, cross-az]; Value …
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import assert_never

from msgspec.structs import replace

from elastane.wire import models
from elastane.wire.models import ListOf, MapOf, Reference, Scalar, Service, Structure


def violations(service: Service, shape: Structure, parameters: Mapping[str, object], path: str = "") -> Iterator[str]:
    """One phrase for each broken limit, in the order of the shape's members."""
    for name, reference in shape.members.items():
        if name in parameters:
            yield from _of_value(service, reference, parameters[name], member_path(path, name))


def sentence(broken: Sequence[str]) -> str:
    noun = "error" if len(broken) == 1 else "errors"
    return f"{len(broken)} validation {noun} detected: {'; '.join(broken)}"


def _of_value(service: Service, reference: Reference, value: object, path: str) -> Iterator[str]:
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Structure():
            assert isinstance(value, Mapping)
            yield from violations(service, shape, value, path)
        case ListOf():
            assert isinstance(value, list)
            yield from _of_list(service, reference, shape, value, path)
        case MapOf():
            assert isinstance(value, Mapping)
            for number, (key, held) in enumerate(value.items(), 1):
                yield from _of_value(service, shape.key, key, f"{path}.{number}.key")
                yield from _of_value(service, shape.value, held, f"{path}.{number}.value")
        case Scalar():
            shown = "Value" if reference.is_sensitive else f"Value '{value}'"
            for rule in _of_scalar(shape, value):
                yield _phrase(shown, path, rule)
        case _:
            assert_never(shape)


def _of_list(service: Service, reference: Reference, shape: ListOf, members: list[object], path: str) -> Iterator[str]:
    is_hidden = reference.is_sensitive or shape.member.is_sensitive
    member_shape = models.shape(service, shape.member.shape_name)
    if broken := tuple(_of_size(shape, len(members), "length")):
        is_showable = not is_hidden and isinstance(member_shape, Scalar)
        shown = f"Value '[{', '.join(map(str, members))}]'" if is_showable else "Value"
        yield from (_phrase(shown, path, rule) for rule in broken)
    if isinstance(member_shape, Scalar) and not _has_limits(member_shape):
        return  # there may be a million of them
    member = replace(shape.member, is_sensitive=is_hidden)
    for number, value in enumerate(members, 1):
        yield from _of_value(service, member, value, f"{path}.{number}.member")


def _has_limits(shape: Scalar) -> bool:
    return bool(shape.enum or shape.pattern) or shape.minimum is not None or shape.maximum is not None


def _of_scalar(shape: Scalar, value: object) -> Iterator[str]:
    if isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield f"satisfy enum value set: [{', '.join(shape.enum)}]"
        yield from _of_size(shape, len(value), "length")
        pattern = _compiled(shape.pattern) if shape.pattern else None
        if pattern is not None and pattern.fullmatch(value) is None:
            yield f"satisfy regular expression pattern: {shape.pattern}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _of_size(shape, value, "value")


def _of_size(shape: Scalar | ListOf, size: float, noun: str) -> Iterator[str]:
    if shape.minimum is not None and size < shape.minimum:
        yield f"have {noun} greater than or equal to {shape.minimum}"
    if shape.maximum is not None and size > shape.maximum:
        yield f"have {noun} less than or equal to {shape.maximum}"


def _phrase(shown: str, path: str, rule: str) -> str:
    return f"{shown} at '{path}' failed to satisfy constraint: Member must {rule}"


def member_path(path: str, name: str) -> str:
    """``lookupAttributes.1.member.attributeKey``: as AWS's sentences name a place."""
    lower_first = name[:1].lower() + name[1:]
    return f"{path}.{lower_first}" if path else lower_first


# `.*\S.*` tries every blank of a long text as the first word's start: a text of 100 kB took minutes. This
# one says the same without a choice to go back to.
_WITHOUT_BACKTRACKING = {r".*\S.*": r"[^\S\n]*\S.*"}


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Java reads it, or None where Python cannot: a `\\p{L}` class is left to the service."""
    try:
        return re.compile(_WITHOUT_BACKTRACKING.get(pattern, pattern), re.ASCII)
    except re.error:
        return None
