"""The cluster bus of fake engines: who reaches whom, who is held dead, who gets votes, and whether a node serves.

Used by `tests.kit.fake_cluster`. Time is what `now` says; with one that stands still nobody is ever held dead.

A vote is given once for an epoch, by primaries that own a slot and know the candidate as a replica whose own claim is
not outdated. Without a majority of all such primaries, dead ones counted, nothing happens.
"""

from collections.abc import Callable

from elastane.model.slots import ALL_SLOTS, intersection, union
from tests.kit.fake_replication import FakeNode, FakeReplication
from tests.kit.fake_views import FakeView, Known
from tests.kit.fake_ways import share_a_bus

NODE_TIMEOUT_SECONDS = 15.0
WRITABLE_DELAY_SECONDS = 2.0
"""So long after its start a primary waits that does not see the whole cluster."""
REJOIN_DELAY_SECONDS = 5.0
"""So long a primary waits that was among a minority."""


def view_of(node: FakeNode) -> FakeView:
    assert node.view is not None, f"{node.at} runs in cluster mode"
    return node.view


class FakeBus:
    def __init__(self, replication: FakeReplication, now: Callable[[], float]) -> None:
        self.now = now
        self._replication = replication

    def find_peer(self, node: FakeNode, known: Known) -> FakeNode | None:
        """The process behind a member, if the two are connected; it may stand still."""
        other = self._replication.nodes.get(known.place)
        if other is None or other is node or other.view is None or other.view.own.id != known.id:
            return None
        return None if self.is_cut(node, other) or not share_a_bus(node, other) else other

    def is_cut(self, node: FakeNode, other: FakeNode) -> bool:
        return bool(self._replication.cut) and frozenset({node.place, other.place}) in self._replication.cut

    def has_timed_out(self, node: FakeNode, known: Known) -> bool:
        """A member, real or not, that the node has not heard for too long."""
        silent_seconds = self.now() - known.heard_at
        return silent_seconds > 0.0 and known is not view_of(node).own and silent_seconds > _timeout_seconds(node)

    def is_held_dead(self, node: FakeNode, known: Known) -> bool:
        return not known.is_handshaking and self.has_timed_out(node, known)

    # --- votes -----------------------------------------------------------------------------------

    def is_agreed_dead(self, node: FakeNode, known: Known) -> bool:
        """By a majority of the primaries."""
        if not self.is_held_dead(node, known):
            return False
        voters = view_of(node).voters
        return sum(self._holds_dead_too(node, voter, known) for voter in voters) > len(voters) // 2

    def _holds_dead_too(self, node: FakeNode, voter: Known, known: Known) -> bool:
        peer = self.find_peer(node, voter)
        same = view_of(peer).members.get(known.id) if peer is not None and not peer.is_still else None
        return peer is not None and same is not None and self.is_held_dead(peer, same)

    def is_elected(self, node: FakeNode, epoch: int) -> bool:
        view, primary = view_of(node), view_of(node).primary
        assert primary is not None, "only a replica that knows its primary is a candidate"
        votes = sum(self._grants(node, voter, primary, epoch) for voter in view.voters)
        return votes > len(view.voters) // 2

    def _grants(self, node: FakeNode, voter: Known, primary: Known, epoch: int) -> bool:
        peer = self.find_peer(node, voter)
        if peer is None or peer.is_still:
            return False
        view = view_of(peer)
        candidate = view.members.get(view_of(node).own.id)
        view.current_epoch = max(view.current_epoch, epoch)
        is_voter = view.own.is_primary and bool(view.own.slots)
        if not is_voter or candidate is None or candidate.is_primary or candidate.primary_id is None:
            return False
        if epoch < view.current_epoch or view.voted_epoch >= epoch:
            return False
        if any(one.epoch > primary.epoch and intersection(one.slots, primary.slots) for one in view.voters):
            return False
        view.voted_epoch = epoch
        return True

    # --- whether it serves -----------------------------------------------------------------------

    def update_state(self, node: FakeNode) -> None:
        """As `clusterUpdateState`: a primary that was not serving waits before it does."""
        view, now = view_of(node), self.now()
        voters = view.voters
        living = [one for one in voters if not self.is_held_dead(node, one)]
        is_majority = len(living) > len(voters) // 2
        is_covered = node.parameters.get("cluster-require-full-coverage", "yes") == "no"
        is_well = is_majority and (is_covered or union(*(one.slots for one in living)) == ALL_SLOTS)
        if not is_majority:
            view.minority_at = now
        if view.own.is_primary and not view.is_serving:
            is_new = now - view.booted_at < WRITABLE_DELAY_SECONDS
            was_minority = view.minority_at is not None and now - view.minority_at < REJOIN_DELAY_SECONDS
            is_well = is_well and not is_new and not was_minority
        view.is_serving = is_well


def _timeout_seconds(node: FakeNode) -> float:
    milliseconds = node.parameters.get("cluster-node-timeout")
    return NODE_TIMEOUT_SECONDS if milliseconds is None else int(milliseconds) / 1000
