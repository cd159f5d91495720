"""Why a cache is as it is, in sentences to be read from the top.

`elastane explain` prints them, and ExplainCache answers them. Pure. Of Memcached clusters: `memcached_explanations`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.events import Event
from elastane.model.moments import moment, point_in_time
from elastane.model.observed_replication_groups import Failure, ObservedVerdict, VerdictKind
from elastane.model.replication_groups import Network, Node, NodeGroup, ReplicationGroup
from elastane.model.rests import rest_seconds
from elastane.model.seen_groups import SeenGroup, Subject
from elastane.model.shown_node_groups import ownership_sentences, waiting_sentences
from elastane.model.slots import format_slots
from elastane.model.statuses import cache_cluster_status, replication_group_status

EVENT_COUNT = 10
"""Of the newest."""

VERDICT_SENTENCES = {
    VerdictKind.ACT: 'the rule "{rule}" acts',
    VerdictKind.WAIT: 'the rule "{rule}" waits',
    VerdictKind.SATISFIED: "no rule finds anything to do",
    VerdictKind.FAILED: 'the rule "{rule}" gave up, and nothing more is tried by itself',
}


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One that begins with two spaces is about the sentence before it."""

    title: str
    """Empty for the first one, which says what the cache is."""
    sentences: tuple[str, ...]
    """At least one."""


def explain(
    subject: Subject, history: Iterable[Event], now: datetime, enforcement: Enforcement = UNKNOWN
) -> tuple[Section, ...]:
    """`history` is the subject's newest events, oldest first."""
    seen = subject.group
    return put_together(
        ("", _identity(subject)),
        ("What it shall be", _desired(seen)),
        ("How far that is true", _observed(seen, now, enforcement)),
        ("What the last pass decided", (*verdict_sentences(seen.observed.verdict, now), *waiting_sentences(seen))),
        ("The last failure", failure_sentences(seen.observed.failure, now)),
        (
            "Nodes" if subject.node_id is None else "The node",
            (line for node in subject.nodes for line in _node(seen, node)),
        ),
        ("Recent events", event_sentences(history, now)),
    )


def put_together(*sections: tuple[str, Iterable[str]]) -> tuple[Section, ...]:
    return tuple(Section(title=title, sentences=tuple(lines) or ("None.",)) for title, lines in sections)


def awaited(seen: SeenGroup) -> tuple[str, ...]:
    """What is being done or waited for: of the whole, and of each node group that wants something by itself."""
    verdict, parts = seen.observed.verdict, tuple(waiting_sentences(seen))
    if verdict is None or verdict.kind is VerdictKind.SATISFIED:
        return parts
    # Where node groups were judged by themselves, the whole's sentence is theirs put together.
    spoken = [one.sentence for one in seen.observed.node_group_verdicts.values()]
    is_put_together = parts and any(sentence in verdict.sentence for sentence in spoken)
    return parts if is_put_together else (verdict.sentence, *parts)


def _identity(subject: Subject) -> Iterator[str]:
    group, observed = subject.group.desired, subject.group.observed
    form = group.form.replace("-", " ")
    is_acl_changing = subject.group.is_acl_changing
    status = replication_group_status(group, observed, is_acl_changing=is_acl_changing)
    if subject.node_id is not None:
        node = next(node for node in group.nodes if node.id == subject.node_id)
        node_status = cache_cluster_status(group, node, observed, is_acl_changing=is_acl_changing)
        yield f"{node.id} is a node of {group.id}; as a cache cluster it is {node_status}"
    yield f"{group.id} is a {form} in {group.region}; it is {status}"


def _desired(seen: SeenGroup) -> Iterator[str]:
    group = seen.desired
    software = group.software
    if group.deletion is not None:
        yield f"gone: its deletion was asked for at {point_in_time(group.deletion.requested_at)}"
    yield f"{software.engine} {software.version} on {software.node_type}, port {software.port}"
    yield from _desired_access(group)
    if group.is_cluster:
        yield f"cluster mode {group.cluster_mode}, {counted(len(group.node_groups), 'node group')}"
    for node_group in group.node_groups:
        yield f"node group {node_group.id}: {_desired_node_group(node_group)}"
    yield f"generation {group.generation}, which grows with every change that is asked for"


