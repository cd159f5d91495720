"""Documents: JSON bodies by kind and key, each with a revision that grows with every save.

Used by the noun modules beside this one and by nobody else.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from elastane.store.database import Transaction
from elastane.store.errors import Conflict

Body = TypeVar("Body")

NEW = 0
"""The revision of a document that does not exist yet."""


class Stored(msgspec.Struct, Generic[Body], frozen=True):
    """A body as it was read, with the revision a save of it must name."""

    body: Body
    revision: int


class Kind(Generic[Body]):
    """One kind of document: its name in the table and its type."""

    def __init__(self, name: str, body_type: type[Body]) -> None:
        self.name = name
        self._decoder = msgspec.json.Decoder(body_type)
        self._encoder = msgspec.json.Encoder()

    def find(self, tx: Transaction, key: str) -> Stored[Body] | None:
        row = tx.connection.execute(
            """SELECT body, revision FROM documents WHERE kind = ? AND key = ?""", (self.name, key)
        ).fetchone()
        return None if row is None else Stored(self._decoder.decode(row[0]), row[1])

    def list_all(self, tx: Transaction, *, key_prefix: str = "") -> Iterator[Stored[Body]]:
        """In the order of keys. The prefix ends at a separator, so `us-east-1/` never finds `us-east-10/`."""
        return self.list_from(tx, key_prefix=key_prefix, after_key="", limit=-1)

    def list_from(self, tx: Transaction, *, key_prefix: str, after_key: str, limit: int) -> Iterator[Stored[Body]]:
        """The next documents behind a key, in the order of keys; a limit of -1 is none."""
        rows = tx.connection.execute(
            """
            SELECT body, revision FROM documents
            WHERE kind = ? AND key > ? AND key >= ? AND key < ?
            ORDER BY key LIMIT ?
            """,
            (self.name, after_key, key_prefix, key_prefix + "\U0010ffff", limit),
        )
        for body, revision in rows:
            yield Stored(self._decoder.decode(body), revision)

    def count(self, tx: Transaction, *, key_prefix: str) -> int:
        """How many there are, without reading them."""
        found = tx.connection.execute(
            """SELECT count(*) FROM documents WHERE kind = ? AND key >= ? AND key < ?""",
            (self.name, key_prefix, key_prefix + "\U0010ffff"),
        )
        return int(found.fetchone()[0])

    def save(self, tx: Transaction, key: str, body: Body, *, revision: int) -> int:
        """Saves over exactly the revision named and answers the new one; raises Conflict otherwise."""
        encoded = self._encoder.encode(body)
        if revision == NEW:
            cursor = tx.connection.execute(
                """INSERT INTO documents (kind, key, revision, body) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING""",
                (self.name, key, encoded),
            )
        else:
            cursor = tx.connection.execute(
                """
                UPDATE documents SET revision = revision + 1, body = ?
                WHERE kind = ? AND key = ? AND revision = ?
                """,
                (encoded, self.name, key, revision),
            )
        if cursor.rowcount != 1:
            raise Conflict(f"{self.name} {key} was changed by somebody else (revision {revision} is not the newest).")
        return revision + 1

    def remove(self, tx: Transaction, key: str) -> None:
        """Idempotent."""
        tx.connection.execute("""DELETE FROM documents WHERE kind = ? AND key = ?""", (self.name, key))
