"""Users that customers made. The one named `default` that every region has is in the model, not here."""

from elastane.model.ids import Region, UserId
from elastane.model.users import User
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_USERS = Kind("user", User)


def find_user(tx: Transaction, region: Region, user_id: UserId) -> Stored[User] | None:
    return _USERS.find(tx, f"{region}/{user_id}")


def list_users(tx: Transaction, region: Region) -> tuple[Stored[User], ...]:
    """Also those being deleted, until somebody removes them."""
    return tuple(_USERS.list_all(tx, key_prefix=f"{region}/"))


def save_user(tx: Transaction, user: User, *, revision: int = NEW) -> None:
    """Raises Conflict. Rings nobody's bell: whoever changes a user rings for the groups that let it in."""
    _USERS.save(tx, f"{user.region}/{user.id}", user, revision=revision)


def remove_user(tx: Transaction, region: Region, user_id: UserId) -> None:
    """Idempotent."""
    _USERS.remove(tx, f"{region}/{user_id}")
