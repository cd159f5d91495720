"""User groups: the users that one or more replication groups let in."""

import msgspec

from elastane.model.engine_names import EngineName
from elastane.model.ids import Region, UserGroupId, UserId
from elastane.model.users import AclRevisions


class MembershipChange(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of who is in it."""

    former_user_ids: tuple[UserId, ...]
    known_to: AclRevisions
    """The engines that may have the former users still, until they are seen with other users than these."""


class UserGroupDeletion(msgspec.Struct, frozen=True, kw_only=True):
    known_to: AclRevisions


class UserGroup(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    id: UserGroupId
    engine: EngineName
    user_ids: tuple[UserId, ...]
    change: MembershipChange | None = None
    deletion: UserGroupDeletion | None = None
