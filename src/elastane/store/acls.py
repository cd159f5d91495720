"""The users that a replication group's engines shall know, put together from what is stored.

Called by the reconciler in each pass and by the service for what it tells of a change: a document for the user group
and one for each of its users, no more.
"""

from elastane.model.access import AuthTokens
from elastane.model.acls import CLOSED_ACL, DEFAULT_USER_NAME, EVERYTHING, OPEN_ACL, Acl, AclUser, revision
from elastane.model.ids import Region, UserGroupId, UserId
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.users import DEFAULT_USER_ID, Authentication, User, default_user
from elastane.store import credentials, user_groups, users
from elastane.store.database import Transaction
from elastane.store.errors import StoreUnusable


def find_acl(tx: Transaction, group: ReplicationGroup) -> Acl | None:
    """Without our own users, and without what is forbidden to every customer's.

    None when they cannot be known, which happens only when a store was lost: what a node remembers is not what engines
    have, the user group or one of its users is not in the store, or a digest was sealed with a key that is lost too.
    Whoever removes a user takes it out of its user groups in the same transaction.
    """
    if group.access.is_remembered:
        return None
    try:
        return _find_acl(tx, group)
    except StoreUnusable:
        return None


def _find_acl(tx: Transaction, group: ReplicationGroup) -> Acl | None:
    access = group.access
    if access.user_group_id is not None:
        return _find_of_user_group(tx, group.region, access.user_group_id)
    if access.auth_tokens is not None:
        return (_of_tokens(tx, access.auth_tokens),)
    return OPEN_ACL


def find_acl_revision(tx: Transaction, group: ReplicationGroup) -> str | None:
    """`acls.revision` of them, made with the group's own secret; None when they cannot be known."""
    acl = find_acl(tx, group)
    return None if acl is None else revision(acl, credentials.get_control_secret(tx, group.credential_id))


def _of_tokens(tx: Transaction, tokens: AuthTokens) -> AclUser:
    return AclUser(
        name=DEFAULT_USER_NAME,
        access_string=EVERYTHING,
        password_digests=tuple(tx.sealing.open(sealed) for sealed in tokens.sealed_digests),
        accepts_any_password=tokens.is_optional,
    )


def _find_of_user_group(tx: Transaction, region: Region, user_group_id: UserGroupId) -> Acl | None:
    stored = user_groups.find_user_group(tx, region, user_group_id)
    if stored is None:
        return None
    found = [_find_user(tx, region, user_id) for user_id in stored.body.user_ids]
    acl = tuple(_acl_user(tx, user) for user in found if user is not None)
    if len(acl) < len(found):
        return None  # without the missing one, engines would lock somebody out
    has_default = any(user.name == DEFAULT_USER_NAME for user in acl)
    # Without a user of that name an engine would let in whoever says nothing.
    return acl if has_default else (*CLOSED_ACL, *acl)


def _find_user(tx: Transaction, region: Region, user_id: UserId) -> User | None:
    if user_id == DEFAULT_USER_ID:
        return default_user(region)
    stored = users.find_user(tx, region, user_id)
    return None if stored is None else stored.body


def _acl_user(tx: Transaction, user: User) -> AclUser:
    return AclUser(
        name=user.name,
        access_string=user.access_string,
        password_digests=tuple(tx.sealing.open(sealed) for sealed in user.sealed_digests),
        accepts_any_password=user.authentication is Authentication.NO_PASSWORD,
        signs_in_with_tokens=user.authentication is Authentication.IAM,
    )
