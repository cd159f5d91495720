"""One worker's way to the shop: a database connection of its own, with the cache in front of it or without.

The only place where the shop and the pattern meet: it knows which question has which key.
"""

from examples.database_caching.cache_aside import CacheAside, Fetched, Source
from examples.database_caching.database import Database
from examples.database_caching.shop import (
    Answer,
    BestSellers,
    OrderHistory,
    ProductPage,
    Purchase,
    Question,
    answer,
    buy,
)


class Session:
    """Belongs to the thread that opened it, as its database connection does; the cache is everyone's."""

    def __init__(self, database: Database, *, cache: CacheAside | None = None, key_prefix: str = "shop") -> None:
        self._database = database
        self._cache = cache
        self._key_prefix = key_prefix

    @property
    def database_query_count(self) -> int:
        return self._database.query_count

    def ask(self, question: Question) -> Fetched[Answer]:
        if self._cache is None:
            return Fetched(answer(self._database, question), Source.DATABASE)
        return self._cache.fetch(self.key(question), lambda: answer(self._database, question))

    def buy(self, purchase: Purchase) -> tuple[Question, ...]:
        """Write to the database, then make the cache forget what that changed; in this order, always."""
        changed = buy(self._database, purchase)
        if self._cache is not None:
            self._cache.invalidate(*(self.key(question) for question in changed))
        return changed

    def key(self, question: Question) -> str:
        match question:
            case ProductPage(product_id):
                return f"{self._key_prefix}:product:{product_id}"
            case BestSellers(category_id):
                return f"{self._key_prefix}:best-sellers:{category_id}"
            case OrderHistory(customer_id):
                return f"{self._key_prefix}:orders:{customer_id}"

    def close(self) -> None:
        self._database.close()
