"""The test failovers of an account that count today: their moments, for a quota over a rolling day.

One small document, and not rows that somebody would have to prune: what is older than the quota's
window is forgotten whenever another one is written.
"""

from datetime import datetime

from elastane.model.ids import AccountId
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind

_TEST_FAILOVERS = Kind("test-failovers", tuple[datetime, ...])


def list_test_failovers(
    tx: Transaction, account_id: AccountId, *, after: datetime, until: datetime
) -> tuple[datetime, ...]:
    """Oldest first, over all regions: the quota is the account's.

    Nothing later than `until`: a clock that was a year ahead for a while must not use up the quotas of that year.
    """
    stored = _TEST_FAILOVERS.find(tx, account_id)
    return () if stored is None else tuple(at for at in stored.body if after < at <= until)


def append_test_failover(tx: Transaction, account_id: AccountId, at: datetime, *, forget_until: datetime) -> None:
    """The caller has counted before, in the same transaction."""
    stored = _TEST_FAILOVERS.find(tx, account_id)
    kept = () if stored is None else tuple(earlier for earlier in stored.body if earlier > forget_until)
    revision = NEW if stored is None else stored.revision
    _TEST_FAILOVERS.save(tx, account_id, tuple(sorted((*kept, at))), revision=revision)
