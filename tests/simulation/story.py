"""One seed is one story: a group, what its customer and the world do to it, and what must hold throughout.

The planner, the passes and the store are the real ones; the machine is simulated and time is a
number. Every line of the story is kept, so that a seed that fails prints something a person can read.
"""

import random
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from elastane.clock import Now
from elastane.engines import NodeAddress
from elastane.engines.discovery import EngineBinary
from elastane.model.ids import AccountId, NodeId
from elastane.model.observations import Role
from elastane.model.replication_groups import (
    Network,
    Node,
    NodeGroup,
    NodeHealth,
    ObservedReplicationGroup,
    ReplicationGroup,
)
from elastane.reconcile.observe import node_key
from elastane.reconcile.passes import load_work, run_pass
from elastane.reconcile.world import World
from elastane.store import Conflict, Store, Transaction, credentials, replication_groups
from tests.kit import groups
from tests.kit.inline_executor import InlineExecutor
from tests.simulation.machine import PORT, SECRET, ControlPlaneCrashed, Crashes, SimulatedEngines, SimulatedMachine

PRIMARY_ENDPOINT, READER_ENDPOINT = "127.88.48.10", "127.88.48.11"
PASSES_MAX = 60
"""Within so many passes any world has converged, once faults have ended."""

BINARY = EngineBinary(
    engine="valkey", version="9.1.2", path=Path("/engines/valkey-server"), source="path", has_tls=False
)


