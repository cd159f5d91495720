"""What was measured of a node, sorted into what grows and what is: the fields that `definitions` names. Pure.

Beside the engine's own fields of INFO there are

    main_thread_nanoseconds, process_nanoseconds,           of the process
    major_faults
    machine_busy_ticks, machine_all_ticks                   of the machine, all processors together
    machine_available_bytes, machine_swapped_bytes
    stream_bytes                                            a primary's offset; nothing for a replica
    is_primary
    replication_lag_seconds                                 a replica's, see `lag`
    calls_of_…, microseconds_of_…                           of a family of commands
"""

from collections.abc import Mapping

from elastane.metrics.command_families import FamilyTable
from elastane.metrics.counters import MACHINE, PROCESS, STATISTICS, STREAM, Counted, Counters
from elastane.metrics.definitions import DEFINITIONS, READS, WRITES
from elastane.metrics.derivations import GROWING
from elastane.metrics.samples import bucket_counts
from elastane.model.measurements import CommandKind, MachineUsage, Measurements, ProcessUsage
from elastane.model.observations import Role

_GROWING = frozenset(
    field for definition in DEFINITIONS if definition.derivation in GROWING for field in definition.fields
)


def engine_counters(at_seconds: float, seen: Measurements, families: Mapping[str, float]) -> Counters:
    statistics = {name: number for name, number in seen.numbers.items() if name in _GROWING}
    statistics.update(families)
    counters = {STATISTICS: Counted(at_seconds, seen.run_id, statistics, seen.uptime_seconds)}
    if seen.role is Role.PRIMARY:
        stream = {"stream_bytes": float(seen.offset_bytes)}
        counters[STREAM] = Counted(at_seconds, f"{seen.run_id} {seen.replication_id}", stream)
    return counters


def bucket_counters(at_seconds: float, seen: Measurements) -> dict[str, Counted]:
    """By kind of request; nothing where it was not asked for, or the engine does not say."""
    if seen.histograms is None:
        return {}
    kinds_of = {name: kind for name in seen.histograms if (kind := _request_kind(name, seen.kinds)) is not None}
    return {
        kind: Counted(at_seconds, seen.run_id, counts, seen.uptime_seconds)
        for kind, counts in bucket_counts(seen.histograms, kinds_of).items()
    }


def process_counters(at_seconds: float, usage: ProcessUsage) -> Counters:
    numbers = {
        "main_thread_nanoseconds": float(usage.processor_nanoseconds),
        "process_nanoseconds": float(usage.process_nanoseconds),
        "major_faults": float(usage.major_fault_count),
    }
    return {PROCESS: Counted(at_seconds, str(usage.start_ticks), numbers)}


def machine_counters(at_seconds: float, usage: MachineUsage) -> Counters:
    numbers = {"machine_busy_ticks": float(usage.busy_ticks), "machine_all_ticks": float(usage.all_ticks)}
    return {MACHINE: Counted(at_seconds, "", numbers)}


def engine_levels(seen: Measurements) -> dict[str, float]:
    levels = {name: number for name, number in seen.numbers.items() if name not in _GROWING}
    levels["is_primary"] = 1.0 if seen.role is Role.PRIMARY else 0.0
    return levels


def machine_levels(usage: MachineUsage) -> dict[str, float]:
    return {
        "machine_available_bytes": float(usage.available_bytes),
        "machine_swapped_bytes": float(usage.swapped_bytes),
    }


class FamilyTables:
    """One for all engines that have the same commands: `Measurements.kinds` is one value for all of those."""

    COUNT_MAX = 64

    def __init__(self) -> None:
        self._tables: list[FamilyTable] = []

    def sum_up(self, seen: Measurements) -> dict[str, float]:
        table = next((known for known in self._tables if known.kinds is seen.kinds), None)
        if table is None:
            table = FamilyTable(seen.kinds)
            self._tables = [table, *self._tables][: self.COUNT_MAX]
        return table.sum_up(seen.commands)


def _request_kind(command: str, kinds: Mapping[str, CommandKind]) -> str | None:
    """As the families of reads and writes have it, whose time is the sum of these calls."""
    kind = kinds.get(command)
    if kind is None:
        return None
    return READS if kind.is_read else WRITES if kind.is_write else None
