"""Tags by resource. They go with the resource: whoever removes one removes its tags in the same transaction."""

from collections.abc import Mapping

from elastane.model.ids import Arn
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind

_TAGS = Kind("tags", dict[str, str])


def get_tags(tx: Transaction, arn: Arn) -> dict[str, str]:
    """Empty for a resource without tags, and for one that does not exist."""
    stored = _TAGS.find(tx, arn)
    return {} if stored is None else stored.body


def save_tags(tx: Transaction, arn: Arn, tags: Mapping[str, str]) -> None:
    stored = _TAGS.find(tx, arn)
    _TAGS.save(tx, arn, dict(sorted(tags.items())), revision=NEW if stored is None else stored.revision)


def remove_tags(tx: Transaction, arn: Arn) -> None:
    _TAGS.remove(tx, arn)
