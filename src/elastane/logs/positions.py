"""Up to where each log was read, and how long each file is that was delivered to: values kept beside the events."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from elastane.model.log_lines import Head, LogPlace


class SlowLogPosition(msgspec.Struct, frozen=True, kw_only=True, tag="slow-log"):
    """In the slow log of one process; another process of the node counts anew."""

    created_at: datetime
    """The node's: one that is made later under the same name is another one."""
    run_id: str
    last_id: int
    """-1 while there was none."""


class EngineLogPosition(msgspec.Struct, frozen=True, kw_only=True, tag="engine-log"):
    created_at: datetime
    place: LogPlace | None
    last_head: Head | None
    """Of the last entry: what its further lines belong to."""


class FilePosition(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """How much of a file is delivered; what is behind it is what we were about to deliver when we died."""

    inode: int
    size_bytes: int


LogPosition = SlowLogPosition | EngineLogPosition
Position = LogPosition | FilePosition

_FILE_PREFIX = "file:"


def file_key(name: str) -> str:
    """Of a file's position; those of logs begin with a region."""
    return f"{_FILE_PREFIX}{name}"


def is_file_key(key: str) -> bool:
    return key.startswith(_FILE_PREFIX)


def encode(position: Position) -> bytes:
    return msgspec.json.encode(position)


def decode_all(rows: Mapping[str, bytes]) -> dict[str, Position]:
    return {key: _DECODER.decode(body) for key, body in rows.items()}


_DECODER: msgspec.json.Decoder[Position] = msgspec.json.Decoder(Position)
