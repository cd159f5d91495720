"""The SQLite file: one thread that writes, one that reads, and transactions that ring bells.

SQLite calls block, so they run in threads of this module's own; WAL lets the reader go on while
the writer waits for the disk. Functions given to `read` and `write` run in those threads and
must touch nothing but their transaction.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Self, TypeVar

from elastane.model.replication_groups import GroupKey
from elastane.store.bell import Bell
from elastane.store.errors import StoreUnusable
from elastane.store.migrations import MIGRATIONS, migrate
from elastane.store.sealing import Sealing
from elastane.store.store_key import FILE_NAME as KEY_FILE_NAME
from elastane.store.store_key import load_sealing, load_sealing_from_outside
from elastane.store.transactions import transaction

Result = TypeVar("Result")

BUSY_TIMEOUT_SECONDS = 5.0
FILE_NAME = "elastane.db"

_KEYLESS = Sealing(None)


class Transaction:
    """A connection for the length of one decision, what seals secrets, and the bells to ring when it commits."""

    def __init__(self, connection: sqlite3.Connection, sealing: Sealing) -> None:
        self.connection = connection
        self.sealing = sealing
        self.rung: set[GroupKey] = set()
        self.is_network_rung = False
        self.are_notifications_rung = False

    def ring(self, key: GroupKey) -> None:
        """Rung only if the transaction commits."""
        self.rung.add(key)

    def ring_network(self) -> None:
        """The same, for who keeps the network: no group changes, and still who may reach which."""
        self.is_network_rung = True

    def ring_notifications(self) -> None:
        """The same, for who delivers the messages of topics."""
        self.are_notifications_rung = True


def _one_thread(name: str) -> Executor:
    return ThreadPoolExecutor(1, name)


class Store:
    """Open for the life of the process: `Store.open(...)`, then `close`."""

    def __init__(
        self,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        sealing: Sealing,
        executor: Callable[[str], Executor],
    ) -> None:
        self.bell = Bell()
        self._sealing = sealing
        self._writer = writer
        self._reader = reader
        self._writer_thread = executor("store-writer")
        self._reader_thread = executor("store-reader")

    @classmethod
    def open(
        cls, directory: Path, *, key_file: Path | None = None, executor: Callable[[str], Executor] = _one_thread
    ) -> Self:
        """Creates the file where there is none, migrates it, and loads or makes the key of its secrets.

        Raises StoreUnusable, also for a store whose key is missing or another one. Blocking: called before anything
        is served. `key_file` is `store.key` in the directory where none is given. `executor` makes what runs
        transactions, by name.
        """
        path = directory / FILE_NAME
        with ExitStack() as unfinished:
            try:
                with _opening_alone(directory):
                    path.touch(mode=0o600)
                    writer = unfinished.enter_context(closing(connect(path)))
                    migrate(writer)
                    sealing = load_sealing(writer, key_file or directory / KEY_FILE_NAME)
                    reader = unfinished.enter_context(closing(connect(path)))
            except (OSError, sqlite3.Error) as error:
                raise StoreUnusable(f"The store {path} cannot be opened: {error}.") from error
            unfinished.pop_all()
        return cls(writer, reader, sealing, executor)

    @staticmethod
    def read_from_outside(directory: Path, decide: Callable[[Transaction], Result]) -> Result | None:
        """One look by a process that serves nothing: it migrates nothing, writes nothing and keeps nobody waiting.

        None where there is no store yet. Blocking. Raises StoreUnusable, also where a secret is to be opened: whoever
        looks from outside has no key.
        """
        path = directory / FILE_NAME
        if not path.exists():
            return None
        try:
            with closing(connect_to_read(path)) as connection:
                is_made = _is_schema_made(connection)
                return _in_transaction(connection, _KEYLESS, decide, "BEGIN")[0] if is_made else None
        except sqlite3.Error as error:
            raise StoreUnusable(f"The store {path} cannot be read: {error}.") from error

    @staticmethod
    def write_from_outside(
        directory: Path, decide: Callable[[Transaction], Result], *, key_file: Path | None = None
    ) -> Result:
        """One transaction by a process that serves nothing, whether or not a control plane serves meanwhile.

        It makes no store and migrates none, and rings nobody's bell: only for what the control plane looks up at every
        call. Killed at any moment, it leaves all of it or nothing. Blocking. Raises Conflict, StoreUnusable, and
        whatever the function raises.
        """
        path = directory / FILE_NAME
        if not path.exists():
            raise StoreUnusable(f"There is no store in {directory} yet: start a control plane on it once.")
        try:
            with closing(connect(path)) as connection:
                if not _is_schema_made(connection):
                    raise StoreUnusable(f"The store {path} is empty: start a control plane on it once.")
                sealing = load_sealing_from_outside(connection, key_file or directory / KEY_FILE_NAME)
                return _in_transaction(connection, sealing, decide, "BEGIN IMMEDIATE")[0]
        except sqlite3.Error as error:
            raise StoreUnusable(f"The store {path} cannot be written: {error}.") from error

    async def read(self, decide: Callable[[Transaction], Result]) -> Result:
        """Runs a function over one consistent view of everything."""
        return await self._run(
            self._reader_thread, lambda: _in_transaction(self._reader, self._sealing, decide, "BEGIN")[0]
        )

    async def write(self, decide: Callable[[Transaction], Result]) -> Result:
        """Runs a function that reads and saves; all of it is on the disk when this returns, or none of it is.

        Raises Conflict, StoreUnusable, and whatever the function raises (a fault, for instance).
        """
        result, tx = await self._run(
            self._writer_thread, lambda: _in_transaction(self._writer, self._sealing, decide, "BEGIN IMMEDIATE")
        )
        for key in tx.rung:
            self.bell.ring(key)
        if tx.is_network_rung:
            self.bell.ring_network()
        if tx.are_notifications_rung:
            self.bell.ring_notifications()
        return result

    async def _run(self, thread: Executor, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    def close(self) -> None:
        """Waits for transactions under way, then closes the file."""
        self._writer_thread.shutdown()
        self._reader_thread.shutdown()
        self._reader.close()
        self._writer.close()


@contextmanager
def _opening_alone(directory: Path) -> Iterator[None]:
    """One store at a time is opened in a directory: SQLite's timeout does not cover the switch of a new file to WAL.

    Whoever is in here is done in milliseconds, or gives up after BUSY_TIMEOUT_SECONDS. Blocking. Raises OSError.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """For a look from outside: as the only one to have the file open, a writer would tidy up the journal when it
    closes. Raises sqlite3.Error."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose commits are on the disk. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: an answered call survives a power cut. NORMAL would only survive a crash of ours.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _is_schema_made(connection: sqlite3.Connection) -> bool:
    """False for a file that is still empty. Raises StoreUnusable when another version of Elastane has written it."""
    applied = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if applied not in (0, len(MIGRATIONS)):
        raise StoreUnusable(
            f"The store was written by {'a newer' if applied > len(MIGRATIONS) else 'an older'} version of Elastane "
            f"(schema {applied}, this one reads {len(MIGRATIONS)}). `elastane serve` brings an older one up to date."
        )
    return applied > 0


def _in_transaction(
    connection: sqlite3.Connection, sealing: Sealing, decide: Callable[[Transaction], Result], begin: str
) -> tuple[Result, Transaction]:
    tx = Transaction(connection, sealing)
    try:
        with transaction(connection, begin):
            result = decide(tx)
    except sqlite3.Error as error:
        raise StoreUnusable(f"The store could not be used: {error}.") from error
    return result, tx
