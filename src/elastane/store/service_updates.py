"""Service updates that were ever found here. They are of the machine's engines, so every region has the same."""

from elastane.model.service_updates import ServiceUpdate
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind

_SERVICE_UPDATES = Kind("service-update", ServiceUpdate)


def list_service_updates(tx: Transaction) -> tuple[ServiceUpdate, ...]:
    """In the order of their names."""
    return tuple(stored.body for stored in _SERVICE_UPDATES.list_all(tx))


def save_new_service_update(tx: Transaction, update: ServiceUpdate) -> None:
    """Raises Conflict for one that is there already: none ever changes."""
    _SERVICE_UPDATES.save(tx, update.name, update, revision=NEW)
