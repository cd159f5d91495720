"""How `elastane top` looks: a report in, something for rich to draw out. Pure.

A terminal that is too narrow for every column does without those that matter least (`_columns`), and one that is too
low for every row says how many there are more. What is old is dim and says how old it is.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from elastane.cli.top_rows import DOWN, Numbers, TopReport, TopRow, Totals
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth

UNKNOWN = "-"
BAR_CELLS = 6
TOTAL_BAR_CELLS = 12
NODE_CELLS_MIN = 18
WIDE_COLUMNS = 100
"""From there on columns are two apart."""

_LOOK = {
    NodeHealth.STARTING: "yellow",
    NodeHealth.SYNCING: "yellow",
    NodeHealth.UNKNOWN: "yellow",
    DOWN: "not dim bold red",
}


def screen(
    report: TopReport, *, columns: int, lines: int | None = None, notes: Sequence[str] = (), footer: str = ""
) -> RenderableType:
    """Within so many columns and, where that is given, lines."""
    head = [
        _first_line(report, columns),
        *([_totals_line(report.totals, columns)] if report.nodes else []),
        *(Text(note, style="yellow") for note in notes),
    ]
    foot = [Text(footer, style="dim", no_wrap=True, overflow="crop")] if footer else []
    shown, hidden = report.nodes, 0
    if lines is not None:
        room = max(1, lines - _height([*head, *foot], columns) - 2)  # the table's head, and a line above it
        if len(shown) > room:
            shown, hidden = shown[: room - 1], len(shown) - room + 1
    told = f"… and {hidden} more: a taller window shows them, or name a cache."
    more = [Text(told, style="dim", no_wrap=True, overflow="ellipsis")] if hidden else []
    body: list[RenderableType] = [Text(""), _table(shown, columns)] if shown else []
    return Group(*head, *body, *more, *foot)


def _height(texts: Iterable[Text], columns: int) -> int:
    """Of texts whose lines are broken between words."""
    paper = Console(width=columns)
    return sum(1 if text.no_wrap else len(text.wrap(paper, columns)) for text in texts)


# --- above the table -----------------------------------------------------------------------------


def _first_line(report: TopReport, columns: int) -> Text:
    totals = report.totals
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("elastane ", style="bold")
    text.append(report.url or "is not running", style="green" if report.is_running else "bold red")
    counted = f"{_counted(totals.cache_count, 'cache')}, {_counted(totals.node_count, 'node')}"
    text.append(f"  {counted}")
    if totals.current_node_count < totals.node_count:
        text.append(f", {totals.current_node_count} measured now", style="yellow")
    at = report.at.strftime("%H:%M:%S UTC")
    text.append(at.rjust(max(2 + len(at), columns - cell_len(text.plain))), style="dim")
    return text


def _totals_line(totals: Totals, columns: int) -> Text:
    """Nothing in it that was not measured, and no more than there is room for."""
    parts: list[Text] = []
    if totals.operations_per_second is not None:
        parts.append(Text.assemble((counted_in_short(totals.operations_per_second), "bold"), " ops/s"))
    if totals.hit_ratio is not None:
        parts.append(Text.assemble("hits ", (_percent(totals.hit_ratio, digits=1), _hit_style(totals.hit_ratio))))
    if totals.memory_bytes is not None and totals.memory_bytes_max:
        ratio = totals.memory_bytes / totals.memory_bytes_max
        amount = f"memory {bytes_in_short(totals.memory_bytes)}/{bytes_in_short(totals.memory_bytes_max)} "
        parts.append(Text.assemble(amount, _bar(ratio, TOTAL_BAR_CELLS), f" {_percent(ratio)}"))
    if totals.client_count is not None:
        parts.append(Text.assemble((counted_in_short(totals.client_count), "bold"), " clients"))
    if not parts:
        return Text("Nothing is measured at this moment.", style="dim")
    fitting = [part for index, part in enumerate(parts) if Text("   ").join(parts[: index + 1]).cell_len <= columns]
    return Text("   ").join(fitting or parts[:1])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


# --- the table -----------------------------------------------------------------------------------


class _Column(NamedTuple):
    head: str
    cell: Callable[[TopRow], Text | str]
    rank: int
    """Those with the highest are the first that a narrow terminal does without."""
    is_text: bool = False


def _number(read: Callable[[Numbers], float | None], render: Callable[[float], str]) -> Callable[[TopRow], str]:
    def cell(row: TopRow) -> str:
        number = read(row.numbers)
        return UNKNOWN if number is None else render(number)

    return cell


def _columns() -> tuple[_Column, ...]:
    """From left to right."""
    return (
        _Column("REGION", lambda row: row.region, 1, is_text=True),
        _Column("CACHE", lambda row: row.cache, 11, is_text=True),
        _Column("SHARD", lambda row: row.node_group_id, 12, is_text=True),
        _Column("NODE", lambda row: row.node, 0, is_text=True),
        _Column("ROLE", _role_cell, 1, is_text=True),
        _Column("OPS/S", _number(lambda one: one.operations_per_second, counted_in_short), 2),
        _Column("HITS", _hit_cell, 3),
        _Column("MEMORY", _memory_cell, 4),
        _Column("", lambda row: "" if row.numbers.memory_ratio is None else _bar(row.numbers.memory_ratio), 5, True),
        _Column("CPU", _cpu_cell, 6),
        _Column("LAG", _number(lambda one: one.lag_seconds, seconds_in_short), 7),
        _Column("CLIENTS", _number(lambda one: one.client_count, counted_in_short), 8),
        _Column("ITEMS", _number(lambda one: one.item_count, counted_in_short), 12),
        _Column("EVICT/S", _evictions_cell, 9),
        _Column("IN/S", _number(lambda one: one.received_bytes_per_second, bytes_in_short), 10),
        _Column("OUT/S", _number(lambda one: one.sent_bytes_per_second, bytes_in_short), 10),
        _Column("P99 READ", _number(lambda one: one.read_p99_seconds, seconds_in_short), 13),
        _Column("P99 WRITE", _number(lambda one: one.write_p99_seconds, seconds_in_short), 13),
        _Column("ZONE", lambda row: row.zone, 14, is_text=True),
        _Column("MEASURED", _age_cell, 1, is_text=True),
    )


def _table(rows: Sequence[TopRow], columns: int) -> Table:
    gap = 2 if columns >= WIDE_COLUMNS else 1
    needless = {"MEASURED"} if all(row.is_current for row in rows) else set[str]()
    if len({row.region for row in rows}) == 1:
        needless.add("REGION")  # where there are two, a node's id alone may name two nodes
    if not any(row.node_group_id for row in rows):
        needless |= {"SHARD", "LAG"}  # of Memcached clusters alone
    drawn = [
        (column, [_text(column.cell(row)) for row in rows]) for column in _columns() if column.head not in needless
    ]
    widths = {column.head: max(cell_len(column.head), *(cell.cell_len for cell in cells)) for column, cells in drawn}
    shown = _fitting([column for column, _ in drawn], widths, columns, gap)
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for column in shown:
        table.add_column(
            column.head, width=widths[column.head], no_wrap=True, justify="left" if column.is_text else "right"
        )
    cells_of = {column.head: cells for column, cells in drawn}
    for index, row in enumerate(rows):
        cells = [_shortened(cells_of[column.head][index], widths[column.head]) for column in shown]
        table.add_row(*cells, style="" if row.is_current else "dim")
    return table


def _fitting(columns: Sequence[_Column], widths: dict[str, int], room: int, gap: int) -> list[_Column]:
    """The most important ones that there is room for together; the node's ids give way before any column does."""
    ids = widths["NODE"]
    least = min(ids, NODE_CELLS_MIN)
    left = room - least
    shown = {"NODE"}
    for column in sorted(columns, key=lambda column: column.rank)[1:]:
        left -= widths[column.head] + gap
        if left < 0:
            left += widths[column.head] + gap
            break
        shown.add(column.head)
    widths["NODE"] = min(ids, least + left)
    return [column for column in columns if column.head in shown]


