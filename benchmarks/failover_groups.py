"""A replication group of a running Elastane, to be struck: three nodes in three zones, failing over by themselves.

Called by `failover`. What is asked of the product goes through the AWS API and the command line, as an operator's
questions do; a process is struck through the handle that its identity file leads to.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import redis

from benchmarks import failover_targets
from benchmarks.control_plane import NODE_TYPE, seconds_until
from benchmarks.failover_targets import (
    NODE_COUNT,
    PORT,
    SOCKET_TIMEOUT_SECONDS,
    Blow,
    ask,
    find_settled_primary,
    wait_until,
)
from elastane.engines.discovery import EngineBinary
from elastane.hosts import pidfd
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live import live_groups

GROUP_ID = "sessions"
ENVIRONMENT = {
    # A run strikes right after the last one: with the default, a primary that hangs would be waited for a minute.
    "ELASTANE_FAILOVER_INTERVAL_SECONDS": "1",
    "ELASTANE_LIMITS": "test_failovers_per_day=10000",
}
VALUE_BYTES = 100_000


class ElastaneGroup:
    """The group, with the control plane that watches it. Made by `elastane_group`."""

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

    @contextmanager
    def kill_primary(self) -> Iterator[Blow]:
        with self._handle(self.find_primary()) as handle, failover_targets.killed(handle) as blow:
            yield blow

    @contextmanager
    def hang_primary(self) -> Iterator[Blow]:
        with self._handle(self.find_primary()) as handle, failover_targets.hanging(handle) as blow:
            yield blow

    @contextmanager
    def lose_zone_of_primary(self) -> Iterator[Blow]:
        """The command takes a while to start, so the blow falls when the primary's process is gone."""
        primary = self.find_primary()
        zone = self._zone_of(primary)
        command = [sys.executable, "-m", "elastane", "fault", "zone", zone, "down"]
        with self._handle(primary) as handle:
            process = subprocess.Popen(
                [*command, "--data-dir", self._elastane.data_dir],
                env=self._elastane.aws_environment(),
                stdout=subprocess.DEVNULL,
            )
            try:
                struck_at = failover_targets.seen_dead_at(handle)
                yield Blow(struck_at=struck_at, certain_at=struck_at)
            finally:
                assert process.wait() == 0, f"zone {zone} could not be taken down"
                up = live_groups.run_elastane(self._elastane, "fault", "zone", zone, "up")
                assert up.returncode == 0, up.stderr

    @contextmanager
    def ask_for_test_failover(self) -> Iterator[Blow]:
        client = self._elastane.client()
        struck_at = perf_counter()
        client.test_failover(ReplicationGroupId=GROUP_ID, NodeGroupId="0001")
        yield Blow(struck_at=struck_at, certain_at=struck_at)

    def fill(self, bytes_count: int) -> None:
        """Values that no engine can compress."""
        with self.connect() as client, Path("/dev/urandom").open("rb") as random:
            for number in range(bytes_count // VALUE_BYTES):
                client.set(f"value-{number}", random.read(VALUE_BYTES))

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

    def _zone_of(self, node: str) -> str:
        answer = self._elastane.client().describe_replication_groups(ReplicationGroupId=GROUP_ID)
        members = answer["ReplicationGroups"][0]["NodeGroups"][0]["NodeGroupMembers"]
        return next(str(member["PreferredAvailabilityZone"]) for member in members if member["CacheClusterId"] == node)

    @contextmanager
    def _handle(self, node: str) -> Iterator[pidfd.Handle]:
        mark = live_groups.identity_of(self._elastane, node).process
        assert mark is not None, f"{node} has no process"
        with failover_targets.handle_of(mark) as handle:
            yield handle


@contextmanager
def elastane_group(binary: EngineBinary, data_dir: Path) -> Iterator[ElastaneGroup]:
    """One that is settled, and a control plane of its own."""
    with running_elastane(data_dir, environment=ENVIRONMENT) as elastane:
        live_groups.order_group(
            elastane,
            GROUP_ID,
            NODE_COUNT,
            Engine=binary.engine,
            EngineVersion=".".join(binary.version.split(".")[:2]),
            CacheNodeType=NODE_TYPE,
            MultiAZEnabled=True,
        )
        seconds_until(lambda: _is_created(elastane), began_at=perf_counter(), log=elastane.log)
        group = ElastaneGroup(elastane)
        group.wait_until_settled()
        yield group


def _is_created(elastane: RunningElastane) -> bool:
    return live_groups.describe(elastane, GROUP_ID).status == "available"
