"""The customer of a cluster: asks any node, goes where it is sent, and remembers what was acknowledged.

As a client of the engines' Cluster does: one that knows nobody begins at the configuration endpoint, and one that knows
who owned a slot asks that one first.
"""

import random

from elastane.model.slots import SLOT_COUNT
from tests.kit.fake_engines import FakeNode
from tests.kit.fake_views import Place, slot_of
from tests.simulation.invariants import InvariantBroken, Witness
from tests.simulation.machine import CONFIGURATION_ENDPOINT, Machine

REDIRECTIONS_MAX = 5


class ClusterCustomer:
    def __init__(self, machine: Machine, witness: Witness, chance: random.Random) -> None:
        self.write_count = 0
        self.acknowledged_count = 0
        self._machine = machine
        self._witness = witness
        self._chance = chance
        self._owners: dict[int, Place] = {}
        """Who took the last write to a slot's neighbourhood."""

    def write(self, *, keeps_connection: bool) -> bool:
        """Whether it was acknowledged."""
        self.write_count += 1
        return self._write(f"write-{self.write_count}", keeps_connection=keeps_connection)

    def _write(self, key: str, *, keeps_connection: bool) -> bool:
        place = self._owners.get(_neighbourhood(key)) if keeps_connection else None
        node = self._reach(place) or self._reach_anybody()
        is_asking = False
        for _ in range(REDIRECTIONS_MAX):
            if node is None:
                break
            if self._machine.engines.write(node.at, key, is_asking=is_asking):
                self._owners[_neighbourhood(key)] = node.place
                self.acknowledged_count += 1
                self._witness.acknowledged(key)
                return True
            redirection = self._machine.engines.redirection(node.at, key, is_asking=is_asking)
            if redirection is None or redirection.to is None:
                break
            node, is_asking = self._reach(redirection.to), redirection.is_ask
        self._owners.pop(_neighbourhood(key), None)
        return False

    def check_is_served(self) -> None:
        """At the end: in every part of the key space, beginning at the configuration endpoint."""
        for number in range(16):
            key = next(key for key in _endless_keys(f"last-{number}") if slot_of(key) // (SLOT_COUNT // 16) == number)
            if not self._write(key, keeps_connection=False):
                raise InvariantBroken(f"nobody takes a write to slot {slot_of(key)}")

    def _reach_anybody(self) -> FakeNode | None:
        at_endpoint = self._machine.find_listener(CONFIGURATION_ENDPOINT)
        if at_endpoint is not None and self._is_reached(at_endpoint) and self._chance.random() < 0.5:
            return at_endpoint
        reached = [node for node in self._machine.nodes() if self._is_reached(node)]
        return self._chance.choice(reached) if reached else None

    def _reach(self, place: Place | None) -> FakeNode | None:
        node = self._machine.engines.nodes.get(place) if place is not None else None
        return node if node is not None and self._is_reached(node) else None

    def _is_reached(self, node: FakeNode) -> bool:
        return not node.is_still and self._machine.key_of(node.at.address) not in self._machine.lonely


def _neighbourhood(key: str) -> int:
    return slot_of(key) // 64


def _endless_keys(prefix: str) -> list[str]:
    return [f"{prefix}-{number}" for number in range(2000)]
