"""Engines: found, configured, asked and told. Nothing else in Elastane spells an engine's command.

The room has two halves that meet in no code. *Before* a node runs, `discovery` finds the binaries
this machine has, `supply` brings others, and `valkey` renders the files and the command line to run
one with; a host does the running. *While* it runs, `client` keeps one connection to each node,
through which the reconciler observes it and orders the few things there are to order. The Protocol
below is the seam between the two: `client.LiveEngines` talks to real processes,
`tests.kit.fake_engines.FakeEngines` to none, and both pass the same contract test. Memcached has
halves of its own, `memcached` and `memcached_client`, and a seam of its own, `memcached_engines`.

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

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.acls import CONTROL_USER as CONTROL_USER
from elastane.model.acls import Acl
from elastane.model.ids import MemberId
from elastane.model.log_lines import SlowLog
from elastane.model.measurements import LagLook, Measurements
from elastane.model.observations import Engine
from elastane.model.replication_groups import Node, ReplicationGroup
from elastane.model.secrets import Secret
from elastane.model.slots import Slots

NOWHERE_PORT = 1
"""A replica of this port follows nobody: it booted and got no order yet. The kernel refuses there at once."""


class NodeAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a node's engine answers, and the control user's password there."""

    address: str
    port: int
    """The cache's: what customers are told."""
    secret: Secret
    encryption: TransitEncryption = TransitEncryption.DISABLED
    """What the group shall offer. While that is changed, the engine may still do as before: see `line.ways`."""
    peer_port: int | None = None
    """Where other engines reach it, if that is known to be another port than follows from `encryption`."""

    @property
    def replication_port(self) -> int:
        """Where other engines reach it: replicas, and who gives slots to it."""
        return self.peer_port or encrypted_port(self.port, self.encryption) or self.port

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


def address_of(group: ReplicationGroup, node: Node, secret: Secret, *, peer_port: int | None = None) -> NodeAddress:
    """Of a node of a group, as the group shall be."""
    return NodeAddress(
        address=node.address,
        port=group.software.port,
        secret=secret,
        encryption=group.access.transit_encryption,
        peer_port=peer_port,
    )


class MemberAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a cluster: where it answers, and its name there."""

    at: NodeAddress
    id: MemberId


class Engines(Protocol):
    """Every running engine, asked and told in our words."""

    async def observe(
        self,
        at: NodeAddress,
        parameter_names: tuple[str, ...],
        timeout_seconds: float,
        *,
        is_cluster: bool = False,
    ) -> Engine:
        """What the engine says of itself. Never raises for the world's failures: they are values too.

        With `is_cluster` also its view of the cluster, if it runs in cluster mode; without one `Answering.cluster`
        is None, whatever was asked.

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

    async def ask_replicas(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Has a primary ask its replicas how far they have come: a question that is itself a part of its stream.

        So the stream of an empty one moves, and replicas of it are somewhere. A replica that is asked has none to ask.
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

    async def set_parameters(
        self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        """Changes parameters of the running engine, all or none. A restart forgets them: render them too.

        With `cuts_clients` customers' connections are closed right after, as by `bind`.
        """

    async def set_users(self, at: NodeAddress, acl: Acl, engine_version: str, timeout_seconds: float) -> None:
        """Makes these, with ours, the engine's users. Connections of those that stay live on. Idempotent.

        Whether all of them are there is for `observe` to say: the mark comes last.
        """

    async def set_tokens(
        self, at: NodeAddress, digests: Mapping[str, Sequence[str]], mark: str, timeout_seconds: float
    ) -> None:
        """Makes these, SHA-256 in hexadecimal digits, the passwords of users that the engine has. Idempotent.

        What an engine has already is not given again, and of much that is new only the first part: whether all of it
        is there is for `observe` to say, because the mark, a user's name, comes last. Connections live on.
        """

    async def switch_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        """Hands the primary's role from `at` to its replica `to` and loses no acknowledged write.

        With `kept_addresses`, `at` listens only on these from the moment on when `to` has all that it took, and its
        customers' connections are closed: nobody writes to a replica. Otherwise that is left as it is.

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

    # In cluster mode. A primary is made by `take_slots`, a replica by `follow_member`, a switchover by `hand_over`.

    async def take_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float, *, by_vote: bool) -> None:
        """Makes a replica the primary that owns `slots`. Idempotent.

        `by_vote`: the other primaries are asked for their votes, and the role is taken when a majority gives them,
        some milliseconds after this returns, or never; whether it was is for `observe` to say. Otherwise it is taken
        at once (TAKEOVER), and on return the node is primary and owns each of `slots` that nobody owns, by its view,
        but its former primary. Only after the former one was fenced, as with `promote`.
        """

    async def follow_member(self, at: NodeAddress, primary: MemberAddress, timeout_seconds: float) -> None:
        """Makes a member a replica of another one, which it must know as a primary already. Idempotent.

        Raises Refused for a primary that owns slots or has keys, and for one that does not know the other.
        """

    async def hand_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        """Hands the role and the slots from the primary `at` to its replica `to` and loses no acknowledged write.

        Returns once the roles are seen swapped. Raises SwitchoverFailed; `at` then goes on. `kept_addresses` as for
        `switch_over`.
        """

    async def drain(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        """Stops writes at the primary `at`, and returns when its replica `to` has all there were.

        They stay stopped for about as long as `timeout_seconds`, for a fence to be put up; then, or when this raises,
        `at` goes on as before. Raises SwitchoverFailed.
        """

    async def meet(self, at: NodeAddress, others: Sequence[NodeAddress], timeout_seconds: float) -> None:
        """Makes a node know others as members of its cluster, and them it, some milliseconds later. Idempotent."""

    async def forget_members(self, at: NodeAddress, ids: Sequence[MemberId], timeout_seconds: float) -> None:
        """Makes a node forget members, for a minute also when others tell of them. Not known is success.

        A replica never forgets its own primary: that one is left.
        """

    async def begin_move(self, source: NodeAddress, target: MemberId, slots: Slots, timeout_seconds: float) -> None:
        """Begins to move whole slots with their keys: Valkey from 9.0 on. How it goes is in `ClusterView.moves`.

        Raises Refused, also when one of them is being moved already.
        """

    async def cancel_moves(self, at: NodeAddress, timeout_seconds: float) -> None:
        """Ends all moves of whole slots to this node; each slot stays where it is. Idempotent.

        The side that gives is never told: it would go on with slots that the other one has just taken over.
        """

    async def carry_slots(
        self,
        source: MemberAddress,
        target: MemberAddress,
        slots: Slots,
        *,
        told: Sequence[NodeAddress],
        seconds_max: float,
        timeout_seconds: float,
    ) -> None:
        """Moves slots one after the other, key by key, until all are moved or `seconds_max` have passed: any engine.

        Goes on with slots that are open already. `told` are the other primaries: they hear of each new owner.
        Raises KeyTooLarge, and Refused in the engine's words (a target without memory); the slot in work then
        stays open, and both sides serve what they have of it.
        """

    async def close_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float) -> None:
        """Ends what `carry_slots` left open at this node, which goes on as if no move had begun. Idempotent."""

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


class Meter(Protocol):
    """Running engines asked what they count. Nothing is ordered, and nobody else's connection is used or delayed."""

    async def measure(self, at: NodeAddress, timeout_seconds: float, *, is_thorough: bool) -> Measurements:
        """What the engine counts; when thorough, also how long its commands took, call by call. Raises EngineError."""

    async def look_at_lag(self, primary: NodeAddress, replica: NodeAddress, timeout_seconds: float) -> LagLook:
        """How far a primary's stream is, and then whether a replica has come as far: within a quarter of a second.

        Raises EngineError, also when `primary` is none.
        """

    def forget(self, at: NodeAddress) -> None:
        """Drops the connection to a node that is no more. Idempotent."""

    async def aclose(self) -> None:
        """Drops every connection."""


class SlowLogs(Protocol):
    """What running engines remember of slow commands. Nothing is ordered, as with a `Meter`."""

    async def read_slow_log(self, at: NodeAddress, timeout_seconds: float, count_max: int) -> SlowLog:
        """The newest so many entries. Raises EngineError."""

    def forget(self, at: NodeAddress) -> None:
        """Drops the connection to a node that is no more. Idempotent."""


# EngineError               the world misbehaved while an engine was asked or told
# ├── Unreachable           no connection, or it broke, or the deadline passed
# │   ├── NothingListens    the connection was refused: no process has that address and port
# │   ├── ConnectionLost    it was there and broke before the answer
# │   ├── NoAnswer          the connection is accepted and nothing comes back
# │   └── TooManyConnections   it has as many as it may, says so, and hangs up
# ├── Refused               the engine answered with an error of its own, quoted in the message
# │   └── AddressInUse      it could not listen on an address that another process holds
# ├── KeyTooLarge           a key that is not moved, because it would hold up two nodes for long
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


class TooManyConnections(Unreachable):
    """The engine has as many connections as it may: it said so, and hung up. It serves those that it has."""


class Refused(EngineError):
    """The engine answered with an error; `reply` quotes it."""

    def __init__(self, sentence: str, *, reply: str) -> None:
        super().__init__(f"{sentence} The engine says: {reply}")
        self.reply = reply


class AddressInUse(Refused):
    """The engine could not listen on an address, and listens on its former ones."""


class KeyTooLarge(EngineError):
    """A slot holds a key that is not moved key by key: AWS's limit is 256 MB."""

    def __init__(self, sentence: str, *, slot: int) -> None:
        super().__init__(sentence)
        self.slot = slot


class SwitchoverFailed(EngineError):
    """A planned switchover was not seen to succeed. The next observation says who is primary."""
