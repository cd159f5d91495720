"""Arguments of functions, read by what a function takes. Every refusal is a MathError that names the function."""

import math

import msgspec

from elastane.model.metric_math.syntax import MathError
from elastane.model.metric_math.values import Array, Scope, Series, Value


class Word(msgspec.Struct, frozen=True):
    """REPEAT, DESC and the like."""

    text: str


class Quoted(msgspec.Struct, frozen=True):
    text: str


Argument = Value | Word | Quoted


class Arguments(msgspec.Struct, frozen=True):
    """Of one call; `count_min` and `count_max` are checked before a function sees them."""

    function: str
    given: tuple[Argument, ...]
    scope: Scope

    def __len__(self) -> int:
        return len(self.given)

    def value(self, index: int) -> Value:
        found = self.given[index]
        if isinstance(found, Word | Quoted):
            raise self.refusal(f"{found.text} is neither a number nor a time series")
        return found

    def series(self, index: int) -> Series | Array:
        found = self.value(index)
        if isinstance(found, float):
            raise self.refusal("a number stands where a time series is expected")
        return found

    def array(self, index: int) -> Array:
        found = self.series(index)
        return (found,) if isinstance(found, Series) else found

    def single(self, index: int) -> Series:
        found = self.series(index)
        if not isinstance(found, Series):
            raise self.refusal("several time series stand where one is expected")
        return found

    def number(self, index: int) -> float:
        found = self.value(index)
        if not isinstance(found, float):
            raise self.refusal("a time series stands where a number is expected")
        return found

    def count(self, index: int) -> int:
        """A number of things: whole, and not below nothing."""
        found = self.number(index)
        if not (math.isfinite(found) and found >= 0 and found.is_integer()):
            raise self.refusal(f"{found:g} is no number of time series")
        return int(found)

    def word(self, index: int, allowed: tuple[str, ...]) -> str:
        found = self.given[index]
        if not isinstance(found, Word) or found.text not in allowed:
            raise self.refusal(f"one of {', '.join(allowed)} is expected as argument {index + 1}")
        return found.text

    def refusal(self, sentence: str) -> MathError:
        return MathError(f"{self.function}: {sentence}.")
