"""Carries slots so that no customer ever finds one open: their keys are copied, and then change sides in one moment.

Called by `slot_carriage` for slots with few keys, on engines that let a script give a slot away. Some slots at once:

1. The target expects them. Nobody reads there what it gets before it owns them.
2. The source's keys are read and restored at the target, by a script that first deletes what an earlier try has left.
   A replica of the target gets them too, if there is one, so that a target that dies now takes nothing with it.
3. The source drops them, by a script that does so for each slot whose keys are still those that were copied: it deletes
   them, for its replicas too, and opens the slot to the target. In the same transaction the engine stops answering for
   some milliseconds, so nobody sees the slot open.
4. The target claims them, and says so on the cluster's bus, which does not stop. Then the source says so, and the rest.

A crash before 3 leaves the source with all it had, one after it the target: the slot is then open, and the other way
finishes it. Each script refuses once it is late: a process that was stopped will carry it out whenever it goes on.

Why not `CLIENT PAUSE … WRITE` until the target has claimed, as for a switchover: a source that hears on the bus that
slots with keys are another's deletes those keys. Redis OSS 7.0 does not tell its replicas; later engines do, and end
themselves by an assertion when their writes are paused (`propagateNow` in server.c).

Tried and rejected: MIGRATE … COPY. Both engines stand still for it, a hung target stops its source, a transaction takes
one slot at a time, and a script would show the control user's password in the slow log.
"""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from elastane.engines import EngineError, NodeAddress, Refused
from elastane.engines.connection import Command, Reply
from elastane.engines.exchanges import Exchange, ask, raise_refusal
from elastane.engines.gaps import gap
from elastane.engines.info import parse_fields
from elastane.engines.slot_routes import Route, give

SCRIPT_SECONDS = 2.0
"""A script that comes later after its batch began is not obeyed."""

STILL_MILLISECONDS = 15
"""For so long the source answers nobody, for the target's claim to be heard: some milliseconds on a busy machine.

Were it longer, whoever asks for one of these slots just then would be sent on to the target, which has all of it."""

TICKS_PER_SECOND = 500
"""An engine ends a pause at its next tick, and has ten a second by itself."""
_TICKS_BY_ITSELF = 10
_LOOKS_MAX = 50
_LOOK_GAP_SECONDS = 0.005

REPLICA_MILLISECONDS = 50
"""How long a replica of the target may keep a batch waiting."""

_ALL = 1_000_000

HELD_MILLISECONDS = 500
"""The end of a pause of writes that nobody ended."""

RESTORE = """
local now = redis.call('TIME')
if now[1] + now[2] / 1000000 > tonumber(ARGV[1]) then
  return redis.error_reply('LATE the slots were to be copied earlier')
end
local count = tonumber(ARGV[2])
for i = 3, count + 2 do
  for _, key in ipairs(redis.call('CLUSTER', 'GETKEYSINSLOT', ARGV[i], 1000000)) do
    redis.call('UNLINK', key)
  end
end
for i = count + 3, #ARGV, 3 do
  redis.call('RESTORE-ASKING', ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
return redis.status_reply('OK')
"""
"""The deadline by the engine's own clock, the number of slots, the slots; then name, time to live, dump of each key."""

DROP = """
local now = redis.call('TIME')
if now[1] + now[2] / 1000000 > tonumber(ARGV[1]) then
  return redis.error_reply('LATE the slots were to be dropped earlier')
end
local function is_as_it_was(i)
  local dump = redis.call('DUMP', ARGV[i])
  if not dump or redis.sha1hex(dump) ~= ARGV[i + 1] then return false end
  local left, was = redis.call('PTTL', ARGV[i]), tonumber(ARGV[i + 2])
  if was < 0 then return left < 0 end
  return left >= 0 and left <= was and left >= was - 2000
end
local dropped, i = {}, 3
while i <= #ARGV do
  local slot, count = ARGV[i], tonumber(ARGV[i + 1])
  local first, last = i + 2, i + 2 + (count - 1) * 3
  local is_same = redis.call('CLUSTER', 'COUNTKEYSINSLOT', slot) == count
  for j = first, last, 3 do is_same = is_same and is_as_it_was(j) end
  if is_same then
    for j = first, last, 3 do redis.call('UNLINK', ARGV[j]) end
    redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ARGV[2])
    dropped[#dropped + 1] = tonumber(slot)
  end
  i = last + 3
end
return dropped
"""
"""The deadline, the target's name; then for each slot its number, its keys' number, and of each key name, digest, time
to live. Two seconds less to live than it had is no change: it is what passed."""


