"""The planned change of primary that loses nothing, step by step.

Called by `client` for `Engines.switch_over`, and by `cluster_switchover`, whose fourth step is another one. In order:

1. Look: `to` must be a replica of `at` with its link up, and online in `at`'s eyes, or FAILOVER refuses
   it; the second comes up to a tenth of a second after the first. Nothing was touched until here.
2. Pause writes on the primary. What was acknowledged before is in its stream, and no more is added.
3. Read the primary's offset once, and wait until the replica has applied that much. Then the primary leaves the
   endpoints that go along with the role, and its customers are cut: who waits in the pause would be told READONLY
   when it ends, which few clients take for a reason to try again.
4. `FAILOVER TO … FORCE TIMEOUT 1`. By itself FAILOVER waits for the replica's acknowledgement, which
   comes once a second; we have compared already, so the force it uses after 1 ms costs no data.
5. Wait until both say that the roles are swapped.
6. Unpause, on every path out. The engine's own FAILOVER has a pause of its own that this leaves alone,
   and our pause carries a limit, so that it ends even when the control plane dies in the middle.

Tried and rejected: FAILOVER without our pause (about one second in half of the runs); REPLICAOF NO ONE
on the replica (5 to 19 acknowledged writes lost each time). See the valkey.io page of FAILOVER.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from elastane.engines import EngineError, NodeAddress, NothingListens, Refused, SwitchoverFailed
from elastane.engines.connection import Command, Reply
from elastane.engines.gaps import gap
from elastane.engines.info import is_replica_online, offset_bytes, parse_fields

Ask = Callable[[NodeAddress, tuple[Command, ...], float], Awaitable[list[Reply]]]

TIDYING_SECONDS = 1.0
"""How long undoing may take beyond the caller's deadline."""

Leave = Callable[[], Awaitable[None]]
"""Takes from the primary what customers reach it by. Raises EngineError."""

GAP_SECONDS = 0.002
"""Keeps two questions apart, so that a replica behind is not slowed by being asked."""


class Way(NamedTuple):
    """What differs between an engine by itself and one in cluster mode, once the replica has caught up."""

    give_role: Callable[[Ask, NodeAddress, NodeAddress, float], Awaitable[object]]
    is_swapped: Callable[[Ask, NodeAddress, NodeAddress, float], Awaitable[bool]]
    """Raises SwitchoverFailed once it is certain that they never will be."""
    take_back: Callable[[Ask, NodeAddress, NodeAddress], Awaitable[str]]
    """After a failure with the role given, perhaps; answers a sentence about what was left."""
    unpauses_in_doubt: bool
    """Whether writes may go on when it is not known if the role was given."""


async def leave_nothing() -> None:
    """Customers stay where they are."""


async def switch_over(
    ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float, leave: Leave = leave_nothing
) -> None:
    """Raises SwitchoverFailed with a sentence; see the Protocol for what callers may rely on."""
    way = Way(_give_role, _is_swapped, _take_back, unpauses_in_doubt=True)
    await hand_role_over(ask, at, to, timeout_seconds, way, leave)


async def hand_role_over(
    ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float, way: Way, leave: Leave
) -> None:
    is_handed_over = is_swapped = False
    doing = "looking at both nodes"
    try:
        async with asyncio.timeout(timeout_seconds):
            await require_synced(ask, at, to, timeout_seconds)
            doing = "waiting for the replica to come online"
            await wait_until_online(ask, at, to, timeout_seconds)
            try:
                doing = "waiting for the replica to catch up"
                await _pause_writes(ask, at, timeout_seconds)
                await _wait_until_caught_up(ask, at, to, timeout_seconds)
                doing = "leaving the endpoints"
                await leave()
                doing = "waiting for the roles to swap"
                is_handed_over = True  # before the order: its answer may be lost and the order not
                try:
                    await way.give_role(ask, at, to, timeout_seconds)
                except Refused:
                    is_handed_over = False  # heard, and not obeyed
                    raise
                while not (is_swapped := await way.is_swapped(ask, at, to, timeout_seconds)):
                    await gap(GAP_SECONDS)
            finally:
                if is_swapped or not is_handed_over or way.unpauses_in_doubt:
                    await _unpause_writes(ask, at)
    except TimeoutError as error:
        left = await way.take_back(ask, at, to) if is_handed_over else f"{at} is still primary."
        raise SwitchoverFailed(f"The deadline of {timeout_seconds:g} s passed while {doing}; {left}") from error
    except SwitchoverFailed:
        raise
    except Refused as error:
        raise SwitchoverFailed(f"{error} {at} is still primary.") from error
    except EngineError as error:
        left = await way.take_back(ask, at, to) if is_handed_over else f"{at} is still primary."
        raise SwitchoverFailed(f"It failed while {doing}: {error} {left}") from error


