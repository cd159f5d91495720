"""Encryption that changes in a small world, with nodes that die or cannot be reached at every stage of it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.catalog import encryption
from elastane.model.access import Access, TransitEncryption
from elastane.model.ids import NodeGroupId, NodeId
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.encryption import OFF, PORT, PREFERRED, REQUIRED
from tests.kit.fake_binaries import VALKEY
from tests.kit.fake_world import FakeWorld, reconciling, until_converged

PLAIN_GROUP = groups.group("orders", *(groups.node(f"orders-00{number}") for number in (1, 2, 3)))
GROUPS = {
    "replicas": PLAIN_GROUP,
    "one node": groups.group("orders", groups.node("orders-001")),
    "two shards": groups.cluster(shards=2, replicas=1),
    "three shards": groups.cluster(shards=3, replicas=1),
}
WAY = (PREFERRED, REQUIRED, PREFERRED, OFF)


@contextlib.asynccontextmanager
async def made(directory: Path, group: ReplicationGroup, mode: TransitEncryption = OFF) -> AsyncIterator[FakeWorld]:
    """A reconciler at work on a group that is available with this encryption."""
    work = FakeWorld(directory)
    work.binaries = (VALKEY,)
    async with reconciling(work):
        await work.save(replace(group, access=Access(transit_encryption=mode)))
        await until_converged(work, group)
        yield work


async def stored(work: FakeWorld, group: ReplicationGroup) -> ReplicationGroup:
    found = await work.find(group)
    assert found is not None
    return found


async def ask_for(work: FakeWorld, group: ReplicationGroup, mode: TransitEncryption) -> None:
    """As a customer does; a pass that has written meanwhile makes it read again."""
    present = await stored(work, group)
    access = replace(present.access, transit_encryption=mode)
    await work.save(replace(present, access=access, generation=present.generation + 1))


async def check_all_offer(work: FakeWorld, group: ReplicationGroup, mode: TransitEncryption) -> None:
    for node in (await stored(work, group)).nodes:
        engine = work.host.engine(node.address)
        assert encryption.current_listeners(engine.parameters, PORT) is mode, node.id
        assert encryption.is_linked_by_tls(engine.parameters) is (mode is not OFF), node.id
        assert mode is OFF or engine.certificate is not None, node.id
    assert (await work.observed(group)).transit_encryption is mode


def key_of(node: Node) -> str:
    return f"{groups.REGION}/{node.id}"


@pytest.mark.parametrize("name", GROUPS)
async def test_encryption_goes_all_the_way_and_back_and_no_process_is_replaced(tmp_path: Path, name: str) -> None:
    group = GROUPS[name]
    async with made(tmp_path, group) as work:
        before = {node.id: work.host.engine(node.address) for node in group.nodes}

        for mode in WAY:
            await ask_for(work, group, mode)
            await until_converged(work, group)
            await check_all_offer(work, group, mode)

        assert {node.id: work.host.engine(node.address) for node in group.nodes} == before


@pytest.mark.parametrize("mode", [PREFERRED, REQUIRED])
@pytest.mark.parametrize("name", GROUPS)
async def test_a_group_may_begin_with_encryption(tmp_path: Path, name: str, mode: TransitEncryption) -> None:
    group = GROUPS[name]
    async with made(tmp_path, group, mode) as work:
        await check_all_offer(work, group, mode)


# --- what happens meanwhile ----------------------------------------------------------------------

ORDER_COUNTS = {(OFF, PREFERRED): 3, (PREFERRED, REQUIRED): 1, (REQUIRED, PREFERRED): 2, (PREFERRED, OFF): 2}
"""So many orders a change gives each node that nothing befalls."""

STEPS = tuple(ORDER_COUNTS)


def moments(node_count: int, gap: int = 1) -> list[tuple[TransitEncryption, TransitEncryption, int]]:
    """Every change, and before which of its orders something happens."""
    return [
        (before, asked, order)
        for (before, asked), count in ORDER_COUNTS.items()
        for order in range(0, count * node_count, gap)
    ]


@pytest.mark.parametrize(("before", "asked", "order"), moments(3))
@pytest.mark.parametrize("who", [0, 1])
async def test_a_node_that_dies_before_any_order_of_a_change_is_there_at_its_end(
    tmp_path: Path, before: TransitEncryption, asked: TransitEncryption, order: int, who: int
) -> None:
    """The primary, for which another one takes over, or a replica; it starts anew as the last stage has it."""
    doomed = PLAIN_GROUP.nodes[who]
    async with made(tmp_path, PLAIN_GROUP, before) as work:
        work.engines.before_order(order, lambda: work.host.kill(key_of(doomed)))

        await ask_for(work, PLAIN_GROUP, asked)

        await until_converged(work, PLAIN_GROUP)
        assert work.engines.has_struck
        await check_all_offer(work, PLAIN_GROUP, asked)


@pytest.mark.parametrize(("before", "asked", "order"), moments(4, gap=3))
@pytest.mark.parametrize("name", ["two shards", "three shards"])
async def test_a_primary_of_a_cluster_that_dies_amid_a_change_is_there_at_its_end(
    tmp_path: Path, before: TransitEncryption, asked: TransitEncryption, order: int, name: str
) -> None:
    group = GROUPS[name]
    async with made(tmp_path, group, before) as work:
        work.engines.before_order(order, lambda: work.host.kill(key_of(group.nodes[0])))

        await ask_for(work, group, asked)

        await until_converged(work, group)
        assert work.engines.has_struck
        await check_all_offer(work, group, asked)


@pytest.mark.parametrize(("before", "asked"), STEPS)
async def test_a_replica_that_hangs_keeps_no_other_from_the_change_and_comes_after(
    tmp_path: Path, before: TransitEncryption, asked: TransitEncryption
) -> None:
    hanging = PLAIN_GROUP.nodes[2]
    async with made(tmp_path, PLAIN_GROUP, before) as work:
        work.engines.blind(work.host.at(key_of(hanging)))
        await ask_for(work, PLAIN_GROUP, asked)

        async def others_offer_it() -> None:
            for node in PLAIN_GROUP.nodes[:2]:
                engine = work.host.engine(node.address)
                assert encryption.current_listeners(engine.parameters, PORT) is asked
                assert encryption.is_linked_by_tls(engine.parameters) is (asked is not OFF)

        await eventually(others_offer_it)
        work.engines.unblind(work.host.at(key_of(hanging)))

        await until_converged(work, PLAIN_GROUP)
        await check_all_offer(work, PLAIN_GROUP, asked)


@pytest.mark.parametrize(("before", "asked"), STEPS)
async def test_a_replica_that_is_added_amid_a_change_ends_like_the_others(
    tmp_path: Path, before: TransitEncryption, asked: TransitEncryption
) -> None:
    added = groups.node("orders-004")
    async with made(tmp_path, PLAIN_GROUP, before) as work:
        present = await stored(work, PLAIN_GROUP)
        (part,) = present.node_groups

        await work.save(
            replace(
                present,
                generation=present.generation + 1,
                access=replace(present.access, transit_encryption=asked),
                node_groups=(replace(part, nodes=(*part.nodes, added)),),
            )
        )

        await until_converged(work, PLAIN_GROUP)
        await check_all_offer(work, PLAIN_GROUP, asked)
        assert work.host.engine(added.address).link is work.host.engine(PLAIN_GROUP.nodes[0].address)


@pytest.mark.parametrize(("before", "asked", "order"), moments(3, gap=2))
async def test_a_change_that_is_taken_back_half_way_leaves_nothing_of_it(
    tmp_path: Path, before: TransitEncryption, asked: TransitEncryption, order: int
) -> None:
    """Another node hears no order from then on, until the change is taken back."""
    last = PLAIN_GROUP.nodes[2]
    async with made(tmp_path, PLAIN_GROUP, before) as work:
        work.engines.before_order(order, lambda: work.engines.blind(work.host.at(key_of(last))))
        await ask_for(work, PLAIN_GROUP, asked)

        async def is_half_way() -> None:
            assert work.engines.has_struck

        await eventually(is_half_way)
        await ask_for(work, PLAIN_GROUP, before)
        work.engines.unblind(work.host.at(key_of(last)))

        await until_converged(work, PLAIN_GROUP)
        await check_all_offer(work, PLAIN_GROUP, before)


@pytest.mark.parametrize(("before", "asked"), STEPS)
async def test_another_primary_asked_for_along_with_encryption_takes_over(
    tmp_path: Path, before: TransitEncryption, asked: TransitEncryption
) -> None:
    async with made(tmp_path, PLAIN_GROUP, before) as work:
        present = await stored(work, PLAIN_GROUP)
        heir = PLAIN_GROUP.nodes[1]

        await work.save(
            replace(
                present,
                generation=present.generation + 1,
                access=replace(present.access, transit_encryption=asked),
                node_groups=(with_target(present.node_groups[0], heir.id),),
            )
        )

        await until_converged(work, PLAIN_GROUP)
        await check_all_offer(work, PLAIN_GROUP, asked)
        assert (await work.observed(PLAIN_GROUP)).primaries == {NodeGroupId("0001"): heir.id}


def with_target(part: NodeGroup, target: NodeId) -> NodeGroup:
    return replace(part, target_primary=target)
