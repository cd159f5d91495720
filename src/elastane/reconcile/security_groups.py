"""Security groups made true: the kernel's packet filter lets in whom they admit, and nobody else.

One loop beside the passes over groups. It works from state like them: what the store says is rendered as rules, and
what the kernel has is compared with that; a bell or the clock wakes it. Success is what the kernel lists next. What it
found is recorded for whoever shows it: `enforced`, or not and why. Where the process may not filter, it says so and
does nothing else.

The rules outlive the control plane, as the engines do: caches stay guarded while it is away.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Protocol

from msgspec.structs import replace

from elastane.catalog import network
from elastane.clock import Now
from elastane.hosts import HostError
from elastane.hosts.nft_rules import Listed, Rendered, is_as_rendered, render
from elastane.hosts.packet_filter import NoFilter
from elastane.model.admissions import Guard, RegionalGroups, guarded_caches
from elastane.model.enforcement import Enforcement
from elastane.model.ids import AccountId, Region
from elastane.store import Store, StoreUnusable, Transaction, caches, security_groups, vpcs

log = logging.getLogger("elastane.security_groups")

LOOK_SECONDS = 10.0
"""How often the kernel is asked, and a failure tried again, when nothing rings."""


class Filter(Protocol):
    """`hosts.packet_filter.PacketFilter`, or a test's. Every method raises HostError."""

    table: str

    async def apply(self, rendered: Rendered) -> None: ...

    async def observe(self) -> Listed | None: ...

    async def remove_leftovers(self, block: str) -> tuple[str, ...]: ...


class SecurityGroupsLoop:
    """`run` until cancelled; `look` is one round, for tests.

    With `opens_unknown` a security group that was made elsewhere lets everybody in, else nobody. While there is a
    reason to wait, the kernel's rules are left alone.
    """

    def __init__(
        self,
        store: Store,
        packet_filter: Filter | NoFilter,
        account_id: AccountId,
        block: IPv4Network,
        now: Now,
        *,
        opens_unknown: bool = False,
        find_reason_to_wait: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._store = store
        self._filter = packet_filter
        self._account_id = account_id
        self._block = block
        self._now = now
        self._opens_unknown = opens_unknown
        self._find_reason_to_wait = find_reason_to_wait
        self._kept: tuple[str, str] | None = None
        """The mark of the rules that the kernel was last seen to have, and the fingerprint of its listing."""
        self._is_tidied = False
        self._is_blind = False

    async def run(self) -> None:
        while True:
            await self.look(is_kernel_asked=True)
            loop = asyncio.get_running_loop()
            ends_at_seconds = loop.time() + LOOK_SECONDS
            try:
                async with asyncio.timeout_at(ends_at_seconds):
                    while True:
                        await self._store.bell.next_network_change()
                        await self.look()
            except TimeoutError:
                pass  # the clock is a wake-up like any other

    async def look(self, *, is_kernel_asked: bool = False) -> None:
        """Makes the rules what they shall be. Without `is_kernel_asked` it believes that nobody else changed them."""
        try:
            await self._record(await self._keep(is_kernel_asked=is_kernel_asked))
            self._is_blind = False
        except StoreUnusable as error:
            # Once when it breaks, not at every look.
            if not self._is_blind:
                log.error("security groups not looked at reason=%s", error)
            self._is_blind = True

    async def _keep(self, *, is_kernel_asked: bool) -> Enforcement:
        """What it came to. Our own bugs end as a sentence, too: caches and their failovers go on without this loop."""
        if isinstance(self._filter, NoFilter):
            return Enforcement(is_enforced=False, sentence=self._filter.reason)
        if (reason := self._find_reason_to_wait()) is not None:
            # A store that was lost knows no rules: those that the kernel has are the best that there are.
            return Enforcement(is_enforced=False, sentence=f"Left as they were: {reason}")
        try:
            desired = await self._store.read(self._desired)
            unknown = tuple(cache.name for cache in desired.caches if cache.has_unknown_groups)
            is_so = await self._apply(self._filter, render(desired, self._filter.table), is_kernel_asked)
        except HostError as error:
            self._kept = None
            return Enforcement(is_enforced=False, sentence=f"Not enforced: {error.sentence}.")
        except StoreUnusable:
            raise
        except Exception:
            self._kept = None
            log.exception("security groups not enforced by a bug of ours")
            return Enforcement(is_enforced=False, sentence="Not enforced: internal failure.")
        if not is_so:
            sentence = f"Not enforced: the table inet {self._filter.table} is not what it was made to be."
            return Enforcement(is_enforced=False, sentence=sentence)
        sentence = f"Enforced by the kernel: table inet {self._filter.table}."
        return Enforcement(
            is_enforced=True, sentence=sentence, with_unknown_groups=unknown, is_unknown_open=self._opens_unknown
        )

    async def _apply(self, packet_filter: Filter, rendered: Rendered, is_kernel_asked: bool) -> bool:
        """Whether the kernel has the rules now."""
        if not self._is_tidied:
            for name in await packet_filter.remove_leftovers(str(self._block)):
                log.info("table removed name=%s block=%s reason=its installation is gone", name, self._block)
            self._is_tidied = True
        is_known = self._kept is not None and self._kept[0] == rendered.mark
        if is_known and not is_kernel_asked:
            return True
        listed = await packet_filter.observe() if is_known else None
        if listed is None or self._kept != (rendered.mark, listed.fingerprint):
            self._kept = None
            await packet_filter.apply(rendered)
            listed = await packet_filter.observe()
        if listed is None or not is_as_rendered(listed, rendered):
            return False
        self._kept = (rendered.mark, listed.fingerprint)
        return True

    def _desired(self, tx: Transaction) -> Guard:
        def of_region(region: Region) -> RegionalGroups:
            default = network.default_security_group(self._account_id, region)
            known = security_groups.list_security_groups(tx, default)
            return RegionalGroups(default_id=default.id, groups={group.id: group for group in known})

        vpc_ranges = [vpc.cidr for vpc in vpcs.list_vpcs(tx)]
        find_foreign_ranges = functools.partial(network.foreign_ranges, self._block, vpc_ranges)
        every_cache = caches.list_caches(tx)
        return Guard(
            block=str(self._block),
            control_address=network.control_address(self._block),
            open_ranges=network.reserved_ranges(self._block),
            caches=guarded_caches(every_cache, of_region, find_foreign_ranges, opens_unknown=self._opens_unknown),
        )

    async def _record(self, found: Enforcement) -> None:
        """Written and logged when it changes, not at every look; that there can be no filter is for `status` to say."""

        def is_new(tx: Transaction) -> bool:
            return replace(security_groups.get_enforcement(tx), since=None) != found

        if await self._store.read(is_new):
            told = replace(found, since=self._now())
            await self._store.write(lambda tx: security_groups.save_enforcement(tx, told))
            if isinstance(self._filter, NoFilter):
                return
            log.log(logging.INFO if found.is_enforced else logging.WARNING, "security groups state=%s", found.sentence)
