"""Rows of measured samples, and the table that is printed of them. Values in, text out; nothing is measured here.

Every benchmark answers a `Report`. A percentile is shown only where there are enough samples for one: the p99 of
ten runs would be their maximum under a grander name.
"""

import io
import math
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

SAMPLES_MIN = {0.5: 1, 0.95: 20, 0.99: 100}
"""How many samples a percentile needs to be one."""

WIDTH = 120


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure shall be: the percentile `ratio` of the samples below `below`, or at least `at_least`."""

    below: float | None = None
    at_least: float | None = None
    ratio: float = 0.5

    def is_reached(self, samples: Sequence[float]) -> bool:
        figure = percentile(samples, self.ratio)
        return (self.below is None or figure < self.below) and (self.at_least is None or figure >= self.at_least)

    def __str__(self) -> str:
        bound = f"< {self.below:g}" if self.below is not None else f"≥ {self.at_least:g}"
        return f"p{self.ratio * 100:.0f} {bound}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table: what was measured, how often, and what it should have been."""

    name: str
    unit: str
    samples: tuple[float, ...]
    goals: tuple[Goal, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark's answer."""

    title: str
    rows: tuple[Row, ...]


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where the figures come from: without it they say nothing."""

    cpu: str
    core_count: int
    system: str
    python: str
    load_average: float
    """Of the last minute, before the benchmark began: how busy the machine was with other things."""


def this_machine() -> Machine:
    return Machine(
        cpu=_cpu_name(),
        core_count=len(os.sched_getaffinity(0)),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load_average=round(os.getloadavg()[0], 2),
    )


def percentile(samples: Sequence[float], ratio: float) -> float:
    """The smallest sample that at least `ratio` of all do not exceed (nearest rank: never an invented one)."""
    assert samples and 0 < ratio <= 1
    return sorted(samples)[math.ceil(ratio * len(samples)) - 1]


def render(report: Report, machine: Machine) -> str:
    """The table as text, with the machine above it."""
    table = Table(box=box.SIMPLE_HEAD, title=report.title, title_justify="left", title_style="")
    for column in ("", "unit", "runs", "min", "p50", "p95", "p99", "max", "goal", ""):
        is_figure = column in ("runs", "min", "p50", "p95", "p99", "max")
        table.add_column(column, justify="right" if is_figure else "left", no_wrap=True)
    for row in report.rows:
        for position, goal in enumerate(row.goals or (None,)):
            figures = _figures(row) if position == 0 else [""] * 8
            table.add_row(*figures, *_goal_cells(row, goal))
    text = io.StringIO()
    Console(file=text, width=WIDTH, color_system=None, highlight=False).print(table)
    return f"{_machine_line(machine)}\n\n" + "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def encode(report: Report, machine: Machine) -> bytes:
    """As JSON, every sample included."""
    return msgspec.json.format(msgspec.json.encode({"machine": machine, "report": report})) + b"\n"


def _figures(row: Row) -> list[str]:
    percentiles = (
        _number(percentile(row.samples, ratio)) if len(row.samples) >= samples_min else "-"
        for ratio, samples_min in SAMPLES_MIN.items()
    )
    lowest, highest = _number(min(row.samples)), _number(max(row.samples))
    return [row.name, row.unit, f"{len(row.samples):,}", lowest, *percentiles, highest]


def _goal_cells(row: Row, goal: Goal | None) -> tuple[str, str]:
    if goal is None:
        return "", ""
    return str(goal), "reached" if goal.is_reached(row.samples) else "MISSED"


def _number(value: float) -> str:
    """Three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def _machine_line(machine: Machine) -> str:
    return (
        f"{machine.core_count} cores ({machine.cpu}), {machine.system}, Python {machine.python}; "
        f"load average before: {machine.load_average:g}"
    )


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
