"""The loop: once a second every log that is to be delivered is looked at, and what is new is delivered.

A look asks all nodes side by side, delivers what they said in one go, and then writes down how it went for whoever
shows the groups. `collect_last` is the same for one node, called before its process is stopped on purpose and before
its directory is removed; it reads no longer than its deadline and raises nothing, for a node's end must not wait.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from elastane.clock import Now, every
from elastane.engines import EngineError, NodeAddress, Refused, SlowLogs
from elastane.hosts import EngineLogs, HostError
from elastane.logs import sinks
from elastane.logs.aside import Aside
from elastane.logs.deliver import Deliverer, Destination, destination_of
from elastane.logs.losses import Losses
from elastane.logs.positions import FilePosition, LogPosition, Position, is_file_key
from elastane.logs.reading import Batch, Target, read_engine_log, read_slow_log
from elastane.logs.sinks import WriteOutput
from elastane.model.ids import NodeId
from elastane.model.logs import SLOW_LOG, LogDelivery, ObservedDeliveries, ObservedDelivery
from elastane.model.replication_groups import GroupKey, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.store import Store, StoreUnusable, Transaction, credentials, log_deliveries, replication_groups
from elastane.store.log_events import LogEvents

log = logging.getLogger("elastane.logs")

LOOK_SECONDS = 1.0
LAST_LOOK_SECONDS = 1.0
"""How long the end of a node waits for its last words."""
LOOK_COUNT_MAX = 32
"""Looks that follow each other at once while there is more to read than one of them reads."""
NODE_COUNT_MAX = 16
"""Nodes that are asked at the same time."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says at one moment."""

    groups: tuple[ReplicationGroup, ...]
    """Those that want a log delivered."""
    targets: tuple[Target, ...]
    shown: dict[str, ObservedDeliveries]
    """What was last written down, by the text of a group's key; also of groups that want nothing delivered any more."""


