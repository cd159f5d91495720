"""Where deliveries to a stream go here: files of this machine, and standard output. Blocking; `collect` uses threads.

A file is appended to first, and how long it is then is written down together with how far the logs were read. Whoever
dies between the two leaves a file that is longer than what is written down: its surplus is cut off before the next
entry is appended, and is delivered again. So a file's reader may see the end of it change after a crash, and never
finds an entry twice or not at all. A file that is not known yet is written down as it is before it is appended to.

Standard output cannot be cut. After a crash it may have the entries of the last second twice.
"""

import contextlib
import os
import re
import select
from collections.abc import Callable, Iterator
from pathlib import Path

from elastane.logs.positions import FilePosition

DIRECTORY_NAME = "log-deliveries"
STANDARD_OUTPUT = "stdout"
"""The one delivery stream that is no file."""
FILE_BYTES_MAX = 64 * 1024 * 1024
"""A larger file is put aside as ``.1`` before more is appended; there is one of these."""

_OUTPUT_WAIT_SECONDS = 0.5
_STREAM_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")

WriteOutput = Callable[[bytes], None]


class SinkFailed(Exception):
    """It could not be written, and this is why; a sentence."""


def prepare_file(
    directory: Path, name: str, last: FilePosition | None, *, bytes_max: int = FILE_BYTES_MAX
) -> FilePosition:
    """The file, there and ready to be appended to. Where that is not `last`, it is to be written down first.

    A file that somebody put there, or cut short, is taken as it is. Raises SinkFailed.
    """
    assert _STREAM_NAME.match(name), "the service refuses other names"
    path = directory / f"{name}.log"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        if last is not None and last.size_bytes > bytes_max:
            _put_aside(path, last)
        with _opened(path) as descriptor:
            status = os.fstat(descriptor)
    except OSError as error:
        raise SinkFailed(f"{path} cannot be written: {error.strerror or error}.") from error
    if last is not None and last.inode == status.st_ino and last.size_bytes <= status.st_size:
        return last
    return FilePosition(inode=status.st_ino, size_bytes=status.st_size)


def append_to_file(directory: Path, name: str, octets: bytes, position: FilePosition) -> FilePosition:
    """On the disk when this returns. Answers where the file then ends. Raises SinkFailed."""
    path = directory / f"{name}.log"
    try:
        with _opened(path) as descriptor:
            if os.fstat(descriptor).st_ino != position.inode:
                raise SinkFailed(f"{path} was replaced while it was to be written; it is tried again.")
            os.ftruncate(descriptor, position.size_bytes)
            view = memoryview(octets)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fdatasync(descriptor)
    except OSError as error:
        raise SinkFailed(f"{path} cannot be written: {error.strerror or error}.") from error
    return FilePosition(inode=position.inode, size_bytes=position.size_bytes + len(octets))


def _put_aside(path: Path, last: FilePosition) -> None:
    """Without its surplus, which will be delivered again."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_ino == last.inode:
            os.truncate(path, last.size_bytes)
            path.replace(path.with_name(f"{path.name}.1"))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    # Somebody's pipe of that name is no file: without O_NONBLOCK the thread would wait for its reader.
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def write_standard_output(octets: bytes, descriptor: int = 1) -> None:
    """Raises SinkFailed where nobody reads it: the rest is tried again, and what was read of it may come twice."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    view = memoryview(octets)
    while view:
        if not poll.poll(_OUTPUT_WAIT_SECONDS * 1000):
            raise SinkFailed("Standard output is full, and nobody reads it.")
        try:
            # So much a pipe takes at once, when it says that it takes something.
            view = view[os.write(descriptor, view[: select.PIPE_BUF]) :]
        except OSError as error:
            raise SinkFailed(f"Standard output cannot be written: {error.strerror or error}.") from error
