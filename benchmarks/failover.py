"""How long a failover takes and what it costs: Elastane beside three Sentinels, with applications that write meanwhile.

    python -m benchmarks.failover --runs 20 --sentinel-runs 5

A primary with two replicas is struck again and again: killed (SIGKILL), made to hang (SIGSTOP, until everybody writes
again), its zone lost (`elastane fault zone`), or asked to hand over (TestFailover). Four writers go on all the time,
each with a client of its own: a plain `redis.Redis` at the primary endpoint, or what `redis.sentinel` gives for the
Sentinels. Each run begins with everybody in sync and ends when everybody is again. What a row means:

first write   from the blow to the first acknowledged write that was begun after the old primary was seen to be gone or
              to stand still, so that only another node can have acknowledged it
pause         the longest time that any writer went without an acknowledgement, from the blow to the end of the run;
              what redis-py waits between its retries is part of it
lost writes   acknowledged, and not to be read from the primary at the end of the run; then those of all runs in sum
overlap       how long two nodes took writes at the same time, by probes that write to every node's own address; in
              whole milliseconds, rounded up, so that 0 is none at all (see `failover_probes`)
rebuilt       from the blow to a primary with 100 MB until its node follows the new primary and is in sync
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from benchmarks import command
from benchmarks.control_plane import engines_here
from benchmarks.failover_groups import ElastaneGroup, elastane_group
from benchmarks.failover_probes import Probes, probing
from benchmarks.failover_targets import NODE_COUNT, Blow, Strike, Target, wait_until
from benchmarks.failover_writers import Writers, writing
from benchmarks.sentinels import SentinelGroup, sentinel_group
from benchmarks.tables import Goal, Report, Row

RUN_COUNT = 20
WARM_UP_SECONDS = 1.0
REBUILT_BYTES = 100_000_000

FIRST_WRITE = "first write"
PAUSE = "pause"
LOST_WRITES = "lost writes"
LOST_IN_SUM = "lost in sum"
OVERLAP = "overlap"

NONE_AT_ALL = (Goal(below=1, ratio=1.0),)
"""Of what is counted in whole numbers: in no run."""
AFTER_A_DEATH = {FIRST_WRITE: (Goal(below=250, ratio=0.95),), OVERLAP: NONE_AT_ALL}
AFTER_A_HANG = {FIRST_WRITE: (Goal(below=1500, ratio=0.95),), OVERLAP: NONE_AT_ALL}
WHEN_PLANNED = {
    PAUSE: (Goal(below=250, ratio=0.95),),
    LOST_WRITES: NONE_AT_ALL,
    OVERLAP: NONE_AT_ALL,
}
WHEN_REBUILT = (Goal(below=3, ratio=0.95),)


ORDER = ("kill, Elastane", "kill, 3 Sentinels", "hang, Elastane", "hang, 3 Sentinels", "zone loss", "TestFailover")
"""Of the scenarios in the table. The last two are Elastane's alone: Sentinels know neither."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One way to lose a primary, and what is expected of it."""

    name: str
    strike: Strike
    goals: Mapping[str, tuple[Goal, ...]] = {}
    is_planned: bool = False
    """Then there is no `first write`: the old primary takes writes until the new one does."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one blow cost."""

    first_write_ms: float
    pause_ms: float
    acknowledged_count: int
    lost_count: int
    overlap_ms: int


def measure(run_count: int, sentinel_run_count: int) -> Report:
    binary = engines_here()[0]
    with tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory:
        with elastane_group(binary, Path(directory) / "data") as group:
            blocks = {scenario.name: rows(group, scenario, run_count) for scenario in _scenarios(group)}
            rebuilt = _rebuilt(group, run_count)
        with sentinel_group(binary, Path(directory) / "sentinels") as watched:
            for scenario in _scenarios_of_sentinels(watched):
                blocks[scenario.name] = rows(watched, scenario, sentinel_run_count)
    return Report(
        title=f"Failover under writes: {binary.engine} {binary.version}, a primary and {NODE_COUNT - 1} replicas",
        rows=(*(row for name in ORDER for row in blocks[name]), rebuilt),
    )


