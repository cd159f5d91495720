"""A node's line: its connection, opened when first needed and again after it broke, and who we are on it.

Called by `client` alone, which keeps one line for each node. It signs in and asks for the control user's rights with
the first write on each connection; a hung engine may owe the answer to that for long, and nothing else is sent then.

By TLS wherever the engine offers it. While what a group offers is being changed, nobody can know how an engine listens
at the moment: it is found out, in an order in which no secret is sent before it is known who gets it.
"""

import asyncio
import ssl
from collections.abc import Callable

import libvalkey
import msgspec

from elastane.engines import CONTROL_USER, NodeAddress, Refused, rights
from elastane.engines.cluster_config import bus_port
from elastane.engines.connection import (
    Command,
    Connection,
    Reply,
    open_connection,
    read_certificate,
    speaks_plainly,
)
from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.observations import ServedCertificate

_PING: Command = ("PING",)

Context = Callable[[], ssl.SSLContext]
"""Answers how TLS is spoken with engines: anew each time, for a new authority changes it."""


class Way(msgspec.Struct, frozen=True):
    """How to reach an engine."""

    port: int
    is_encrypted: bool


def ways(at: NodeAddress) -> tuple[Way, ...]:
    """In the order in which they are tried. Each but the last is for a port at which nobody listens otherwise.

    | the group shall offer | the engine may still be at             | tried                              |
    |-----------------------|----------------------------------------|------------------------------------|
    | plain                 | both, where plain keeps the port       | plain                              |
    | both                  | plain alone, TLS alone, at the port    | TLS beside the port, then the port |
    | TLS                   | both                                   | TLS beside the port, TLS           |
    """
    beside = encrypted_port(at.port, TransitEncryption.PREFERRED)
    assert beside is not None, "there is one when both are offered"
    if at.encryption is TransitEncryption.DISABLED:
        return (Way(at.port, False),)
    if at.encryption is TransitEncryption.PREFERRED:
        return (Way(beside, True), Way(at.port, False), Way(at.port, True))
    return (Way(beside, True), Way(at.port, True))


class Line:
    """`missing_rights` is what the newest answered greeting said; empty before there was one.

    `knows_moves` is for whoever asks about moves of slots to say: False once the engine did not know the question.
    `is_reached`: the kernel has connected us, so that it is the engine that lets us wait.
    """

    def __init__(self, owed_seconds_max: float, context: Context, source_address: str | None = None) -> None:
        self.missing_rights: tuple[str, ...] = ()
        self.knows_moves = True
        self.is_reached = False
        self._context = context
        self._bus_certificate: ServedCertificate | None = None
        self._owed_seconds_max = owed_seconds_max
        self._source_address = source_address
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._greeting: asyncio.Future[list[Reply]] | None = None
        self._signed_in: Connection | None = None
        """The connection on which the engine has let us in, and on which its rights were read."""

    async def connect(self, at: NodeAddress) -> Connection:
        async with self._lock:
            connection = self._connection
            if connection is not None:
                if connection.is_open and connection.owed_seconds() < self._owed_seconds_max:
                    return connection
                connection.close()
            self.is_reached = False
            self._connection = connection = await self._open(at)
            self.knows_moves = True  # the engine may be another one by now
            self._bus_certificate = None
            self._greeting = connection.send(*_greeting(at))
            return connection

    async def _open(self, at: NodeAddress) -> Connection:
        """Raises OSError: of the last way, if it is that nobody listens there."""
        found = ways(at)
        for way in found[:-1]:
            try:
                return await self._open_by(at, way)
            except (ConnectionRefusedError, _SpeaksOtherwise):
                continue
        return await self._open_by(at, found[-1])

    async def _open_by(self, at: NodeAddress, way: Way) -> Connection:
        is_doubtful = at.encryption is not TransitEncryption.DISABLED and not way.is_encrypted
        if is_doubtful and not await speaks_plainly(at.address, way.port, self._source_address):
            raise _SpeaksOtherwise
        context = self._context() if way.is_encrypted else None
        return await open_connection(
            at.address,
            way.port,
            context=context,
            on_reached=self._reached,
            source_address=self._source_address,
        )

    def _reached(self) -> None:
        self.is_reached = True

    async def certificates(self, at: NodeAddress, *, is_cluster: bool) -> tuple[ServedCertificate, ...]:
        """What this connection was made with, and what the bus serves, which is asked once a connection."""
        own = None if self._connection is None else self._connection.certificate
        if own is None:
            return ()
        if not is_cluster:
            return (own,)
        if self._bus_certificate is None:
            try:
                self._bus_certificate = await read_certificate(
                    at.address, bus_port(at.port), self._context(), self._source_address
                )
            except OSError:
                return (own,)  # it does not listen by TLS yet, or not at all
        return (own,) if self._bus_certificate is None else (own, self._bus_certificate)

    async def sign_in(self, at: NodeAddress) -> None:
        """Returns when the engine has let us in. Raises Refused."""
        connection = self._connection
        assert connection is not None and self._greeting is not None, "connect() was called before"
        if connection is self._signed_in:
            return  # fifty replies, read anew at every exchange, were a sixth of all that a control plane does
        missing_rights = await self._hear(at, self._greeting)
        if missing_rights is None:
            # A script held the engine, which then takes a password and nothing else: greet it until it listens.
            connection = self._connection or connection  # it may have been replaced meanwhile
            self._greeting = connection.send(*_greeting(at))
            missing_rights = await self._hear(at, self._greeting)
        if missing_rights is not None:
            self.missing_rights, self._signed_in = missing_rights, connection

    async def _hear(self, at: NodeAddress, greeting: asyncio.Future[list[Reply]]) -> tuple[str, ...] | None:
        signed_in, _, _, *said = await asyncio.shield(greeting)
        if isinstance(signed_in, libvalkey.ReplyError):
            self.close()
            raise Refused(f"{at} did not let the control user sign in.", reply=str(signed_in))
        return rights.parse_missing(said)

    def is_quiet(self, quiet_seconds: float) -> bool:
        """See the Protocol. The PING's reply is read in its turn and meets nobody."""
        connection, greeting = self._connection, self._greeting
        if connection is None or greeting is None or not connection.is_open or not greeting.done():
            return False
        owed_seconds = connection.owed_seconds()
        if owed_seconds == 0.0:
            connection.send(_PING)
        return owed_seconds > quiet_seconds

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class _SpeaksOtherwise(Exception):
    """What listens there does not take plain connections."""


def _greeting(at: NodeAddress) -> tuple[Command, ...]:
    return (
        ("AUTH", CONTROL_USER, at.secret.reveal()),
        ("CLIENT", "SETNAME", CONTROL_USER),  # for whoever reads CLIENT LIST
        ("CLIENT", "NO-EVICT", "ON"),  # maxmemory-clients must not cut the one who watches
        *rights.questions(),
    )
