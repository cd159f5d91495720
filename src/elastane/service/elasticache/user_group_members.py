"""Which users a user group may have, and which caches. Pure: the users and the caches are given.

    user group of   its users                                             the caches it may be attached to
    ─────────────   ───────────────────────────────────────────────────   ────────────────────────────────
    redis           of the engine redis; one is named default             Redis OSS, Valkey
    valkey          of either engine, with a password                     Valkey

No two users have one name. Whoever comes without a name is let in as the user named default, so a user group of Valkey
that has none of that name lets in nobody who comes without one. Source: user guide, Clusters.RBAC.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from elastane.catalog.commands import vocabulary
from elastane.catalog.limits import Limits
from elastane.model import faults
from elastane.model.acls import DEFAULT_USER_NAME
from elastane.model.engine_names import EngineName
from elastane.model.iam_tokens import SIGNERS_MAX
from elastane.model.replication_groups import Software
from elastane.model.user_groups import UserGroup
from elastane.model.users import Authentication, User
from elastane.model.versions import version_numbers
from elastane.service.elasticache.stored_users import Roster, attached_to, members_of


def refuse_unfit_members(engine: EngineName, members: Sequence[User]) -> None:
    """Raises DuplicateUserName, DefaultUserRequired and InvalidParameterValue."""
    counts = Counter(user.name for user in members)
    repeated = next((name for name, count in counts.items() if count > 1), None)
    if repeated is not None:
        raise faults.DuplicateUserName(f"A user group cannot have two users with the user name {repeated}.")
    if engine is EngineName.REDIS:
        _refuse_in_redis(members)
    else:
        _refuse_in_valkey(members)
    if sum(user.authentication is Authentication.IAM for user in members) > SIGNERS_MAX:
        raise faults.InvalidParameterValue(
            f"A user group can have at most {SIGNERS_MAX} users with the authentication type iam: engines are given "
            "the tokens of each."
        )


def _refuse_in_redis(members: Sequence[User]) -> None:
    if all(user.name != DEFAULT_USER_NAME for user in members):
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#25593.
        raise faults.DefaultUserRequired("User group needs to contain a user with the user name default.")
    for user in members:
        if user.engine is not EngineName.REDIS:
            raise faults.InvalidParameterValue(
                f"User {user.id} has the engine {user.engine}, and a user group of redis only holds users of redis."
            )


def _refuse_in_valkey(members: Sequence[User]) -> None:
    for user in members:
        if user.authentication is Authentication.NO_PASSWORD:
            raise faults.InvalidParameterValue(
                f"User {user.id} has no password, and a user group of valkey only holds users who authenticate."
            )


def find_excess(user_group: UserGroup, limits: Limits) -> str | None:
    """A sentence for more users than it may have. AWS has another fault for that in each action."""
    if len(user_group.user_ids) <= limits.users_per_group:
        return None
    return f"A user group can have at most {limits.users_per_group} users."


def refuse_unfit_user_group(roster: Roster, user_group: UserGroup) -> None:
    """As the users are in the roster: asked before they, or who is in the user group, are saved as changed."""
    members = members_of(roster, user_group)
    refuse_unfit_members(user_group.engine, members)
    for attachment in attached_to(roster, user_group.id):
        refuse_unfit_cache(user_group.engine, members, attachment.software)


def refuse_unfit_cache(engine: EngineName, members: Sequence[User], software: Iterable[Software]) -> None:
    """Of a cache that shall have a user group: what it runs, and shall run. Raises InvalidParameterCombination."""
    needed = needed_version(engine, members)
    for each in software:
        if engine is EngineName.VALKEY and each.engine is not EngineName.VALKEY:
            raise faults.InvalidParameterCombination(
                f"A user group with the engine {engine} cannot be used by a cache that runs {each.engine}."
            )
        if version_numbers(each.version) < version_numbers(needed):
            raise faults.InvalidParameterCombination(
                f"The user group needs engine version {needed} or later, and the cache runs {each.version}."
            )


def needed_version(engine: EngineName, members: Iterable[User]) -> str:
    """The oldest engine version that understands all of them."""
    versions = [vocabulary(engine).oldest_version, *(user.minimum_engine_version for user in members)]
    return max(versions, key=version_numbers)
