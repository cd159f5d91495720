"""Asking everybody at one moment, side by side: each within a deadline, all of them together within another.

Called by `collect`. Who does not answer in time delays nobody. Those that answered last are asked first: however many
hang, they take nobody else's turn.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from elastane.clock import Now
from elastane.engines import EngineError, Meter, NodeAddress
from elastane.engines.memcached_engines import MemcachedAddress, MemcachedMeter
from elastane.hosts import HostError
from elastane.hosts import Meter as HostMeter
from elastane.metrics import node_counters
from elastane.metrics.fields import Machine
from elastane.metrics.looks import Look, Looks
from elastane.metrics.targets import CacheNodeTarget, EndpointTarget, NodeTarget, Target, Targets
from elastane.model.measurements import ProcessUsage

LOOK_SECONDS = 2.0
"""How long a node may take to answer."""
LOOKS_SECONDS = 3.5
"""How long all of them may take together."""
NODES_AT_ONCE = 32

_Said = TypeVar("_Said")


class Asking:
    """Through connections that nobody else uses. Remembers who answered last."""

    def __init__(self, host: HostMeter, engines: Meter, memcached: MemcachedMeter, now: Now) -> None:
        self._host = host
        self._engines = engines
        self._memcached = memcached
        self._now = now
        self._turns = asyncio.Semaphore(NODES_AT_ONCE)
        self._answered: frozenset[str] = frozenset()

    async def look(self, targets: Targets, is_thorough: Callable[[NodeTarget], bool]) -> Looks:
        """Whoever is not through in time is not in it."""
        looks = Looks(nodes={}, cache_nodes={}, endpoints={})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOKS_SECONDS), asyncio.TaskGroup() as tasks:
                for target in sorted(targets.asked, key=lambda target: target.key not in self._answered):
                    tasks.create_task(self._look_at(target, is_thorough, looks))
        everybody = (looks.nodes, looks.cache_nodes, looks.endpoints)
        self._answered = frozenset(key for found in everybody for key, look in found.items() if look.seen is not None)
        return looks

    async def observe_machine(self) -> Machine:
        try:
            usage = await self._host.observe_machine_usage()
        except HostError:
            return Machine()
        at_seconds = self._now().timestamp()
        return Machine(
            counters=node_counters.machine_counters(at_seconds, usage), levels=node_counters.machine_levels(usage)
        )

    def forget(self, at: NodeAddress | MemcachedAddress) -> None:
        if isinstance(at, NodeAddress):
            self._engines.forget(at)
        else:
            self._memcached.forget(at)

    async def _look_at(
        self, target: Target | EndpointTarget, is_thorough: Callable[[NodeTarget], bool], looks: Looks
    ) -> None:
        match target:
            case NodeTarget(key=key, at=at):
                wants_more = is_thorough(target)
                looks.nodes[key] = await self._complete(
                    key, lambda: self._engines.measure(at, LOOK_SECONDS, is_thorough=wants_more)
                )
            case CacheNodeTarget(key=key, at=address):
                looks.cache_nodes[key] = await self._complete(
                    key, lambda: self._memcached.measure(address, LOOK_SECONDS)
                )
            case EndpointTarget(key=key, at=address):
                looks.endpoints[key] = await self._complete(
                    key, lambda: self._memcached.measure_endpoint(address, LOOK_SECONDS)
                )

    async def _complete(self, key: str, measure: Callable[[], Awaitable[_Said]]) -> Look[_Said]:
        """With what the kernel says of the process."""
        seen: _Said | None = None
        async with self._turns:
            # It may start, or be gone: that is the reconciler's to tell.
            with contextlib.suppress(EngineError):
                seen = await measure()
        usage: ProcessUsage | None = None
        with contextlib.suppress(HostError):
            usage = await self._host.observe_process_usage(key)
        return Look(at_seconds=self._now().timestamp(), seen=seen, usage=usage)
