"""Carries slots from one primary to another, key by key, as engines before Valkey 9 do it.

Called by `client` for `Engines.carry_slots` and `close_slots`. For each slot, in this order, which loses no key and
which a crash may interrupt anywhere:

Before any of it: a target that takes a slot for nobody's is told whose it is.

1. Look at its keys: one that is too large ends the work before the slot is open, unless it was open already.
2. The target expects the slot, then the source gives it away. In the other order a client would be sent to a target
   that sends it back. From now on the source answers for the keys it still has, and the target for those that came.
3. MIGRATE, some keys at a time, until the source has none. Both engines stand still for each message.
4. The target owns it, then the source says so, then the other primaries, who would hear of it from the target anyway.
   In the other order a source that dies between would leave a slot that nobody owns.

A key that expires meanwhile is a key that is gone. Slots with few keys or none go many at a time, in one message for
each of these orders: that is ten times as fast as one after the other.

It moves the keys of database 0, the only one that engines before Valkey 9 have in cluster mode.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from elastane.engines import CONTROL_USER, EngineError, KeyTooLarge, MemberAddress, NodeAddress
from elastane.engines.cluster_info import parse_view
from elastane.engines.connection import Command
from elastane.engines.exchanges import Exchange, ask, ask_for, raise_refusal, says
from elastane.model.slots import Slots, difference, numbers

KEY_BYTES_MAX = 256 * 1024 * 1024
"""AWS: a key larger than this is not moved."""

SLOTS_TOGETHER_MAX = 50
KEYS_TOGETHER_MAX = 200
BYTES_TOGETHER_MAX = 4 * 1024 * 1024
"""A message holds up both engines, some milliseconds for this much."""

KEYS_WEIGHED_MAX = 10_000
"""Of a slot with more keys those beyond are weighed once it is open."""

MIGRATE_SECONDS = 1.0
MIGRATE_BYTES_PER_SECOND = 32 * 1024 * 1024
"""How long a source waits for its target, standing still: a second, and longer for what takes longer to restore."""

TELLING_SECONDS = 0.5
"""How long the others may keep the work waiting."""

_NOT_THE_OWNER = "not the owner of hash slot"
_ALREADY_THE_OWNER = "already the owner of hash slot"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """From where to where, who is told, and what it may take."""

    source: MemberAddress
    target: MemberAddress
    told: tuple[NodeAddress, ...]
    ends_at_seconds: float
    """By the event loop's clock: nothing new is begun after it."""
    key_bytes_max: int


class _Key(msgspec.Struct, frozen=True):
    name: bytes
    size_bytes: int


async def carry_slots(exchange: Exchange, route: Route, slots: Slots) -> None:
    """Each exchange has a deadline of its own. The first slots are carried even when the time is over."""
    await _name_owner(exchange, route, slots)
    left = numbers(slots)
    while batch := list(islice(left, SLOTS_TOGETHER_MAX)):
        light, heavy = await _sort(exchange, route, batch)
        for together in _groups(light):
            await _carry_together(exchange, route, together)
            if _is_over(route):
                return
        for slot in heavy:
            await _carry_alone(exchange, route, slot)
            if _is_over(route):
                return


async def close_slots(exchange: Exchange, at: NodeAddress, slots: Slots) -> None:
    commands: list[Command] = [("CLUSTER", "SETSLOT", slot, "STABLE") for slot in numbers(slots)]
    if commands:
        await ask(exchange, at, *commands)


async def _name_owner(exchange: Exchange, route: Route, slots: Slots) -> None:
    """Of slots that the target takes for nobody's, and would refuse the keys of.

    So it does when it expected them from a primary that has become a replica since: then it heeds nobody's claim to
    them, the new primary's as little. Those that are its own are left alone: it would give them away.
    """
    source, target = route.source, route.target
    nodes, state = await ask(exchange, target.at, ("CLUSTER", "NODES"), ("CLUSTER", "INFO"))
    assert isinstance(nodes, bytes) and isinstance(state, bytes), "both are texts"
    unowned = difference(slots, parse_view(nodes, state).owned_slots)
    if unowned:
        await ask(exchange, target.at, *(("CLUSTER", "SETSLOT", slot, "NODE", source.id) for slot in numbers(unowned)))


