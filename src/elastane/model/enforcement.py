"""Whether this machine enforces security groups: observed by the loop that does, read by whoever shows it."""

from datetime import datetime

import msgspec


class Enforcement(msgspec.Struct, frozen=True, kw_only=True):
    """What the last look at the kernel's rules found."""

    is_enforced: bool
    sentence: str
    """By what, or why not; for a person."""
    since: datetime | None = None
    unguarded: tuple[str, ...] = ()
    """Caches that are open to all who reach their addresses although the others are guarded: they have a security
    group that nobody here knows. By key."""


UNKNOWN = Enforcement(is_enforced=False, sentence="Nobody has looked yet.")
