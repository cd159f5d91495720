"""The cluster mode of a group that serves: not a key is lost, and no session more than once a change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.kit.asserts import eventually
from tests.kit.cluster_writers import REDIS_PY
from tests.kit.elastane import RunningElastane
from tests.kit.writers import PORT, customer
from tests.live.live_clusters import SOFTWARE, describe_cluster
from tests.live.live_groups import Group, describe, explain, make_group, node_statuses, until_well

NODE_COUNT = 3
CHANGE_SECONDS = 60.0


class Session:
    """One customer without cluster support at one address: writes, remembers what was acknowledged, counts losses."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.acknowledged: dict[str, str] = {}
        self.lost_count = 0
        """Connections that had worked, and broke."""
        self.stop = threading.Event()

    def live(self) -> None:
        number = 0
        while not self.stop.is_set():
            worked = False
            try:
                with redis.Redis(self._address, PORT, retry=Retry(NoBackoff(), 0), decode_responses=True) as client:
                    while not self.stop.is_set():
                        number += 1
                        client.set(f"plain:{number}", str(number))
                        self.acknowledged[f"plain:{number}"] = str(number)
                        worked = True
            except redis.ConnectionError:
                self.lost_count += worked


@contextmanager
def session(address: str) -> Iterator[Session]:
    kept = Session(address)
    thread = threading.Thread(target=kept.live)
    thread.start()
    try:
        yield kept
    finally:
        kept.stop.set()
        thread.join()


async def change(elastane: RunningElastane, group_id: str, mode: str) -> None:
    elastane.client().modify_replication_group(ReplicationGroupId=group_id, ClusterMode=mode, ApplyImmediately=True)

    def check() -> bool:
        group = elastane.client().describe_replication_groups(ReplicationGroupId=group_id)["ReplicationGroups"][0]
        assert (group["ClusterMode"], group["Status"]) == (mode, "available"), elastane.log_tail(group_id)
        return set(node_statuses(elastane, group_id).values()) == {"available"}

    await eventually(check, timeout_seconds=CHANGE_SECONDS, message=f"{group_id} is {mode}")
    await until_well(elastane, group_id)


async def until_written(kept: Session, more: int = 200) -> None:
    target = len(kept.acknowledged) + more
    await eventually(lambda: len(kept.acknowledged) >= target, message="the customer writes on")


@pytest.mark.parametrize("software", SOFTWARE)
async def test_to_cluster_mode_and_back_and_to_it_for_good(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    group: Group = await make_group(shared_elastane, f"changed-{software['Engine']}", NODE_COUNT, **software)
    losses: list[int] = []

    with session(group.primary_address) as kept:
        for mode in ("compatible", "disabled", "compatible"):
            await until_written(kept)
            before = kept.lost_count
            await change(shared_elastane, group.id, mode)
            await until_written(kept)
            losses.append(kept.lost_count - before)
    await change(shared_elastane, group.id, "enabled")

    assert max(losses) <= 1, f"sessions lost in each change: {losses}"
    endpoint = describe_cluster(shared_elastane, group.id).endpoint
    keys = list(kept.acknowledged)
    with REDIS_PY.connect(endpoint, PORT) as client:
        assert REDIS_PY.read(client, keys) == list(kept.acknowledged.values())


async def test_keys_outside_database_0_are_waited_for_and_the_change_can_be_taken_back(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "changed-not", 2)
    with customer(group.primary_address) as client:
        client.execute_command("SELECT", 3)
        client.set("elsewhere", "kept")

    shared_elastane.client().modify_replication_group(
        ReplicationGroupId=group.id, ClusterMode="compatible", ApplyImmediately=True
    )
    await eventually(lambda: "some in database 3" in explain(shared_elastane, group.id), message="it is told why")
    await change(shared_elastane, group.id, "disabled")

    after = describe(shared_elastane, group.id)
    assert (after.primary_id, after.primary_address) == (group.primary_id, group.primary_address)
    with customer(after.primary_address) as client:
        client.execute_command("SELECT", 3)
        assert client.get("elsewhere") in ("kept", b"kept")
