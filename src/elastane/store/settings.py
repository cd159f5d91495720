"""Facts about this installation that are decided once: its account id, its block of addresses."""

from elastane.store.database import Transaction


def find_setting(tx: Transaction, name: str) -> str | None:
    row = tx.connection.execute("""SELECT value FROM settings WHERE name = ?""", (name,)).fetchone()
    return None if row is None else str(row[0])


def save_setting(tx: Transaction, name: str, value: str) -> None:
    tx.connection.execute(
        """INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
        (name, value),
    )
