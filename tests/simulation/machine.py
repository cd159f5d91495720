"""One simulated machine: a fake host and fake engines that live and die together, and all that can befall them.

What is here is the world's side: nothing in this file is called by a control plane. Conditions of a process (it hangs,
it is busy, it cannot be reached) end with the process; those of the network (a link that is cut) outlast it.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from elastane.engines import NodeAddress
from elastane.hosts import NodeOrder
from elastane.model.ids import MemberId, Zone
from elastane.model.observations import Answering
from elastane.model.secrets import Secret
from tests.kit import groups
from tests.kit.fake_binaries import binary_of
from tests.kit.fake_engines import DUMP_FILE, FakeEngines, FakeNode
from tests.kit.fake_host import FakeHost
from tests.kit.fake_pki import FakePki
from tests.kit.fake_replication import Dump

SECRET = Secret("simulated")
PORT = 6379

PRIMARY_ENDPOINT, READER_ENDPOINT = "127.88.48.10", "127.88.48.11"
CONFIGURATION_ENDPOINT = "127.88.48.12"

MOVE_SECONDS = 0.1
"""In so much time an engine reads on by one step in what it was sent."""
MOVES_MAX = 4
"""Enough for the most that can lie unread."""
RUMOUR_MOVES = 30
"""Enough for the latest rumour."""


class Clock:
    """Time as it passes, and time as the control plane is told."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.skew_seconds = 0.0
        self.unsteady_until_seconds = 0.0

    def now(self) -> datetime:
        return groups.CREATED_AT + timedelta(seconds=self.seconds + self.skew_seconds)

    def jump(self, seconds: float, *, noticed_for_seconds: float) -> None:
        self.skew_seconds += seconds
        self.unsteady_until_seconds = self.seconds + noticed_for_seconds

    def unsteady(self) -> str | None:
        return "the clock has jumped" if self.seconds < self.unsteady_until_seconds else None


