"""A node's line: its connection, opened when first needed and again after it broke, and who we are on it.

Called by `client` alone, which keeps one line for each node. It signs in and asks for the control user's rights with
the first write on each connection; a hung engine may owe the answer to that for long, and nothing else is sent then.
"""

import asyncio

import libvalkey

from elastane.engines import CONTROL_USER, NodeAddress, Refused, rights
from elastane.engines.connection import Command, Connection, Reply, open_connection

_PING: Command = ("PING",)


class Line:
    """`missing_rights` is what the newest answered greeting said; empty before there was one.

    `knows_moves` is for whoever asks about moves of slots to say: False once the engine did not know the question.
    """

    def __init__(self, owed_seconds_max: float, source_address: str | None = None) -> None:
        self.missing_rights: tuple[str, ...] = ()
        self.knows_moves = True
        self._owed_seconds_max = owed_seconds_max
        self._source_address = source_address
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._greeting: asyncio.Future[list[Reply]] | None = None

    async def connect(self, at: NodeAddress) -> Connection:
        async with self._lock:
            connection = self._connection
            if connection is not None:
                if connection.is_open and connection.owed_seconds() < self._owed_seconds_max:
                    return connection
                connection.close()
            self._connection = connection = await open_connection(at.address, at.port, self._source_address)
            self.knows_moves = True  # the engine may be another one by now
            self._greeting = connection.send(*_greeting(at))
            return connection

    async def sign_in(self, at: NodeAddress) -> None:
        """Returns when the engine has let us in. Raises Refused."""
        assert self._connection is not None and self._greeting is not None, "connect() was called before"
        missing_rights = await self._hear(at, self._greeting)
        if missing_rights is None:
            # A script held the engine, which then takes a password and nothing else: greet it until it listens.
            self._greeting = self._connection.send(*_greeting(at))
            missing_rights = await self._hear(at, self._greeting)
        if missing_rights is not None:
            self.missing_rights = missing_rights

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


def _greeting(at: NodeAddress) -> tuple[Command, ...]:
    return (
        ("AUTH", CONTROL_USER, at.secret.reveal()),
        ("CLIENT", "SETNAME", CONTROL_USER),  # for whoever reads CLIENT LIST
        ("CLIENT", "NO-EVICT", "ON"),  # maxmemory-clients must not cut the one who watches
        *rights.questions(),
    )
