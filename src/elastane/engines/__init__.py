"""Engines: found, configured, asked and told. Nothing else in Elastane spells an engine's command.

The room has two halves that meet in no code. *Before* a node runs, `discovery` finds the binaries
this machine has and `valkey` renders the files and the command line to run one with; a host does the
running. *While* it runs, `client` keeps one connection to each node, through which the reconciler
observes it and orders the few things there are to order. The Protocol below is the seam between the
two: `client.LiveEngines` talks to real processes, `tests.kit.fake_engines.FakeEngines` to none, and
both pass the same contract test.

What the callers may rely on:

- `observe` returns a value and never raises for what the world does. The other methods raise an
  `EngineError`; a deadline is said by every caller and kept here.
- No method repeats an order by itself, but `bind`, which must not be left half done. The next pass of
  the reconciler is the retry, so every order may safely be given twice.
- An order that was sent cannot be called back: a stopped process that is resumed will carry it out,
  however long ago we gave up waiting, and although we hung up. Fencing is therefore a kill by the
  host, never an order here. It is one order at most: while an answer is owed nothing else is sent.

What this room never does: decide who should be primary, start or stop a process, remember a role.
An engine of this project boots read-only, as a replica of nowhere (`valkey.NOWHERE_PORT`), because a
restarted in-memory primary is empty and would make every replica as empty as itself.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from elastane.model.observations import Engine
from elastane.model.secrets import Secret

CONTROL_USER = "elastane"
"""The user that the reconciler and replication sign in as. Customers sign in as `default` or as their own."""


class NodeAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a node's engine answers, and the control user's password there."""

    address: str
    port: int
    secret: Secret

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


class Engines(Protocol):
    """Every running engine, asked and told in our words."""

    async def observe(self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float) -> Engine:
        """What the engine says of itself. Never raises for the world's failures: they are values too.

        Refusing: the connection was refused. Busy: it was accepted and no answer came within the
        deadline, or a script holds the engine. Unknown: anything else, with the reason.
        """

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        """Makes the node a replica of `primary`; its own keys give way to the primary's. Idempotent.

        Returns when the order is accepted. Whether the first sync is done is for `observe` to say.
        """

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Makes a replica tell its primary at once how far it has come, which it does once a second anyway.

        Returns when the engine has read it. Idempotent; a node without a link has nobody to tell.
        """

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Makes the node a writable primary. Idempotent.

        Only the reconciler's promotion step may call it, after the epoch is written, and never while
        the former primary may still be writable: fence that one first, or use `switch_over`.
        """

    async def bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        """Makes the engine listen on exactly these addresses; connections that exist live on. Idempotent.

        With `cuts_clients` customers' connections are closed right after, by the same message: whoever sends
        it and dies has either done neither or both. They may be closed although the addresses are refused.

        Raises AddressInUse, with the former addresses kept, when another process holds one of them.
        """

    async def set_parameters(self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float) -> None:
        """Changes parameters of the running engine, all or none. A restart forgets them: render them too."""

    async def switch_over(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        """Hands the primary's role from `at` to its replica `to` and loses no acknowledged write.

        Returns once the roles are seen swapped. Raises SwitchoverFailed; writes are then accepted
        again where they were, except as that error says. Other replicas still follow `at` afterwards.
        """

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Closes every customer's connection, so that clients ask the endpoint anew. Replication stays."""

    async def stop_script(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Ends a customer's script or function that keeps the engine from answering. Nothing to end is success.

        Raises Refused for one that has written: only its end, or the engine's, ends it.
        """

    async def save_dump(self, at: NodeAddress, timeout_seconds: float) -> str:
        """Writes what the node holds into its directory and answers the file's name.

        The engine serves nobody meanwhile, so that nothing moves. An older file of that name is replaced.
        """

    def is_quiet(self, at: NodeAddress, quiet_seconds: float) -> bool:
        """Whether the engine owes an answer for longer than that. Sends a PING if it owes none; waits for nothing.

        A heartbeat for many nodes at once: it says only that somebody should look. False without a connection.
        """

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Asks the engine to exit without writing a file. For a planned end: a fence is the host's kill."""

    def forget(self, at: NodeAddress) -> None:
        """Drops the connection to a node that is no more. Idempotent."""

    async def aclose(self) -> None:
        """Drops every connection."""


# EngineError               the world misbehaved while an engine was asked or told
# ├── Unreachable           no connection, or it broke, or the deadline passed
# │   ├── NothingListens    the connection was refused: no process has that address and port
# │   ├── ConnectionLost    it was there and broke before the answer
# │   └── NoAnswer          the connection is accepted and nothing comes back
# ├── Refused               the engine answered with an error of its own, quoted in the message
# │   └── AddressInUse      it could not listen on an address that another process holds
# └── SwitchoverFailed      the roles are not seen swapped; the message says what was left how


class EngineError(Exception):
    """An engine could not be asked or told. The message is a sentence that names the node."""


class Unreachable(EngineError):
    """No connection, or it broke, or the deadline passed before the answer."""


class NothingListens(Unreachable):
    """The connection was refused."""


class ConnectionLost(Unreachable):
    """The connection broke before the answer; whether the order was carried out is not known."""


class NoAnswer(Unreachable):
    """The connection is accepted and no answer came within the deadline."""


class Refused(EngineError):
    """The engine answered with an error; `reply` quotes it."""

    def __init__(self, sentence: str, *, reply: str) -> None:
        super().__init__(f"{sentence} The engine says: {reply}")
        self.reply = reply


class AddressInUse(Refused):
    """The engine could not listen on an address, and listens on its former ones."""


class SwitchoverFailed(EngineError):
    """A planned switchover was not seen to succeed. The next observation says who is primary."""
