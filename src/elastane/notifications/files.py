"""Files that messages are appended to, one in a line: `<data directory>/notifications/<name>`, for the owner only.

A line is on the disk before its delivery is written down. A process that dies in between finds the message in the file
when it looks again, and does not append it a second time; half a line is taken away. So each message is there once.

A file that would grow beyond its bound is moved to `<name>.1` first, over the one that was there.
"""

import os
import re
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

DIRECTORY: Final = "notifications"
BYTES_MAX: Final = 16 * 1024 * 1024

_TAIL_BYTES: Final = 4 * 1024 * 1024
"""How far back is looked for a message that may be there: a line has two at most, and only the last one is in doubt."""

_MESSAGE_ID = re.compile(rb'"MessageId": "([0-9a-f-]{36})"')


class Files:
    """Open for the life of the process; used by one thread at a time for each name. Blocking throughout."""

    def __init__(self, data_directory: Path, bytes_max: int = BYTES_MAX) -> None:
        self._directory = data_directory / DIRECTORY
        self._bytes_max = bytes_max
        self._appended: dict[str, AbstractSet[bytes]] = {}

    def append(self, name: str, message_id: str, line: bytes) -> None:
        """On the disk when it returns. Does nothing where the file has the message from before. Raises OSError."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / name
        if name not in self._appended:
            self._appended[name] = _mended(path)
        if message_id.encode() in self._appended[name]:
            return
        self._rotate(path, len(line) + 1)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        try:
            _write_whole(descriptor, line + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _rotate(self, path: Path, more_bytes: int) -> None:
        try:
            size_bytes = path.lstat().st_size
        except FileNotFoundError:
            return
        if size_bytes and size_bytes + more_bytes > self._bytes_max:
            path.rename(path.with_name(f"{path.name}.1"))


def _write_whole(descriptor: int, line: bytes) -> None:
    """All of it, or nothing: half a line of a full disk is taken back. Raises OSError."""
    size_bytes = os.fstat(descriptor).st_size
    try:
        written = 0
        while written < len(line):
            written += os.write(descriptor, line[written:])
    except OSError:
        os.ftruncate(descriptor, size_bytes)
        raise


def _mended(path: Path) -> AbstractSet[bytes]:
    """The messages that are at the end of the file, once half a line is gone that a dying process left there."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return frozenset()
    try:
        size_bytes = os.fstat(descriptor).st_size
        start = max(0, size_bytes - _TAIL_BYTES)
        tail = os.pread(descriptor, size_bytes - start, start)
        whole_bytes = tail.rfind(b"\n") + 1
        if whole_bytes < len(tail):
            os.ftruncate(descriptor, start + whole_bytes)
        return frozenset(_MESSAGE_ID.findall(tail[:whole_bytes]))
    finally:
        os.close(descriptor)
