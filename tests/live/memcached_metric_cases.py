"""Workloads whose true answer is known, for Memcached: see `metric_cases`."""

from collections.abc import Awaitable, Callable

import msgspec

from tests.kit.asserts import eventually
from tests.live.memcached_metrics_bench import MemcachedBench
from tests.live.metric_cases import COUNT, Expected, about, machine_bytes, machine_ticks


class MemcachedCase(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    work: Callable[[MemcachedBench], Awaitable[dict[str, Expected]]]
    """Answers what the next look tells, by metric."""


# --- commands ------------------------------------------------------------------------------------


async def _lookups(bench: MemcachedBench) -> dict[str, Expected]:
    for number in range(3):
        await bench.client.store(f"key-{number}", "value")
    for number in range(4):
        await bench.client.get(f"key-{number}")
    return {"CmdSet": 3, "CmdGet": 4, "GetHits": 3, "GetMisses": 1, "NewItems": 3, "CurrItems": 3}


async def _arithmetic(bench: MemcachedBench) -> dict[str, Expected]:
    await bench.client.store("number", "10")
    said = await bench.client.say(*["incr number 1"] * 3, "incr none 1", *["decr number 1"] * 2, "decr none 1")
    assert said == ["11", "12", "13", "NOT_FOUND", "12", "11", "NOT_FOUND"]
    return {"IncrHits": 3, "IncrMisses": 1, "DecrHits": 2, "DecrMisses": 1}


async def _deletions(bench: MemcachedBench) -> dict[str, Expected]:
    await bench.client.store("a", "1")
    await bench.client.store("b", "2")
    assert await bench.client.say("delete a", "delete b", "delete c") == ["DELETED", "DELETED", "NOT_FOUND"]
    return {"DeleteHits": 2, "DeleteMisses": 1}


async def _touches(bench: MemcachedBench) -> dict[str, Expected]:
    await bench.client.store("a", "1")
    assert await bench.client.say("touch a 100", "touch b 1", "touch c 1") == ["TOUCHED", "NOT_FOUND", "NOT_FOUND"]
    return {"CmdTouch": 3, "TouchHits": 1, "TouchMisses": 2}


async def _comparisons(bench: MemcachedBench) -> dict[str, Expected]:
    await bench.client.store("a", "1")
    unique = (await bench.client.lines("gets a"))[0].split()[-1]
    swap = [f"cas {key} 0 0 1 {unique}\r\n2" for key in ("a", "a", "none", "none", "none")]
    assert await bench.client.say(*swap) == ["STORED", "EXISTS", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]
    return {"CasHits": 1, "CasBadval": 1, "CasMisses": 3}


async def _flushes(bench: MemcachedBench) -> dict[str, Expected]:
    assert await bench.client.say("flush_all", "flush_all") == ["OK", "OK"]
    return {"CmdFlush": 2}


# --- memory and items ----------------------------------------------------------------------------


async def _memory(bench: MemcachedBench) -> dict[str, Expected]:
    for number in range(COUNT):
        await bench.client.store(f"key-{number}", "x" * 100_000)
    said = await bench.client.statistics()
    used, limit = int(said["bytes"]), int(said["limit_maxbytes"])
    assert COUNT * 100_000 < used < COUNT * 101_000
    return {
        "BytesUsedForCacheItems": used,
        "UnusedMemory": limit - used,
        "BytesUsedForHash": int(said["hash_bytes"]),
    }


async def _evictions(bench: MemcachedBench) -> dict[str, Expected]:
    assert await bench.client.say("cache_memlimit 8") == ["OK"]
    stored = 200
    for number in range(stored):
        await bench.client.store(f"key-{number}", "x" * 100_000)
    left = await bench.client.number("curr_items")
    assert 0 < left < stored
    return {"Evictions": stored - left, "EvictedUnfetched": stored - left, "CurrItems": left}


async def _expirations(bench: MemcachedBench) -> dict[str, Expected]:
    """Who takes an expired item away is memcached's affair: whoever looks for room, or a thread that goes about."""
    for number in range(COUNT):
        await bench.client.store(f"key-{number}", "value", expires_seconds=-1)

    async def are_gone() -> bool:
        return await bench.client.number("curr_items") == 0

    await eventually(are_gone, timeout_seconds=30)
    said = await bench.client.statistics()
    assert int(said["reclaimed"]) + int(said["crawler_reclaimed"]) == COUNT
    return {"Reclaimed": int(said["reclaimed"]), "ExpiredUnfetched": COUNT}


async def _moved_pages(bench: MemcachedBench) -> dict[str, Expected]:
    assert await bench.client.say("slabs automove 0") == ["OK"]
    for number in range(3000):
        await bench.client.store(f"key-{number}", "x" * 1000)
    await bench.client.store("small", "x")
    pages = {
        name.partition(":")[0]: int(number)
        for name, number in (await bench.client.statistics("slabs")).items()
        if name.endswith(":total_pages")
    }
    giver, taker = max(pages, key=lambda name: pages[name]), min(pages, key=lambda name: pages[name])
    assert await bench.client.say(f"slabs reassign {giver} {taker}") == ["OK"]

    async def is_moved() -> bool:
        return await bench.client.number("slabs_moved") == 1

    await eventually(is_moved)
    return {"SlabsMoved": 1}


# --- the network ---------------------------------------------------------------------------------


async def _connections(bench: MemcachedBench) -> dict[str, Expected]:
    for _ in range(3):
        await (await bench.connect()).say("version")
    return {"NewConnections": 3, "CurrConnections": await bench.client.number("curr_connections")}


async def _network(bench: MemcachedBench) -> dict[str, Expected]:
    await bench.client.store("large", "x" * 500_000)
    await bench.client.get("large")
    await bench.client.get("large")
    # Our own look is some kilobytes of it.
    received, sent = (500_000, 505_000), (1_000_000, 1_010_000)
    return {
        "BytesReadIntoMemcached": received,
        "BytesWrittenOutFromMemcached": sent,
        "NetworkBytesIn": received,
        "NetworkBytesOut": sent,
    }


# --- the configuration endpoint ------------------------------------------------------------------


async def _configuration(bench: MemcachedBench) -> dict[str, Expected]:
    client = await bench.connect_endpoint()
    for _ in range(4):
        assert (await client.lines("config get cluster"))[0].startswith("CONFIG cluster 0 ")
    for _ in range(3):
        assert (await client.lines("get AmazonElastiCache:cluster"))[0].startswith("VALUE ")
    await bench.publish(version=2)
    return {"CmdConfigGet": 7, "CmdConfigSet": 1, "CurrConfig": 1}


# --- the machine ---------------------------------------------------------------------------------


async def _machine(bench: MemcachedBench) -> dict[str, Expected]:
    busy, total = machine_ticks()
    for number in range(5000):
        await bench.client.store(f"key-{number % COUNT}", "value")
    busy_later, total_later = machine_ticks()
    share = 100 * (busy_later - busy) / (total_later - total)
    return {"CPUUtilization": (share - 25, share + 25), "MajorPageFaults": 0}


async def _machine_memory(bench: MemcachedBench) -> dict[str, Expected]:
    memory = machine_bytes()
    swapped = memory["SwapTotal:"] - memory["SwapFree:"]
    return {
        "FreeableMemory": about(memory["MemAvailable:"], 0.1),
        "SwapUsage": (swapped - 100_000_000, swapped + 100_000_000),
    }


MEMCACHED_CASES = (
    MemcachedCase(("CmdSet", "CmdGet", "GetHits", "GetMisses", "NewItems", "CurrItems"), _lookups),
    MemcachedCase(("IncrHits", "IncrMisses", "DecrHits", "DecrMisses"), _arithmetic),
    MemcachedCase(("DeleteHits", "DeleteMisses"), _deletions),
    MemcachedCase(("CmdTouch", "TouchHits", "TouchMisses"), _touches),
    MemcachedCase(("CasHits", "CasBadval", "CasMisses"), _comparisons),
    MemcachedCase(("CmdFlush",), _flushes),
    MemcachedCase(("BytesUsedForCacheItems", "UnusedMemory", "BytesUsedForHash"), _memory),
    MemcachedCase(("Evictions", "EvictedUnfetched"), _evictions),
    MemcachedCase(("Reclaimed", "ExpiredUnfetched"), _expirations),
    MemcachedCase(("SlabsMoved",), _moved_pages),
    MemcachedCase(("NewConnections", "CurrConnections"), _connections),
    MemcachedCase(
        ("BytesReadIntoMemcached", "BytesWrittenOutFromMemcached", "NetworkBytesIn", "NetworkBytesOut"), _network
    ),
    MemcachedCase(("CmdConfigGet", "CmdConfigSet", "CurrConfig"), _configuration),
    MemcachedCase(("CPUUtilization", "MajorPageFaults"), _machine),
    MemcachedCase(("FreeableMemory", "SwapUsage"), _machine_memory),
)
