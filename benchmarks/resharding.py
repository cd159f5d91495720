"""What a fourth shard costs: Elastane beside the engines' own command-line tool, with clients that go on meanwhile.

    python -m benchmarks.resharding --runs 3 --engine valkey

Three shards of a primary and a replica hold a million keys of 100 bytes; a fourth one takes a quarter of the slots.
Elastane is asked for it by the API, so its time goes from the order to `available` and has the start of the new nodes
in it. The tool, `valkey-cli` or `redis-cli` with `--cluster reshard`, moves as many slots between engines that were
started by hand, to a shard that is there already; and so do, where the engine moves whole slots, three bare orders of
`CLUSTER MIGRATESLOTS`. Each run has a cluster of its own. What a row means:

seconds       from the order to `available`; for the others, from their start to their end
keys          those that changed their shard, in thousands a second of that time
before        how long a client waits for an answer while nothing is moved; all answers of all runs
during        the same, of what was begun while slots were moved
errors        that redis-py let through to the application, from the first command to the last
keys lost     of the million, in the end, those that their shard does not have
keys wrong    with another value than the last one acknowledged; and every wrong answer to a client meanwhile
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Protocol

import msgspec
from redis.crc import key_slot

from benchmarks import command
from benchmarks.cluster_clients import Seen, clients_at_work
from benchmarks.cluster_engines import engine_cluster
from benchmarks.cluster_groups import elastane_cluster
from benchmarks.cluster_keys import fill, find_missed, key
from benchmarks.cluster_moves import Mover, movers
from benchmarks.cluster_views import SLOT_COUNT, Shard
from benchmarks.control_plane import engines_here
from benchmarks.tables import Goal, Report, Row
from elastane.engines.discovery import EngineBinary

SHARD_COUNT = 3
RUN_COUNT = 3
KEY_COUNT = 1_000_000
BEFORE_SECONDS = 4.0
SLOTS_OF_A_SHARD = SLOT_COUNT // (SHARD_COUNT + 1)
NODE_TIMEOUT_MS = 15_000
"""Of the engines that the tool moves slots between: their own default, and what Elastane gives them."""

NONE_AT_ALL = (Goal(below=1, ratio=1.0),)


class Cluster(Protocol):
    """Either of the two."""

    @property
    def entry_address(self) -> str: ...

    def shards(self) -> tuple[Shard, ...]: ...


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one move cost."""

    seconds: float
    moved_key_count: int
    before_ms: tuple[float, ...]
    during_ms: tuple[float, ...]
    errors: tuple[str, ...]
    lost_count: int
    wrong_count: int


def measure(engines: Sequence[EngineBinary], run_count: int, key_count: int, moved_slot_count: int) -> Report:
    """Fewer slots are moved by the others only to see that it works: a thousand empty ones take a tool seconds."""
    rows: list[Row] = []
    for binary in engines:
        what = f"{binary.engine} {binary.version}"
        command.tell(f"{what}: {run_count} times {key_count:,} keys, by Elastane")
        runs = [_run_by_elastane(binary, key_count) for _ in range(run_count)]
        rows += _rows(f"{what}, Elastane", runs, goals=NONE_AT_ALL)
        for mover in movers(binary):
            command.tell(f"{what}: {run_count} times {key_count:,} keys, by {mover.name}")
            runs = [_run_by(mover, binary, key_count, moved_slot_count) for _ in range(run_count)]
            rows += _rows(f"{what}, {mover.name}", runs, goals=())
    return Report(title=f"From {SHARD_COUNT} to {SHARD_COUNT + 1} shards with {key_count:,} keys", rows=tuple(rows))


def _run_by_elastane(binary: EngineBinary, key_count: int) -> Run:
    with (
        tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory,
        elastane_cluster(binary, Path(directory) / "data", shard_count=SHARD_COUNT) as cluster,
    ):
        return _run(cluster, lambda: cluster.reshard(SHARD_COUNT + 1), key_count)