class Machine:
    def __init__(self, clock: Clock, *, lag_looks: int, chance: random.Random) -> None:
        """By `chance` rumours come late and orders end half way."""
        self.clock = clock
        self.host = FakeHost(now=clock.now)
        self.engines = FakeEngines(
            lag_looks=lag_looks,
            look_seconds=0.5,
            staleness=chance.choice((0.0, 0.3, 0.6)),
            chance=chance,
            now=lambda: clock.seconds,
            wall_seconds=lambda: clock.now().timestamp(),
        )
        self.pki = FakePki(clock.now)
        """Files outlive every control plane."""
        self.is_host_unseen = False
        """The control plane cannot reach what runs the processes: every question and order to it fails."""
        self.held: set[str] = set()
        """Nodes whose process stands still."""
        self.lonely: set[str] = set()
        """Nodes that no customer reaches."""
        self.missed_looks: dict[str, int] = {}
        """Nodes whose next answers are late: as many as this."""
        self.lost_zones: set[Zone] = set()
        self.cut: set[tuple[str, str]] = set()
        self.broken: set[str] = set()
        """Binaries whose processes end before they answer."""
        self._at: dict[str, NodeAddress] = {}
        self._key_of: dict[str, str] = {}
        self._flowed_at: dict[FakeNode, float] = {}
        """When each replica's link was last seen not to be silent."""
        self._unreadable: set[str] = set()
        """Nodes whose next process cannot read its nodes.conf."""

    # --- reading it ------------------------------------------------------------------------------

    def running(self) -> list[str]:
        return [key for key, at in self._at.items() if (at.address, at.port) in self.engines.nodes]

    def nodes(self) -> list[FakeNode]:
        return list(self.engines.nodes.values())

    def node(self, key: str) -> FakeNode:
        at = self._at[key]
        return self.engines.nodes[at.address, at.port]

    def key_of(self, address: str) -> str:
        return self._key_of.get(address, address)

    def name_of(self, member_id: MemberId) -> str:
        """A member's node, while its process runs."""
        found = (node for node in self.nodes() if node.view is not None and node.view.own.id == member_id)
        return next((self.key_of(node.at.address) for node in found), member_id)

    def find_listener(self, address: str) -> FakeNode | None:
        return next((node for node in self.engines.nodes.values() if address in node.bound_addresses), None)

    def is_troubled(self, key: str) -> bool:
        node = self.node(key)
        return node.is_hung or node.is_blind or node.has_script

    def with_silence(self, node: FakeNode, seen: Answering) -> Answering:
        """For how long a link is silent follows from the clock, and not from how often it was looked at."""
        if node.still_look_count == 0:
            self._flowed_at[node] = self.clock.seconds
        if seen.link_silent_seconds is None:
            return seen
        silent_seconds = self.clock.seconds - self._flowed_at.get(node, self.clock.seconds)
        return replace(seen, link_silent_seconds=int(silent_seconds))

    def spend(self, seconds: float) -> None:
        """Time passes for the engines too, whether or not anybody looks at them."""
        self.clock.seconds += seconds
        for _ in range(min(MOVES_MAX, int(seconds / MOVE_SECONDS))):
            self.engines.move_on()

    def settle(self) -> None:
        """Long enough for every rumour to reach everybody."""
        for _ in range(RUMOUR_MOVES):
            self.engines.move_on()

    def find_fed(self, primary: FakeNode) -> set[FakeNode]:
        """The replicas that get what is written, and were seen to."""
        replication = self.engines.replication
        return {
            one
            for one in replication.online_replicas(primary)
            if one.still_look_count == 0
            and not one.is_still
            and frozenset({one.place, primary.place}) not in replication.cut
        }

    # --- processes -------------------------------------------------------------------------------

    def boot(self, key: str, order: NodeOrder) -> None:
        at = NodeAddress(address=order.identity["address"], port=PORT, secret=SECRET)
        self._at[key], self._key_of[at.address] = at, key
        if DUMP_FILE in order.removed_files:
            self.remove_dump(key)
        if key in self._unreadable:
            self._unreadable.discard(key)
            name = MemberId(f"{len(self._unreadable):08x}{key.encode().hex():0>32}"[:40])
            self.engines.boot_as_stranger(at, name, order.files)
        else:
            self.engines.boot(at, order.files, binary_of(order.argv))

    def died(self, key: str) -> None:
        """What goes along with a process."""
        self.held.discard(key)
        if key in self._at:
            self.engines.lose(self._at[key])

    def kill(self, key: str) -> None:
        self.host.lose(key)
        self.died(key)

    def save_and_end(self, key: str) -> None:
        """As at a shutdown in order: what it holds lies in its directory."""
        node = self.node(key)
        dump = Dump(keys=frozenset(node.keys), replication_id=node.replication_id, offset_bytes=node.offset_bytes)
        self.host.put_file(key, DUMP_FILE)
        self.engines.dumps[node.place] = dump
        self.kill(key)

    def remove_dump(self, key: str) -> None:
        """The file was moved or removed."""
        if key in self._at:
            self.engines.dumps.pop((self._at[key].address, PORT), None)

    def put_certificate(self, key: str, files: Mapping[str, str]) -> None:
        """A new one lies in the directory of a node."""
        if key in self._at:
            self.engines.put_files(self._at[key], files)

    def spoil_name(self, key: str) -> None:
        """Its engine cannot read what it is called, and invents a name."""
        self._unreadable.add(key)
        self.kill(key)

    def hang(self, key: str) -> None:
        """It stands still: the kernel does not run it."""
        self.keep_busy(key)
        self.host.hold(key)
        self.held.add(key)

    def keep_busy(self, key: str) -> None:
        """It works, and answers nobody: neither us nor customers nor its replicas."""
        self.engines.hang(self._at[key])

    def run_script(self, key: str, *, is_killable: bool) -> None:
        """It answers that it is busy, and nothing else."""
        self.engines.run_script(self._at[key], is_killable=is_killable)

    def blind(self, key: str) -> None:
        """The control plane cannot reach the engine, and everybody else can."""
        self.engines.blind(self._at[key])

    def relieve(self, key: str) -> None:
        """It works and can be reached again. Orders that were sent to it meanwhile are carried out now."""
        at = self._at[key]
        if key in self.held:
            self.held.discard(key)
            self.host.let_go(key)
        self.engines.end_script(at)
        self.node(key).is_blind = False
        self.engines.resume(at)

    def is_late(self, key: str) -> bool:
        """Whether its next answer comes too late, which then counts as given."""
        count = self.missed_looks.pop(key, 0)
        if count > 1:
            self.missed_looks[key] = count - 1
        return count > 0

    # --- the network -----------------------------------------------------------------------------

    def cut_link(self, one: str, other: str) -> None:
        """The two nodes cannot reach each other, and everybody else can."""
        self.cut.add((one, other))
        self.engines.cut_link(self._at[one], self._at[other])

    def mend_links(self) -> None:
        for one, other in self.cut:
            self.engines.mend_link(self._at[one], self._at[other])
        self.cut.clear()

    def mend(self) -> None:
        self.is_host_unseen = False
        self.lonely.clear()
        self.missed_looks.clear()
        self.engines.moves.full.clear()
        self.mend_links()
        self.restore_zones()
        for key in self.running():
            self.relieve(key)

    # --- zones -----------------------------------------------------------------------------------

    def lose_zone(self, zone: Zone) -> list[str]:
        """Answers who died of it."""
        self.host.lose_zone(zone)
        self.lost_zones.add(zone)
        doomed = [key for key in self.running() if self.host.orders[key].identity.get("zone") == zone]
        for key in doomed:
            self.kill(key)
        return doomed

    def restore_zones(self) -> None:
        for zone in self.lost_zones:
            self.host.restore_zone(zone)
        self.lost_zones.clear()
