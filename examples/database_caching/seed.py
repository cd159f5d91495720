"""Makes the shop's tables and fills them: the same rows for the same seed, in a few seconds.

Only tables whose names begin with `elc_` are touched; those are replaced.
"""

from random import Random

from examples.database_caching.database import Database
from examples.database_caching.shop import OPENED_AT, SEEDED_AT, Size, choose_popular

TABLES = ("elc_reviews", "elc_purchases", "elc_customers", "elc_products")
WORDS = ("solid", "light", "quiet", "late", "bright", "small", "sturdy", "soft", "dear", "handy", "warm", "plain")
OPINIONS = tuple(f"{first} but {second}" for first in WORDS for second in WORDS if first != second)


def seed_shop(database: Database, size: Size, *, seed: int) -> None:
    """Replace the shop's tables by new ones full of rows."""
    drop_shop(database)
    _create_tables(database)
    random = Random(seed)
    _fill_products(database, size, random)
    _fill_customers(database, size)
    _fill_purchases(database, size, random)
    _fill_reviews(database, size, random)
    _create_indexes(database)


def drop_shop(database: Database) -> None:
    """Remove the shop's tables, if they are there."""
    for table in TABLES:
        database.write(f"DROP TABLE IF EXISTS {table}")


def _create_tables(database: Database) -> None:
    key = database.counted_key
    database.write(
        f"""
        CREATE TABLE elc_products (
          id {key}, category_id INTEGER NOT NULL, name VARCHAR(60) NOT NULL, price_cents INTEGER NOT NULL)
        """
    )
    database.write(f"CREATE TABLE elc_customers (id {key}, name VARCHAR(60) NOT NULL)")
    database.write(
        f"""
        CREATE TABLE elc_purchases (
          id {key}, product_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, quantity INTEGER NOT NULL,
          price_cents INTEGER NOT NULL, bought_at INTEGER NOT NULL)
        """
    )
    database.write(
        f"""
        CREATE TABLE elc_reviews (
          id {key}, product_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, stars INTEGER NOT NULL,
          words VARCHAR(120) NOT NULL, written_at INTEGER NOT NULL)
        """
    )


def _create_indexes(database: Database) -> None:
    # After the rows, not before: an index built at once costs a fifth of one that grows row by row.
    # They are the indexes a careful shop has: what the cache saves is work, not negligence.
    database.write("CREATE INDEX elc_products_category ON elc_products (category_id)")
    database.write("CREATE INDEX elc_purchases_product ON elc_purchases (product_id, bought_at, quantity)")
    database.write("CREATE INDEX elc_purchases_customer ON elc_purchases (customer_id, bought_at)")
    database.write("CREATE INDEX elc_purchases_bought_at ON elc_purchases (bought_at)")
    database.write("CREATE INDEX elc_reviews_product ON elc_reviews (product_id, written_at, stars)")


def _fill_products(database: Database, size: Size, random: Random) -> None:
    numbers = range(1, size.product_count + 1)
    prices_cents = random.choices(range(199, 19_999, 50), k=size.product_count)
    words = random.choices(WORDS, k=size.product_count)
    database.insert(
        "INSERT INTO elc_products (id, category_id, name, price_cents) VALUES (%s, %s, %s, %s)",
        [
            (number, number % size.category_count, f"{word} thing {number}", price_cents)
            for number, word, price_cents in zip(numbers, words, prices_cents, strict=True)
        ],
    )


def _fill_customers(database: Database, size: Size) -> None:
    database.insert(
        "INSERT INTO elc_customers (id, name) VALUES (%s, %s)",
        [(number, f"customer {number}") for number in range(1, size.customer_count + 1)],
    )


def _fill_purchases(database: Database, size: Size, random: Random) -> None:
    count = size.purchase_count
    database.insert(
        """
        INSERT INTO elc_purchases (product_id, customer_id, quantity, price_cents, bought_at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        list(
            zip(
                choose_popular(random, size.product_count, count),
                random.choices(range(1, size.customer_count + 1), k=count),
                random.choices((1, 1, 1, 2, 3), k=count),
                random.choices(range(199, 19_999, 50), k=count),
                random.choices(range(OPENED_AT, SEEDED_AT), k=count),
                strict=True,
            )
        ),
    )


def _fill_reviews(database: Database, size: Size, random: Random) -> None:
    count = size.review_count
    database.insert(
        """
        INSERT INTO elc_reviews (product_id, customer_id, stars, words, written_at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        list(
            zip(
                choose_popular(random, size.product_count, count),
                random.choices(range(1, size.customer_count + 1), k=count),
                random.choices((1, 2, 3, 4, 4, 5, 5), k=count),
                random.choices(OPINIONS, k=count),
                random.choices(range(OPENED_AT, SEEDED_AT), k=count),
                strict=True,
            )
        ),
    )
