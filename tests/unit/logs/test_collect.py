"""Logs of engines on their way: everything once, in its place, whoever is started anew, stopped or lost meanwhile."""

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.engines import ConnectionLost, NodeAddress
from elastane.logs.collect import LogDeliveries
from elastane.logs.reading import SLOW_COUNT, SLOW_COUNT_SURE
from elastane.model.ids import NodeId
from elastane.model.log_groups import LogEvent
from elastane.model.log_lines import SlowLog
from elastane.model.replication_groups import ReplicationGroup
from elastane.store import LogEvents, StoreUnusable, log_rows, replication_groups
from elastane.store.log_events import LogRows
from tests.kit import groups
from tests.unit.logs.worlds import BEGINNING, ENGINE, OWN_ADDRESS, SLOW, DeliveryWorld, FakeSlowLogs, to_stream

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), logs=(ENGINE, SLOW))
FIRST, SECOND = (node.address for node in GROUP.nodes)
KEY = "us-east-1/orders-001"


def line(text: str, *, second: int = 0, role: str = "M") -> str:
    at = BEGINNING + timedelta(seconds=second)
    return f"7:{role} {at:%d %b %Y %H:%M:%S}.000 * {text}"


def said(events: tuple[LogEvent, ...]) -> list[str]:
    return [event.message.rpartition(" * ")[2] for event in events]


async def commands(world: DeliveryWorld) -> list[str]:
    return [json.loads(message)["Command"] for message in await world.messages("slow")]


@pytest.fixture
async def ready(world: DeliveryWorld) -> DeliveryWorld:
    """Both log groups are there, and both engines run."""
    await world.save(GROUP)
    await world.make_log_group("slow")
    await world.make_log_group("engine")
    for address, run_id in ((FIRST, "a"), (SECOND, "b")):
        world.slow_logs.boot(address, run_id)
    return world


# --- once ----------------------------------------------------------------------------------------


async def test_what_engines_said_is_in_the_stream_of_its_node(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, "KEYS")
    ready.engine_logs.append("us-east-1/orders-002", line("Ready to accept connections", role="S"))

    await ready.deliveries.look()

    (slow,), (told,) = await ready.events("slow"), await ready.events("engine")
    assert slow.stream_name == "elasticache/valkey/orders-001/0001/slow-log"
    assert json.loads(slow.message)["Command"] == "KEYS"
    assert told.stream_name == "elasticache/valkey/orders-002/0001/engine-log"
    assert told.message == "orders-002/0001:S 23 Nov 2026 12:00:00.000 UTC * Ready to accept connections"
    assert told.at_milliseconds == int(BEGINNING.timestamp() * 1000)
    assert await ready.failures(GROUP) == {"engine-log": None, "slow-log": None}


async def test_everything_is_delivered_once_over_many_looks_and_a_new_control_plane(ready: DeliveryWorld) -> None:
    for number in range(10):
        ready.slow_logs.add(FIRST, f"C{number}")
        ready.engine_logs.append(KEY, line(f"line {number}", second=number))
        await ready.deliveries.look()
        if number % 3 == 0:
            ready.new_deliveries()

    assert await commands(ready) == [f"C{number}" for number in range(10)]
    assert said(await ready.events("engine")) == [f"line {number}" for number in range(10)]


async def test_another_process_of_a_node_counts_its_slow_commands_anew(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, "one", "two")
    await ready.deliveries.look()
    del ready.slow_logs.logs[FIRST]
    await ready.deliveries.look()
    ready.slow_logs.boot(FIRST, "another")
    ready.slow_logs.add(FIRST, "three")
    await ready.deliveries.look()

    assert await commands(ready) == ["one", "two", "three"]


async def test_a_slow_log_that_somebody_emptied_goes_on(ready: DeliveryWorld, caplog: pytest.LogCaptureFixture) -> None:
    ready.slow_logs.add(FIRST, "one", "two")
    await ready.deliveries.look()
    known = ready.slow_logs.logs[FIRST]
    ready.slow_logs.add(FIRST, "lost", "three")
    ready.slow_logs.logs[FIRST] = replace(known, entries=ready.slow_logs.logs[FIRST].entries[-1:])
    await ready.deliveries.look()

    assert await commands(ready) == ["one", "two", "three"]
    assert "1 entries of the slow log were gone before they were read" in caplog.text


