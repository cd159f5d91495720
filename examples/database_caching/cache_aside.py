"""Cache-aside: ask the cache, on a miss ask the database, and leave the answer in the cache for the next one.

Made to be copied into an application: it needs this file and the `valkey` package, and knows nothing of the shop.
Three promises: no answer stays longer than the time to live; none is older than the last `invalidate` of its key
that reached the cache; and without a cache the application is slow, not down. (Replicas follow their primary a
moment later, so a failover can lose an invalidation. That is why the first promise has to be kept as well.)

The second promise is why a miss first leaves a *lease*. Without one, a reader that asked the database just before
an update could store what it read just after the invalidation, and the old answer would stay for its whole life.
"""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Generic, Protocol, TypeVar, cast

from valkey.exceptions import ValkeyError

T = TypeVar("T")

LEASE_SECONDS = 10
"""A query that takes longer is answered and not stored."""

# Stores the answer only where this reader's lease still lies: an invalidation, or the lease's end, removed it.
STORE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""


class Cache(Protocol):
    """The four commands that are needed; `valkey.Valkey` has them."""

    def get(self, name: str, /) -> object: ...
    def set(self, name: str, value: str, /, *, ex: int, nx: bool) -> object: ...
    def eval(self, script: str, key_count: int, /, *keys_and_values: str) -> object: ...
    def delete(self, *names: str) -> object: ...


class Source(StrEnum):
    """Who gave an answer, and why."""

    CACHE = "cache"
    DATABASE = "database"
    DATABASE_ALONE = "database, because the cache failed"


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """An answer, and who gave it."""

    answer: T
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheAside:
    """One for the whole application: a Valkey client may be used by many threads."""

    cache: Cache
    ttl_seconds: int
    random: Random = field(default_factory=Random)

    def fetch(self, key: str, ask_database: Callable[[], T]) -> Fetched[T]:
        """The answer for `key`; it has to be something JSON gives back as it was."""
        lease = f"lease {secrets.token_hex(8)}"
        try:
            cached = cast(bytes | None, self.cache.get(key))
            if cached is not None and not cached.startswith(b"lease "):
                return Fetched(json.loads(cached), Source.CACHE)
            self.cache.set(key, lease, nx=True, ex=LEASE_SECONDS)
        except ValkeyError:
            return Fetched(ask_database(), Source.DATABASE_ALONE)
        answer = ask_database()
        with suppress(ValkeyError):  # The answer is right all the same; the next reader asks the database again.
            self.cache.eval(STORE, 1, key, lease, json.dumps(answer), str(self._lifetime_seconds()))
        return Fetched(answer, Source.DATABASE)

    def invalidate(self, *keys: str) -> None:
        """Call it after the update is committed, never before. If it raises, old answers live out their time."""
        self.cache.delete(*keys)

    def _lifetime_seconds(self) -> int:
        # Answers stored together must not all end together, so each lives a little less than the full time.
        return max(1, round(self.ttl_seconds * self.random.uniform(0.8, 1.0)))
