"""A context whose clock a test may move."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from elastane.service.context import Context
from tests.kit import contexts
from tests.kit.contexts import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StandingClock) -> Iterator[Context]:
    with contexts.context(tmp_path, clock=clock) as made:
        yield made