async def test_more_slow_commands_than_a_look_asks_for_are_asked_for_again(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, "first")
    await ready.deliveries.look()
    ready.slow_logs.add(FIRST, *(f"C{number}" for number in range(3 * SLOW_COUNT)))
    await ready.deliveries.look()

    assert await commands(ready) == ["first", *(f"C{number}" for number in range(3 * SLOW_COUNT))]


async def test_of_a_slow_log_that_is_seen_first_everything_is_read(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, *(f"C{number}" for number in range(3 * SLOW_COUNT)))
    await ready.deliveries.look()

    assert await commands(ready) == [f"C{number}" for number in range(3 * SLOW_COUNT)]


async def test_where_nothing_is_new_little_is_asked_for(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, *(f"C{number}" for number in range(3 * SLOW_COUNT)))
    await ready.deliveries.look()
    ready.slow_logs.asked_counts.clear()
    await ready.deliveries.look()

    assert ready.slow_logs.asked_counts == [SLOW_COUNT, SLOW_COUNT]


async def test_what_was_lost_before_the_first_look_at_a_new_node_is_told(
    ready: DeliveryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    ready.slow_logs.add(FIRST, *(f"C{number}" for number in range(10)))
    known = ready.slow_logs.logs[FIRST]
    ready.slow_logs.logs[FIRST] = replace(known, entries=known.entries[-4:])
    await ready.deliveries.look()

    assert await commands(ready) == ["C6", "C7", "C8", "C9"]
    assert "node=orders-001 reason=6 entries of the slow log were gone before they were read" in caplog.text


async def test_what_went_before_a_delivery_was_switched_on_is_no_loss(
    world: DeliveryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    await world.save(replace(GROUP, logs=(replace(SLOW, since=BEGINNING + timedelta(seconds=10)),)))
    await world.make_log_group("slow")
    world.slow_logs.boot(FIRST, "a")
    world.slow_logs.add(FIRST, "gone", "after", at=BEGINNING + timedelta(seconds=20))
    known = world.slow_logs.logs[FIRST]
    world.slow_logs.logs[FIRST] = replace(known, entries=known.entries[-1:])
    await world.deliveries.look()

    assert await commands(world) == ["after"]
    assert "lost" not in caplog.text


async def test_losses_are_counted_once_and_told_in_sums(ready: DeliveryWorld, caplog: pytest.LogCaptureFixture) -> None:
    async def lose(count: int) -> None:
        ready.slow_logs.add(FIRST, *(f"C{number}" for number in range(count + 1)))
        known = ready.slow_logs.logs[FIRST]
        ready.slow_logs.logs[FIRST] = replace(known, entries=known.entries[-1:])
        ready.moment += timedelta(seconds=1)
        await ready.deliveries.look()

    await ready.deliveries.look()
    await lose(5)
    await lose(6)
    await lose(7)
    ready.moment += timedelta(minutes=1)
    await ready.deliveries.look()

    assert [entry.getMessage().split()[4] for entry in caplog.records if "lost" in entry.message] == [
        "reason=5",
        "reason=13",
    ]


async def test_what_cannot_be_delivered_is_no_loss_yet(world: DeliveryWorld, caplog: pytest.LogCaptureFixture) -> None:
    await world.save(replace(GROUP, logs=(SLOW,)))
    world.slow_logs.boot(FIRST, "a")
    world.slow_logs.add(FIRST, "gone", "one")
    known = world.slow_logs.logs[FIRST]
    world.slow_logs.logs[FIRST] = replace(known, entries=known.entries[-1:])
    for _ in range(3):
        await world.deliveries.look()
    told = caplog.text
    await world.make_log_group("slow")
    await world.deliveries.look()

    assert "lost" not in told
    assert caplog.text.count("reason=1 entries of the slow log") == 1


async def test_entries_that_do_not_fit_into_an_answer_are_asked_for_in_a_smaller_one(
    ready: DeliveryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    class Narrow(FakeSlowLogs):
        async def read_slow_log(self, at: NodeAddress, timeout_seconds: float, count_max: int) -> SlowLog:
            if count_max > SLOW_COUNT_SURE:
                raise ConnectionLost("The connection was closed.")
            return await super().read_slow_log(at, timeout_seconds, count_max)

    ready.slow_logs = Narrow()
    for address, run_id in ((FIRST, "a"), (SECOND, "b")):
        ready.slow_logs.boot(address, run_id)
    ready.slow_logs.add(FIRST, *(f"C{number}" for number in range(SLOW_COUNT_SURE + 100)))
    await ready.new_deliveries().look()

    assert len(await commands(ready)) == SLOW_COUNT_SURE
    assert "reason=100 entries of the slow log" in caplog.text


async def test_what_elastane_itself_asks_is_nobody_s_slow_command(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, "INFO", client=f"{OWN_ADDRESS}:40000")
    ready.slow_logs.add(FIRST, "KEYS")
    await ready.deliveries.look()

    assert await commands(ready) == ["KEYS"]


async def test_a_log_that_is_put_aside_at_a_start_is_read_to_its_end(ready: DeliveryWorld) -> None:
    ready.engine_logs.append(KEY, line("one"))
    await ready.deliveries.look()
    ready.engine_logs.append(KEY, line("two", second=1))
    log = ready.engine_logs.root / KEY / "log"
    log.replace(log.with_name("log.1"))
    ready.engine_logs.append(KEY, line("three", second=2))
    while await ready.deliveries.look():
        pass

    assert said(await ready.events("engine")) == ["one", "two", "three"]


async def test_a_large_log_is_delivered_in_several_looks(ready: DeliveryWorld) -> None:
    expected = [f"line {number} {'x' * 200}" for number in range(2_000)]
    ready.engine_logs.append(KEY, *(line(text, second=number) for number, text in enumerate(expected)))

    look_count = 1
    while await ready.deliveries.look():
        look_count += 1

    assert said(await ready.events("engine")) == expected
    assert 2 < look_count < 20


async def test_a_node_made_again_under_its_name_is_read_from_its_beginning(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, "one")
    ready.engine_logs.append(KEY, line("one"))
    await ready.deliveries.look()
    again = replace(GROUP.nodes[0], created_at=BEGINNING + timedelta(minutes=1))
    parts = (replace(GROUP.node_groups[0], nodes=(again, GROUP.nodes[1])),)
    await ready.save(await revised(ready, node_groups=parts))
    (ready.engine_logs.root / KEY / "log").unlink()
    ready.engine_logs.append(KEY, line("another process", second=90))
    ready.slow_logs.boot(FIRST, "another")
    ready.slow_logs.add(FIRST, "two")
    await ready.deliveries.look()

    assert said(await ready.events("engine")) == ["one", "another process"]
    assert await commands(ready) == ["one", "two"]


async def revised(world: DeliveryWorld, **changes: Any) -> ReplicationGroup:
    """The group with changes, to be saved in the place of the one in the store, which is removed."""
    await world.store.write(lambda tx: replication_groups.remove_replication_group(tx, GROUP.key))
    return replace(GROUP, **changes)


# --- from when on --------------------------------------------------------------------------------


async def test_what_was_said_before_a_delivery_was_switched_on_is_not_delivered(world: DeliveryWorld) -> None:
    since = BEGINNING + timedelta(seconds=10)
    await world.save(replace(GROUP, logs=(replace(ENGINE, since=since), replace(SLOW, since=since))))
    await world.make_log_group("slow")
    await world.make_log_group("engine")
    world.slow_logs.boot(FIRST, "a")
    world.slow_logs.add(FIRST, "before", at=since - timedelta(seconds=1))
    world.slow_logs.add(FIRST, "after", at=since)
    world.engine_logs.append(KEY, line("before", second=9), line("after", second=10))

    await world.deliveries.look()

    assert await commands(world) == ["after"]
    assert said(await world.events("engine")) == ["after"]


async def test_what_is_known_to_the_second_is_delivered_when_the_delivery_was_switched_on_in_that_second(
    world: DeliveryWorld,
) -> None:
    since = BEGINNING + timedelta(milliseconds=400)
    await world.save(replace(GROUP, logs=(replace(ENGINE, since=since),)))
    await world.make_log_group("engine")
    seconds = int(BEGINNING.timestamp())
    world.engine_logs.append(KEY, f"7:signal-handler ({seconds - 1}) before", line("before"))
    world.engine_logs.append(KEY, f"7:signal-handler ({seconds}) Received SIGTERM scheduling shutdown...")

    await world.deliveries.look()

    (told,) = await world.events("engine")
    assert told.message == "orders-001/0001:X 23 Nov 2026 12:00:00.000 UTC # Received SIGTERM scheduling shutdown..."


async def test_a_delivery_that_is_switched_off_ends_and_begins_anew_when_it_is_switched_on(
    ready: DeliveryWorld,
) -> None:
    ready.engine_logs.append(KEY, line("one"))
    await ready.deliveries.look()
    await ready.save(await revised(ready, logs=(SLOW,)))
    ready.engine_logs.append(KEY, line("unheard", second=5))
    await ready.deliveries.look()
    ended = await ready.failures(GROUP)
    await ready.save(await revised(ready, logs=(replace(ENGINE, since=BEGINNING + timedelta(seconds=8)), SLOW)))
    ready.engine_logs.append(KEY, line("two", second=9))
    await ready.deliveries.look()

    assert ended == {"slow-log": None}
    assert said(await ready.events("engine")) == ["one", "two"]


# --- where to ------------------------------------------------------------------------------------


async def test_without_its_log_group_a_delivery_waits_and_nothing_is_lost(
    world: DeliveryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    await world.save(GROUP)
    world.slow_logs.boot(FIRST, "a")
    world.slow_logs.add(FIRST, "one")
    world.engine_logs.append(KEY, line("one"))
    for _ in range(3):
        assert await world.deliveries.look() is False
    missing = await world.failures(GROUP)
    told = caplog.text
    await world.make_log_group("slow")
    await world.make_log_group("engine")
    await world.deliveries.look()

    assert missing["engine-log"] == (
        "The log group engine does not exist. Create it, and delivery goes on where it stopped."
    )
    assert told.count("The log group engine does not exist.") == 1
    assert await commands(world) == ["one"]
    assert said(await world.events("engine")) == ["one"]
    assert await world.failures(GROUP) == {"engine-log": None, "slow-log": None}


async def test_a_log_group_that_is_deleted_stops_its_delivery_alone(ready: DeliveryWorld) -> None:
    await ready.deliveries.look()

    def delete(rows: LogRows) -> None:
        group = log_rows.find_group(rows, groups.REGION, "slow")
        assert group is not None
        log_rows.delete_group(rows, group)

    await ready.log_events.write(delete)
    ready.slow_logs.add(FIRST, "one")
    ready.engine_logs.append(KEY, line("one"))
    await ready.deliveries.look()

    failures = await ready.failures(GROUP)
    assert failures["engine-log"] is None
    assert failures["slow-log"] is not None
    assert said(await ready.events("engine")) == ["one"]


async def test_deliveries_to_a_stream_are_lines_of_a_file_and_of_standard_output(world: DeliveryWorld) -> None:
    await world.save(replace(GROUP, logs=(to_stream(ENGINE, "caches"), to_stream(SLOW, "stdout"))))
    world.slow_logs.boot(FIRST, "a")
    for number in range(3):
        world.slow_logs.add(FIRST, f"C{number}")
        world.engine_logs.append(KEY, line(f"line {number}"))
        await world.new_deliveries().look()

    file = (world.directory / "caches.log").read_text().splitlines()
    assert [text.rpartition(" * ")[2] for text in file] == ["line 0", "line 1", "line 2"]
    assert [json.loads(text)["Command"] for text in world.output.splitlines()] == ["C0", "C1", "C2"]
    assert await world.failures(GROUP) == {"engine-log": None, "slow-log": None}


async def test_a_file_that_cannot_be_written_says_so_and_is_tried_again(world: DeliveryWorld) -> None:
    await world.save(replace(GROUP, logs=(to_stream(ENGINE, "caches"),)))
    world.engine_logs.append(KEY, line("one"))
    (world.directory / "caches.log").mkdir(parents=True)
    await world.deliveries.look()
    failures = await world.failures(GROUP)
    (world.directory / "caches.log").rmdir()
    await world.deliveries.look()

    assert "cannot be written" in (failures["engine-log"] or "")
    assert (world.directory / "caches.log").read_text().count("one") == 1
    assert await world.failures(GROUP) == {"engine-log": None}


async def test_without_the_file_of_log_events_every_delivery_says_so(ready: DeliveryWorld) -> None:
    class Full(LogEvents):
        async def write(self, decide: Callable[[LogRows], Any]) -> Any:
            raise StoreUnusable("The file of log events could not be used: database or disk is full.")

    await ready.save(await revised(ready, logs=(ENGINE, to_stream(SLOW, "caches"))))
    ready.engine_logs.append(KEY, line("one"))
    with closing(Full.open(ready.log_events_directory)) as full:
        deliveries = ready.new_deliveries(full)
        with pytest.raises(StoreUnusable):
            await deliveries.look()
    failures = await ready.failures(GROUP)
    await ready.new_deliveries().look()

    assert failures == dict.fromkeys(
        ("engine-log", "slow-log"), "The file of log events could not be used: database or disk is full."
    )
    assert said(await ready.events("engine")) == ["one"]
    assert await ready.failures(GROUP) == {"engine-log": None, "slow-log": None}


async def test_a_log_that_cannot_be_read_is_told_once_and_read_later(
    ready: DeliveryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    ready.engine_logs.append(KEY, line("one"))
    ready.engine_logs.failure = "the disk is gone"
    await ready.deliveries.look()
    await ready.deliveries.look()
    told = caplog.text
    ready.engine_logs.failure = None
    await ready.deliveries.look()

    assert told.count("node=orders-001 reason=the disk is gone") == 1
    assert said(await ready.events("engine")) == ["one"]


# --- the end -------------------------------------------------------------------------------------


async def test_the_last_entries_of_a_node_are_read_before_its_end(ready: DeliveryWorld) -> None:
    await ready.deliveries.look()
    ready.slow_logs.add(FIRST, "last")
    ready.slow_logs.add(SECOND, "another node's")
    ready.engine_logs.append(KEY, line("last"))

    await ready.deliveries.collect_last(GROUP.key, NodeId("orders-001"))

    assert await commands(ready) == ["last"]
    assert said(await ready.events("engine")) == ["last"]
    await ready.deliveries.look()
    assert sorted(await commands(ready)) == ["another node's", "last"]


async def test_the_end_of_a_node_waits_for_no_engine_that_says_nothing(
    ready: DeliveryWorld, caplog: pytest.LogCaptureFixture
) -> None:
    class Silent(FakeSlowLogs):
        async def read_slow_log(self, at: NodeAddress, timeout_seconds: float, count_max: int) -> SlowLog:
            await asyncio.Event().wait()
            raise AssertionError("it never answers")

    deliveries = LogDeliveries(
        ready.store,
        ready.log_events,
        ready.engine_logs,
        Silent(),
        lambda: ready.moment,
        directory=ready.directory,
        own_address=OWN_ADDRESS,
    )

    await deliveries.collect_last(GROUP.key, NodeId("orders-001"))

    assert "last log entries not all read node=orders-001" in caplog.text


async def test_what_is_gone_leaves_neither_a_position_nor_a_connection(ready: DeliveryWorld) -> None:
    ready.slow_logs.add(FIRST, "one")
    ready.engine_logs.append(KEY, line("one"))
    await ready.deliveries.look()
    assert len(await ready.log_events.read(log_rows.load_positions)) == 3

    await revised(ready)
    await ready.deliveries.look()

    assert await ready.log_events.read(log_rows.load_positions) == {}
    assert sorted(ready.slow_logs.forgotten) == sorted([FIRST, SECOND])
    assert (await ready.observed(GROUP)).deliveries == ()
