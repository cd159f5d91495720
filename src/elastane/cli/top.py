"""`elastane top`: every node's numbers, as they are now, in a terminal.

It looks from outside at the data directory, as `status` does: the caches as the last pass saw them, and the samples
that the control plane has just measured. It asks no engine, so that looking costs nothing where it matters, and what
it shows is what Prometheus and CloudWatch are told. Values are in `top_rows`, their looks in `top_screen`.
"""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from elastane.cli.installation import Installation, observe_installation
from elastane.cli.invocation import data_dir_option, elastane_command
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.cli.status import first_steps
from elastane.cli.tables import terminal_columns
from elastane.cli.top_rows import Sort, TopReport, top_report
from elastane.cli.top_samples import NewestSamples
from elastane.clock import utc_now

INTERVAL_SECONDS = 2.0
INTERVAL_SECONDS_LEAST = 0.2


@told_in_a_sentence()
def top(
    cache: Annotated[str | None, typer.Argument(metavar="CACHE", help="Only this one's nodes.")] = None,
    data_dir: DataDirectory = None,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    interval: Annotated[
        float, typer.Option(metavar="SECONDS", min=INTERVAL_SECONDS_LEAST, help="How often to look.")
    ] = INTERVAL_SECONDS,
    sort: Annotated[Sort, typer.Option(help="By what to order; the key s takes the next.")] = Sort.NAME,
    as_json: Annotated[bool, typer.Option("--json", help="Print it once as JSON, for scripts.")] = False,
) -> None:
    """Watch every node: operations, hit rate, memory, CPU, clients, lag. The key q ends it.

    Where there is no terminal to draw on, it shows everything once.
    """
    directory = chosen_data_dir(data_dir, os.environ)
    command = elastane_command(sys.argv[0], os.environ, Path.cwd())
    advice = Advice(command=command, data_dir_option=data_dir_option(directory, os.environ))

    samples = NewestSamples(directory)

    def look(by: Sort) -> Look:
        return look_from_outside(directory, samples, utc_now(), cache=cache, sort=by)

    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(look(sort).report), indent=2).decode())
    elif once or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _show_once(look(sort), advice)
    else:
        with contextlib.suppress(KeyboardInterrupt):  # as good an end as any
            asyncio.run(_watch(look, advice, sort, interval_seconds=interval))


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """How the person calls this Elastane."""

    command: str
    data_dir_option: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    installation: Installation
    report: TopReport


def look_from_outside(directory: Path, samples: NewestSamples, now: datetime, *, cache: str | None, sort: Sort) -> Look:
    """Blocking. Raises StoreError, PermissionError, and CommandError for a cache that there is not."""
    installation = observe_installation(directory)
    cache_ids = {str(seen.desired.id) for seen in installation.caches}
    if cache is not None and cache not in cache_ids:
        names = ", ".join(sorted(cache_ids)) or "none"
        raise CommandError(f"There is no cache {cache}; there are: {names}.")
    measured = samples.look(now, is_running=installation.control_plane is not None)
    return Look(installation=installation, report=top_report(installation, measured, now, cache=cache, sort=sort))


def notes(look: Look, advice: Advice) -> list[str]:
    """Why there is less to see than there could be, and the next act."""
    found, report = look.installation, look.report
    serve = f"{advice.command} serve{advice.data_dir_option}"
    if not report.nodes:
        never = f"No control plane has ever used the data directory {found.data_dir}."
        steps = first_steps(found, command=advice.command, data_dir_option=advice.data_dir_option)
        return [steps] if found.is_used else [never, steps]
    if found.control_plane is None:
        return [f"No control plane runs on {found.data_dir}, so nothing is measured. To start it: {serve}"]
    if any(row.sampled_at is not None for row in report.nodes):
        return []
    explain = f"{advice.command} explain {report.nodes[0].cache}{advice.data_dir_option}"
    return [
        "Nothing has been measured yet. It is within seconds of a node's first answer, unless the control plane was "
        f"started with ELASTANE_COLLECT_METRICS=no. What nodes wait for: {explain}"
    ]


# --- once ----------------------------------------------------------------------------------------


def _show_once(look: Look, advice: Advice) -> None:
    from rich.console import Console

    from elastane.cli.top_screen import screen

    columns = terminal_columns()
    console = Console(width=columns, highlight=False)
    console.print(screen(look.report, columns=columns, notes=notes(look, advice)))


# --- watching ------------------------------------------------------------------------------------


async def _watch(look: Callable[[Sort], Look], advice: Advice, sort: Sort, *, interval_seconds: float) -> None:
    """Until q. A key, or another size of the window, is a bell: everything is looked at and drawn anew."""
    from rich.console import Console
    from rich.live import Live

    from elastane.cli.top_screen import screen

    bell, keys = asyncio.Event(), list[str]()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGWINCH, bell.set)
    loop.add_signal_handler(signal.SIGTERM, _press, "q", keys, bell)
    with _keys_at_once(sys.stdin.fileno()), Live(console=Console(), screen=True, auto_refresh=False) as live:
        loop.add_reader(
            sys.stdin.fileno(), lambda: _press(os.read(sys.stdin.fileno(), 64).decode(errors="replace"), keys, bell)
        )
        while (pressed := "".join(keys)).find("q") < 0:
            keys.clear()
            sort = next_sort(sort, pressed.count("s"))
            now = look(sort)
            # The terminal's own: COLUMNS and LINES, where somebody exports them, do not follow the window.
            columns, lines = live.console.size = os.get_terminal_size(sys.stdin.fileno())
            footer = f"q quit   s sort: {sort}   every {interval_seconds:g} s"
            drawn = screen(now.report, columns=columns, lines=lines, notes=notes(now, advice), footer=footer)
            live.update(drawn, refresh=True)
            bell.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval_seconds):
                    await bell.wait()


def _press(pressed: str, keys: list[str], bell: asyncio.Event) -> None:
    """An end of the input is as good as a q: nobody could press one any more."""
    keys.append(pressed or "q")
    bell.set()


def next_sort(sort: Sort, count: int) -> Sort:
    orders: Sequence[Sort] = tuple(Sort)
    return orders[(orders.index(sort) + count) % len(orders)]


@contextlib.contextmanager
def _keys_at_once(terminal: int) -> Iterator[None]:
    """Each key is read when it is pressed, and not shown."""
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
