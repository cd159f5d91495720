"""What the actions on users and user groups may be asked for, as far as it can be told without the store."""

from collections.abc import Callable

from elastane.catalog.commands import vocabulary
from elastane.model import faults, ids
from elastane.model.access_strings import (
    AccessStringError,
    checked_access_string,
    minimum_version,
    render_access_string,
)
from elastane.model.acls import RESERVED_NAME_PREFIX
from elastane.model.engine_names import WITH_ROLES, EngineName
from elastane.model.ids import UserGroupId, UserId
from elastane.model.statuses import UserStatus
from elastane.model.users import User
from elastane.service.elasticache.identifiers import checked_identifier
from elastane.service.parameters import Parameters

USER_NAME_LENGTH_MAX = 120
"""AWS publishes no rule for user names; the console allows so many."""


def checked_user_id(text: str) -> UserId:
    return UserId(checked_identifier(text, "UserId", ids.USER_ID_LENGTH_MAX))


def checked_user_group_id(text: str) -> UserGroupId:
    return UserGroupId(checked_identifier(text, "UserGroupId", ids.USER_ID_LENGTH_MAX))


def requested_user_engine(text: str) -> EngineName:
    """Terraform writes it in capitals. Memcached has no users."""
    name = text.lower()
    if name not in WITH_ROLES:
        raise faults.InvalidParameterValue(f"Invalid value {text} for Engine. Must be one of {', '.join(WITH_ROLES)}.")
    return EngineName(name)


def checked_user_name(text: str) -> str:
    if not text.isprintable() or " " in text or not 1 <= len(text) <= USER_NAME_LENGTH_MAX:
        raise faults.InvalidParameterValue(
            "The parameter UserName must have printable characters without spaces, and at most "
            f"{USER_NAME_LENGTH_MAX} of them."
        )
    if text.lower().startswith(RESERVED_NAME_PREFIX):
        raise faults.InvalidParameterValue(
            f"The user name {text} is reserved: engines have users of Elastane's own that begin with "
            f"{RESERVED_NAME_PREFIX}."
        )
    return text


def checked_access(text: str, engine: EngineName) -> tuple[str, str]:
    """The normal form, and the oldest engine version that understands it."""
    words = vocabulary(engine)
    try:
        access = checked_access_string(text, words)
    except AccessStringError as error:
        raise faults.InvalidParameterValue(f"Invalid AccessString: {error}") from error
    return render_access_string(access), minimum_version(access, words)


_FILTERS: dict[str, tuple[str, Callable[[User, UserStatus], str]]] = {
    "userid": ("UserId", lambda user, _: user.id),
    "username": ("UserName", lambda user, _: user.name),
    "engine": ("Engine", lambda user, _: user.engine),
    "status": ("Status", lambda _, status: status),
}
"""AWS names UserId as an example and lists none."""


def requested_filter(parameters: Parameters) -> Callable[[User, UserStatus], bool]:
    """All filters must hold, of each any value. Raises InvalidParameterCombination for one that is not there."""
    wanted: list[tuple[Callable[[User, UserStatus], str], frozenset[str]]] = []
    for each in parameters.structures("Filters") or ():
        name = each.text("Name") or ""
        known = _FILTERS.get(name.lower().replace("-", ""))
        if known is None:
            names = ", ".join(spelled for spelled, _ in _FILTERS.values())
            raise faults.InvalidParameterCombination(f"Invalid filter {name}. Must be one of {names}.")
        wanted.append((known[1], frozenset(value.lower() for value in each.texts("Values") or ())))
    return lambda user, status: all(read(user, status).lower() in values for read, values in wanted)
