"""A control plane that is killed in the middle of everything: whatever was answered is true in the end (F12).

Each story is a fixed sequence of customers' orders with a SIGKILL at a random moment after some of them. The
seed decides the moments, and a failed story names it.
"""

import random

import pytest

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing
from tests.live.live_groups import (
    Group,
    crash,
    engines_below,
    exists,
    make_group,
    node_directories,
    order_group,
    until_settled,
)

CRASH_SECONDS_MAX = 0.4
CONVERGE_SECONDS = 40


@pytest.mark.parametrize("seed", range(3))
async def test_orders_with_crashes_in_between_are_all_carried_out_and_no_write_is_lost(
    elastane: RunningElastane, seed: int
) -> None:
    moments = random.Random(seed)
    keeper = await make_group(elastane, "keeper", 2, AutomaticFailoverEnabled=False)
    client = elastane.client()

    with writing(keeper.primary_address) as writers:
        await writers.write_more()

        order_group(elastane, "visitor", 2)
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        client.increase_replica_count(ReplicationGroupId="keeper", NewReplicaCount=2, ApplyImmediately=True)
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        keeper = await until_converged(elastane, "keeper", 3, seed)
        chosen = keeper.replica_ids[moments.randrange(2)]
        client.modify_replication_group(ReplicationGroupId="keeper", PrimaryClusterId=chosen, ApplyImmediately=True)
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        await until_converged(elastane, "visitor", 2, seed)
        client.delete_replication_group(ReplicationGroupId="visitor")
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        keeper = await until_converged(elastane, "keeper", 3, seed)
        client.reboot_cache_cluster(CacheClusterId=keeper.replica_ids[0], CacheNodeIdsToReboot=["0001"])
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        keeper = await until_converged(elastane, "keeper", 3, seed)
        client.decrease_replica_count(ReplicationGroupId="keeper", NewReplicaCount=1, ApplyImmediately=True)
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        keeper = await until_converged(elastane, "keeper", 2, seed)
        await eventually(lambda: not exists(elastane, "visitor"), message=f"seed {seed}: the visitor is gone")
        await writers.write_more()

    assert keeper.primary_id == chosen
    assert writers.find_lost(keeper.primary_address) == {}
    assert node_directories(elastane) == set(keeper.node_addresses)
    assert len(engines_below(elastane.data_dir)) == 2


@pytest.mark.parametrize("seed", range(2))
async def test_groups_made_and_deleted_while_the_control_plane_is_killed_leave_nothing_behind(
    elastane: RunningElastane, seed: int
) -> None:
    moments = random.Random(100 + seed)

    for number in range(4):
        order_group(elastane, f"guest{number}", 2)
        if number % 2:
            await crash(elastane, moments, CRASH_SECONDS_MAX)
    await crash(elastane, moments, CRASH_SECONDS_MAX)
    for number in range(4):
        await until_converged(elastane, f"guest{number}", 2, seed)
    for number in range(4):
        elastane.client().delete_replication_group(ReplicationGroupId=f"guest{number}")
        if number % 2:
            await crash(elastane, moments, CRASH_SECONDS_MAX)
    await eventually(
        lambda: not any(exists(elastane, f"guest{number}") for number in range(4)), message=f"seed {seed}: all are gone"
    )

    assert node_directories(elastane) == set()
    assert engines_below(elastane.data_dir) == {}


# --- what these tests do -------------------------------------------------------------------------


async def until_converged(elastane: RunningElastane, group_id: str, node_count: int, seed: int) -> Group:
    try:
        return await until_settled(elastane, group_id, node_count, timeout_seconds=CONVERGE_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}") from error
