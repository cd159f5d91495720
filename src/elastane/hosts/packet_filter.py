"""The kernel's packet filter on this machine, by way of the program `nft`: a table of our own, whole or not at all.

Called by the loop that enforces security groups and by `elastane down`. It touches no table but the one it was made
for, and those that an installation which no longer exists left for our block of addresses. Nothing here decides who is
let in: that is `nft_rules`, as text.
"""

import asyncio
import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from elastane.hosts import HostError, nft_rules
from elastane.hosts.nft_rules import Listed, Rendered

Parsed = TypeVar("Parsed")

NFT_SECONDS_MAX = 10.0
_PLACES = ("/usr/sbin", "/sbin", "/usr/local/sbin")
"""Where distributions put it; a PATH of an unprivileged session often lacks them."""
_STATUS = Path("/proc/self/status")
_CAP_NET_ADMIN = 12
"""capability.h"""


class FilterFailed(HostError):
    """The kernel's packet filter could not be asked or told."""

    def __init__(self, reason: str) -> None:
        super().__init__("packet filter", reason)


class PacketFilter:
    """One table. Every method runs `nft` once or more, and raises FilterFailed in its words."""

    def __init__(self, table: str, program: Path) -> None:
        self.table = table
        self._program = program
        self._running: asyncio.Future[subprocess.CompletedProcess[str]] | None = None

    async def apply(self, rendered: Rendered) -> None:
        """Puts the rules in the place of those that were there, in one transaction."""
        await self._run("-f", "-", given=rendered.text)

    async def observe(self) -> Listed | None:
        """The table as it is; None when there is none."""
        return await self._list(self.table)

    async def remove(self) -> bool:
        """Whether it was there."""
        return await self._remove(self.table)

    async def remove_leftovers(self, block: str) -> tuple[str, ...]:
        """Removes the tables of other data directories for a block that is ours alone now; answers their names."""
        removed = []
        for name in await self._tables():
            listed = None if name == self.table else await self._list(name)
            if listed is not None and nft_rules.guards_block(listed, block) and await self._remove(name):
                removed.append(name)
        return tuple(removed)

    async def _list(self, table: str) -> Listed | None:
        if table not in await self._tables():
            return None
        listing = await self._run("-j", "list", "table", nft_rules.FAMILY, table)
        return _understood(nft_rules.parse_listing, listing)

    async def _tables(self) -> tuple[str, ...]:
        """Of any Elastane."""
        return _understood(nft_rules.parse_tables, await self._run("-j", "list", "tables", nft_rules.FAMILY))

    async def _remove(self, table: str) -> bool:
        if table not in await self._tables():
            return False
        await self._run("-f", "-", given=nft_rules.render_removal(table))
        return True

    async def _run(self, *arguments: str, given: str = "") -> str:
        """In a thread: uvloop's pipes fail when a program ends before it has read what it was given.

        A thread cannot be cancelled. So when the caller is, the program runs to its end all the same, and whoever comes
        next waits for it: a table is never put back by who was told to stop.
        """
        run_program = functools.partial(
            subprocess.run,
            (str(self._program), *arguments),
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=NFT_SECONDS_MAX,
            env={**os.environ, "LC_ALL": "C"},
        )
        while self._running is not None and not self._running.done():
            await asyncio.wait([self._running])
        self._running = running = asyncio.get_running_loop().run_in_executor(None, run_program)
        try:
            run = await asyncio.shield(running)
        except OSError as error:
            raise FilterFailed(f"{self._program} cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired:
            raise FilterFailed(f"nft did not end within {NFT_SECONDS_MAX:g} s") from None
        if run.returncode != 0:
            words = " ".join(run.stderr.split())[:300]
            raise FilterFailed(f"nft {' '.join(arguments[:2])} failed: {words or 'it did not say why'}")
        return run.stdout


class NoFilter:
    """Stands in the place of a filter where there is none; `reason` is a sentence for the operator."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


async def open_filter(data_dir: Path, environment: Mapping[str, str], *, is_wanted: bool) -> PacketFilter | NoFilter:
    """The data directory's filter, where it is wanted, the process may and `nft` is there.

    Where it is not wanted, rules of an earlier start that did want it are removed: they would close every new cache.
    """
    found = find_filter(data_dir, environment)
    if is_wanted:
        return found
    reason = "Not enforced: ELASTANE_ENFORCE_SECURITY_GROUPS says no."
    try:
        if isinstance(found, PacketFilter):
            await found.remove()
    except FilterFailed as error:
        reason = f"{reason} Rules of before may still stand: {error.sentence}."
    return NoFilter(reason)


def find_filter(data_dir: Path, environment: Mapping[str, str]) -> PacketFilter | NoFilter:
    """The one that keeps a data directory's rules, or why there can be none."""
    if not may_filter():
        return NoFilter("Not enforced: the control plane has no right to the packet filter (CAP_NET_ADMIN).")
    program = find_program(environment)
    if program is None:
        return NoFilter("Not enforced: the program nft is not here (Debian's package nftables has it).")
    return PacketFilter(nft_rules.table_name(data_dir.resolve()), program)


def _understood(parse: Callable[[str], Parsed], listing: str) -> Parsed:
    try:
        return parse(listing)
    except (ValueError, KeyError, TypeError) as error:
        raise FilterFailed(f"nft's listing cannot be read: {error}") from error


def find_program(environment: Mapping[str, str]) -> Path | None:
    """`nft`, on PATH or where distributions put it."""
    path = os.pathsep.join((environment.get("PATH", ""), *_PLACES))
    found = shutil.which("nft", path=path)
    return None if found is None else Path(found)


def may_filter(status: Path = _STATUS) -> bool:
    """Whether this process has CAP_NET_ADMIN, which the kernel wants of who changes its packet filter."""
    line = next(line for line in status.read_text().splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> _CAP_NET_ADMIN & 1)
