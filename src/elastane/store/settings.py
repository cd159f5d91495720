"""Facts about this installation that are decided once: its account id, its block of addresses."""

from elastane.store.database import Transaction

ADDRESS_BLOCK = "address_block"
"""The /16 that nodes and endpoints live in. Saved at the first start: a store without it is new."""
RECOVERY = "recovery"
"""What the store was rebuilt from, when it was lost, and whether an operator has confirmed it."""


def find_setting(tx: Transaction, name: str) -> str | None:
    row = tx.connection.execute("""SELECT value FROM settings WHERE name = ?""", (name,)).fetchone()
    return None if row is None else str(row[0])


def save_setting(tx: Transaction, name: str, value: str) -> None:
    tx.connection.execute(
        """INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
        (name, value),
    )
