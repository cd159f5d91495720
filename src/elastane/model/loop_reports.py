"""What each loop of the control plane thinks, in a sentence: DescribeLoops' answer. Pure.

`RunningLoops` is what loops hold in memory and the server hands over; all else is read from the store. What is counted
is of one region, and what is of the whole installation says so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from elastane.model.alarms import StateValue
from elastane.model.enforcement import Enforcement
from elastane.model.engine_supply import InstallerState
from elastane.model.ids import Region
from elastane.model.logs import DeliveryStatus, ShownDelivery
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.observed_memcached_clusters import ObservedMemcachedCluster
from elastane.model.observed_replication_groups import VerdictKind
from elastane.model.service_updates import Cache, ServiceUpdate, is_behind

NAMED_COUNT_MAX = 5
"""More caches than that are counted."""
MEASURED_AGO_MAX = timedelta(seconds=15)
"""What was measured before that is not of now: three times nobody measured."""


class LoopReport(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """As the server's table of loops has it."""
    sentence: str
    since: datetime | None = None
    is_troubled: bool = False


class MetricsState(msgspec.Struct, frozen=True, kw_only=True):
    round_seconds: float | None
    """How long the last round took, of all nodes of the installation; None before the first one."""
    measured_at: datetime | None
    """When a node last answered, any of them."""
    node_count: int
    """Nodes of the region that answered in the last round."""


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries of messages that wait."""

    count: int
    tried_count: int
    """Those that were tried in vain, once at least."""
    oldest_at: datetime
    """When the message that waits longest was published."""


class RunningLoops(msgspec.Struct, frozen=True, kw_only=True):
    """At one moment."""

    unsteady: str | None = None
    """Why passes do nothing at this moment."""
    unconfirmed: str | None = None
    """Why nothing may be changed, until somebody confirms it."""
    metrics: MetricsState | None = None
    """None where the operator wants no metrics."""
    engines: tuple[tuple[str, str], ...] = ()
    """Engine and full version of those that are on the machine."""
    installer: InstallerState | None = None
    """None where the operator allows no fetching."""
    audit_failure: str | None = None
    wants_security_groups: bool = True
    """False where the operator wants none enforced."""


NOTHING_RUNS = RunningLoops()


# --- of the region's caches ------------------------------------------------------------------------


def of_passes(
    region: Region, caches: Sequence[Cache], clusters: Sequence[tuple[MemcachedCluster, ObservedMemcachedCluster]] = ()
) -> LoopReport:
    """`clusters`: those of Memcached, which are caches, too."""
    seen = [(str(group.id), observed.verdict, observed.failure) for group, observed in caches]
    seen += [(str(cluster.id), observed.verdict, observed.failure) for cluster, observed in clusters]
    by_kind: dict[VerdictKind | None, list[str]] = {}
    for name, verdict, _ in seen:
        by_kind.setdefault(None if verdict is None else verdict.kind, []).append(name)
    failed = [name for name, _, failure in seen if failure is not None]
    told = [
        f"{len(ids)} {words}" if kind is VerdictKind.SATISFIED else f"{len(ids)} {words} ({_named(ids)})"
        for kind, words in _VERDICT_WORDS.items()
        if (ids := by_kind.get(kind))
    ]
    sentence = f"{_counted(len(seen), 'cache')} in {region}{': ' if told else ''}{', '.join(told)}."
    if failed:
        sentence += f" A step that failed is tried again, or has been given up, for {_named(failed)}."
    is_troubled = bool(failed) or VerdictKind.FAILED in by_kind
    return LoopReport(name="reconcile", sentence=sentence, is_troubled=is_troubled)


_VERDICT_WORDS: Mapping[VerdictKind | None, str] = {
    VerdictKind.FAILED: "given up",
    VerdictKind.ACT: "acted on",
    VerdictKind.WAIT: "waiting for something",
    None: "not looked at yet",
    VerdictKind.SATISFIED: "with nothing to do",
}


def of_steadiness(unsteady: str | None) -> LoopReport:
    sentence = _sentence(unsteady or "time passes here as it does outside")
    return LoopReport(name="steadiness", sentence=sentence, is_troubled=unsteady is not None)


def of_confirmation(unconfirmed: str | None) -> LoopReport:
    sentence = _sentence(unconfirmed or "no rebuilt store waits to be confirmed")
    return LoopReport(name="confirmation", sentence=sentence, is_troubled=unconfirmed is not None)


def of_security_groups(region: Region, found: Enforcement, *, is_wanted: bool) -> LoopReport:
    prefix = f"{region}/"
    unknown = [key.rpartition("/")[2] for key in found.with_unknown_groups if key.startswith(prefix)]
    sentence = found.sentence
    if unknown:
        fate = "leaves open to all" if found.is_unknown_open else "lets nobody in to"
        sentence += f" In {region}, a group that is not known here {fate}: {_named(unknown)}."
    is_troubled = is_wanted and ((found.since is not None and not found.is_enforced) or bool(unknown))
    return LoopReport(name="security-groups", sentence=sentence, since=found.since, is_troubled=is_troubled)


# --- of what is measured and told --------------------------------------------------------------------


def of_metrics(region: Region, state: MetricsState | None, node_count: int, now: datetime) -> LoopReport:
    """`node_count`: how many there are to be measured in the region."""
    if state is None:
        return LoopReport(name="metrics", sentence="Off: the operator wants no metrics.")
    if state.round_seconds is None:
        return LoopReport(name="metrics", sentence="No round has been finished yet.")
    asked = f"{state.node_count} of {_counted(node_count, 'node')} in {region} answered in the last round"
    took = f"which took {state.round_seconds:.2f} s for all regions"
    is_late = state.measured_at is not None and now - state.measured_at > MEASURED_AGO_MAX
    late = " No node has answered for longer than three rounds." if is_late else ""
    return LoopReport(
        name="metrics",
        sentence=f"{asked}, {took}.{late}",
        since=state.measured_at,
        is_troubled=is_late or state.node_count < node_count,
    )


def of_alarms(region: Region, states: Counter[StateValue]) -> LoopReport:
    """An alarm that goes off is no trouble of the loop's: it is what it is there for."""
    told = ", ".join(f"{states[value]} in {value}" for value in StateValue if states[value])
    sentence = f"{_counted(states.total(), 'alarm')} in {region}{': ' if told else ''}{told}."
    return LoopReport(name="alarms", sentence=sentence)


