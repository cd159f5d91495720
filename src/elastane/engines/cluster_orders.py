"""Orders about membership and roles in cluster mode, and about moves of whole slots, in the engines' commands.

Called by `client` for the methods of the same names, whose promises are in the Protocol. Each looks at what the node
says of its cluster before it orders, so that an order given twice changes nothing: the engines themselves refuse some
repetitions and, as Redis OSS does a second CLUSTER REPLICATE, break a link for others.
"""

from collections.abc import Sequence

from elastane.engines import NOWHERE_PORT, EngineError, MemberAddress, NodeAddress
from elastane.engines.cluster_config import NOWHERE_BUS_PORT, bus_port
from elastane.engines.cluster_info import find_nowheres, parse_view
from elastane.engines.connection import Command, Reply
from elastane.engines.exchanges import Exchange, ask, ask_for
from elastane.model.cluster_views import ClusterView
from elastane.model.ids import MemberId
from elastane.model.slots import Slots, difference

_NODES: Command = ("CLUSTER", "NODES")
_UNKNOWN_NODE = "Unknown node"
_OWN_PRIMARY = "forget my master"


async def take_slots(exchange: Exchange, at: NodeAddress, slots: Slots, *, by_vote: bool) -> None:
    (nodes,) = await ask(exchange, at, _NODES)
    own = _view(at, nodes).own
    if by_vote:
        if not own.is_primary:
            await ask(exchange, at, ("CLUSTER", "FAILOVER", "FORCE"))
        return
    if not own.is_primary:
        if own.primary_id is None:
            await _follow_nowhere(exchange, at)
        _, nodes = await ask(exchange, at, ("CLUSTER", "FAILOVER", "TAKEOVER"), _NODES)
    missing = difference(slots, _view(at, nodes).owned_slots)
    if missing:
        await ask(exchange, at, ("CLUSTER", "ADDSLOTSRANGE", *_words(missing)))
    await _forget(exchange, at, _nowheres(nodes))


async def follow_member(exchange: Exchange, at: NodeAddress, primary: MemberAddress) -> None:
    (nodes,) = await ask(exchange, at, _NODES)
    if _view(at, nodes).own.primary_id != primary.id:
        await ask(exchange, at, ("CLUSTER", "REPLICATE", primary.id))
    await _forget(exchange, at, _nowheres(nodes))


async def meet(exchange: Exchange, at: NodeAddress, others: Sequence[NodeAddress]) -> None:
    """Also those whom it knows: they may not know it, and would not listen to it then."""
    meetings: list[Command] = [
        ("CLUSTER", "MEET", other.address, other.replication_port, bus_port(other.port)) for other in others
    ]
    if meetings:
        await ask(exchange, at, *meetings)


async def forget_members(exchange: Exchange, at: NodeAddress, ids: Sequence[MemberId]) -> None:
    await _forget(exchange, at, ids)


async def begin_move(exchange: Exchange, source: NodeAddress, target: MemberId, slots: Slots) -> None:
    await ask(exchange, source, ("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", *_words(slots), "NODE", target))


async def cancel_moves(exchange: Exchange, at: NodeAddress) -> None:
    """What it takes ends with the connection that brings it: the engines have an order for what is given only."""
    cut: Command = ("CLIENT", "KILL", "FLAGS", "i")  # the engine's letter for whoever brings slots
    harmless = ("syntax error", "Unknown flags")
    await ask_for(exchange, at, cut, harmless=harmless)


async def _follow_nowhere(exchange: Exchange, at: NodeAddress) -> None:
    """A replica of nobody, whose nowhere the engine has dropped, takes no role: so it is given one to take it from."""
    _, nodes = await ask(
        exchange, at, ("CLUSTER", "MEET", at.address, NOWHERE_PORT, NOWHERE_BUS_PORT), _NODES
    )  # fmt: skip
    nowheres = _nowheres(nodes)
    if not nowheres:
        raise EngineError(f"The replica at {at} has no primary whose role it could take.")
    await ask(exchange, at, ("CLUSTER", "REPLICATE", nowheres[0]))


async def _forget(exchange: Exchange, at: NodeAddress, ids: Sequence[MemberId]) -> None:
    commands: list[Command] = [("CLUSTER", "FORGET", member) for member in ids]
    if commands:
        await ask_for(exchange, at, *commands, harmless=(_UNKNOWN_NODE, _OWN_PRIMARY))


def _view(at: NodeAddress, nodes: Reply) -> ClusterView:
    try:
        return parse_view(_bytes(nodes), b"")
    except ValueError as error:
        raise EngineError(f"The engine at {at} does not tell of its cluster: {error}") from error


def _nowheres(nodes: Reply) -> tuple[MemberId, ...]:
    return find_nowheres(_bytes(nodes))


def _bytes(reply: Reply) -> bytes:
    return reply if isinstance(reply, bytes) else b""


def _words(slots: Slots) -> tuple[int, ...]:
    return tuple(bound for part in slots for bound in (part.first, part.last))
