"""`elastane explain ID`: what the control plane thinks about one cache, to be read from the top."""

import difflib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from elastane.cli.installation import observe_installation
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import CommandError, told_in_a_sentence
from elastane.clock import utc_now
from elastane.model import explanations, memcached_explanations
from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.events import Event
from elastane.model.explanations import Section
from elastane.model.memcached_clusters import MemcachedCluster
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.seen_groups import SeenGroup, Subject
from elastane.model.seen_memcached_clusters import (
    MemcachedSubject,
    SeenMemcachedCluster,
    shown_endpoint_name,
    shown_node_name,
    shown_process_names,
)
from elastane.store import Store, Transaction, events

NEAR_ID_COUNT_MAX = 5


@told_in_a_sentence()
def explain(
    named: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A replication group's, cache cluster's or node's id; of a Memcached cluster's node, sessions.0001.",
        ),
    ],
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
    subjects = find_subjects(installation.caches, named, region)
    if installation.control_plane is None:
        typer.echo("No control plane runs now: all of this is as it was last seen, except for the processes.\n")
    for subject in subjects:
        history = Store.read_from_outside(installation.data_dir, partial(_recent, subject, now))
        typer.echo(explanation(subject, history or (), now, installation.enforcement))


Asked = Subject | MemcachedSubject


def find_subjects(
    caches: Iterable[SeenGroup | SeenMemcachedCluster], named: str, region: str | None
) -> tuple[Asked, ...]:
    """What goes by that id: usually one thing. Raises CommandError for none, and for several regions."""
    candidates = [seen for seen in caches if region in (None, seen.desired.region)]
    asked = named.lower()  # AWS keeps ids in lower case, however they were typed
    found = tuple(subject for seen in candidates for subject in _matching(seen, asked))
    regions = sorted({subject.desired.region for subject in found})
    if len(regions) > 1:
        raise CommandError(f"{asked} is in {' and in '.join(regions)}: say which one with --region.")
    if not found:
        where = "" if region is None else f" in {region}"
        raise CommandError(f"There is no cache and no node named {asked}{where}. {_near_ids(candidates, asked)}")
    return found


def _matching(seen: SeenGroup | SeenMemcachedCluster, asked: str) -> Iterator[Asked]:
    if isinstance(seen, SeenMemcachedCluster):
        cluster = seen.desired
        if asked in (cluster.id, shown_endpoint_name(cluster)):
            yield MemcachedSubject(cluster=seen, node_id=None)
        named = (node for node in cluster.nodes if shown_node_name(cluster, node) == asked)
        yield from (MemcachedSubject(cluster=seen, node_id=node.id) for node in named)
    elif seen.desired.id == asked:
        yield Subject(group=seen, node_id=None)
    else:
        yield from (Subject(group=seen, node_id=node.id) for node in seen.desired.nodes if node.id == asked)


def _near_ids(caches: Iterable[SeenGroup | SeenMemcachedCluster], asked: str) -> str:
    """What there is, in a sentence, for who asked about what there is not."""
    ids = sorted({name for seen in caches for name in (seen.desired.id, *process_names(seen.desired))})
    near = difflib.get_close_matches(asked, ids, n=NEAR_ID_COUNT_MAX) or ids[:NEAR_ID_COUNT_MAX]
    return f"What there is: {', '.join(near)}." if near else "There is none at all yet."


def process_names(cache: ReplicationGroup | MemcachedCluster) -> tuple[str, ...]:
    """As people call them."""
    return shown_process_names(cache) if isinstance(cache, MemcachedCluster) else tuple(node.id for node in cache.nodes)


def _recent(subject: Asked, now: datetime, tx: Transaction) -> tuple[Event, ...]:
    return events.list_recent_events(tx, subject, now, limit=explanations.EVENT_COUNT)


def explanation(subject: Asked, history: Iterable[Event], now: datetime, enforcement: Enforcement = UNKNOWN) -> str:
    if isinstance(subject, MemcachedSubject):
        sections = memcached_explanations.explain(subject, history, now, enforcement)
    else:
        sections = explanations.explain(subject, history, now, enforcement)
    return "\n\n".join(map(_render, sections)) + "\n"


def _render(section: Section) -> str:
    indented = (f"  {line}" for line in section.sentences)
    return "\n".join((section.title, *indented) if section.title else section.sentences)
