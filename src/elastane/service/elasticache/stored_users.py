"""Users and user groups by the names callers use, with what the engines of the region have of them at this moment.

Read as a whole, in the transaction of one action: a few thousand small documents at most. What is deleted is kept
until no engine has it, which is found out here and not written by the pass that brings it about; `sweep` forgets it
then, with the next change that anybody asks for.
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from elastane.model import faults
from elastane.model.acl_changes import EngineAcl, is_acl_changing, is_known_still, pending_from
from elastane.model.ids import Arn, Region, UserGroupId, UserId, arn
from elastane.model.replication_groups import ReplicationGroup, Software
from elastane.model.software import current_software
from elastane.model.statuses import UserGroupStatus, UserStatus, user_group_status, user_status
from elastane.model.user_groups import MembershipChange, UserGroup
from elastane.model.users import AclRevisions, User, default_user
from elastane.service.context import Context
from elastane.store import Transaction, acls, replication_groups, tags, user_groups, users
from elastane.store.documents import NEW, Stored


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A replication group and the user groups that its engines have, or shall have: two while it is changed."""

    group: ReplicationGroup
    user_group_ids: frozenset[UserGroupId]
    engines: EngineAcl
    software: tuple[Software, ...]
    """What its nodes run, and shall run."""


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody in a region."""

    region: Region
    users: dict[UserId, Stored[User]]
    """The built-in one too, with the revision of what is not stored."""
    user_groups: dict[UserGroupId, Stored[UserGroup]]
    memberships: dict[UserId, tuple[UserGroupId, ...]]
    """The user groups that each user is in; nobody who is in none."""
    attachments: tuple[Attachment, ...]

    @property
    def engines(self) -> dict[str, EngineAcl]:
        return {str(each.group.key): each.engines for each in self.attachments}


def load_roster(tx: Transaction, region: Region) -> Roster:
    """Without those whose deletion is through."""
    attachments = tuple(_attachments(tx, region))
    engines = {str(each.group.key): each.engines for each in attachments}
    default = default_user(region)
    everybody = (Stored(default, NEW), *users.list_users(tx, region))
    groups = [each for each in user_groups.list_user_groups(tx, region) if not _is_gone(each.body, engines)]
    return Roster(
        region=region,
        users={each.body.id: each for each in everybody if not _is_gone(each.body, engines)},
        user_groups={each.body.id: each for each in groups},
        memberships=_memberships(each.body for each in groups),
        attachments=attachments,
    )


def sweep(tx: Transaction, ctx: Context, roster: Roster) -> None:
    """Forgets those whose deletion is through. Called before whatever may make one of the same name."""
    for user in users.list_users(tx, roster.region):
        if user.body.id not in roster.users:
            users.remove_user(tx, roster.region, user.body.id)
            tags.remove_tags(tx, arn_of_user(ctx, user.body.id))
    for user_group in user_groups.list_user_groups(tx, roster.region):
        if user_group.body.id not in roster.user_groups:
            user_groups.remove_user_group(tx, roster.region, user_group.body.id)
            tags.remove_tags(tx, arn_of_user_group(ctx, user_group.body.id))


def _attachments(tx: Transaction, region: Region) -> Iterable[Attachment]:
    """Of every replication group that has or had access control."""
    for stored in replication_groups.list_replication_groups(tx, region):
        group = stored.body
        if not (group.access.is_controlled or group.access.former):
            continue
        observed = replication_groups.get_observed(tx, group.key)
        desired = acls.find_acl_revision(tx, group) or observed.acl_revision
        is_changing = is_acl_changing(group, observed, desired)
        former = pending_from(group, observed, is_changing=is_changing)
        names = (group.access.user_group_id, None if former is None else former.user_group_id)
        yield Attachment(
            group=group,
            user_group_ids=frozenset(name for name in names if name is not None),
            engines=EngineAcl(observed=observed.acl_revision if is_changing else desired, desired=desired),
            software=(current_software(group, observed), group.software),
        )


def _memberships(groups: Iterable[UserGroup]) -> dict[UserId, tuple[UserGroupId, ...]]:
    found: dict[UserId, list[UserGroupId]] = {}
    for group in groups:
        for user_id in group.user_ids:
            found.setdefault(user_id, []).append(group.id)
    return {user_id: tuple(names) for user_id, names in found.items()}


def _is_gone(body: User | UserGroup, engines: dict[str, EngineAcl]) -> bool:
    return body.deletion is not None and not is_known_still(body.deletion.known_to, engines)


# --- by name -------------------------------------------------------------------------------------


def get_user(roster: Roster, name: str) -> Stored[User]:
    """Raises UserNotFound."""
    stored = roster.users.get(UserId(name.lower()))
    if stored is None:
        raise faults.UserNotFound(f"User {name.lower()} not found.")
    return stored


def get_lasting_user(roster: Roster, name: str) -> User:
    """One that is not being deleted. Raises UserNotFound."""
    user = get_user(roster, name).body
    if user.deletion is not None:
        raise faults.UserNotFound(f"User {user.id} is being deleted.")
    return user


def get_user_group(roster: Roster, name: str) -> Stored[UserGroup]:
    """Raises UserGroupNotFound."""
    stored = roster.user_groups.get(UserGroupId(name.lower()))
    if stored is None:
        raise faults.UserGroupNotFound(f"User group {name.lower()} not found.")
    return stored


def arn_of_user(ctx: Context, user_id: UserId) -> Arn:
    return arn(ctx.region, ctx.account_id, "user", user_id)


def arn_of_user_group(ctx: Context, user_group_id: UserGroupId) -> Arn:
    return arn(ctx.region, ctx.account_id, "usergroup", user_group_id)


# --- who has whom --------------------------------------------------------------------------------


def user_groups_of(roster: Roster, user_id: UserId) -> tuple[Stored[UserGroup], ...]:
    return tuple(roster.user_groups[name] for name in roster.memberships.get(user_id, ()))


def members_of(roster: Roster, user_group: UserGroup) -> tuple[User, ...]:
    return tuple(roster.users[user_id].body for user_id in user_group.user_ids)


def attached_to(roster: Roster, user_group_id: UserGroupId) -> tuple[Attachment, ...]:
    """Those that shall have it, also while they are being deleted."""
    return tuple(each for each in roster.attachments if each.group.access.user_group_id == user_group_id)


def status_of_user(roster: Roster, user: User) -> UserStatus:
    engines = (engine for each in user_groups_of(roster, user.id) for engine in _engines_of(roster, each.body.id))
    return user_status(user, engines)


def status_of_user_group(roster: Roster, user_group: UserGroup) -> UserGroupStatus:
    return user_group_status(user_group, _engines_of(roster, user_group.id))


def known_to(roster: Roster, user_group_ids: Iterable[UserGroupId]) -> AclRevisions:
    """Which users the engines have now that have one of these user groups, or shall have it."""
    wanted = frozenset(user_group_ids)
    return {str(each.group.key): each.engines.observed for each in roster.attachments if each.user_group_ids & wanted}


def _engines_of(roster: Roster, user_group_id: UserGroupId) -> list[EngineAcl]:
    """Those of a cache that is being deleted will not follow any more, and are nobody's change."""
    return [
        each.engines
        for each in roster.attachments
        if user_group_id in each.user_group_ids and each.group.deletion is None
    ]


# --- changes -------------------------------------------------------------------------------------


def former_user_ids(roster: Roster, user_group: UserGroup) -> tuple[UserId, ...] | None:
    """Who was in it before the change that some engine has not followed yet; None when all have."""
    change = user_group.change
    is_pending = change is not None and is_known_still(change.known_to, roster.engines)
    return change.former_user_ids if change is not None and is_pending else None


def save_members(tx: Transaction, roster: Roster, stored: Stored[UserGroup], user_ids: tuple[UserId, ...]) -> UserGroup:
    """Saves the user group with these users, and rings for every cache that has it."""
    before = stored.body
    former = former_user_ids(roster, before)
    change = MembershipChange(
        former_user_ids=before.user_ids if former is None else former, known_to=known_to(roster, (before.id,))
    )
    changed = replace(before, user_ids=user_ids, change=change)
    user_groups.save_user_group(tx, changed, revision=stored.revision)
    ring_for(tx, roster, before.id)
    return changed


def ring_for(tx: Transaction, roster: Roster, user_group_id: UserGroupId) -> None:
    """Wakes every cache that has this user group. What is desired of the caches themselves has not changed."""
    for attachment in attached_to(roster, user_group_id):
        tx.ring(attachment.group.key)
