"""A node's directory on disk: its name, its files, its log.

Called by `identity`, `local`, `set_aside` and `zones`, from threads where it writes. It knows nothing of processes.
Directories are made 0700 and files 0600, since they hold the control user's secret and private keys.

    <root>/us-east-1/elc-tutorial-001/
        identity.json      whose node, which process (`identity`)
        valkey.conf        and what else the order brought
        log  log.1         what the process said, this time and before
"""

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from elastane.hosts import NotOurs

IDENTITY_NAME = "identity.json"
LOG_NAME = "log"
READ_BYTES_MAX = 1024 * 1024
"""More is in no file that we write into a node's directory."""
SET_ASIDE_NAME = "set-aside"
"""Below the root, and therefore not a node's: see `set_aside`."""

LOG_BYTES_MAX = 8 * 1024 * 1024
LAST_WORDS_BYTES_MAX = 4096
LAST_WORDS_LINES_MAX = 10

_KEY_PARTS_MAX = 3
# A letter or digit first: neither "..", nor a hidden file, nor an option of some tool.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")


def is_plain_name(name: str) -> bool:
    """Whether a name can be one step of a path and nothing else."""
    return _PLAIN_NAME.match(name) is not None


def is_node_key(text: str) -> bool:
    """Whether this is one to three plain names with slashes between, and no file that was set aside."""
    parts = text.split("/")
    return len(parts) <= _KEY_PARTS_MAX and all(map(is_plain_name, parts)) and parts[0] != SET_ASIDE_NAME


def node_directory(root: Path, node_key: str) -> Path:
    """The node's directory below `root`. Raises `NotOurs` for a key that could lead anywhere else."""
    if not is_node_key(node_key):
        raise NotOurs(node_key, "a node's key is one to three plain names with slashes between: us-east-1/cache-001")
    return root / node_key


def list_node_keys(root: Path) -> tuple[str, ...]:
    """The keys of all directories below `root` that hold an identity file."""
    depths = ("/".join(["*"] * depth) for depth in range(1, _KEY_PARTS_MAX + 1))
    found = (str(path.parent.relative_to(root)) for depth in depths for path in root.glob(f"{depth}/{IDENTITY_NAME}"))
    return tuple(sorted(key for key in found if is_node_key(key)))


def ensure_directory(root: Path, node_key: str) -> Path:
    """Make the node's directory and those above it, for the owner only. Raises OSError."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = root
    for part in node_key.split("/"):
        directory = directory / part
        directory.mkdir(mode=0o700, exist_ok=True)
    refuse_links(root, node_key)
    return directory


def refuse_links(root: Path, node_key: str) -> None:
    """Raises NotOurs when the node's directory, or one above it below the root, is a way to somewhere else."""
    directory = root / node_key
    if directory.resolve() != root.resolve() / node_key:
        raise NotOurs(node_key, f"a symbolic link leads from {directory} to {directory.resolve()}; remove the link")


def remove_directory(root: Path, node_key: str) -> None:
    """Remove the node's directory if it is there. Raises OSError.

    The identity goes last: a directory whose removal was cut short by a crash is still listed, and is removed later.
    """
    directory = node_directory(root, node_key)
    if not directory.is_dir():
        return
    refuse_links(root, node_key)
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != IDENTITY_NAME:
            entry.unlink()
    shutil.rmtree(directory)


def write_file(path: Path, text: str, *, is_durable: bool = False) -> None:
    """Write a file for the owner only so that a reader finds the old text or the new, never half. Raises OSError."""
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # the mode above counts only for a file that was not there
        file.write(text)
        file.flush()
        if is_durable:
            os.fsync(descriptor)
    fresh.replace(path)
    if is_durable:
        make_durable(path.parent)


def write_files(root: Path, node_key: str, files: Mapping[str, str]) -> None:
    """Into the directory of a node that is there. Raises OSError, NotOurs."""
    directory = node_directory(root, node_key)
    refuse_links(root, node_key)
    refuse_unusual(node_key, files)
    for name, text in files.items():
        write_file(directory / name, text)


def read_everywhere(root: Path, name: str) -> tuple[str, ...]:
    """The file of this name of every node that has one which can be read. Blocking; raises nothing."""
    found = []
    for key in list_node_keys(root):
        with contextlib.suppress(OSError, UnicodeError), opened(node_directory(root, key) / name, os.O_RDONLY) as file:
            found.append(os.read(file, READ_BYTES_MAX).decode())
    return tuple(found)


def refuse_unusual(node_key: str, names: Iterable[str]) -> None:
    """Raises NotOurs for the name of a file that an order may not bring."""
    unusual = [name for name in names if not is_plain_name(name) or name in (IDENTITY_NAME, LOG_NAME)]
    if unusual:
        raise NotOurs(node_key, f"a node's file cannot be named {unusual[0]!r}")


def make_durable(directory: Path) -> None:
    """What was just made, moved or removed in this directory survives a power cut. Raises OSError."""
    with opened(directory, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        os.fsync(descriptor)


@contextlib.contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """A file descriptor for the length of a `with`; no child inherits it, the owner alone may read what it creates."""
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened_log(directory: Path) -> Iterator[int]:
    """The node's log, open to append. One that has grown large is put aside first.

    Only a start can do that: a running process holds the file open and would write on into the one put aside.
    """
    log = directory / LOG_NAME
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(directory / f"{LOG_NAME}.1")
    with opened(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as descriptor:
        yield descriptor


def last_words(directory: Path, *, from_bytes: int) -> str:
    """The log's last lines, of this process alone: those after `from_bytes`. Empty when there is nothing to read."""
    try:
        with opened(directory / LOG_NAME, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return ""
            start_bytes = max(from_bytes, status.st_size - LAST_WORDS_BYTES_MAX)
            text = os.pread(descriptor, LAST_WORDS_BYTES_MAX, start_bytes).decode(errors="replace")
    except OSError:
        return ""  # last words are a courtesy; that the process ended is known without them
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(_printable(line) for line in lines[-LAST_WORDS_LINES_MAX:])


def _printable(line: str) -> str:
    """Last words travel into XML and terminals: control characters would break the one and fool the other."""
    return "".join(char if char.isprintable() else " " for char in line)


def explain(error: OSError, directory: Path) -> str:
    """What a person should do about a directory that could not be written."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"the disk that holds {directory} is full, or its quota is used up; free some space there"
        case errno.EACCES | errno.EPERM:
            return f"user {os.geteuid()} may not write {error.filename or directory}; allow it, or choose another place"
        case errno.EROFS:
            return f"{directory} is on a read-only file system; choose another place"
        case errno.ENOTDIR | errno.EEXIST:
            return f"{error.filename or directory} is a file where a directory is needed; move it away"
        case errno.EMFILE | errno.ENFILE:
            return "too many files are open; raise the limit (ulimit -n)"
        case errno.EAGAIN | errno.ENOMEM:
            return "the machine allows no further process; look at its memory and its limit of processes (ulimit -u)"
        case _:
            return f"{directory}: {error.strerror or error}"
