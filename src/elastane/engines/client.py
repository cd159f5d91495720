"""The real engines, asked and told over the network: the Engines protocol in the engines' own commands.

Made once by the server and given to the reconciler. One connection is kept for each node, opened when
first needed and again after it broke. An engine's command is spelled once, here, in `line` or in
`switchover`, and listed in `rights`; everyone else calls a method with our words. It retries no order
but `bind`, and logs nothing: it raises, or returns the value that says so.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from elastane.engines import (
    CONTROL_USER,
    AddressInUse,
    ConnectionLost,
    EngineError,
    MemberAddress,
    NoAnswer,
    NodeAddress,
    NothingListens,
    Refused,
    cluster_info,
    cluster_orders,
    cluster_switchover,
    info,
    measuring,
    rights,
    slot_carriage,
    switchover,
    token_orders,
)
from elastane.engines.acl import mark_command, user_commands
from elastane.engines.connection import Command, Reply, as_unreachable
from elastane.engines.exchanges import Exchange, ask, raise_refusal, says
from elastane.engines.gaps import gap
from elastane.engines.line import Context, Line
from elastane.engines.slow_log import parse_slow_log
from elastane.engines.switchover import Leave
from elastane.model.access import TransitEncryption
from elastane.model.acls import Acl
from elastane.model.cluster_views import ClusterView
from elastane.model.ids import MemberId
from elastane.model.log_lines import SlowLog
from elastane.model.measurements import LagLook, Measurements
from elastane.model.observations import Busy, Engine, Refusing, Unknown
from elastane.model.slots import Slots

BIND_TRIES = 8
BIND_GAP_SECONDS = 0.025
SLOW_COUNT_AT_ONCE = 256
"""Entries of a slow log that are read on the event loop, within a millisecond; more of them in a thread."""


def _no_context() -> ssl.SSLContext:
    raise AssertionError("groups with encryption in transit are for whoever gives a context")


class LiveEngines:
    """Engines in real processes. One event loop; any number of tasks at once.

    A connection that owes an answer for longer than `owed_seconds_max` is replaced: its other end may
    be a machine that is gone, which no closed connection will ever tell. Connections come from
    `source_address`, where one is given.
    """

    def __init__(
        self,
        *,
        owed_seconds_max: float = 10.0,
        key_bytes_max: int = slot_carriage.KEY_BYTES_MAX,
        context: Context = _no_context,
        source_address: str | None = None,
    ) -> None:
        """`context`: how TLS is spoken with engines that offer it. `source_address`: security groups let it in."""
        self._context = context
        self._command_tables = measuring.CommandTables()
        self._key_bytes_max = key_bytes_max
        self._lines: dict[tuple[str, int], Line] = {}
        self._owed_seconds_max = owed_seconds_max
        self._source_address = source_address

    async def observe(
        self,
        at: NodeAddress,
        parameter_names: tuple[str, ...],
        timeout_seconds: float,
        *,
        is_cluster: bool = False,
    ) -> Engine:
        exchange = self._exchange_within(timeout_seconds)
        try:
            try:
                return await self._observe(exchange, at, parameter_names, timeout_seconds, is_cluster=is_cluster)
            except ConnectionLost:
                # The process of last time is gone and its end was not yet read: see who is there now.
                return await self._observe(exchange, at, parameter_names, timeout_seconds, is_cluster=is_cluster)
        except NothingListens:
            return Refusing()
        except NoAnswer as error:
            return Busy(reason=str(error))
        except Refused as error:
            # "BUSY": a script or function runs for longer than busy-reply-threshold.
            is_script = error.reply.startswith("BUSY ")
            return Busy(reason=str(error), is_script=True) if is_script else Unknown(reason=str(error))
        except (EngineError, ValueError, TimeoutError) as error:
            return Unknown(reason=str(error))

    async def _observe(
        self,
        exchange: Exchange,
        at: NodeAddress,
        parameter_names: tuple[str, ...],
        timeout_seconds: float,
        *,
        is_cluster: bool,
    ) -> Engine:
        line = self._line(at)
        asked = (*_CLUSTER_QUESTIONS, *((_MOVES_QUESTION,) if line.knows_moves else ())) if is_cluster else ()
        commands: tuple[Command, ...] = (
            ("INFO", *info.INFO_SECTIONS),
            ("CONFIG", "GET", "bind", *parameter_names),
            _USERS_QUESTION,
            *asked,
        )
        text, pairs, names, *cluster_replies = await exchange(at, *commands)
        raise_refusal(at, commands, [text, pairs, names])
        if not isinstance(text, bytes) or not isinstance(pairs, list):
            return Unknown(reason=f"The engine at {at} answers no INFO.")
        cluster = _read_cluster(at, line, cluster_replies) if is_cluster else None
        answering = info.parse_answering(
            text,
            pairs,
            missing_rights=line.missing_rights,
            cluster=cluster,
            user_names=info.parse_names(names),
        )
        if at.encryption is TransitEncryption.DISABLED:
            return answering
        async with asyncio.timeout(timeout_seconds):
            return replace(answering, certificates=await line.certificates(at, is_cluster=cluster is not None))

    async def measure(self, at: NodeAddress, timeout_seconds: float, *, is_thorough: bool) -> Measurements:
        exchange = self._exchange_within(timeout_seconds)
        try:
            return await measuring.measure(exchange, at, self._command_tables, is_thorough=is_thorough)
        except ConnectionLost:
            # As in `observe`: see who is there now.
            return await measuring.measure(exchange, at, self._command_tables, is_thorough=is_thorough)

    async def read_slow_log(self, at: NodeAddress, timeout_seconds: float, count_max: int) -> SlowLog:
        # Both in one write, so that one process has said both.
        exchange = self._exchange_within(timeout_seconds)
        commands: tuple[Command, ...] = (("INFO", "server"), ("SLOWLOG", "GET", count_max))
        try:
            text, entries = await ask(exchange, at, *commands)
        except ConnectionLost:
            text, entries = await ask(exchange, at, *commands)  # as in `observe`
        try:
            if isinstance(entries, list) and len(entries) > SLOW_COUNT_AT_ONCE:
                return await asyncio.to_thread(parse_slow_log, text, entries)
            return parse_slow_log(text, entries)
        except ValueError as error:
            raise EngineError(f"The engine at {at} answers no slow log: {error}") from error

    async def look_at_lag(self, primary: NodeAddress, replica: NodeAddress, timeout_seconds: float) -> LagLook:
        return await measuring.look_at_lag(self._exchange_within(timeout_seconds), primary, replica)

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        sign_in: Command = (
            "CONFIG", "SET", "masteruser", CONTROL_USER, "masterauth", primary.secret.reveal()
        )  # fmt: skip
        follow: Command = ("REPLICAOF", primary.address, primary.replication_port)
        try:
            await self.ask(at, (sign_in, follow), timeout_seconds)
        except Refused as error:
            if not _is_failing_over(error):
                raise
            # A switchover that never ended. In one transaction, so that the node is not writable between.
            await self.ask(at, (("MULTI",), ("FAILOVER", "ABORT"), follow, ("EXEC",)), timeout_seconds)

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        # GETACK is answered to the primary and never to whoever sent it; PING's answer says that it was read.
        await self.ask(at, (("PING",),), timeout_seconds, unanswered=(("REPLCONF", "GETACK", "*"),))

    async def ask_replicas(self, at: NodeAddress, timeout_seconds: float) -> None:
        # Of more replicas than there can be, so that the engine asks; for a millisecond, so that nobody waits.
        await self.ask(at, (("WAIT", 1000, 1),), timeout_seconds)

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        try:
            await self.ask(at, (("REPLICAOF", "NO", "ONE"),), timeout_seconds)
        except Refused as error:
            if not _is_failing_over(error):
                raise
            # A switchover whose target died: ending it gives the node its primary's role back.
            await self.ask(at, (("FAILOVER", "ABORT"),), timeout_seconds)

    async def bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        # A child that the engine has just forked, for a replica's first sync, holds the sockets of its
        # parent for a moment; the engine can then listen neither on the new addresses nor, falling
        # back, on its former ones. So this order is not left half done: it is given again at once.
        for tries_left in reversed(range(BIND_TRIES)):
            try:
                await self._bind(at, addresses, timeout_seconds, cuts_clients=cuts_clients)
                break
            except AddressInUse:
                if tries_left == 0:
                    raise
                await gap(BIND_GAP_SECONDS)

    async def _bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool
    ) -> None:
        # An engine obeys what comes in one write before it accepts anybody, and whoever waits to be accepted
        # at an address that it lets go of is reset by the kernel: nobody slips in between bind and kill.
        # The kill is obeyed also when the bind is refused. That is harmless: who is cut then comes back to
        # the same node, and is cut again by the try that succeeds.
        bind: Command = ("CONFIG", "SET", "bind", " ".join(addresses))
        try:
            await self.ask(at, (bind, *_KILLS) if cuts_clients else (bind,), timeout_seconds)
        except Refused as error:
            # The engines word it differently, and neither says which address or why; a wrong one
            # cannot be told from a taken one. Every address of 127/8 is ours, so it is taken.
            if "bind" not in error.reply:
                raise
            sentence = f"The engine at {at} cannot listen on all of {', '.join(addresses)}."
            raise AddressInUse(sentence, reply=error.reply) from error

    async def set_parameters(
        self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        if not parameters:
            return
        words = [word for pair in sorted(parameters.items()) for word in pair]
        await self.ask(at, (("CONFIG", "SET", *words), *(_KILLS if cuts_clients else ())), timeout_seconds)

    async def set_users(self, at: NodeAddress, acl: Acl, engine_version: str, timeout_seconds: float) -> None:
        exchange = self._exchange_within(timeout_seconds)
        (names,) = await ask(exchange, at, _USERS_QUESTION)
        major, minor = engine_version.split(".")[:2]
        present = info.parse_names(names)
        await ask(exchange, at, *user_commands(acl, present, (int(major), int(minor))))
        await ask(exchange, at, mark_command(acl, at.secret))

    async def set_tokens(
        self, at: NodeAddress, digests: Mapping[str, Sequence[str]], mark: str, timeout_seconds: float
    ) -> None:
        ends_at_seconds = asyncio.get_running_loop().time() + timeout_seconds / 2  # the rest is for the last answer
        exchange = self._exchange_within(timeout_seconds)
        await token_orders.set_tokens(exchange, at, digests, mark, ends_at_seconds=ends_at_seconds)

    async def switch_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        leave = self._leaving_endpoints(at, kept_addresses, timeout_seconds)
        await switchover.switch_over(self.ask, at, to, timeout_seconds, leave)

    def _leaving_endpoints(self, at: NodeAddress, kept_addresses: tuple[str, ...], timeout_seconds: float) -> Leave:
        async def leave() -> None:
            if kept_addresses:
                await self.bind(at, kept_addresses, timeout_seconds, cuts_clients=True)

        return leave

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        await self.ask(at, _KILLS, timeout_seconds)

    async def stop_script(self, at: NodeAddress, timeout_seconds: float) -> None:
        # Nobody knows which of the two runs, a script or a function. The kill that does not fit is refused
        # with BUSY; both are refused with NOTBUSY when nothing runs, or nothing any more.
        kills: tuple[Command, ...] = (("SCRIPT", "KILL"), ("FUNCTION", "KILL"))
        replies = await self._exchange(at, kills, timeout_seconds)
        is_ended = any(reply == b"OK" for reply in replies)
        harmless = ("NOTBUSY ", "BUSY ") if is_ended else ("NOTBUSY ",)
        raise_refusal(at, kills, [None if str(reply).startswith(harmless) else reply for reply in replies])

    async def save_dump(self, at: NodeAddress, timeout_seconds: float) -> str:
        # SAVE and not BGSAVE: nothing is written between what the file holds and what comes next, and there
        # is no child to wait for. The name is asked of the engine, because a directory may hold older files.
        _, pairs = await self.ask(at, (("SAVE",), ("CONFIG", "GET", "dbfilename")), timeout_seconds)
        if not isinstance(pairs, list) or len(pairs) != 2:
            raise EngineError(f"The engine at {at} does not say to which file it saved.")
        return info.parse_pairs(pairs)["dbfilename"]

    # --- in cluster mode ---

    async def take_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float, *, by_vote: bool) -> None:
        await cluster_orders.take_slots(self._exchange_within(timeout_seconds), at, slots, by_vote=by_vote)

    async def follow_member(self, at: NodeAddress, primary: MemberAddress, timeout_seconds: float) -> None:
        await cluster_orders.follow_member(self._exchange_within(timeout_seconds), at, primary)

    async def hand_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        leave = self._leaving_endpoints(at, kept_addresses, timeout_seconds)
        await cluster_switchover.hand_over(self.ask, at, to, timeout_seconds, leave)

    async def drain(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        await switchover.drain(self.ask, at, to, timeout_seconds)

    async def meet(self, at: NodeAddress, others: Sequence[NodeAddress], timeout_seconds: float) -> None:
        await cluster_orders.meet(self._exchange_within(timeout_seconds), at, others)

    async def forget_members(self, at: NodeAddress, ids: Sequence[MemberId], timeout_seconds: float) -> None:
        await cluster_orders.forget_members(self._exchange_within(timeout_seconds), at, ids)

    async def begin_move(self, source: NodeAddress, target: MemberId, slots: Slots, timeout_seconds: float) -> None:
        await cluster_orders.begin_move(self._exchange_within(timeout_seconds), source, target, slots)

    async def cancel_moves(self, at: NodeAddress, timeout_seconds: float) -> None:
        await cluster_orders.cancel_moves(self._exchange_within(timeout_seconds), at)

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
        route = slot_carriage.Route(
            source=source,
            target=target,
            told=tuple(told),
            ends_at_seconds=asyncio.get_running_loop().time() + seconds_max,
            key_bytes_max=self._key_bytes_max,
        )
        await slot_carriage.carry_slots(self._exchange_each(timeout_seconds), route, slots)

    async def close_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float) -> None:
        await slot_carriage.close_slots(self._exchange_within(timeout_seconds), at, slots)

    # --- without an order ---

    def is_quiet(self, at: NodeAddress, quiet_seconds: float) -> bool:
        line = self._lines.get((at.address, at.port))
        return line is not None and line.is_quiet(quiet_seconds)

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        try:
            await self.ask(at, (("SHUTDOWN", "NOSAVE"),), timeout_seconds)
        except (NothingListens, ConnectionLost):
            return  # the engine's only way to say yes

    def forget(self, at: NodeAddress) -> None:
        line = self._lines.pop((at.address, at.port), None)
        if line is not None:
            line.close()
        self._command_tables.forget(at)

    async def aclose(self) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    async def ask(
        self,
        at: NodeAddress,
        commands: tuple[Command, ...],
        timeout_seconds: float,
        *,
        unanswered: tuple[Command, ...] = (),
    ) -> list[Reply]:
        """All commands in one write, their replies in order. Raises Refused for the first error reply."""
        replies = await self._exchange(at, commands, timeout_seconds, unanswered=unanswered)
        raise_refusal(at, commands, replies)
        return replies

    def _exchange_within(self, timeout_seconds: float) -> Exchange:
        """For orders of several messages: one deadline for all of them, from now on."""
        loop = asyncio.get_running_loop()
        ends_at_seconds = loop.time() + timeout_seconds

        async def exchange(at: NodeAddress, *commands: Command, extra_seconds: float = 0.0) -> list[Reply]:
            left_seconds = max(0.0, ends_at_seconds - loop.time()) + extra_seconds
            return await self._exchange(at, commands, round(left_seconds, 3))

        return exchange

    def _exchange_each(self, timeout_seconds: float) -> Exchange:
        """For work of many messages that knows itself when to end: a deadline for each of them."""

        async def exchange(at: NodeAddress, *commands: Command, extra_seconds: float = 0.0) -> list[Reply]:
            return await self._exchange(at, commands, timeout_seconds + extra_seconds)

        return exchange

    def _line(self, at: NodeAddress) -> Line:
        return self._lines.setdefault(
            (at.address, at.port), Line(self._owed_seconds_max, self._context, self._source_address)
        )

    async def _exchange(
        self,
        at: NodeAddress,
        commands: tuple[Command, ...],
        timeout_seconds: float,
        *,
        unanswered: tuple[Command, ...] = (),
    ) -> list[Reply]:
        """As `ask`, error replies among the others.

        What was owed before is waited for first: nothing is ever queued behind a hung engine. Commands that
        engines answer to nobody go before the others, as `unanswered`.
        """
        assert rights.are_listed((*unanswered, *commands)), "every command is one whose right is tested"
        line = self._line(at)
        with as_unreachable(at, timeout_seconds, lambda: line.is_reached):
            async with asyncio.timeout(timeout_seconds):
                connection = await line.connect(at)
                await line.sign_in(at)
                await connection.wait_until_idle()
                return await connection.send(*commands, unanswered=unanswered)


_KILLS: tuple[Command, ...] = (
    # An engine skips the connection that asks; replicas are of another type and stay.
    ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
    ("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"),
)


_USERS_QUESTION: Command = ("ACL", "USERS")
_CLUSTER_QUESTIONS: tuple[Command, ...] = (("CLUSTER", "NODES"), ("CLUSTER", "INFO"))
_MOVES_QUESTION: Command = ("CLUSTER", "GETSLOTMIGRATIONS")


def _read_cluster(at: NodeAddress, line: Line, replies: list[Reply]) -> ClusterView | None:
    """None for an engine without cluster mode. Raises Refused, ValueError."""
    nodes, state, *moves = replies
    if says(nodes, "cluster support disabled"):
        return None
    raise_refusal(at, _CLUSTER_QUESTIONS, [nodes, state])
    if moves and says(moves[0], "unknown subcommand"):
        line.knows_moves = False
    known = moves[0] if moves else []
    return cluster_info.parse_view(
        nodes if isinstance(nodes, bytes) else b"",
        state if isinstance(state, bytes) else b"",
        known if isinstance(known, list) else (),
    )


def _is_failing_over(error: Refused) -> bool:
    """The engine takes no new role in the middle of a FAILOVER of its own."""
    return "failing over" in error.reply
