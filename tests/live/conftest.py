"""Elastanes for the live tests: one for each test that hurts it, one for a module where nobody does; and networks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.networks import Machine, two_machines
from tests.live.enforced import Installation, installation


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


@pytest.fixture
def machines() -> Iterator[tuple[Machine, Machine]]:
    """A server and a client on a wire of their own."""
    with two_machines() as both:
        yield both


@pytest.fixture
def client(machines: tuple[Machine, Machine]) -> Machine:
    return machines[1]


@pytest.fixture
def server(machines: tuple[Machine, Machine], tmp_path: Path) -> Iterator[Installation]:
    """An Elastane on the server, which enforces security groups."""
    with installation(machines[0], tmp_path / "data") as running:
        yield running
