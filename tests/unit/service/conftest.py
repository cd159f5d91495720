"""A context over a store of its own, for every test of an action."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from elastane.service.context import Context
from tests.kit.contexts import context


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with context(tmp_path) as opened:
        yield opened
