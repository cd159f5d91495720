"""How `elastane top` looks: what fits, what is left out, how numbers are written."""

import io
from typing import Any

import pytest
from rich.console import Console

from elastane.cli.top_rows import Measured, Sort, TopReport, top_report
from elastane.cli.top_screen import bytes_in_short, counted_in_short, duration_in_short, screen, seconds_in_short
from elastane.model.ids import Region
from tests.kit import groups
from tests.unit.cli.installations import installation, seen_group
from tests.unit.cli.test_top_rows import NOW, measured, report, sample

BUSY: dict[str, float] = {
    "ProcessedCommands": 50_000.0, "CacheHits": 900.0, "CacheMisses": 100.0, "BytesUsedForCache": 2.0**30,
    "DatabaseMemoryUsagePercentage": 50.0, "EngineCPUUtilization": 33.0, "CurrConnections": 12.0,
}  # fmt: skip


def shown(told: TopReport, *, columns: int = 140, **asked: Any) -> list[str]:
    paper = Console(file=io.StringIO(), width=columns, color_system=None, legacy_windows=False)
    with paper.capture() as capture:
        paper.print(screen(told, columns=columns, **asked))
    return [line.rstrip() for line in capture.get().splitlines()]


def busy(*names: str) -> Measured:
    return measured(*(sample(name, **BUSY) for name in names))


def orders(what: Measured) -> TopReport:
    return report(installation(seen_group(groups.group("orders"))), what)


def line_of(lines: list[str], node: str) -> str:
    return next(line for line in lines if f"{node} " in line)


def test_the_head_has_the_totals_and_a_row_its_node() -> None:
    lines = shown(orders(busy("orders-001", "orders-002")))

    assert lines[0].startswith("elastane http://127.0.0.1:7379  1 cache, 2 nodes ")
    assert lines[0].endswith("12:31:05 UTC")
    assert lines[1] == "20,000 ops/s   hits 90.0%   memory 2.0G/4.0G ██████······ 50%   24 clients"
    assert line_of(lines, "orders-001").split()[:7] == [
        "orders", "0001", "orders-001", "primary", "10,000", "90.0%", "1.0G/2.0G",
    ]  # fmt: skip


def test_every_line_fits_a_terminal_of_80_columns_with_what_matters_most() -> None:
    lines = shown(orders(busy("orders-001", "orders-002")), columns=80)

    assert max(len(line) for line in lines) <= 80
    assert lines[3].split()[:6] == ["NODE", "ROLE", "OPS/S", "HITS", "MEMORY", "CPU"]


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 100, 140, 250])
def test_no_line_is_longer_than_the_terminal_is_wide(columns: int) -> None:
    found = installation(seen_group(groups.group("a-rather-long-name-for-a-replication-gro")))
    what = busy("a-rather-long-name-for-a-replication-gro-001")

    lines = shown(report(found, what), columns=columns)

    assert max(len(line) for line in lines) <= columns


def test_a_long_id_is_shortened_in_its_middle_so_that_nodes_can_be_told_apart() -> None:
    found = installation(seen_group(groups.group("a-rather-long-name-for-a-replication-gro")))

    lines = shown(report(found, busy("a-rather-long-name-for-a-replication-gro-001")), columns=70)

    assert [line.split()[0][-4:] for line in lines if line.startswith("a-rat") and "…" in line] == ["-001", "-002"]


def test_a_wide_terminal_shows_everything() -> None:
    heads = shown(orders(busy("orders-001", "orders-002")), columns=200)[3]

    for head in ("CACHE", "SHARD", "LAG", "CLIENTS", "EVICT/S", "IN/S", "OUT/S", "P99 READ", "P99 WRITE", "ZONE"):
        assert head in heads


def test_what_is_old_says_how_old_it_is_and_what_is_not_measured_is_a_dash() -> None:
    lines = shown(orders(measured(sample("orders-001", ended_seconds_ago=200, **BUSY))))

    assert "1 cache, 2 nodes, 0 measured now" in lines[0]
    assert lines[1] == "Nothing is measured at this moment."
    assert line_of(lines, "orders-001").endswith("3 min ago")
    assert line_of(lines, "orders-002").endswith("no sample")
    assert " - " in line_of(lines, "orders-002")


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_nodes_of_two_regions_can_be_told_apart_however_narrow_it_is(columns: int) -> None:
    here, there = groups.group("orders"), groups.group("orders", region=Region("eu-west-1"))
    told = report(installation(seen_group(here), seen_group(there)), busy("orders-001"))

    lines = shown(told, columns=columns)

    assert [line.split()[0] for line in lines[-4:]] == ["eu-west-1", "eu-west-1", "us-east-1", "us-east-1"]
    assert "REGION" not in "\n".join(shown(orders(busy("orders-001")), columns=columns))


def test_ages_are_not_shown_while_all_is_current() -> None:
    assert "MEASURED" not in "\n".join(shown(orders(busy("orders-001", "orders-002"))))


def test_what_is_old_is_dim() -> None:
    told = orders(measured(sample("orders-001", **BUSY), sample("orders-002", ended_seconds_ago=200, **BUSY)))
    paper = Console(file=io.StringIO(), width=140, color_system="standard", force_terminal=True, legacy_windows=False)

    with paper.capture() as capture:
        paper.print(screen(told, columns=140))

    dim = [line for line in capture.get().splitlines() if "\x1b[2morders" in line]
    assert len(dim) == 1
    assert "orders-002" in dim[0]


def test_a_low_terminal_says_how_many_there_are_more() -> None:
    found = installation(*(seen_group(groups.group(f"orders{number}")) for number in range(10)))
    told = top_report(found, busy("orders0-001"), NOW, cache=None, sort=Sort.NAME)

    lines = shown(told, lines=12, footer="q quit")

    assert len(lines) == 12
    assert lines[-2:] == ["… and 14 more: a taller window shows them, or name a cache.", "q quit"]


def test_notes_stand_above_the_table() -> None:
    lines = shown(orders(busy("orders-001")), notes=["No control plane runs."])

    assert lines[2] == "No control plane runs."


@pytest.mark.parametrize("columns", [40, 63, 80])
def test_broken_notes_take_their_room_from_the_rows_and_not_from_the_foot(columns: int) -> None:
    found = installation(*(seen_group(groups.group(f"orders{number}")) for number in range(10)))
    note = "No control plane runs on this directory, so nothing is measured. To start it: elastane serve\n\n  and so on"

    lines = shown(report(found), columns=columns, lines=15, notes=[note], footer="q quit")

    assert len(lines) == 15
    assert lines[-1] == "q quit"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.44, "0.4"),
        (3.0, "3"),
        (9.96, "10"),
        (12, "12"),
        (12_345, "12,345"),
        (123_456, "123k"),
        (1_234_567, "1.2M"),
    ],
)
def test_counts_in_few_cells(number: float, text: str) -> None:
    assert counted_in_short(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0B"), (512, "512B"), (1536, "1.5K"), (1023 * 1024, "1.0M"), (812 * 2**20, "812M"), (4 * 2**30, "4.0G")],
)
def test_bytes_in_few_cells(number: float, text: str) -> None:
    assert bytes_in_short(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (0.00018, "180us"), (0.0009996, "1ms"), (0.012, "12ms"), (0.9996, "1.0s"), (7, "7.0s")],
)
def test_seconds_in_few_cells(seconds: float, text: str) -> None:
    assert seconds_in_short(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (42, "42 s"), (200, "3 min"), (7300, "2 h"), (900_000, "10 d")]
)
def test_durations_in_their_largest_unit(seconds: float, text: str) -> None:
    assert duration_in_short(seconds) == text
