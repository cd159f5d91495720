"""Verdicts for several node groups, made one: what each of them shall do is done side by side. Pure."""

from collections.abc import Sequence

from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from elastane.reconcile.steps import RecordPrimaries, RecordPrimary, SideBySide, Step

SENTENCES_MAX = 3


def merged(verdicts: Sequence[Verdict]) -> Verdict:
    """Acts before all else; nobody waits for another one's patience."""
    acts = [verdict for verdict in verdicts if isinstance(verdict, Act)]
    if acts:
        return acts[0] if len(acts) == 1 else _side_by_side(acts)
    failures = [verdict for verdict in verdicts if isinstance(verdict, Failed)]
    if failures:
        return Failed(reason=_sentence([verdict.reason for verdict in failures]))
    waits = [verdict for verdict in verdicts if isinstance(verdict, Wait)]
    if not waits:
        return SATISFIED
    return Wait(
        reason=_sentence([verdict.reason for verdict in waits]), is_told=any(verdict.is_told for verdict in waits)
    )


def told(verdicts: Sequence[Verdict]) -> str:
    """What a person should know of them."""
    return _sentence(
        [
            verdict.why if isinstance(verdict, Act) else verdict.reason
            for verdict in verdicts
            if isinstance(verdict, Act | Wait) and verdict.is_told
        ]
    )


def _sentence(parts: Sequence[str]) -> str:
    """The first few of them: what is said of each node group by itself is kept beside it."""
    more = len(parts) - SENTENCES_MAX
    return "; ".join(parts[:SENTENCES_MAX]) + (f"; and {more} shards more" if more > 0 else "")


def _side_by_side(acts: Sequence[Act]) -> Act:
    """New primaries are written first and together: in one document, by one revision, before anybody is promoted."""
    records = [step for act in acts for step in act.steps if isinstance(step, RecordPrimary)]
    rests = [tuple(step for step in act.steps if not isinstance(step, RecordPrimary)) for act in acts]
    tracks = tuple(track for track in rests if track)
    steps: list[Step] = []
    if records:
        steps.append(records[0] if len(records) == 1 else RecordPrimaries(records=tuple(records)))
    if tracks:
        steps.append(SideBySide(tracks=tracks))
    return Act(steps=tuple(steps), why=_sentence([act.why for act in acts]), is_told=any(act.is_told for act in acts))
