"""The audit trail: a file of its own that only ever grows at its end and is cut at its beginning.

    trail.note(record)          soon on the disk: within a second, together with others
    await trail.write(record)   on the disk when this returns, and all that was noted before

A file beside the store and not tables in it: it outlives a store that is rebuilt, a flood of questions slows no
decision, and it may be copied away alone. Rows are never updated (triggers refuse it), and every record carries a
hash over the one before it in its chain (`elastane.model.audit_trail`).

Only `api` writes here, by way of the server. `CallSearch` is how everybody reads.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec

from elastane.model.audit_trail import CallRecord, CallSearch, Chain, Numbered
from elastane.store import audit_rows
from elastane.store.audit_rows import Look, NotedHead, Result, Row, Verified, Work
from elastane.store.database import connect_to_read
from elastane.store.errors import StoreUnusable
from elastane.store.own_files import are_tables_made, open_own_file

log = logging.getLogger("elastane.store")

FILE_NAME = "audit.db"
FLUSH_SECONDS = 1.0
NOTED_COUNT_MAX = 20_000
"""Records that wait for the disk. More than a busy control plane answers in a second: it is full only while the disk
cannot be written, and then the oldest are given up, counted and told in the log."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: the oldest goes first. Each chain has half of the bytes for itself."""

    retention: timedelta = timedelta(days=90)
    bytes_max: int = 1024**3


class AuditTrail:
    """Open for the life of the process: `AuditTrail.open(...)`, then `close`."""

    def __init__(self, writer: sqlite3.Connection, reader: sqlite3.Connection, bounds: Bounds) -> None:
        self._writer = writer
        self._reader = reader
        self._bounds = bounds
        self._writer_thread: Executor = ThreadPoolExecutor(1, "audit-writer")
        self._reader_thread: Executor = ThreadPoolExecutor(1, "audit-reader")
        self._noted: list[Row] = []
        self._turn = asyncio.Lock()
        self._failure: str | None = None
        self._lost_count = 0

    @classmethod
    def open(cls, directory: Path, bounds: Bounds | None = None) -> Self:
        """Creates the file where there is none. Blocking. Raises StoreUnusable."""
        writer, reader = open_own_file(directory / FILE_NAME, audit_rows.SCHEMA, called="The audit trail")
        return cls(writer, reader, bounds or Bounds())

    def find_failure(self) -> str | None:
        """Why the trail could not be written when it was last tried; None when it could."""
        return self._failure

    def note(self, record: CallRecord) -> None:
        self._noted.append(audit_rows.render_row(record))
        if len(self._noted) > NOTED_COUNT_MAX:
            del self._noted[0]
            self._lost_count += 1

    async def write(self, record: CallRecord) -> None:
        """Several that come at once share one write to the disk. Raises StoreUnusable."""
        self.note(record)
        await self.flush()
        if self._failure is not None:
            raise StoreUnusable(self._failure)

    async def flush(self) -> None:
        """Whatever was noted is on the disk when this returns, or `find_failure` says why it is not."""
        async with self._turn:
            if not self._noted:
                return
            batch, self._noted = self._noted, []
            try:
                await self._run(self._writer_thread, lambda: audit_rows.append(self._writer, batch, self._bytes_max()))
            except sqlite3.Error as error:
                self._noted = [*batch, *self._noted]
                if self._failure is None:
                    log.error("audit trail not written reason=%s", error)
                self._failure = f"The audit trail cannot be written: {error}."
                return
            if self._failure is not None:
                log.warning("audit trail written again lost=%s", self._lost_count)
            self._failure, self._lost_count = None, 0

    async def search(self, search: CallSearch) -> tuple[Numbered, ...]:
        """Newest first, unless it says otherwise. What was asked before this is found. Raises StoreUnusable."""
        await self.flush()
        try:
            return await self._run(self._reader_thread, lambda: audit_rows.search(self._reader, search))
        except sqlite3.Error as error:
            raise StoreUnusable(f"The audit trail cannot be read: {error}.") from error

    async def prune(self, now: datetime) -> None:
        """What is older than it shall be kept goes. Its size is kept within bounds at every write."""
        before = now - self._bounds.retention
        try:
            await self._run(self._writer_thread, lambda: audit_rows.prune(self._writer, before))
        except sqlite3.Error as error:
            log.error("audit trail not pruned reason=%s", error)

    def close(self) -> None:
        """Writes what was noted, then closes the file. Blocking; nobody else may use it any more."""
        self._writer_thread.shutdown()
        self._reader_thread.shutdown()
        try:
            if self._noted:
                audit_rows.append(self._writer, self._noted, self._bytes_max())
        except sqlite3.Error as error:
            log.error("audit trail not written at the end lost=%s reason=%s", len(self._noted), error)
        self._reader.close()
        self._writer.close()

    def _bytes_max(self) -> int:
        return self._bounds.bytes_max // len(Chain)

    async def _run(self, thread: Executor, work: Work[Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


# --- from outside --------------------------------------------------------------------------------


def search_from_outside(directory: Path, search: CallSearch) -> tuple[Numbered, ...] | None:
    """One look by a process that serves nothing. None where there is no trail yet. Blocking. Raises StoreUnusable."""
    return _look(directory, lambda connection: audit_rows.search(connection, search))


def verify_from_outside(directory: Path, noted: Iterable[NotedHead] = ()) -> tuple[Verified, ...] | None:
    """Each chain, hash by hash. None where there is no trail yet. Blocking. Raises StoreUnusable."""
    heads = {head.chain: head for head in noted}
    return _look(
        directory,
        lambda connection: tuple(audit_rows.verify(connection, chain, heads.get(chain)) for chain in Chain),
    )


def _look(directory: Path, look: Look[Result]) -> Result | None:
    path = directory / FILE_NAME
    if not path.exists():
        return None
    try:
        with closing(connect_to_read(path)) as connection:
            connection.execute("BEGIN")
            return look(connection) if are_tables_made(connection, audit_rows.SCHEMA) else None
    except sqlite3.Error as error:
        raise StoreUnusable(f"The audit trail {path} cannot be read: {error}.") from error
