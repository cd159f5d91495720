"""Running nodes are replaced by what the cluster shall run, another node type or engine version, in batches.

    nodes of the wrong kind                    what follows
    ────────────────────────────────────────   ──────────────────────────────────────────────────────────────────────
    one that does not run anyway               ordered at once: it serves nobody, and may be what the others wait for
    some, and another node is not ready, or    wait: no more are taken away than a batch
      a new list is not told yet
    some, and the last batch is fresh          wait, as ScaleConfig says, where the node type changes
    some                                       the next batch is ordered, and `restarts` ends its processes
    none                                       done
    some, and a new one does not start         the cluster goes back to what it ran, in batches of the same size

What a node is replaced for is written with the order, so that a process that ends for any other reason meanwhile comes
back as what it was, and the share of keys that is lost at once is a batch's. A version is no reason to replace anything
unless the engine that would be started now is newer than the one that runs.
"""

import math
from datetime import timedelta

from msgspec.structs import replace

from elastane.model.memcached_clusters import DEFAULT_SCALING, Scaling
from elastane.model.memcached_statuses import is_restarting
from elastane.model.replication_groups import Software
from elastane.model.rests import is_within
from elastane.model.software import full_name, is_behind, is_here, runs
from elastane.model.versions import version_numbers
from elastane.reconcile.memcached.plan import supply
from elastane.reconcile.memcached.situation import SeenNode, Situation, names
from elastane.reconcile.memcached.steps import OrderReplacements, RestoreSoftware
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Satisfied, Verdict, Wait

FAILED_STARTS_MAX = 3


def rule(situation: Situation) -> Verdict:
    due = [seen for seen in situation.staying if is_outdated(seen, situation)]
    former, failed = _find_former(situation), _why_not(situation, due)
    if former is not None and failed is not None and is_here(former, situation.engines):
        what = f"{former.node_type} and {full_name(former)}"
        return Act(
            steps=(RestoreSoftware(software=former, reason=failed),), why=f"{failed}: the cluster goes on with {what}"
        )
    if not due:
        return SATISFIED
    if not _can_be_replaced(due, situation):
        supplied = supply.fetch(situation)
        if not isinstance(supplied, Satisfied):
            return supplied
        engine = supply.needed(situation).name
        return Wait(reason=f"{names(due)} must run {engine}, which is not on this machine", is_told=True)
    dead = [seen for seen in due if not seen.is_running]
    return _order(dead, situation) if dead else _next_batch(due, situation)


def is_outdated(seen: SeenNode, situation: Situation) -> bool:
    """Whether the node is to be replaced."""
    return seen.node.node_type != situation.cluster.software.node_type or _is_too_old(seen, situation)


def _is_too_old(seen: SeenNode, situation: Situation) -> bool:
    """Its engine is older than what was asked for; and where it is no more than that, a newer one is here."""
    software, answer = situation.cluster.software, seen.answer
    if answer is None:
        return False
    if not runs(software, software.engine, answer.engine_version):
        return True
    return is_behind(answer.engine_version, software) and _is_newer_here(answer.engine_version, situation)


def _is_newer_here(version: str, situation: Situation) -> bool:
    start = situation.start_version
    return start is not None and version_numbers(start) > version_numbers(version)


def _can_be_replaced(due: list[SeenNode], situation: Situation) -> bool:
    """Whether a new process would be what is wanted: otherwise it would be replaced again and again."""
    if situation.start_version is None:
        return False
    too_old = [seen.answer for seen in due if seen.answer is not None and _is_too_old(seen, situation)]
    return all(_is_newer_here(answer.engine_version, situation) for answer in too_old)


def _next_batch(due: list[SeenNode], situation: Situation) -> Verdict:
    unready = [seen for seen in situation.staying if seen.answer is None or is_restarting(seen.node, seen.before)]
    if unready:
        return Wait(reason=f"{names(due)} must wait for {names(unready)} to be ready")
    if not situation.is_told:
        return Wait(reason=f"{names(due)} must wait until the configuration endpoint tells what is published")
    rollout = situation.cluster.rollout
    scaling = DEFAULT_SCALING if rollout is None else rollout.scaling
    batch_at = None if rollout is None else rollout.batch_at
    is_type_changed = any(seen.node.node_type != situation.cluster.software.node_type for seen in due)
    interval = timedelta(minutes=scaling.interval_minutes)
    if is_type_changed and batch_at is not None and is_within(situation.now, batch_at, interval.total_seconds()):
        return Wait(reason=f"{names(due)} must wait until {batch_at + interval:%H:%M:%S} UTC: the last batch is fresh")
    size = _batch_size(scaling, len(situation.staying))
    return _order(sorted(due, key=lambda seen: seen.id)[:size], situation)


def _batch_size(scaling: Scaling, node_count: int) -> int:
    return max(1, math.ceil(scaling.percentage * node_count / 100))


def _order(batch: list[SeenNode], situation: Situation) -> Act:
    software = situation.cluster.software
    return Act(
        steps=(OrderReplacements(node_ids=tuple(seen.id for seen in batch)),),
        why=f"{names(batch)} must be started anew as {software.node_type} with {full_name(software)}",
    )


# --- going back ----------------------------------------------------------------------------------


def _find_former(situation: Situation) -> Software | None:
    """What every node ran before, if that is something else. The parameter group is not what is rolled out."""
    former, software = situation.before.software, situation.cluster.software
    if former is None:
        return None
    former = replace(former, parameter_group_name=software.parameter_group_name)
    return None if former == software else former


def _why_not(situation: Situation, due: list[SeenNode]) -> str | None:
    """Why nodes cannot become what they shall, if they cannot: an engine that is not to be had, or does not start."""
    if due and not _can_be_replaced(due, situation):
        missing = supply.needed(situation).find_failure()
        if missing is not None:
            return missing
    for seen in situation.staying:
        failed_starts = 0 if seen.before is None else seen.before.process.failed_starts
        is_replaced = not is_outdated(seen, situation)
        if is_replaced and seen.answer is None and failed_starts >= FAILED_STARTS_MAX and seen.before is not None:
            return f"node {seen.id} does not start any more ({failed_starts} tries): it {seen.before.process.sentence}"
    return None
