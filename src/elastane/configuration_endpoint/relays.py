"""One customer's connection, and the node that it is passed on to. Whatever is done here waits for nothing.

What is held of a connection is bounded: what was read at once and not yet passed on, the same on the way back, and
less than a line. Who does not take what is for him is not heard either, customer or node.

A question amid a pipeline is answered in its turn: the node is made to hang up after all that it owes, and what comes
after the question goes to it on a new connection.
"""

import socket
import sys
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, Protocol

from elastane.configuration_endpoint.answers import NO_NODE
from elastane.configuration_endpoint.channels import Channel, Connection, EncryptedConnection, Watch
from elastane.configuration_endpoint.requests import Piece, Question, Requests

CONNECT_SECONDS_MAX = 2.0
"""For each node that is tried."""
STILL_SECONDS_MAX = 60.0
"""So long nothing may move where something is owed: by a node that was told to end, by a customer before its end."""
HANDSHAKE_SECONDS_MAX = 10.0

_NO_WAIT_FOR_PORT = 24
"""IP_BIND_ADDRESS_NO_PORT, which Python names from 3.12 on: else there are 28,000 ports for all nodes together."""


class Candidate(NamedTuple):
    """A node to be tried. By its address: who looks up a name has to wait."""

    node_id: str
    address: str
    port: int


class Surroundings(Protocol):
    """What a relay asks of the endpoint that it belongs to."""

    @property
    def watch(self) -> Watch: ...
    @property
    def deadlines(self) -> "dict[Relay, float]":
        """Of those that have one: moments of the monotonic clock, at which they `expire`."""
        ...

    def list_candidates(self, node_id: str | None) -> tuple[Candidate, ...]:
        """Nodes to be tried, in this order; first the one with this id, if it is published still."""
        ...

    def source_address(self) -> str: ...
    def encryption_to(self, address: str) -> Callable[[socket.socket], EncryptedConnection] | None: ...
    def answer(self, question: Question, asked_by: int) -> bytes: ...
    def forget(self, relay: "Relay") -> None: ...


class _Node:
    """A relay's connection to one node."""

    def __init__(self, candidate: Candidate, channel: Channel) -> None:
        self.candidate = candidate
        self.channel = channel
        self.is_connecting = True
        self.last_reply = b""
        """By which is known, after a farewell, that nothing is owed any more."""
        self.held = b""
        """What may be that reply's beginning."""
        self.is_told_all = False
        """That the customer has no more to say."""

    @property
    def is_open(self) -> bool:
        """Whether it takes another command."""
        return not (self.is_connecting or self.last_reply or self.is_told_all or self.channel.unsent)


