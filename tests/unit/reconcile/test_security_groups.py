"""The loop that enforces security groups: what it makes, sees, tells and mends, with a packet filter of the test's."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.catalog import network
from elastane.hosts import HostError
from elastane.hosts.nft_rules import Listed, Rendered
from elastane.hosts.packet_filter import NoFilter
from elastane.model.enforcement import Enforcement
from elastane.model.ids import AccountId
from elastane.model.security_groups import Direction
from elastane.reconcile.security_groups import SecurityGroupsLoop
from elastane.store import Store, memcached_clusters, replication_groups, security_groups
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.memcached_clusters import memcached_cluster

ACCOUNT = AccountId("000000000000")
TABLE = "elastane_0a1b2c3d"


class FakeFilter:
    """A packet filter in memory. `failing` is raised by every call; with `is_deaf` nothing that is applied arrives."""

    def __init__(self) -> None:
        self.table = TABLE
        self.current: Rendered | None = None
        self.applied: list[Rendered] = []
        self.leftovers: tuple[str, ...] = ()
        self.look_count = 0
        self.failing: HostError | None = None
        self.is_deaf = False

    async def apply(self, rendered: Rendered) -> None:
        self._fail()
        self.applied.append(rendered)
        if not self.is_deaf:
            self.current = rendered

    async def observe(self) -> Listed | None:
        self._fail()
        self.look_count += 1
        if self.current is None:
            return None
        return Listed(
            mark=self.current.mark,
            rule_counts=self.current.rule_counts,
            is_hooked=True,
            fingerprint=json.dumps(self.current.text),
        )

    async def remove_leftovers(self, block: str) -> tuple[str, ...]:
        self._fail()
        gone, self.leftovers = self.leftovers, ()
        return gone

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing


class Machine:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.filter = FakeFilter()
        self.loop = self.started()

    def started(self) -> SecurityGroupsLoop:
        """As a control plane begins that knows of nothing but the store."""
        return SecurityGroupsLoop(self.store, self.filter, ACCOUNT, groups.ADDRESS_BLOCK, lambda: groups.CREATED_AT)

    async def enforcement(self) -> Enforcement:
        return await self.store.read(security_groups.get_enforcement)

    async def add_cache(self, name: str = "orders", *group_ids: str) -> None:
        cache = groups.group(name)
        changed = replace(cache, network=replace(cache.network, security_group_ids=group_ids))
        await self.store.write(lambda tx: replication_groups.save_replication_group(tx, changed))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    store = Store.open(tmp_path)
    yield Machine(store)
    store.close()


async def test_what_is_desired_is_applied_seen_and_told(machine: Machine) -> None:
    await machine.add_cache()

    await machine.loop.look()

    (rendered,) = machine.filter.applied
    assert "goto cache_1" in rendered.text
    assert network.control_address(groups.ADDRESS_BLOCK) in rendered.text
    assert await machine.enforcement() == Enforcement(
        is_enforced=True, sentence=f"Enforced by the kernel: table inet {TABLE}.", since=groups.CREATED_AT
    )


async def test_a_memcached_cluster_is_guarded_as_other_caches_are(machine: Machine) -> None:
    cluster = memcached_cluster()
    await machine.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, cluster))

    await machine.loop.look()

    (rendered,) = machine.filter.applied
    for address in (*(node.address for node in cluster.nodes), cluster.endpoint_address):
        assert f"{address} : goto cache_1" in rendered.text


async def test_what_has_not_changed_is_neither_applied_nor_looked_at_again(machine: Machine) -> None:
    await machine.loop.look()
    looks = machine.filter.look_count

    await machine.loop.look()
    assert machine.filter.look_count == looks
    await machine.loop.look(is_kernel_asked=True)

    assert len(machine.filter.applied) == 1


async def test_a_changed_rule_is_applied(machine: Machine) -> None:
    await machine.add_cache()
    await machine.loop.look()
    default = network.default_security_group(ACCOUNT, groups.REGION)

    emptied = replace(default, rules=default.of(Direction.EGRESS))
    await machine.store.write(lambda tx: security_groups.save_security_group(tx, emptied))
    await machine.loop.look()

    first, second = machine.filter.applied
    assert 'iif "lo" ip saddr' in first.text
    assert 'iif "lo" ip saddr' not in second.text


async def test_rules_that_somebody_else_changed_or_flushed_are_made_anew(machine: Machine) -> None:
    await machine.loop.look()
    assert machine.filter.current is not None
    machine.filter.current = replace(machine.filter.current, text="drop everything")

    await machine.loop.look(is_kernel_asked=True)
    machine.filter.current = None
    await machine.loop.look(is_kernel_asked=True)

    assert len(machine.filter.applied) == 3
    assert machine.filter.current == machine.filter.applied[0]


async def test_success_is_what_is_seen_and_not_what_was_ordered(machine: Machine) -> None:
    machine.filter.is_deaf = True

    await machine.loop.look()

    enforcement = await machine.enforcement()
    assert (enforcement.is_enforced, enforcement.sentence) == (
        False,
        f"Not enforced: the table inet {TABLE} is not what it was made to be.",
    )


async def test_a_failure_is_told_and_tried_again(machine: Machine) -> None:
    await machine.loop.look()
    machine.filter.failing = HostError("packet filter", "nft -f - failed: out of memory")
    await machine.loop.look(is_kernel_asked=True)
    failed = await machine.enforcement()

    machine.filter.failing = None
    await machine.loop.look()

    assert failed.sentence == "Not enforced: nft -f - failed: out of memory."
    assert (await machine.enforcement()).is_enforced


async def test_a_new_control_plane_applies_its_rules_whatever_it_finds(machine: Machine) -> None:
    await machine.loop.look()

    await machine.started().look()

    assert len(machine.filter.applied) == 2


async def test_a_table_that_a_vanished_installation_left_is_removed_first(machine: Machine) -> None:
    machine.filter.leftovers = ("elastane_ffffffff",)

    await machine.loop.look()

    assert not machine.filter.leftovers


async def test_where_there_can_be_no_filter_the_reason_is_told(machine: Machine) -> None:
    loop = SecurityGroupsLoop(
        machine.store, NoFilter("Not enforced: no nft."), ACCOUNT, groups.ADDRESS_BLOCK, lambda: groups.CREATED_AT
    )

    await loop.look()

    assert (await machine.enforcement()).sentence == "Not enforced: no nft."


async def test_a_cache_with_a_group_that_nobody_knows_is_named(machine: Machine) -> None:
    await machine.add_cache("orders", "sg-elsewhere")

    await machine.loop.look()

    enforcement = await machine.enforcement()
    assert (enforcement.is_enforced, enforcement.with_unknown_groups) == (True, ("us-east-1/replication-group/orders",))
    assert enforcement.open_caches == ()


async def test_while_a_lost_store_waits_for_its_confirmation_the_rules_are_left_alone(machine: Machine) -> None:
    await machine.loop.look()
    before = list(machine.filter.applied)
    waiting = SecurityGroupsLoop(
        machine.store,
        machine.filter,
        ACCOUNT,
        groups.ADDRESS_BLOCK,
        lambda: groups.CREATED_AT,
        find_reason_to_wait=lambda: "nobody has confirmed it.",
    )
    await machine.add_cache()

    await waiting.look(is_kernel_asked=True)

    assert machine.filter.applied == before
    assert (await machine.enforcement()).sentence == "Left as they were: nobody has confirmed it."


async def test_a_bell_wakes_the_loop(machine: Machine) -> None:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(machine.loop.run(), name="security-groups")
        await eventually(lambda: len(machine.filter.applied) == 1, message="the first look")

        await machine.add_cache()
        await eventually(lambda: len(machine.filter.applied) == 2, message="a look at the new cache")
        running.cancel()
