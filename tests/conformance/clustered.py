"""Keys in a group with cluster mode, written and read as an application does: through the configuration endpoint."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis.cluster import RedisCluster

KEYS = {f"key-{number}": str(number) for number in range(500)}


@contextmanager
def clustered(group: Mapping[str, Any]) -> Iterator[Any]:
    """redis-py's client for clusters, as an application makes it."""
    endpoint = group["ConfigurationEndpoint"]
    cluster: Any = RedisCluster(host=endpoint["Address"], port=endpoint["Port"], decode_responses=True)
    try:
        yield cluster
    finally:
        cluster.close()


def kept(group: Mapping[str, Any]) -> dict[str, str]:
    with clustered(group) as cluster:
        return {key: cluster.get(key) for key in KEYS}
