"""Records what real engines answer to `measure` into tests/golden/engines, for the tests without engines.

Run by a person when an engine's version changes: `python -m tests.live.engines.record_measurements`. INFO as it came
over the wire; of COMMAND some commands, and LATENCY HISTOGRAM, as JSON of the lists that were read.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from elastane.engines.measurements import SECTIONS
from tests.live.engines.processes import EngineWorld, customer, require_engine
from tests.live.engines.record import GOLDEN, save
from tests.unit.engines.contract import SECONDS, synced

COMMANDS = ("get", "set", "hget", "dbsize", "eval", "del", "config", "ssubscribe", "georadius", "setbit", "publish")


async def record(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = EngineWorld(require_engine(name), Path(directory))
        try:
            for file_name, content in (await _answers(world)).items():
                path = GOLDEN / f"{name}-{world.binary.version}" / file_name
                await asyncio.to_thread(save, path, content)
        finally:
            await world.aclose()


async def _answers(world: EngineWorld) -> dict[str, bytes]:
    primary, replica = await world.boot(), await world.boot()
    await world.engines.promote(primary, SECONDS)
    async with customer(primary) as client:
        await client.mset({"a": "1", "b": "2", "c": "3"})
        await client.expire("a", 100_000)
        await client.select(5)
        await client.set("d", "4")
    await world.engines.follow(replica, primary, SECONDS)
    await synced(world, replica, key_count=4)
    commands = ("INFO", *SECTIONS), ("COMMAND", "INFO", *COMMANDS), ("LATENCY", "HISTOGRAM")
    told, table, histograms = await world.engines.ask(primary, commands, SECONDS)
    (told_by_replica,) = await world.engines.ask(replica, commands[:1], SECONDS)
    assert isinstance(told, bytes) and isinstance(told_by_replica, bytes)
    return {
        "measured.txt": told,
        "measured_replica.txt": told_by_replica,
        "commands.json": msgspec.json.format(msgspec.json.encode(_texts(table))) + b"\n",
        "histograms.json": msgspec.json.format(msgspec.json.encode(_texts(histograms))) + b"\n",
    }


def _texts(reply: Any) -> Any:
    if isinstance(reply, list):
        return [_texts(part) for part in reply]
    return reply.decode() if isinstance(reply, bytes) else reply


if __name__ == "__main__":
    for engine in sys.argv[1:] or ("valkey", "redis"):
        asyncio.run(record(engine))
