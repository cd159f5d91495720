"""A world whose engines say what a test lets them say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.logs.worlds import DeliveryWorld, delivery_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DeliveryWorld]:
    with delivery_world(tmp_path) as made:
        yield made
