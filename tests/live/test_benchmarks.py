"""Every benchmark runs to its end in its quick mode, and says what it measured. How fast it was is not asked here."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import benchmarks
from benchmarks.change_primaries import Handover, Round, find_handovers
from benchmarks.failover_probes import Moment, Span, overlap_seconds
from elastane.engines.discovery import EngineName
from tests.kit.asserts import eventually
from tests.kit.browser import WITHOUT_CHROMIUM, find_chromium
from tests.kit.stored_engines import stored_engine

SECONDS_MAX = 200
ROOT = Path(benchmarks.__path__[0]).parent

OBSERVED = ("measured", "not measured", "ratio", "ratio by processor time")

ROWS = {
    "startup": (
        "first answer, empty data directory",
        "resident memory, empty data directory",
        "first answer, 2 nodes to adopt",
        "resident memory, 2 nodes to adopt",
    ),
    "provisioning": tuple(
        f"{layout}, {end}" for layout in ("1 node", "1 + 1", "3 shards of 2") for end in ("available", "deleted")
    ),
    "describe": (
        "one group",
        "one group, by the SDK",
        "one group, processor time",
        "100 groups a page, of 100",
        "100 groups a page, processor time",
    ),
    "throughput": (
        "SET, primary endpoint",
        "SET, started by hand",
        "SET, ratio",
        "GET, primary endpoint",
        "GET, started by hand",
        "GET, ratio",
    ),
    "encryption": (
        *(f"{kind}, {figure}" for kind in ("SET", "GET") for figure in ("by TLS", "plain", "ratio")),
        *("connection by TLS", "connection without"),
        *("off to preferred", "preferred to required", "required to preferred", "preferred to off"),
    ),
    "iam_tokens": (
        "a minute's digests of a user and key",
        *(
            f", 1 key: {figure}"
            for figure in (
                "all told",
                "a minute told",
                "longest wait",
                "all at once",
                "wrong password",
                "memory",
            )
        ),
    ),
    "metric_store": (
        *("appending", "packing", "append while packing", "memory"),
        *(f"{tier}, one subject, one day" for tier in ("fine", "minute", "five minutes", "hour")),
        *(f" metrics over 3 h, {seconds} s" for seconds in (60, 300)),
    ),
    "observing": (
        *(
            f"2 nodes, {what}: {figure}"
            for what in ("metrics", "everything")
            for figure in ("with", "without", "more", "more memory")
        ),
        *(f"{kind}, {figure}" for kind in ("SET", "GET") for figure in OBSERVED),
    ),
    "idle": ("2 groups of 1", "1 groups of 2", "1 shards of 2"),
    "failover": (
        *(
            f"{scenario}: {figure}"
            for scenario in ("kill, Elastane", "kill, 3 Sentinels", "hang, Elastane", "hang, 3 Sentinels", "zone loss")
            for figure in ("first write", "pause", "lost writes", "lost in sum", "overlap")
        ),
        *(f"TestFailover: {figure}" for figure in ("pause", "lost writes", "lost in sum", "overlap")),
        "rebuilt with 100 MB",
    ),
    "cluster_failover": (
        *(
            f"{scenario}: {figure}"
            for scenario in (
                *(f"kill, {cluster}" for cluster in ("1 shard", "3 shards", "3 shards, engines")),
                *("hang, 3 shards", "hang, 3 shards, engines", "zone loss, 3 shards"),
            )
            for figure in ("first write", "pause", "lost writes", "lost in sum", "overlap")
        ),
        *(f"TestFailover, 3 shards: {figure}" for figure in ("pause", "lost writes", "lost in sum", "overlap")),
    ),
    "resharding": tuple(
        f": {figure}" for figure in ("seconds", "keys", "before", "during", "errors", "keys lost", "keys wrong")
    ),
    "changes": (
        *(
            f"{change}, {layout}: {figure}"
            for change in ("type up", "8.1 to 9.1")
            for layout in ("1 node", "1 + 1", "3 shards of 2")
            for figure in ("seconds", "switchovers", "any pause", "rate", "lost writes", "errors")
        ),
        *(f"8.1 to 9.1, {layout}: pause" for layout in ("1 node", "1 + 1", "3 shards of 2")),
    ),
    "memcached": (
        *("3 nodes, available", "3 nodes, deleted", "killed node, answers"),
        *(
            f"{kind}, {figure}"
            for kind in ("SET", "GET")
            for where in ("node endpoint", "configuration endpoint")
            for figure in (where, f"by hand beside {where}", f"{where}, ratio")
        ),
    ),
    "console": (
        *("to the sign-in", "to the dashboard", "its weight, compressed"),
        *("the list's first rows", "its next page", "found by a part of the name", "the longest task meanwhile"),
    ),
}
"""How the names of a benchmark's rows end; where engines differ, each begins with its engine."""

