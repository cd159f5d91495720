"""Whether this machine enforces security groups: observed by the loop that does, read by whoever shows it."""

from datetime import datetime

import msgspec


class Enforcement(msgspec.Struct, frozen=True, kw_only=True):
    """What the last look at the kernel's rules found."""

    is_enforced: bool
    sentence: str
    """By what, or why not; for a person."""
    since: datetime | None = None
    with_unknown_groups: tuple[str, ...] = ()
    """Caches with a security group that nobody here knows, by key."""
    is_unknown_open: bool = False
    """Whether those are open to all who reach their addresses; else such a group lets nobody in."""

    @property
    def open_caches(self) -> tuple[str, ...]:
        """Not guarded although the others are."""
        return self.with_unknown_groups if self.is_unknown_open else ()


UNKNOWN = Enforcement(is_enforced=False, sentence="Nobody has looked yet.")
