"""`Context.aside` for tests: what is done aside is counted, and done at once."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class NoticingAside:
    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, work: Callable[[], Value], /) -> Value:
        self.count += 1
        return work()
