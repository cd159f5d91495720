"""Cache-aside: ask the cache, on a miss ask the database, and leave the answer in the cache for the next one.

Made to be copied into an application: it needs this file and the `valkey` package, and knows nothing of the shop.
Three promises: no answer is older than the time to live; none is older than the last `invalidate` of its key; and
without a cache the application is slow, not down.

The second promise is why a miss first leaves a *lease*. Without one, a reader that asked the database just before
an update could store what it read just after the invalidation, and the old answer would stay for its whole life.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Generic, TypeVar, cast

from valkey import Valkey
from valkey.exceptions import ConnectionError as CacheConnectionError
from valkey.exceptions import TimeoutError as CacheTimeoutError

T = TypeVar("T")

LEASE_SECONDS = 10
"""A query that takes longer is answered and not stored."""

# Stores the answer only where this reader's lease still lies: an invalidation, or the lease's end, removed it.
STORE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""


class Source(StrEnum):
    """Who gave an answer, and why."""

    CACHE = "cache"
    DATABASE = "database"
    DATABASE_WITHOUT_CACHE = "database, as the cache could not be reached"


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """An answer, and who gave it."""

    answer: T
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheAside:
    """One for the whole application: the client underneath may be used by many threads."""

    client: Valkey
    ttl_seconds: int
    random: Random = field(default_factory=Random)

    def fetch(self, key: str, ask_database: Callable[[], T]) -> Fetched[T]:
        """The answer for `key`; it has to be something JSON gives back as it was."""
        lease = f"lease {secrets.token_hex(8)}".encode()
        try:
            cached = cast(bytes | None, self.client.get(key))
            if cached is not None and not cached.startswith(b"lease "):
                return Fetched(json.loads(cached), Source.CACHE)
            self.client.set(key, lease, nx=True, ex=LEASE_SECONDS)
        except (CacheConnectionError, CacheTimeoutError):
            return Fetched(ask_database(), Source.DATABASE_WITHOUT_CACHE)
        answer = ask_database()
        try:
            self.client.eval(STORE, 1, key, lease, json.dumps(answer), self._lifetime_seconds())
        except (CacheConnectionError, CacheTimeoutError):
            pass  # The answer is right all the same; the next reader asks the database again.
        return Fetched(answer, Source.DATABASE)

    def invalidate(self, *keys: str) -> None:
        """Call it after the update is committed, never before. If it raises, old answers live out their time."""
        self.client.delete(*keys)

    def _lifetime_seconds(self) -> int:
        # Answers stored together must not all end together, so each lives a little less than the full time.
        return max(1, round(self.ttl_seconds * self.random.uniform(0.8, 1.0)))
