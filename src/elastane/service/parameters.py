"""The parameters of a call, read by name and type.

The wire has already checked them against the published model, so a value of another type here is
our bug and not the caller's.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar

Value = TypeVar("Value")


class Parameters:
    """Read-only. A parameter that was not sent reads as None (lists too: not sent is not empty)."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def text(self, name: str) -> str | None:
        return self._find(name, str)

    def required_text(self, name: str) -> str:
        value = self._find(name, str)
        assert value is not None, f"the model says {name} is required, and the wire checks it"
        return value

    def integer(self, name: str) -> int | None:
        return self._find(name, int)

    def number(self, name: str) -> float | None:
        value = self._values.get(name)
        assert value is None or isinstance(value, int | float), f"{name} is a {type(value).__name__}, not a number"
        return None if value is None else float(value)

    def numbers(self, name: str) -> tuple[float, ...] | None:
        values = self._find(name, list)
        return None if values is None else tuple(float(value) for value in values)

    def flag(self, name: str) -> bool | None:
        return self._find(name, bool)

    def moment(self, name: str) -> datetime | None:
        return self._find(name, datetime)

    def octets(self, name: str) -> bytes | None:
        return self._find(name, bytes)

    def texts(self, name: str) -> tuple[str, ...] | None:
        values = self._find(name, list)
        return None if values is None else tuple(str(value) for value in values)

    def listed_texts(self, name: str) -> tuple[str, ...]:
        """Of a text or of a list of texts, whichever the parameter is; nothing where it was not sent, or is empty."""
        value = self._values.get(name)
        return tuple(str(each) for each in (value if isinstance(value, list) else [value]) if each)

    def structures(self, name: str) -> "tuple[Parameters, ...] | None":
        values = self._find(name, list)
        return None if values is None else tuple(Parameters(value) for value in values)

    def structure(self, name: str) -> "Parameters | None":
        value = self._find(name, dict)
        return None if value is None else Parameters(value)

    def _find(self, name: str, kind: type[Value]) -> Value | None:
        value = self._values.get(name)
        assert value is None or isinstance(value, kind), f"{name} is a {type(value).__name__}, not a {kind.__name__}"
        return value
