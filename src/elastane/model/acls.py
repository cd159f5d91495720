"""The users that each engine of a replication group shall know, as one value with a name of its own: its revision.

Made from the group's AUTH tokens or its user group; engines get it as rules (`engines.acl`). Our own control user is
not one of them.
"""

import hmac
from typing import TypeAlias

import msgspec

from elastane.model.secrets import Secret

DEFAULT_USER_NAME = "default"
"""Whoever signs in without a name, or not at all."""


class AclUser(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    access_string: str
    """As `access_strings` renders it: ``on`` or ``off`` first, no passwords, nothing that is forbidden to customers."""
    password_digests: tuple[Secret, ...] = ()
    """SHA-256 in hexadecimal digits of each password that is good."""
    accepts_any_password: bool = False
    """Also none at all."""


RESERVED_NAME_PREFIX = "elastane"
"""Of our own users of engines: the control user, and the one whose name is the revision."""

Acl: TypeAlias = tuple[AclUser, ...]

OPEN_ACL: Acl = (AclUser(name=DEFAULT_USER_NAME, access_string="on ~* &* +@all", accepts_any_password=True),)
"""A group without access control: whoever reaches it is let in."""


def revision(acl: Acl, key: Secret) -> str:
    """Names these users with all that they may: equal for equal ones, whatever their order.

    Customers see it as an engine's user. So it is made with `key`, the control user's secret: without that, whoever
    knows all but one password could try out guesses at it.
    """
    lines = sorted(
        "\0".join(
            (
                user.name,
                user.access_string,
                str(user.accepts_any_password),
                *sorted(digest.reveal() for digest in user.password_digests),
            )
        )
        for user in acl
    )
    return hmac.new(key.reveal().encode(), "\n".join(lines).encode(), "sha256").hexdigest()[:16]
