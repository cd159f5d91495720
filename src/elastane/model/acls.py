"""The users that each engine of a replication group shall know, as one value with a name of its own: its revision.

Made from the group's AUTH tokens or its user group; engines get it as rules (`engines.acl`). Our own control user is
not one of them.
"""

import hmac
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from elastane.model.secrets import Secret

CONTROL_USER = "elastane"
"""The user that the reconciler and replication sign in as. Customers sign in as `default` or as their own."""

MARK_PREFIX = "elastane:users:"
"""A user that nobody can sign in as, and whose name ends with the revision of all the others, stands for them."""

TOKENS_MARK_PREFIX = "elastane:tokens:"
"""Likewise for the tokens of users of IAM: it ends with a minute and with whose tokens they are (`iam_tokens`)."""

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
    signs_in_with_tokens: bool = False
    """A user of IAM: its passwords are tokens that change by the minute (`iam_tokens`), and none of them is here."""

    @property
    def is_on(self) -> bool:
        return self.access_string.startswith("on")


RESERVED_NAME_PREFIX = "elastane"
"""Of our own users of engines: the control user, and the one whose name is the revision."""

Acl: TypeAlias = tuple[AclUser, ...]

EVERYTHING = "on ~* &* +@all"
"""The access string of who may do all that customers may."""

OPEN_ACL: Acl = (AclUser(name=DEFAULT_USER_NAME, access_string=EVERYTHING, accepts_any_password=True),)
"""A group without access control: whoever reaches it is let in."""


CLOSED_ACL: Acl = (AclUser(name=DEFAULT_USER_NAME, access_string="off -@all"),)
"""Nobody is let in: of a node that starts while it cannot be known who should be."""


class WantedUsers(msgspec.Struct, frozen=True, kw_only=True):
    acl: Acl
    revision: str


def wanted_users(acl: Acl, key: Secret) -> WantedUsers:
    return WantedUsers(acl=acl, revision=revision(acl, key))


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
                *(("iam",) if user.signs_in_with_tokens else ()),
            )
        )
        for user in acl
    )
    return hmac.new(key.reveal().encode(), "\n".join(lines).encode(), "sha256").hexdigest()[:16]


def mark_name(users_revision: str) -> str:
    return f"{MARK_PREFIX}{users_revision}"


def current_revision(names: Iterable[str], acl: Acl) -> str:
    """The revision of the users that an engine has, by their names; empty when it has others than it shall have.

    `acl` is what it shall have. Whoever else is there, and whoever is missing, makes it none. Which tokens users of IAM
    have is another question, which has a mark of its own.
    """
    names = {name for name in names if not name.startswith(TOKENS_MARK_PREFIX)}
    marks = {name for name in names if name.startswith(MARK_PREFIX)}
    expected = {CONTROL_USER, *(user.name for user in acl)}
    is_whole = len(marks) == 1 and names - marks == expected
    return next(iter(marks)).removeprefix(MARK_PREFIX) if is_whole else ""
