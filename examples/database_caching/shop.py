"""The shop: its tables, their rows, and the questions its pages ask, in SQL that SQLite and MySQL both speak.

Every answer has one order only (ties are broken by id) and holds nothing but numbers and text, so that an answer
through the cache can be compared with the database's own, letter for letter.
"""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from examples.database_caching.database import Database, Row

OPENED_AT = 1_700_000_000
"""When the shop sold its first thing. Fixed, because the same seed has to make the same rows on any day."""

SEEDED_AT = OPENED_AT + 365 * 86_400
"""Seeded rows are older than this, the load's purchases are younger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything the shop holds."""

    category_count: int = 40
    product_count: int = 20_000
    customer_count: int = 4_000
    purchase_count: int = 200_000
    review_count: int = 100_000


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with its average rating, its latest reviews, and how well it sold."""

    product_id: int


@dataclass(frozen=True, slots=True)
class BestSellers:
    """The ten products of a category that sold most, and to how many customers."""

    category_id: int


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """A customer's latest purchases, each with what others thought of the product, and the sum of all."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """The shop's update: a customer buys a product."""

    product_id: int
    customer_id: int
    quantity: int
    bought_at: int


Question = ProductPage | BestSellers | OrderHistory
Answer = dict[str, list[Row]]


def answer(database: Database, question: Question) -> Answer:
    """The database's own answer."""
    match question:
        case ProductPage(product_id):
            return _product_page(database, product_id)
        case BestSellers(category_id):
            return _best_sellers(database, category_id)
        case OrderHistory(customer_id):
            return _order_history(database, customer_id)


def buy(database: Database, purchase: Purchase) -> tuple[Question, ...]:
    """Write a purchase, and name the questions whose answers it changed: the keys to invalidate."""
    rows = database.select("SELECT category_id, price_cents FROM elc_products WHERE id = %s", purchase.product_id)
    category_id = rows[0]["category_id"]
    assert isinstance(category_id, int)
    database.write(
        """
        INSERT INTO elc_purchases (product_id, customer_id, quantity, price_cents, bought_at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        purchase.product_id,
        purchase.customer_id,
        purchase.quantity,
        rows[0]["price_cents"],
        purchase.bought_at,
    )
    return ProductPage(purchase.product_id), BestSellers(category_id), OrderHistory(purchase.customer_id)


def choose_popular(random: Random, count: int, picks: int) -> list[int]:
    """Pick ids from 1 to `count`, the low ones more often, as in Zipf's law: few things are wanted by many.

    Two are added to each rank (Mandelbrot's form), or the first alone would be a seventh of all picks.
    """
    weights = list(accumulate((rank + 2) ** -1.1 for rank in range(1, count + 1)))
    return random.choices(range(1, count + 1), cum_weights=weights, k=picks)


def _product_page(database: Database, product_id: int) -> Answer:
    return {
        "product": database.select(
            """
            SELECT p.id, p.name, p.price_cents, COUNT(r.id) AS review_count, AVG(r.stars) AS stars_average
            FROM elc_products p LEFT JOIN elc_reviews r ON r.product_id = p.id
            WHERE p.id = %s GROUP BY p.id, p.name, p.price_cents
            """,
            product_id,
        ),
        "reviews": database.select(
            """
            SELECT r.id, r.stars, r.words, r.written_at, c.name
            FROM elc_reviews r JOIN elc_customers c ON c.id = r.customer_id
            WHERE r.product_id = %s ORDER BY r.written_at DESC, r.id DESC LIMIT 10
            """,
            product_id,
        ),
        "sales": database.select(
            """
            SELECT SUM(quantity) AS sold_count, COUNT(DISTINCT customer_id) AS buyer_count,
              MAX(bought_at) AS last_bought_at
            FROM elc_purchases WHERE product_id = %s
            """,
            product_id,
        ),
    }


def _best_sellers(database: Database, category_id: int) -> Answer:
    return {
        "products": database.select(
            """
            SELECT p.id, p.name, p.price_cents, SUM(o.quantity) AS sold_count,
              COUNT(DISTINCT o.customer_id) AS buyer_count
            FROM elc_products p JOIN elc_purchases o ON o.product_id = p.id
            WHERE p.category_id = %s GROUP BY p.id, p.name, p.price_cents
            ORDER BY sold_count DESC, p.id LIMIT 10
            """,
            category_id,
        )
    }


def _order_history(database: Database, customer_id: int) -> Answer:
    return {
        "orders": database.select(
            """
            SELECT o.id, o.bought_at, o.quantity, o.price_cents, p.name,
              (SELECT AVG(r.stars) FROM elc_reviews r WHERE r.product_id = o.product_id) AS stars_average
            FROM elc_purchases o JOIN elc_products p ON p.id = o.product_id
            WHERE o.customer_id = %s ORDER BY o.bought_at DESC, o.id DESC LIMIT 20
            """,
            customer_id,
        ),
        "total": database.select(
            """
            SELECT COUNT(*) AS order_count, SUM(quantity * price_cents) AS spent_cents
            FROM elc_purchases WHERE customer_id = %s
            """,
            customer_id,
        ),
    }
