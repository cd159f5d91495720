"""What a change of node type, version or engine costs the applications that write meanwhile, and how long it takes.

    python -m benchmarks.changes --runs 10 --megabytes 50

A group with some data is ordered to become another one, with ApplyImmediately: a larger node type or a smaller one, a
newer Valkey, or Valkey after Redis OSS. It has one node, or a primary and a replica, or three shards of those. Writers
with a client each go on all the time, four of them, in a cluster two for each shard. Their clients try again when a
connection breaks: `redis.Redis` with a `Retry` and a short pause, `redis.RedisCluster` as the how-to about clusters has
it. Each run has a group of its own. What a row means:

seconds       from the order to `available`, by a look at the API twenty times a second
switchovers   how often in a run a node group got another primary, by its nodes' own word, all node groups together
pause         of each switchover of all runs: the longest time that any writer of that node group went without an
              acknowledgement, among the pauses that the change of primary lies in
any pause     of each run: the longest such time from the order to the end, whether or not a primary changed then
rate          acknowledged writes a second from the order to `available`, as a share of those before the order
lost writes   in each run, acknowledged and not to be read in the end, the data from before included; of so many in all
errors        that redis-py let through to the application, from the first command to the last
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import msgspec

from benchmarks import command, large_values
from benchmarks.change_groups import ChangedGroup, Layout, Make, changed_group
from benchmarks.change_primaries import Primaries, watching
from benchmarks.control_plane import find_engine
from benchmarks.failover_writers import Writers, writing
from benchmarks.tables import Goal, Report, Row
from elastane.engines.discovery import EngineBinary
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment

RUN_COUNT = 10
MEGABYTES = 50
WARM_UP_SECONDS = 1.0
BEFORE_SECONDS = 3.0
AFTER_SECONDS = 1.0
PAUSE_MS_MAX = 250

NONE_AT_ALL = (Goal(below=1, ratio=1.0),)
SHORT = (Goal(below=PAUSE_MS_MAX, ratio=0.95),)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a group is, and what it shall become."""

    name: str
    before: Make
    after: Make


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one change cost."""

    seconds: float
    switchover_pauses_ms: tuple[float, ...]
    """One for each change of primary."""
    longest_pause_ms: float
    rate_ratio: float
    acknowledged_count: int
    lost_count: int
    errors: tuple[str, ...]


_REDIS_7_0 = Make(engine="redis", version="7.0")
_VALKEY_8_0, _VALKEY_8_1, _VALKEY_9_1 = (Make(version=version) for version in ("8.0", "8.1", "9.1"))
_LARGER = Make(version="9.1", node_type="cache.m7g.large")

CHANGES = (
    Change(name="type up", before=_VALKEY_9_1, after=_LARGER),
    Change(name="type down", before=_LARGER, after=_VALKEY_9_1),
    Change(name="8.0 to 8.1", before=_VALKEY_8_0, after=_VALKEY_8_1),
    Change(name="8.1 to 9.1", before=_VALKEY_8_1, after=_VALKEY_9_1),
    Change(name="Redis to 9.1", before=_REDIS_7_0, after=_VALKEY_9_1),
)
QUICK_CHANGES = (CHANGES[0], CHANGES[3])

LAYOUTS = (
    Layout(name="1 node", replica_count=0, writer_count=4),
    Layout(name="1 + 1", replica_count=1, writer_count=4),
    Layout(name="3 shards of 2", replica_count=1, shard_count=3, writer_count=2),
)


def measure(changes: Sequence[Change], run_count: int, bytes_count: int) -> Report:
    """A change from or to an engine that is not on this machine is left out, and that is told."""
    found: list[Row] = []
    for change in changes:
        engines = {make: find_engine(make.engine, make.version) for make in (change.before, change.after)}
        missing = [f"{make.engine} {make.version}" for make, binary in engines.items() if binary is None]
        if missing:
            command.tell(f"{change.name} is left out: {' and '.join(missing)} is not on this machine")
            continue
        with (
            tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory,
            running_elastane(Path(directory) / "data", environment=_environment(engines.values())) as elastane,
        ):
            for layout in LAYOUTS:
                command.tell(f"{change.name}, {layout.name}, runs: {run_count}")
                runs = [_run(elastane, change, layout, f"run-{number}", bytes_count) for number in range(run_count)]
                found += _rows(f"{change.name}, {layout.name}", runs)
    return Report(
        title=f"Changes under writes, with {bytes_count // 1_000_000} MB; versions are Valkey's, and Redis is 7.0",
        rows=tuple(found),
    )


def _environment(engines: Iterable[EngineBinary | None]) -> dict[str, str]:
    return engine_environment(*(binary for binary in engines if binary is not None))


def _run(elastane: RunningElastane, change: Change, layout: Layout, group_id: str, bytes_count: int) -> Run:
    with changed_group(elastane, group_id, layout, change.before) as group:
        with group.connect() as client:
            large_values.fill(client, bytes_count)
        group.wait_until_settled()
        with _watched(group, layout) as (primaries, writers):
            time.sleep(WARM_UP_SECONDS)
            began_at = perf_counter()
            time.sleep(BEFORE_SECONDS)
            ordered_at = perf_counter()
            seconds = group.change(change.before, change.after)
            ended_at = ordered_at + seconds
            group.wait_until_settled()
            time.sleep(AFTER_SECONDS)
        group.refuse_unless_changed(change.before, change.after)
        with group.connect() as client:
            lost_count = sum(one.count_lost(client) for one in writers) + large_values.count_missed(client, bytes_count)
    before = sum(one.acknowledged_count(began_at, ordered_at) for one in writers) / (ordered_at - began_at)
    during = sum(one.acknowledged_count(ordered_at, ended_at) for one in writers) / seconds
    return Run(
        seconds=seconds,
        switchover_pauses_ms=tuple(_pauses_ms(f"{change.name}, {layout.name}", primaries, writers)),
        longest_pause_ms=max(one.longest_pause_seconds(ordered_at) for one in writers) * 1000,
        rate_ratio=during / before,
        acknowledged_count=sum(one.acknowledged_count() for one in writers),
        lost_count=lost_count,
        errors=tuple(error for one in writers for error in one.errors),
    )


@contextmanager
def _watched(group: ChangedGroup, layout: Layout) -> Iterator[tuple[Primaries, tuple[Writers, ...]]]:
    """Writers for each node group, in its order, and who sees its primary change."""
    with ExitStack() as stack:
        primaries = stack.enter_context(watching([part.addresses for part in group.node_groups]))
        writers = tuple(
            stack.enter_context(writing(group.connect, part.hash_tag, writer_count=layout.writer_count))
            for part in group.node_groups
        )
        yield primaries, writers


def _pauses_ms(what: str, primaries: Primaries, writers: Sequence[Writers]) -> Iterator[float]:
    for number, one in enumerate(writers):
        for handover in primaries.handovers(number):
            pause_ms = one.longest_pause_seconds(handover.earliest, handover.latest) * 1000
            if pause_ms >= PAUSE_MS_MAX:  # with the moment, so that it is found in the control plane's log
                moment = datetime.now(UTC) - timedelta(seconds=perf_counter() - handover.earliest)
                command.tell(f"{what}: a pause of {pause_ms:.0f} ms at {moment:%H:%M:%S.%f} UTC")
            yield pause_ms


def _rows(what: str, runs: Sequence[Run]) -> tuple[Row, ...]:
    for error in sorted({error for run in runs for error in run.errors}):
        command.tell(f"{what}: a client was told {error}")

    def row(figure: str, unit: str, samples: Iterable[float], goals: tuple[Goal, ...] = ()) -> Row:
        return Row(name=f"{what}: {figure}", unit=unit, samples=tuple(samples), goals=goals)

    pauses = [pause for run in runs for pause in run.switchover_pauses_ms]
    thousands = sum(run.acknowledged_count for run in runs) / 1000
    return (
        row("seconds", "s", [run.seconds for run in runs]),
        row("switchovers", "times", [len(run.switchover_pauses_ms) for run in runs]),
        *((row("pause", "ms", pauses, SHORT),) if pauses else ()),
        row("any pause", "ms", [run.longest_pause_ms for run in runs]),
        row("rate", "ratio", [run.rate_ratio for run in runs]),
        row("lost writes", f"of {thousands:.0f}k", [run.lost_count for run in runs], NONE_AT_ALL),
        row("errors", "errors", [len(run.errors) for run in runs], NONE_AT_ALL),
    )


def main() -> int:
    """`command.run` with options more: every run starts engines, and all of them take half an hour."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--runs", type=int, default=RUN_COUNT)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    parser.add_argument("--change", choices=[change.name for change in CHANGES])
    options, sys.argv[1:] = parser.parse_known_args()
    changes = [change for change in CHANGES if options.change in (None, change.name)]

    def counted(is_quick: bool) -> Report:
        if is_quick:
            return measure(QUICK_CHANGES, 1, 1_000_000)
        return measure(changes, options.runs, options.megabytes * 1_000_000)

    return command.run("changes", counted)


if __name__ == "__main__":
    sys.exit(main())
