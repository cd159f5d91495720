"""A Memcached cluster that grows and shrinks while clients with auto discovery use it: which keys that costs them.

Nothing is moved between nodes, so what is left is for consistent hashing to say: a key is where it was if the node that
the new list gives it to is the one that the former list gave it to. The client's own arithmetic tells which those are.
"""

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django_elastipymemcache.client import AWSElastiCacheClient
from pymemcache.client.rendezvous import RendezvousHash

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.live.live_memcached import PORT, Cluster, describe, make_cluster, until_settled, with_memcached

KEYS = tuple(f"key-{number}" for number in range(2_000))
SHARE_ERROR_MAX = 0.06
"""Five standard deviations of the share of 2,000 keys, at the most."""
SECONDS_MAX = 20


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    """With memcached, and a data directory of the test's own."""
    with running_elastane(tmp_path / "data", environment=with_memcached()) as running:
        yield running


async def test_clients_lose_the_keys_whose_node_consistent_hashing_changes_and_no_others(
    elastane: RunningElastane,
) -> None:
    two = await make_cluster(elastane, "sessions", 2)
    with discovering_client(two) as client:
        five = await loses_what_hashing_predicts(elastane, client, two, 5, share=2 / 5)
        leaving = list(five.addresses)[-2:]
        await loses_what_hashing_predicts(elastane, client, five, 3, share=3 / 5, CacheNodeIdsToRemove=leaving)


async def loses_what_hashing_predicts(
    elastane: RunningElastane, client: Any, before: Cluster, node_count: int, *, share: float, **parameters: Any
) -> Cluster:
    """Scales a cluster whose nodes hold every key, which a client reads all the while; `share` of them stay."""
    await asyncio.to_thread(client.flush_all, noreply=False)  # what a key's former node still has would be found again
    assert await asyncio.to_thread(client.set_many, {key: key for key in KEYS}, noreply=False) == []
    elastane.client().modify_cache_cluster(
        CacheClusterId=before.id, NumCacheNodes=node_count, ApplyImmediately=True, **parameters
    )
    meanwhile = [await asyncio.to_thread(found_keys, client)]
    while describe(elastane, before.id).status != "available":
        meanwhile.append(await asyncio.to_thread(found_keys, client))
    after = await until_settled(elastane, before.id, node_count)

    kept = kept_keys(before, after)
    present = {f"{address}:{PORT}" for address in after.addresses.values()}
    await eventually(lambda: looks_again(client) == present, message="it has heard of the last change")
    assert await asyncio.to_thread(found_keys, client) == kept
    assert [kept - found for found in meanwhile if not kept <= found] == []
    assert len(kept) / len(KEYS) == pytest.approx(share, abs=SHARE_ERROR_MAX)
    return after


def looks_again(client: Any) -> set[str]:
    """The nodes that it knows: when it is used, and its interval is over, it asks for them."""
    client.get(KEYS[0])
    return set(client.clients)


def found_keys(client: Any) -> set[str]:
    """One by one: amid a call for many keys this client would not bear a change of the nodes."""
    return {key for key in KEYS if client.get(key) is not None}


def kept_keys(before: Cluster, after: Cluster) -> set[str]:
    former, present = ring(before), ring(after)
    return {key for key in KEYS if former.get_node(key) == present.get_node(key)}


def ring(cluster: Cluster) -> RendezvousHash:
    return RendezvousHash([f"{address}:{PORT}" for address in cluster.addresses.values()])


@contextmanager
def discovering_client(cluster: Cluster) -> Iterator[Any]:
    """One that looks for nodes all the time. It leaves the connections of that to the garbage collector.

    What a node that leaves cannot answer any more is a miss to it, as to most applications.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        server = f"{cluster.endpoint}:{PORT}"
        with closing(
            AWSElastiCacheClient(server, timeout=SECONDS_MAX, discovery_interval=0.01, ignore_exc=True)
        ) as client:
            yield client
