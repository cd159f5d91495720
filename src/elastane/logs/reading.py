"""What is new in one log of one node since the last look."""

from datetime import datetime

import msgspec

from elastane.engines import NodeAddress, SlowLogs
from elastane.hosts import EngineLogs
from elastane.logs.positions import EngineLogPosition, LogPosition, SlowLogPosition
from elastane.model.ids import NodeId, Region
from elastane.model.log_lines import (
    Entry,
    SlowLog,
    SlowLogEntry,
    milliseconds,
    parse_engine_log,
    render_engine_log,
    render_slow_log,
    stream_name,
)
from elastane.model.logs import LogDelivery
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.model.secrets import Secret

READ_TIMEOUT_SECONDS = 0.4
SLOW_COUNT = 16
"""Entries of a slow log that a look asks for: most have none that is new, and each costs both sides its reading."""
SLOW_COUNT_MAX = 10_000
"""Asked for where these do not reach back to the last look; engines keep 128, unless they are told otherwise."""
ENGINE_BYTES_MAX = 128 * 1024
"""Of one engine's log in one look; where more has come, the next look follows at once."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One log of one node that is to be delivered."""

    group: ReplicationGroup
    node: Node
    delivery: LogDelivery
    secret: Secret

    @property
    def key(self) -> str:
        """Of its position. A node keeps it when its cache cluster becomes a group."""
        return position_key(self.group.region, self.node.id, self.delivery.log_type)

    @property
    def node_key(self) -> str:
        """The node's name on its host."""
        return f"{self.group.region}/{self.node.id}"

    @property
    def address(self) -> NodeAddress:
        return NodeAddress(
            address=self.node.address,
            port=self.group.software.port,
            secret=self.secret,
            encryption=self.group.access.transit_encryption,
        )

    @property
    def stream_name(self) -> str:
        return stream_name(self.group.software.engine, self.node.id, self.delivery.log_type)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found in one log."""

    target: Target
    entries: tuple[Entry, ...]
    position: LogPosition | None
    """Where the next look goes on; None while there is nothing to read."""
    has_more: bool = False
    missing: str | None = None
    """That something before these entries could not be read, as a sentence."""


def position_key(region: Region, node_id: NodeId, log_type: str) -> str:
    return f"{region}/{node_id}/{log_type}"


async def read_slow_log(
    target: Target, position: LogPosition | None, slow_logs: SlowLogs, *, own_address: str
) -> Batch:
    """Raises EngineError. What Elastane itself asks of an engine, from its own address, is nobody's slow command."""
    last = position if isinstance(position, SlowLogPosition) else None
    if last is not None and last.created_at != target.node.created_at:
        last = None
    slow_log = await slow_logs.read_slow_log(target.address, READ_TIMEOUT_SECONDS, SLOW_COUNT)
    if len(slow_log.entries) == SLOW_COUNT and (last is None or count_missing(slow_log, last) > 0):
        slow_log = await slow_logs.read_slow_log(target.address, READ_TIMEOUT_SECONDS, SLOW_COUNT_MAX)
    fresh = fresh_entries(slow_log, last)
    delivered = [
        render_slow_log(entry, target.node.id, target.delivery.log_format)
        for entry in fresh
        if _is_wanted(target.delivery, entry.at_seconds * 1000, granularity=1000)
        and entry.client_address.rpartition(":")[0] != own_address
    ]
    is_same_process = last is not None and last.run_id == slow_log.run_id
    last_id = last.last_id if last is not None and is_same_process else -1
    missing_count = count_missing(slow_log, last)
    return Batch(
        target=target,
        entries=tuple(delivered),
        position=SlowLogPosition(
            created_at=target.node.created_at,
            run_id=slow_log.run_id,
            last_id=fresh[-1].id if fresh else last_id,
        ),
        missing=f"{missing_count} entries of the slow log were gone before they were read" if missing_count else None,
    )


def fresh_entries(slow_log: SlowLog, last: SlowLogPosition | None) -> tuple[SlowLogEntry, ...]:
    """Those that no look has seen, oldest first."""
    if last is None or last.run_id != slow_log.run_id:
        return slow_log.entries
    return tuple(entry for entry in slow_log.entries if entry.id > last.last_id)


def count_missing(slow_log: SlowLog, last: SlowLogPosition | None) -> int:
    """How many there were between the last look and the oldest one that is there: pushed out, or reset by somebody.

    At the first look there is nothing to miss.
    """
    fresh = fresh_entries(slow_log, last)
    if last is None or not fresh:
        return 0
    last_id = last.last_id if last.run_id == slow_log.run_id else -1
    return fresh[0].id - last_id - 1


async def read_engine_log(
    target: Target, position: LogPosition | None, engine_logs: EngineLogs, now: datetime
) -> Batch:
    """Raises HostError."""
    last = position if isinstance(position, EngineLogPosition) else None
    if last is not None and last.created_at != target.node.created_at:
        last = None
    piece = await engine_logs.read_log(target.node_key, None if last is None else last.place, ENGINE_BYTES_MAX)
    entries, head = parse_engine_log(piece.lines, None if last is None else last.last_head, now)
    wanted = [entry for entry in entries if _is_wanted(target.delivery, milliseconds(entry.head.at), granularity=1)]
    return Batch(
        target=target,
        entries=tuple(render_engine_log(entry, target.node.id, target.delivery.log_format) for entry in wanted),
        position=None
        if piece.place is None
        else EngineLogPosition(created_at=target.node.created_at, place=piece.place, last_head=head),
        has_more=piece.has_more,
        missing="the engine's log was replaced before it was read to its end" if piece.is_gap else None,
    )


def _is_wanted(delivery: LogDelivery, at_milliseconds: int, *, granularity: int) -> bool:
    """Whether it was said after the delivery was switched on, as exactly as its moment is known."""
    if delivery.since is None:
        return True
    since = milliseconds(delivery.since)
    return at_milliseconds >= since - since % granularity
