"""What every implementation of the Memcached protocols does, whether its processes are real or not.

`CONTRACT` is run over the fake in this folder and over real processes in `tests/live/engines`. A clause is a function
of a world: a host that runs processes as orders say, and what asks them.
"""

import contextlib
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from elastane import configuration_endpoint
from elastane.catalog.encryption import BUNDLE_FILE, NODE_FILE
from elastane.catalog.node_types import get_node_type
from elastane.configuration_endpoint import configuration
from elastane.configuration_endpoint.configuration import Configuration
from elastane.engines import NoAnswer, NothingListens, Refused, TooManyConnections
from elastane.engines.discovery import EngineBinary
from elastane.engines.memcached import NodeConfig, certificate_files, command_line, wanted_settings
from elastane.engines.memcached_engines import MemcachedAddress, MemcachedEngines, MemcachedMeter
from elastane.engines.valkey import NodeCertificate
from elastane.hosts import Host, NodeOrder
from elastane.model.discovery import Discovery, Member
from elastane.model.memcached_observations import AnsweringEndpoint, AnsweringNode, CrowdedNode
from elastane.model.observations import Busy, Refusing, ServedCertificate, Unknown
from elastane.pki.authorities import IssuedCertificate
from elastane.pki.certificates import CertificateRequest
from tests.kit.asserts import eventually

SECONDS = 5.0
"""The deadline of what shall be answered. Nothing should come near it."""
SHORT_SECONDS = 0.2
"""The deadline of what shall not be."""

PORT = 11211
NODE_TYPE = get_node_type("cache.t4g.micro")
CONNECTIONS_MAX = 1024
FEW_CONNECTIONS = 32


class Memcached(MemcachedEngines, MemcachedMeter, Protocol):
    """Both at once."""


class Authority(Protocol):
    def issue(self, request: CertificateRequest) -> IssuedCertificate: ...


class Surroundings(Protocol):
    """What differs between worlds."""

    @property
    def host(self) -> Host: ...
    @property
    def memcached(self) -> Memcached: ...
    @property
    def authority(self) -> Authority: ...
    @property
    def binary(self) -> EngineBinary: ...

    def spare_address(self) -> str: ...

    async def hang(self, node_key: str) -> None:
        """The process stops where it is; the kernel still accepts its connections."""

    async def resume(self, node_key: str) -> None: ...

    async def crowd(self, at: MemcachedAddress) -> None:
        """Customers take every connection that the node has left, and keep them."""


class World:
    """Processes by the address at which they answer, and what a test may do to them behind their back."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.memcached = surroundings.memcached
        self.binary = surroundings.binary
        self._around = surroundings
        self._host = surroundings.host
        self._keys: dict[MemcachedAddress, str] = {}
        self._orders: dict[MemcachedAddress, NodeOrder] = {}
        self._numbers = itertools.count(1)

    async def boot(
        self,
        parameters: dict[str, str] | None = None,
        *,
        is_encrypted: bool = False,
        connections_max: int = CONNECTIONS_MAX,
    ) -> MemcachedAddress:
        """A node, as it is really started, that answers."""
        at = self._place(is_encrypted=is_encrypted)
        config = NodeConfig(
            at=at,
            node_type=NODE_TYPE,
            parameters=parameters or {},
            engine_version=self.binary.version,
            connections_max=connections_max,
        )
        files = certificate_files(self._certificate(at)) if is_encrypted else {}
        self._orders[at] = NodeOrder(node_key=self._keys[at], argv=command_line(self.binary.path, config), files=files)
        await self.start(at)
        return at

    async def boot_endpoint(self, version: int, *, is_encrypted: bool = False) -> MemcachedAddress:
        """A configuration endpoint that tells of two nodes which there need not be."""
        at = self._place(is_encrypted=is_encrypted)
        certificate = self._certificate(at)
        files = {NODE_FILE: certificate.node_pem.reveal(), BUNDLE_FILE: certificate.bundle_pem}
        self._orders[at] = NodeOrder(
            node_key=self._keys[at],
            argv=configuration_endpoint.command_line(),
            files={**(files if is_encrypted else {}), configuration.FILE: _told(at, version)},
        )
        await self.start(at)
        return at

    async def start(self, at: MemcachedAddress) -> None:
        """Anew, if it was lost. Returns when it listens."""
        await self._host.start_process(self._orders[at])

        async def listens() -> None:
            is_endpoint = configuration.FILE in self._orders[at].files
            observe = self.memcached.observe_endpoint if is_endpoint else self.memcached.observe
            seen = await observe(at, SECONDS)
            assert isinstance(seen, AnsweringNode | AnsweringEndpoint), f"{seen}"

        await eventually(listens)

    async def lose(self, at: MemcachedAddress) -> None:
        await self._host.kill_process(self._keys[at])

    async def hang(self, at: MemcachedAddress) -> None:
        await self._around.hang(self._keys[at])

    async def resume(self, at: MemcachedAddress) -> None:
        await self._around.resume(self._keys[at])

    async def crowd(self, at: MemcachedAddress) -> None:
        await self._around.crowd(at)

    async def publish(self, at: MemcachedAddress, version: int) -> None:
        await self._host.write_files(self._keys[at], {configuration.FILE: _told(at, version)})

    async def renew_certificate(self, at: MemcachedAddress) -> None:
        """It lies in the process's directory."""
        await self._host.write_files(self._keys[at], certificate_files(self._certificate(at)))

    def spare_place(self) -> MemcachedAddress:
        """Where nobody listens."""
        return MemcachedAddress(address=self._around.spare_address(), port=PORT)

    def directory(self, at: MemcachedAddress) -> Path:
        return self._host.directory(self._keys[at])

    def _place(self, *, is_encrypted: bool) -> MemcachedAddress:
        at = MemcachedAddress(address=self._around.spare_address(), port=PORT, is_encrypted=is_encrypted)
        self._keys[at] = f"us-east-1/sessions.{next(self._numbers):04d}"
        return at

    def _certificate(self, at: MemcachedAddress) -> NodeCertificate:
        asked = CertificateRequest(common_name="sessions", names=(), addresses=(at.address,))
        issued = self._around.authority.issue(asked)
        return NodeCertificate(node_pem=issued.node_pem, bundle_pem=issued.bundle_pem)


