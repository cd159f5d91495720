"""What every action has at hand: the caller, the region, the store, and what this installation offers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Protocol, TypeVar

from elastane.catalog.limits import Limits
from elastane.clock import Now
from elastane.model.audit_trail import CallSearch, Numbered
from elastane.model.ids import AccountId, Arn, Region
from elastane.model.loop_reports import NOTHING_RUNS, RunningLoops
from elastane.model.measurements import MeasuredNode
from elastane.service.parameters import Parameters
from elastane.store import LogEvents, MetricSeries, Store


def nothing_runs(region: Region) -> RunningLoops:
    return NOTHING_RUNS


async def _nobody_called(search: CallSearch) -> tuple[Numbered, ...]:
    return ()


Value = TypeVar("Value")


class Aside(Protocol):
    """Does long reckoning where it keeps nobody else waiting: a failover must not wait for a chart."""

    async def __call__(self, work: Callable[[], Value], /) -> Value: ...


async def at_once(work: Callable[[], Value], /) -> Value:
    return work()


Result = Mapping[str, object]
"""An answer, shaped as the action's output in the published model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call's surroundings. `offered_engines` answers (engine, full version) pairs really present."""

    store: Store
    now: Now
    account_id: AccountId
    region: Region
    caller_arn: Arn
    access_key_id: str
    user_id: str
    limits: Limits
    address_block: IPv4Network
    offered_engines: Callable[[], tuple[tuple[str, str], ...]]
    metric_series: MetricSeries
    log_events: LogEvents
    installable_engines: Callable[[], tuple[tuple[str, str], ...]] = tuple
    """Such pairs of what would be installed for a cache that asks for it."""
    encrypting_engines: Callable[[], tuple[tuple[str, str], ...]] = tuple
    """Of the offered ones, those that were built with TLS."""
    accepts_any_subnet_ids: bool = False
    """`serve --lenient-vpc-ids`: subnets and security groups made by another EC2 endpoint are taken as given."""
    defragmenting_engines: Callable[[], tuple[tuple[str, str], ...]] = tuple
    """Of the offered ones, those that were built with active defragmentation."""
    search_calls: Callable[[CallSearch], Awaitable[tuple[Numbered, ...]]] = _nobody_called
    """In the audit trail."""
    aside: Aside = at_once
    measured_nodes: Callable[[], Mapping[str, MeasuredNode]] = dict
    """By node key, as each was last measured; those that did not answer then are not in it."""
    running_loops: Callable[[Region], RunningLoops] = nothing_runs
    """What loops hold that is not in the store; what they count is of that region."""


Action = Callable[[Context, Parameters], Awaitable[Result]]
