"""The customer: writes all the time, remembers what was acknowledged, and changes the group through its API.

There are two kinds of clients, as in real applications: one keeps its connection for as long as it lives, and one
connects anew for each write.
"""

from tests.kit.fake_engines import FakeNode
from tests.simulation.invariants import InvariantBroken, Witness
from tests.simulation.machine import PRIMARY_ENDPOINT, Machine


class Customer:
    def __init__(self, machine: Machine, witness: Witness) -> None:
        self.write_count = 0
        self.acknowledged_count = 0
        self._machine = machine
        self._witness = witness
        self._connection: tuple[FakeNode, int] | None = None
        """The process at its other end, and how often that had cut its clients when it was made."""

    def write(self, *, keeps_connection: bool) -> bool:
        """Whether it was acknowledged."""
        node = self._connected() if keeps_connection else self._machine.find_listener(PRIMARY_ENDPOINT)
        if (
            node is None
            or node.is_hung
            or node.has_script
            or self._machine.key_of(node.at.address) in self._machine.lonely
        ):
            self._connection = None  # a client gives up after its time-out, and connects anew
            return False
        self.write_count += 1
        write = f"write-{self.write_count}"
        is_accepted = self._machine.engines.write(node.at, write)
        if is_accepted:
            self.acknowledged_count += 1
            self._witness.acknowledged(write)
        return is_accepted

    def check_is_served(self) -> None:
        """At the end: clients of both kinds write, the one whose connection has just broken at its second try."""
        if not self.write(keeps_connection=False):
            raise InvariantBroken("nobody takes writes at the primary endpoint")
        if not self.write(keeps_connection=True) and not self.write(keeps_connection=True):
            assert self._connection is not None, "an endpoint that takes writes can be connected to"
            name = self._machine.key_of(self._connection[0].at.address)
            raise InvariantBroken(f"a client is left connected to {name}, which is no primary, and is not told")

    def _connected(self) -> FakeNode | None:
        """An application goes on with the connection it has, whatever the engine at its other end refuses."""
        if self._connection is not None:
            node, cut_count = self._connection
            if self._machine.engines.nodes.get(node.place) is node and node.cut_count == cut_count:
                return node
        node_now = self._machine.find_listener(PRIMARY_ENDPOINT)
        self._connection = None if node_now is None else (node_now, node_now.cut_count)
        return node_now
