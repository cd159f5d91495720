"""Memcached's processes and configuration endpoints in memory: who answers is read off a `FakeHost`, and nothing else.

A process that runs there answers at the address that its command line, or its `configuration.json`, names, with the
settings that the command line asks for; one that the host holds is silent. So a test ends or holds a *process*, and
here does only what a host cannot: hide one from the control plane, or let one refuse. The contract in
`tests/unit/engines/memcached_contract.py` holds for this and for real processes.
"""

from collections.abc import Mapping

from elastane.catalog.encryption import NODE_FILE
from elastane.configuration_endpoint import configuration
from elastane.configuration_endpoint.configuration import Configuration
from elastane.engines import EngineError, NoAnswer, NothingListens, Refused, TooManyConnections, Unreachable
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.hosts import NodeOrder
from elastane.model.ids import CacheNodeId
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements
from elastane.model.memcached_observations import (
    AnsweringEndpoint,
    AnsweringNode,
    CrowdedNode,
    EndpointEngine,
    NodeEngine,
)
from elastane.model.observations import Busy, Refusing, Running, ServedCertificate, Unknown
from tests.kit.fake_binaries import binary_of
from tests.kit.fake_host import FakeHost
from tests.kit.fake_memcached_settings import settings_of
from tests.kit.fake_pki import parse_certificate

VERSION = "1.6.38"
"""Of a binary that is not one of `fake_binaries`."""

COUNTERS = {"pid": 0, "uptime": 100_000, "curr_connections": 3, "curr_items": 0, "get_hits": 0, "get_misses": 0}

NO_COUNTERS: Mapping[str, int] = {}


