"""The endpoint itself: it listens, and lets every connection that has something to do do it.

One thread, and the kernel's own list of sockets. Not asyncio: loading it takes twice as long as all that is loaded here
(80 ms; this listens after 50), the process would be 20 MB instead of 12, and there is little that it could do.
"""

import resource
import socket
import sys
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from elastane.configuration_endpoint import answers
from elastane.configuration_endpoint.channels import READABLE, EncryptedConnection, Watch
from elastane.configuration_endpoint.configuration import Configuration, Files
from elastane.configuration_endpoint.relays import Candidate, Relay
from elastane.configuration_endpoint.requests import Kind, Question

if TYPE_CHECKING:
    from elastane.configuration_endpoint.encryption import Encryption

BACKLOG = 1024
ACCEPTED_AT_ONCE = 64
LOOK_SECONDS = 0.5
"""How often deadlines are looked at, while there are any, and how often who could not be accepted is tried again."""
OWN_DESCRIPTORS = 32
DESCRIPTORS_A_RELAY = 2


class Endpoint:
    """Making it raises OSError and ValueError. `serve` never returns."""

    def __init__(self, files: Files) -> None:
        self.watch = Watch()
        self.deadlines: dict[Relay, float] = {}
        self._files = files
        self._customers: set[Relay] = set()
        """All relays but the control plane's, which are not counted and never one too many."""
        self._accepted_count = 0
        """Since the start."""
        self._asked: Counter[str] = Counter()
        first = files.configuration()
        self._encryption = _load_encryption(files) if first.is_encrypted else None
        self._listening = _listen(first.address, first.port)
        self._is_accepting = False
        self._has_told = False
        """That nobody can be accepted: once, until somebody is."""
        self._looks_at = 0.0

    def serve(self) -> None:
        self._accept_again()
        while True:
            has_deadlines = bool(self.deadlines) or not self._is_accepting
            self.watch.tell(LOOK_SECONDS if has_deadlines else None)
            if has_deadlines and monotonic() >= self._looks_at:
                self._looks_at = monotonic() + LOOK_SECONDS
                self._accept_again()
                self._expire()

    # --- customers -----------------------------------------------------------------------------------

    def _accept_again(self) -> None:
        if not self._is_accepting:
            self._is_accepting = True
            self.watch.add(self._listening.fileno(), READABLE, self._accept)

    def _accept(self, _: int) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, (address, _) = self._listening.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError as error:  # no memory, no descriptors: to be tried again, and not at once
                if not self._has_told:
                    sys.stderr.write(f"No connection can be accepted for a moment: {error}\n")
                self._has_told, self._is_accepting = True, False
                self.watch.remove(self._listening.fileno())
                return
            self._has_told = False
            self._welcome(connection, address)

    def _welcome(self, connection: socket.socket, address: str) -> None:
        now = self._files.configuration()
        is_customer = address != now.source_address
        connection.setblocking(False)
        try:
            if is_customer and len(self._customers) >= _connections_max(now):
                connection.send(answers.TOO_MANY)  # as it is, also with encryption: so does memcached
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._begin_relay(connection, now, is_customer=is_customer)
        except OSError:  # it has gone already
            connection.close()

    def _begin_relay(self, connection: socket.socket, now: Configuration, *, is_customer: bool) -> None:
        encrypted = None if self._encryption is None else self._encryption.for_customer(connection)
        self._accepted_count += 1
        relay = Relay(self, encrypted or connection, self._accepted_count, is_binary_spoken=now.is_binary_spoken)
        if encrypted is not None:
            relay.expect_handshake(encrypted.has_shaken_hands)
        if is_customer:
            self._customers.add(relay)
        relay.advance()

    def _expire(self) -> None:
        now = monotonic()
        for relay in [relay for relay, deadline in self.deadlines.items() if deadline <= now]:
            relay.expire()

    # --- what relays ask -----------------------------------------------------------------------------

    def list_candidates(self, node_id: str | None) -> tuple[Candidate, ...]:
        now = self._files.configuration()
        members = zip(now.node_ids, now.discovery.members, strict=True)
        candidates = (Candidate(each, member.address or member.host, member.port) for each, member in members)
        return tuple(sorted(candidates, key=lambda candidate: candidate.node_id != node_id))

    def source_address(self) -> str:
        return self._files.configuration().source_address

    def encryption_to(self, address: str) -> Callable[[socket.socket], EncryptedConnection] | None:
        encryption = self._encryption
        return None if encryption is None else lambda connection: encryption.for_node(connection, address)

    def answer(self, question: Question, asked_by: int) -> bytes:
        now = self._files.configuration()
        if question.kind is Kind.COUNTERS:
            return self._count(now)
        if now.node_ids:
            self._asked[now.node_ids[asked_by % len(now.node_ids)]] += 1
        return answers.answer(question, now.discovery)

    def forget(self, relay: Relay) -> None:
        self._customers.discard(relay)
        self.deadlines.pop(relay, None)

    def _count(self, now: Configuration) -> bytes:
        """`config get` by node: a connection stands for one of them, each in its turn, as if it led there."""
        return answers.statistics(
            [
                ("configuration_version", now.discovery.version),
                ("configuration_changes", self._files.change_count),
                ("curr_connections", len(self._customers)),
                *((f"cmd_config_get:{node_id}", self._asked[node_id]) for node_id in now.node_ids),
            ]
        )


def _load_encryption(files: Files) -> "Encryption":
    from elastane.configuration_endpoint.encryption import Encryption

    return Encryption(files)


def _listen(address: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((address, port))
    listening.listen(BACKLOG)
    return listening


def _connections_max(now: Configuration) -> int:
    descriptors_max, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(now.connections_max, (descriptors_max - OWN_DESCRIPTORS) // DESCRIPTORS_A_RELAY)
