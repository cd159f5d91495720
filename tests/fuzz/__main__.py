"""`python -m tests.fuzz`: see the package's first page."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from time import perf_counter

import pytest
import uvloop

from tests.fuzz import configuration_endpoint, in_process, sockets
from tests.fuzz.judging import Finding

REQUESTS_DEFAULT = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--requests", type=int, default=REQUESTS_DEFAULT, metavar="COUNT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="NUMBER", help="begin with this request")
    parser.add_argument("--side-by-side", type=int, default=1, metavar="COUNT", help="so many requests at a time")
    parser.add_argument("--sockets", action="store_true", help="raw bytes to a control plane that is served")
    parser.add_argument("--memcached", action="store_true", help="streams to a configuration endpoint, and to a node")
    arguments = parser.parse_args()
    began_at = perf_counter()

    def tell(done: int) -> None:
        if done % 10_000 == 0:
            sys.stderr.write(f"{done:,} requests, {done / (perf_counter() - began_at):,.0f} a second ...\n")

    if arguments.memcached:
        return _fuzz_memcached(arguments, tell)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            tally = runner.run(
                sockets.fuzz(arguments.seed, arguments.requests, tell=tell)
                if arguments.sockets
                else in_process.fuzz(
                    arguments.seed,
                    arguments.requests,
                    first=arguments.first,
                    side_by_side=arguments.side_by_side,
                    tell=tell,
                )
            )
    except* Finding as findings:
        sys.stdout.write("".join(f"FOUND {finding}\n" for finding in findings.exceptions))
        sys.exit(1)
    took = f"{perf_counter() - began_at:,.0f} s"
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(tally.statuses.items()))
    sys.stdout.write(
        f"{arguments.requests:,} requests from seed {arguments.seed} in {took}: {statuses}; "
        f"memory grew by {tally.growth_bytes / 1024**2:.1f} MiB in the second half\n"
    )
    return 0


def _fuzz_memcached(arguments: argparse.Namespace, tell: Callable[[int], None]) -> int:
    try:
        growth_bytes = asyncio.run(
            configuration_endpoint.fuzz(arguments.seed, arguments.requests, first=arguments.first, tell=tell)
        )
    except pytest.skip.Exception as missing:
        sys.exit(str(missing))
    except Finding as finding:
        sys.exit(f"FOUND {finding}")
    sys.stdout.write(
        f"{arguments.requests:,} streams from seed {arguments.seed}: the same bytes by both ways; "
        f"memory grew by {growth_bytes / 1024**2:.1f} MiB\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
