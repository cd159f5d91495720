"""The actions on users. Each writes what is desired in one transaction, and rings for the caches that let the user in.

CreateUser      known to no engine before it is in a user group that a cache has
DescribeUsers   the built-in user `default` among them
ModifyUser      of whoever is in a user group, as every user group and every cache it is in allows
DeleteUser      also out of its user groups; it reads `deleting` until no engine has it
"""

from msgspec.structs import replace

from elastane.model import events, faults
from elastane.model.acls import DEFAULT_USER_NAME
from elastane.model.engine_names import EngineName
from elastane.model.events import SourceType
from elastane.model.secrets import Sealed, Secret
from elastane.model.statuses import UserStatus
from elastane.model.user_groups import UserGroup
from elastane.model.users import DEFAULT_USER_ID, User, UserDeletion
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.replication_group_changes import refuse_empty_change
from elastane.service.elasticache.requested_authentication import (
    RequestedAuthentication,
    minimum_version_for,
    refuse_unfit_authentication,
    refuse_unfit_iam_user,
    requested_authentication,
)
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.requested_users import (
    checked_access,
    checked_user_id,
    checked_user_name,
    requested_filter,
    requested_user_engine,
)
from elastane.service.elasticache.stored_users import (
    Roster,
    arn_of_user,
    get_user,
    known_to,
    load_roster,
    ring_for,
    save_members,
    status_of_user,
    sweep,
    user_groups_of,
)
from elastane.service.elasticache.tags import requested_tags
from elastane.service.elasticache.told_events import tell
from elastane.service.elasticache.user_group_members import refuse_unfit_user_group
from elastane.service.parameters import Parameters
from elastane.store import Transaction, tags, users
from elastane.store.documents import NEW, Stored