async def _sort(exchange: Exchange, route: Route, slots: Sequence[int]) -> tuple[dict[int, list[_Key]], list[int]]:
    """Those whose keys, if they have any, go in one message, with them; and those with more."""
    found = await _names(exchange, route, slots, KEYS_TOGETHER_MAX + 1)
    few = {slot: names for slot, names in found.items() if len(names) <= KEYS_TOGETHER_MAX}
    weighed = iter(await _weigh(exchange, route, [name for names in few.values() for name in names]))
    keys = {slot: list(islice(weighed, len(names))) for slot, names in few.items()}
    bytes_max = min(BYTES_TOGETHER_MAX, route.key_bytes_max)
    light = {slot: found for slot, found in keys.items() if _total_bytes(found) <= bytes_max}
    return light, [slot for slot in slots if slot not in light]


def _groups(light: dict[int, list[_Key]]) -> Iterator[dict[int, list[_Key]]]:
    """As many slots as have no more keys than go together; at least one."""
    group: dict[int, list[_Key]] = {}
    for slot, keys in light.items():
        grouped = [key for other in group.values() for key in other] + keys
        if group and (len(grouped) > KEYS_TOGETHER_MAX or _total_bytes(grouped) > BYTES_TOGETHER_MAX):
            yield group
            group = {}
        group[slot] = keys
    if group:
        yield group


async def _carry_together(exchange: Exchange, route: Route, light: dict[int, list[_Key]]) -> None:
    """What went is given before anything is raised for what did not. A slot that got keys since is carried alone."""
    await _open(exchange, route, list(light))
    migrations = [_migration(route, keys) for keys in light.values() if keys]
    seconds = MIGRATE_SECONDS + sum(_total_bytes(keys) for keys in light.values()) / MIGRATE_BYTES_PER_SECOND
    replies = await exchange(route.source.at, *migrations, extra_seconds=seconds) if migrations else []
    left = await _names(exchange, route, list(light), 1)
    await _give(exchange, route, [slot for slot, names in left.items() if not names])
    raise_refusal(route.source.at, tuple(migrations), replies)
    for slot in (slot for slot, names in left.items() if names):
        await _carry_alone(exchange, route, slot)


async def _carry_alone(exchange: Exchange, route: Route, slot: int) -> None:
    keys = await _weigh_slot(exchange, route, slot)
    await _open(exchange, route, [slot])
    keys = keys or await _weigh_slot(exchange, route, slot)  # some may have come since; from now on none may
    while keys:
        for together in _portions(keys):
            migration = _migration(route, together)
            seconds = MIGRATE_SECONDS + _total_bytes(together) / MIGRATE_BYTES_PER_SECOND
            replies = await exchange(route.source.at, migration, extra_seconds=seconds)
            raise_refusal(route.source.at, (migration,), replies)
            if _is_over(route):
                break
        keys = await _weigh_slot(exchange, route, slot)
        if keys and _is_over(route):
            return
    await _give(exchange, route, [slot])


