"""One seed is one story: a group, what its customer and the world do to it, and what must hold throughout.

The planner, the passes and the store are the real ones; the machine is simulated and time is a number. Every line of
the story is kept, so that a seed that fails prints something a person can read.
"""

import random
from collections.abc import Callable
from typing import cast

from msgspec.structs import replace

from elastane.hosts import HostError
from elastane.model.acls import WantedUsers, wanted_users
from elastane.model.ids import AccountId
from elastane.model.observed_replication_groups import NodeHealth, ObservedReplicationGroup, VerdictKind
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.secrets import Sealed, Secret
from elastane.reconcile.passes import Work, load_work, record_trouble, run_pass
from elastane.reconcile.plan import RULES, Act, Rule, Satisfied, Verdict
from elastane.reconcile.situation import Situation
from elastane.reconcile.world import World
from elastane.store import Conflict, Store, StoreUnusable, Transaction, acls, credentials, replication_groups
from tests.kit import groups
from tests.kit.fake_binaries import BINARIES
from tests.kit.fake_memcached import FakeMemcached
from tests.simulation import converged, converged_access, ownership
from tests.simulation.awaits import Awaits, ControlPlane, ControlPlaneCrashed
from tests.simulation.beginnings import LIFETIMES, new_group, with_encryption, with_older_engine
from tests.simulation.cluster_customers import ClusterCustomer
from tests.simulation.customers import Customer
from tests.simulation.engine_seam import SimulatedEngines
from tests.simulation.invariants import InvariantBroken, Witness
from tests.simulation.machine import PRIMARY_ENDPOINT, SECRET, Clock, Machine
from tests.simulation.seams import SimulatedHost, SimulatedStore

PASSES_MAX = 250
"""Within so many passes any world has converged, once faults have ended: a failover may have to wait for a minute."""

PASSES_OF_CLUSTERS_MAX = 800
"""Slots move a few hundred at a time."""

WRITES_PER_MOMENT = 0.15

BLIND_SECONDS = 3.0

Rules = tuple[tuple[str, Rule], ...]


