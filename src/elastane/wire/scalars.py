"""Single values as AWS's Query protocol writes them, in both directions.

`query` parses them and `xml` renders them. Both functions answer None for what does not fit, because
only their callers know the place to name in the refusal.
"""

import base64
import binascii
import math
import re
from datetime import UTC, datetime
from typing import assert_never

from elastane.wire.models import Kind

ILLEGAL_IN_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, not even escaped (https://www.w3.org/TR/xml/#charsets)."""

EXPECTATIONS = {
    Kind.STRING: "a text",
    Kind.CHARACTER: "a text",
    Kind.INTEGER: "an integer of 32 bits",
    Kind.LONG: "an integer of 64 bits",
    Kind.FLOAT: "a number",
    Kind.DOUBLE: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.TIMESTAMP: "a timestamp with a time zone, like 2015-02-02T12:30:00Z,",
    Kind.BLOB: "base64",
}

_BITS = {Kind.INTEGER: 32, Kind.LONG: 64}


def parse_scalar(kind: Kind, text: str) -> object | None:
    match kind:
        case Kind.STRING | Kind.CHARACTER:
            return text
        case Kind.INTEGER | Kind.LONG:
            return _parse_integer(text, _BITS[kind])
        case Kind.FLOAT | Kind.DOUBLE:
            return _parse_number(text)
        case Kind.BOOLEAN:
            return {"true": True, "false": False}.get(text.lower())
        case Kind.TIMESTAMP:
            return _parse_timestamp(text)
        case Kind.BLOB:
            return _parse_blob(text)
        case _:
            assert_never(kind)


def render_scalar(kind: Kind, value: object) -> str | None:
    match kind, value:
        case (Kind.BOOLEAN, bool()):
            return "true" if value else "false"
        case (_, bool()):  # Python's bool is an int; on the wire it is not
            return None
        case (Kind.STRING | Kind.CHARACTER, str()):
            return value
        case (Kind.INTEGER | Kind.LONG, int()):
            return str(value) if _fits(value, _BITS[kind]) else None
        case (Kind.FLOAT | Kind.DOUBLE, int() | float()):
            return _render_number(float(value))
        case (Kind.TIMESTAMP, datetime()) if value.tzinfo is not None:
            moment = value.astimezone(UTC).replace(tzinfo=None)
            return f"{moment.isoformat(timespec='milliseconds')}Z"
        case (Kind.BLOB, bytes()):
            return base64.b64encode(value).decode("ascii")
    return None


_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


def _parse_integer(text: str, bits: int) -> int | None:
    if _INTEGER.fullmatch(text) is None:
        return None
    return int(text) if _fits(int(text), bits) else None


def _fits(number: int, bits: int) -> bool:
    limit = 1 << (bits - 1)
    return -limit <= number < limit


_NUMBER = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,3})?")
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _parse_number(text: str) -> float | None:
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    return float(text) if _NUMBER.fullmatch(text) else None


def _render_number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def _parse_timestamp(text: str) -> datetime | None:
    """Aware and in UTC. A text that names no zone means UTC, as AWS's documents say."""
    if _TIMESTAMP.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or an offset that leads out of the calendar
        return None


def _parse_blob(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
