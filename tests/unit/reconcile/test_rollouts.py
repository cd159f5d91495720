"""Rollouts by the loop, over a small fake world: what a customer's group and history come to."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from elastane.clock import utc_now
from elastane.model.replication_groups import Network, ReplicationGroup, Software
from elastane.model.windows import parse_maintenance_window
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.fake_binaries import VALKEY, VALKEY_8_1
from tests.kit.fake_world import FakeWorld, reconciling, until_converged

ENDPOINT = "127.88.48.10"
FORMER = replace(
    groups.group().software, version="8.1", patch=VALKEY_8_1.version, parameter_group_name="default.valkey8"
)
WANTED = replace(FORMER, version="9.1", patch=VALKEY.version, parameter_group_name="default.valkey9")
GROUP = groups.group(
    "orders",
    groups.node("orders-001", address="127.88.16.10"),
    software=FORMER,
    network=Network(subnet_group_name="default", primary_endpoint_address=ENDPOINT),
)
(FIRST,) = GROUP.nodes
TEMPORARY_KEY = "us-east-1/orders--0001"
KEYS = ("one", "two", "three")


@contextlib.asynccontextmanager
async def formed(directory: Path, group: ReplicationGroup = GROUP) -> AsyncIterator[FakeWorld]:
    """A reconciler at work on a group that runs Valkey 8.1 and holds some keys."""
    work = FakeWorld(directory)
    work.binaries = (VALKEY_8_1, VALKEY)
    async with reconciling(work):
        await work.save(group)
        await until_converged(work, GROUP)
        for key in KEYS:
            work.engines.replication.write(work.host.engine(FIRST.address), key)
        yield work


async def change(work: FakeWorld, software: Software | None = None, **changes: object) -> None:
    """What a customer wants now."""
    group = await stored(work)
    await work.save(replace(group, software=software or group.software, generation=group.generation + 1, **changes))
    await until_converged(work, GROUP)


async def stored(work: FakeWorld) -> ReplicationGroup:
    group = await work.find(GROUP)
    assert group is not None
    return group


def open_window() -> str:
    """One of six hours around now."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    now = datetime.now(UTC)
    minute = now.weekday() * 24 * 60 + now.hour * 60 + now.minute
    ends = [(minute + shift) % (7 * 24 * 60) for shift in (-180, 180)]
    return "-".join(f"{days[end // 1440]}:{end % 1440 // 60:02d}:{end % 60:02d}" for end in ends)


async def test_a_node_that_is_alone_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        await change(work, WANTED)

        engine = work.host.engine(FIRST.address)
        assert engine.version == VALKEY.version
        assert engine.keys == set(KEYS)
        assert set(engine.bound_addresses) == {FIRST.address, ENDPOINT}
        assert await work.host.list_nodes() == (f"us-east-1/{FIRST.id}",)
        assert (await stored(work)).nodes == (FIRST,)


async def test_customers_read_of_the_new_engine_and_of_nobody_who_came_and_went(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        told = len(await work.history())

        await change(work, WANTED)

        changed = "Finished changing the engine from valkey 8.1.6 to valkey 9.1.2"
        used = "Updated to use a CacheParameterGroup default.valkey9"
        lines = [message for source, message in (await work.history())[told:] if source == "orders"]
        assert lines == [changed, used]
        assert not any("orders--0001" in source + message for source, message in await work.history())


async def test_an_engine_that_does_not_start_leaves_the_former_one_and_says_why(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        work.host.processes.refuse_starts(TEMPORARY_KEY, "illegal instruction")
        before = work.host.engine(FIRST.address)

        await change(work, WANTED)

        group = await stored(work)
        assert group.software == FORMER
        assert group.nodes == (FIRST,)
        assert work.host.engine(FIRST.address) is before
        assert before.keys == set(KEYS)
        messages = [message for source, message in await work.history() if source == "orders"]
        assert any("goes on with valkey 8.1.6 and nothing is lost" in message for message in messages), messages
        assert any("illegal instruction" in message for message in messages)


async def test_what_waits_is_applied_in_the_window(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        upkeep = replace(GROUP.upkeep, maintenance_window=open_window())

        await change(work, pending=WANTED, upkeep=upkeep)

        async def is_applied() -> bool:
            group = await stored(work)
            return group.software == WANTED and group.pending is None

        await eventually(is_applied)
        await until_converged(work, GROUP)
        assert work.host.engine(FIRST.address).version == VALKEY.version


async def test_another_node_type_reaches_the_running_engine(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        before = work.host.engine(FIRST.address)
        before.parameters.update({"maxmemory": "402653184"})

        await change(work, replace(FORMER, node_type="cache.m7g.large"))

        assert work.host.engine(FIRST.address) is before
        assert int(before.parameters["maxmemory"]) > 4 * 10**9
        messages = [message for source, message in await work.history() if source == "orders"]
        assert messages[-1] == "Succeeded applying modification to cache node type to cache.m7g.large."


async def test_a_node_type_that_has_become_too_small_is_not_put_on(tmp_path: Path) -> None:
    """Keys that came after the service had looked."""
    async with formed(tmp_path) as work:
        large = replace(FORMER, node_type="cache.m7g.large")
        engine = work.host.engine(FIRST.address)
        engine.parameters.update({"maxmemory": "402653184"})
        await change(work, large)
        engine.other_memory_bytes = 500_000_000

        await change(work, replace(large, node_type="cache.t4g.micro"))

        assert (await stored(work)).software == large
        assert int(engine.parameters["maxmemory"]) > 4 * 10**9
        messages = [message for source, message in await work.history() if source == "orders"]
        assert messages[-1].startswith("Failed applying modification to cache node type to cache.t4g.micro. orders-001")


def test_the_window_of_these_tests_is_open() -> None:
    assert parse_maintenance_window(open_window()).contains(utc_now())