def _desired_access(group: ReplicationGroup) -> Iterator[str]:
    """Nothing for a cache that is open and speaks plainly."""
    port, access = group.software.port, group.access
    tls_port = encrypted_port(port, access.transit_encryption)
    match access.transit_encryption:
        case TransitEncryption.DISABLED:
            return
        case TransitEncryption.PREFERRED:
            yield f"encryption in transit preferred: plain connections at port {port}, TLS at {tls_port}"
        case TransitEncryption.REQUIRED:
            yield f"encryption in transit required: TLS alone, at port {tls_port}"
        case _ as never:
            assert_never(never)
    if access.user_group_id is not None:
        yield f"lets in the users of {access.user_group_id}"
    if access.auth_tokens is not None:
        others = ", and who has none" if access.auth_tokens.is_optional else ""
        yield f"lets in who has {counted(len(access.auth_tokens.sealed_digests), 'AUTH token')}{others}"


def _desired_node_group(part: NodeGroup) -> str:
    if part.is_leaving:
        return "gone, once its slots are moved away"
    staying = sum(not node.is_leaving for node in part.nodes)
    owned = f", slots {format_slots(part.slots)}" if part.slots else ""
    return f"{counted(staying, 'node')}, primary {part.target_primary} (epoch {part.epoch}){owned}"


def _observed(seen: SeenGroup, now: datetime, enforcement: Enforcement) -> Iterator[str]:
    group, observed = seen.desired, seen.observed
    yield from convergence_sentences(group.generation, observed.converged_generation, observed.available_since, now)
    yield from ownership_sentences(seen)
    yield from security_group_sentences(group.network, str(group.key), enforcement)


def _node(seen: SeenGroup, node: Node) -> Iterator[str]:
    last = seen.last_seen(node)
    process = f"; process: {seen.processes[node.id].sentence}" if node.id in seen.processes else ""
    role = "role unknown" if last is None or last.role is None else last.role
    health = "not looked at yet" if last is None else last.health
    leaving = ", leaving" if node.is_leaving else ""
    yield f"{node.id}: {role}, {health}{leaving}; {node.address} in {node.zone}{process}"
    if last is not None and last.sentence:
        yield f"  {last.sentence}"
    if last is not None and last.certificate is not None:
        yield f"  its certificate is good until {point_in_time(last.certificate.not_after)}"
    if last is not None and last.awaited_parameters:
        how = "; a reboot is needed" if last.is_reboot_awaited else ""
        yield f"  does not run yet with {', '.join(sorted(last.awaited_parameters))} of its parameter group{how}"
    if last is not None and last.failed_starts:
        yield f"  its last {last.failed_starts} processes ended before they ever answered"


# --- of every cache ------------------------------------------------------------------------------


def convergence_sentences(
    generation: int, converged_generation: int, available_since: datetime | None, now: datetime
) -> Iterator[str]:
    if converged_generation == generation:
        yield f"generation {converged_generation}: all that was asked for has been made true"
    else:
        yield f"generation {converged_generation} of {generation}: a change is still under way"
    if available_since is None:
        yield "never available so far"
    else:
        yield f"first available at {moment(available_since, now)}"


def security_group_sentences(network: Network, key: str, enforcement: Enforcement) -> Iterator[str]:
    """Nothing while nobody has ever looked."""
    if enforcement.since is None:
        return
    group_ids = ", ".join(network.security_group_ids) or "the VPC's default"
    sentence = enforcement.sentence
    if key in enforcement.open_caches:
        sentence = "Not enforced: one of them is not known here, so the cache is open to all who reach its addresses."
    elif key in enforcement.with_unknown_groups:
        sentence += " One of them is not known here, and lets nobody in."
    yield f"security groups {group_ids}: {sentence}"


def verdict_sentences(verdict: ObservedVerdict | None, now: datetime) -> Iterator[str]:
    if verdict is None:
        yield "there has been no pass over it yet"
        return
    yield verdict.sentence
    yield f"{VERDICT_SENTENCES[verdict.kind].format(rule=verdict.rule)}, since {moment(verdict.since, now)}"


def failure_sentences(failure: Failure | None, now: datetime) -> Iterator[str]:
    if failure is None:
        return
    yield failure.sentence
    times = "once" if failure.count == 1 else f"{failure.count} times in a row"
    yield f"{times}, last at {moment(failure.at, now)}, for generation {failure.generation}"
    yield _next_try(failure, now)


def next_try_at(failure: Failure) -> datetime:
    """Of one that is not permanent."""
    return failure.at + timedelta(seconds=rest_seconds(failure.count))


def _next_try(failure: Failure, now: datetime) -> str:
    if failure.is_permanent:
        return "no further try will be made: what is in the way must change first"
    due = next_try_at(failure)
    return f"next try at {moment(due, now)}" if due > now else "the next try is due now"


def event_sentences(history: Iterable[Event], now: datetime) -> Iterator[str]:
    return (f"{moment(event.at, now)}  {event.source_id}: {event.message}" for event in history)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
