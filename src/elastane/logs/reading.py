"""What is new in one log of one node since the last look."""

from datetime import datetime

import msgspec

from elastane.engines import EngineError, NodeAddress, SlowLogs, address_of
from elastane.hosts import EngineLogs
from elastane.logs.aside import Aside
from elastane.logs.positions import EngineLogPosition, LogPosition, SlowLogPosition
from elastane.model.ids import NodeId, Region, node_key
from elastane.model.log_lines import (
    Entry,
    Head,
    SlowLog,
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
SLOW_COUNT = 4
"""Entries of a slow log that a look asks for: most have none that is new, and each costs both sides its reading."""
SLOW_COUNT_MAX = 10_000
"""At most so many are asked for where these do not reach back to the last look; engines keep 128, unless they are told
otherwise."""
SLOW_COUNT_SURE = 512
"""So many of the largest entries, with 32 words of 128 bytes, an engine's answer can have; asked for where more of them
were too much."""
ENGINE_BYTES_MAX = 64 * 1024
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
        return node_key(self.group.region, self.node.id)

    @property
    def address(self) -> NodeAddress:
        return address_of(self.group, self.node, self.secret)

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
    missing_count: int = 0
    """Entries before these that could not be read."""
    is_gap: bool = False
    """Lines before these may be missing: the log is not the one that was read before."""


def position_key(region: Region, node_id: NodeId, log_type: str) -> str:
    return f"{region}/{node_id}/{log_type}"


async def read_slow_log(
    target: Target, position: LogPosition | None, slow_logs: SlowLogs, aside: Aside, *, own_address: str
) -> Batch:
    """Raises EngineError. What Elastane itself asks of an engine, from its own address, is nobody's slow command."""
    last = position if isinstance(position, SlowLogPosition) else None
    if last is not None and last.created_at != target.node.created_at:
        last = None
    slow_log = await _read_back_to(target.address, last, slow_logs)
    last_id = _last_id(slow_log, last)
    fresh = tuple(entry for entry in slow_log.entries if entry.id > last_id)

    def render() -> tuple[Entry, ...]:
        return tuple(
            render_slow_log(entry, target.node.id, target.delivery.log_format)
            for entry in fresh
            if _is_wanted(target.delivery, entry.at_seconds * 1000, granularity=1000)
            and entry.client_address.rpartition(":")[0] != own_address
        )

    is_all_wanted = last is not None or _is_older(target.delivery, target.node)
    return Batch(
        target=target,
        entries=await aside.do(len(fresh), render),
        position=SlowLogPosition(
            created_at=target.node.created_at,
            run_id=slow_log.run_id,
            last_id=fresh[-1].id if fresh else last_id,
        ),
        missing_count=fresh[0].id - last_id - 1 if fresh and is_all_wanted else 0,
    )


async def _read_back_to(at: NodeAddress, last: SlowLogPosition | None, slow_logs: SlowLogs) -> SlowLog:
    """A few entries, or all since the last look where these are more. Raises EngineError."""
    slow_log = await slow_logs.read_slow_log(at, READ_TIMEOUT_SECONDS, SLOW_COUNT)
    new_count = slow_log.entries[-1].id - _last_id(slow_log, last) if slow_log.entries else 0
    if len(slow_log.entries) < SLOW_COUNT or new_count <= SLOW_COUNT:
        return slow_log
    # Others come while we ask.
    count = min(2 * new_count, SLOW_COUNT_MAX)
    try:
        return await slow_logs.read_slow_log(at, READ_TIMEOUT_SECONDS, count)
    except EngineError:
        if count <= SLOW_COUNT_SURE:
            raise
        return await slow_logs.read_slow_log(at, READ_TIMEOUT_SECONDS, SLOW_COUNT_SURE)


def _last_id(slow_log: SlowLog, last: SlowLogPosition | None) -> int:
    """-1 where nothing of this process was read."""
    return last.last_id if last is not None and last.run_id == slow_log.run_id else -1


def _is_older(delivery: LogDelivery, node: Node) -> bool:
    """Whether a delivery was switched on before the node was made, and so wants all that it ever says."""
    return delivery.since is not None and delivery.since <= node.created_at


async def read_engine_log(
    target: Target, position: LogPosition | None, engine_logs: EngineLogs, aside: Aside, now: datetime
) -> Batch:
    """Raises HostError."""
    last = position if isinstance(position, EngineLogPosition) else None
    if last is not None and last.created_at != target.node.created_at:
        last = None
    piece = await engine_logs.read_log(target.node_key, None if last is None else last.place, ENGINE_BYTES_MAX)

    def render() -> tuple[tuple[Entry, ...], Head | None]:
        entries, head = parse_engine_log(piece.lines, None if last is None else last.last_head, now)
        wanted = (entry for entry in entries if _is_line_wanted(target.delivery, entry.head))
        return tuple(render_engine_log(entry, target.node.id, target.delivery.log_format) for entry in wanted), head

    rendered, head = await aside.do(len(piece.lines), render)
    return Batch(
        target=target,
        entries=rendered,
        position=None
        if piece.place is None
        else EngineLogPosition(created_at=target.node.created_at, place=piece.place, last_head=head),
        has_more=piece.has_more,
        is_gap=piece.is_gap,
    )


def _is_line_wanted(delivery: LogDelivery, head: Head) -> bool:
    return _is_wanted(delivery, milliseconds(head.at), granularity=head.granularity_milliseconds)


def _is_wanted(delivery: LogDelivery, at_milliseconds: int, *, granularity: int) -> bool:
    """Whether it was said after the delivery was switched on, as exactly as its moment is known."""
    if delivery.since is None:
        return True
    since = milliseconds(delivery.since)
    return at_milliseconds >= since - since % granularity
