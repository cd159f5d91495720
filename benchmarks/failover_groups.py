"""A replication group of a running Elastane, to be struck: three nodes in three zones, failing over by themselves.

Called by `failover`. The blows themselves are in `failover_strikes`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import redis

from benchmarks import failover_strikes, large_values
from benchmarks.control_plane import NODE_TYPE, seconds_until
from benchmarks.failover_targets import (
    NO_HASH_TAG,
    NODE_COUNT,
    PORT,
    SOCKET_TIMEOUT_SECONDS,
    Blow,
    ask,
    find_settled_primary,
    wait_until,
)
from elastane.engines.discovery import EngineBinary
from elastane.model.versions import minor_version
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live import live_groups

GROUP_ID = "sessions"


class ElastaneGroup:
    """The group, with the control plane that watches it. Made by `elastane_group`."""

    hash_tag = NO_HASH_TAG

    def __init__(self, elastane: RunningElastane) -> None:
        self._elastane = elastane
        group = live_groups.describe(elastane, GROUP_ID)
        self.addresses = group.node_addresses
        self._endpoint = group.primary_address

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """As redis-py's first page does it; its retries are those it has by itself."""
        client = redis.Redis(
            host=self._endpoint, port=PORT, socket_timeout=SOCKET_TIMEOUT_SECONDS, decode_responses=True
        )
        with closing(client):
            yield client

    def find_primary(self) -> str:
        """As DescribeReplicationGroups says."""
        return live_groups.describe(self._elastane, GROUP_ID).primary_id

    def log(self) -> str:
        return self._elastane.log()

    def wait_until_settled(self) -> None:
        """The API calls the group and every node available, and the engines agree with it."""
        wait_until(self._is_settled, self.log)

    def kill_primary(self) -> AbstractContextManager[Blow]:
        return failover_strikes.kill(self._elastane, self.find_primary())

    def hang_primary(self) -> AbstractContextManager[Blow]:
        return failover_strikes.hang(self._elastane, self.find_primary())

    def lose_zone_of_primary(self) -> AbstractContextManager[Blow]:
        group = live_groups.describe(self._elastane, GROUP_ID)
        return failover_strikes.lose_zone(self._elastane, group.zones[group.primary_id], group.primary_id)

    def ask_for_test_failover(self) -> AbstractContextManager[Blow]:
        return failover_strikes.ask_for_test_failover(self._elastane, GROUP_ID)

    def fill(self, bytes_count: int) -> None:
        with self.connect() as client:
            large_values.fill(client, bytes_count)

    def seconds_to_rebuild_primary(self) -> float:
        """From the death of the primary until its node is back and in sync, with everything its successor has."""
        before = self.find_primary()
        with self.kill_primary() as blow:
            seconds = seconds_until(lambda: self._is_rebuilt(before), began_at=blow.struck_at, log=self.log)
        assert len({self._key_count(node) for node in self.addresses}) == 1, "a node in sync has other data"
        return seconds

    def _is_settled(self) -> bool:
        group = live_groups.describe(self._elastane, GROUP_ID)
        statuses = live_groups.node_statuses(self._elastane, GROUP_ID)
        is_available = group.status == "available" and set(statuses.values()) == {"available"}
        return is_available and find_settled_primary(self.addresses) == group.primary_id

    def _is_rebuilt(self, node: str) -> bool:
        primary = find_settled_primary(self.addresses)
        return primary is not None and primary != node

    def _key_count(self, node: str) -> int:
        with ask(self.addresses[node]) as client:
            return int(client.dbsize())


@contextmanager
def elastane_group(binary: EngineBinary, data_dir: Path) -> Iterator[ElastaneGroup]:
    """One that is settled, and a control plane of its own."""
    with running_elastane(data_dir, environment=failover_strikes.ENVIRONMENT) as elastane:
        live_groups.order_group(
            elastane,
            GROUP_ID,
            NODE_COUNT,
            Engine=binary.engine,
            EngineVersion=minor_version(binary.version),
            CacheNodeType=NODE_TYPE,
            MultiAZEnabled=True,
        )
        seconds_until(lambda: _is_created(elastane), began_at=perf_counter(), log=elastane.log)
        group = ElastaneGroup(elastane)
        group.wait_until_settled()
        yield group


def _is_created(elastane: RunningElastane) -> bool:
    return live_groups.describe(elastane, GROUP_ID).status == "available"
