"""The actions on user groups. Each writes what is desired, and rings for the caches that the user group is attached to.

CreateUserGroup      attached to nothing yet
DescribeUserGroups   with the caches that have it
ModifyUserGroup      who is in it, and its engine; as every cache allows that has it
DeleteUserGroup      once no cache shall have it; it reads `deleting` until no engine does
"""

from collections.abc import Sequence

from msgspec.structs import replace

from elastane.model import events, faults
from elastane.model.events import SourceType
from elastane.model.ids import UserId
from elastane.model.statuses import UserGroupStatus
from elastane.model.user_groups import UserGroup, UserGroupDeletion
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.replication_group_changes import refuse_empty_change
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.requested_users import checked_user_group_id, requested_user_engine
from elastane.service.elasticache.stored_users import (
    Roster,
    arn_of_user_group,
    attached_to,
    former_user_ids,
    get_lasting_user,
    get_user_group,
    known_to,
    load_roster,
    members_of,
    save_members,
    status_of_user_group,
    sweep,
)
from elastane.service.elasticache.tags import requested_tags
from elastane.service.elasticache.told_events import tell
from elastane.service.elasticache.user_group_members import find_excess, needed_version, refuse_unfit_user_group
from elastane.service.parameters import Parameters
from elastane.store import Transaction, replication_groups, tags, user_groups
from elastane.store.documents import Stored


