"""The blows that `failover` and `cluster_failover` strike at a node of a running Elastane, whatever group it is in.

What is asked of the product goes through the AWS API and the command line, as an operator's questions do; a process is
struck through the handle that its identity file leads to.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks import failover_targets
from benchmarks.failover_targets import Blow
from elastane.hosts import pidfd
from tests.kit.elastane import RunningElastane
from tests.live import live_groups

ENVIRONMENT = {
    # A run strikes right after the last one: with the default, a primary that hangs would be waited for a minute.
    "ELASTANE_FAILOVER_INTERVAL_SECONDS": "1",
    "ELASTANE_LIMITS": "test_failovers_per_day=10000",
}
"""What a control plane needs that is struck again and again."""

STRUCK_NODE_GROUP = "0001"


@contextmanager
def kill(elastane: RunningElastane, node: str) -> Iterator[Blow]:
    with _handle(elastane, node) as handle, failover_targets.killed(handle) as blow:
        yield blow


@contextmanager
def hang(elastane: RunningElastane, node: str) -> Iterator[Blow]:
    with _handle(elastane, node) as handle, failover_targets.hanging(handle) as blow:
        yield blow


@contextmanager
def lose_zone(elastane: RunningElastane, zone: str, node: str) -> Iterator[Blow]:
    """The command takes a while to start, so the blow falls when the process of `node` is gone."""
    command = [sys.executable, "-m", "elastane", "fault", "zone", zone, "down"]
    with _handle(elastane, node) as handle:
        process = subprocess.Popen(
            [*command, "--data-dir", elastane.data_dir],
            env=elastane.aws_environment(),
            stdout=subprocess.DEVNULL,
        )
        try:
            struck_at = failover_targets.seen_dead_at(handle)
            yield Blow(struck_at=struck_at, certain_at=struck_at)
        finally:
            assert process.wait() == 0, f"zone {zone} could not be taken down"
            up = live_groups.run_elastane(elastane, "fault", "zone", zone, "up")
            assert up.returncode == 0, up.stderr


@contextmanager
def ask_for_test_failover(elastane: RunningElastane, group_id: str) -> Iterator[Blow]:
    client = elastane.client()
    struck_at = perf_counter()
    client.test_failover(ReplicationGroupId=group_id, NodeGroupId=STRUCK_NODE_GROUP)
    yield Blow(struck_at=struck_at, certain_at=struck_at)


@contextmanager
def _handle(elastane: RunningElastane, node: str) -> Iterator[pidfd.Handle]:
    mark = live_groups.identity_of(elastane, node).process
    assert mark is not None, f"{node} has no process"
    with failover_targets.handle_of(mark) as handle:
        yield handle
