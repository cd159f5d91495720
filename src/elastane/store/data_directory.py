"""The data directory: made for its owner only, and held by one control plane at a time.

The lock is the kernel's (an open file description's): it ends with the process, however that ends, so
there is no stale lock to clean up, and who only asks about it never holds it. Beside it,
`control-plane.json` says who holds it and where it listens, for people and for `elastane
env|status|down`.
"""

import contextlib
import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from elastane.store.errors import StoreUnusable

LOCK_FILE_NAME = "lock"
RECORD_FILE_NAME = "control-plane.json"


class ControlPlane(msgspec.Struct, frozen=True, kw_only=True):
    """Who serves from a data directory."""

    pid: int
    url: str


_DECODER = msgspec.json.Decoder(ControlPlane)


def prepare(directory: Path) -> None:
    """Creates the directory for its owner only. Raises StoreUnusable with one sentence."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = directory / f".writable-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise StoreUnusable(
            f"The data directory {directory} cannot be written: {error.strerror}. "
            "Give another one with --data-dir or ELASTANE_DATA_DIR."
        ) from error


@contextlib.contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Holds the directory for this process. Raises StoreUnusable when another control plane does."""
    with (directory / LOCK_FILE_NAME).open("a+") as lock:
        try:
            fcntl.fcntl(lock, fcntl.F_OFD_SETLK, _lock_request(fcntl.F_WRLCK))
        except BlockingIOError:
            holder = _read_record(directory)
            who = f" (pid {holder.pid}, {holder.url})" if holder is not None else ""
            raise StoreUnusable(
                f"Another Elastane already runs on the data directory {directory}{who}. "
                "Use that one, stop it first, or give this one another directory with --data-dir."
            ) from None
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                (directory / RECORD_FILE_NAME).unlink()


def write_record(directory: Path, record: ControlPlane) -> None:
    """Says who holds the directory, once it listens."""
    path = directory / RECORD_FILE_NAME
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(record))
    beside.rename(path)


def find_control_plane(directory: Path) -> ControlPlane | None:
    """The control plane that holds the directory now; None when none does, whatever the record says."""
    try:
        with (directory / LOCK_FILE_NAME).open("r") as lock:
            answer = fcntl.fcntl(lock, fcntl.F_OFD_GETLK, _lock_request(fcntl.F_RDLCK))
    except FileNotFoundError:
        return None
    is_held = struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK
    return _read_record(directory) if is_held else None


_FLOCK = "hhqqi"
"""struct flock, natively aligned: type, whence, start, length, pid (must be 0 for this kind of lock)."""


def _lock_request(kind: int) -> bytes:
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def _read_record(directory: Path) -> ControlPlane | None:
    try:
        return _DECODER.decode((directory / RECORD_FILE_NAME).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None