async def create_user_group(ctx: Context, parameters: Parameters) -> Result:
    user_group_id = checked_user_group_id(parameters.required_text("UserGroupId"))
    engine = requested_user_engine(parameters.required_text("Engine"))
    names = parameters.texts("UserIds") or ()
    new_tags = requested_tags(ctx, parameters)

    def create(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        sweep(tx, ctx, roster)
        if user_group_id in roster.user_groups:
            raise faults.UserGroupAlreadyExists(f"User group {user_group_id} already exists.")
        if len(roster.user_groups) >= ctx.limits.user_groups:
            raise faults.UserGroupQuotaExceeded(
                f"You already have {ctx.limits.user_groups} user groups, which is the limit."
            )
        user_ids = _named_users(roster, names)
        user_group = UserGroup(region=ctx.region, id=user_group_id, engine=engine, user_ids=user_ids)
        excess = find_excess(user_group, ctx.limits)
        if excess is not None:
            raise faults.UserGroupQuotaExceeded(excess)
        refuse_unfit_user_group(roster, user_group)
        user_groups.save_user_group(tx, user_group)
        tags.save_tags(tx, arn_of_user_group(ctx, user_group_id), new_tags)
        tell(tx, ctx, SourceType.USER_GROUP, user_group_id, events.user_group_created(user_group_id))
        return _answer_saved(tx, ctx, user_group)

    return await decide(ctx.store, create)


async def describe_user_groups(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.text("UserGroupId")

    def describe(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        found = roster.user_groups.values() if name is None else (get_user_group(roster, name),)
        page = requested_page(parameters, (each.body for each in found), key=lambda user_group: user_group.id)
        answers = [answer_user_group(ctx, roster, user_group) for user_group in page.items]
        return {"UserGroups": answers, "Marker": page.marker}

    return await ctx.store.read(describe)


async def modify_user_group(ctx: Context, parameters: Parameters) -> Result:
    refuse_empty_change(parameters, frozenset({"UserGroupId"}))
    engine_name = parameters.text("Engine")
    engine = None if engine_name is None else requested_user_engine(engine_name)

    def modify(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        sweep(tx, ctx, roster)
        stored = get_user_group(roster, parameters.required_text("UserGroupId"))
        before = stored.body
        status = status_of_user_group(roster, before)
        if status is not UserGroupStatus.ACTIVE:
            raise faults.InvalidUserGroupState(f"User group {before.id} is not in active state but {status}.")
        user_ids = _changed_user_ids(roster, before, parameters)
        changed = replace(before, engine=engine or before.engine, user_ids=user_ids)
        excess = find_excess(changed, ctx.limits)
        if excess is not None:
            raise faults.InvalidParameterValue(excess)
        refuse_unfit_user_group(roster, changed)
        saved = save_members(tx, roster, Stored(replace(before, engine=changed.engine), stored.revision), user_ids)
        tell(tx, ctx, SourceType.USER_GROUP, before.id, events.user_group_modified(before.id))
        return _answer_saved(tx, ctx, saved)

    return await decide(ctx.store, modify)


async def delete_user_group(ctx: Context, parameters: Parameters) -> Result:
    """Its users stay. Also while it is `modifying`, where AWS refuses: that may last here."""

    def delete(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        sweep(tx, ctx, roster)
        stored = get_user_group(roster, parameters.required_text("UserGroupId"))
        before = stored.body
        if before.deletion is not None:
            raise faults.InvalidUserGroupState(f"User group {before.id} is being deleted.")
        _refuse_attached(tx, before)
        changed = replace(before, deletion=UserGroupDeletion(known_to=known_to(roster, (before.id,))))
        user_groups.save_user_group(tx, changed, revision=stored.revision)
        tell(tx, ctx, SourceType.USER_GROUP, before.id, events.user_group_deleted(before.id))
        return _answer_saved(tx, ctx, changed)

    return await decide(ctx.store, delete)


# --- who is in it --------------------------------------------------------------------------------


def _named_users(roster: Roster, names: Sequence[str]) -> tuple[UserId, ...]:
    """Each once, in the order of the call. Raises UserNotFound."""
    return tuple(dict.fromkeys(get_lasting_user(roster, name).id for name in names))


def _changed_user_ids(roster: Roster, before: UserGroup, parameters: Parameters) -> tuple[UserId, ...]:
    added = _named_users(roster, parameters.texts("UserIdsToAdd") or ())
    removed = _named_users(roster, parameters.texts("UserIdsToRemove") or ())
    present = [user_id for user_id in added if user_id in before.user_ids]
    if present:
        raise faults.InvalidParameterCombination(f"User {present[0]} is already a member of user group {before.id}.")
    missing = [user_id for user_id in removed if user_id not in before.user_ids]
    if missing:
        raise faults.InvalidParameterCombination(f"User {missing[0]} is not a member of user group {before.id}.")
    return (*(user_id for user_id in before.user_ids if user_id not in removed), *added)


def _refuse_attached(tx: Transaction, user_group: UserGroup) -> None:
    """Also by a cache that is being deleted: its engines ask who may sign in until they are gone."""
    for stored in replication_groups.list_replication_groups(tx, user_group.region):
        if stored.body.access.user_group_id == user_group.id:
            raise faults.InvalidUserGroupState(
                f"User group {user_group.id} is associated with replication group {stored.body.id}. "
                "Disassociate it first."
            )


# --- answers -------------------------------------------------------------------------------------


def answer_user_group(ctx: Context, roster: Roster, user_group: UserGroup) -> Result:
    """Shaped as `UserGroup` in the published model. While engines follow a change, its users are still the former."""
    former = former_user_ids(roster, user_group)
    members = members_of(roster, user_group)
    return {
        "UserGroupId": user_group.id,
        "Status": status_of_user_group(roster, user_group),
        "Engine": user_group.engine,
        "UserIds": list(user_group.user_ids if former is None else former),
        "MinimumEngineVersion": needed_version(user_group.engine, members),
        "PendingChanges": None if former is None else _answer_pending(former, user_group.user_ids),
        "ReplicationGroups": [each.group.id for each in attached_to(roster, user_group.id)],
        "ServerlessCaches": [],
        "ARN": arn_of_user_group(ctx, user_group.id),
    }


def _answer_pending(former: tuple[UserId, ...], coming: tuple[UserId, ...]) -> Result:
    return {
        "UserIdsToRemove": [user_id for user_id in former if user_id not in coming],
        "UserIdsToAdd": [user_id for user_id in coming if user_id not in former],
    }


def _answer_saved(tx: Transaction, ctx: Context, user_group: UserGroup) -> Result:
    """As the engines stand to it now. One that no engine had is gone already when its deletion is answered."""
    return answer_user_group(ctx, load_roster(tx, ctx.region), user_group)