class Story:
    """A simulated group and everything that has happened to it."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.random = random.Random(seed)
        self.lines = [f"seed {seed}"]
        self.moment = groups.CREATED_AT
        self.crashes = Crashes()
        self.machine = SimulatedMachine(self.now, self.crashes)
        self.store = Store.open(directory, executor=lambda name: InlineExecutor())
        self.world = self._control_plane()
        self.group = _new_group(self.random.randint(1, 4))
        self.next_number = len(self.group.nodes) + 1
        self.write_count = 0
        self.acknowledged: set[str] = set()
        """Writes that a customer got an answer to, less those whose every copy the world has destroyed."""
        self.tell(f"a group of {len(self.group.nodes)} nodes")

    @property
    def now(self) -> Now:
        return lambda: self.moment

    def tell(self, line: str) -> None:
        self.lines.append(f"{(self.moment - groups.CREATED_AT).total_seconds():8.2f}  {line}")

    def _control_plane(self) -> World:
        """A control plane that knows nothing but what the store and the machine tell it."""
        return World(
            store=self.store,
            host=self.machine,
            engines=SimulatedEngines(self.machine),
            binaries=lambda: (BINARY,),
            now=self.now,
            account_id=AccountId("000000000000"),
        )

    # --- the customer ----------------------------------------------------------------------------

    async def create(self) -> None:
        def save(tx: Transaction) -> None:
            credentials.save_control_secret(tx, self.group.credential_id, SECRET)
            replication_groups.save_replication_group(tx, self.group)

        await self.store.write(save)

    async def change(self, what: str, node_groups: tuple[NodeGroup, ...]) -> None:
        """As the service does: one transaction against the revision read, one generation more."""
        key = self.group.key

        def save(tx: Transaction) -> None:
            stored = replication_groups.find_replication_group(tx, key)
            assert stored is not None
            changed = replace(stored.body, node_groups=node_groups, generation=stored.body.generation + 1)
            replication_groups.save_replication_group(tx, changed, revision=stored.revision)

        self.tell(what)
        await self.store.write(save)
        await self.reload()

    async def reload(self) -> None:
        stored = await self.store.read(lambda tx: replication_groups.find_replication_group(tx, self.group.key))
        assert stored is not None
        self.group = stored.body

    def write(self) -> None:
        """A write through the primary endpoint; remembered only when it was acknowledged."""
        self.write_count += 1
        key = f"key-{self.write_count}"
        if self.machine.engines.write(NodeAddress(address=PRIMARY_ENDPOINT, port=PORT, secret=SECRET), key):
            self.acknowledged.add(key)

    # --- the world -------------------------------------------------------------------------------

    async def kill(self, key: str) -> None:
        """What no living node holds any more is lost, and nobody can be blamed for it."""
        self.machine.kill(key)
        survivors = [self.machine.engine(name) for name in await self.machine.running()]
        best = max(survivors, key=lambda node: (node.offset_bytes, len(node.keys)), default=None)
        lost = self.acknowledged - (best.keys if best is not None else set())
        self.acknowledged -= lost
        self.tell(f"{key} is killed" + (f"; {len(lost)} writes had no other copy" if lost else ""))

    # --- the control plane -----------------------------------------------------------------------

    async def passes(self, count: int) -> None:
        for _ in range(count):
            await self.one_pass()

    async def one_pass(self) -> float:
        """One pass, or what a crash leaves of it; time goes on by what the pass asked for."""
        delay_seconds = 0.0
        try:
            work = await load_work(self.world, self.group.key)
            assert work is not None
            delay_seconds = await run_pass(self.world, work)
        except Conflict:
            pass
        except ControlPlaneCrashed:
            self.tell("the control plane crashes, and is started again")
            self.world = self._control_plane()
        self.moment += timedelta(seconds=delay_seconds + 0.01)
        await self.reload()
        await self.check_always()
        return delay_seconds

    async def converge(self) -> None:
        """Faults have ended: within a bounded number of passes everything is true."""
        self.crashes.never()
        for key in await self.machine.running():
            self.machine.resume(key)
        self.tell("faults have ended")
        for _ in range(PASSES_MAX):
            await self.one_pass()
            if await self.is_converged():
                return
        observed = await self.observed()
        raise AssertionError(f"not converged after {PASSES_MAX} passes: {observed.verdict}")

    async def observed(self) -> ObservedReplicationGroup:
        return await self.store.read(lambda tx: replication_groups.get_observed(tx, self.group.key))

    async def is_available(self) -> bool:
        """As the service sees it: what was asked for last has been true once."""
        return (await self.observed()).converged_generation == self.group.generation

    async def is_converged(self) -> bool:
        observed = await self.observed()
        return (
            observed.converged_generation == self.group.generation
            and all(node.health is NodeHealth.READY for node in observed.nodes)
            and observed.verdict is not None
            and observed.verdict.kind == "satisfied"
        )

    # --- what must hold --------------------------------------------------------------------------

    async def check_always(self) -> None:
        """After every pass, in the middle of everything."""
        running = [self.machine.engine(key) for key in await self.machine.running()]
        primaries = [node for node in running if node.role is Role.PRIMARY]
        assert len(primaries) <= 1, f"two primaries at once: {[str(node.at) for node in primaries]}"
        if primaries:
            missing = self.acknowledged - primaries[0].keys
            assert not missing, f"the primary {primaries[0].at} lacks {len(missing)} acknowledged writes"
        holders = [node for node in running if PRIMARY_ENDPOINT in node.bound_addresses]
        assert len(holders) <= 1, "the primary endpoint's address is held twice"

    async def check_converged(self) -> None:
        """At the end: the world is what was asked for, and a further pass does nothing."""
        keys = {node_key(self.group.region, node.id) for node in self.group.nodes}
        assert set(await self.machine.running()) == keys, "exactly the nodes asked for run"
        assert set(await self.machine.list_nodes()) == keys, "no directory is left behind"
        engines = {node.id: self.machine.engine(node_key(self.group.region, node.id)) for node in self.group.nodes}
        target = self.group.node_groups[0].target_primary
        assert [name for name, node in engines.items() if node.role is Role.PRIMARY] == [target]
        assert PRIMARY_ENDPOINT in engines[target].bound_addresses
        readers = [name for name, node in engines.items() if READER_ENDPOINT in node.bound_addresses]
        assert len(readers) == 1 and (readers[0] != target or len(engines) == 1)
        assert all(node.keys == engines[target].keys for node in engines.values()), "every replica has every key"

        world_before = _picture(self.machine)
        await self.one_pass()
        assert _picture(self.machine) == world_before, "a pass over a converged world does nothing"


def _new_group(node_count: int) -> ReplicationGroup:
    nodes = tuple(_node(number) for number in range(1, node_count + 1))
    network = Network(
        subnet_group_name="default",
        primary_endpoint_address=PRIMARY_ENDPOINT,
        reader_endpoint_address=READER_ENDPOINT,
    )
    group = groups.group("orders", *nodes, network=network)
    return replace(group, node_groups=(replace(group.node_groups[0], epoch=0),))


def _node(number: int) -> Node:
    return groups.node(f"orders-{number:03d}", zone=f"us-east-1{'abc'[number % 3]}", address=f"127.88.0.{10 + number}")


def new_node(story: Story) -> Node:
    node = _node(story.next_number)
    story.next_number += 1
    return replace(node, created_at=story.moment)


def with_nodes(story: Story, nodes: tuple[Node, ...], target: NodeId | None = None) -> tuple[NodeGroup, ...]:
    node_group = story.group.node_groups[0]
    return (replace(node_group, nodes=nodes, target_primary=target or node_group.target_primary),)


def _picture(machine: SimulatedMachine) -> object:
    return [
        (at, node.role, node.follows, node.bound_addresses, node.offset_bytes, node.cut_count, dict(node.parameters))
        for at, node in sorted(machine.engines.nodes.items())
    ]
