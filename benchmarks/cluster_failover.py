"""How long a shard of a cluster is without a primary: Elastane beside engines that fail over by their own vote.

    python -m benchmarks.cluster_failover --runs 20 --engine-runs 10

The first shard's primary is struck again and again, in clusters of one, two, three and five shards with a replica each.
Four writers with a `redis.RedisCluster` of their own write to that shard all the time; rows, runs and probes are those
of `failover`, and so is what they mean. The engines alone have `cluster-node-timeout 1000` and three or five shards:
with fewer there is no majority to vote without the dead primary, and they would wait for ever.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import command
from benchmarks.cluster_engines import EngineCluster, engine_cluster
from benchmarks.cluster_groups import ElastaneCluster, elastane_cluster
from benchmarks.control_plane import engines_here
from benchmarks.failover import AFTER_A_DEATH, AFTER_A_HANG, RUN_COUNT, WHEN_PLANNED, Scenario, rows
from benchmarks.tables import Report, Row
from elastane.engines.discovery import EngineBinary

SHARD_COUNTS = (1, 2, 3, 5)
STRUCK_IN_EVERY_WAY = 3
"""A cluster of so many shards is not only struck by a kill."""
VOTING_MIN = 3
"""Shards: with fewer the engines alone never elect anybody."""


def measure(shard_counts: Sequence[int], run_count: int, engine_run_count: int) -> Report:
    binary = engines_here()[0]
    found: list[Row] = []
    for shard_count in shard_counts:
        found += _rows_of_elastane(binary, shard_count, run_count)
        if shard_count >= VOTING_MIN:
            found += _rows_of_engines(binary, shard_count, engine_run_count)
    return Report(
        title=f"Failover of a shard under writes: {binary.engine} {binary.version}, a primary and a replica each",
        rows=tuple(found),
    )


def _rows_of_elastane(binary: EngineBinary, shard_count: int, run_count: int) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory,
        elastane_cluster(binary, Path(directory) / "data", shard_count=shard_count) as cluster,
    ):
        return [row for scenario in _scenarios(cluster, shard_count) for row in rows(cluster, scenario, run_count)]


def _rows_of_engines(binary: EngineBinary, shard_count: int, run_count: int) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory,
        engine_cluster(binary, Path(directory) / "engines", shard_count=shard_count) as cluster,
    ):
        scenarios = _scenarios_of_engines(cluster, shard_count)
        return [row for scenario in scenarios for row in rows(cluster, scenario, run_count)]


def _scenarios(cluster: ElastaneCluster, shard_count: int) -> tuple[Scenario, ...]:
    kill = Scenario(name=f"kill, {_shards(shard_count)}", strike=cluster.kill_primary, goals=AFTER_A_DEATH)
    if shard_count != STRUCK_IN_EVERY_WAY:
        return (kill,)
    return (
        kill,
        Scenario(name=f"hang, {_shards(shard_count)}", strike=cluster.hang_primary, goals=AFTER_A_HANG),
        Scenario(name=f"zone loss, {_shards(shard_count)}", strike=cluster.lose_zone_of_primary, goals=AFTER_A_DEATH),
        Scenario(
            name=f"TestFailover, {_shards(shard_count)}",
            strike=cluster.ask_for_test_failover,
            goals=WHEN_PLANNED,
            is_planned=True,
        ),
    )


def _scenarios_of_engines(cluster: EngineCluster, shard_count: int) -> tuple[Scenario, ...]:
    kill = Scenario(name=f"kill, {_shards(shard_count)}, engines", strike=cluster.kill_primary)
    hang = Scenario(name=f"hang, {_shards(shard_count)}, engines", strike=cluster.hang_primary)
    return (kill, hang) if shard_count == STRUCK_IN_EVERY_WAY else (kill,)


def _shards(count: int) -> str:
    return "1 shard" if count == 1 else f"{count} shards"


def main() -> int:
    """`command.run` with two options more: the engines alone take seconds for each run."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--runs", type=int, default=RUN_COUNT)
    parser.add_argument("--engine-runs", type=int)
    options, sys.argv[1:] = parser.parse_known_args()

    def counted(is_quick: bool) -> Report:
        if is_quick:
            return measure((1, STRUCK_IN_EVERY_WAY), 1, 1)
        return measure(SHARD_COUNTS, options.runs, options.engine_runs or options.runs)

    return command.run("cluster_failover", counted)


if __name__ == "__main__":
    sys.exit(main())