def _scenarios(group: ElastaneGroup) -> tuple[Scenario, ...]:
    return (
        Scenario(name="kill, Elastane", strike=group.kill_primary, goals=AFTER_A_DEATH),
        Scenario(name="hang, Elastane", strike=group.hang_primary, goals=AFTER_A_HANG),
        Scenario(name="zone loss", strike=group.lose_zone_of_primary, goals=AFTER_A_DEATH),
        Scenario(name="TestFailover", strike=group.ask_for_test_failover, goals=WHEN_PLANNED, is_planned=True),
    )


def _scenarios_of_sentinels(watched: SentinelGroup) -> tuple[Scenario, ...]:
    return (
        Scenario(name="kill, 3 Sentinels", strike=watched.kill_primary),
        Scenario(name="hang, 3 Sentinels", strike=watched.hang_primary),
    )


def rows(target: Target, scenario: Scenario, run_count: int) -> tuple[Row, ...]:
    """All runs of one scenario. Also called by `cluster_failover`."""
    command.tell(f"{scenario.name}, runs: {run_count}")
    runs = [_run(target, scenario) for _ in range(run_count)]

    def row(figure: str, unit: str, *samples: float) -> Row:
        name, goals = f"{scenario.name}: {figure}", scenario.goals.get(figure, ())
        return Row(name=name, unit=unit, samples=samples, goals=goals)

    first_writes = () if scenario.is_planned else (row(FIRST_WRITE, "ms", *(run.first_write_ms for run in runs)),)
    thousands = sum(run.acknowledged_count for run in runs) / 1000
    return (
        *first_writes,
        row(PAUSE, "ms", *(run.pause_ms for run in runs)),
        row(LOST_WRITES, "writes", *(run.lost_count for run in runs)),
        row(LOST_IN_SUM, f"of {thousands:.0f}k", sum(run.lost_count for run in runs)),
        row(OVERLAP, "ms", *(run.overlap_ms for run in runs)),
    )


def _run(target: Target, scenario: Scenario) -> Run:
    before = target.find_primary()
    with (
        writing(target.connect, target.hash_tag) as writers,
        probing(target.addresses, target.hash_tag) as probes,
    ):
        time.sleep(WARM_UP_SECONDS)
        with scenario.strike() as blow:
            wait_until(lambda: _is_over(writers, probes, blow, before), target.log)
        target.wait_until_settled()
    with target.connect() as client:
        lost_count = writers.count_lost(client)
        client.flushall()
    return Run(
        first_write_ms=(writers.first_acknowledged_after(blow.certain_at) - blow.struck_at) * 1000,
        pause_ms=writers.longest_pause_seconds(since=blow.struck_at) * 1000,
        acknowledged_count=writers.acknowledged_count(),
        lost_count=lost_count,
        overlap_ms=math.ceil(probes.overlap_seconds() * 1000),
    )


def _is_over(writers: Writers, probes: Probes, blow: Blow, before: str) -> bool:
    """Whether another node is primary and has acknowledged something to everybody."""
    return probes.last_taker() not in (None, before) and writers.have_all_written_since(blow.certain_at)


def _rebuilt(group: ElastaneGroup, run_count: int) -> Row:
    name = f"rebuilt with {REBUILT_BYTES // 1_000_000} MB"
    command.tell(f"{name}, runs: {run_count}")
    group.fill(REBUILT_BYTES)
    seconds = []
    for _ in range(run_count):
        group.wait_until_settled()
        seconds.append(group.seconds_to_rebuild_primary())
    return Row(name=name, unit="s", samples=tuple(seconds), goals=WHEN_REBUILT)


def main() -> int:
    """`command.run` with two options more: most of the time goes to the Sentinels, which may do with fewer runs."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--runs", type=int, default=RUN_COUNT)
    parser.add_argument("--sentinel-runs", type=int)
    options, sys.argv[1:] = parser.parse_known_args()

    def counted(is_quick: bool) -> Report:
        run_count = 1 if is_quick else options.runs
        return measure(run_count, options.sentinel_runs or run_count)

    return command.run("failover", counted)


if __name__ == "__main__":
    sys.exit(main())
