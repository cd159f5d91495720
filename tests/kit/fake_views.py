"""What one fake engine in cluster mode knows and believes of its cluster: whom it knows, who owns what, at which epoch.

Read and changed by `tests.kit.fake_cluster`, which carries rumours between views. Nothing here knows of processes or
of links: a view is what its engine would write into nodes.conf, from which it also begins.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from valkey.crc import key_slot

from elastane.catalog import encryption
from elastane.engines.valkey import CONFIG_FILE
from elastane.model.cluster_views import Member, OpenSlot
from elastane.model.ids import MemberId
from elastane.model.slots import NO_SLOTS, Slots, difference, intersection, parse_slots, union

Place = tuple[str, int]
"""A node's own address and port."""


@lru_cache(maxsize=65536)
def slot_of(key: str) -> int:
    return int(key_slot(key.encode()))


def is_in(slot: int, slots: Slots) -> bool:
    return any(part.first <= slot <= part.last for part in slots)


class Known:
    """A member, as some view knows it: mutable, and never shared between views."""

    def __init__(
        self,
        member_id: MemberId,
        place: Place,
        *,
        is_primary: bool = True,
        primary_id: MemberId | None = None,
        slots: Slots = NO_SLOTS,
        epoch: int = 0,
        is_handshaking: bool = False,
    ) -> None:
        self.id = member_id
        self.place = place
        self.is_primary = is_primary
        self.primary_id = primary_id
        self.slots = slots
        self.epoch = epoch
        self.is_handshaking = is_handshaking
        self.shard: object = object()
        """The same for two members that have had one primary; a new process begins with one of its own."""
        self.unclaimed: Slots = NO_SLOTS
        """What it was taken for the owner of, and does not claim any more: nobody else is told that it is."""
        self.heard_at = 0.0


class FakeView:
    """What one process believes; gone with it."""

    def __init__(self, own: Known, others: Iterable[Known], *, booted_at: float) -> None:
        self.own = own
        self.members: dict[MemberId, Known] = {one.id: one for one in (own, *others)}
        self.banned: dict[MemberId, float] = {}
        """Forgotten members, and until when nobody can tell of them."""
        self.current_epoch = 0
        self.voted_epoch = 0
        self.leaving: dict[int, MemberId] = {}
        self.arriving: dict[int, MemberId] = {}
        self.meeting: set[Place] = set()
        self.is_candidate = False
        self.is_serving = False
        self.booted_at = booted_at
        self.minority_at: float | None = None
        self.version = 0
        """Grows with every change, so that who has heard it knows whether there is anything new."""
        self.heard: dict[MemberId, tuple[FakeView, int, int]] = {}
        """Whose view, at which version, was heard at which of our own."""
        for one in self.members.values():
            one.heard_at = booted_at

    @property
    def primary(self) -> Known | None:
        """Whom it replicates."""
        return self.members.get(self.own.primary_id) if self.own.primary_id is not None else None

    @property
    def others(self) -> list[Known]:
        return [one for one in self.members.values() if one is not self.own]

    @property
    def owned_slots(self) -> Slots:
        return union(*(one.slots for one in self.members.values()))

    @property
    def voters(self) -> list[Known]:
        """The primaries that own a slot, dead ones among them."""
        return [one for one in self.members.values() if one.is_primary and one.slots]

    def owner_of(self, slot: int) -> Known | None:
        return next((one for one in self.members.values() if is_in(slot, one.slots)), None)

    def add(self, one: Known) -> None:
        self.members[one.id] = one
        self.version += 1

    def remove(self, member_id: MemberId) -> None:
        """Its slots are nobody's then, and its replicas have no primary that is known."""
        if self.members.pop(member_id, None) is None:
            return
        for one in self.members.values():
            if one.primary_id == member_id:
                one.primary_id = None
        for open_slots in (self.leaving, self.arriving):
            for slot in [slot for slot, other in open_slots.items() if other == member_id]:
                del open_slots[slot]
        self.version += 1

    def claim(self, claimer: Known, slots: Slots, epoch: int, granted: Slots = NO_SLOTS) -> bool:
        """Somebody says that it owns these; whether that changes anything.

        It gets what nobody owns, what its owner does not claim any more, and what is owned at a lower epoch; what is
        `granted` in any case. What it no longer claims itself stays its own until somebody else does. So engines do
        (`clusterUpdateSlotsConfigWith`), Redis OSS from 7.0.13 on.
        """
        wanted = difference(slots, claimer.slots)
        if not wanted and claimer.epoch >= epoch:
            return False
        for one in self.members.values():
            contested = intersection(one.slots, wanted) if one is not claimer and one.slots and wanted else NO_SLOTS
            if not contested:
                continue
            lost = contested if one.epoch < epoch else intersection(contested, union(granted, one.unclaimed))
            one.slots = difference(one.slots, lost)
            wanted = difference(wanted, difference(contested, lost))
        claimer.slots = union(claimer.slots, wanted)
        claimer.epoch = max(claimer.epoch, epoch)
        self.version += 1
        return True

    def bump_epoch(self) -> None:
        """As TAKEOVER and the end of a move do: without asking anybody, and only if it is not the highest already."""
        highest = max(self.current_epoch, *(one.epoch for one in self.members.values()))
        if self.own.epoch == 0 or self.own.epoch != highest:
            self.current_epoch = highest + 1
            self.own.epoch = self.current_epoch
            self.version += 1

    def as_member(self, one: Known, *, is_linked: bool, is_held_dead: bool) -> Member:
        return Member(
            id=one.id,
            address=one.place[0],
            is_primary=one.is_primary,
            primary_id=one.primary_id,
            slots=one.slots,
            is_linked=is_linked,
            is_handshaking=one.is_handshaking,
            is_held_dead=is_held_dead,
        )