async def create_user(ctx: Context, parameters: Parameters) -> Result:
    user_id = checked_user_id(parameters.required_text("UserId"))
    name = checked_user_name(parameters.required_text("UserName"))
    engine = requested_user_engine(parameters.required_text("Engine"))
    requested = requested_authentication(parameters, ctx.limits)
    if requested is None:
        raise faults.InvalidParameterCombination(
            "How the user signs in must be given: Passwords, NoPasswordRequired or AuthenticationMode."
        )
    refuse_unfit_authentication(engine, requested.authentication)
    refuse_unfit_iam_user(user_id, name, requested.authentication)
    access_string, needed_version = checked_access(parameters.required_text("AccessString"), engine)
    new_tags = requested_tags(ctx, parameters)

    def create(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        sweep(tx, ctx, roster)
        if user_id in roster.users:
            raise faults.UserAlreadyExists(f"User {user_id} already exists.")
        if len(users.list_users(tx, ctx.region)) >= ctx.limits.users:
            raise faults.UserQuotaExceeded(f"You already have {ctx.limits.users} users, which is the limit.")
        user = User(
            region=ctx.region,
            id=user_id,
            name=name,
            engine=engine,
            access_string=access_string,
            minimum_engine_version=minimum_version_for(requested.authentication, engine, needed_version),
            authentication=requested.authentication,
            sealed_digests=_sealed(tx, requested.digests),
        )
        users.save_user(tx, user)
        tags.save_tags(tx, arn_of_user(ctx, user_id), new_tags)
        tell(tx, ctx, SourceType.USER, user_id, events.user_created(user_id))
        return _answer_saved(tx, ctx, user)

    return await decide(ctx.store, create)


async def describe_users(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.text("UserId")
    engine = parameters.text("Engine")
    is_asked_for = requested_filter(parameters)

    def describe(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        found = roster.users.values() if name is None else (get_user(roster, name),)
        page = requested_page(
            parameters,
            (
                each.body
                for each in found
                if (engine is None or each.body.engine == engine.lower())
                and is_asked_for(each.body, status_of_user(roster, each.body))
            ),
            key=lambda user: user.id,
        )
        return {"Users": [answer_user(ctx, roster, user) for user in page.items], "Marker": page.marker}

    return await ctx.store.read(describe)


async def modify_user(ctx: Context, parameters: Parameters) -> Result:
    refuse_empty_change(parameters, frozenset({"UserId"}))
    requested = requested_authentication(parameters, ctx.limits)

    def modify(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        sweep(tx, ctx, roster)
        stored = get_user(roster, parameters.required_text("UserId"))
        _refuse_built_in(stored.body, "modified")
        status = status_of_user(roster, stored.body)
        if status is not UserStatus.ACTIVE:
            raise faults.InvalidUserState(f"User {stored.body.id} is not in active state but {status}.")
        changed = _with_access(_with_authentication(tx, stored.body, requested), parameters)
        refuse_unfit_authentication(changed.engine, changed.authentication)
        refuse_unfit_iam_user(changed.id, changed.name, changed.authentication)
        groups = user_groups_of(roster, changed.id)
        after = replace(roster, users=roster.users | {changed.id: Stored(changed, stored.revision)})
        for user_group in _lasting(groups):
            refuse_unfit_user_group(after, user_group.body)
        users.save_user(tx, changed, revision=stored.revision)
        for user_group in groups:
            ring_for(tx, roster, user_group.body.id)
        tell(tx, ctx, SourceType.USER, changed.id, events.user_modified(changed.id))
        return _answer_saved(tx, ctx, changed)

    return await decide(ctx.store, modify)


async def delete_user(ctx: Context, parameters: Parameters) -> Result:
    """AWS refuses while the user is `modifying`. Here that may last, when an engine cannot be reached, and a user whose
    password others know must go all the same.
    """

    def delete(tx: Transaction) -> Result:
        roster = load_roster(tx, ctx.region)
        sweep(tx, ctx, roster)
        stored = get_user(roster, parameters.required_text("UserId"))
        _refuse_built_in(stored.body, "deleted")
        if stored.body.deletion is not None:
            raise faults.InvalidUserState(f"User {stored.body.id} is being deleted.")
        groups = user_groups_of(roster, stored.body.id)
        _refuse_needed_default(stored.body, [each.body.engine for each in _lasting(groups)])
        engines = known_to(roster, (each.body.id for each in groups))
        changed = replace(stored.body, deletion=UserDeletion(known_to=engines))
        users.save_user(tx, changed, revision=stored.revision)
        for user_group in groups:
            others = tuple(user_id for user_id in user_group.body.user_ids if user_id != changed.id)
            save_members(tx, roster, user_group, others)
        tell(tx, ctx, SourceType.USER, changed.id, events.user_deleted(changed.id))
        return _answer_saved(tx, ctx, changed)

    return await decide(ctx.store, delete)


# --- a changed user ------------------------------------------------------------------------------


def _with_access(user: User, parameters: Parameters) -> User:
    requested, appended = parameters.text("AccessString"), parameters.text("AppendAccessString")
    if requested is not None and appended is not None:
        raise faults.InvalidParameterCombination("AccessString and AppendAccessString cannot be combined.")
    engine_name = parameters.text("Engine")
    engine = user.engine if engine_name is None else requested_user_engine(engine_name)
    text = requested or (user.access_string if appended is None else f"{user.access_string} {appended}")
    access_string, needed_version = checked_access(text, engine)
    needed_version = minimum_version_for(user.authentication, engine, needed_version)
    return replace(user, engine=engine, access_string=access_string, minimum_engine_version=needed_version)


def _with_authentication(tx: Transaction, user: User, requested: RequestedAuthentication | None) -> User:
    """Passwords take the place of those before."""
    if requested is None:
        return user
    return replace(user, authentication=requested.authentication, sealed_digests=_sealed(tx, requested.digests))


def _sealed(tx: Transaction, digests: tuple[Secret, ...]) -> tuple[Sealed, ...]:
    return tuple(tx.sealing.seal(digest) for digest in digests)


def _lasting(groups: tuple[Stored[UserGroup], ...]) -> tuple[Stored[UserGroup], ...]:
    """Those that are not being deleted, and so have a say."""
    return tuple(each for each in groups if each.body.deletion is None)


def _refuse_built_in(user: User, verb: str) -> None:
    if user.id == DEFAULT_USER_ID:
        raise faults.InvalidParameterValue(
            f"The user {DEFAULT_USER_ID} cannot be {verb}. Make one with another id and the user name "
            f"{DEFAULT_USER_NAME}, and put it into the user group in its place."
        )


def _refuse_needed_default(user: User, engines: list[EngineName]) -> None:
    if user.name == DEFAULT_USER_NAME and EngineName.REDIS in engines:
        raise faults.DefaultUserAssociatedToUserGroup(
            f"User {user.id} is the default user of a user group and cannot be deleted."
        )


# --- answers -------------------------------------------------------------------------------------


def answer_user(ctx: Context, roster: Roster, user: User) -> Result:
    """Shaped as `User` in the published model."""
    password_count = len(user.sealed_digests)
    return {
        "UserId": user.id,
        "UserName": user.name,
        "Status": status_of_user(roster, user),
        "Engine": user.engine,
        "MinimumEngineVersion": user.minimum_engine_version,
        "AccessString": user.access_string,
        "UserGroupIds": [each.body.id for each in user_groups_of(roster, user.id)],
        "Authentication": {"Type": user.authentication, "PasswordCount": password_count or None},
        "ARN": arn_of_user(ctx, user.id),
    }


def _answer_saved(tx: Transaction, ctx: Context, user: User) -> Result:
    """As the engines stand to it now. One that no engine had is gone already when its deletion is answered."""
    roster = load_roster(tx, ctx.region)
    if user.id not in roster.users:
        roster = replace(roster, users=roster.users | {user.id: Stored(user, NEW)})
    return answer_user(ctx, roster, user)
