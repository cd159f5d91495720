"""Engines and a host that are only ever measured: `engines.Meter`, `MemcachedMeter` and `hosts.Meter` with numbers
that a test sets."""

import asyncio

from msgspec.structs import replace

from elastane.engines import NoAnswer, NodeAddress
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.model.engine_names import EngineName
from elastane.model.measurements import (
    CommandKind,
    CommandUse,
    LagLook,
    LatencyHistogram,
    MachineUsage,
    Measurements,
    ProcessUsage,
)
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements
from elastane.model.observations import Role

KINDS = {
    "get": CommandKind(True, False, True, frozenset({"string"})),
    "set": CommandKind(False, True, True, frozenset({"string"})),
}


def measurements(
    *, hits: float = 0, misses: float = 0, role: Role = Role.PRIMARY, offset_bytes: int = 0
) -> Measurements:
    """Of an engine that has been running for long."""
    return Measurements(
        run_id="one",
        uptime_seconds=100_000,
        engine=EngineName.VALKEY,
        engine_version="9.1.2",
        role=role,
        is_link_up=role is Role.REPLICA,
        replication_id="history",
        previous_replication_id="",
        offset_bytes=offset_bytes,
        replica_offsets={},
        numbers={
            "keyspace_hits": hits,
            "keyspace_misses": misses,
            "used_memory": 500.0,
            "mem_not_counted_for_evict": 100.0,
            "maxmemory": 1000.0,
            "keys": 3.0,
        },
        commands={"get": CommandUse(int(hits + misses), int(2 * (hits + misses)))},
        kinds=KINDS,
        histograms={"get": LatencyHistogram(((2, int(hits + misses)),))},
    )


class FakeMeter:
    """Engines by address. One that is not there gives no answer; one of `hanging` lets everybody wait for ever."""

    def __init__(self) -> None:
        self.engines: dict[str, Measurements] = {}
        self.hanging: set[str] = set()
        self.wrong: set[str] = set()
        """Asking these runs into a bug."""
        self.lag_look: LagLook | None = None
        self.forgotten: list[str] = []
        self.thorough: list[bool] = []
        """Whether each question was."""

    async def measure(self, at: NodeAddress, timeout_seconds: float, *, is_thorough: bool) -> Measurements:
        self.thorough.append(is_thorough)
        if at.address in self.hanging:
            await asyncio.Event().wait()
        if at.address in self.wrong:
            raise KeyError("a bug of ours")
        if at.address not in self.engines:
            raise NoAnswer(f"{at} gave no answer.")
        seen = self.engines[at.address]
        return seen if is_thorough else replace(seen, histograms=None)

    async def look_at_lag(self, primary: NodeAddress, replica: NodeAddress, timeout_seconds: float) -> LagLook:
        if self.lag_look is None:
            raise NoAnswer(f"{replica} gave no answer.")
        return self.lag_look

    def forget(self, at: NodeAddress) -> None:
        self.forgotten.append(at.address)

    async def aclose(self) -> None:
        self.engines.clear()


def cache_node_measurements(**counters: int) -> MemcachedMeasurements:
    """Of a memcached that has been running for long; every other counter is zero."""
    told = dict.fromkeys(CACHE_NODE_COUNTERS, 0) | {"uptime": 100_000, "time": 1_800_000_000, "limit_maxbytes": 1000}
    told |= counters
    return MemcachedMeasurements(
        engine_version="1.6.38", process_id=told["pid"], uptime_seconds=told["uptime"], counters=told
    )


CACHE_NODE_COUNTERS = ("pid", "bytes", "curr_items", "get_hits", "get_misses", "total_connections")


class FakeMemcachedMeter:
    """Cache nodes and configuration endpoints by address. One that is not there gives no answer."""

    def __init__(self) -> None:
        self.nodes: dict[str, MemcachedMeasurements] = {}
        self.endpoints: dict[str, EndpointMeasurements] = {}
        self.forgotten: list[str] = []

    async def measure(self, at: MemcachedAddress, timeout_seconds: float) -> MemcachedMeasurements:
        if at.address not in self.nodes:
            raise NoAnswer(f"{at} gave no answer.")
        return self.nodes[at.address]

    async def measure_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointMeasurements:
        if at.address not in self.endpoints:
            raise NoAnswer(f"{at} gave no answer.")
        return self.endpoints[at.address]

    def forget(self, at: MemcachedAddress) -> None:
        self.forgotten.append(at.address)

    async def aclose(self) -> None:
        self.nodes.clear()


class FakeHostMeter:
    """A machine half of whose time is busy; every process runs, its main thread for a tenth of the time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.start_ticks: dict[str, int] = {}
        """Of processes that a test starts anew."""

    async def observe_process_usage(self, node_key: str) -> ProcessUsage | None:
        nanoseconds = int(self.seconds * 1e8)
        return ProcessUsage(
            processor_nanoseconds=nanoseconds,
            process_nanoseconds=2 * nanoseconds,
            major_fault_count=0,
            start_ticks=self.start_ticks.get(node_key, 7),
        )

    async def observe_machine_usage(self) -> MachineUsage:
        ticks = int(self.seconds * 100)
        return MachineUsage(busy_ticks=ticks // 2, all_ticks=ticks, available_bytes=8000, swapped_bytes=0)
