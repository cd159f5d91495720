"""Batches written down where they belong, each together with the position behind it: all of it, or nothing.

Called by `collect` alone, one call at a time. What cannot be written down keeps its position, and the next look reads
it again: an engine's log waits in its file, a slow log in the engine's memory for as long as there is room.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from elastane.clock import Now
from elastane.logs import positions, sinks
from elastane.logs.positions import FilePosition, Position
from elastane.logs.reading import Batch
from elastane.logs.sinks import STANDARD_OUTPUT, SinkFailed, WriteOutput
from elastane.model.ids import Region
from elastane.model.log_groups import EVENT_BYTES_MAX, NewEvent
from elastane.model.log_lines import milliseconds
from elastane.model.logs import CLOUDWATCH_LOGS, LogDelivery
from elastane.store import LogEvents, log_rows
from elastane.store.log_events import LogRows

Result = TypeVar("Result")

Destination = tuple[Region, str, str]
"""A region, the destination's type and its name."""


def destination_of(region: Region, delivery: LogDelivery) -> Destination:
    return region, delivery.destination_type, delivery.destination


class Deliverer:
    """Keeps the positions that the file of log events has, so that nobody reads them at every look."""

    def __init__(self, log_events: LogEvents, directory: Path, now: Now, write_output: WriteOutput) -> None:
        self._log_events = log_events
        self._directory = directory
        self._now = now
        self._write_output = write_output
        self._positions: dict[str, Position] | None = None

    async def positions(self) -> Mapping[str, Position]:
        """By key. Raises StoreUnusable."""
        if self._positions is None:
            self._positions = positions.decode_all(await self._log_events.read(log_rows.load_positions))
        return self._positions

    async def forget(self, keys: Sequence[str]) -> None:
        """Of logs that are not delivered any more. Raises StoreUnusable."""
        known = await self.positions()
        if gone := [key for key in keys if key in known]:
            await self._log_events.write(lambda rows: log_rows.remove_positions(rows, gone))
            self._positions = {key: position for key, position in known.items() if key not in gone}

    async def find_failures(self, destinations: Iterable[Destination]) -> dict[Destination, str]:
        """Those among log groups that are not there, each with a sentence. Raises StoreUnusable."""
        wanted = {one for one in destinations if one[1] == CLOUDWATCH_LOGS}
        if not wanted:
            return {}
        missing = await self._log_events.read(
            lambda rows: [one for one in wanted if log_rows.find_group(rows, one[0], one[2]) is None]
        )
        return {one: _no_group(one[2]) for one in missing}

    async def deliver(self, batches: Sequence[Batch]) -> dict[Destination, str]:
        """Why what belongs to a destination could not be delivered, for those where it could not.

        Raises StoreUnusable; what was delivered before that is delivered.
        """
        failures: dict[Destination, str] = {}
        known = await self.positions()
        by_destination: dict[Destination, list[Batch]] = defaultdict(list)
        for batch in batches:
            if batch.entries or known.get(batch.target.key) != batch.position:
                by_destination[destination_of(batch.target.group.region, batch.target.delivery)].append(batch)
        to_groups = {one: own for one, own in by_destination.items() if one[1] == CLOUDWATCH_LOGS}
        if to_groups:
            failures |= await self._deliver_to_groups(to_groups)
        to_streams: dict[str, list[Batch]] = defaultdict(list)
        for one, own in by_destination.items():
            if one not in to_groups:
                to_streams[one[2]].extend(own)
        for name, own in to_streams.items():
            try:
                await self._deliver_to_stream(name, own)
            except SinkFailed as error:
                failures |= {one: str(error) for one in by_destination if one not in to_groups and one[2] == name}
        return failures

    async def _deliver_to_groups(self, batches: Mapping[Destination, Sequence[Batch]]) -> dict[Destination, str]:
        """All of them in one transaction: one wait for the disk in a look, however many nodes there are."""
        at_milliseconds = milliseconds(self._now())

        def append(rows: LogRows) -> set[Destination]:
            missing = {one for one, own in batches.items() if not _append(rows, one, own, at_milliseconds)}
            log_rows.save_positions(rows, _encoded(_delivered(batches, missing)))
            return missing

        missing = await self._write(append)
        self._remember(_delivered(batches, missing))
        return {one: _no_group(one[2]) for one in missing}

    async def _deliver_to_stream(self, name: str, batches: Sequence[Batch]) -> None:
        """Raises SinkFailed, StoreUnusable."""
        octets = "".join(f"{entry.message}\n" for batch in batches for entry in batch.entries).encode()
        reached: dict[str, Position] = _reached(batches)
        if octets and name == STANDARD_OUTPUT:
            await asyncio.to_thread(self._write_output, octets)
        elif octets:
            reached[positions.file_key(name)] = await self._append_to_file(name, octets)
        await self._save(reached)

    async def _append_to_file(self, name: str, octets: bytes) -> FilePosition:
        key = positions.file_key(name)
        last = (await self.positions()).get(key)
        assert last is None or isinstance(last, FilePosition), "a file's key has a file's position"
        ready = await asyncio.to_thread(sinks.prepare_file, self._directory, name, last)
        if ready != last:
            await self._save({key: ready})
        return await asyncio.to_thread(sinks.append_to_file, self._directory, name, octets, ready)

    async def _save(self, reached: Mapping[str, Position]) -> None:
        await self._write(lambda rows: log_rows.save_positions(rows, _encoded(reached)))
        self._remember(reached)

    async def _write(self, decide: Callable[[LogRows], Result]) -> Result:
        """Where it is not known whether it was written, positions are read anew."""
        try:
            return await self._log_events.write(decide)
        except BaseException:
            self._positions = None
            raise

    def _remember(self, reached: Mapping[str, Position]) -> None:
        assert self._positions is not None, "positions are read before anything is delivered"
        self._positions |= reached


def _append(rows: LogRows, destination: Destination, batches: Sequence[Batch], at_milliseconds: int) -> bool:
    """False where there is no such log group."""
    group = log_rows.find_group(rows, destination[0], destination[2])
    if group is None:
        return False
    for batch in batches:
        if not batch.entries:
            continue
        name = batch.target.stream_name
        stream = log_rows.find_stream(rows, group, name) or log_rows.create_stream(
            rows, group, name, at_milliseconds=at_milliseconds
        )
        assert stream is not None, "it was found, or it is made"
        events = [
            NewEvent(at_milliseconds=entry.at_milliseconds, message=entry.message[:EVENT_BYTES_MAX])
            for entry in batch.entries
        ]
        log_rows.append_events(rows, group, stream, events, at_milliseconds=at_milliseconds)
    return True


def _delivered(batches: Mapping[Destination, Sequence[Batch]], missing: set[Destination]) -> dict[str, Position]:
    return _reached([batch for one, own in batches.items() if one not in missing for batch in own])


def _reached(batches: Iterable[Batch]) -> dict[str, Position]:
    return {batch.target.key: batch.position for batch in batches if batch.position is not None}


def _encoded(reached: Mapping[str, Position]) -> list[tuple[str, bytes]]:
    return [(key, positions.encode(position)) for key, position in reached.items()]


def _no_group(name: str) -> str:
    return f"The log group {name} does not exist. Create it, and delivery goes on where it stopped."
