"""Measuring how far every replica is behind its primary, at each tick: see `lag` for what that means.

the replica is as far as its primary was                 0
it is not                                                both are asked anew, primary first, and waited for a moment
its link is down                                         for as long as it is, at least
it does not answer, and its primary lists it             by what it last acknowledged there
no primary answers, or the replica's data is no part     absent
of its stream
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from elastane.clock import Now
from elastane.engines import EngineError, Meter
from elastane.metrics.lag import StreamHistory
from elastane.metrics.looks import Look
from elastane.metrics.targets import NodeGroupKey, NodeTarget
from elastane.model.measurements import Measurements
from elastane.model.observations import Role

LAG_SECONDS = 0.6
"""How long the closer look at a replica may take."""


class _Primary(msgspec.Struct, frozen=True):
    target: NodeTarget
    look: Look[Measurements]
    seen: Measurements


class Lags:
    """Remembers where each node group's stream was."""

    def __init__(self, engines: Meter, now: Now) -> None:
        self._engines = engines
        self._now = now
        self._streams: dict[NodeGroupKey, StreamHistory] = {}

    def keep(self, keys: set[NodeGroupKey]) -> None:
        """Forgets all others."""
        for key in self._streams.keys() - keys:
            del self._streams[key]

    async def measure(self, targets: Sequence[NodeTarget], looks: Mapping[str, Look[Measurements]]) -> dict[str, float]:
        """Seconds by node key, of replicas of which it can be told."""
        primaries = self._note_primaries(targets, looks)
        found: dict[str, float] = {}
        async with asyncio.TaskGroup() as tasks:
            for target in targets:
                primary = primaries.get(target.node_group_key)
                if primary is not None and target.key != primary.target.key:
                    tasks.create_task(self._measure(target, primary, looks.get(target.key), found))
        return found

    def _note_primaries(
        self, targets: Sequence[NodeTarget], looks: Mapping[str, Look[Measurements]]
    ) -> dict[NodeGroupKey, _Primary]:
        """The only one of each node group; where there are two nobody knows whose stream counts."""
        found: dict[NodeGroupKey, list[_Primary]] = {}
        for target in targets:
            look = looks.get(target.key)
            if look is not None and look.seen is not None and look.seen.role is Role.PRIMARY:
                found.setdefault(target.node_group_key, []).append(_Primary(target, look, look.seen))
        primaries = {key: members[0] for key, members in found.items() if len(members) == 1}
        for key, primary in primaries.items():
            self._streams.setdefault(key, StreamHistory()).note(primary.look.at_seconds, primary.seen)
        return primaries

    async def _measure(
        self, target: NodeTarget, primary: _Primary, look: Look[Measurements] | None, found: dict[str, float]
    ) -> None:
        stream = self._streams[target.node_group_key]
        replica = None if look is None else look.seen
        if replica is None:
            acknowledged = primary.seen.replica_offsets.get(target.at.address)
            lag = None if acknowledged is None else stream.lag_seconds(acknowledged, primary.look.at_seconds)
        elif replica.role is not Role.REPLICA or not stream.knows(replica):
            lag = None
        elif replica.offset_bytes >= primary.seen.offset_bytes:
            lag = 0.0
        else:
            lag = await self._measure_closely(target, primary, replica, stream)
        if lag is not None and replica is not None and not replica.is_link_up:
            lag = max(lag, replica.numbers.get("master_link_down_since_seconds", 0.0))
        if lag is not None:
            found[target.key] = lag

    async def _measure_closely(
        self, target: NodeTarget, primary: _Primary, replica: Measurements, stream: StreamHistory
    ) -> float | None:
        try:
            look = await self._engines.look_at_lag(primary.target.at, target.at, LAG_SECONDS)
        except EngineError:
            return stream.lag_seconds(replica.offset_bytes, primary.look.at_seconds)
        if look.is_level:
            return round(look.waited_seconds, 3)
        present = self._now().timestamp()
        stream.note_offset(present - look.waited_seconds, look.primary_offset_bytes)
        return stream.lag_seconds(look.replica_offset_bytes, present)
