"""Reads what a node in cluster mode says of its cluster: CLUSTER NODES, CLUSTER INFO, CLUSTER GETSLOTMIGRATIONS.

Called by `client` and by the orders of cluster mode. Bytes in, values out. Valkey and Redis OSS spell the lines alike
but for what they append to an address; `tests/golden` holds replies of both. Thirty nodes that tell of thirty each are
read five times a second, so what does not change from look to look is read once.
"""

from collections.abc import Sequence
from functools import lru_cache

from elastane.engines import NOWHERE_PORT
from elastane.model.cluster_views import ClusterView, Member, MoveState, OpenSlot, SlotMove
from elastane.model.ids import MemberId
from elastane.model.slots import SlotRange, Slots, parse_slots

_NOWHERE_END = f":{NOWHERE_PORT}"


def parse_view(nodes: bytes, state: bytes, moves: Sequence[object] = ()) -> ClusterView:
    """Raises ValueError for what is no such reply."""
    own: Member | None = None
    others = []
    config_epoch = 0
    leaving: tuple[OpenSlot, ...] = ()
    arriving: tuple[OpenSlot, ...] = ()
    for line in nodes.decode().splitlines():
        # Two moments stand between: those of the last ping and pong, which differ at every look.
        name, place, flags, primary, _, _, epoch, link, *slots = line.split(" ", 8)
        slots_text = slots[0] if slots else ""
        member = _member(name, place, flags, primary, link, slots_text)
        if not flags.startswith("myself"):
            others.append(member)
            continue
        own, config_epoch = member, int(epoch)
        if "[" in slots_text:
            leaving, arriving = _open_slots(slots_text, "->-"), _open_slots(slots_text, "-<-")
    if own is None:
        raise ValueError("CLUSTER NODES does not say who answers.")
    return ClusterView(
        own=own,
        others=tuple(others),
        config_epoch=config_epoch,
        current_epoch=_current_epoch(state),
        is_serving=b"cluster_state:ok" in state,
        leaving_slots=leaving,
        arriving_slots=arriving,
        moves=_moves(moves),
    )


def _current_epoch(state: bytes) -> int:
    """0 where the state was not asked for."""
    number = state.partition(b"cluster_current_epoch:")[2].partition(b"\r\n")[0]
    return int(number) if number else 0


def find_nowheres(nodes: bytes) -> tuple[MemberId, ...]:
    """The names of all primaries that there are not, among those a node says it knows."""
    fields = (line.split(" ", 2) for line in nodes.decode().splitlines())
    return tuple(MemberId(name) for name, place, _ in fields if place.partition("@")[0].endswith(_NOWHERE_END))


@lru_cache(maxsize=4096)
def _member(name: str, place: str, flags: str, primary: str, link: str, slots_text: str) -> Member:
    words = flags.split(",")
    address, _, port = place.partition("@")[0].rpartition(":")
    return Member(
        id=MemberId(name),
        # ip:port@bus, and what the engine's version appends: a hostname, the shard's id.
        address=address,
        port=int(port),
        is_primary="master" in words,
        primary_id=None if primary == "-" else MemberId(primary),
        slots=_slots(slots_text),
        is_linked=link == "connected",
        is_handshaking="handshake" in words,
        is_held_dead="fail" in words or "fail?" in words,
    )


@lru_cache(maxsize=4096)
def _slots(text: str) -> Slots:
    """Ranges as the engines write them, ascending and apart; open slots are named again behind, in brackets."""
    ranges = (word.partition("-") for word in text.split() if not word.startswith("["))
    return tuple(SlotRange(int(first), int(last or first)) for first, _, last in ranges)


def _open_slots(text: str, arrow: str) -> tuple[OpenSlot, ...]:
    """`[5->-id]` goes to that one, `[5-<-id]` comes from there."""
    parts = (word.strip("[]").partition(arrow) for word in text.split() if word.startswith("[") and arrow in word)
    return tuple(OpenSlot(int(slot), MemberId(other)) for slot, _, other in parts)


def _moves(replies: Sequence[object]) -> tuple[SlotMove, ...]:
    """Without those that a replica only knows of: its primary tells of them."""
    found = (_fields(reply) for reply in replies if isinstance(reply, Sequence))
    return tuple(_move(fields) for fields in found if "source_node" in fields)


def _fields(reply: Sequence[object]) -> dict[str, str]:
    texts = [item.decode(errors="backslashreplace") if isinstance(item, bytes) else str(item) for item in reply]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def _move(fields: dict[str, str]) -> SlotMove:
    try:
        return SlotMove(
            id=fields["name"],
            is_export=fields["operation"] == "EXPORT",
            slots=parse_slots(fields["slot_ranges"].replace(" ", ",")),
            source_id=MemberId(fields["source_node"]),
            target_id=MemberId(fields["target_node"]),
            state=_MOVE_STATES.get(fields["state"], MoveState.RUNNING),
            message=fields["message"],
            began_at_seconds=int(fields["create_time"]),
        )
    except KeyError as error:
        raise ValueError(f"A slot migration has no field {error}.") from error


_MOVE_STATES = {
    "success": MoveState.SUCCEEDED,
    "failed": MoveState.FAILED,
    "cancelled": MoveState.CANCELLED,
}
"""The end states. Every other word of the engines' names a stage on the way."""
