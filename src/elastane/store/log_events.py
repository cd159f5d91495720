"""CloudWatch Logs' groups, streams and events, and how far each delivery of logs has come: a file of its own.

    await log_events.write(lambda rows: log_rows.create_group(rows, …))
    await log_events.read(lambda rows: log_rows.list_groups(rows, region))

A file beside the store and not tables in it: logs come without end and slow no decision, and may be thrown away alone.
A delivery's position is in it, so that an event and the knowledge that it was delivered are on the disk together or not
at all.

The functions are in `log_rows`, and called inside `read` and `write` alone.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Self, TypeAlias, TypeVar

import msgspec

from elastane.store import log_rows
from elastane.store.errors import StoreUnusable
from elastane.store.free_pages import give_pages_back
from elastane.store.own_files import open_own_file
from elastane.store.transactions import transaction

log = logging.getLogger("elastane.store")

FILE_NAME = "logs.db"
PRUNE_COUNT_MAX = 5_000
"""Events that go in one transaction, so that writers wait for a moment only."""

Result = TypeVar("Result")
LogRows: TypeAlias = sqlite3.Connection
"""What functions over these rows are given: one consistent view, within a transaction."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept, whatever groups say of their retention: the oldest goes first."""

    bytes_max: int = 1024**3


class LogEvents:
    """Open for the life of the process: `LogEvents.open(...)`, then `close`."""

    def __init__(self, writer: sqlite3.Connection, reader: sqlite3.Connection, bounds: Bounds) -> None:
        self._writer = writer
        self._reader = reader
        self._bounds = bounds
        self._writer_thread: Executor = ThreadPoolExecutor(1, "logs-writer")
        self._reader_thread: Executor = ThreadPoolExecutor(1, "logs-reader")

    @classmethod
    def open(cls, directory: Path, bounds: Bounds | None = None) -> Self:
        """Creates the file where there is none. Blocking. Raises StoreUnusable."""
        writer, reader = open_own_file(directory / FILE_NAME, log_rows.SCHEMA, called="The file of log events")
        return cls(writer, reader, bounds or Bounds())

    async def read(self, look: Callable[[sqlite3.Connection], Result]) -> Result:
        """Runs a function over one consistent view. Raises StoreUnusable, and whatever the function raises."""
        return await self._run(self._reader_thread, lambda: _in_transaction(self._reader, look, "BEGIN"))

    async def write(self, decide: Callable[[sqlite3.Connection], Result]) -> Result:
        """All of it is on the disk when this returns, or none of it is. Raises as `read`."""
        return await self._run(self._writer_thread, lambda: _in_transaction(self._writer, decide, "BEGIN IMMEDIATE"))

    async def prune(self, now: datetime) -> None:
        """What is older than its group keeps it goes, and the oldest of what is too much."""
        now_milliseconds = int(now.timestamp() * 1000)
        try:
            while await self.write(
                lambda rows: log_rows.prune(rows, now_milliseconds, self._bounds.bytes_max, count_max=PRUNE_COUNT_MAX)
            ):
                pass
            while await self._run(self._writer_thread, lambda: give_pages_back(self._writer)):
                pass
        except (StoreUnusable, sqlite3.Error) as error:
            log.error("log events not pruned reason=%s", error)

    def close(self) -> None:
        """Waits for transactions under way, then closes the file. Blocking; nobody else may use it any more."""
        self._writer_thread.shutdown()
        self._reader_thread.shutdown()
        self._reader.close()
        self._writer.close()

    async def _run(self, thread: Executor, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


def _in_transaction(
    connection: sqlite3.Connection, decide: Callable[[sqlite3.Connection], Result], begin: str
) -> Result:
    try:
        with transaction(connection, begin):
            return decide(connection)
    except sqlite3.Error as error:
        raise StoreUnusable(f"The file of log events could not be used: {error}.") from error