async def _open(exchange: Exchange, route: Route, slots: Sequence[int]) -> None:
    """Open already, or given already, is success."""
    source, target = route.source, route.target
    expect: list[Command] = [("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id) for slot in slots]
    leave: list[Command] = [("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id) for slot in slots]
    expected = await ask_for(exchange, target.at, *expect, harmless=(_ALREADY_THE_OWNER,))
    left = await exchange(source.at, *leave)
    strangers = [
        slot
        for slot, there, here in zip(slots, expected, left, strict=True)
        if says(here, _NOT_THE_OWNER) and not says(there, _ALREADY_THE_OWNER)
    ]
    if strangers:
        # Neither has it. A target that went on expecting it would take it from whoever does.
        await ask(exchange, target.at, *(("CLUSTER", "SETSLOT", slot, "STABLE") for slot in strangers))
    harmless = [slot not in strangers and says(here, _NOT_THE_OWNER) for slot, here in zip(slots, left, strict=True)]
    raise_refusal(
        source.at, tuple(leave), [None if is_so else here for is_so, here in zip(harmless, left, strict=True)]
    )


async def _weigh_slot(exchange: Exchange, route: Route, slot: int) -> list[_Key]:
    """Raises KeyTooLarge."""
    found = await _names(exchange, route, [slot], KEYS_WEIGHED_MAX)
    keys = await _weigh(exchange, route, found[slot])
    for key in keys:
        if key.size_bytes > route.key_bytes_max:
            name = key.name.decode(errors="backslashreplace")[:100]
            raise KeyTooLarge(
                f"The key {name!r} in slot {slot} at {route.source.at} takes {key.size_bytes:,} bytes;"
                f" no more than {route.key_bytes_max:,} are moved.",
                slot=slot,
            )
    return keys


async def _names(exchange: Exchange, route: Route, slots: Sequence[int], count_max: int) -> dict[int, list[bytes]]:
    """The keys that the source has of each slot, so many at most."""
    questions: list[Command] = [("CLUSTER", "GETKEYSINSLOT", slot, count_max) for slot in slots]
    found = await ask(exchange, route.source.at, *questions)
    return {
        slot: [name for name in names if isinstance(name, bytes)] if isinstance(names, list) else []
        for slot, names in zip(slots, found, strict=True)
    }


async def _weigh(exchange: Exchange, route: Route, names: Sequence[bytes]) -> list[_Key]:
    """A key without a size has expired between two questions; to move it is to delete it.

    Of such a key an engine says that it is over there, once its slot is open.
    """
    questions: list[Command] = [("MEMORY", "USAGE", name) for name in names]
    sizes = await ask_for(exchange, route.source.at, *questions, harmless=("ASK ",)) if questions else []
    return [_Key(name, size if isinstance(size, int) else 0) for name, size in zip(names, sizes, strict=True)]


def _portions(keys: Sequence[_Key]) -> Iterator[list[_Key]]:
    """A key that is larger than a portion may be is one by itself."""
    portion: list[_Key] = []
    portion_bytes = 0
    for key in keys:
        is_full = len(portion) == KEYS_TOGETHER_MAX or portion_bytes + key.size_bytes > BYTES_TOGETHER_MAX
        if portion and is_full:
            yield portion
            portion, portion_bytes = [], 0
        portion.append(key)
        portion_bytes += key.size_bytes
    if portion:
        yield portion


def _migration(route: Route, keys: Sequence[_Key]) -> Command:
    """REPLACE: a copy over there is one of an earlier try, whose answer was lost."""
    at = route.target.at
    seconds = MIGRATE_SECONDS + _total_bytes(keys) / MIGRATE_BYTES_PER_SECOND
    to: Command = ("MIGRATE", at.address, at.replication_port, "", 0, int(seconds * 1000))
    sign_in: Command = ("AUTH2", CONTROL_USER, at.secret.reveal())
    return (*to, "REPLACE", *sign_in, "KEYS", *(key.name for key in keys))


def _total_bytes(keys: Sequence[_Key]) -> int:
    return sum(key.size_bytes for key in keys)


async def _give(exchange: Exchange, route: Route, slots: Sequence[int]) -> None:
    if not slots:
        return
    commands: list[Command] = [("CLUSTER", "SETSLOT", slot, "NODE", route.target.id) for slot in slots]
    await ask(exchange, route.target.at, *commands)
    await ask(exchange, route.source.at, *commands)
    async with asyncio.TaskGroup() as tasks:
        for at in route.told:
            tasks.create_task(_tell(exchange, at, commands), name=f"tell {at} of slots")


async def _tell(exchange: Exchange, at: NodeAddress, commands: Sequence[Command]) -> None:
    """Who cannot be told, or has become a replica, hears of it from the target, a moment later."""
    try:
        async with asyncio.timeout(TELLING_SECONDS):
            await exchange(at, *commands)
    except (TimeoutError, EngineError):
        return


def _is_over(route: Route) -> bool:
    return asyncio.get_running_loop().time() >= route.ends_at_seconds