class _Copy(msgspec.Struct, frozen=True):
    name: bytes
    dump: bytes
    lives_milliseconds: int
    """Less than nothing for a key that lives for ever."""


async def may_copy(exchange: Exchange, at: NodeAddress) -> bool:
    """Whether a script may give a slot away at this engine.

    Valkey from 8.0 on has every SETSLOT wait for its replicas, and ends itself by an assertion when a script says it.
    """
    (text,) = await ask(exchange, at, ("INFO", "server"))
    version = parse_fields(text if isinstance(text, bytes) else b"").get("valkey_version", "7")
    return int(version.partition(".")[0]) < 8


async def has_replica(exchange: Exchange, at: NodeAddress) -> bool:
    (text,) = await ask(exchange, at, ("INFO", "replication"))
    fields = parse_fields(text if isinstance(text, bytes) else b"")
    return any(name.startswith("slave") and "state=online" in value for name, value in fields.items())


async def tick_quickly(exchange: Exchange, at: NodeAddress) -> None:
    """Returns when it does, which is at its next tick. A pause that began before would last until then."""
    await ask(exchange, at, ("CONFIG", "SET", "hz", TICKS_PER_SECOND))
    for _ in range(_LOOKS_MAX):
        (text,) = await ask(exchange, at, ("INFO", "server"))
        if parse_fields(text if isinstance(text, bytes) else b"").get("hz") == str(TICKS_PER_SECOND):
            return
        await gap(_LOOK_GAP_SECONDS)


async def tick_slowly(exchange: Exchange, at: NodeAddress) -> None:
    """A source that nobody could tell ticks on: some thousandths of a core."""
    with contextlib.suppress(EngineError):
        await exchange(at, ("CONFIG", "SET", "hz", _TICKS_BY_ITSELF))