def _run_by(mover: Mover, binary: EngineBinary, key_count: int, slot_count: int) -> Run:
    with (
        tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory,
        engine_cluster(
            binary,
            Path(directory) / "engines",
            shard_count=SHARD_COUNT,
            empty_shard_count=1,
            node_timeout_ms=NODE_TIMEOUT_MS,
        ) as cluster,
    ):
        return _run(cluster, mover.prepare(cluster, slot_count), key_count)


def _run(cluster: Cluster, reshard: Callable[[], None], key_count: int) -> Run:
    before = cluster.shards()
    fill(before, key_count)
    with clients_at_work(cluster.entry_address, key_count) as clients:
        watched_at = perf_counter()
        time.sleep(BEFORE_SECONDS)
        began_at = perf_counter()
        reshard()
        ended_at = perf_counter()
        after = cluster.shards()
        seen = clients.stop()
    missed = find_missed(
        after,
        key_count,
        {number: version for one in seen for number, version in one.acknowledged.items()},
        {number: versions for one in seen for number, versions in one.uncertain.items()},
    )
    return Run(
        seconds=ended_at - began_at,
        moved_key_count=_moved_key_count(before, after, key_count),
        before_ms=_answered_ms(seen, watched_at, began_at),
        during_ms=_answered_ms(seen, began_at, ended_at),
        errors=tuple(error for one in seen for error in one.errors),
        lost_count=missed.lost_count,
        wrong_count=missed.wrong_count + sum(one.wrong_read_count for one in seen),
    )


def _answered_ms(seen: Sequence[Seen], since: float, until: float) -> tuple[float, ...]:
    return tuple(
        (call.ended_at - call.began_at) * 1000 for one in seen for call in one.calls if since <= call.began_at < until
    )


def _moved_key_count(before: Sequence[Shard], after: Sequence[Shard], key_count: int) -> int:
    """Keys whose slot has another owner than before."""
    (taker,) = {shard.primary for shard in after if shard.slots} - {shard.primary for shard in before if shard.slots}
    taken = next(shard.slots for shard in after if shard.primary == taker)
    slots = {slot for first, last in taken for slot in range(first, last + 1)}
    return sum(key_slot(key(number)) in slots for number in range(key_count))


def _rows(what: str, runs: Sequence[Run], goals: tuple[Goal, ...]) -> tuple[Row, ...]:
    for error in sorted({error for run in runs for error in run.errors}):
        command.tell(f"{what}: a client was told {error}")

    def row(figure: str, unit: str, samples: Sequence[float], goals: tuple[Goal, ...] = ()) -> Row:
        return Row(name=f"{what}: {figure}", unit=unit, samples=tuple(samples), goals=goals)

    return (
        row("seconds", "s", [run.seconds for run in runs]),
        row("keys", "1000/s", [run.moved_key_count / run.seconds / 1000 for run in runs]),
        row("before", "ms", [one for run in runs for one in run.before_ms]),
        row("during", "ms", [one for run in runs for one in run.during_ms]),
        row("errors", "errors", [len(run.errors) for run in runs], goals),
        row("keys lost", "keys", [run.lost_count for run in runs], goals),
        row("keys wrong", "keys", [run.wrong_count for run in runs], goals),
    )


def main() -> int:
    """`command.run` with two options more."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--runs", type=int, default=RUN_COUNT)
    parser.add_argument("--engine", choices=("valkey", "redis"))
    options, sys.argv[1:] = parser.parse_known_args()
    engines = [binary for binary in engines_here() if options.engine in (None, binary.engine)]

    def counted(is_quick: bool) -> Report:
        if is_quick:
            return measure(engines[:1], 1, 5_000, SLOTS_OF_A_SHARD // 64)
        return measure(engines, options.runs, KEY_COUNT, SLOTS_OF_A_SHARD)

    return command.run("resharding", counted)


if __name__ == "__main__":
    sys.exit(main())