async def drain(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    """The first half alone: `to` has all that `at` took, and `at` is left paused, for as long as the pause's limit."""
    doing = "looking at both nodes"
    is_drained = False
    try:
        async with asyncio.timeout(timeout_seconds):
            await require_synced(ask, at, to, timeout_seconds)
            await wait_until_online(ask, at, to, timeout_seconds)
            doing = "waiting for the replica to catch up"
            await _pause_writes(ask, at, timeout_seconds)
            await _wait_until_caught_up(ask, at, to, timeout_seconds)
            is_drained = True
    except SwitchoverFailed:
        raise
    except (TimeoutError, EngineError) as error:
        reason = f"the deadline of {timeout_seconds:g} s passed" if isinstance(error, TimeoutError) else str(error)
        raise SwitchoverFailed(f"Not drained while {doing}: {reason} {at} is still primary.") from error
    finally:
        if not is_drained:
            await _unpause_writes(ask, at)


async def _give_role(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    await ask(at, (("FAILOVER", "TO", to.address, to.replication_port, "FORCE", "TIMEOUT", 1),), timeout_seconds)


async def require_synced(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    primary, replica = await read_fields(ask, at, timeout_seconds), await read_fields(ask, to, timeout_seconds)
    follows = (replica.get("master_host"), replica.get("master_port"))
    if primary["role"] != "master":
        raise SwitchoverFailed(f"{at} is no primary, so it has no role to hand over.")
    if replica["role"] == "master" or follows != (at.address, str(at.replication_port)):
        raise SwitchoverFailed(f"{to} is no replica of {at}.")
    if replica.get("master_link_status") != "up":
        raise SwitchoverFailed(f"The link of replica {to} to {at} is down, so it cannot catch up.")


async def wait_until_online(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    while not is_replica_online(await read_fields(ask, at, timeout_seconds), to.address, to.replication_port):
        await gap(GAP_SECONDS)


async def _pause_writes(ask: Ask, at: NodeAddress, timeout_seconds: float) -> None:
    limit_milliseconds = int((timeout_seconds + TIDYING_SECONDS) * 1000)
    await ask(at, (("CLIENT", "PAUSE", limit_milliseconds, "WRITE"),), timeout_seconds)


async def _unpause_writes(ask: Ask, at: NodeAddress) -> None:
    """Runs also when the caller was cancelled. A node that cannot be told is paused until its limit."""
    try:
        await ask(at, (("CLIENT", "UNPAUSE"),), TIDYING_SECONDS)
    except EngineError:
        # Not swallowed work: the pause was given its own end, and the first error is the one to tell.
        return


async def _wait_until_caught_up(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
    target_offset_bytes = offset_bytes(await read_fields(ask, at, timeout_seconds))
    while offset_bytes(await read_fields(ask, to, timeout_seconds)) < target_offset_bytes:
        await gap(GAP_SECONDS)


async def _is_swapped(ask: Ask, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> bool:
    former, latter = await read_fields(ask, at, timeout_seconds), await read_fields(ask, to, timeout_seconds)
    is_over = former.get("master_failover_state") == "no-failover"
    if is_over and former["role"] == "master":
        raise SwitchoverFailed(f"{at} gave up handing over and is still primary: {to} did not take the role.")
    return is_over and latter["role"] == "master"


async def _take_back(ask: Ask, at: NodeAddress, to: NodeAddress) -> str:
    """Ends a FAILOVER whose target is dead for certain; answers a sentence about what was left.

    With a target that is merely silent nothing is ended: it may have accepted the role already, and
    FAILOVER ABORT would then make a second primary, as the command's page warns.
    """
    try:
        await read_fields(ask, to, TIDYING_SECONDS)
    except NothingListens:
        try:
            await ask(at, (("FAILOVER", "ABORT"),), TIDYING_SECONDS)
        except EngineError as error:
            return f"{to} is gone and {at} could not take its role back: {error}"
        return f"{to} is gone and {at} took its role back."
    except EngineError:
        pass
    return f"{at} accepts no writes until {to} answers or is fenced."


async def read_fields(ask: Ask, at: NodeAddress, timeout_seconds: float) -> dict[str, str]:
    (text,) = await ask(at, (("INFO", "replication"),), timeout_seconds)
    return parse_fields(text if isinstance(text, bytes) else b"")