def _shortened(text: Text, cells: int) -> Text:
    """In the middle: ids of one cache differ at their ends."""
    if text.cell_len <= cells:
        return text
    behind = (cells - 1) * 2 // 3
    return Text(f"{text.plain[: cells - 1 - behind]}…{text.plain[-behind:]}", style=text.style)


def _text(cell: Text | str) -> Text:
    return Text(cell) if isinstance(cell, str) else cell


def _role_cell(row: TopRow) -> Text:
    """What is wrong, where something is."""
    if row.health != NodeHealth.READY:
        return Text(row.health, style=_LOOK.get(row.health, ""))
    return Text(row.role or UNKNOWN, style="bold cyan" if row.role == Role.PRIMARY else "")


def _hit_cell(row: TopRow) -> Text:
    ratio = row.numbers.hit_ratio
    return Text(UNKNOWN) if ratio is None else Text(_percent(ratio, digits=1), style=_hit_style(ratio))


def _hit_style(ratio: float) -> str:
    """AWS advises to look into it below 0.8."""
    return "green" if ratio >= 0.8 else "yellow"


def _memory_cell(row: TopRow) -> Text:
    used, most = row.numbers.memory_bytes, row.numbers.memory_bytes_max
    if used is None:
        return Text(UNKNOWN)
    return Text(bytes_in_short(used) if most is None else f"{bytes_in_short(used)}/{bytes_in_short(most)}")


