"""Callers who flood the API keep nobody from their data, and no lost primary from being replaced."""

import contextlib
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.live_groups import (
    fill,
    key_count,
    make_group,
    run_id_at,
    signal_node,
    until_everywhere,
    until_failed_over,
)

KEY_COUNT = 500
FLOOD_COUNT = 1_500
"""More than the control plane takes."""
OWN_FILES = 300
"""What the tests need besides."""


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path / "data") as running:
        yield running
        assert "Traceback" not in running.log()


@contextmanager
def flooded(elastane: RunningElastane) -> Iterator[list[socket.socket]]:
    """As many connections as this process may open, each with the beginning of a heading that never ends."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = FLOOD_COUNT if soft == resource.RLIM_INFINITY else min(FLOOD_COUNT, soft - OWN_FILES)
    address = urlsplit(elastane.url)
    with contextlib.ExitStack() as opened:
        connections = []
        for _ in range(count):
            connection = opened.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
            connection.sendall(b"POST / HTTP/1.1\r\nX-Slow: a")
            connections.append(connection)
        yield connections


def answers(elastane: RunningElastane) -> bool:
    """Whether the API does: it refuses whoever is too many."""
    with contextlib.suppress(Exception):
        return bool(elastane.client().describe_cache_subnet_groups()["CacheSubnetGroups"])
    return False


async def test_a_primary_that_dies_amid_a_flood_is_replaced_as_ever(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "flooded", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    former = run_id_at(group.primary_address)

    with flooded(elastane):
        signal_node(elastane, group.primary_id)

        def another_answers() -> bool:
            with contextlib.suppress(redis.RedisError):
                return run_id_at(group.primary_address) != former
            return False

        await eventually(another_answers, timeout_seconds=20, message="a replica takes over amid the flood")
        kept = key_count(group.primary_address)

    assert kept == KEY_COUNT
    await eventually(partial(answers, elastane), message="those who flooded it are gone")
    await until_failed_over(elastane, group)


async def test_after_a_flood_the_api_answers_by_itself(elastane: RunningElastane) -> None:
    with flooded(elastane):
        await eventually(
            partial(answers, elastane),
            timeout_seconds=40,
            message="slow connections are given up while they are still open",
        )
