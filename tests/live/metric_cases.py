"""Workloads whose true answer is known: for every metric what is done to an engine, and what is to be told of it.

A case works on a node that was measured a moment ago and answers what the next look is to find. Numbers that are the
engine's own opinion are compared with what it tells a customer at that moment.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import valkey.exceptions

from elastane.engines import CONTROL_USER
from elastane.metrics.command_families import FAMILIES
from elastane.model.statistic_sets import StatisticSet
from tests.kit.asserts import eventually
from tests.live.engines.processes import customer
from tests.live.metrics_bench import Bench
from tests.unit.engines.contract import SECONDS, synced

Expected = float | tuple[float, float] | None
"""Exactly so, between, or absent."""

COUNT = 7


def is_as_expected(told: StatisticSet | None, expected: Expected) -> bool:
    if told is None or expected is None:
        return told is None and expected is None
    low, high = expected if isinstance(expected, tuple) else (expected, expected)
    slack = 1e-6 * max(abs(low), abs(high))  # the store's own, which keeps numbers in fewer bytes
    return low - slack <= told.sum <= high + slack


class Case(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    work: Callable[[Bench], Awaitable[dict[str, Expected]]]
    """Answers what the next look tells, by metric."""
    engines: tuple[str, ...] = ("valkey", "redis")
    """The others do not say it, and it is absent there."""


# --- keys ----------------------------------------------------------------------------------------


async def _lookups(bench: Bench) -> dict[str, Expected]:
    await bench.client.mset({f"key-{number}": "value" for number in range(3)})
    for number in range(4):
        await bench.client.get(f"key-{number}")
    return {"CacheHits": 3, "CacheMisses": 1, "CacheHitRate": 75}


async def _items(bench: Bench) -> dict[str, Expected]:
    await bench.client.mset({f"key-{number}": "value" for number in range(COUNT)})
    await bench.client.expire("key-1", 1000)
    await bench.client.expire("key-2", 1000)
    return {"CurrItems": COUNT, "CurrVolatileItems": 2}


async def _average_ttl(bench: Bench) -> dict[str, Expected]:
    for number in range(COUNT):
        await bench.client.set(f"key-{number}", "value", px=100_000)

    async def is_estimated() -> bool:
        return bool((await bench.client.info("keyspace"))["db0"]["avg_ttl"])

    await eventually(is_estimated)
    return {"DB0AverageTTL": (60_000, 100_000)}


async def _expirations(bench: Bench) -> dict[str, Expected]:
    for number in range(COUNT):
        await bench.client.set(f"key-{number}", "value", px=1)
    await eventually(lambda: _is_empty(bench))
    return {"Reclaimed": COUNT, "CurrItems": 0, "DB0AverageTTL": None}


async def _is_empty(bench: Bench) -> bool:
    return bool(await bench.client.dbsize() == 0)


async def _fields_that_expire(bench: Bench) -> dict[str, Expected]:
    await bench.client.hset("hash", mapping={"a": 1, "b": 2, "c": 3})
    await bench.client.execute_command("HEXPIRE", "hash", 1000, "FIELDS", 1, "a")
    await bench.client.execute_command("HPEXPIRE", "hash", 1, "FIELDS", 2, "b", "c")

    async def are_gone() -> bool:
        return bool((await bench.client.info("stats"))["expired_fields"] == 2)

    await eventually(are_gone)
    return {"CurrItemsWithVolatileFields": 1, "ReclaimedFields": 2}


async def _evictions(bench: Bench) -> dict[str, Expected]:
    used = (await bench.client.info("memory"))["used_memory"]
    async with customer(bench.nodes[0], CONTROL_USER) as control:
        await control.config_set("maxmemory-policy", "allkeys-lru")
        await control.config_set("maxmemory", used + 300_000)
    for number in range(100):
        await bench.client.set(f"key-{number}", "x" * 10_000)
    left = await bench.client.dbsize()
    assert 0 < left < 100
    return {"Evictions": (100 - left, 100 - left + 8)}  # our own look takes memory, too


async def _tracked_keys(bench: Bench) -> dict[str, Expected]:
    await bench.client.mset({"a": 1, "b": 2})
    connection = await bench.connect()
    await connection.say("HELLO 3", "CLIENT TRACKING ON", "GET a", "GET b")

    async def are_tracked() -> bool:
        return bool((await bench.client.info("stats"))["tracking_total_keys"] == 2)

    await eventually(are_tracked)
    return {"KeysTracked": 2}


# --- memory --------------------------------------------------------------------------------------


async def _memory(bench: Bench) -> dict[str, Expected]:
    before = await bench.client.info("memory")
    await bench.client.set("large", "x" * 20_000_000)

    async def is_looked_at() -> bool:
        """Engines ask the kernel what they take now and then, and work ratios out of that and of what is so now."""
        seen = await bench.client.info("memory")
        return bool(seen["used_memory_rss"] - before["used_memory_rss"] > 15_000_000)

    await eventually(is_looked_at)
    seen = await bench.client.info("memory")
    used, limit = seen["used_memory"], seen["maxmemory"]
    counted = used - seen["mem_not_counted_for_evict"]
    assert used - before["used_memory"] > 20_000_000
    return {
        "BytesUsedForCache": about(used, 0.05),
        "UsedMemoryDataset": about(seen["used_memory_dataset"], 0.05),
        "DatabaseMemoryUsagePercentage": about(100 * used / limit, 0.05),
        "DatabaseCapacityUsagePercentage": about(100 * used / limit, 0.05),
        "DatabaseMemoryUsageCountedForEvictPercentage": about(100 * counted / limit, 0.05),
        "DatabaseCapacityUsageCountedForEvictPercentage": about(100 * counted / limit, 0.05),
        "MemoryFragmentationRatio": about(seen["mem_fragmentation_ratio"], 0.3),
        "AllocatorFragmentationRatio": about(seen["allocator_frag_ratio"], 0.3),
        "AllocatorFragmentationBytes": (0, 2 * seen["allocator_frag_bytes"] + 1_000_000),
        "ActiveDefragHits": 0,  # it is off
    }


def about(number: float, share: float) -> tuple[float, float]:
    return number * (1 - share), number * (1 + share)


# --- clients -------------------------------------------------------------------------------------


async def _connections(bench: Bench) -> dict[str, Expected]:
    for _ in range(3):
        await (await bench.connect()).say("PING")
    seen = await bench.client.info("clients")
    return {"NewConnections": 3, "CurrConnections": seen["connected_clients"]}


async def _blocked(bench: Bench) -> dict[str, Expected]:
    for _ in range(2):
        await (await bench.connect()).send("BLPOP nothing 0")

    async def are_blocked() -> bool:
        return bool((await bench.client.info("clients"))["blocked_clients"] == 2)

    await eventually(are_blocked)
    return {"BlockedConnections": 2}


async def _rejected(bench: Bench) -> dict[str, Expected]:
    async with customer(bench.nodes[0], CONTROL_USER) as control:
        await control.config_set("maxclients", (await control.info("clients"))["connected_clients"])
        for _ in range(3):
            reply = await (await bench.connect()).read_line()
            assert "max number of clients" in reply
    return {"RejectedConnections": 3}


async def _signing_in(bench: Bench) -> dict[str, Expected]:
    await (await bench.connect()).say("AUTH nobody wrong", "AUTH nobody wrong", "AUTH somebody wrong")
    return {"AuthenticationFailures": 3}


async def _rights(bench: Bench) -> dict[str, Expected]:
    async with customer(bench.nodes[0], CONTROL_USER) as control:
        rules = ("on", "nopass", "~mine:*", "resetchannels", "&mine", "+@all", "-flushall")
        await control.execute_command("ACL", "SETUSER", "guest", *rules)
    await bench.client.execute_command("AUTH", "guest", "any")
    await _refused(bench.client.flushall())
    await _refused(bench.client.get("theirs"))
    await _refused(bench.client.get("theirs"))
    for _ in range(3):
        await _refused(bench.client.publish("theirs", "hello"))
    return {
        "CommandAuthorizationFailures": 1,
        "KeyAuthorizationFailures": 2,
        "ChannelAuthorizationFailures": 3,
    }


async def _database_rights(bench: Bench) -> dict[str, Expected]:
    async with customer(bench.nodes[0], CONTROL_USER) as control:
        rules = ("on", "nopass", "allkeys", "allchannels", "+@all", "resetdbs", "db=0")
        await control.execute_command("ACL", "SETUSER", "guest", *rules)
    await bench.client.execute_command("AUTH", "guest", "any")
    await _refused(bench.client.execute_command("SELECT", 1))
    return {"DatabaseAuthorizationFailures": 1}


async def _refused(asked: Awaitable[object]) -> None:
    try:
        await asked
    except valkey.exceptions.ResponseError:
        return
    raise AssertionError("the engine refused nothing")


async def _errors(bench: Bench) -> dict[str, Expected]:
    await bench.client.set("text", "value")
    for _ in range(3):
        await _refused(bench.client.lpush("text", "value"))
    await _refused(bench.client.execute_command("NOSUCHCOMMAND"))
    # Of ours comes one INFO, the one of the look before.
    return {"ErrorCount": 4, "ProcessedCommands": 4 + 1}


async def _channels(bench: Bench) -> dict[str, Expected]:
    await (await bench.connect()).say("SUBSCRIBE a", "SUBSCRIBE b")
    await (await bench.connect()).say("SSUBSCRIBE c")
    return {"PubSubChannels": 2, "PubSubShardChannels": 1}


async def _network(bench: Bench) -> dict[str, Expected]:
    await bench.client.set("large", "x" * 1_000_000)
    await bench.client.get("large")
    await bench.client.get("large")
    # Our own look is some kilobytes of it.
    return {"NetworkBytesIn": (1_000_000, 1_010_000), "NetworkBytesOut": (2_000_000, 2_030_000)}


# --- the node ------------------------------------------------------------------------------------

BUSY = """
local function now() local said = redis.call('TIME') return said[1] * 1000000 + said[2] end
local ends_at = now() + ARGV[1]
repeat local present = now() until present >= ends_at
return 1
"""
"""Keeps the engine busy for so many microseconds."""


async def _busy(bench: Bench) -> dict[str, Expected]:
    """A script that works for a while, against what the kernel says of its thread, and of the machine."""
    pid, loop = bench.world.pid(bench.nodes[0]), asyncio.get_running_loop()
    ticks, (busy, total), begun = _thread_ticks(pid), machine_ticks(), loop.time()
    await bench.client.eval(BUSY, 0, 1_500_000)
    share = 100 * (_thread_ticks(pid) - ticks) / os.sysconf("SC_CLK_TCK") / (loop.time() - begun)
    busy_later, total_later = machine_ticks()
    machine_share = 100 * (busy_later - busy) / (total_later - total)
    return {
        "EngineCPUUtilization": (share - 12, share + 5),
        "CPUUtilization": (machine_share - 15, machine_share + 15),
        "MajorPageFaults": 0,
    }


def _thread_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def machine_ticks() -> tuple[int, int]:
    numbers = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(numbers) - numbers[3] - numbers[4], sum(numbers)


async def _machine_memory(bench: Bench) -> dict[str, Expected]:
    memory = machine_bytes()
    swapped = memory["SwapTotal:"] - memory["SwapFree:"]
    return {
        "FreeableMemory": about(memory["MemAvailable:"], 0.1),
        "SwapUsage": (swapped - 100_000_000, swapped + 100_000_000),
    }


def machine_bytes() -> dict[str, int]:
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return {words[0]: int(words[1]) * 1024 for words in lines}


async def _stream(bench: Bench) -> dict[str, Expected]:
    replica = await bench.world.boot()
    await bench.world.engines.follow(replica, bench.nodes[0], SECONDS)
    await synced(bench.world, replica, key_count=0)
    await bench.tick()
    before = (await bench.client.info("replication"))["master_repl_offset"]
    await bench.client.set("large", "x" * 100_000)
    after = (await bench.client.info("replication"))["master_repl_offset"]
    assert after - before > 100_000
    return {"ReplicationBytes": (after - before, after - before + 2000), "IsMaster": 1, "ReplicationLag": None}


async def _saving(bench: Bench) -> dict[str, Expected]:
    await bench.client.mset({f"key-{number}": "value" for number in range(COUNT)})
    async with customer(bench.nodes[0], CONTROL_USER) as control:
        await control.config_set("rdb-key-save-delay", 500_000)
        await control.bgsave()
    return {"SaveInProgress": 1}


# --- requests ------------------------------------------------------------------------------------


async def _requests(bench: Bench) -> dict[str, Expected]:
    """See `test_latencies_are_the_engines_own`; here only that a short stretch tells none."""
    await bench.client.get("nothing")
    return {"SuccessfulReadRequestLatency": None, "SuccessfulWriteRequestLatency": None}


FAMILY_WORK: dict[str, tuple[tuple[object, ...], ...]] = {
    "ClusterBased": (("CLUSTER", "INFO"), ("CLUSTER", "NODES")),
    "EvalBased": (("EVAL", "return 1", 0), ("EVAL", "return 2", 0), ("EVAL_RO", "return 3", 0)),
    "GeoSpatialBased": (("GEOADD", "g", 1, 2, "a"), ("GEOPOS", "g", "a"), ("GEOHASH", "g", "a")),
    "GetType": (("GET", "a"), ("HGET", "b", "c"), ("SCARD", "d"), ("LRANGE", "e", 0, 1)),
    "HashBased": (("HSET", "h", "a", 1), ("HGET", "h", "a"), ("HDEL", "h", "a")),
    "HyperLogLogBased": (("PFADD", "p", "a"), ("PFCOUNT", "p"), ("PFMERGE", "q", "p")),
    "KeyBased": (("DEL", "a"), ("EXPIRE", "b", 10), ("EXISTS", "c"), ("TYPE", "d")),
    "ListBased": (("LPUSH", "l", "a"), ("LRANGE", "l", 0, 1), ("LPOP", "l")),
    "NonKeyType": (("DBSIZE",), ("TIME",), ("ECHO", "a")),
    "PubSubBased": (("PUBLISH", "a", "b"), ("PUBSUB", "CHANNELS"), ("SPUBLISH", "a", "b")),
    "SetBased": (("SADD", "s", "a"), ("SCARD", "s"), ("SDIFF", "s", "t")),
    "SetType": (("SET", "a", 1), ("HSET", "b", "c", 1), ("SADD", "d", 1), ("LPOP", "e")),
    "SortedSetBased": (("ZADD", "z", 1, "a"), ("ZCOUNT", "z", 0, 1), ("ZRANK", "z", "a")),
    "StringBased": (("SET", "a", 1), ("STRLEN", "a"), ("SETRANGE", "a", 0, "b"), ("SETBIT", "c", 1, 1)),
    "StreamBased": (("XADD", "x", "*", "a", 1), ("XLEN", "x"), ("XDEL", "x", "1-1")),
}
"""Commands of each family that the engine has not been told before."""


def _family_work(family: str) -> Callable[[Bench], Awaitable[dict[str, Expected]]]:
    async def work(bench: Bench) -> dict[str, Expected]:
        commands = FAMILY_WORK[family]
        for command in commands:
            with contextlib.suppress(valkey.exceptions.ResponseError):  # cluster mode is off, and that counts too
                await bench.client.execute_command(*command)
        if family == "NonKeyType":
            # Of ours comes one INFO, the one of the look before.
            return {"NonKeyTypeCmds": len(commands) + 1, "NonKeyTypeCmdsLatency": (1, 100_000)}
        said = await bench.client.info("commandstats")
        used = [said[_stat_name(command)] for command in {command[:2]: command for command in commands}.values()]
        distinct = {_stat_name(command): said[_stat_name(command)] for command in commands}
        assert len(used) >= len(distinct)
        calls = sum(each["calls"] for each in distinct.values())
        mean = sum(each["usec"] for each in distinct.values()) / calls
        assert calls == len(commands)
        return {f"{family}Cmds": calls, f"{family}CmdsLatency": (mean, mean) if mean else (0, 0)}

    return work


def _stat_name(command: tuple[object, ...]) -> str:
    words = [str(word).lower() for word in command]
    return f"cmdstat_{words[0]}|{words[1]}" if words[0] in ("cluster", "pubsub") else f"cmdstat_{words[0]}"


async def _no_module(bench: Bench) -> dict[str, Expected]:
    """No engine here has one; see `test_families_of_modules_are_there_when_their_commands_are` for one that has."""
    modules = [family.name for family in FAMILIES if family.name.startswith(("Json", "Search"))]
    return {f"{name}{end}": None for name in modules for end in ("Cmds", "CmdsLatency")}


CASES = (
    Case(("CacheHits", "CacheMisses", "CacheHitRate"), _lookups),
    Case(("CurrItems", "CurrVolatileItems"), _items),
    Case(("DB0AverageTTL",), _average_ttl),
    Case(("Reclaimed",), _expirations),
    Case(("CurrItemsWithVolatileFields", "ReclaimedFields"), _fields_that_expire, ("valkey",)),
    Case(("Evictions",), _evictions),
    Case(("KeysTracked",), _tracked_keys),
    Case(
        (
            "BytesUsedForCache",
            "UsedMemoryDataset",
            "DatabaseMemoryUsagePercentage",
            "DatabaseCapacityUsagePercentage",
            "DatabaseMemoryUsageCountedForEvictPercentage",
            "DatabaseCapacityUsageCountedForEvictPercentage",
            "MemoryFragmentationRatio",
            "AllocatorFragmentationRatio",
            "AllocatorFragmentationBytes",
            "ActiveDefragHits",
        ),
        _memory,
    ),
    Case(("NewConnections", "CurrConnections"), _connections),
    Case(("BlockedConnections",), _blocked),
    Case(("RejectedConnections",), _rejected),
    Case(("AuthenticationFailures",), _signing_in, ("valkey",)),
    Case(
        ("CommandAuthorizationFailures", "KeyAuthorizationFailures", "ChannelAuthorizationFailures"),
        _rights,
        ("valkey",),
    ),
    Case(("DatabaseAuthorizationFailures",), _database_rights, ("valkey",)),
    Case(("ErrorCount", "ProcessedCommands"), _errors),
    Case(("PubSubChannels", "PubSubShardChannels"), _channels),
    Case(("NetworkBytesIn", "NetworkBytesOut"), _network),
    Case(("EngineCPUUtilization", "CPUUtilization", "MajorPageFaults"), _busy),
    Case(("FreeableMemory", "SwapUsage"), _machine_memory),
    Case(("ReplicationBytes", "IsMaster", "ReplicationLag"), _stream),
    Case(("SaveInProgress",), _saving),
    Case(("SuccessfulReadRequestLatency", "SuccessfulWriteRequestLatency"), _requests),
    *(Case((f"{family}Cmds", f"{family}CmdsLatency"), _family_work(family)) for family in FAMILY_WORK),
    Case(
        tuple(
            f"{family.name}{end}"
            for family in FAMILIES
            if family.name.startswith(("Json", "Search"))
            for end in ("Cmds", "CmdsLatency")
        ),
        _no_module,
    ),
)
