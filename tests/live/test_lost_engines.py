"""Engines that are killed: the group heals by itself, and an empty primary never wipes a replica (F1, F7, F16, F17)."""

from pathlib import Path

import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.writers import customer, writing
from tests.live.disks import full_disk, mounted
from tests.live.live_groups import (
    describe,
    engine_role,
    event_messages,
    explain,
    fill,
    history,
    key_count,
    key_counts,
    make_group,
    pid_of,
    signal_node,
    until_everywhere,
    until_healed,
)

KEY_COUNT = 2000


async def test_a_killed_primary_loses_no_key_and_comes_back_as_a_replica(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "healing", 3)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    killed = signal_node(elastane, group.primary_id)
    healed = await until_healed(elastane, group)

    assert healed.primary_id != group.primary_id
    assert pid_of(elastane, group.primary_id) != killed
    assert set(key_counts(healed).values()) == {KEY_COUNT}
    assert key_count(group.primary_address) == KEY_COUNT
    failover = f"Failover from primary node {group.primary_id} to replica node {healed.primary_id} completed"
    assert failover in event_messages(elastane, "healing")


async def test_a_killed_replica_comes_back_with_all_keys_and_writers_notice_nothing(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "healing", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    (replica,) = group.replica_ids

    with writing(group.primary_address) as writers:
        await writers.write_more(20)
        signal_node(elastane, replica)
        healed = await until_healed(elastane, group)

    assert healed.roles == group.roles
    assert writers.errors == ()
    assert writers.find_lost(healed.primary_address) == {}
    await eventually(lambda: len(set(key_counts(healed).values())) == 1, message="the replica has every key")


async def test_primaries_that_are_killed_five_times_in_a_row_lose_no_key(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "healing", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    primaries = []
    for _ in range(5):
        primaries.append(group.primary_id)
        signal_node(elastane, group.primary_id)
        group = await until_healed(elastane, group)
        assert set(key_counts(group).values()) == {KEY_COUNT}

    assert primaries == [primaries[0], primaries[1], *primaries[:2], primaries[0]]
    assert len(set(primaries)) == 2


async def test_writers_get_on_with_the_new_primary_and_no_write_they_made_there_is_lost(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "healing", 3)

    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        signal_node(elastane, group.primary_id)
        await until_healed(elastane, group)
        before = set(writers.acknowledged)
        await writers.write_more()

    lost = writers.find_lost(group.primary_address)
    assert lost.keys() & (set(writers.acknowledged) - before) == set()
    # Replication is asynchronous: what was acknowledged in the last instant before a SIGKILL may be on no replica.
    assert len(lost) <= 10, f"{len(lost)} of {len(writers.acknowledged)} writes lost"


async def test_when_all_engines_die_at_once_the_group_comes_back_empty_and_says_so(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "emptied", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    for node in group.node_addresses:
        signal_node(elastane, node)
    healed = await until_healed(elastane, group)

    assert key_counts(healed) == dict.fromkeys(group.node_addresses, 0)
    with customer(healed.primary_address) as client:
        assert client.set("after", "the end")
    message = f"Primary node {healed.primary_id} was lost and starts again empty: no node of the group has any data"
    assert event_messages(elastane, "emptied").count(message) == 1
    assert message in explain(elastane, "emptied")


async def test_the_control_plane_and_the_primary_die_together_and_the_restart_promotes_the_replica(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "healing", 3)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    elastane.kill()
    signal_node(elastane, group.primary_id)
    elastane.start()
    healed = await until_healed(elastane, group)

    assert healed.primary_id != group.primary_id
    assert set(key_counts(healed).values()) == {KEY_COUNT}
    assert key_count(group.primary_address) == KEY_COUNT


async def test_while_no_control_plane_runs_a_killed_primary_stays_down_and_a_replica_keeps_the_keys(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "waiting", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    (replica,) = group.replica_ids

    elastane.stop()
    signal_node(elastane, group.primary_id)
    await eventually(lambda: is_refused(group.primary_address), message="the primary endpoint is closed")

    assert key_count(group.node_addresses[replica]) == KEY_COUNT
    elastane.start()
    assert (await until_healed(elastane, group)).primary_id == replica


async def test_a_primary_that_cannot_be_started_again_does_not_keep_a_replica_from_being_promoted(
    tmp_path: Path,
) -> None:
    nodes_disk = tmp_path / "data" / "nodes"
    with mounted(nodes_disk), running_elastane(tmp_path / "data") as elastane:
        group = await make_group(elastane, "crippled", 2)
        fill(group.primary_address, KEY_COUNT)
        await until_everywhere(group, KEY_COUNT)
        (replica,) = group.replica_ids

        with full_disk(nodes_disk):
            signal_node(elastane, group.primary_id)
            await eventually(
                lambda: engine_role(group.primary_address) == "primary", message="the primary endpoint answers again"
            )
            assert key_count(group.primary_address) == KEY_COUNT
            assert describe(elastane, "crippled").primary_id == replica
            assert "is full" in explain(elastane, "crippled")
        # The control plane waits longer after every failure, up to half a minute; a restarted one looks at once.
        elastane.restart()
        await until_healed(elastane, group)


async def test_a_lonely_cache_that_is_killed_comes_back_writable(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "lonely", 1)
    fill(group.primary_address, 10)

    signal_node(elastane, group.primary_id)
    healed = await until_healed(elastane, group)

    assert key_counts(healed) == {group.primary_id: 0}
    with customer(group.primary_address) as client:
        assert client.set("after", "the end")
    message = f"Primary node {group.primary_id} was lost and starts again empty: no node of the group has any data"
    assert history(elastane, group)[-4:] == [
        (group.primary_id, "Recovering cache nodes 0001"),
        (group.primary_id, message),
        ("lonely", message),
        (group.primary_id, "Finished recovery for cache nodes 0001"),
    ]


# --- what these tests ask ------------------------------------------------------------------------


def is_refused(address: str) -> bool:
    try:
        with customer(address) as client:
            return not client.ping()
    except redis.ConnectionError:
        return True
