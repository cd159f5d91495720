"""`python -m examples.database_caching`: reads the arguments, runs the demo, and turns its result into an exit code."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from valkey.exceptions import ValkeyError

from examples.database_caching.database import DatabaseUnavailableError
from examples.database_caching.demo import Options, run_demo
from examples.database_caching.endpoint import CacheUnavailableError
from examples.database_caching.shop import Size


def main() -> int:
    # SIGTERM has to unwind the stack as Ctrl-C does, or a server started for the demo would outlive it.
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        return run_demo(_parse_arguments(), os.environ, size=Size())
    except (CacheUnavailableError, DatabaseUnavailableError, ValkeyError) as error:
        print(error, file=sys.stderr)
        return 1


def _parse_arguments() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m examples.database_caching",
        description="A web shop's queries on a relational database, without and with a cache in front of it.",
        epilog="DB_URL names a MySQL database and CACHE_URL a cache; README.md tells about both.",
    )
    parser.add_argument("--queries", type=_positive, default=4000, help="how many, in each of the two runs")
    parser.add_argument("--workers", type=_positive, default=4, help="threads that ask at the same time")
    parser.add_argument("--seconds-max", type=_positive, default=15, help="the longest that either run may take")
    parser.add_argument("--database-file", type=Path, help="the SQLite file to make and keep (default: a passing one)")
    arguments = parser.parse_args()
    return Options(
        query_count=arguments.queries,
        worker_count=arguments.workers,
        seconds_max=arguments.seconds_max,
        database_file=arguments.database_file,
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def _exit_on_signal(signal_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal_number)


if __name__ == "__main__":
    sys.exit(main())
