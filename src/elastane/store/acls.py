"""The users that a replication group's engines shall know, put together from what is stored.

Called by the reconciler in each pass and by the service for what it tells of a change: a document for the user group
and one for each of its users, no more.
"""

from elastane.model.access import AuthTokens
from elastane.model.acls import DEFAULT_USER_NAME, OPEN_ACL, Acl, AclUser, revision
from elastane.model.ids import Region, UserGroupId, UserId
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.users import DEFAULT_USER_ID, Authentication, User, default_user
from elastane.store import credentials, user_groups, users
from elastane.store.database import Transaction

_EVERYTHING = "on ~* &* +@all"

_LOCKED_DEFAULT_USER = AclUser(name=DEFAULT_USER_NAME, access_string="off -@all")
"""Of a user group that has no user of that name: without it an engine would let in whoever says nothing."""


def load_acl(tx: Transaction, group: ReplicationGroup) -> Acl:
    """Without our own users, and without what is forbidden to every customer's.

    Raises StoreUnusable where secrets cannot be opened, and LookupError for a user that is not there: our bug, since
    whoever removes one takes it out of its user groups in the same transaction.
    """
    access = group.access
    if access.user_group_id is not None:
        return _of_user_group(tx, group.region, access.user_group_id)
    if access.auth_tokens is not None:
        return (_of_tokens(tx, access.auth_tokens),)
    return OPEN_ACL


def load_acl_revision(tx: Transaction, group: ReplicationGroup) -> str:
    """`acls.revision` of them, made with the group's own secret."""
    return revision(load_acl(tx, group), credentials.get_control_secret(tx, group.credential_id))


def _of_tokens(tx: Transaction, tokens: AuthTokens) -> AclUser:
    return AclUser(
        name=DEFAULT_USER_NAME,
        access_string=_EVERYTHING,
        password_digests=tuple(tx.sealing.open(sealed) for sealed in tokens.sealed_digests),
        accepts_any_password=tokens.is_optional,
    )


def _of_user_group(tx: Transaction, region: Region, user_group_id: UserGroupId) -> Acl:
    stored = user_groups.find_user_group(tx, region, user_group_id)
    if stored is None:
        raise LookupError(f"The user group {user_group_id} is not in the store.")
    acl = tuple(_acl_user(tx, _get_user(tx, region, user_id)) for user_id in stored.body.user_ids)
    has_default = any(user.name == DEFAULT_USER_NAME for user in acl)
    return acl if has_default else (_LOCKED_DEFAULT_USER, *acl)


def _get_user(tx: Transaction, region: Region, user_id: UserId) -> User:
    if user_id == DEFAULT_USER_ID:
        return default_user(region)
    stored = users.find_user(tx, region, user_id)
    if stored is None:
        raise LookupError(f"The user {user_id} is not in the store.")
    return stored.body


def _acl_user(tx: Transaction, user: User) -> AclUser:
    return AclUser(
        name=user.name,
        access_string=user.access_string,
        password_digests=tuple(tx.sealing.open(sealed) for sealed in user.sealed_digests),
        accepts_any_password=user.authentication is Authentication.NO_PASSWORD,
    )
