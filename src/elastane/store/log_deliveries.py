"""How the delivery of each group's logs goes: written by whoever delivers them, read by whoever shows a group."""

import msgspec

from elastane.model.logs import NOTHING_DELIVERED, ObservedDeliveries
from elastane.model.replication_groups import GroupKey
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind

_DELIVERIES = Kind("log-deliveries", ObservedDeliveries)
_DECODER = msgspec.json.Decoder(ObservedDeliveries)


def get_deliveries(tx: Transaction, key: GroupKey) -> ObservedDeliveries:
    stored = _DELIVERIES.find(tx, str(key))
    return NOTHING_DELIVERED if stored is None else stored.body


def list_deliveries(tx: Transaction) -> dict[str, ObservedDeliveries]:
    """All there are, by the text of their group's key; also of groups that are gone."""
    rows = tx.connection.execute("""SELECT key, body FROM documents WHERE kind = ?""", (_DELIVERIES.name,))
    return {key: _DECODER.decode(body) for key, body in rows}


def save_deliveries(tx: Transaction, key: str, observed: ObservedDeliveries) -> None:
    """Under the text of the group's key. Written by one alone, so the last one wins. Rings no bell."""
    stored = _DELIVERIES.find(tx, key)
    if not observed.deliveries:
        _DELIVERIES.remove(tx, key)
        return
    _DELIVERIES.save(tx, key, observed, revision=NEW if stored is None else stored.revision)
