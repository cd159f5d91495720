"""The control plane's connections to fake engines: who is reached, who is not heard, and what arrives late.

Used by `tests.kit.fake_engines`. An engine that cannot be heard, because it hangs or because it is `blind`, is sent
one message and no more, as by the real client, which sends nothing while an answer is owed. If that message was an
order, it is carried out when the engine is resumed, or can be reached again, however long ago that was.
"""

import contextlib
from collections.abc import Callable

from elastane.engines import EngineError, NoAnswer, NodeAddress, NothingListens, Refused
from tests.kit.fake_replication import FakeNode, FakeReplication
from tests.kit.fake_ways import find_way

BUSY_REPLY = "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

Order = Callable[[FakeNode], None]


class FakeLines:
    def __init__(self, replication: FakeReplication) -> None:
        self._replication = replication
        self._sent: dict[FakeNode, list[Order]] = {}
        """Engines that owe an answer, and the order among what they were sent."""

    def find_listener(self, at: NodeAddress) -> FakeNode | None:
        """Who has the address at this port, by whatever kind of connection customers come."""
        return next(
            (
                one
                for one in self._replication.nodes.values()
                if at.port == one.at.port and at.address in one.bound_addresses
            ),
            None,
        )

    def find_reached(self, at: NodeAddress) -> FakeNode | None:
        """The same for the control plane, which looks where the engine may listen by what its group shall offer."""
        node = self.find_listener(at)
        return None if node is None or find_way(node, at) is None else node

    def ask(self, at: NodeAddress) -> FakeNode:
        """The node that answers a question there."""
        answering: list[FakeNode] = []
        self.tell(at, answering.append, is_order=False)
        return answering[0]

    def tell(self, at: NodeAddress, order: Order, *, is_for_busy: bool = False, is_order: bool = True) -> None:
        """`is_for_busy`: an engine takes the order also while a script runs."""
        node = self.find_reached(at)
        if node is None:
            raise NothingListens(f"Nothing listens at {at}.")
        carry_out = order if is_for_busy else lambda node: _unless_busy(node, order)
        if is_unheard(node):
            if node not in self._sent:
                self._sent[node] = [carry_out] if is_order else []
            raise NoAnswer(f"{at} accepts connections and gave no answer.")
        if node.at.secret != at.secret:
            raise Refused(f"{at} did not let the control user sign in.", reply="WRONGPASS")
        carry_out(node)

    def owe(self, node: FakeNode) -> None:
        """It was asked something and is not heard."""
        self._sent.setdefault(node, [])

    def carry_out_late(self, node: FakeNode) -> None:
        if is_unheard(node):
            return
        for order in self._sent.pop(node, []):
            # Nobody waits for the answer any more: a refusal is heard by no one.
            with contextlib.suppress(EngineError):
                order(node)

    def drop(self, node: FakeNode) -> None:
        """What it was sent is lost with it."""
        self._sent.pop(node, None)


def is_unheard(node: FakeNode) -> bool:
    return node.is_hung or node.is_blind


def _unless_busy(node: FakeNode, order: Order) -> None:
    if node.has_script:
        raise Refused(f"The engine at {node.at} refused the order.", reply=BUSY_REPLY)
    order(node)