class Story:
    """A simulated group and everything that has happened to it."""

    def __init__(
        self,
        seed: int,
        store: Store,
        rules: Rules = RULES,
        *,
        is_cluster: bool = False,
        is_rollout: bool = False,
        is_secured: bool = False,
    ) -> None:
        """`is_rollout`: the group begins with an older engine, and its customer asks for newer ones.

        `is_secured`: its customer changes encryption and tokens, and authorities change.
        """
        self.random = random.Random(seed)
        self.lines = [f"seed {seed}"]
        self.clock = Clock()
        self.awaits = Awaits(self._customer_writes)
        lag_looks = self.random.choice((0, 0, 1, 3))
        self.group = new_group(self.random, is_cluster=is_cluster)
        self.is_rollout, self.is_secured = is_rollout, is_secured
        if is_rollout:
            self.group = with_older_engine(self.group, random.Random(f"the engine of story {seed}"))
        fate = random.Random(f"what happens to engines in story {seed}")
        self.machine = Machine(self.clock, lag_looks=lag_looks, chance=fate)
        if is_secured:
            access_chance = random.Random(f"the access of story {seed}")
            self.group = with_encryption(self.group, access_chance)
            self.machine.pki.lifetime = access_chance.choice(LIFETIMES)
        self.witness = Witness(self.machine, self.tell, self.group)
        self.customer: Customer | ClusterCustomer = (
            ClusterCustomer(self.machine, self.witness, fate)
            if self.group.is_cluster
            else Customer(self.machine, self.witness)
        )
        self.upgrade_began_at = self.upgrade_ended_at = 0
        """Moments of the control planes, where the story is of nothing else."""
        self.next_number = len(self.group.nodes) + 1
        self._store = store
        self._rules = tuple((name, self._told(name, rule)) for name, rule in rules)
        self._last_told = ""
        self._is_quiet = False
        """No rule had anything to say in the last pass."""
        self._world, self._engines = self._start_control_plane()
        shards = f" in {len(self.group.node_groups)} shards" if self.group.is_cluster else ""
        self.tell(f"a group of {len(self.group.nodes)} nodes{shards}")

    def tell(self, line: str) -> None:
        self.lines.append(f"{self.clock.seconds:8.2f}  {line}")

    def _customer_writes(self) -> None:
        chance = self.random.random()
        if chance < WRITES_PER_MOMENT:
            self.customer.write(keeps_connection=chance < WRITES_PER_MOMENT / 2)

    # --- what is asked for -----------------------------------------------------------------------

    async def create(self) -> None:
        def save(tx: Transaction) -> None:
            credentials.save_control_secret(tx, self.group.credential_id, SECRET)
            replication_groups.save_replication_group(tx, self.group)

        await self._store.write(save)

    async def change(
        self, what: str, change: Callable[[ReplicationGroup], ReplicationGroup], *, is_new_generation: bool = True
    ) -> None:
        """As the service does: one transaction against the revision read."""

        def save(tx: Transaction) -> None:
            stored = replication_groups.find_replication_group(tx, self.group.key)
            assert stored is not None, "nobody deletes the group"
            changed = change(replace(stored.body, generation=stored.body.generation + is_new_generation))
            replication_groups.save_replication_group(tx, changed, revision=stored.revision)

        self.tell(what)
        await self._store.write(save)
        await self.reload()

    async def reload(self) -> None:
        stored = await self._store.read(lambda tx: replication_groups.find_replication_group(tx, self.group.key))
        assert stored is not None, "nobody deletes the group"
        self.group = self.witness.group = stored.body

    async def observed(self) -> ObservedReplicationGroup:
        return await self._store.read(lambda tx: replication_groups.get_observed(tx, self.group.key))

    async def seal(self, secret: Secret) -> Sealed:
        return await self._store.read(lambda tx: tx.sealing.seal(secret))

    async def wanted_users(self) -> WantedUsers:
        acl = await self._store.read(lambda tx: acls.find_acl(tx, self.group))
        assert acl is not None, "no user is lost"
        return wanted_users(acl, SECRET)

    async def is_available(self) -> bool:
        """As the service sees it: what was asked for last has been true once."""
        await self.reload()
        return (await self.observed()).converged_generation == self.group.generation

    async def is_given_up(self) -> bool:
        """A creation that met too much trouble ends, as on AWS: the customer deletes what failed."""
        observed = await self.observed()
        is_failed = observed.verdict is not None and observed.verdict.kind is VerdictKind.FAILED
        return observed.available_since is None and is_failed

    def find_primary(self) -> str | None:
        """The one that customers write to, or one of those."""
        if self.group.is_cluster:
            owners = [node for node in ownership.owners(self.machine) if not ownership.is_replaced(self.machine, node)]
            return self.machine.key_of(self.random.choice(owners).at.address) if owners else None
        listener = self.machine.find_listener(PRIMARY_ENDPOINT)
        return None if listener is None else self.machine.key_of(listener.at.address)

    # --- the control plane -----------------------------------------------------------------------

    def _start_control_plane(self) -> tuple[World, SimulatedEngines]:
        """One that knows nothing but what the store and the machine tell it."""
        control = ControlPlane(self.awaits, self.tell)
        engines = SimulatedEngines(self.machine, control, self.witness)
        world = World(
            # Of the store a pass calls two methods, and these are what may fail.
            store=cast(Store, SimulatedStore(self._store, control)),
            host=SimulatedHost(self.machine, control, self.witness),
            engines=engines,
            memcached=FakeMemcached(self.machine.host),
            binaries=lambda: BINARIES,
            now=self.clock.now,
            unsteady=self.clock.unsteady,
            pki=self.machine.pki,
            account_id=AccountId("000000000000"),
            address_block=groups.ADDRESS_BLOCK,
        )
        return world, engines

    def _told(self, name: str, rule: Rule) -> Rule:
        """The same rule, which also says in the story what it decides."""

        def speak(situation: Situation) -> Verdict:
            verdict = rule(situation)
            if isinstance(verdict, Satisfied):
                return verdict
            self._is_quiet = False
            self.witness.decided(situation, is_act=isinstance(verdict, Act))
            line = f"control plane: {name}: {verdict.why if isinstance(verdict, Act) else verdict.reason}"
            if line != self._last_told or isinstance(verdict, Act):
                self.tell(line)
            self._last_told = line
            return verdict

        return speak

    async def passes(self, count: int) -> None:
        for _ in range(count):
            await self.one_pass()

    async def one_pass(self) -> None:
        """One pass, or what its failure leaves of it; time goes on by what the pass asked for, or a bell rings."""
        self._is_quiet = True
        self.witness.pass_begins()
        self._engines.look_seconds = 0.0
        try:
            delay_seconds = await self._guarded_pass()
        except ControlPlaneCrashed:
            self.tell("the control plane crashes, and is started again")
            self._world, self._engines = self._start_control_plane()
            delay_seconds = 1.0
        is_rung = self.random.random() < 0.1
        if self.is_rollout:
            await self.reload()  # temporary replicas come and go, and nobody asked for them
        self.machine.spend(self._engines.look_seconds + (0.01 if is_rung else max(0.01, delay_seconds)))
        self.witness.check()

    async def _guarded_pass(self) -> float:
        """As the loop does it."""
        work: Work | None = None
        try:
            work = await load_work(self._world, self.group.key)
            assert work is not None, "nobody deletes the group"
            return await run_pass(self._world, work, self._rules)
        except Conflict:
            return 0.0
        except StoreUnusable:
            return BLIND_SECONDS
        except HostError as error:
            return await self._record_trouble(work, str(error))

    async def _record_trouble(self, work: Work | None, sentence: str) -> float:
        if work is None:
            return BLIND_SECONDS
        try:
            return await record_trouble(self._world, work, sentence)
        except StoreUnusable:
            return BLIND_SECONDS

    # --- the end ---------------------------------------------------------------------------------

    def end_faults(self) -> None:
        """From here on whatever lives works, and can be reached."""
        self.awaits.calm()
        self.machine.mend()
        self.witness.check()
        self.tell("faults have ended")

    async def converge(self) -> None:
        """Within a bounded number of passes everything is true."""
        passes_max = PASSES_OF_CLUSTERS_MAX if self.group.is_cluster else PASSES_MAX
        for _ in range(passes_max):
            await self.one_pass()
            if self._is_quiet and await self.is_converged():
                return
        observed = await self.observed()
        raise InvariantBroken(f"not converged after {passes_max} passes: {observed.verdict}")

    async def is_converged(self) -> bool:
        await self.reload()
        observed = await self.observed()
        return (
            observed.converged_generation == self.group.generation
            and all(node.health is NodeHealth.READY for node in observed.nodes)
            and observed.verdict is not None
            and observed.verdict.kind == "satisfied"
        )

    async def check_converged(self) -> None:
        """The world is what was asked for, customers are served, and a further pass does nothing."""
        self.machine.settle()
        await converged.check(self.group, self.machine, self.witness)
        converged_access.check(self.group, self.machine, await self.wanted_users())
        self.customer.check_is_served()
        before = converged.picture(self.machine)
        await self.one_pass()
        if converged.picture(self.machine) != before:
            raise InvariantBroken("a pass over a converged world does something")
