"""Shards and replicas that come and go under load: nobody sees an error, and every key is there after (F19)."""

import random
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from redis.crc import key_slot

from tests.kit.asserts import eventually
from tests.kit.cluster_writers import REDIS_PY, VALKEY_PY, Readers, reading, redis_py
from tests.kit.elastane import RunningElastane
from tests.kit.writers import Kind, Writers
from tests.live.live_clusters import (
    REDIS,
    SETTLING_SECONDS,
    SOFTWARE,
    Cluster,
    cluster_nodes,
    cluster_writing,
    describe_cluster,
    fill_cluster,
    make_cluster,
    order_cluster,
    own_member,
    reshard,
    until_cluster_settled,
    until_copied,
    until_healed,
    wrong_in_cluster,
)
from tests.live.live_groups import crash, event_messages, explain, signal_node

KEY_COUNT = 1000
READ_COUNT = 500
CRASH_SECONDS_MAX = 0.2
CRASH_COUNT_MAX = 4
NODE_BYTES = 512 * 1024 * 1024
"""What a node of the live tests' type may hold."""
KEY_BYTES_MAX = 256 * 1024 * 1024
HALVES = (range(8192), range(8192, 16384))
"""What the node groups of a cluster of two own."""
LEAVING = range(5462, 8192)
"""What the first of two gives to a third."""
SLOW_KEY_COUNT = 40_000
"""So many in what leaves that their move lasts longer than any look at it."""
GIVEN_UP = "Resharding ended early"


@pytest.mark.parametrize("software", SOFTWARE)
async def test_three_shards_become_five_and_two_and_no_client_sees_it(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    cluster = await make_cluster(shared_elastane, f"resized-{software['Engine']}", 3, 1, **software)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)

    with customers(cluster, keys) as (writers, readers):
        reshard(shared_elastane, cluster, 5)
        more = await until_cluster_settled(shared_elastane, cluster.id, 5, 10)
        await writers[0].write_more()
        reshard(shared_elastane, cluster, 2, remove=["0001", "0003", "0005"])
        fewer = await until_cluster_settled(shared_elastane, cluster.id, 2, 4)
        for each in writers:
            await each.write_more()
        await readers.read_more()

    assert_all_is_right(cluster, keys, writers, readers)
    assert set(more.shards) == {"0001", "0002", "0003", "0004", "0005"}
    assert set(fewer.shards) == {"0002", "0004"}


@pytest.mark.parametrize("software", SOFTWARE)
async def test_replicas_come_and_go_in_every_shard_and_no_client_sees_it(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    cluster = await make_cluster(shared_elastane, f"copied-{software['Engine']}", 3, 0, **software)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)

    with customers(cluster, keys) as (writers, readers):
        resize_shards(shared_elastane, cluster, 2)
        more = await until_cluster_settled(shared_elastane, cluster.id, 3, 9)
        await writers[0].write_more()
        resize_shards(shared_elastane, cluster, 1)
        fewer = await until_cluster_settled(shared_elastane, cluster.id, 3, 6)
        for each in writers:
            await each.write_more()
        await readers.read_more()

    assert_all_is_right(cluster, keys, writers, readers)
    assert all(len({more.zones[node] for node in nodes}) == 3 for nodes in more.shards.values()), f"{more}"
    assert all(len({fewer.zones[node] for node in nodes}) == 2 for nodes in fewer.shards.values()), f"{fewer}"
    assert all(fewer.primary_of(shard) == cluster.shards[shard][0] for shard in fewer.shards)


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_control_plane_that_is_killed_during_a_move_goes_on_with_it(
    elastane: RunningElastane, software: dict[str, Any]
) -> None:
    moments = random.Random(4)
    cluster = await make_cluster(elastane, "resumed", 2, 1, **software)
    keys = fill_cluster(cluster.endpoint, SLOW_KEY_COUNT, in_slots=LEAVING)

    crashes: list[float] = []
    with customers(cluster, keys) as (writers, readers):
        for shard_count in range(3, 8):  # a move that was over before anybody looked is followed by another one
            reshard(elastane, cluster, shard_count)
            moved = 0.0
            while (moved := await until_further(elastane, cluster, moved)) < 90 and len(crashes) < CRASH_COUNT_MAX:
                await crash(elastane, moments, CRASH_SECONDS_MAX)
                crashes.append(moved)
            await until_cluster_settled(elastane, cluster.id, shard_count, 2 * shard_count)
            if len(crashes) > 1:
                break
        for each in writers:
            await each.write_more()
        await readers.read_more()

    assert_all_is_right(cluster, keys, writers, readers)
    assert len(crashes) > 1, f"{crashes}"


