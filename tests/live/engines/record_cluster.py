"""Records what real engines in cluster mode say of their cluster into tests/golden/engines, beside what `record` does.

Run by a person when an engine's version changes: `python -m tests.live.engines.record_cluster`. One file a situation:
the text of CLUSTER NODES or CLUSTER INFO as it came over the wire, or as JSON the reply to CLUSTER GETSLOTMIGRATIONS.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from elastane.engines import CONTROL_USER, MemberAddress
from elastane.engines.connection import Command, Reply
from elastane.model.cluster_views import MoveState
from tests.kit.asserts import eventually
from tests.live.engines.cluster_processes import EngineClusterWorld
from tests.live.engines.processes import customer, require_engine
from tests.live.engines.record import GOLDEN
from tests.unit.engines.contract_cluster import SECONDS, SHARDS, Cluster, form, view_of
from tests.unit.engines.contract_slots import MOVED

NODES: Command = ("CLUSTER", "NODES")
STATE: Command = ("CLUSTER", "INFO")
OPEN_SLOTS = (7, 11)


async def record(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = EngineClusterWorld(require_engine(name), Path(directory))
        try:
            for file_name, text in (await _situations(world)).items():
                path = GOLDEN / f"{name}-{world.processes.binary.version}" / file_name
                await asyncio.to_thread(path.write_bytes, text)
        finally:
            await world.aclose()


async def _situations(world: EngineClusterWorld) -> dict[str, bytes]:
    booted, other = world.member(), world.member()
    await world.boot(booted, others=[other], nowhere_slots=SHARDS[0])
    recorded = {"cluster_booted.txt": await _text(world, booted, NODES)}
    cluster = await form(world)
    source, target, lost = cluster.primaries
    recorded["cluster_formed.txt"] = await _text(world, source, NODES)
    recorded["cluster_replica.txt"] = await _text(world, cluster.replicas[0], NODES)
    recorded["cluster_state_ok.txt"] = await _text(world, source, STATE)
    if world.moves_whole_slots:
        recorded["slot_moves.json"] = await _moves(world, cluster)
    for slot in OPEN_SLOTS:
        await _ask(world, target, ("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id))
        await _ask(world, source, ("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id))
    recorded["cluster_gives.txt"] = await _text(world, source, NODES)
    recorded["cluster_takes.txt"] = await _text(world, target, NODES)
    await world.engines.set_parameters(source.at, {"cluster-node-timeout": "1000"}, SECONDS)
    await world.lose(lost.at)
    await eventually(lambda: _is_held_dead(world, source, lost))
    recorded["cluster_lost.txt"] = await _text(world, source, NODES)
    await world.lose(target.at)
    await eventually(lambda: _is_in_a_minority(world, source))
    recorded["cluster_state_fail.txt"] = await _text(world, source, STATE)
    return recorded


async def _moves(world: EngineClusterWorld, cluster: Cluster) -> bytes:
    """One of each end, and one that runs: to a hung node, so that it runs on. The third primary is lost by it."""
    source, target, lost = cluster.primaries
    await world.engines.begin_move(source.at, target.id, MOVED[:1], SECONDS)
    await eventually(lambda: _newest_is(world, source, MoveState.SUCCEEDED))
    await world.hang(lost.at)
    await world.engines.begin_move(source.at, lost.id, MOVED[1:], SECONDS)
    await _cancel(source)
    await world.engines.begin_move(source.at, lost.id, MOVED[1:], SECONDS)
    await world.lose(lost.at)
    await eventually(lambda: _newest_is(world, source, MoveState.FAILED))
    await world.hang(target.at)
    await world.engines.begin_move(source.at, target.id, MOVED[1:], SECONDS)
    (reply,) = await _ask(world, source, ("CLUSTER", "GETSLOTMIGRATIONS"))
    await _cancel(source)
    await world.resume(target.at)
    return json.dumps(_texts(reply), indent=1).encode() + b"\n"


async def _cancel(source: MemberAddress) -> None:
    """As nobody of ours ever does: see `Engines.cancel_moves`."""
    async with customer(source.at, CONTROL_USER) as client:
        await client.execute_command("CLUSTER CANCELSLOTMIGRATIONS")


def _texts(reply: Reply) -> object:
    if isinstance(reply, list):
        return [_texts(item) for item in reply]
    return reply.decode() if isinstance(reply, bytes) else reply


async def _newest_is(world: EngineClusterWorld, member: MemberAddress, state: MoveState) -> bool:
    return (await view_of(world, member)).moves[0].state is state


async def _is_held_dead(world: EngineClusterWorld, member: MemberAddress, lost: MemberAddress) -> bool:
    known = (await view_of(world, member)).find(lost.id)
    return known is not None and known.is_held_dead


async def _is_in_a_minority(world: EngineClusterWorld, member: MemberAddress) -> bool:
    return not (await view_of(world, member)).is_serving


async def _text(world: EngineClusterWorld, member: MemberAddress, command: Command) -> bytes:
    (text,) = await _ask(world, member, command)
    assert isinstance(text, bytes)
    return text


async def _ask(world: EngineClusterWorld, member: MemberAddress, command: Command) -> list[Reply]:
    return await world.engines.ask(member.at, (command,), SECONDS)


async def _main() -> None:
    for name in sys.argv[1:] or ["valkey", "redis"]:
        await record(name)


if __name__ == "__main__":
    asyncio.run(_main())