def _cpu_cell(row: TopRow) -> Text:
    ratio = row.numbers.cpu_ratio
    return Text(UNKNOWN) if ratio is None else Text(_percent(ratio), style=_load_style(ratio))


def _evictions_cell(row: TopRow) -> Text:
    rate = row.numbers.evictions_per_second
    return Text(UNKNOWN) if rate is None else Text(counted_in_short(rate), style="yellow" if rate > 0 else "")


def _age_cell(row: TopRow) -> Text:
    if row.age_seconds is None:
        return Text("no sample")
    return Text("now" if row.is_current else f"{duration_in_short(row.age_seconds)} ago")


def _load_style(ratio: float) -> str:
    return "bold red" if ratio >= 0.9 else "yellow" if ratio >= 0.75 else ""


# --- numbers in few cells ------------------------------------------------------------------------


def _bar(ratio: float, cells: int = BAR_CELLS) -> Text:
    """Full cells, then one in eighths."""
    eighths = round(min(max(ratio, 0.0), 1.0) * cells * 8)
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
    return Text.assemble((filled, _load_style(ratio) or "green"), ("·" * (cells - len(filled)), "dim"))


def _percent(ratio: float, *, digits: int = 0) -> str:
    """Never rounded to all or nothing where it is neither."""
    text = f"{ratio * 100:.{digits}f}"
    if digits and (text.startswith("100") and ratio < 1):
        text = "99.9"
    return f"{text}%"


def counted_in_short(number: float) -> str:
    """``0.4``, ``3``, ``12,345``, ``123k``, ``1.2M``."""
    if number < 9.95 and number % 1:
        return f"{number:.1f}"
    if number < 99_999.5:
        return f"{number:,.0f}"
    return f"{number / 1e3:.0f}k" if number < 999_500 else f"{number / 1e6:.1f}M"


def bytes_in_short(number: float) -> str:
    """In powers of 1,024: ``512B``, ``1.5K``, ``812M``, ``4.0G``."""
    for unit in ("B", "K", "M", "G", "T"):
        if number < 999.5 or unit == "T":
            break
        number /= 1024
    return f"{number:.0f}{unit}" if unit == "B" or number >= 99.5 else f"{number:.1f}{unit}"


def seconds_in_short(seconds: float) -> str:
    """``0``, ``180us``, ``12ms``, ``1.5s``."""
    if seconds <= 0:
        return "0"
    if seconds < 0.000_9995:
        return f"{seconds * 1e6:.0f}us"
    return f"{seconds * 1e3:.0f}ms" if seconds < 0.9995 else f"{seconds:.1f}s"


def duration_in_short(seconds: float) -> str:
    """In the largest unit that it fills: ``42 s``, ``3 min``, ``2 h``, ``5 d``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
