"""The planned change of a shard's primary, in cluster mode, which loses nothing.

Called by `client` for `Engines.hand_over`. It goes as `switchover` does, but for its fourth step: the replica, which
has caught up with a primary that takes no writes, is ordered to take the role with the slots (TAKEOVER), and the former
primary follows it as soon as it hears of that, some milliseconds later.

A primary that has not heard of its replica as a member of the cluster (it was started a moment ago, and met nobody
yet) never hears either that this one has its slots: both would take writes (tried with Valkey 9.1 and Redis OSS 7.0).
Then no order is given.

The order says itself when it is too late for it. A replica that hangs at that moment, and is resumed when the former
primary has taken writes again, would obey it then, and those writes would be lost. So the pause outlasts the order.

Tried and rejected: CLUSTER FAILOVER on the replica, the engines' own way. It needs the votes of a majority of the other
shards, so it cannot do with half of them down. Redis OSS answers nothing to a replica whose primary has not heard yet
that it is one (up to half of ``cluster-node-timeout``), votes about one primary once in twice that time, and lets a
replica stand for election once in four times that time: a minute. Each time that it comes to nothing, the shard has
taken no write for five seconds.
"""

from elastane.engines import EngineError, NodeAddress, NothingListens, Refused, SwitchoverFailed
from elastane.engines.cluster_info import parse_view
from elastane.engines.switchover import TIDYING_SECONDS, Ask, Leave, Way, hand_role_over, leave_nothing, read_fields
from elastane.model.cluster_views import Member

TAKEOVER_BY = """
local now = redis.call('TIME')
if now[1] + now[2] / 1000000 > tonumber(ARGV[1]) then
  return redis.error_reply('LATE the role was to be taken earlier')
end
return redis.call('CLUSTER', 'FAILOVER', 'TAKEOVER')
"""
"""By the replica's own clock, in seconds."""


async def hand_over(
    ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float, leave: Leave = leave_nothing
) -> None:
    """Raises SwitchoverFailed with a sentence; see the Protocol for what callers may rely on."""
    way = Way(_give_role, _is_swapped, _take_back, unpauses_in_doubt=False)
    await hand_role_over(ask, at, to, timeout_seconds, way, leave)


async def _give_role(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    _, known = await _find_members(ask, at, to, timeout_seconds)
    if not known:
        raise Refused(f"The engine at {at} has not heard of {to}.", reply="")
    (moment,) = await ask(to, (("TIME",),), timeout_seconds)
    if not isinstance(moment, list) or not isinstance(moment[0], bytes):
        raise Refused(f"The engine at {to} does not tell the time.", reply=str(moment))
    latest = int(moment[0]) + timeout_seconds  # the pause began earlier and is longer
    await ask(to, (("EVAL", TAKEOVER_BY, 0, str(latest)),), timeout_seconds)


async def _is_swapped(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> bool:
    if (await read_fields(ask, to, timeout_seconds))["role"] != "master":
        raise SwitchoverFailed(f"{to} took the role and lost it again.")
    former = await read_fields(ask, at, timeout_seconds)
    if former["role"] == "master":
        await _follow_without_slots(ask, at, to, timeout_seconds)
        return False
    return former.get("master_host") == to.address


async def _follow_without_slots(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    """A primary follows whoever took its slots. One that has none does not hear of it, and is told."""
    own, known = await _find_members(ask, at, to, timeout_seconds)
    heir = next((member for member in known if member.is_primary), None)
    if heir is not None and not own.slots:
        await ask(at, (("CLUSTER", "REPLICATE", heir.id),), timeout_seconds)


async def _find_members(
    ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float
) -> tuple[Member, list[Member]]:
    """What the one at `at` says of itself, and of whom it knows at `to`: none before they have met."""
    (nodes,) = await ask(at, (("CLUSTER", "NODES"),), timeout_seconds)
    view = parse_view(nodes if isinstance(nodes, bytes) else b"", b"")
    known = [member for member in view.others if member.address == to.address and not member.is_handshaking]
    return view.own, known


async def _take_back(ask: Ask, at: NodeAddress, to: NodeAddress) -> str:
    """Ends the pause when `to` is dead for certain; otherwise it ends by itself, after the order's own time."""
    try:
        await read_fields(ask, to, TIDYING_SECONDS)
    except NothingListens:
        try:
            await ask(at, (("CLIENT", "UNPAUSE"),), TIDYING_SECONDS)
        except EngineError as error:
            return f"{to} is gone, and {at} could not be told to take writes again: {error}"
        return f"{to} is gone and {at} is still primary."
    except EngineError:
        pass
    return f"{at} accepts no writes until {to} has had its time to take the role."