class FakeMemcached:
    """`MemcachedEngines` and `MemcachedMeter` over the processes of a fake host.

    `start_looks`: so many looks after its start a process listens nowhere yet.
    """

    def __init__(self, host: FakeHost, *, start_looks: int = 0) -> None:
        self._host = host
        self._start_looks = start_looks
        self._looks: dict[tuple[str, int], int] = {}
        self._refreshed: dict[tuple[str, int], ServedCertificate | None] = {}
        """What a process read when it was told to; until then it serves what it was started with. By key and pid."""
        self.unreached: set[str] = set()
        """Addresses whose connections are accepted, and that give no answer, though their processes get on."""
        self.refusing: set[str] = set()
        """Addresses at which nothing listens, though their processes run."""
        self.crowded: set[str] = set()
        """Addresses at which there is no room for us."""
        self.wrong: dict[str, str] = {}
        """What an address answers that makes no sense."""
        self.counters: dict[str, dict[str, int]] = {}
        """What `stats` of a node at an address says besides `COUNTERS`."""
        self.config_gets: dict[str, dict[CacheNodeId, int]] = {}
        """By a configuration endpoint's address."""
        self.forgotten: list[str] = []

    # --- the protocols -------------------------------------------------------------------------------

    async def observe(self, at: MemcachedAddress, timeout_seconds: float) -> NodeEngine:
        try:
            order, running = await self._reach_node(at)
        except TooManyConnections:
            return CrowdedNode()
        except EngineError as error:
            return _as_seen(error)
        return AnsweringNode(
            engine_version=_version(order),
            settings=settings_of(order.argv),
            certificate=self._certificate(order, running) if at.is_encrypted else None,
        )

    async def observe_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointEngine:
        try:
            node_key, told = await self._reach_endpoint(at)
        except EngineError as error:
            return _as_seen(error)
        text = self._host.text(node_key, NODE_FILE)
        certificate = parse_certificate({NODE_FILE: text}) if at.is_encrypted and text is not None else None
        return AnsweringEndpoint(version=told.discovery.version, certificate=certificate)

    async def refresh_certificates(self, at: MemcachedAddress, timeout_seconds: float) -> None:
        order, running = await self._reach_node(at)
        text = self._host.text(order.node_key, NODE_FILE)
        if not at.is_encrypted or text is None:
            raise Refused(f"The engine at {at} refused refresh_certs.", reply="Error TLS not enabled")
        self._refreshed[order.node_key, running.pid] = parse_certificate({NODE_FILE: text})

    async def measure(self, at: MemcachedAddress, timeout_seconds: float) -> MemcachedMeasurements:
        order, running = await self._reach_node(at)
        counters = {**COUNTERS, "pid": running.pid, **self.counters.get(at.address, NO_COUNTERS)}
        return MemcachedMeasurements(
            engine_version=_version(order),
            process_id=counters["pid"],
            uptime_seconds=counters["uptime"],
            counters=counters,
        )

    async def measure_endpoint(self, at: MemcachedAddress, timeout_seconds: float) -> EndpointMeasurements:
        _, told = await self._reach_endpoint(at)
        asked = self.config_gets.get(at.address, {})
        return EndpointMeasurements(
            version=told.discovery.version,
            change_count=1,
            connection_count=0,
            config_gets={CacheNodeId(node_id): asked.get(CacheNodeId(node_id), 0) for node_id in told.node_ids},
        )

    def forget(self, at: MemcachedAddress) -> None:
        self.forgotten.append(at.address)

    async def aclose(self) -> None:
        """There is no connection to drop."""

    # --- inside --------------------------------------------------------------------------------------

    async def _reach_node(self, at: MemcachedAddress) -> tuple[NodeOrder, Running]:
        for node_key, order in tuple(self._host.orders.items()):
            settings = settings_of(order.argv) if is_memcached(order) else {}
            if settings and (settings["inter"], settings["tcpport"]) == (at.address, str(at.port)):
                running = await self._reach(at, node_key)
                _refuse_other_way(at, is_encrypted=settings["ssl_enabled"] == "yes")
                return order, running
        raise NothingListens(f"Nothing listens at {at}.")

    async def _reach_endpoint(self, at: MemcachedAddress) -> tuple[str, Configuration]:
        for node_key in tuple(self._host.orders):
            text = self._host.text(node_key, configuration.FILE)
            told = None if text is None else configuration.parse(text)
            if told is not None and (told.address, told.port) == (at.address, at.port):
                await self._reach(at, node_key)
                _refuse_other_way(at, is_encrypted=told.is_encrypted)
                return node_key, told
        raise NothingListens(f"Nothing listens at {at}.")

    async def _reach(self, at: MemcachedAddress, node_key: str) -> Running:
        process = await self._host.observe_process(node_key)
        if not isinstance(process, Running) or at.address in self.refusing:
            raise NothingListens(f"Nothing listens at {at}.")
        looks = self._looks.get((node_key, process.pid), 0)
        self._looks[node_key, process.pid] = looks + 1
        if looks < self._start_looks:
            raise NothingListens(f"Nothing listens at {at}.")
        if at.address in self.unreached or self._host.is_held(node_key):
            raise NoAnswer(f"{at} accepts connections and gave no answer.")
        if at.address in self.crowded:
            raise TooManyConnections(f"The engine at {at} has as many connections as it may have.")
        if at.address in self.wrong:
            raise EngineError(self.wrong[at.address])
        return process

    def _certificate(self, order: NodeOrder, running: Running) -> ServedCertificate | None:
        return self._refreshed.get((order.node_key, running.pid), parse_certificate(order.files))


def is_memcached(order: NodeOrder) -> bool:
    """Whether a host's order starts a memcached."""
    return order.argv[0].endswith("memcached")


def is_configuration_endpoint(order: NodeOrder) -> bool:
    return configuration.FILE in order.files


def _version(order: NodeOrder) -> str:
    binary = binary_of(order.argv)
    return VERSION if binary is None else binary.version


def _as_seen(error: EngineError) -> Refusing | Busy | Unknown:
    if isinstance(error, NothingListens):
        return Refusing()
    return Busy(reason=str(error)) if isinstance(error, NoAnswer) else Unknown(reason=str(error))


def _refuse_other_way(at: MemcachedAddress, *, is_encrypted: bool) -> None:
    if at.is_encrypted is not is_encrypted:
        raise Unreachable(f"No connection to {at}: it speaks {'by TLS' if is_encrypted else 'plainly'}.")
