"""A control plane that is killed again and again while it delivers: every line once, and none left out."""

import asyncio
import sys
from pathlib import Path

from tests.kit.asserts import eventually
from tests.unit.logs.victim import KEYS, TO_FILE, TO_GROUP
from tests.unit.logs.worlds import delivery_world

KILL_COUNT = 8


def said(messages: list[str]) -> list[str]:
    return [message.rpartition(" * ")[2] for message in messages]


async def test_a_kill_at_any_moment_neither_loses_nor_doubles_an_entry(tmp_path: Path) -> None:
    with delivery_world(tmp_path) as world:
        for group in (TO_GROUP, TO_FILE):
            await world.save(group)
        await world.make_log_group("engine")
    delivered = tmp_path / "log-deliveries" / "file.log"

    def delivered_bytes() -> int:
        return delivered.stat().st_size if delivered.exists() else 0

    for number in range(KILL_COUNT):
        # Each lives for a while longer, so that they die at different points of their round.
        enough_bytes = delivered_bytes() + number * 700

        def has_delivered(wanted_bytes: int = enough_bytes) -> bool:
            return delivered_bytes() > wanted_bytes

        victim = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.unit.logs.victim", str(tmp_path))
        try:
            await eventually(has_delivered, interval_seconds=0.001, timeout_seconds=30)
        finally:
            victim.kill()
            await victim.wait()

    with delivery_world(tmp_path) as world:
        while await world.deliveries.look():
            pass
        written = [(world.engine_logs.root / key / "log").read_text().splitlines() for key in KEYS]
        assert len(written[0]) > 100
        assert said(await world.messages("engine")) == said(written[0])
        assert said(delivered.read_text().splitlines()) == said(written[1])
