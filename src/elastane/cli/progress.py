"""A bar for an install: drawn on a terminal; elsewhere a line for each thing that is begun."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from elastane.engines.supply.packages import Progress, Tell


@contextmanager
def drawn() -> Iterator[Tell]:
    """On stderr, so that what a command answers can be read by a program."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[size]}"))
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=1.0, size="")

        def tell(progress: Progress) -> None:
            size = "" if progress.total_bytes is None else f"of {megabytes(progress.total_bytes)}"
            total = None if progress.done_ratio is None else 1.0
            bars.update(bar, description=progress.doing, completed=progress.done_ratio or 0, total=total, size=size)

        yield tell


def megabytes(count_bytes: int) -> str:
    return f"{count_bytes / 1e6:.0f} MB"


def _lines() -> Tell:
    said: set[str] = set()

    def tell(progress: Progress) -> None:
        if progress.doing not in said:
            said.add(progress.doing)
            typer.echo(f"{progress.doing} ...", err=True)

    return tell
