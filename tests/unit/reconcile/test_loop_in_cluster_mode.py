"""The loop over clusters in a small fake world: formed, resharded, failed over, shrunk, pass after pass."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.clock import utc_now
from elastane.model.ids import NodeGroupId, shard_node_id
from elastane.model.observations import Role
from elastane.model.replication_groups import EngineName, NodeGroup, ReplicationGroup, Resharding
from elastane.model.slot_plans import rebalanced
from elastane.model.slots import ALL_SLOTS, NO_SLOTS, Slots, count, union
from tests.kit import groups
from tests.kit.asserts import eventually
from tests.kit.fake_binaries import REDIS as REDIS_OSS
from tests.kit.fake_binaries import VALKEY
from tests.kit.fake_views import is_in, slot_of
from tests.kit.fake_world import FakeWorld, reconciling, until_converged
from tests.kit.groups import CONFIGURATION_ENDPOINT
from tests.kit.situations import with_shard

GROUP = groups.cluster(shards=3, replicas=1)
KEYS = tuple(f"key-{number}" for number in range(200))
REDIS = replace(GROUP.software, engine=EngineName.REDIS, version="7.0")


@contextlib.asynccontextmanager
async def formed(directory: Path, group: ReplicationGroup = GROUP) -> AsyncIterator[FakeWorld]:
    """A reconciler at work on a cluster that has been formed and holds some keys."""
    work = FakeWorld(directory)
    work.binaries = (VALKEY, REDIS_OSS)
    async with reconciling(work):
        await work.save(group)
        await until_converged(work, GROUP)
        await write(work, group)
        yield work


async def change(work: FakeWorld, group: ReplicationGroup) -> None:
    """What a customer wants now."""
    stored = await work.find(GROUP)
    assert stored is not None
    await work.save(replace(group, generation=stored.generation + 1))
    await until_converged(work, GROUP)


async def stored_group(work: FakeWorld) -> ReplicationGroup:
    group = await work.find(GROUP)
    assert group is not None
    return group


async def write(work: FakeWorld, group: ReplicationGroup) -> None:
    for key in KEYS:
        for node in group.nodes:
            work.engines.write(work.host.at(f"us-east-1/{node.id}"), key)
    for node in group.nodes:
        await work.engines.observe(work.host.at(f"us-east-1/{node.id}"), (), 1.0, is_cluster=True)


async def owners(work: FakeWorld) -> dict[NodeGroupId, Slots]:
    """What each shard's primary says it owns; every slot has one of them."""
    found: dict[NodeGroupId, Slots] = {}
    for part in (await stored_group(work)).node_groups:
        engines = [work.host.engine(node.address) for node in part.nodes]
        (primary,) = [engine for engine in engines if engine.role is Role.PRIMARY]
        assert primary.view is not None
        found[part.id] = primary.view.own.slots
    assert union(*found.values()) == ALL_SLOTS
    assert sum(map(count, found.values())) == count(ALL_SLOTS)
    return found


async def lost_keys(work: FakeWorld) -> list[str]:
    """Those that the owners of their slots have not."""
    missing = []
    group = await stored_group(work)
    owned = await owners(work)
    for key in KEYS:
        (part,) = [part for part in group.node_groups if is_in(slot_of(key), owned[part.id])]
        engines = [work.host.engine(node.address) for node in part.nodes]
        missing += [key] if any(engine.role is Role.PRIMARY and key not in engine.keys for engine in engines) else []
    return missing


def resharded(group: ReplicationGroup, *staying: NodeGroup, leaving: frozenset[str] = frozenset()) -> ReplicationGroup:
    """The group with these shards, its slots evened out among them."""
    owned = {part.id: part.slots for part in group.node_groups}
    wanted = rebalanced(owned, [part.id for part in staying])
    parts = (*staying, *(part for part in group.node_groups if part.id in leaving))
    return replace(
        group,
        node_groups=tuple(
            replace(part, slots=wanted.get(part.id, NO_SLOTS), is_leaving=part.id in leaving) for part in parts
        ),
        resharding=Resharding(requested_at=utc_now(), slot_count=1000),
    )


def new_shard(number: int) -> NodeGroup:
    shard_id = NodeGroupId(f"{number:04d}")
    nodes = (groups.node(shard_node_id(GROUP.id, shard_id, place)) for place in (1, 2))
    return replace(groups.shard(shard_id, *nodes), epoch=0, ordered_primary=None)