def of_logs(region: Region, shown: Sequence[tuple[str, ShownDelivery]]) -> LoopReport:
    """`shown`: a cache's id and one of its deliveries."""
    counts = Counter(one.status for _, one in shown)
    told = ", ".join(f"{counts[status]} {status}" for status in DeliveryStatus if counts[status])
    sentence = f"{_counted(len(shown), 'delivery', 'deliveries')} of logs in {region}{': ' if told else ''}{told}."
    failed = [(cache, one) for cache, one in shown if one.status is DeliveryStatus.ERROR]
    if failed:
        cache, one = failed[0]
        sentence += f" The {one.delivery.log_type} of {cache}: {_sentence(one.message or 'not delivered')}"
    return LoopReport(name="logs", sentence=sentence, is_troubled=bool(failed))


def of_notifications(region: Region, backlog: Backlog | None) -> LoopReport:
    if backlog is None:
        return LoopReport(name="notifications", sentence=f"Nothing waits to be delivered in {region}.")
    tried = f", {backlog.tried_count} of them after a try in vain" if backlog.tried_count else ""
    return LoopReport(
        name="notifications",
        sentence=f"{_counted(backlog.count, 'delivery', 'deliveries')} of messages waiting in {region}{tried}.",
        since=backlog.oldest_at,
        is_troubled=backlog.tried_count > 0,
    )


# --- of engines --------------------------------------------------------------------------------------


def of_engines(engines: Iterable[tuple[str, str]]) -> LoopReport:
    names = sorted({f"{engine} {version}" for engine, version in engines})
    sentence = f"On this machine, for every region: {', '.join(names) or 'no engine'}."
    return LoopReport(name="engines", sentence=sentence, is_troubled=not names)


def of_installer(state: InstallerState | None) -> LoopReport:
    """Of the whole installation."""
    if state is None:
        return LoopReport(name="installer", sentence="Off: the operator allows no fetching of engines.")
    told = [f"{name} is being installed: {progress}" for name, progress in state.ordered.items()]
    told += [f"{name} could not be installed: {one.reason}" for name, one in state.failures.items()]
    told = told or ["Nothing is being installed"]
    told.append(f"{_counted(state.installable_count, 'engine')} could be fetched")
    return LoopReport(
        name="installer",
        sentence=" ".join(f"{each.rstrip('.')}." for each in told),
        since=state.refreshed_at,
        is_troubled=bool(state.failures),
    )


def of_service_updates(region: Region, updates: Sequence[ServiceUpdate], caches: Sequence[Cache]) -> LoopReport:
    behind = {
        str(group.id): update.name
        for update in updates
        for group, observed in caches
        if is_behind(group, observed, update)
    }
    sentence = f"{_counted(len(updates), 'service update')} known."
    if behind:
        sentence += f" In {region}, newer patches are there for {_named(behind)}."
    return LoopReport(name="service-updates", sentence=sentence)


def of_audit_trail(failure: str | None) -> LoopReport:
    sentence = failure or "Every change is written down before it is answered."
    return LoopReport(name="audit-trail", sentence=_sentence(sentence), is_troubled=failure is not None)


def _named(ids: Iterable[str]) -> str:
    names = sorted(ids)
    more = len(names) - NAMED_COUNT_MAX
    return ", ".join(names[:NAMED_COUNT_MAX]) + (f" and {more} more" if more > 0 else "")


def _counted(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
