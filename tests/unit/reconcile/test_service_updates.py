"""The look for service updates: what it writes down, whom it tells, and what it lets wait."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.model.replication_groups import Initiator, ReplicationGroup
from elastane.model.service_updates import PatchOffer
from elastane.reconcile.service_updates import look
from elastane.store import replication_groups, service_updates
from elastane.store.events import list_events
from tests.kit import groups
from tests.kit.fake_world import FakeWorld
from tests.unit.model.test_service_updates import cache, offer

NEWER = (offer("9.1.2"), offer("9.1.3"))


class Clock:
    def __init__(self) -> None:
        self.moment = groups.CREATED_AT

    def __call__(self) -> datetime:
        return self.moment


class Machine:
    """One cache of two nodes of Valkey 9.1.2, and the patches that can be had."""

    def __init__(self, directory: Path) -> None:
        self.clock = Clock()
        self.work = FakeWorld(directory, now=self.clock)
        self.offers: tuple[PatchOffer, ...] = NEWER
        self.world = self.work.world

    async def look(self) -> None:
        await look(self.world, lambda: self.offers)

    async def names(self) -> list[str]:
        return [each.name for each in await self.work.store.read(service_updates.list_service_updates)]

    async def messages(self) -> list[tuple[str, str]]:
        end = self.clock.moment + timedelta(days=1)
        rows = await self.work.store.read(lambda tx: list_events(tx, groups.REGION, start=groups.CREATED_AT, end=end))
        return sorted((event.source_id, event.message) for _, event in rows)

    async def group(self) -> ReplicationGroup:
        found = await self.work.store.read(lambda tx: replication_groups.find_replication_group(tx, GROUP.key))
        assert found is not None
        return found.body


CACHE = cache("9.1.2", "9.1.2")
GROUP = replace(CACHE[0], software=replace(CACHE[0].software, patch="9.1.2"))


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    made = Machine(tmp_path)
    await made.work.save(GROUP)
    await made.work.store.write(lambda tx: replication_groups.save_observed(tx, GROUP.key, CACHE[1]))
    yield made
    made.work.store.close()


async def test_a_newer_patch_is_written_down_once_and_told_for_each_node(machine: Machine) -> None:
    await machine.look()
    machine.clock.moment += timedelta(days=1)
    await machine.look()

    (update,) = await machine.work.store.read(service_updates.list_service_updates)
    assert (update.name, update.released_at) == ("valkey-9-1-3", groups.CREATED_AT)
    message = "Service update is available for cache node 0001."
    assert await machine.messages() == [("orders-001", message), ("orders-002", message)]


async def test_without_a_newer_patch_nothing_is_written(machine: Machine) -> None:
    machine.offers = (offer("9.1.2"),)
    await machine.look()

    assert (await machine.names(), await machine.messages(), await machine.group()) == ([], [], GROUP)


async def test_after_its_date_it_waits_for_the_window_of_the_same_generation(machine: Machine) -> None:
    await machine.look()
    machine.clock.moment += timedelta(days=61)
    await machine.look()

    group = await machine.group()
    assert group.pending is not None and group.update is not None
    assert (group.pending.patch, group.software.patch, group.generation) == ("9.1.3", "9.1.2", GROUP.generation)
    assert group.update.initiated_by is Initiator.SYSTEM


async def test_a_store_that_is_not_to_be_believed_is_left_alone(machine: Machine) -> None:
    unconfirmed = dataclasses.replace(machine.world, unsteady=lambda: "the store was lost")

    await look(unconfirmed, lambda: machine.offers)

    assert await machine.names() == []
