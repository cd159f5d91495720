"""TestFailover under load, and what pooled customers see of a primary that changes (F9, F27)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import PORT, writing
from tests.live.live_groups import (
    ask_for_primary,
    describe,
    fill,
    full_sync_count,
    history,
    key_count,
    make_group,
    pid_of,
    primaries_followed,
    until_everywhere,
    until_failed_over,
)

KEY_COUNT = 1000
POOL_SIZE = 4
CHANNEL = "news"


async def test_a_test_failover_loses_no_write_and_tells_its_five_events_while_the_group_stays_available(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "tested", 3)
    fill(group.primary_address, KEY_COUNT)
    await until_everywhere(group, KEY_COUNT)
    pid, told = pid_of(shared_elastane, group.primary_id), len(history(shared_elastane, group))
    copies = {node: full_sync_count(address) for node, address in group.node_addresses.items()}

    with writing(group.primary_address, writer_count=4) as writers:
        await writers.write_more()
        with watching_status(shared_elastane, "tested") as statuses:
            shared_elastane.client().test_failover(ReplicationGroupId="tested", NodeGroupId="0001")
            await eventually(lambda: pid_of(shared_elastane, group.primary_id) != pid, message="the node is built anew")
            after = await until_failed_over(shared_elastane, group)
        await writers.write_more()

    assert writers.find_lost(group.primary_address) == {}
    assert set(statuses) == {"available"}
    assert (after.zones, after.node_addresses) == (group.zones, group.node_addresses)
    assert primaries_followed(after) == {after.node_addresses[after.primary_id]}
    await until_everywhere(after, key_count(group.primary_address))
    # One copy, for the node that was built anew: the untouched replica went on from where it was.
    assert full_sync_count(group.primary_address) == copies[after.primary_id] + 1
    failover = f"Failover from primary node {group.primary_id} to replica node {after.primary_id} completed"
    assert history(shared_elastane, group)[told:] == [
        ("tested", "Test Failover API called for node group 0001"),
        (after.primary_id, failover),
        ("tested", failover),
        (group.primary_id, "Recovering cache nodes 0001"),
        (group.primary_id, "Finished recovery for cache nodes 0001"),
    ]


async def test_no_connection_of_a_pool_stays_at_the_old_primary_and_subscribers_come_back(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "pooled", 2, AutomaticFailoverEnabled=False)
    (chosen,) = group.replica_ids
    # As applications make it, with redis-py's own retries.
    client: Any = redis.Redis(group.primary_address, PORT, decode_responses=True)
    with client, client.pubsub(ignore_subscribe_messages=True) as subscriber:
        pool = client.connection_pool
        subscriber.subscribe(CHANNEL)
        await eventually(lambda: is_heard(client, subscriber, "before"), message="the subscriber hears something")
        connections = [pool.get_connection() for _ in range(POOL_SIZE)]
        old_run_ids = set(map(run_id_through, connections))

        ask_for_primary(shared_elastane, "pooled", chosen)
        await until_failed_over(shared_elastane, group)
        for connection in connections:
            pool.release(connection)

        # Each is taken once: a dead one is opened again, at the address that has moved, and none says READONLY.
        connections = [pool.get_connection() for _ in range(POOL_SIZE)]
        assert old_run_ids.isdisjoint(map(run_id_through, connections))
        for connection in connections:
            pool.release(connection)
        assert client.set("after", "the end")
        await eventually(lambda: is_heard(client, subscriber, "after"), message="the subscriber hears something again")


# --- what these tests do and ask -----------------------------------------------------------------


@contextmanager
def watching_status(elastane: RunningElastane, group_id: str) -> Iterator[list[str]]:
    """Every status that DescribeReplicationGroups answers meanwhile, asked as fast as it answers."""
    statuses: list[str] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            statuses.append(describe(elastane, group_id).status)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield statuses
    finally:
        is_over.set()
        thread.join()


def run_id_through(connection: Any) -> str:
    connection.send_command("INFO", "server")
    answer = str(connection.read_response())
    return next(line for line in answer.splitlines() if line.startswith("run_id:"))


def is_heard(client: Any, subscriber: Any, word: str) -> bool:
    client.publish(CHANNEL, word)
    message = subscriber.get_message(timeout=0.1)
    return message is not None and message["data"] == word
