"""User groups, by region and id."""

from elastane.model.ids import Region, UserGroupId
from elastane.model.user_groups import UserGroup
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_USER_GROUPS = Kind("user-group", UserGroup)


def find_user_group(tx: Transaction, region: Region, user_group_id: UserGroupId) -> Stored[UserGroup] | None:
    return _USER_GROUPS.find(tx, f"{region}/{user_group_id}")


def list_user_groups(tx: Transaction, region: Region) -> tuple[Stored[UserGroup], ...]:
    """Also those being deleted, until somebody removes them."""
    return tuple(_USER_GROUPS.list_all(tx, key_prefix=f"{region}/"))


def save_user_group(tx: Transaction, user_group: UserGroup, *, revision: int = NEW) -> None:
    """Raises Conflict. Rings nobody's bell: whoever changes it rings for the replication groups it is attached to."""
    _USER_GROUPS.save(tx, f"{user_group.region}/{user_group.id}", user_group, revision=revision)


def remove_user_group(tx: Transaction, region: Region, user_group_id: UserGroupId) -> None:
    """Idempotent."""
    _USER_GROUPS.remove(tx, f"{region}/{user_group_id}")