async def test_a_cluster_is_formed_each_shard_with_its_slots_and_one_node_with_the_endpoint(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        listening = [
            node for node in GROUP.nodes if CONFIGURATION_ENDPOINT in work.host.engine(node.address).bound_addresses
        ]

        assert await owners(work) == {part.id: part.slots for part in GROUP.node_groups}
        assert len(listening) == 1
        assert await lost_keys(work) == []


@pytest.mark.parametrize("shard_count", [1, 2, 3])
async def test_a_killed_primary_s_slots_go_to_its_replica_with_all_keys(tmp_path: Path, shard_count: int) -> None:
    group = groups.cluster(shards=shard_count)
    first, second = group.nodes[:2]
    async with formed(tmp_path, group) as work:
        work.host.kill(f"us-east-1/{first.id}")

        await eventually(lambda: work.host.engine(second.address).role is Role.PRIMARY)
        await until_converged(work, GROUP)
        assert await owners(work) == {part.id: part.slots for part in group.node_groups}
        assert await lost_keys(work) == []
        assert ("orders-0001-001", "Recovering cache nodes 0001") in await work.history()


async def test_two_shards_lose_their_primaries_at_once(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        for part in GROUP.node_groups[:2]:
            work.host.kill(f"us-east-1/{part.nodes[0].id}")

        heirs = [part.nodes[1].address for part in GROUP.node_groups[:2]]
        await eventually(lambda: all(work.host.engine(address).role is Role.PRIMARY for address in heirs))
        await until_converged(work, GROUP)
        assert await lost_keys(work) == []


async def test_after_a_full_outage_every_shard_serves_its_slots_again(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        for node in GROUP.nodes:
            work.host.kill(f"us-east-1/{node.id}")

        await eventually(lambda: all(work.host.find_engine(node.address) for node in GROUP.nodes))
        await until_converged(work, GROUP)
        assert await owners(work) == {part.id: part.slots for part in GROUP.node_groups}


@pytest.mark.parametrize("software", [GROUP.software, REDIS], ids=["many slots at once", "slot by slot"])
async def test_a_shard_comes_and_goes_and_no_key_is_lost(tmp_path: Path, software: object) -> None:
    async with formed(tmp_path, replace(GROUP, software=software)) as work:
        group = await stored_group(work)
        wider = resharded(group, *group.node_groups, new_shard(4))
        await change(work, wider)
        spread = {part: count(slots) for part, slots in (await owners(work)).items()}
        lost_on_the_way = await lost_keys(work)

        group = await stored_group(work)
        await change(work, resharded(group, *group.node_groups[1:], leaving=frozenset({"0001"})))

        assert set(spread.values()) == {4096}
        assert lost_on_the_way == []
        assert [part.id for part in (await stored_group(work)).node_groups] == ["0002", "0003", "0004"]
        assert await lost_keys(work) == []
        assert all(work.host.find_engine(node.address) is None for node in GROUP.node_groups[0].nodes)


async def test_a_primary_that_dies_amid_a_resharding_costs_no_key(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        group = await stored_group(work)
        await work.save(replace(resharded(group, *group.node_groups, new_shard(4)), generation=2))
        await eventually(lambda: any(_is_moving(work, node.address) for node in group.nodes))

        work.host.kill(f"us-east-1/{group.nodes[0].id}")

        await eventually(lambda: work.host.engine(group.nodes[1].address).role is Role.PRIMARY)
        await until_converged(work, GROUP)
        assert {count(slots) for slots in (await owners(work)).values()} == {4096}
        assert await lost_keys(work) == []


def _is_moving(work: FakeWorld, address: str) -> bool:
    engine = work.host.find_engine(address)
    return engine is not None and engine.view is not None and any(engine.view.own.slots) and bool(work.engines.moves)


async def test_a_switchover_of_a_shard_is_carried_out_and_endpoints_stay(tmp_path: Path) -> None:
    async with formed(tmp_path) as work:
        group = await stored_group(work)
        second = group.node_groups[0].nodes[1]

        await change(work, with_shard(group, "0001", target_primary=second.id))

        assert work.host.engine(second.address).role is Role.PRIMARY
        assert await lost_keys(work) == []
