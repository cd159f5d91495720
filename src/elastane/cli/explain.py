"""`elastane explain ID`: what the control plane thinks about one cache, to be read from the top."""

import difflib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, assert_never

import msgspec
import typer

from elastane.cli.installation import SeenGroup, observe_installation
from elastane.cli.node_groups import ownership_sentences, waiting_sentences
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.clock import utc_now
from elastane.model.access import TransitEncryption, encrypted_port
from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.events import Event
from elastane.model.ids import NodeId, Region
from elastane.model.observed_replication_groups import Failure, ObservedVerdict, VerdictKind
from elastane.model.replication_groups import Node, NodeGroup, ReplicationGroup
from elastane.model.slots import format_slots
from elastane.model.statuses import cache_cluster_status, replication_group_status
from elastane.store import Store, Transaction, events

EVENT_COUNT = 10
NEAR_ID_COUNT_MAX = 5

VERDICT_SENTENCES = {
    VerdictKind.ACT: 'the rule "{rule}" acts',
    VerdictKind.WAIT: 'the rule "{rule}" waits',
    VerdictKind.SATISFIED: "no rule finds anything to do",
    VerdictKind.FAILED: 'the rule "{rule}" gave up, and nothing more is tried by itself',
}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked about: a cache, or one node of it."""

    group: SeenGroup
    node_id: NodeId | None
    """None for the whole."""


@told_in_a_sentence()
def explain(
    named: Annotated[str, typer.Argument(metavar="ID", help="A replication group's, cache cluster's or node's id.")],
    data_dir: DataDirectory = None,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="Where to look, when several regions have one of that id.")
    ] = None,
) -> None:
    """Say what a cache shall be, what it is, and what the control plane does about the difference.

    Works also while no control plane runs; what was last seen is then as old as it says.
    """
    installation = observe_installation(chosen_data_dir(data_dir, os.environ))
    now = utc_now()
    subjects = find_subjects(installation.groups, named, region)
    if installation.control_plane is None:
        typer.echo("No control plane runs now: all of this is as it was last seen, except for the processes.\n")
    for subject in subjects:
        history = Store.read_from_outside(installation.data_dir, partial(_recent, subject, now))
        typer.echo(explanation(subject, history or (), now, installation.enforcement))


def find_subjects(groups: Iterable[SeenGroup], named: str, region: str | None) -> tuple[Subject, ...]:
    """What goes by that id: usually one thing. Raises CommandError for none, and for several regions."""
    candidates = [seen for seen in groups if region in (None, seen.desired.region)]
    asked = named.lower()  # AWS keeps ids in lower case, however they were typed
    found = tuple(_matching(candidates, asked))
    regions = sorted({subject.group.desired.region for subject in found})
    if len(regions) > 1:
        raise CommandError(f"{asked} is in {' and in '.join(regions)}: say which one with --region.")
    if not found:
        where = "" if region is None else f" in {region}"
        raise CommandError(f"There is no cache and no node named {asked}{where}. {_near(candidates, asked)}")
    return found


def _matching(groups: Iterable[SeenGroup], asked: str) -> Iterator[Subject]:
    for seen in groups:
        if seen.desired.id == asked:
            yield Subject(group=seen, node_id=None)
        else:
            yield from (Subject(group=seen, node_id=node.id) for node in seen.desired.nodes if node.id == asked)


def _near(groups: Iterable[SeenGroup], asked: str) -> str:
    ids = sorted({name for seen in groups for name in (seen.desired.id, *(node.id for node in seen.desired.nodes))})
    near = difflib.get_close_matches(asked, ids, n=NEAR_ID_COUNT_MAX) or ids[:NEAR_ID_COUNT_MAX]
    return f"What there is: {', '.join(near)}." if near else "There is none at all yet."


def _recent(subject: Subject, now: datetime, tx: Transaction) -> tuple[Event, ...]:
    """The newest events of the subject, oldest first."""
    group = subject.group.desired
    sources = {group.id, *(node.id for node in group.nodes)} if subject.node_id is None else {subject.node_id}
    found = [numbered for source in sources for numbered in _newest_of(tx, group.region, source, now)]
    return tuple(event for _, event in sorted(found, key=lambda numbered: numbered[0])[-EVENT_COUNT:])


def _newest_of(tx: Transaction, region: Region, source_id: str, now: datetime) -> tuple[tuple[int, Event], ...]:
    beginning = datetime.min.replace(tzinfo=UTC)
    return events.list_events(tx, region, start=beginning, end=now, source_id=source_id, limit=EVENT_COUNT)


# --- the text: pure -------------------------------------------------------------------------------


def explanation(subject: Subject, history: Iterable[Event], now: datetime, enforcement: Enforcement = UNKNOWN) -> str:
    seen = subject.group
    nodes = [node for node in seen.desired.nodes if subject.node_id in (None, node.id)]
    sections = (
        ("", _identity(subject)),
        ("What it shall be", _desired(seen)),
        ("How far that is true", (*_observed(seen, now), *_security_groups(seen, enforcement))),
        ("What the last pass decided", (*_verdict(seen.observed.verdict, now), *waiting_sentences(seen))),
        ("The last failure", _failure(seen.observed.failure, now)),
        ("Nodes" if subject.node_id is None else "The node", (line for node in nodes for line in _node(seen, node))),
        ("Recent events", (f"{moment(event.at, now)}  {event.source_id}: {event.message}" for event in history)),
    )
    return "\n\n".join(_section(title, lines) for title, lines in sections) + "\n"


def _section(title: str, lines: Iterable[str]) -> str:
    body = tuple(lines) or ("None.",)
    return "\n".join(body) if not title else "\n".join((title, *(f"  {line}" for line in body)))


def _identity(subject: Subject) -> Iterator[str]:
    group, observed = subject.group.desired, subject.group.observed
    form = group.form.replace("-", " ")
    status = replication_group_status(group, observed)
    if subject.node_id is not None:
        node = next(node for node in group.nodes if node.id == subject.node_id)
        node_status = cache_cluster_status(group, node, observed)
        yield f"{node.id} is a node of {group.id}; as a cache cluster it is {node_status}"
    yield f"{group.id} is a {form} in {group.region}; it is {status}"


def _desired(seen: SeenGroup) -> Iterator[str]:
    group = seen.desired
    software = group.software
    if group.deletion is not None:
        yield f"gone: its deletion was asked for at {_at(group.deletion.requested_at)}"
    yield f"{software.engine} {software.version} on {software.node_type}, port {software.port}"
    yield from _desired_access(group)
    if group.is_cluster:
        yield f"cluster mode {group.cluster_mode}, {_counted(len(group.node_groups), 'node group')}"
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
        yield f"lets in who has {_counted(len(access.auth_tokens.sealed_digests), 'AUTH token')}{others}"


def _desired_node_group(part: NodeGroup) -> str:
    if part.is_leaving:
        return "gone, once its slots are moved away"
    staying = sum(not node.is_leaving for node in part.nodes)
    owned = f", slots {format_slots(part.slots)}" if part.slots else ""
    return f"{_counted(staying, 'node')}, primary {part.target_primary} (epoch {part.epoch}){owned}"


def _observed(seen: SeenGroup, now: datetime) -> Iterator[str]:
    group, observed = seen.desired, seen.observed
    if observed.converged_generation == group.generation:
        yield f"generation {observed.converged_generation}: all that was asked for has been made true"
    else:
        yield f"generation {observed.converged_generation} of {group.generation}: a change is still under way"
    if observed.available_since is None:
        yield "never available so far"
    else:
        yield f"first available at {moment(observed.available_since, now)}"
    yield from ownership_sentences(seen)


def _security_groups(seen: SeenGroup, enforcement: Enforcement) -> Iterator[str]:
    """Nothing while nobody has ever looked."""
    if enforcement.since is None:
        return
    group_ids = ", ".join(seen.desired.network.security_group_ids) or "the VPC's default"
    sentence = enforcement.sentence
    if str(seen.desired.key) in enforcement.open_caches:
        sentence = "Not enforced: one of them is not known here, so the cache is open to all who reach its addresses."
    elif str(seen.desired.key) in enforcement.with_unknown_groups:
        sentence += " One of them is not known here, and lets nobody in."
    yield f"security groups {group_ids}: {sentence}"


def _verdict(verdict: ObservedVerdict | None, now: datetime) -> Iterator[str]:
    if verdict is None:
        yield "there has been no pass over it yet"
        return
    yield verdict.sentence
    yield f"{VERDICT_SENTENCES[verdict.kind].format(rule=verdict.rule)}, since {moment(verdict.since, now)}"


def _failure(failure: Failure | None, now: datetime) -> Iterator[str]:
    if failure is None:
        return
    yield failure.sentence
    times = "once" if failure.count == 1 else f"{failure.count} times in a row"
    yield f"{times}, last at {moment(failure.at, now)}, for generation {failure.generation}"
    yield _next_try(failure, now)


def _next_try(failure: Failure, now: datetime) -> str:
    if failure.is_permanent:
        return "no further try will be made: what is in the way must change first"
    from elastane.reconcile.rests import rest_seconds

    due = failure.at + timedelta(seconds=rest_seconds(failure.count))
    return f"next try at {moment(due, now)}" if due > now else "the next try is due now"


def _node(seen: SeenGroup, node: Node) -> Iterator[str]:
    last = seen.last_seen(node)
    process = seen.processes[node.id].sentence
    role = "role unknown" if last is None or last.role is None else last.role
    health = "not looked at yet" if last is None else last.health
    leaving = ", leaving" if node.is_leaving else ""
    yield f"{node.id}: {role}, {health}{leaving}; {node.address} in {node.zone}; process: {process}"
    if last is not None and last.sentence:
        yield f"  {last.sentence}"
    if last is not None and last.certificate is not None:
        yield f"  its certificate is good until {_at(last.certificate.not_after)}"
    if last is not None and last.awaited_parameters:
        how = "; a reboot is needed" if last.is_reboot_awaited else ""
        yield f"  does not run yet with {', '.join(sorted(last.awaited_parameters))} of its parameter group{how}"
    if last is not None and last.failed_starts:
        yield f"  its last {last.failed_starts} processes ended before they ever answered"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def moment(at: datetime, now: datetime) -> str:
    """``2026-11-23 12:00:01 UTC (3 s ago)``."""
    seconds = (now - at).total_seconds()
    return f"{_at(at)} ({f'in {_span(-seconds)}' if seconds < 0 else f'{_span(seconds)} ago'})"


def _at(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _span(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    for unit, length_seconds in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length_seconds:
            return f"{seconds / length_seconds:.0f} {unit}"
    return f"{seconds:.0f} s"
