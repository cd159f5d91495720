"""Who may sign in to a cache's engines, as a call asks for it: whoever has an AUTH token, or the users of a user group.

    now \\ asked     ROTATE token           SET token                    DELETE              user group to add
    ─────────────   ────────────────────   ──────────────────────────   ─────────────────   ────────────────────
    everybody       token, or none at all  token                        refused             its users
    tokens          the two newest         the newest, and only it      with a user group   refused, but with DELETE
    user group      refused                with RemoveUserGroups        with another one    in the place of that one

Either only with encryption in transit. Both are changed at once, whatever ApplyImmediately says: a secret that others
know waits for no window. Sources: user guide, auth and Clusters.RBAC; that a first token may be SET is in Terraform's
documentation of aws_elasticache_replication_group. Tokens leave this module as sealed digests.
"""

from datetime import datetime

from msgspec.structs import replace

from elastane.model import faults
from elastane.model.access import Access, AuthTokens, FormerAccess
from elastane.model.acl_changes import pending_from
from elastane.model.ids import UserGroupId
from elastane.model.replication_groups import Software
from elastane.model.secrets import Sealed, Secret
from elastane.model.software import current_software
from elastane.model.statuses import UserGroupStatus
from elastane.service.context import Context
from elastane.service.elasticache.requested_authentication import digest
from elastane.service.elasticache.requested_tokens import refuse_unfit_new_token, refuse_unfit_token
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.elasticache.stored_users import get_user_group, load_roster, members_of, status_of_user_group
from elastane.service.elasticache.user_group_members import refuse_unfit_cache
from elastane.service.parameters import Parameters
from elastane.store import Transaction

TOKEN_COUNT_MAX = 2


def new_access(tx: Transaction, ctx: Context, parameters: Parameters, base: Access, software: Software) -> Access:
    """Of a cache that is made. `base` says how its connections are encrypted.

    Raises InvalidParameterValue, InvalidParameterCombination, UserGroupNotFound and InvalidUserGroupState.
    """
    token = parameters.text("AuthToken")
    names = parameters.texts("UserGroupIds") or ()
    if token and names:
        raise faults.InvalidParameterCombination("AuthToken and UserGroupIds cannot be combined.")
    asked = base
    if token:
        refuse_unfit_new_token(token, ctx.limits)
        asked = replace(base, auth_tokens=_only_token(tx, token, ctx.now()))
    if names:
        asked = replace(base, user_group_id=_get_fit_user_group(tx, ctx, names, (software,)))
    refuse_unencrypted(asked)
    return asked


def refuse_other_access(parameters: Parameters, *, because: str) -> None:
    """For nodes that join what exists, and have its access; `because` ends the sentence."""
    if parameters.text("AuthToken"):
        raise faults.InvalidParameterCombination(f"AuthToken cannot be given: {because}.")
    if parameters.texts("UserGroupIds"):
        raise faults.InvalidParameterCombination(f"UserGroupIds cannot be given: {because}.")


def changed_access(tx: Transaction, ctx: Context, found: StoredGroup, parameters: Parameters) -> Access:
    """Of a cache after a Modify call. Raises what `new_access` does."""
    current = found.group.access
    if not any(_is_said(parameters, name) for name in _SAYING):
        return current
    if current.is_remembered:
        return _said_anew(tx, ctx, found, parameters)
    user_group_id = _changed_user_group(tx, ctx, found, parameters)
    tokens = _changed_tokens(tx, ctx, current, parameters, coming=user_group_id)
    changed = replace(current, auth_tokens=tokens, user_group_id=user_group_id)
    if changed == current:
        return current
    refuse_unencrypted(changed)
    pending = pending_from(found.group, found.observed, is_changing=found.is_acl_changing)
    former = pending or FormerAccess(
        has_auth_tokens=current.auth_tokens is not None,
        user_group_id=current.user_group_id,
        acl_revision=found.observed.acl_revision,
    )
    return replace(changed, former=former)


_SAYING = ("AuthToken", "AuthTokenUpdateStrategy", "UserGroupIdsToAdd", "UserGroupIdsToRemove", "RemoveUserGroups")


