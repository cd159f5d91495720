"""The log of a node's process, read from where the last reader stopped: bytes that end with a whole line.

A place in a log is a file and an offset. The file is known by its inode and by how it begins, so that it is found again
after a start has put it aside (`directories.opened_log`), and a new one that has got the number of an old one is not
taken for it. What was put aside is read to its end before the new log is begun.

Both files are open before anything is decided, the log itself first: a start that comes between puts aside what we have
in our hands, and whatever it puts aside is found.

A line without its end is left until it has one, or until nobody is there who could write it: its process is gone, or
the file was put aside. Blocking; called by `local` in threads.
"""

import contextlib
import os
import stat
from pathlib import Path

import msgspec

from elastane.hosts import LogPiece
from elastane.hosts.directories import LOG_NAME, opened
from elastane.model.log_lines import LogPlace

LINE_BYTES_MAX = 65_536
"""A longer line is taken for one whose end never comes, and read as it is."""
_HEAD_BYTES = 64


def read_log(directory: Path, place: LogPlace | None, bytes_max: int, *, is_ended: bool) -> LogPiece:
    """The next lines: from the very beginning without a place. `is_ended`: no process writes there. Raises OSError."""
    if place is not None and _is_at_end(directory / LOG_NAME, place):
        return LogPiece(lines=(), place=place)
    with contextlib.ExitStack() as stack:
        current = _open(directory / LOG_NAME, stack, is_final=is_ended)
        aside = _open(directory / f"{LOG_NAME}.1", stack, is_final=True)
        if current is not None and aside is not None and current.inode == aside.inode:
            current = None  # put aside between the two
        files = [found for found in (aside, current) if found is not None]
        if not files:
            return LogPiece(lines=(), place=place)
        if place is None:
            return _read(files, 0, bytes_max)
        if current is not None and _is_of(place, current):
            return _read([current], place.offset_bytes, bytes_max)
        if aside is not None and _is_of(place, aside):
            return _read(files, place.offset_bytes, bytes_max)
        return msgspec.structs.replace(_read(files, 0, bytes_max), is_gap=True)


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """One that is open, and what it was when it was opened."""

    descriptor: int
    inode: int
    head: bytes
    size_bytes: int
    is_final: bool
    """Whether nobody is there who could end its last line."""


def _is_at_end(path: Path, place: LogPlace) -> bool:
    """Whether nothing was written since, as at most looks: this is all that they cost. How the file begins is not read:
    another one that has the same number and the same size is found when it grows."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return (status.st_ino, status.st_size) == (place.inode, place.offset_bytes)


def _open(path: Path, stack: contextlib.ExitStack, *, is_final: bool) -> _File | None:
    """Open until the stack ends. None for what is not there, or is no plain file."""
    try:
        descriptor = stack.enter_context(opened(path, os.O_RDONLY | os.O_NONBLOCK))
    except FileNotFoundError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return None
    return _File(
        descriptor=descriptor,
        inode=status.st_ino,
        head=os.pread(descriptor, _HEAD_BYTES, 0),
        size_bytes=status.st_size,
        is_final=is_final,
    )


def _is_of(place: LogPlace, file: _File) -> bool:
    is_same_file = file.inode == place.inode and file.head.startswith(place.head)
    return is_same_file and file.size_bytes >= place.offset_bytes


def _read(files: list[_File], offset_bytes: int, bytes_max: int) -> LogPiece:
    """From the first of the files; from the next one only where nothing is left of it."""
    file, *later = files
    octets = os.pread(file.descriptor, bytes_max, offset_bytes)
    is_to_end = len(octets) < bytes_max
    taken = octets[: octets.rfind(b"\n") + 1]
    if (is_to_end and file.is_final) or len(octets) - len(taken) >= min(LINE_BYTES_MAX, bytes_max):
        taken = octets
    if not taken and later and is_to_end:
        return _read(later, 0, bytes_max)
    lines = taken.decode(errors="backslashreplace").split("\n")
    place = LogPlace(inode=file.inode, head=file.head, offset_bytes=offset_bytes + len(taken))
    return LogPiece(
        lines=tuple(lines[:-1] if lines[-1] == "" else lines),
        place=place,
        has_more=bool(taken) and (not is_to_end or bool(later)),
    )
