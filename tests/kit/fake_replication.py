"""How fake engines replicate: links, streams, lineages and syncs, without a process or a socket.

Used by `tests.kit.fake_engines`, whose nodes these are. What is modelled is what decides about data after a failure:

- A replica's link is to one process, not to an address: who comes back under it must be joined anew, by a partial
  resync when the lineage and the offset allow it, by a full one otherwise. A link knows nothing of what is behind:
  a replica of a replica that lost its own primary calls its link up, and two may feed each other in a ring.
- What a primary had sent when it died lies in its replicas' sockets: with `lag_looks` a replica applies what it
  received so many looks later, and calls its link up until it has. A promotion or another primary forgets it.
- A link comes about only where the replica's way to its primary fits (`tests.kit.fake_ways`): it talks plainly or by
  TLS as its own setting says, to the port that it was told. A link that is there stays, whatever is set.
- Nothing flows through a link that is cut, from an engine that stands still, or to one; the link is up and silent
  until `REPL_TIMEOUT_SECONDS`. What was missed is made up for when it flows again.

Time passes for a replica when it is looked at, and only then.
"""

from collections import deque
from collections.abc import Callable, Set

import msgspec

from elastane.engines import NOWHERE_PORT, NodeAddress
from elastane.model.engine_names import EngineName
from elastane.model.observations import Role, ServedCertificate
from elastane.model.versions import version_numbers
from tests.kit.fake_views import FakeView, Place
from tests.kit.fake_ways import may_connect

WRITE_BYTES = 64
"""By how much one write moves an offset."""

REPL_TIMEOUT_SECONDS = 60
"""For so long an engine takes a silent link for one that is up."""


class Dump(msgspec.Struct, frozen=True, kw_only=True):
    """A dump.rdb: the keys, and whose they are, by which an engine that loads it may go on with a partial resync."""

    keys: frozenset[str]
    replication_id: str
    offset_bytes: int


class _Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a primary's stream that has arrived, and at which of the replica's looks it is applied."""

    keys: frozenset[str]
    removed_keys: frozenset[str]
    start_bytes: int
    end_bytes: int
    due_look: int


class FakeNode:
    """What one engine process holds. Tests may read it; they change it through FakeEngines.

    They may set `priority`, `missing_rights`, `other_memory_bytes` (beside what keys take) and `link_silent_seconds`
    (which is added to the silence that is so).
    """

    def __init__(self, at: NodeAddress, replication_id: str, engine: EngineName, version: str) -> None:
        self.at = at
        self.engine = engine
        self.version = version
        self.role = Role.REPLICA
        self.follows: Place | None = (at.address, NOWHERE_PORT)
        self.followed_port: int | None = None
        """By which port it was told to reach its primary; None for a member of a cluster, which knows it by itself."""
        self.replication_id = replication_id
        self.previous_replication_id = ""
        self.previous_offset_bytes = 0
        self.offset_bytes = 0
        self.keys: set[str] = set()
        self.link: FakeNode | None = None
        """The process that feeds it, or fed it until it died: whether the link is up is `FakeReplication.is_linked`."""
        self.inbox: deque[_Stretch] = deque()
        self.look_count = 0
        self.still_look_count = 0
        self.sync_looks_done = 0
        self.link_silent_seconds = 0
        self.priority = 100
        self.missing_rights: tuple[str, ...] = ()
        self.bound_addresses: tuple[str, ...] = (at.address,)
        self.parameters: dict[str, str] = {}
        self.user_names: tuple[str, ...] = ()
        self.token_digests: dict[str, frozenset[str]] = {}
        self.certificate_file: ServedCertificate | None = None
        """What its directory holds. It serves that from when it is told to read it."""
        self.certificate: ServedCertificate | None = None
        self.trusted_file: frozenset[str] = frozenset()
        """Likewise the authorities that it trusts."""
        self.trusted: frozenset[str] = frozenset()
        self.is_hung = False
        self.is_blind = False
        self.has_script = False
        self.is_script_killable = True
        self.cut_count = 0
        self.other_memory_bytes = 0
        self.acknowledgement_count = 0
        self.writes_stopped_until = 0.0
        """Customers' writes wait, by the clock of the engines."""
        self.view: FakeView | None = None
        """What it believes of its cluster; None without cluster mode."""

    @property
    def place(self) -> Place:
        return self.at.address, self.at.port

    @property
    def is_still(self) -> bool:
        """It neither feeds replicas nor takes what it is fed."""
        return self.is_hung or self.has_script

    @property
    def received_offset_bytes(self) -> int:
        return self.inbox[-1].end_bytes if self.inbox else self.offset_bytes

    @property
    def received_keys(self) -> frozenset[str]:
        """What it would hold, had it applied all that has arrived: no death of its primary takes that away."""
        keys = set(self.keys)
        for stretch in self.inbox:
            keys |= stretch.keys
            keys -= stretch.removed_keys
        return frozenset(keys)