ENGINES: dict[str, tuple[tuple[EngineName, str], ...]] = {
    "changes": (("valkey", "8.1"), ("valkey", "9.1")),
    "encryption": (("valkey", "9.1"), ("redis", "7.0")),
    "memcached": (("memcached", "1.6"),),
}
"""Those that a benchmark's quick mode does not do without."""


def test_every_benchmark_is_known_here() -> None:
    runnable = {file.stem for file in (ROOT / "benchmarks").glob("*.py") if "__main__" in file.read_text()}

    assert runnable == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_benchmark_prints_its_rows_and_writes_its_samples(tmp_path: Path, name: str) -> None:
    for engine, version in ENGINES.get(name, ()):
        stored_engine(engine, version)
    if name == "console" and find_chromium() is None:
        pytest.skip(WITHOUT_CHROMIUM)
    run = start(name, tmp_path, "--quick", "--json", str(tmp_path / "figures.json"))

    printed, said = run.communicate(timeout=SECONDS_MAX)

    assert run.returncode == 0, said
    rows = msgspec.json.decode((tmp_path / "figures.json").read_bytes())["report"]["rows"]
    assert not [row for row in rows if not row["name"].endswith(ROWS[name])]
    assert not [end for end in ROWS[name] if not any(row["name"].endswith(end) for row in rows)]
    assert not [row["name"] for row in rows if row["name"] not in printed]
    assert all(is_figure(sample, is_difference(row)) for row in rows for sample in row["samples"])
    assert left_behind(tmp_path) == []


def test_throughput_is_measured_where_no_load_generator_is_installed(tmp_path: Path) -> None:
    run = start("throughput", tmp_path, "--quick", path="")

    printed, said = run.communicate(timeout=SECONDS_MAX)

    assert run.returncode == 0, said
    assert "load by our own generator" in printed
    assert " GET, ratio" in printed


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM"])
def test_a_benchmark_that_is_interrupted_takes_everything_down(tmp_path: Path, signal_name: str) -> None:
    run = start("throughput", tmp_path)  # not the quick one, which might be over before
    asyncio.run(until_an_engine_runs(tmp_path))

    run.send_signal(signal.Signals[signal_name])
    _, said = run.communicate(timeout=SECONDS_MAX)

    assert run.returncode == 128 + signal.Signals[signal_name], said
    assert left_behind(tmp_path) == []
    assert not any(tmp_path.iterdir()), "its directory is still there"


def test_nodes_that_took_writes_one_after_the_other_do_not_overlap() -> None:
    old = Span(Moment(0.0, 0.1), Moment(1.0, 1.3))
    new = Span(Moment(1.2, 1.4), Moment(2.0, 2.1))

    overlap = overlap_seconds([[old], [new], []])

    assert overlap == 0, "the write that the old one answered last may have been taken before the new one's first"


def test_a_node_that_takes_writes_after_its_successor_overlaps_with_it() -> None:
    before = Span(Moment(0.0, 0.1), Moment(1.0, 1.1))
    successor = Span(Moment(2.0, 2.1), Moment(9.0, 9.1))
    come_back = Span(Moment(5.0, 5.1), Moment(7.0, 7.1))
    short_visit = Span(Moment(8.0, 8.1), Moment(8.0, 8.1))

    overlap = overlap_seconds([[before, come_back, short_visit], [successor]])

    assert overlap == pytest.approx(2.1 + 0.1)


def test_a_change_of_primary_lies_between_the_rounds_that_named_the_old_one_and_the_new_one() -> None:
    rounds = [
        Round(began_at=0.0, ended_at=0.1, primary="127.0.0.1"),
        Round(began_at=1.0, ended_at=1.1, primary="127.0.0.1"),
        Round(began_at=2.0, ended_at=2.1, primary="127.0.0.2"),
        Round(began_at=3.0, ended_at=3.1, primary="127.0.0.1"),
    ]

    handovers = find_handovers(rounds)

    assert handovers == (Handover(earliest=1.0, latest=2.1), Handover(earliest=2.0, latest=3.1))


def start(
    name: str, temporary_directory: Path, *arguments: str, path: str = os.environ.get("PATH", os.defpath)
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        cwd=ROOT,
        env={"PATH": path, "TMPDIR": str(temporary_directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def until_an_engine_runs(directory: Path) -> None:
    await eventually(lambda: any("valkey-server" in command for command in left_behind(directory)), timeout_seconds=30)


def is_difference(row: dict[str, Any]) -> bool:
    """Of two measurements: in a short time the larger one may come out smaller."""
    return str(row["name"]).endswith((": more", ": more memory"))


def is_figure(sample: Any, may_be_negative: bool) -> bool:
    return isinstance(sample, int | float) and (sample >= 0 or may_be_negative)


def left_behind(directory: Path) -> list[str]:
    """The command lines of processes that have to do with a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended while we looked
        if f"{directory}/elastane-benchmark-" in command:
            found.append(command)
    return found
