"""What an engine and its machine said of themselves at one moment: raw numbers, before anything follows from them.

`numbers` has the engines' own names, because they are the source that each definition of a metric names. A number that
was not said is not in it: older engines know fewer. Counters are since the engine's start, or since they were reset.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from elastane.model.engine_names import EngineName
from elastane.model.observations import Role


class CommandKind(msgspec.Struct, frozen=True):
    """What an engine says a command is."""

    is_read: bool
    """It reads data and changes none."""
    is_write: bool
    is_keyed: bool
    """It is about keys that it names."""
    categories: frozenset[str]
    """The access rules' groups of commands: hash, list, stream, …"""


class CommandUse(msgspec.Struct, frozen=True):
    """How often a command was called, failures included, and how long that took in all."""

    calls: int
    microseconds: int


class LatencyHistogram(msgspec.Struct, frozen=True):
    """How many calls took at most so many microseconds, each twice as long as the one before; steps without a call of
    their own are left out. Cumulative, in ascending order."""

    buckets: tuple[tuple[int, int], ...]


class Measurements(msgspec.Struct, frozen=True, kw_only=True):
    """One engine's, at one moment."""

    run_id: str
    """Names the process: counters of two of them have nothing to do with one another."""
    uptime_seconds: int
    engine: EngineName
    engine_version: str
    role: Role
    is_link_up: bool
    """As a replica."""
    replication_id: str
    previous_replication_id: str
    offset_bytes: int
    """As `Answering.offset_bytes`."""
    replica_offsets: Mapping[str, int]
    """As a primary: how far the replica at this address has said that it has come."""
    numbers: Mapping[str, float]
    commands: Mapping[str, CommandUse]
    """By full name, ``config|get``; those that were called."""
    kinds: Mapping[str, CommandKind]
    """Of every command that the engine has. Shared among engines that have the same."""
    histograms: Mapping[str, LatencyHistogram] | None = None
    """By full name. None when not asked for, or where the engine keeps none."""


class ProcessUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel counts of one process."""

    start_ticks: int
    """The kernel's moment of its start: with another one it is another process."""
    processor_nanoseconds: int
    """Of its main thread, on a processor."""
    process_nanoseconds: int
    """Of all its threads, as exact as the kernel's clock ticks."""
    major_fault_count: int
    """Pages that had to be read from a disk, for all of its threads."""


class MachineUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel counts of the machine, all processors together."""

    busy_ticks: int
    all_ticks: int
    """Busy or idle."""
    available_bytes: int
    """Memory that can be had without swapping: free, or only kept for speed."""
    swapped_bytes: int


class LagLook(msgspec.Struct, frozen=True, kw_only=True):
    """A primary asked how far its stream is, and then a replica, a few times, until it has come as far."""

    primary_offset_bytes: int
    replica_offset_bytes: int
    """At the last look."""
    waited_seconds: float
    """From the primary's answer to the replica's last one; 0 when its first one was as far."""

    @property
    def is_level(self) -> bool:
        return self.replica_offset_bytes >= self.primary_offset_bytes


class MeasuredNode(msgspec.Struct, frozen=True, kw_only=True):
    """Of the last measurement of a node, what tells how far it is in its node group's stream."""

    at: datetime
    offset_bytes: int
    """As `Measurements.offset_bytes`."""
    lag_seconds: float | None
    """A replica's, where it can be told."""