class FakeReplication:
    """The nodes of all fake engines, by place, and what flows between them."""

    def __init__(
        self, *, sync_looks: int, lag_looks: int, look_seconds: float, wall_seconds: Callable[[], float]
    ) -> None:
        self.nodes: dict[Place, FakeNode] = {}
        self.cut: set[frozenset[Place]] = set()
        self.lag_looks = lag_looks
        self._sync_looks = sync_looks
        self._look_seconds = look_seconds
        self._wall_seconds = wall_seconds

    def upstream(self, node: FakeNode) -> FakeNode | None:
        return self.nodes.get(node.follows) if node.follows is not None else None

    def followers(self, node: FakeNode) -> list[FakeNode]:
        return [one for one in self.nodes.values() if one.follows == node.place]

    def is_linked(self, node: FakeNode) -> bool:
        """What a replica says of its link: up as well while it still reads what its dead primary had sent."""
        if node.role is Role.PRIMARY or node.link is None:
            return False
        is_fed = self.upstream(node) is node.link and node.link.replication_id == node.replication_id
        return is_fed or bool(node.inbox)

    def online_replicas(self, node: FakeNode) -> list[FakeNode]:
        return [one for one in self.followers(node) if one.link is node and self.is_linked(one)]

    def silent_seconds(self, node: FakeNode) -> int:
        """For how long a linked replica has heard nothing."""
        return node.link_silent_seconds + int(node.still_look_count * self._look_seconds)

    def sync_progress_ratio(self, node: FakeNode) -> float | None:
        """None without a sync under way."""
        is_syncing = node.sync_looks_done > 0 and node.link is None and self.upstream(node) is not None
        return node.sync_looks_done / self._sync_looks if is_syncing else None

    # --- what happens to nodes -------------------------------------------------------------------

    def write(self, primary: FakeNode, key: str) -> None:
        self.change(primary, added=frozenset({key}))

    def change(
        self, primary: FakeNode, *, added: frozenset[str] = frozenset(), removed: frozenset[str] = frozenset()
    ) -> None:
        """One stretch of its stream."""
        start_bytes = primary.offset_bytes
        primary.keys |= added
        primary.keys -= removed
        primary.offset_bytes += WRITE_BYTES
        self._feed(primary, added, removed, start_bytes)

    def take_primary_role(self, node: FakeNode, replication_id: str) -> None:
        """What has arrived and is not applied is lost, as in an engine, which closes the link it would come by."""
        node.role, node.follows, node.followed_port, node.link = Role.PRIMARY, None, None, None
        node.inbox.clear()
        node.previous_replication_id, node.replication_id = node.replication_id, replication_id
        node.previous_offset_bytes = node.offset_bytes

    def follow(self, node: FakeNode, place: Place, port: int | None = None) -> None:
        """Its own replicas stay linked to it, until its lineage changes. Another port is another link."""
        if node.role is Role.REPLICA and node.follows == place and node.followed_port == port:
            return
        node.role, node.follows, node.followed_port, node.link = Role.REPLICA, place, port, None
        node.inbox.clear()
        node.sync_looks_done = 0

    def catch_up(self, node: FakeNode) -> bool:
        """Applies all that has arrived and all that can arrive now; whether that is all there is."""
        upstream = self.upstream(node)
        if upstream is not None and self._flows(node, upstream):
            self._deliver_missing(node, upstream)
        while node.inbox:
            self._apply(node, node.inbox.popleft())
        return upstream is not None and node.offset_bytes == upstream.offset_bytes

    def look(self, node: FakeNode) -> None:
        """Time passes for this node; nothing may be expected of one that hangs."""
        node.look_count += 1
        while node.inbox and node.inbox[0].due_look <= node.look_count:
            self._apply(node, node.inbox.popleft())
        if node.role is Role.PRIMARY:
            return
        upstream = self.upstream(node)
        if self.is_linked(node):
            self._keep_link(node, upstream)
        else:
            node.link = None
            self._sync(node, upstream)

    # --- the stream ------------------------------------------------------------------------------

    def _flows(self, node: FakeNode, upstream: FakeNode) -> bool:
        is_cut = frozenset({node.place, upstream.place}) in self.cut
        return self.is_linked(node) and node.link is upstream and not (is_cut or node.is_still or upstream.is_still)

    def _feed(self, upstream: FakeNode, added: frozenset[str], removed: frozenset[str], start_bytes: int) -> None:
        for node in self.followers(upstream):
            if not self._flows(node, upstream):
                continue
            if node.received_offset_bytes == start_bytes:
                self._deliver(node, added, removed, upstream.offset_bytes)
            else:
                self._deliver_missing(node, upstream)

    def _deliver_missing(self, node: FakeNode, upstream: FakeNode) -> None:
        if node.received_offset_bytes < upstream.offset_bytes:
            received = node.received_keys
            self._deliver(node, upstream.keys - received, received - upstream.keys, upstream.offset_bytes)

    def _deliver(self, node: FakeNode, added: Set[str], removed: Set[str], end_bytes: int) -> None:
        stretch = _Stretch(
            keys=frozenset(added),
            removed_keys=frozenset(removed),
            start_bytes=node.received_offset_bytes,
            end_bytes=end_bytes,
            due_look=node.look_count + self.lag_looks,
        )
        if self.lag_looks:
            node.inbox.append(stretch)
        else:
            self._apply(node, stretch)

    def _apply(self, node: FakeNode, stretch: _Stretch) -> None:
        """A replica passes on what it applies, and nothing before."""
        if stretch.end_bytes <= node.offset_bytes:
            return  # in a ring the stream comes back to where it began
        node.keys |= stretch.keys
        node.keys -= stretch.removed_keys
        node.offset_bytes = stretch.end_bytes
        self._feed(node, stretch.keys, stretch.removed_keys, stretch.start_bytes)

    # --- links -----------------------------------------------------------------------------------

    def _keep_link(self, node: FakeNode, upstream: FakeNode | None) -> None:
        if upstream is None or node.link is not upstream:
            return  # it reads on what the one who died had sent
        if self._flows(node, upstream):
            node.still_look_count = 0
            self._deliver_missing(node, upstream)
            return
        node.still_look_count += 1
        if self.silent_seconds(node) > REPL_TIMEOUT_SECONDS:
            node.link = None

    def _sync(self, node: FakeNode, upstream: FakeNode | None) -> None:
        """One look further; the last one gives it its primary's keys, whatever it had. A partial resync takes one.

        A primary to sync from is one that holds the role, or a replica whose own link is up: never one of nowhere,
        which is what keeps the replicas of a primary that returned empty from harm.
        """
        if upstream is None:
            node.sync_looks_done = 0
            return
        is_cut = frozenset({node.place, upstream.place}) in self.cut
        may_feed = upstream.role is Role.PRIMARY or self.is_linked(upstream)
        if is_cut or node.is_still or upstream.is_still or not may_feed:
            return
        if not may_connect(node, upstream, node.followed_port, self._wall_seconds()):
            node.sync_looks_done = 0
            return
        node.sync_looks_done += 1
        is_partial = _may_go_on(node, upstream)
        if not is_partial and _is_older(node, upstream):
            node.sync_looks_done %= self._sync_looks  # it cannot read the copy, and asks for the next one
            return
        if not is_partial and node.sync_looks_done < self._sync_looks:
            return
        self._join(node, upstream, is_partial=is_partial)

    def _join(self, node: FakeNode, upstream: FakeNode, *, is_partial: bool) -> None:
        if not is_partial:
            node.previous_replication_id, node.previous_offset_bytes = "", 0
            for one in self.followers(node):
                if one.link is node:  # and not the process that was there before, in whose socket there may be more
                    one.link = None  # an engine hangs up on its own replicas before it takes another's keys
        elif node.replication_id != upstream.replication_id:
            node.previous_replication_id, node.previous_offset_bytes = node.replication_id, node.offset_bytes
        node.keys = set(upstream.keys)
        node.offset_bytes = upstream.offset_bytes
        node.replication_id = upstream.replication_id
        node.link = upstream
        node.inbox.clear()
        node.sync_looks_done = node.still_look_count = 0


def _is_older(node: FakeNode, upstream: FakeNode) -> bool:
    """Whether its engine cannot read what the other one writes."""
    ages = [(one.engine is EngineName.VALKEY, version_numbers(one.version)[:2]) for one in (node, upstream)]
    return ages[0] < ages[1]


def _may_go_on(node: FakeNode, upstream: FakeNode) -> bool:
    """Whether the node's keys are an earlier state of its primary's: then only what came since is sent."""
    if node.replication_id == upstream.replication_id:
        return node.offset_bytes <= upstream.offset_bytes
    is_former = node.replication_id == upstream.previous_replication_id
    return is_former and node.offset_bytes <= upstream.previous_offset_bytes
