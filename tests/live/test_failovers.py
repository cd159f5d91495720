"""A primary that is killed: the best replica takes over, and what was lost is told and rebuilt (F1, F9, F12)."""

import random
import shutil
from typing import Any

import pytest

from tests.kit.elastane import RunningElastane
from tests.kit.writers import customer, writing
from tests.live.live_groups import (
    control_user,
    crash,
    engine_role,
    fill,
    full_sync_count,
    history,
    key_count,
    key_counts,
    make_group,
    primaries_followed,
    signal_node,
    until_everywhere,
    until_failed_over,
    until_healed,
)

KEY_COUNT = 1000
CRASH_SECONDS_MAX = 0.25
"""A failover is over by then, so that crashes fall before, into and after it."""

VALKEY = {"Engine": "valkey"}
REDIS = {"Engine": "redis", "EngineVersion": "7.0"}
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server on PATH")


@pytest.mark.parametrize(
    ("software", "node_count"),
    [
        pytest.param(VALKEY, 2, id="valkey-2"),
        pytest.param(VALKEY, 3, id="valkey-3"),
        pytest.param(REDIS, 2, id="redis-2", marks=needs_redis),
        pytest.param(REDIS, 3, id="redis-3", marks=needs_redis),
    ],
)
async def test_a_killed_primary_is_replaced_and_rebuilt_where_it_was(
    shared_elastane: RunningElastane, software: dict[str, Any], node_count: int
) -> None:
    group = await make_group(shared_elastane, f"{software['Engine']}-{node_count}", node_count, **software)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    told = len(history(shared_elastane, group))

    with writing(group.primary_address) as writers, writing(group.primary_address, replica_count=1) as careful:
        await writers.write_more()
        await careful.write_more(10)
        signal_node(shared_elastane, group.primary_id)
        after = await until_failed_over(shared_elastane, group)
        await writers.write_more()
        await careful.write_more(10)

    # Replication is asynchronous: what was acknowledged in the instant of the kill may have reached no replica.
    assert writers.find_lost(group.primary_address).keys() <= writers.in_flight
    assert careful.find_lost(group.primary_address) == {}
    assert (after.zones, after.node_addresses) == (group.zones, group.node_addresses)
    assert primaries_followed(after) == {after.node_addresses[after.primary_id]}
    await until_everywhere(after, key_count(group.primary_address))
    # One copy, for the node that came back empty: the others went on from where they were.
    assert full_sync_count(group.primary_address) == 1
    failover = f"Failover from primary node {group.primary_id} to replica node {after.primary_id} completed"
    assert history(shared_elastane, group)[told:] == [
        (after.primary_id, failover),
        (group.id, failover),
        (group.primary_id, "Recovering cache nodes 0001"),
        (group.primary_id, "Finished recovery for cache nodes 0001"),
    ]


async def test_the_replica_with_the_most_data_is_promoted_whatever_its_name(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "ranked", 3)
    behind, ahead = sorted(group.replica_ids)
    fill(group.primary_address, 10)
    await until_everywhere(group, 10)

    elastane.stop()
    with control_user(elastane, behind, group.node_addresses[behind]) as control:
        control.execute_command("REPLICAOF", group.node_addresses[behind], 1)
    with customer(group.primary_address) as client:
        client.set("last", "word")
        assert client.wait(1, 5000) == 1
    signal_node(elastane, group.primary_id)
    elastane.start()
    after = await until_healed(elastane, group)

    assert after.primary_id == ahead
    assert key_counts(after) == dict.fromkeys(group.node_addresses, 11)


async def test_with_automatic_failover_off_the_node_is_rebuilt_first_and_the_data_is_kept(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "by-hand", 2, AutomaticFailoverEnabled=False)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    told = len(history(shared_elastane, group))

    with writing(group.primary_address) as writers, writing(group.primary_address, replica_count=1) as careful:
        await writers.write_more()
        await careful.write_more(10)
        signal_node(shared_elastane, group.primary_id)
        after = await until_failed_over(shared_elastane, group)

    assert writers.find_lost(group.primary_address).keys() <= writers.in_flight
    assert careful.find_lost(group.primary_address) == {}
    await until_everywhere(after, key_count(group.primary_address))
    failover = f"Failover from primary node {group.primary_id} to replica node {after.primary_id} completed"
    first = f"Attention: automatic failover is disabled: the lost primary {group.primary_id} is rebuilt first"
    assert history(shared_elastane, group)[told:] == [
        ("by-hand", first),
        (group.primary_id, "Recovering cache nodes 0001"),
        (after.primary_id, failover),
        ("by-hand", failover),
        (group.primary_id, "Finished recovery for cache nodes 0001"),
    ]


async def test_a_control_plane_that_is_killed_during_failovers_changes_nothing_about_them(
    elastane: RunningElastane,
) -> None:
    moments = random.Random(2611)
    group = await make_group(elastane, "crashing", 3)

    with writing(group.primary_address, replica_count=1) as careful:
        for _ in range(5):
            await careful.write_more(10)
            signal_node(elastane, group.primary_id)
            await crash(elastane, moments, CRASH_SECONDS_MAX)
            group = await until_failed_over(elastane, group)
            assert primaries_followed(group) == {group.node_addresses[group.primary_id]}
        await careful.write_more(10)

    assert careful.find_lost(group.primary_address) == {}
    assert engine_role(group.primary_address) == "primary"
    failovers = [message for _, message in history(elastane, group) if message.startswith("Failover from")]
    assert len(failovers) == 2 * 5, f"{failovers}"