def _is_said(parameters: Parameters, name: str) -> bool:
    match name:
        case "RemoveUserGroups":
            return parameters.flag(name) is True
        case "UserGroupIdsToAdd" | "UserGroupIdsToRemove":
            return bool(parameters.texts(name))
    return bool(parameters.text(name))


def _said_anew(tx: Transaction, ctx: Context, found: StoredGroup, parameters: Parameters) -> Access:
    """After a store was lost: what a call says counts, and nothing that was before, which nobody knows."""
    token, added = parameters.text("AuthToken"), parameters.texts("UserGroupIdsToAdd") or ()
    if token and added:
        raise faults.InvalidParameterCombination("AuthToken and UserGroupIdsToAdd cannot be combined.")
    if token and parameters.text("AuthTokenUpdateStrategy") != "SET":
        raise faults.InvalidParameterCombination(
            "The first AUTH token after the store was lost is given with the AuthTokenUpdateStrategy SET: rotated, it "
            "would let in whoever has none."
        )
    if not token and not added and parameters.flag("RemoveUserGroups") is not True:
        raise faults.InvalidParameterCombination(
            f"Who may sign in to {found.group.id} was lost with the store. Give an AuthToken with the strategy SET, "
            "UserGroupIdsToAdd, or RemoveUserGroups for everybody."
        )
    asked = Access(transit_encryption=found.group.access.transit_encryption)
    if token:
        refuse_unfit_token(token, ctx.limits)
        asked = replace(asked, auth_tokens=_only_token(tx, token, ctx.now()))
    if added:
        software = (current_software(found.group, found.observed), found.group.software)
        asked = replace(asked, user_group_id=_get_fit_user_group(tx, ctx, added, software))
    refuse_unencrypted(asked)
    return asked


def refuse_unencrypted(access: Access) -> None:
    """Raises InvalidParameterCombination: passwords in clear would be no secret."""
    if access.is_encrypted or not access.is_controlled:
        return
    what = "An AUTH token" if access.auth_tokens is not None else "A user group"
    raise faults.InvalidParameterCombination(
        f"{what} can only be used with encryption in transit: TransitEncryptionEnabled must be true."
    )


# --- user groups ---------------------------------------------------------------------------------


def _changed_user_group(
    tx: Transaction, ctx: Context, found: StoredGroup, parameters: Parameters
) -> UserGroupId | None:
    current = found.group.access.user_group_id
    added = parameters.texts("UserGroupIdsToAdd") or ()
    removed = tuple(UserGroupId(name.lower()) for name in parameters.texts("UserGroupIdsToRemove") or ())
    removes_all = parameters.flag("RemoveUserGroups") is True
    if removes_all and added:
        raise faults.InvalidParameterCombination("RemoveUserGroups and UserGroupIdsToAdd cannot be combined.")
    for name in removed:
        if name != current:
            get_user_group(load_roster(tx, ctx.region), name)
            raise faults.InvalidParameterValue(
                f"User group {name} is not associated with replication group {found.group.id}."
            )
    staying = None if removes_all or removed else current
    if not added:
        return staying
    software = (current_software(found.group, found.observed), found.group.software)
    asked = _get_fit_user_group(tx, ctx, added, software)
    if staying not in (None, asked):
        raise faults.InvalidParameterCombination(
            f"A replication group has one user group at most, and {found.group.id} has {staying}: name it in "
            "UserGroupIdsToRemove."
        )
    return asked


def _get_fit_user_group(
    tx: Transaction, ctx: Context, names: tuple[str, ...], software: tuple[Software, ...]
) -> UserGroupId:
    """The only one that is named, if a cache that runs this may have it."""
    if len(names) > ctx.limits.user_groups_per_replication_group:
        raise faults.InvalidParameterValue(
            f"A replication group has {ctx.limits.user_groups_per_replication_group} user group at most, and "
            f"{len(names)} are named."
        )
    roster = load_roster(tx, ctx.region)
    user_group = get_user_group(roster, names[0]).body
    status = status_of_user_group(roster, user_group)
    if status is not UserGroupStatus.ACTIVE:
        raise faults.InvalidUserGroupState(f"User group {user_group.id} is not in active state but {status}.")
    refuse_unfit_cache(user_group.engine, members_of(roster, user_group), software)
    return user_group.id