class LogDeliveries:
    """`run` until cancelled; `look` is one round, for tests."""

    def __init__(
        self,
        store: Store,
        log_events: LogEvents,
        engine_logs: EngineLogs,
        slow_logs: SlowLogs,
        now: Now,
        *,
        directory: Path,
        own_address: str,
        write_output: WriteOutput = sinks.write_standard_output,
    ) -> None:
        """`directory`: where deliveries to streams are files. `own_address`: where we connect to engines from."""
        self._store = store
        self._engine_logs = engine_logs
        self._slow_logs = slow_logs
        self._now = now
        self._own_address = own_address
        self._deliverer = Deliverer(log_events, directory, now, write_output)
        self._aside = Aside()
        self._losses = Losses()
        self._turn = asyncio.Lock()
        self._addresses: dict[str, NodeAddress] = {}
        self._secrets: dict[str, Secret] = {}
        self._told: set[str] = set()
        """Sentences about what went wrong at the last look: each is logged once."""

    async def run(self) -> None:
        await every(LOOK_SECONDS, self._look_until_quiet)

    async def _look_until_quiet(self) -> None:
        """Our own bugs end as a line in the log: caches and their failovers go on without this loop."""
        try:
            for _ in range(LOOK_COUNT_MAX):
                if not await self.look():
                    return
        except StoreUnusable as error:
            self._tell([f"logs not delivered reason={error}"])
        except Exception as error:
            if (sentence := f"logs not delivered by a bug of ours: {error!r}") not in self._told:
                log.exception("logs not delivered by a bug of ours")
            self._told = {sentence}

    async def look(self) -> bool:
        """Answers whether there is more to read at once. Raises StoreUnusable."""
        async with self._turn:
            seen = await self._store.read(lambda tx: _look_up(tx, self._secrets))
            destinations = [destination_of(group.region, one) for group in seen.groups for one in group.logs]
            try:
                return await self._deliver(seen, destinations)
            except StoreUnusable as error:
                # Positions are in the file of log events, so that without it nothing is delivered, wherever to.
                await self._record(seen, dict.fromkeys(destinations, str(error)))
                raise

    async def _deliver(self, seen: Seen, destinations: Sequence[Destination]) -> bool:
        known = await self._deliverer.positions()
        await self._forget(seen, known)
        sentences: list[str] = []
        batches = await self._read(seen.targets, known, sentences)
        failures = await self._deliverer.find_failures(destinations) | await self._deliverer.deliver(batches)
        self._count_losses(batches, failures)
        self._losses.tell(self._now())
        await self._record(seen, failures)
        self._tell([*sentences, *(f"logs not delivered reason={sentence}" for sentence in failures.values())])
        return any(batch.has_more and _destination(batch) not in failures for batch in batches)

    async def collect_last(self, key: GroupKey, node_id: NodeId) -> None:
        """All that there is to read of one node at this moment. Raises nothing."""
        deadline_seconds = asyncio.get_running_loop().time() + LAST_LOOK_SECONDS
        try:
            async with asyncio.timeout_at(deadline_seconds):
                await self._turn.acquire()
        except TimeoutError:
            log.warning("last log entries not read node=%s reason=others take too long", node_id)
            return
        try:
            for _ in range(LOOK_COUNT_MAX):
                if not await self._collect_once(key, node_id, deadline_seconds):
                    return
        except TimeoutError:
            log.warning("last log entries not all read node=%s reason=it took too long", node_id)
        except StoreUnusable as error:
            log.error("last log entries not delivered node=%s reason=%s", node_id, error)
        except Exception:
            log.exception("last log entries not delivered by a bug of ours node=%s", node_id)
        finally:
            self._turn.release()

    async def _collect_once(self, key: GroupKey, node_id: NodeId, deadline_seconds: float) -> bool:
        """The deadline is for reading: what is being written down is written down whole."""
        sentences: list[str] = []
        async with asyncio.timeout_at(deadline_seconds):
            seen = await self._store.read(lambda tx: _look_up(tx, self._secrets))
            targets = [one for one in seen.targets if one.group.key == key and one.node.id == node_id]
            batches = await self._read(targets, await self._deliverer.positions(), sentences)
        failures = await self._deliverer.deliver(batches)
        self._count_losses(batches, failures)
        for sentence in failures.values():
            log.warning("last log entries not delivered node=%s reason=%s", node_id, sentence)
        return any(batch.has_more and _destination(batch) not in failures for batch in batches)

    # --- reading ---

    async def _read(
        self, targets: Sequence[Target], known: Mapping[str, Position], sentences: list[str]
    ) -> list[Batch]:
        """What cannot be read now is left for the next look: a node that is down is what others tell of."""
        places = asyncio.Semaphore(NODE_COUNT_MAX)

        async def read(target: Target) -> Batch | None:
            position = known.get(target.key)
            assert not isinstance(position, FilePosition), "its key is another one"
            async with places:
                try:
                    return await self._read_one(target, position)
                except Refused as error:
                    sentences.append(f"log not read node={target.node.id} reason={error}")
                    return None
                except EngineError:
                    return None
                except HostError as error:
                    sentences.append(f"log not read node={target.node.id} reason={error.sentence}")
                    return None

        found = await asyncio.gather(*(read(target) for target in targets))
        return [batch for batch in found if batch is not None]

    async def _read_one(self, target: Target, position: LogPosition | None) -> Batch:
        if target.delivery.log_type == SLOW_LOG:
            self._addresses[target.key] = target.address
            return await read_slow_log(target, position, self._slow_logs, self._aside, own_address=self._own_address)
        return await read_engine_log(target, position, self._engine_logs, self._aside, self._now())

    async def _forget(self, seen: Seen, known: Iterable[str]) -> None:
        """Positions of what is not to be delivered any more: switched on again, it begins anew."""
        wanted = {target.key for target in seen.targets}
        await self._deliverer.forget([key for key in known if not is_file_key(key) and key not in wanted])
        for key in self._addresses.keys() - wanted:
            self._slow_logs.forget(self._addresses.pop(key))

    # --- telling ---

    async def _record(self, seen: Seen, failures: dict[Destination, str]) -> None:
        """Written when it changes, not at every look."""
        fresh = {
            str(group.key): ObservedDeliveries(deliveries=tuple(_observed(group, one, failures) for one in group.logs))
            for group in seen.groups
        }
        gone = {key: ObservedDeliveries() for key in seen.shown if key not in fresh}
        changed = {key: one for key, one in (fresh | gone).items() if seen.shown.get(key) != one}

        def save(tx: Transaction) -> None:
            for key, observed in changed.items():
                log_deliveries.save_deliveries(tx, key, observed)

        if changed:
            await self._store.write(save)

    def _count_losses(self, batches: Sequence[Batch], failures: Mapping[Destination, str]) -> None:
        """Of what was delivered: what was not is read again, and counted then."""
        for batch in batches:
            if _destination(batch) in failures:
                continue
            node_id = batch.target.node.id
            if batch.missing_count:
                self._losses.add(node_id, batch.missing_count)
            if batch.is_gap:
                log.warning("log may have a gap node=%s reason=its file is another one than was read before", node_id)

    def _tell(self, sentences: Sequence[str]) -> None:
        """Once when a thing breaks, not at every look."""
        for sentence in sentences:
            if sentence not in self._told:
                log.warning("%s", sentence)
        self._told = set(sentences)


def _look_up(tx: Transaction, secrets: dict[str, Secret]) -> Seen:
    """`secrets`: see `credentials.keep_opened`."""
    every_group = (stored.body for stored in replication_groups.list_replication_groups(tx))
    groups = tuple(group for group in every_group if group.logs)
    credentials.keep_opened(tx, {group.credential_id for group in groups}, secrets)
    return Seen(
        groups=groups,
        targets=tuple(
            Target(group=group, node=node, delivery=delivery, secret=secrets[group.credential_id])
            for group in groups
            for node in group.nodes
            for delivery in group.logs
        ),
        shown=log_deliveries.list_deliveries(tx),
    )


def _observed(group: ReplicationGroup, delivery: LogDelivery, failures: dict[Destination, str]) -> ObservedDelivery:
    return ObservedDelivery(delivery=delivery, failure=failures.get(destination_of(group.region, delivery)))


def _destination(batch: Batch) -> Destination:
    return destination_of(batch.target.group.region, batch.target.delivery)
