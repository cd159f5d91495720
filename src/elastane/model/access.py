"""Who may talk to a replication group's engines, and how: encryption in transit, AUTH tokens, a user group.

A group has AUTH tokens or a user group or neither, never both, and either only with encryption in transit, as on AWS.
"""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec

from elastane.model.ids import UserGroupId
from elastane.model.secrets import Sealed


class TransitEncryption(StrEnum):
    """The wire's spelling, where there is one: a group without it has no mode."""

    DISABLED = "disabled"
    PREFERRED = "preferred"
    """Plain connections and encrypted ones."""
    REQUIRED = "required"


def encrypted_port(port: int, encryption: TransitEncryption) -> int | None:
    """Where engines take encrypted connections, by the cache's port; None where they take none.

    Both engines listen at one list of addresses for both kinds of connections, so that one port cannot serve both, as
    it does on AWS. While plain ones are taken too, they keep the cache's port, so that nobody who uses it notices
    anything; the encrypted ones come to the port beside it.
    """
    match encryption:
        case TransitEncryption.DISABLED:
            return None
        case TransitEncryption.PREFERRED:
            return port + 1 if port < PORT_MAX else port - 1
        case TransitEncryption.REQUIRED:
            return port
        case _ as never:
            assert_never(never)


PORT_MAX = 65535


class AuthTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the user named `default` signs in with."""

    sealed_digests: tuple[Sealed, ...]
    """Of the token's SHA-256, as engines want it; the newest last, two at most. The token itself is kept nowhere."""
    is_optional: bool = False
    """Who says no token is let in too: after the first ROTATE of a group that had none, until SET."""
    modified_at: datetime


class FormerAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What access was before its last change: engines have it still, for as long as they are seen with its users."""

    has_auth_tokens: bool
    user_group_id: UserGroupId | None
    acl_revision: str
    """What the engines were seen to have when the change was asked for."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    transit_encryption: TransitEncryption = TransitEncryption.DISABLED
    auth_tokens: AuthTokens | None = None
    user_group_id: UserGroupId | None = None
    former: FormerAccess | None = None
    """None when it is as it was made."""
    is_remembered: bool = False
    """As a node knew it when it was started: the store was lost since, and engines were seen to let in others, or none
    was seen. They are left as they are until somebody says anew who may sign in."""

    @property
    def is_encrypted(self) -> bool:
        return self.transit_encryption is not TransitEncryption.DISABLED

    @property
    def is_controlled(self) -> bool:
        """Not everybody who reaches the engines is let in."""
        return self.auth_tokens is not None or self.user_group_id is not None


NO_ACCESS_CONTROL = Access()
