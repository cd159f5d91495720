"""Users of the data plane: who may sign in to engines, and what they may do there.

A password is kept as a sealed SHA-256 digest, which is all an engine needs; the password itself is kept nowhere. How
far a change has come is seen, and not kept: `statuses` compares what engines have with what they shall have.
"""

from enum import StrEnum

import msgspec

from elastane.model.acls import DEFAULT_USER_NAME
from elastane.model.engine_names import EngineName
from elastane.model.ids import Region, UserId
from elastane.model.secrets import Sealed


class Authentication(StrEnum):
    """The wire's spelling of what is answered; what is asked for is spelled otherwise."""

    PASSWORD = "password"
    NO_PASSWORD = "no-password"
    IAM = "iam"
    """With a token that an access key signs; so whose user id and name are one."""


AclRevisions = dict[str, str]
"""By replication group, as its key is spelled: which users its engines were seen to have at some moment."""


class UserDeletion(msgspec.Struct, frozen=True, kw_only=True):
    known_to: AclRevisions
    """The engines that may have the user still, until they are seen with other users than these."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    id: UserId
    name: str
    """What is sent to engines. Several users may have one name, and one user group only one of them."""
    engine: EngineName
    access_string: str
    """In its normal form."""
    minimum_engine_version: str
    authentication: Authentication
    sealed_digests: tuple[Sealed, ...] = ()
    deletion: UserDeletion | None = None


DEFAULT_USER_ID = UserId(DEFAULT_USER_NAME)


def default_user(region: Region) -> User:
    """The one that every region has from the start, as AWS describes it. Nobody can change it, and it is not stored."""
    return User(
        region=region,
        id=DEFAULT_USER_ID,
        name=DEFAULT_USER_NAME,
        engine=EngineName.REDIS,
        access_string="on ~* +@all",
        minimum_engine_version="6.0",
        authentication=Authentication.NO_PASSWORD,
    )