def _told(at: MemcachedAddress, version: int) -> str:
    members = tuple(Member(f"127.0.0.{number}", f"127.0.0.{number}", PORT) for number in (1, 2))
    return configuration.render(
        Configuration(
            address=at.address,
            port=at.port,
            source_address=at.address,
            is_encrypted=at.is_encrypted,
            is_binary_spoken=True,
            connections_max=100,
            discovery=Discovery(version, members),
            node_ids=("0001", "0002"),
        )
    )


async def look(world: World, at: MemcachedAddress) -> AnsweringNode:
    seen = await world.memcached.observe(at, SECONDS)
    assert isinstance(seen, AnsweringNode), f"{at} is {seen}"
    return seen


async def look_at_endpoint(world: World, at: MemcachedAddress) -> AnsweringEndpoint:
    seen = await world.memcached.observe_endpoint(at, SECONDS)
    assert isinstance(seen, AnsweringEndpoint), f"{at} is {seen}"
    return seen


# --- nodes ---------------------------------------------------------------------------------------


async def a_node_says_its_version_and_runs_with_what_its_command_line_asks_for(world: World) -> None:
    parameters = {"max_item_size": "2097152", "idle_timeout": "300", "cas_disabled": "1", "no_modern": "1"}
    at = await world.boot(parameters)

    seen = await look(world, at)

    wanted = wanted_settings(parameters, NODE_TYPE, world.binary.version, CONNECTIONS_MAX)
    assert seen.engine_version == world.binary.version
    assert {name: seen.settings.get(name) for name in wanted} == wanted
    assert (seen.settings["inter"], seen.settings["tcpport"]) == (at.address, str(at.port))
    assert (seen.settings["udpport"], seen.settings["ssl_enabled"]) == ("0", "no")
    assert seen.certificate is None


async def where_nobody_listens_is_refusing(world: World) -> None:
    assert await world.memcached.observe(world.spare_place(), SECONDS) == Refusing()
    assert await world.memcached.observe_endpoint(world.spare_place(), SECONDS) == Refusing()


async def a_lost_node_is_refusing_until_it_is_started_anew(world: World) -> None:
    at = await world.boot()
    before = await look(world, at)

    await world.lose(at)
    lost = await world.memcached.observe(at, SECONDS)
    await world.start(at)

    assert lost == Refusing()
    assert await look(world, at) == before


async def a_node_that_was_started_anew_at_once_answers_the_next_look(world: World) -> None:
    at = await world.boot()
    former = await world.memcached.measure(at, SECONDS)

    await world.lose(at)
    await world.start(at)

    assert (await world.memcached.measure(at, SECONDS)).process_id != former.process_id


async def a_hanging_node_is_busy_and_answers_again_when_it_goes_on(world: World) -> None:
    at = await world.boot()

    await world.hang(at)
    seen = [await world.memcached.observe(at, SHORT_SECONDS) for _ in range(2)]
    await world.resume(at)

    assert all(isinstance(one, Busy) for one in seen), seen
    assert (await look(world, at)).engine_version == world.binary.version


async def a_node_without_room_for_one_more_connection_says_so(world: World) -> None:
    at = await world.boot(connections_max=FEW_CONNECTIONS)

    async def is_crowded() -> None:
        await world.crowd(at)
        try:
            assert await world.memcached.observe(at, SECONDS) == CrowdedNode()
            with contextlib.suppress(TooManyConnections):
                raise AssertionError(f"there was room to count: {await world.memcached.measure(at, SECONDS)}")
        finally:
            world.memcached.forget(at)  # a place that we have had is free for a customer

    world.memcached.forget(at)
    await eventually(is_crowded, message="nobody of ours is in any more, and nobody gets in")


async def a_node_counts_and_says_for_how_long(world: World) -> None:
    at = await world.boot()

    measured = await world.memcached.measure(at, SECONDS)

    assert measured.engine_version == world.binary.version
    assert measured.counters["pid"] == measured.process_id > 0
    assert measured.counters["uptime"] == measured.uptime_seconds >= 0
    assert {"curr_connections", "curr_items", "get_hits", "get_misses"} <= measured.counters.keys()