async def copy_slots(
    exchange: Exchange, route: Route, slots: Sequence[int], *, has_replica: bool, holds_writes: bool
) -> list[int]:
    """Carries each slot that nobody writes to meanwhile, and answers the others.

    With `holds_writes` nobody can, for as long as it takes. Refused by the target, the source keeps all it had.
    `has_replica` is whether the target has one that would take its role.
    """
    source, target = route.source, route.target
    prepare: list[Command] = [("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id) for slot in slots]
    # The new epoch is written to disk: now, rather than while everybody waits for the claim.
    moment, *_ = await ask(exchange, target.at, ("TIME",), ("CLUSTER", "BUMPEPOCH"), *prepare)
    restored_by = _deadline(moment)
    async with _held_writes(exchange, source.at) if holds_writes else contextlib.nullcontext():
        moment, copies = await _read(exchange, source.at, slots)
        try:
            await _restore(exchange, target.at, copies, restored_by)
        except Refused:
            await _clear(exchange, target.at, slots, restored_by)
            raise
        if has_replica:
            await ask(exchange, target.at, ("WAIT", 1, REPLICA_MILLISECONDS))
        dropped = await _drop(exchange, route, copies, _deadline(moment), holds_writes=holds_writes)
    await give(exchange, route, dropped)
    return [slot for slot in slots if slot not in dropped]


def _deadline(moment: Reply) -> str:
    """By the clock of the engine whose TIME it is, in its own words."""
    seconds, microseconds = moment if isinstance(moment, list) else (0, 0)
    assert isinstance(seconds, bytes) and isinstance(microseconds, bytes), "TIME answers two numbers"
    return f"{int(seconds) + int(microseconds) / 1e6 + SCRIPT_SECONDS:.6f}"


@contextlib.asynccontextmanager
async def _held_writes(exchange: Exchange, at: NodeAddress) -> AsyncIterator[None]:
    """Nothing depends on it but that the slots are found unchanged."""
    await ask(exchange, at, ("CLIENT", "PAUSE", HELD_MILLISECONDS, "WRITE"))
    try:
        yield
    except BaseException:
        with contextlib.suppress(EngineError):
            await exchange(at, ("CLIENT", "UNPAUSE"))
        raise


async def _read(exchange: Exchange, at: NodeAddress, slots: Sequence[int]) -> tuple[Reply, dict[int, list[_Copy]]]:
    """A key that has expired is none; whoever counts finds out."""
    found = await ask(exchange, at, *(("CLUSTER", "GETKEYSINSLOT", slot, _ALL) for slot in slots))
    keys = {
        slot: [name for name in names if isinstance(name, bytes)] if isinstance(names, list) else []
        for slot, names in zip(slots, found, strict=True)
    }
    questions: list[Command] = [
        (word, name) for names in keys.values() for name in names for word in ("DUMP", "PTTL")
    ]  # fmt: skip
    moment, *replies = await ask(exchange, at, ("TIME",), *questions)
    answers = iter(replies)
    copies: dict[int, list[_Copy]] = {slot: [] for slot in slots}
    for slot, names in keys.items():
        for name in names:
            dump, lives = next(answers), next(answers)
            if isinstance(dump, bytes) and isinstance(lives, int) and lives != -2:
                copies[slot].append(_Copy(name, dump, lives))
    return moment, copies


async def _restore(exchange: Exchange, at: NodeAddress, copies: Mapping[int, Sequence[_Copy]], by: str) -> None:
    words = [
        word
        for found in copies.values()
        for copy in found
        for word in (copy.name, 0 if copy.lives_milliseconds < 0 else max(1, copy.lives_milliseconds), copy.dump)
    ]
    await ask(exchange, at, ("ASKING",), ("EVAL", RESTORE, 0, by, len(copies), *copies, *words))


async def _drop(
    exchange: Exchange, route: Route, copies: Mapping[int, Sequence[_Copy]], by: str, *, holds_writes: bool
) -> list[int]:
    """Answers which were dropped. Who writes between the end of one pause and the next is seen."""
    words: list[str | int | bytes] = []
    for slot, found in copies.items():
        words += (slot, len(found))
        for copy in found:
            words += (copy.name, hashlib.sha1(copy.dump, usedforsecurity=False).hexdigest(), copy.lives_milliseconds)
    commands: tuple[Command, ...] = (
        *((("CLIENT", "UNPAUSE"),) if holds_writes else ()),
        ("MULTI",),
        ("CLIENT", "PAUSE", STILL_MILLISECONDS, "ALL"),
        ("EVAL", DROP, 0, by, route.target.id, *words),
        ("EXEC",),
    )
    replies = await exchange(route.source.at, *commands)
    raise_refusal(route.source.at, commands, replies)
    done = replies[-1]
    dropped = done[-1] if isinstance(done, list) else []
    return [slot for slot in dropped if isinstance(slot, int)] if isinstance(dropped, list) else []


async def _clear(exchange: Exchange, at: NodeAddress, slots: Sequence[int], by: str) -> None:
    """A target that takes no more keeps nothing of what it did not get whole."""
    stable: list[Command] = [("CLUSTER", "SETSLOT", slot, "STABLE") for slot in slots]
    with contextlib.suppress(EngineError):
        await exchange(at, ("ASKING",), ("EVAL", RESTORE, 0, by, len(slots), *slots), *stable)
