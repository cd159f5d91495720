"""The heartbeat: whom it rings for, and that it rings once for each time somebody falls quiet."""

import asyncio
import contextlib

import pytest

from elastane.engines import NodeAddress
from elastane.model.replication_groups import GroupKey
from elastane.reconcile.heartbeat import Heartbeat
from tests.kit import groups
from tests.kit.fake_engines import FakeEngines
from tests.kit.fake_world import PORT, SECRET

ORDERS, SESSIONS = groups.group("orders").key, groups.group("sessions").key
FIRST, SECOND = (NodeAddress(address=f"127.88.16.1{number}", port=PORT, secret=SECRET) for number in (1, 2))


class Heard:
    """A heartbeat over two fake engines, and its rings."""

    def __init__(self) -> None:
        self.engines = FakeEngines()
        self.rung: list[GroupKey] = []
        self.heartbeat = Heartbeat(self.engines, self.rung.append)
        for at in (FIRST, SECOND):
            self.engines.boot(at)

    async def beats(self, count: int = 1) -> list[GroupKey]:
        """Its rings at so many more beats."""
        self.rung.clear()
        for _ in range(count):
            await self.heartbeat.beat()
        return list(self.rung)


@pytest.fixture
def heard() -> Heard:
    listening = Heard()
    listening.heartbeat.listen(ORDERS, (FIRST,))
    return listening


async def test_who_answers_is_not_rung_for(heard: Heard) -> None:
    assert await heard.beats(5) == []


async def test_who_falls_quiet_is_rung_for_once(heard: Heard) -> None:
    heard.engines.hang(FIRST)

    assert await heard.beats(5) == [ORDERS]


async def test_who_was_heard_again_and_falls_quiet_again_is_rung_for_again(heard: Heard) -> None:
    heard.engines.hang(FIRST)
    await heard.beats()
    heard.engines.resume(FIRST)
    await heard.beats()
    heard.engines.hang(FIRST)

    assert await heard.beats(5) == [ORDERS]


async def test_a_new_primary_that_is_quiet_at_once_is_rung_for_as_well(heard: Heard) -> None:
    heard.engines.hang(FIRST)
    heard.engines.hang(SECOND)
    await heard.beats()

    heard.heartbeat.listen(ORDERS, (SECOND,))

    assert await heard.beats(5) == [ORDERS]


async def test_of_several_primaries_each_one_is_rung_for_once(heard: Heard) -> None:
    heard.heartbeat.listen(ORDERS, (FIRST, SECOND))
    heard.engines.hang(FIRST)
    first = await heard.beats(3)
    heard.engines.hang(SECOND)

    assert first == [ORDERS]
    assert await heard.beats(3) == [ORDERS]


async def test_a_primary_that_is_listened_to_beside_a_quiet_one_is_no_reason_to_ring_again(heard: Heard) -> None:
    heard.engines.hang(FIRST)
    await heard.beats()

    heard.heartbeat.listen(ORDERS, (FIRST, SECOND))

    assert await heard.beats(5) == []


async def test_listening_to_the_same_primary_again_is_no_reason_to_ring(heard: Heard) -> None:
    heard.engines.hang(FIRST)
    await heard.beats()

    heard.heartbeat.listen(ORDERS, (FIRST,))

    assert await heard.beats(5) == []


async def test_nobody_is_rung_for_who_is_not_listened_to(heard: Heard) -> None:
    heard.engines.hang(FIRST)
    heard.heartbeat.listen(ORDERS, ())
    heard.heartbeat.listen(SESSIONS, (SECOND,))

    assert await heard.beats(5) == []


async def test_who_refuses_connections_is_not_quiet_but_dead_and_a_death_rings_by_itself(heard: Heard) -> None:
    heard.engines.lose(FIRST)

    assert await heard.beats(5) == []


async def test_it_beats_until_it_is_cancelled(heard: Heard) -> None:
    heard.engines.hang(FIRST)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await heard.heartbeat.run()

    assert heard.rung == [ORDERS]
