"""What a customer sends to the engines cannot take a group out of our hands (F25)."""

import contextlib
from typing import Any

import pytest
import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import customer
from tests.live.live_groups import (
    control_user,
    describe,
    event_messages,
    explain,
    fill,
    lives,
    make_group,
    signal_node,
    until_everywhere,
    until_failed_over,
    until_settled,
    until_well,
)

RESTRICTED = (
    ("CONFIG", "SET", "maxmemory", "1"),
    ("CONFIG", "GET", "masterauth"),
    ("REPLICAOF", "NO", "ONE"),
    ("SLAVEOF", "127.0.0.1", "6379"),
    ("SHUTDOWN", "NOSAVE"),
    ("FAILOVER",),
    ("MODULE", "LIST"),
    ("ACL", "SETUSER", "intruder", "on", "nopass", "+@all"),
    ("SAVE",),
    ("BGSAVE",),
    ("BGREWRITEAOF",),
    ("CLIENT", "PAUSE", "100000"),
    ("CLUSTER", "RESET"),
    ("REPLCONF", "ACK", "0"),
    ("SYNC",),
)


async def test_the_restricted_commands_are_refused_at_every_address_of_a_group(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "guarded", 2)
    before = lives(shared_elastane, group)

    for address in (group.primary_address, group.reader_address, *group.node_addresses.values()):
        with customer(address) as client:
            for command in RESTRICTED:
                with pytest.raises(redis.exceptions.NoPermissionError):
                    client.execute_command(*command)
            # Refused even before the customer's rights are looked at.
            with pytest.raises(redis.ResponseError, match="DEBUG command not allowed"):
                client.execute_command("DEBUG", "SEGFAULT")

    assert lives(shared_elastane, group) == before


async def test_customers_who_kill_every_connection_do_not_stop_us_from_healing(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "quarrel", 2)
    fill(group.primary_address, 100)
    before = lives(shared_elastane, group)

    for _ in range(3):
        for address in group.node_addresses.values():
            kill_connections(address)
    settled = await until_settled(shared_elastane, "quarrel", 2)

    assert lives(shared_elastane, group) == before
    await until_everywhere(settled, 100)
    signal_node(shared_elastane, group.primary_id)
    await until_failed_over(shared_elastane, group)


async def test_a_customer_who_flushes_everything_gets_an_empty_group_that_still_fails_over(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "flushed", 2)
    fill(group.primary_address, 100)
    await until_everywhere(group, 100)
    before = lives(shared_elastane, group)

    with customer(group.primary_address) as client:
        assert client.flushall()

    await until_everywhere(group, 0)
    assert lives(shared_elastane, group) == before
    fill(group.primary_address, 50)
    await until_everywhere(group, 50)
    signal_node(shared_elastane, group.primary_id)
    after = await until_failed_over(shared_elastane, group)
    await until_everywhere(after, 50)


async def test_a_cache_that_is_filled_to_its_memory_limit_stays_in_our_hands(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "brimful", 1)
    before = lives(shared_elastane, group)

    with customer(group.primary_address) as client:
        limit_bytes = int(client.info("memory")["maxmemory"])
        fill_to_the_brim(client, limit_bytes)

        used_bytes = int(client.info("memory")["used_memory"])
        assert used_bytes > 0.9 * limit_bytes
        with pytest.raises(redis.OutOfMemoryError):
            client.set("one more", "x" * 4_000_000)

    assert await until_settled(shared_elastane, "brimful", 1) == group
    assert lives(shared_elastane, group) == before


async def test_a_script_that_never_ends_is_waited_for_and_can_be_killed_by_its_customer(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "scripted", 2)
    before = lives(shared_elastane, group)
    with customer(group.primary_address) as stuck, customer(group.primary_address) as helper:
        connection = stuck.connection_pool.get_connection()
        connection.send_command("EVAL", "while true do end", "0")

        await eventually(lambda: is_killed(helper), timeout_seconds=20, message="the script is killed")
        connection.disconnect()

    assert await until_settled(shared_elastane, "scripted", 2) == group
    assert lives(shared_elastane, group) == before


async def test_a_control_user_that_lost_a_right_is_found_at_its_next_connection_and_told(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "disarmed", 2)
    before = lives(shared_elastane, group)
    (replica,) = group.replica_ids
    with control_user(shared_elastane, replica, group.node_addresses[replica]) as control:
        control.execute_command("ACL", "SETUSER", "elastane", "-failover")
        with customer(group.node_addresses[replica]) as client:
            client.execute_command("CLIENT", "KILL", "USER", "elastane")
        told = f"Attention: the control user may not use failover on {replica}, which a failover needs"
        await eventually(lambda: told in event_messages(shared_elastane, "disarmed"), message="what is missing is told")
        assert "may not use failover" in explain(shared_elastane, "disarmed")
        assert describe(shared_elastane, "disarmed").status == "modifying"

        control.execute_command("ACL", "SETUSER", "elastane", "+failover")
        with customer(group.node_addresses[replica]) as client:
            client.execute_command("CLIENT", "KILL", "USER", "elastane")
    await until_well(shared_elastane, "disarmed")

    assert await until_settled(shared_elastane, "disarmed", 2) == group
    assert lives(shared_elastane, group) == before


# --- what these tests do -------------------------------------------------------------------------


def kill_connections(address: str) -> None:
    """All but the customer's own: the control plane's and the replicas' among them."""
    with customer(address) as client:
        for kind in ("normal", "replica", "master", "pubsub"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def fill_to_the_brim(client: Any, limit_bytes: int) -> None:
    """Values that no policy of the default parameter group may evict: they have no time to live."""
    value = "x" * 4_000_000
    with contextlib.suppress(redis.OutOfMemoryError):
        for number in range(2 * limit_bytes // len(value)):
            client.set(f"ballast:{number}", value)


def is_killed(helper: Any) -> bool:
    try:
        return bool(helper.execute_command("SCRIPT", "KILL"))
    except redis.ResponseError as error:
        return "NOTBUSY" not in str(error) and not isinstance(error, redis.exceptions.NoScriptError)
