"""A process that appends and rolls up metrics until it is killed: `python -m tests.kit.metric_writer DIRECTORY FIRST`.

Minute after minute it appends its number for one subject, and a late one for another; then it says the number. Time
flies: every few minutes what is over is packed.
"""

import asyncio
import sys
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

from elastane.store.metric_rows import Batch
from elastane.store.metric_series import MetricSeries
from tests.kit.metric_samples import CUSTOM, LISTINGS, NODE, NOW, sample

LATE = timedelta(hours=3)
ROLLED_UP_EACH = 7


async def write(directory: Path, first: int) -> None:
    with closing(MetricSeries.open(directory)) as series:
        for number in count(first):
            at = NOW + timedelta(minutes=number)
            minutes = [sample(at, number, NODE), sample(at - LATE, number, CUSTOM)]
            fine = [sample(at, number, NODE)]
            await series.append_batches(
                [
                    Batch(samples=minutes, listings=LISTINGS, resolution_seconds=60),
                    Batch(samples=fine, listings=LISTINGS, resolution_seconds=5),
                ]
            )
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            if number % ROLLED_UP_EACH == 0:
                await series.roll_up(at)


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
