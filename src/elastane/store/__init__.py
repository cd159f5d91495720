"""What is remembered: documents with revisions, compare-and-set, and a bell.

Both stairs meet here and only here. One module a noun, each a handful of functions that take a
`Transaction`; every function is called inside `Store.read` or `Store.write`:

    group = await store.read(lambda tx: replication_groups.get_replication_group(tx, key))

- A document is saved with the revision it was read with; another writer in between is a `Conflict`.
- When `write` returns, the data is on the disk (WAL, synchronous=FULL).
- Who asked for what is in a file of its own, the audit trail; what was measured in another, the metrics.
- A committed write rings the bell for what it changed. A bell carries no data: who hears it looks.

Nothing here decides anything, and nothing outside knows that it is SQLite.
"""

from elastane.store.audit_trail import AuditTrail
from elastane.store.bell import Bell
from elastane.store.database import Store, Transaction
from elastane.store.errors import Conflict, StoreError, StoreUnusable, TooManyMetrics
from elastane.store.log_events import LogEvents
from elastane.store.metric_series import MetricSeries

__all__ = [
    "AuditTrail",
    "Bell",
    "Conflict",
    "LogEvents",
    "MetricSeries",
    "Store",
    "StoreError",
    "StoreUnusable",
    "TooManyMetrics",
    "Transaction",
]
