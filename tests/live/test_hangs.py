"""Engines that hang: killed before anybody takes over, damped, and never the last copy (F6, F7, F18)."""

import os
import signal

import pytest
import redis

from elastane.hosts.identity import is_alive
from elastane.reconcile.patience import IDLE_SECONDS
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import customer, writing
from tests.live.live_groups import (
    describe,
    engine_role,
    event_messages,
    explain,
    fill,
    history,
    holder_of,
    identity_of,
    key_count,
    key_counts,
    let_pass,
    lives,
    make_group,
    pid_of,
    run_elastane,
    signal_node,
    until_everywhere,
    until_failed_over,
    until_healed,
    until_well,
)

KEY_COUNT = 1000
PAUSE_SECONDS = 3.0
SEEN_SECONDS = 2 * IDLE_SECONDS
"""Whatever lasts so long was seen by a pass, although nobody rang for one."""
LATER_SECONDS = 0.8
"""Longer than it takes to call an engine dead, and shorter than a control plane rests that has been paused."""


async def test_a_primary_that_hangs_is_killed_and_replaced_and_cannot_be_resumed(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "hanging", 3)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    told = len(history(shared_elastane, group))
    hung = identity_of(shared_elastane, group.primary_id).process
    assert hung is not None

    with writing(group.primary_address) as writers, writing(group.primary_address, replica_count=1) as careful:
        await writers.write_more()
        await careful.write_more(10)
        with customer(group.node_addresses[group.primary_id]) as client:
            connection = client.connection_pool.get_connection()
            fault = run_elastane(shared_elastane, "fault", "hang", group.primary_id)
            connection.send_command("SET", "late", "never said OK to")
            after = await until_failed_over(shared_elastane, group)
            with pytest.raises(redis.ConnectionError):
                connection.read_response()
        await writers.write_more()
        await careful.write_more(10)

    assert fault.stdout == f"{group.primary_id} (pid {hung.pid}) hangs now.\n", fault.stderr
    assert not is_alive(hung), "a process that is gone is nothing that a SIGCONT could bring back"
    with customer(group.primary_address) as client:
        assert client.get("late") is None
    assert writers.find_lost(group.primary_address).keys() <= writers.in_flight
    assert careful.find_lost(group.primary_address) == {}
    await until_everywhere(after, key_count(group.primary_address))
    failover = f"Failover from primary node {group.primary_id} to replica node {after.primary_id} completed"
    assert history(shared_elastane, group)[told:] == [
        (after.primary_id, failover),
        ("hanging", failover),
        (group.primary_id, "Recovering cache nodes 0001"),
        (group.primary_id, "Finished recovery for cache nodes 0001"),
    ]


async def test_a_replica_that_hangs_is_rebuilt_and_the_reader_endpoint_moves_meanwhile(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "dozing", 3)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    before = lives(shared_elastane, group)
    reader = holder_of(group, group.reader_address)

    with writing(group.primary_address) as writers:
        signal_node(shared_elastane, reader, signal.SIGSTOP)
        await eventually(
            lambda: pid_of(shared_elastane, reader) != before[reader].pid, message="the replica is built anew"
        )
        after = await until_healed(shared_elastane, group)

    assert after.roles == group.roles
    assert holder_of(group, group.reader_address) != reader
    assert engine_role(group.reader_address) == "replica"
    assert writers.errors == ()
    await until_everywhere(after, key_count(group.primary_address))


async def test_a_second_hang_within_the_interval_is_held_back_and_told_and_a_death_is_not(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "flapping", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    signal_node(shared_elastane, group.primary_id, signal.SIGSTOP)
    second = await until_failed_over(shared_elastane, group)
    before = lives(shared_elastane, second)
    signal_node(shared_elastane, second.primary_id, signal.SIGSTOP)
    held_back = f"Attention: the primary {second.primary_id} hangs; failover number 1 was at"
    await eventually(
        lambda: any(line.startswith(held_back) for line in event_messages(shared_elastane, "flapping")),
        message="that it is held back is told",
    )
    assert "so the next may come at" in explain(shared_elastane, "flapping")
    assert describe(shared_elastane, "flapping").status == "modifying"
    killed = signal_node(shared_elastane, second.primary_id)
    third = await until_failed_over(shared_elastane, second)

    assert killed == before[second.primary_id].pid, "the control plane had left it alone"
    assert third.primary_id == group.primary_id
    assert key_counts(third) == dict.fromkeys(group.node_addresses, KEY_COUNT)


async def test_a_primary_that_hangs_without_a_replica_that_has_its_data_is_left_alone(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "last-copy", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    before = lives(shared_elastane, group)
    (replica,) = group.replica_ids

    signal_node(shared_elastane, group.primary_id, signal.SIGSTOP)
    signal_node(shared_elastane, replica)
    left_alone = f"Attention: the primary {group.primary_id} hangs, and no replica that answers"
    await eventually(
        lambda: any(line.startswith(left_alone) for line in event_messages(shared_elastane, "last-copy")),
        message="that it is left alone is told",
    )
    signal_node(shared_elastane, group.primary_id, signal.SIGCONT)
    after = await until_healed(shared_elastane, group)

    assert after.roles == group.roles
    assert lives(shared_elastane, after)[group.primary_id] == before[group.primary_id]
    await until_everywhere(after, KEY_COUNT)


async def test_a_primary_that_hangs_after_its_last_key_is_gone_is_replaced_too(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "emptied", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    await let_pass(SEEN_SECONDS)
    told = len(history(shared_elastane, group))

    with customer(group.primary_address) as client:
        client.flushall()
    await until_everywhere(group, 0)
    await let_pass(SEEN_SECONDS)
    signal_node(shared_elastane, group.primary_id, signal.SIGSTOP)
    after = await until_failed_over(shared_elastane, group)

    failover = f"Failover from primary node {group.primary_id} to replica node {after.primary_id} completed"
    assert history(shared_elastane, group)[told : told + 2] == [(after.primary_id, failover), ("emptied", failover)]


async def test_a_control_plane_that_starts_while_the_primary_hangs_fails_over_too(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "returning", 2)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)

    elastane.kill()
    signal_node(elastane, group.primary_id, signal.SIGSTOP)
    elastane.start()
    after = await until_failed_over(elastane, group)

    assert key_counts(after) == dict.fromkeys(group.node_addresses, KEY_COUNT)


async def test_a_control_plane_that_was_paused_fails_nobody_over_paused_with_it_or_not(
    elastane: RunningElastane,
) -> None:
    awake = await make_group(elastane, "awake", 2)
    asleep = await make_group(elastane, "asleep", 2)
    before = lives(elastane, awake) | lives(elastane, asleep)

    with writing(awake.primary_address) as writers:
        os.kill(elastane.pid, signal.SIGSTOP)
        signal_node(elastane, asleep.primary_id, signal.SIGSTOP)
        await let_pass(PAUSE_SECONDS)
        os.kill(elastane.pid, signal.SIGCONT)
        await eventually(lambda: "unsteady reason=" in elastane.log(), message="the control plane knows that it slept")
        await let_pass(LATER_SECONDS)
        signal_node(elastane, asleep.primary_id, signal.SIGCONT)
        await until_well(elastane, "awake")
        await until_well(elastane, "asleep")

    assert lives(elastane, awake) | lives(elastane, asleep) == before
    assert writers.errors == ()
    assert writers.find_lost(awake.primary_address) == {}
    assert not [message for message in event_messages(elastane) if message.startswith(("Failover", "Recovering"))]
