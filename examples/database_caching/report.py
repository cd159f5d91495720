"""What the demo prints at the end: the table, and what the checks found. Text in, text out; nothing is decided here."""

import io

from rich import box
from rich.console import Console
from rich.table import Table

from examples.database_caching.cache_aside import Source
from examples.database_caching.check import Checks, Comparison
from examples.database_caching.load import Measurement

COLUMNS = ("", "queries", "queries/s", "p50 ms", "p99 ms", "database queries", "hit rate")


def render_table(without_cache: Measurement, with_cache: Measurement) -> str:
    """Two runs and their ratio; × is how many times more, ÷ how many times less."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in COLUMNS:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    table.add_row("without cache", *_cells(without_cache), "-")
    table.add_row("with cache", *_cells(with_cache), f"{with_cache.hit_ratio:.1%}")
    table.add_section()
    table.add_row(
        "ratio",
        "",
        f"× {with_cache.queries_per_second / without_cache.queries_per_second:.1f}",
        f"÷ {without_cache.latency_seconds(0.5) / with_cache.latency_seconds(0.5):.1f}",
        f"÷ {without_cache.latency_seconds(0.99) / with_cache.latency_seconds(0.99):.1f}",
        f"÷ {without_cache.database_query_count / max(1, with_cache.database_query_count):.1f}",
        "",
    )
    text = io.StringIO()
    Console(file=text, width=100, color_system=None).print(table)
    return text.getvalue()


def render_checks(checks: Checks, with_cache: Measurement) -> str:
    """What was compared after the load, and what came of it; a line each."""
    lines = [
        _comparison_line("After the load", checks.after_load),
        _comparison_line("After more purchases", checks.after_purchases),
        f"No key lives longer than {checks.lifetime_seconds_max:.0f} s more; {checks.ttl_seconds} s are allowed.",
    ]
    if alone_count := with_cache.sources[Source.DATABASE_ALONE]:
        lines.append(f"The cache failed {alone_count:,} times; the database answered alone.")
    return "\n".join(lines)


def _comparison_line(when: str, comparison: Comparison) -> str:
    verdict = f"{len(comparison.wrong)} WRONG" if comparison.wrong else "all of them right"
    return (
        f"{when}: {comparison.compared_count} answers compared with the database's own, "
        f"{comparison.from_cache_count} of them from the cache: {verdict}."
    )


def _cells(measurement: Measurement) -> tuple[str, ...]:
    return (
        f"{measurement.query_count:,}",
        f"{measurement.queries_per_second:,.0f}",
        f"{measurement.latency_seconds(0.5) * 1000:.2f}",
        f"{measurement.latency_seconds(0.99) * 1000:.2f}",
        f"{measurement.database_query_count:,}",
    )