# --- tokens --------------------------------------------------------------------------------------


def _changed_tokens(
    tx: Transaction, ctx: Context, current: Access, parameters: Parameters, *, coming: UserGroupId | None
) -> AuthTokens | None:
    """`coming` is the user group after the call."""
    token = parameters.text("AuthToken")
    strategy = parameters.text("AuthTokenUpdateStrategy") or ("ROTATE" if token else "")
    present = current.auth_tokens
    if strategy == "DELETE":
        _refuse_deletion(tx, present, token, has_user_group=bool(parameters.texts("UserGroupIdsToAdd")))
        return None
    if not strategy:
        if coming is not None and present is not None:
            # AWS's sentence, quoted in hashicorp/terraform-provider-aws#31710.
            raise faults.InvalidParameterCombination(
                "User group can't be associated with auth token enabled. Pass AuthStrategy delete to proceed."
            )
        return present
    if not token:
        raise faults.InvalidParameterCombination(
            f"AuthTokenUpdateStrategy {strategy} can only be given together with AuthToken."
        )
    refuse_unfit_token(token, ctx.limits)
    if coming is not None:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#42372.
        raise faults.InvalidParameterCombination(
            "Auth tokens can't be enabled with a user group already associated. Pass RemoveUserGroups to proceed."
        )
    if strategy == "SET":
        return _set(tx, present, token, ctx.now())
    if current.user_group_id is not None:
        raise faults.InvalidParameterCombination(
            "The first AUTH token after a user group is given with the AuthTokenUpdateStrategy SET: rotated, it would "
            "let in whoever has none."
        )
    return _rotated(tx, present, token, ctx.now())


def _refuse_deletion(tx: Transaction, present: AuthTokens | None, token: str | None, *, has_user_group: bool) -> None:
    if not has_user_group:
        # AWS's sentence, quoted in crossplane-contrib/provider-upjet-aws#1370.
        raise faults.InvalidParameterValue(
            "Auth token update strategy delete is not supported currently: it goes with UserGroupIdsToAdd."
        )
    if token and present is not None and not any(_is_of(tx, sealed, token) for sealed in present.sealed_digests):
        raise faults.InvalidParameterValue("Invalid AuthToken provided. It is not one of the replication group's.")


def _set(tx: Transaction, present: AuthTokens | None, token: str, now: datetime) -> AuthTokens:
    if present is None:
        return _only_token(tx, token, now)
    newest = present.sealed_digests[-1]
    if not _is_of(tx, newest, token):
        raise faults.InvalidParameterValue(
            "Invalid AuthToken provided. With the AuthTokenUpdateStrategy SET it must be the one that was rotated last."
        )
    is_set = present.sealed_digests == (newest,) and not present.is_optional
    return present if is_set else AuthTokens(sealed_digests=(newest,), modified_at=now)


def _rotated(tx: Transaction, present: AuthTokens | None, token: str, now: datetime) -> AuthTokens:
    """The one before stays good; where there was none, having none does, until a token is SET."""
    if present is None:
        return replace(_only_token(tx, token, now), is_optional=True)
    others = tuple(sealed for sealed in present.sealed_digests if not _is_of(tx, sealed, token))
    newest_two = (*others, _sealed_digest(tx, token))[-TOKEN_COUNT_MAX:]
    return AuthTokens(sealed_digests=newest_two, modified_at=now, is_optional=present.is_optional)


def _only_token(tx: Transaction, token: str, now: datetime) -> AuthTokens:
    return AuthTokens(sealed_digests=(_sealed_digest(tx, token),), modified_at=now)


def _sealed_digest(tx: Transaction, token: str) -> Sealed:
    return tx.sealing.seal(digest(token))


def _is_of(tx: Transaction, sealed: Sealed, token: str) -> bool:
    known: Secret = tx.sealing.open(sealed)
    return known == digest(token)