class Relay:
    """`advance` does all that can be done now."""

    def __init__(
        self, surroundings: Surroundings, customer: Connection, number: int, *, is_binary_spoken: bool
    ) -> None:
        self._surroundings = surroundings
        self._number = number
        self._customer = Channel(surroundings.watch, customer, self.advance)
        self._requests = Requests(is_binary_spoken=is_binary_spoken)
        self._pieces: deque[Piece] = deque()
        self._candidates: deque[Candidate] = deque()
        self._node: _Node | None = None
        self._node_id: str | None = None
        self._has_customer_ended = False
        self._is_leaving = False
        """What is unsent is sent yet, and that is all."""
        self._is_closed = False
        self._has_shaken_hands: Callable[[], bool] = bool

    def advance(self) -> None:
        self._guard(self._advance)

    def expire(self) -> None:
        """Its deadline has come."""
        self._guard(self._expire)

    def expect_handshake(self, has_shaken_hands: Callable[[], bool]) -> None:
        """Of a customer: within the time, or it is none."""
        self._has_shaken_hands = has_shaken_hands
        self._expect_within(HANDSHAKE_SECONDS_MAX)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._leave_node()
            self._customer.close()
            self._surroundings.forget(self)

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError:  # the customer's side: it hung up, or speaks no TLS
            self.close()
        except Exception as bug:  # of ours, and no other customer shall suffer from it
            sys.excepthook(type(bug), bug, bug.__traceback__)
            self.close()

    def _advance(self) -> None:
        while not self._is_closed and (self._pass_back() or self._pass_on() or self._take()):
            pass
        if not self._is_closed:
            self._wait()

    def _expire(self) -> None:
        if self._node is not None and self._node.is_connecting:
            self._leave_node()
            self._try_next()
            self._advance()
        elif self._node is None and not self._is_leaving and self._has_shaken_hands():
            self._expect_nothing()
        else:
            self.close()

    # --- from the node to the customer ---------------------------------------------------------------

    def _pass_back(self) -> bool:
        """Whether something was done after which more can be done."""
        node = self._node
        if node is not None and node.channel.is_told and node.is_connecting:
            return self._finish_connecting(node)
        if node is not None:
            self._flush_to(node)
        if not self._customer.flush():
            return False
        if self._is_leaving:
            self.close()
            return False
        if node is None or not node.channel.is_told:
            return False
        data = self._receive_from(node)
        if data is None:
            return False
        if data:
            if self in self._surroundings.deadlines:
                self._expect_within(STILL_SECONDS_MAX)
            self._customer.send(_without_last_reply(node, data))
            return True
        self._end_with_node(node)
        return True

    def _receive_from(self, node: _Node) -> bytes | None:
        """A node that is torn away amid its replies has no more to say either."""
        try:
            return node.channel.receive()
        except OSError:
            return b""

    def _end_with_node(self, node: _Node) -> None:
        """It has hung up: as it was told to, or so that the customer is to see it."""
        self._leave_node()
        self._expect_nothing()
        if not node.last_reply or node.held != node.last_reply:
            self._customer.send(node.held)
            self._leave()

    # --- from the customer to the node ---------------------------------------------------------------

    def _take(self) -> bool:
        """Whether something new came from the customer."""
        if not self._is_customer_heard() or not self._customer.is_told:
            return False
        data = self._customer.receive()
        if data is None:
            return False
        if data:
            self._pieces.extend(self._requests.feed(data))
            return True
        self._has_customer_ended = True
        rest = self._requests.end()
        if rest:
            self._pieces.append(rest)
        return True

    def _is_customer_heard(self) -> bool:
        is_node_behind = self._node is not None and not self._node.is_open
        return not (self._is_leaving or self._has_customer_ended or self._pieces or is_node_behind)

    def _pass_on(self) -> bool:
        if self._is_leaving:
            return False
        if not self._pieces:
            return self._has_customer_ended and self._pass_end_on()
        piece = self._pieces[0]
        if isinstance(piece, Question):
            return self._answer(piece)
        if self._node is None:
            self._candidates.extend(self._surroundings.list_candidates(self._node_id))
            self._try_next()
            return True
        if not self._node.is_open:
            return False
        self._pieces.popleft()
        self._send_to(self._node, piece)
        return True

    def _answer(self, question: Question) -> bool:
        if self._node is None:
            if self._customer.unsent:
                return False
            self._pieces.popleft()
            self._customer.send(self._surroundings.answer(question, self._number))
            return True
        if self._node.is_open:
            farewell = self._requests.farewell
            self._node.last_reply = farewell.last_reply
            self._expect_within(STILL_SECONDS_MAX)
            self._send_to(self._node, farewell.command)
        return False

    def _pass_end_on(self) -> bool:
        """A customer that says no more may still listen: to all that the node answers to what it said before."""
        node = self._node
        if node is None:
            self._leave()
            return True
        if node.is_open:
            node.is_told_all = True
            self._expect_within(STILL_SECONDS_MAX)
            try:
                node.channel.end_sending()
            except OSError:
                node.channel.is_told = True
                return True
        return False

    def _send_to(self, node: _Node, data: bytes) -> None:
        node.channel.unsent += data
        self._flush_to(node)

    def _flush_to(self, node: _Node) -> None:
        try:
            node.channel.flush()
        except OSError:
            node.channel.unsent = b""
            node.channel.is_told = True  # it takes no more; what it said before is still to be had

    # --- the connection to the node ------------------------------------------------------------------

    def _try_next(self) -> None:
        """The next candidate, or none is left: then the customer is told so."""
        while self._candidates:
            candidate = self._candidates.popleft()
            connection = _begin_connecting(candidate, self._surroundings.source_address())
            if connection is not None:
                self._node = _Node(candidate, Channel(self._surroundings.watch, connection, self.advance))
                self._expect_within(CONNECT_SECONDS_MAX)
                return
        self._expect_nothing()
        if not self._requests.is_binary:
            self._customer.send(NO_NODE)
        self._leave()

    def _finish_connecting(self, node: _Node) -> bool:
        try:
            if not node.channel.connect(self._surroundings.encryption_to(node.candidate.address)):
                return False
        except OSError:
            self._leave_node()
            self._try_next()
            return True
        node.is_connecting = False
        self._node_id = node.candidate.node_id
        self._candidates.clear()
        self._expect_nothing()
        return True

    def _leave_node(self) -> None:
        if self._node is not None:
            self._node.channel.close()
            self._node = None

    # --- waiting -------------------------------------------------------------------------------------

    def _leave(self) -> None:
        self._is_leaving = True
        self._pieces.clear()
        self._expect_within(STILL_SECONDS_MAX)

    def _expect_within(self, seconds: float) -> None:
        self._surroundings.deadlines[self] = monotonic() + seconds

    def _expect_nothing(self) -> None:
        self._surroundings.deadlines.pop(self, None)

    def _wait(self) -> None:
        is_customer_behind = bool(self._customer.unsent)
        self._customer.wait(is_read=self._is_customer_heard(), is_written=is_customer_behind)
        if self._node is not None and self._node.is_connecting:
            self._node.channel.wait_for_connection()
        elif self._node is not None:
            channel = self._node.channel
            channel.wait(is_read=not is_customer_behind, is_written=bool(channel.unsent))


def _without_last_reply(node: _Node, data: bytes) -> bytes:
    """What is for the customer: after a farewell, all but what may be its reply."""
    if not node.last_reply:
        return data
    data = node.held + data
    node.held = data[-len(node.last_reply) :]
    return data[: -len(node.last_reply)]


def _begin_connecting(candidate: Candidate, source_address: str) -> socket.socket | None:
    """None where that fails at once."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        connection.setsockopt(socket.IPPROTO_IP, _NO_WAIT_FOR_PORT, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind((source_address, 0))
        connection.connect((candidate.address, candidate.port))
    except BlockingIOError:
        return connection
    except OSError:
        connection.close()
        return None
    return connection
