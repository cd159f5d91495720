"""Slots moved where nobody runs Elastane: by the engines' own command-line tool, or by the orders it would give.

Called by `resharding`. The tool is whichever is installed, as it works by itself: Debian's `redis-cli` moves slot by
slot and ten keys at a time, whatever engine it speaks to. Valkey from 9.0 on can move whole slots; a `valkey-cli` from
9.1 on uses that when told to, by one order to each shard that gives, one after the other. Those orders are given here
where the tool is not.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from benchmarks.cluster_engines import EngineCluster
from benchmarks.cluster_views import Shard, member_id
from benchmarks.failover_targets import PORT, ask
from elastane.engines.discovery import EngineBinary

SECONDS_MAX = 300.0
LOOK_SECONDS = 0.02
WHOLE_SLOTS_VERSION = 9
ENDED = {"success", "failed", "cancelled"}


class Mover(msgspec.Struct, frozen=True, kw_only=True):
    """One way to give the shard without slots so many."""

    name: str
    prepare: Callable[[EngineCluster, int], Callable[[], None]]
    """What it answers moves the slots: the part that is timed."""


def movers(binary: EngineBinary) -> tuple[Mover, ...]:
    """Those that this machine has for this engine."""
    tool = shutil.which("valkey-cli") or shutil.which("redis-cli")
    found = []
    if tool is not None:
        found.append(Mover(name=Path(tool).name, prepare=lambda cluster, count: _by_tool(tool, cluster, count)))
    if binary.engine == "valkey" and int(binary.version.split(".")[0]) >= WHOLE_SLOTS_VERSION:
        found.append(Mover(name="MIGRATESLOTS", prepare=_by_orders))
    return tuple(found)


def _by_tool(tool: str, cluster: EngineCluster, slot_count: int) -> Callable[[], None]:
    owners, taker = _owners_and_taker(cluster)
    order = [tool, "--cluster", "reshard", f"{cluster.entry_address}:{PORT}", "--cluster-yes"]
    order += ["--cluster-from", ",".join(member_id(owner.primary) for owner in owners)]
    order += ["--cluster-to", taker, "--cluster-slots", str(slot_count)]

    def move() -> None:
        done = subprocess.run(order, capture_output=True, text=True, timeout=SECONDS_MAX)
        assert done.returncode == 0, f"{done.stdout[-1000:]}{done.stderr[-1000:]}"

    return move


def _by_orders(cluster: EngineCluster, slot_count: int) -> Callable[[], None]:
    owners, taker = _owners_and_taker(cluster)

    def move() -> None:
        for number, owner in enumerate(owners):
            count = slot_count * (number + 1) // len(owners) - slot_count * number // len(owners)
            last = owner.slots[-1][1]
            _move_range(owner.primary, last - count + 1, last, taker)

    return move


def _move_range(source: str, first: int, last: int, taker: str) -> None:
    began_at = perf_counter()
    with ask(source) as client:
        client.execute_command("CLUSTER MIGRATESLOTS", "SLOTSRANGE", first, last, "NODE", taker)
        while (state := _newest(client)["state"]) not in ENDED:
            assert perf_counter() - began_at < SECONDS_MAX, f"the move of {first}-{last} is still {state}"
            time.sleep(LOOK_SECONDS)
    assert state == "success", f"the move of {first}-{last} ended as {state}"


def _newest(client: Any) -> Mapping[str, Any]:
    newest: Mapping[str, Any] = client.execute_command("CLUSTER GETSLOTMIGRATIONS")[0]
    return newest


def _owners_and_taker(cluster: EngineCluster) -> tuple[list[Shard], str]:
    shards = cluster.shards()
    (empty,) = (shard for shard in shards if not shard.slots)
    return [shard for shard in shards if shard.slots], member_id(empty.primary)
