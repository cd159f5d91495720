"""A process that delivers as fast as it can, until it is killed: ``python -m tests.unit.logs.victim <directory>``.

It is an engine that writes line after line, and a control plane that delivers them to a log group and to a file.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from tests.kit import groups
from tests.unit.logs.worlds import BEGINNING, ENGINE, delivery_world, to_stream

TO_GROUP = groups.group("orders", groups.node("orders-001"), logs=(ENGINE,))
TO_FILE = replace(
    groups.group("others", groups.node("others-001")), credential_id="others", logs=(to_stream(ENGINE, "file"),)
)
KEYS = ("us-east-1/orders-001", "us-east-1/others-001")
LINES_A_LOOK = 20


def lines(first: int) -> list[str]:
    at = f"{BEGINNING + timedelta(seconds=1):%d %b %Y %H:%M:%S}.000"
    return [f"7:M {at} * line {number}" for number in range(first, first + LINES_A_LOOK)]


def written_count(directory: Path, key: str) -> int:
    """Lines in an engine's log."""
    path = directory / "nodes" / key / "log"
    text = path.read_text() if path.exists() else ""
    return text.count("\n")


async def deliver(directory: Path) -> None:
    with delivery_world(directory) as world:
        while True:
            for key in KEYS:
                world.engine_logs.append(key, *lines(written_count(directory, key)))
            await world.deliveries.look()


if __name__ == "__main__":
    asyncio.run(deliver(Path(sys.argv[1])))
