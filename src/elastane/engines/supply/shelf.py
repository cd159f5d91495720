"""The directory in which engines stand side by side, and appear whole or not at all.

    <store>/valkey-9.1.2-1/bin/valkey-server     the program
                           lib/                  its loader and libraries; none for one that was copied from a file
                           origin.json           where it came from; none for one that was copied from a file
    <store>/unfinished.…/                        of an install that is under way, or was killed
    <store>/lock                                 held by whoever changes anything

A fetched engine's directory has Debian's version in its name, because the same 7.0.15 comes again with security
fixes: both stand side by side, and the newer one is used.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from elastane.clock import wait_until
from elastane.engines.supply import ShelfBusy

UNFINISHED_PREFIX = "unfinished."
"""Without a hyphen: discovery only looks into directories named <engine>-<version>."""

LOCK_NAME = "lock"
ORIGIN_NAME = "origin.json"

LOCK_SECONDS_MAX = 900.0
LOCK_LOOK_SECONDS = 0.1


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a fetched engine came from."""

    package: str
    package_version: str
    suite: str
    packages: tuple[str, ...]
    """The files that were fetched for it, libraries included."""


_DECODER = msgspec.json.Decoder(Origin)


@asynccontextmanager
async def hold(store: Path, *, timeout_seconds: float = LOCK_SECONDS_MAX) -> AsyncIterator[int]:
    """Makes the store if need be, and keeps others from changing it; yields the lock's descriptor.

    A process that inherits the descriptor holds the lock, too: what a killed install left running ends first. What
    a killed one left lying is removed. Raises ShelfBusy.
    """
    descriptor = _open_lock(store)
    try:
        is_ours = await wait_until(
            lambda: _try_lock(descriptor), look_seconds=LOCK_LOOK_SECONDS, timeout_seconds=timeout_seconds
        )
        if not is_ours:
            raise ShelfBusy(f"Another install is under way in {store}, for more than {timeout_seconds:g} s.")
        remove_leftovers(store)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def unfinished(store: Path) -> Iterator[Path]:
    """A directory beside the finished ones, removed at the end. Only for who holds the store."""
    # Who is cancelled leaves a thread that may still write there; what is left then, the next one removes.
    with tempfile.TemporaryDirectory(prefix=UNFINISHED_PREFIX, dir=store, ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def remove_leftovers(store: Path) -> None:
    """Only for who holds the store: nobody else is at work there."""
    for directory in store.glob(f"{UNFINISHED_PREFIX}*"):
        shutil.rmtree(directory, ignore_errors=True)


async def tidy(store: Path) -> None:
    """Removes what a killed install left, unless another one is at work: that one has done so already."""
    if _has_leftovers(store):
        with contextlib.suppress(ShelfBusy):
            async with hold(store, timeout_seconds=LOCK_LOOK_SECONDS):
                pass


def _has_leftovers(store: Path) -> bool:
    return any(store.glob(f"{UNFINISHED_PREFIX}*"))


def publish(directory: Path, final: Path) -> None:
    """Makes a finished directory appear, and last."""
    for path in (*directory.rglob("*"), directory):
        _flush(path)
    directory.rename(final)
    _flush(final.parent)


def withdraw(directory: Path) -> None:
    """Makes a directory disappear at once, then removes it. Only for who holds the store."""
    with unfinished(directory.parent) as place:
        directory.rename(place / directory.name)


def write_origin(directory: Path, origin: Origin) -> None:
    (directory / ORIGIN_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(origin)) + b"\n")


def find_origin(directory: Path) -> Origin | None:
    """None for an engine that was copied from a file."""
    try:
        return _DECODER.decode((directory / ORIGIN_NAME).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def _open_lock(store: Path) -> int:
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(store / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