async def measuring_who_is_not_there_or_does_not_answer_fails(world: World) -> None:
    at = await world.boot()

    await world.hang(at)
    with pytest.raises(NoAnswer):
        await world.memcached.measure(at, SHORT_SECONDS)
    with pytest.raises(NothingListens):
        await world.memcached.measure(world.spare_place(), SECONDS)
    await world.resume(at)


async def a_node_that_is_forgotten_is_found_again(world: World) -> None:
    at = await world.boot()

    world.memcached.forget(at)
    world.memcached.forget(at)

    assert (await look(world, at)).engine_version == world.binary.version


# --- configuration endpoints ---------------------------------------------------------------------


async def an_endpoint_says_the_version_of_the_list_that_it_tells(world: World) -> None:
    at = await world.boot_endpoint(3)
    first = await look_at_endpoint(world, at)

    await world.publish(at, 4)

    async def tells() -> None:
        assert (await look_at_endpoint(world, at)).version == 4

    await eventually(tells)
    assert first == AnsweringEndpoint(version=3)


async def an_endpoint_counts_for_each_node_that_it_tells_of(world: World) -> None:
    at = await world.boot_endpoint(3)

    measured = await world.memcached.measure_endpoint(at, SECONDS)

    assert measured.version == 3
    assert dict(measured.config_gets) == {"0001": 0, "0002": 0}


async def a_lost_endpoint_is_refusing_and_a_hanging_one_busy(world: World) -> None:
    at = await world.boot_endpoint(3)

    await world.hang(at)
    hanging = await world.memcached.observe_endpoint(at, SHORT_SECONDS)
    await world.lose(at)

    assert isinstance(hanging, Busy)
    assert await world.memcached.observe_endpoint(at, SECONDS) == Refusing()


# --- encryption in transit -----------------------------------------------------------------------


async def an_encrypted_node_shows_its_certificate(world: World) -> None:
    at = await world.boot(is_encrypted=True)

    seen = await look(world, at)

    assert seen.settings["ssl_enabled"] == "yes"
    assert _certificate(seen.certificate).names == frozenset({at.address})


async def a_renewed_certificate_is_seen_once_a_node_has_read_it(world: World) -> None:
    at = await world.boot(is_encrypted=True)
    former = _certificate((await look(world, at)).certificate)

    await world.renew_certificate(at)
    unread = _certificate((await look(world, at)).certificate)
    await world.memcached.refresh_certificates(at, SECONDS)

    assert unread == former
    assert _certificate((await look(world, at)).certificate).serial_number != former.serial_number


async def a_node_without_encryption_has_no_certificate_to_read(world: World) -> None:
    at = await world.boot()

    with pytest.raises(Refused, match=str(at)):
        await world.memcached.refresh_certificates(at, SECONDS)


async def an_endpoint_s_renewed_certificate_is_seen_by_the_next_connection(world: World) -> None:
    at = await world.boot_endpoint(1, is_encrypted=True)
    former = _certificate((await look_at_endpoint(world, at)).certificate)

    await world.renew_certificate(at)
    world.memcached.forget(at)

    assert _certificate((await look_at_endpoint(world, at)).certificate).serial_number != former.serial_number


async def one_that_speaks_otherwise_is_unknown(world: World) -> None:
    plain, encrypted = await world.boot(), await world.boot(is_encrypted=True)

    by_tls = MemcachedAddress(address=plain.address, port=plain.port, is_encrypted=True)
    plainly = MemcachedAddress(address=encrypted.address, port=encrypted.port)

    assert isinstance(await world.memcached.observe(plainly, SECONDS), Unknown)
    assert isinstance(await world.memcached.observe(by_tls, SECONDS), Unknown)


def _certificate(seen: ServedCertificate | None) -> ServedCertificate:
    assert seen is not None
    return seen


CONTRACT: tuple[Callable[[World], Awaitable[None]], ...] = (
    a_node_says_its_version_and_runs_with_what_its_command_line_asks_for,
    where_nobody_listens_is_refusing,
    a_lost_node_is_refusing_until_it_is_started_anew,
    a_node_that_was_started_anew_at_once_answers_the_next_look,
    a_hanging_node_is_busy_and_answers_again_when_it_goes_on,
    a_node_without_room_for_one_more_connection_says_so,
    a_node_counts_and_says_for_how_long,
    measuring_who_is_not_there_or_does_not_answer_fails,
    a_node_that_is_forgotten_is_found_again,
    an_endpoint_says_the_version_of_the_list_that_it_tells,
    an_endpoint_counts_for_each_node_that_it_tells_of,
    a_lost_endpoint_is_refusing_and_a_hanging_one_busy,
    an_encrypted_node_shows_its_certificate,
    a_renewed_certificate_is_seen_once_a_node_has_read_it,
    a_node_without_encryption_has_no_certificate_to_read,
    an_endpoint_s_renewed_certificate_is_seen_by_the_next_connection,
    one_that_speaks_otherwise_is_unknown,
)
