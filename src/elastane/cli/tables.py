"""Tables and lists for a terminal: rows of text in, text out. Who decides what the rows say is elsewhere."""

import io
import shutil
from collections.abc import Iterable, Sequence

from elastane.engines.discovery import EngineBinary, Source

COLUMNS_WHEN_PIPED = 200
"""Wide enough that no row is broken where a person will search it with grep."""

COLUMNS_MIN = 100
"""A narrower terminal breaks lines by itself: better than ids in pieces."""

SOURCE_NAMES: dict[Source, str] = {
    "configured": "ELASTANE_ENGINES",
    "store": "engine store",
    "shared": "shared store",
    "path": "PATH",
    "wheel": "wheel",
}
"""Where a binary was found, in words that say where to look."""


def terminal_columns() -> int:
    return shutil.get_terminal_size(fallback=(COLUMNS_WHEN_PIPED, 24)).columns


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, columns: int) -> str:
    """Plain text. Only the last column breaks its text, at `columns`: what stands in the others is to be copied."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="")
    for head in heads[:-1]:
        drawn.add_column(head, no_wrap=True)
    drawn.add_column(heads[-1], overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))  # Text: a bracket in a cell is a bracket and no markup
    paper = Console(file=io.StringIO(), width=max(columns, COLUMNS_MIN), color_system=None, legacy_windows=False)
    with paper.capture() as capture:
        paper.print(drawn)
    return "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip())


def engine_names(engines: Iterable[EngineBinary]) -> str:
    """``valkey 9.1.2 (wheel), redis 7.0.15 (PATH)``; empty for none."""
    return ", ".join(f"{binary.engine} {binary.version} ({SOURCE_NAMES[binary.source]})" for binary in engines)
