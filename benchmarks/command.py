"""The command line that every benchmark has: `python -m benchmarks.<name> [--quick] [--json FILE]`.

Called by each benchmark's last line. It ends with 0 whenever the benchmark could be run: a missed goal is a line in
the table and no failure.
"""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from benchmarks.tables import Report, encode, render, this_machine


def run(name: str, measure: Callable[[bool], Report]) -> int:
    """Measures and prints; `measure` is told whether to be quick. Ctrl-C and SIGTERM take everything down."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works, not for the figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine and every sample there")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)  # to unwind as Ctrl-C does: a control plane of ours must not outlive us
    machine = this_machine()
    try:
        report = measure(arguments.quick)
    except KeyboardInterrupt:
        return 130
    print(render(report, machine))
    if arguments.json is not None:
        arguments.json.write_bytes(encode(report, machine))
    return 0


def tell(progress: str) -> None:
    """A line for whoever waits; not part of the result."""
    print(f"{progress} ...", file=sys.stderr, flush=True)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