def open_slots(found: dict[int, MemberId]) -> tuple[OpenSlot, ...]:
    return tuple(OpenSlot(slot, other) for slot, other in sorted(found.items()))


# --- what a process begins with ------------------------------------------------------------------


def parse_nodes(text: str, *, booted_at: float, port: int) -> FakeView:
    """From a nodes.conf, as engines read it. Who is written down there was not heard yet.

    `port` is the cache's, by which places are named here, whatever kind of port members reach one another by.
    """
    lines = text.splitlines()
    known = dict(_parse_line(line) for line in lines if line and not line.startswith("vars "))
    own = next(one for one, is_own in known.items() if is_own)
    port_between_members = own.place[1]
    for one in known:
        if one.place[1] == port_between_members:
            one.place = (one.place[0], port)
    view = FakeView(own, (one for one in known if one is not own), booted_at=booted_at)
    variables = [line.split() for line in lines if line.startswith("vars ")]
    view.current_epoch = int(variables[0][2]) if variables else 0
    return view


def _parse_line(line: str) -> tuple[Known, bool]:
    member_id, location, flags, primary_id, _, _, epoch, _, *owned = line.split()
    address, _, port = location.partition("@")[0].rpartition(":")
    one = Known(
        MemberId(member_id),
        (address, int(port)),
        is_primary="master" in flags.split(","),
        primary_id=None if primary_id == "-" else MemberId(primary_id),
        slots=parse_slots(",".join(part for part in owned if not part.startswith("["))),
        epoch=int(epoch),
        is_handshaking="handshake" in flags.split(","),
    )
    return one, "myself" in flags.split(",")


def parse_encryption(files: Mapping[str, str]) -> dict[str, str]:
    """What the configuration says about where to listen, and about TLS; all of it is known to every fake engine."""
    unset = {
        "tls-port": "0",
        "tls-replication": "no",
        "tls-cluster": "no",
        "cluster-announce-port": "0",
        "cluster-announce-tls-port": "0",
    }
    lines = (line.split(" ", 1) for line in files.get(CONFIG_FILE, "").splitlines())
    said = {words[0]: words[1].strip('"') for words in lines if words[0] in encryption.NAMES and len(words) == 2}
    return {**unset, **said}


def parse_user_names(files: Mapping[str, str]) -> tuple[str, ...]:
    lines = (line.split(" ", 2) for line in files.get(CONFIG_FILE, "").splitlines())
    return tuple(words[1].strip('"') for words in lines if words[0] == "user")


def parse_parameters(files: Mapping[str, str]) -> dict[str, str]:
    """What the configuration says about the cluster: all that matters of it here."""
    lines = (line.split(" ", 1) for line in files.get(CONFIG_FILE, "").splitlines())
    return {words[0]: words[1].strip('"') for words in lines if words[0].startswith("cluster-") and len(words) == 2}
