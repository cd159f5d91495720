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
from elastane.model import explanations
from elastane.model.enforcement import UNKNOWN, Enforcement
from elastane.model.events import Event
from elastane.model.explanations import Section
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.seen_groups import SeenGroup, Subject
from elastane.store import Store, Transaction, events

NEAR_ID_COUNT_MAX = 5


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
        known = (seen.desired for seen in candidates)
        where = "" if region is None else f" in {region}"
        raise CommandError(f"There is no cache and no node named {asked}{where}. {_near_ids(known, asked)}")
    return found


def _matching(groups: Iterable[SeenGroup], asked: str) -> Iterator[Subject]:
    for seen in groups:
        if seen.desired.id == asked:
            yield Subject(group=seen, node_id=None)
        else:
            yield from (Subject(group=seen, node_id=node.id) for node in seen.desired.nodes if node.id == asked)


def _near_ids(groups: Iterable[ReplicationGroup], asked: str) -> str:
    """What there is, in a sentence, for who asked about what there is not."""
    ids = sorted({name for group in groups for name in (group.id, *(node.id for node in group.nodes))})
    near = difflib.get_close_matches(asked, ids, n=NEAR_ID_COUNT_MAX) or ids[:NEAR_ID_COUNT_MAX]
    return f"What there is: {', '.join(near)}." if near else "There is none at all yet."


def _recent(subject: Subject, now: datetime, tx: Transaction) -> tuple[Event, ...]:
    return events.list_recent_events(tx, subject, now, limit=explanations.EVENT_COUNT)


def explanation(subject: Subject, history: Iterable[Event], now: datetime, enforcement: Enforcement = UNKNOWN) -> str:
    return "\n\n".join(map(_render, explanations.explain(subject, history, now, enforcement))) + "\n"


def _render(section: Section) -> str:
    indented = (f"  {line}" for line in section.sentences)
    return "\n".join((section.title, *indented) if section.title else section.sentences)
