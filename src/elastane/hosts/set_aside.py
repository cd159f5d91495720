"""Files that are kept although the node they came from goes on without them: data that would otherwise be lost.

Called by `local` in threads: all of it may block. A node whose data went another way than its group's (an old primary
that took writes nobody else has) becomes a replica and forgets them. What it held is moved here before, for a person to
look at:

    <root>/set-aside/us-east-1/elc-tutorial-001/20261123T120001.250000Z-dump.rdb

No start reads it and no removal of a node deletes it. It is bounded: the newest three of each node, none older than two
weeks. Both are looked after whenever another file is set aside, before that one comes: so a clock that was put back
cannot make the file just saved the oldest.
"""

import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from elastane.hosts import HostError, NotOurs, directories

KEPT_COUNT_MAX = 3
KEPT_AGE_MAX = timedelta(days=14)

_TIMESTAMP = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-.+\Z")


def set_aside_file(root: Path, node_key: str, file_name: str, *, now: datetime) -> Path:
    """Move a file out of the node's directory, and answer where it is now. Raises NotOurs, HostError and OSError.

    On return the move has survived a power cut, the file's contents included. A crash before that leaves the file
    where it was or where it shall be, whole in either case.
    """
    directory = directories.node_directory(root, node_key)
    if not directories.is_plain_name(file_name) or file_name == directories.IDENTITY_NAME:
        raise NotOurs(node_key, f"a file named {file_name!r} cannot be set aside")
    directories.refuse_links(root, node_key)
    try:
        with directories.opened(directory / file_name, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise HostError(node_key, f"{directory / file_name} is no plain file, so it cannot be set aside")
            os.fchmod(descriptor, 0o600)
            os.fsync(descriptor)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise HostError(node_key, f"there is no file {directory / file_name} to set aside") from error
    kept = root / directories.SET_ASIDE_NAME
    destination = directories.ensure_directory(kept, node_key)
    _remove_old(kept, destination, now)
    moved = _free_name(destination, file_name, now)
    (directory / file_name).rename(moved)
    above = (root / part for part in destination.relative_to(root).parents)
    for changed in (destination, *above, directory):
        directories.make_durable(changed)
    return moved


def _remove_old(kept: Path, destination: Path, now: datetime) -> None:
    """Makes room for one more of this node, and removes what is too old of every node: some never have another."""
    in_order = sorted(path for path in destination.iterdir() if _time_of(path))  # their names begin with the time
    surplus = in_order[: max(0, len(in_order) - KEPT_COUNT_MAX + 1)]
    too_old = [path for path in kept.rglob("*") if (at := _time_of(path)) and at < now - KEPT_AGE_MAX]
    for path in {*surplus, *too_old}:
        path.unlink(missing_ok=True)  # another node's file may be removed by two threads at once


def _time_of(path: Path) -> datetime | None:
    """When a file was set aside; None for what is none of ours, and stays."""
    found = _NAME.match(path.name)
    return datetime.strptime(found[1], _TIMESTAMP).replace(tzinfo=UTC) if found else None


def _free_name(destination: Path, file_name: str, now: datetime) -> Path:
    """The clock may stand still or go back, and a move would overwrite a file of the same name."""
    while (path := destination / f"{now.strftime(_TIMESTAMP)}-{file_name}").exists():
        now += timedelta(microseconds=1)
    return path
