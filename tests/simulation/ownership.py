"""Who owns which slots of a simulated cluster, seen from outside: by what each engine would do with a write. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from elastane.model.observations import Role
from elastane.model.slots import Slots, count, difference, from_numbers, intersection, union
from tests.kit.fake_bus import view_of
from tests.kit.fake_engines import FakeNode
from tests.kit.fake_views import is_in, slot_of
from tests.simulation.machine import Machine


def owners(machine: Machine) -> list[FakeNode]:
    """The primaries that own slots, by their own word."""
    return [node for node in machine.nodes() if node.role is Role.PRIMARY and node.view is not None and _own(node)]


def find_contested(machine: Machine) -> tuple[FakeNode, FakeNode, Slots] | None:
    """Two engines that both take customers' writes to some slots at this moment."""
    writable = [node for node in owners(machine) if not node.is_still and view_of(node).is_serving]
    if not _overlap(tuple(_own(node) for node in writable)):
        return None
    taken = [(node, difference(_own(node), machine.engines.moves.held_back(node), _given(node))) for node in writable]
    for number, (one, slots) in enumerate(taken):
        for other, theirs in taken[:number]:
            if both := intersection(slots, theirs):
                return one, other, both
    return None


def _given(node: FakeNode) -> Slots:
    """Open slots that it gives and has no key of any more: it sends every write on."""
    left = {slot_of(key) for key in node.keys} if view_of(node).leaving else set()
    return from_numbers(set(view_of(node).leaving) - left)


@lru_cache(maxsize=4096)
def _overlap(claims: tuple[Slots, ...]) -> bool:
    return sum(map(count, claims)) > count(union(*claims))


def find_owner(machine: Machine, key: str) -> FakeNode | None:
    """Of those that claim its slot the one whose claim will hold."""
    slot = slot_of(key)
    claimants = [node for node in owners(machine) if is_in(slot, _own(node))]
    return max(claimants, key=lambda node: view_of(node).own.epoch, default=None)


def is_replaced(machine: Machine, node: FakeNode) -> bool:
    """Whether somebody else has a newer claim to what it owns by its own word."""
    own = view_of(node).own
    return any(
        view_of(other).own.epoch > own.epoch and intersection(_own(other), own.slots)
        for other in owners(machine)
        if other is not node
    )


def kept_by(machine: Machine, node: FakeNode) -> Slots:
    """What is its own, or its primary's, as far as it knows. Nobody reads what it has in other slots."""
    view = view_of(node)
    leader = view.own if view.own.is_primary else view.primary
    owned = () if leader is None else leader.slots
    given = machine.engines.moves.given_to_the_dead()
    return difference(union(owned, from_numbers((*view.leaving, *view.arriving))), given)


def of(keys: Iterable[str], slots: Slots) -> set[str]:
    """Those among the keys that are in these slots."""
    return {key for key in keys if is_in(slot_of(key), slots)}


def _own(node: FakeNode) -> Slots:
    return view_of(node).own.slots