@pytest.mark.parametrize("software", SOFTWARE)
async def test_primaries_that_are_killed_during_a_move_lose_no_key_and_the_move_goes_on(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    cluster = await make_cluster(shared_elastane, f"shot-{software['Engine']}", 2, 1, **software)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    await until_copied(cluster, KEY_COUNT)

    with (
        cluster_writing(cluster.endpoint, REDIS_PY) as writers,
        cluster_writing(cluster.endpoint, REDIS_PY, replica_count=1) as careful,
    ):
        reshard(shared_elastane, cluster, 3)
        moved = await until_further(shared_elastane, cluster, 0)
        signal_node(shared_elastane, cluster.primary_of("0001"))
        await until_further(shared_elastane, cluster, moved)
        signal_node(shared_elastane, describe_cluster(shared_elastane, cluster.id).primary_of("0003"))
        after = await until_cluster_settled(shared_elastane, cluster.id, 3, 6)
        await writers.write_more()
        await careful.write_more()

    assert writers.errors == ()
    assert careful.find_lost(cluster.endpoint) == {}
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert sum(len(nodes) for nodes in after.shards.values()) == 6


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_lost_shard_claims_no_slot_before_who_may_have_taken_it_is_heard(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    """The target stands still and has no replica, so it is left alone; then the source dies with slots to give."""
    name = f"unheard-{software['Engine']}"
    layout = [{"NodeGroupId": "0001", "ReplicaCount": 1}, {"NodeGroupId": "0002", "ReplicaCount": 0}]
    order_cluster(shared_elastane, name, 2, NodeGroupConfiguration=layout, **software)
    cluster = await until_cluster_settled(shared_elastane, name, 2, 3)
    source, target = cluster.primary_of("0001"), f"{name}-0003-001"
    keys = fill_cluster(cluster.endpoint, SLOW_KEY_COUNT, in_slots=LEAVING)
    await until_copied(cluster, SLOW_KEY_COUNT)

    reshard(shared_elastane, cluster, 3)
    await until_further(shared_elastane, cluster, 0)
    signal_node(shared_elastane, target, signal.SIGSTOP)
    assert has_slots(cluster.addresses[source], LEAVING), "the move was over before anybody looked"
    signal_node(shared_elastane, source)
    waiting = await eventually(
        lambda: told_to_wait(shared_elastane, name), timeout_seconds=30, message="the source waits for the target"
    )
    signal_node(shared_elastane, target, signal.SIGCONT)
    await until_cluster_settled(shared_elastane, name, 3, 4)

    assert f"{target} may have taken slots over just now and does not answer" in waiting
    assert wrong_in_cluster(cluster.endpoint, keys) == {}


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_target_without_room_ends_a_move_with_an_event_and_every_slot_keeps_one_owner(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    name = f"full-{software['Engine']}"
    cluster = await make_cluster(shared_elastane, name, 2, 0, **software)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    sizes = await fill_with_large(shared_elastane, cluster, HALVES, 6, NODE_BYTES // 10)

    reshard(shared_elastane, cluster, 1, remove=["0002"])
    await eventually(
        lambda: [line for line in event_messages(shared_elastane, name) if line.startswith(GIVEN_UP)],
        timeout_seconds=SETTLING_SECONDS,
        message="the end of the move is told",
    )
    after = await until_cluster_settled(shared_elastane, name, 2, 2)

    assert after.slots == cluster.slots
    assert "shard 0001 has no memory" in event_messages(shared_elastane, name)[-1]
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert large_sizes(cluster, sizes) == sizes


async def test_a_key_too_large_to_be_moved_key_by_key_ends_a_move_with_an_event(
    shared_elastane: RunningElastane,
) -> None:
    cluster = await make_cluster(shared_elastane, "huge", 2, 0, **REDIS)
    keys = fill_cluster(cluster.endpoint, KEY_COUNT)
    sizes = await fill_with_large(shared_elastane, cluster, HALVES[1:], 1, KEY_BYTES_MAX + 1)

    reshard(shared_elastane, cluster, 1, remove=["0002"])
    await eventually(
        lambda: [line for line in event_messages(shared_elastane, "huge") if line.startswith(GIVEN_UP)],
        timeout_seconds=SETTLING_SECONDS,
        message="the end of the move is told",
    )
    await until_cluster_settled(shared_elastane, "huge", 2, 2)

    assert "no more than 268,435,456 are moved" in event_messages(shared_elastane, "huge")[-1]
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
    assert large_sizes(cluster, sizes) == sizes


# --- what these tests do -------------------------------------------------------------------------


def resize_shards(elastane: RunningElastane, cluster: Cluster, replica_count: int) -> None:
    """Increase- or DecreaseReplicaCount for every shard, not waited for."""
    client = elastane.client()
    now = len(describe_cluster(elastane, cluster.id).addresses) // len(cluster.shards) - 1
    change = client.increase_replica_count if replica_count > now else client.decrease_replica_count
    change(ReplicationGroupId=cluster.id, NewReplicaCount=replica_count, ApplyImmediately=True)


def told_to_wait(elastane: RunningElastane, group_id: str) -> str:
    told = explain(elastane, group_id)
    assert "may have taken slots over" in told, told
    return told


async def fill_with_large(
    elastane: RunningElastane, cluster: Cluster, slots: Iterable[range], count: int, size_bytes: int
) -> dict[str, int]:
    """Writes so many keys of zeros into each of these ranges, which costs nobody the sending; answers their sizes.

    Ends when the cluster is available again: an engine that writes so many zeros may not answer for a moment.
    """
    names = [f"large:{number}" for number in range(1000)]
    chosen = [[name for name in names if key_slot(name.encode()) in part][:count] for part in slots]
    sizes = dict.fromkeys((name for some in chosen for name in some), size_bytes)
    with redis_py(cluster.endpoint) as client:
        for key, size in sizes.items():
            client.setrange(key, size - 1, "x")
    await until_healed(elastane, cluster)
    return sizes


def large_sizes(cluster: Cluster, sizes: dict[str, int]) -> dict[str, int]:
    with redis_py(cluster.endpoint) as client:
        return {key: client.strlen(key) for key in sizes}


def has_slots(address: str, slots: range) -> bool:
    """Whether an engine says that it still owns any of these."""
    owned = own_member(cluster_nodes(address))["slots"]
    return any(int(part[0]) < slots.stop and int(part[-1]) >= slots.start for part in owned)


async def until_further(elastane: RunningElastane, cluster: Cluster, percent: float) -> float:
    """Returns how far the move is, once it is further than that, or 100 when it is over."""

    def check() -> float:
        moved = describe_cluster(elastane, cluster.id)
        if moved.moved_percent is None:
            assert moved.status == "available", f"{moved.status}"
            return 100.0
        assert moved.moved_percent > percent, f"{moved.moved_percent} %"
        return moved.moved_percent

    return await eventually(check, timeout_seconds=SETTLING_SECONDS, message="the move goes on")


# --- customers -----------------------------------------------------------------------------------


@contextmanager
def customers(cluster: Cluster, keys: dict[str, str]) -> Iterator[tuple[tuple[Writers, ...], Readers]]:
    """Writers of every library, and a reader of what was there before."""
    kinds: tuple[Kind, ...] = (REDIS_PY, VALKEY_PY)
    some = dict(list(keys.items())[:READ_COUNT])
    with ExitStack() as stack:
        writers = tuple(stack.enter_context(cluster_writing(cluster.endpoint, kind)) for kind in kinds)
        yield writers, stack.enter_context(reading(cluster.endpoint, some, kind=REDIS_PY))


def assert_all_is_right(cluster: Cluster, keys: dict[str, str], writers: tuple[Writers, ...], readers: Readers) -> None:
    assert [each.errors for each in writers] == [()] * len(writers)
    assert (readers.errors, readers.wrong) == ((), ())
    assert [each.find_lost(cluster.endpoint) for each in writers] == [{}] * len(writers)
    assert wrong_in_cluster(cluster.endpoint, keys) == {}
