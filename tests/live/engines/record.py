"""Records what real engines answer to `observe` into tests/golden/engines, for the tests without engines.

Run by a person when an engine's version changes: `python -m tests.live.engines.record`. One file a
situation: INFO's text as it came over the wire.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from elastane.engines import NodeAddress
from elastane.engines.info import INFO_SECTIONS
from tests.kit.asserts import eventually
from tests.live.engines.processes import PORT, SECRET, EngineWorld, customer, require_engine
from tests.unit.engines.contract import SECONDS, look, synced

GOLDEN = Path(__file__).parents[2] / "golden" / "engines"

SYNC_BYTES = 1000
SENT_BYTES = 400


async def record(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = EngineWorld(require_engine(name), Path(directory))
        try:
            for situation, text in (await _situations(world)).items():
                await asyncio.to_thread(save, GOLDEN / f"{name}-{world.binary.version}" / f"{situation}.txt", text)
        finally:
            await world.aclose()


async def _situations(world: EngineWorld) -> dict[str, bytes]:
    recorded = {}
    primary, replica = await world.boot(), await world.boot()
    recorded["replica_of_nowhere"] = await _info(world, primary)
    await world.engines.promote(primary, SECONDS)
    async with customer(primary) as client:
        await client.mset({"a": "1", "b": "2", "c": "3"})
        await client.select(5)
        await client.set("d", "4")
    await world.engines.follow(replica, primary, SECONDS)
    await synced(world, replica, key_count=4)
    recorded["primary"] = await _info(world, primary)
    recorded["replica"] = await _info(world, replica)
    await world.lose(primary)
    await eventually(lambda: _is_cut_off(world, replica))
    recorded["replica_of_the_dead"] = await _info(world, replica)
    recorded["replica_in_sync"] = await _half_a_sync(world)
    return recorded


async def _is_cut_off(world: EngineWorld, at: NodeAddress) -> bool:
    return not (await look(world, at)).is_link_up


async def _half_a_sync(world: EngineWorld) -> bytes:
    """A primary of ours that sends 400 of 1,000 bytes and waits: real ones are too fast to be caught."""
    address = world.spare_address()
    async with await asyncio.start_server(_send_half_a_sync, address, PORT):
        replica = await world.boot()
        await world.engines.promote(replica, SECONDS)
        await world.write(replica, "key")  # with keys of its own it receives a file, whose length is known
        primary = NodeAddress(address=address, port=PORT, secret=SECRET)
        await world.engines.follow(replica, primary, SECONDS)
        await eventually(lambda: _is_half_done(world, replica))
        text = await _info(world, replica)
        await world.lose(replica)
    return text


async def _send_half_a_sync(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        word = line.strip().upper()
        if word == b"PING":
            writer.write(b"+PONG\r\n")
        elif word in (b"AUTH", b"REPLCONF"):
            writer.write(b"+OK\r\n")
        elif word == b"PSYNC":
            writer.write(b"+FULLRESYNC " + b"f" * 40 + b" 1000\r\n")
            writer.write(f"${SYNC_BYTES}\r\n".encode() + b"REDIS0009".ljust(SENT_BYTES, b"\xfa"))
    writer.close()


async def _is_half_done(world: EngineWorld, at: NodeAddress) -> bool:
    return (await look(world, at)).sync_progress_ratio is not None


async def _info(world: EngineWorld, at: NodeAddress) -> bytes:
    (text,) = await world.engines.ask(at, (("INFO", *INFO_SECTIONS),), SECONDS)
    assert isinstance(text, bytes)
    return text


def save(file: Path, text: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_PATHS.sub(rb"\1/somewhere", text))


_PATHS = re.compile(rb"^((?:executable|config_file):)[^\r\n]*", re.MULTILINE)
"""Where things lay on the machine that recorded is nobody's business."""


async def _main() -> None:
    for name in sys.argv[1:] or ["valkey", "redis"]:
        await record(name)


if __name__ == "__main__":
    asyncio.run(_main())
