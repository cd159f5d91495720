"""The loop over a simulated machine: real passes, real store, no waiting for anything but bells."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from elastane.clock import utc_now
from elastane.engines import NodeAddress
from elastane.model.ids import AccountId
from elastane.model.observations import Role
from elastane.model.replication_groups import Deletion, ObservedReplicationGroup, ReplicationGroup
from elastane.reconcile.loop import Reconciler
from elastane.reconcile.world import World
from elastane.store import Store, Transaction, credentials, replication_groups
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.simulation.machine import PORT, SECRET, Crashes, SimulatedEngines, SimulatedMachine
from tests.simulation.story import BINARY

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes


class Running:
    """A reconciler at work over a machine, and the store it works from."""

    def __init__(self, directory: Path) -> None:
        self.machine = SimulatedMachine(utc_now, Crashes())
        self.engines = SimulatedEngines(self.machine)
        self.store = Store.open(directory)
        self.world = World(
            store=self.store,
            host=self.machine,
            engines=self.engines,
            binaries=lambda: (BINARY,),
            now=utc_now,
            account_id=AccountId("000000000000"),
        )

    async def save(self, group: ReplicationGroup) -> None:
        def save(tx: Transaction) -> None:
            stored = replication_groups.find_replication_group(tx, group.key)
            if stored is None:
                credentials.save_control_secret(tx, group.credential_id, SECRET)
            replication_groups.save_replication_group(tx, group, revision=0 if stored is None else stored.revision)

        await self.store.write(save)

    async def observed(self) -> ObservedReplicationGroup:
        return await self.store.read(lambda tx: replication_groups.get_observed(tx, GROUP.key))

    async def available(self) -> None:
        async def is_available() -> bool:
            observed = await self.observed()
            return observed.verdict is not None and observed.verdict.kind == "satisfied"

        await eventually(is_available)

    def acknowledgement_count(self, address: str) -> int:
        return self.machine.engines.nodes[address, PORT].acknowledgement_count

    def role(self, address: str) -> Role:
        return self.machine.engines.nodes[address, PORT].role


@contextlib.asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Running]:
    work = Running(directory)
    async with asyncio.TaskGroup() as tasks:
        loop = tasks.create_task(Reconciler(work.world).run())
        yield work
        loop.cancel()
    work.store.close()


async def test_a_saved_group_is_made_true(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)

        await work.available()

        assert work.role(FIRST.address) is Role.PRIMARY
        assert work.role(SECOND.address) is Role.REPLICA


async def test_a_replica_is_asked_for_its_acknowledgement_once_for_each_sync(tmp_path: Path) -> None:
    endpoints = replace(GROUP.network, primary_endpoint_address="127.88.48.10", reader_endpoint_address="127.88.48.11")
    async with running(tmp_path) as work:
        await work.save(replace(GROUP, network=endpoints))
        await work.available()
        after_first_sync = work.acknowledgement_count(SECOND.address)

        work.machine.kill("us-east-1/orders-002")
        await eventually(lambda: (SECOND.address, PORT) in work.machine.engines.nodes)
        await work.available()

        assert after_first_sync == 1
        assert work.acknowledgement_count(SECOND.address) == 1, "of its second process"
        assert work.acknowledgement_count(FIRST.address) == 0


async def test_groups_that_were_there_before_are_looked_at_without_a_bell(tmp_path: Path) -> None:
    early = Running(tmp_path)
    await early.save(GROUP)
    early.store.close()

    async with running(tmp_path) as work:
        await work.available()


async def test_a_death_is_acted_upon_without_waiting_for_the_clock(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await work.available()
        work.machine.engines.write(NodeAddress(address=FIRST.address, port=PORT, secret=SECRET), "key")
        await work.machine.engines.observe(NodeAddress(address=SECOND.address, port=PORT, secret=SECRET), (), 1.0)

        work.machine.kill("us-east-1/orders-001")

        await eventually(lambda: work.role(SECOND.address) is Role.PRIMARY)
        await work.available()
        assert work.machine.engine("us-east-1/orders-001").keys == {"key"}


async def test_a_deleted_group_is_forgotten_and_its_name_can_be_used_again(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await work.available()

        await work.save(replace(GROUP, generation=2, deletion=Deletion(requested_at=utc_now())))

        async def is_gone() -> bool:
            return await work.store.read(lambda tx: replication_groups.find_replication_group(tx, GROUP.key)) is None

        await eventually(is_gone)
        assert await work.machine.list_nodes() == ()
        await work.save(GROUP)
        await work.available()


async def test_a_departed_node_s_connection_is_let_go_of(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await work.available()
        stored = await work.store.read(lambda tx: replication_groups.find_replication_group(tx, GROUP.key))
        assert stored is not None
        node_group = stored.body.node_groups[0]
        nodes = tuple(replace(node, is_leaving=node.id == SECOND.id) for node in node_group.nodes)

        await work.save(replace(stored.body, generation=2, node_groups=(replace(node_group, nodes=nodes),)))

        await eventually(lambda: work.engines.forgotten == [SECOND.address])


async def test_a_refused_start_of_a_new_group_fails_for_good_with_its_sentence(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        work.machine.host.refuse_starts("us-east-1/orders-001", "No space left on device")

        await work.save(GROUP)

        async def failure() -> str:
            observed = await work.observed()
            return observed.failure.sentence if observed.failure is not None and observed.failure.is_permanent else ""

        sentence = await eventually(failure)
        assert "No space left on device" in sentence


async def test_while_the_host_cannot_tell_nothing_is_done_and_that_is_said(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.save(GROUP)
        await work.available()
        work.machine.unseen.add("us-east-1/orders-002")

        work.machine.kill("us-east-1/orders-001")

        async def failure() -> str:
            observed = await work.observed()
            return observed.failure.sentence if observed.failure is not None else ""

        assert "its identity cannot be read" in await eventually(failure)
        assert await work.machine.running() == ["us-east-1/orders-002"]
        work.machine.unseen.clear()
        await work.available()


async def test_a_bug_of_ours_is_told_as_an_internal_failure_and_other_groups_go_on(tmp_path: Path) -> None:
    unknown_type = replace(GROUP.software, node_type="cache.of.a.catalog.that.changed")
    other = groups.group("sessions")
    async with running(tmp_path) as work:
        await work.save(replace(GROUP, software=unknown_type))
        await work.save(other)

        async def failure() -> str | None:
            observed = await work.observed()
            return observed.failure.sentence if observed.failure is not None else None

        assert await eventually(failure) == "internal failure"
        await eventually(lambda: (other.nodes[0].address, PORT) in work.machine.engines.nodes)
