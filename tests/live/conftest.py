"""Elastanes for the live tests: one for each test that hurts it, one for a whole module where nobody does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.elastane import RunningElastane, running_elastane


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    """A control plane and a data directory of the test's own, which it may kill."""
    with running_elastane(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def shared_elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """One for all tests of a module: they make groups of their own and leave the control plane alone."""
    with running_elastane(tmp_path_factory.mktemp("shared") / "data") as running:
        yield running
