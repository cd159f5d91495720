"""Dead nodes are started again.

A node always boots guarded, as a replica of nowhere, whatever it was before: a primary that
comes back empty would wipe every replica that follows it (measured: 5,000 of 5,000 keys). Who
becomes primary is the topology rule's business.
"""

from elastane.model import software
from elastane.model.observations import Running
from elastane.model.rests import is_within, rest_seconds
from elastane.model.statuses import is_rebooting, is_rebuilding
from elastane.reconcile.plan import engine_supply, starts, sync_loops
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Satisfied, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import StartNodes

AFTERWARDS = frozenset({"members", "configuration", "roles", "rollout", "slots"})
"""The rules that are asked when every node runs that can: what fails there is no reason to leave a dead one alone."""


def rule(situation: Situation) -> Verdict:
    failed = _failed_creation(situation)
    if failed is not None:
        return failed
    due = [seen for seen in situation.staying if is_due(seen, situation)]
    if not due:
        return SATISFIED
    is_here = software.is_here(situation.group.software, situation.engines)
    supplied = SATISFIED if is_here else engine_supply.verdict(situation)
    if isinstance(supplied, Wait) and any(seen.is_running for seen in situation.everybody):
        return SATISFIED  # whoever lives is not left alone meanwhile: roles and endpoints are the later rules' business
    if not isinstance(supplied, Satisfied):
        return supplied
    lost = [seen for seen in due if _was_primary(seen, situation)]
    is_rebuilt_first = bool(lost) and len(situation.staying) > 1 and not situation.is_failover_automatic
    why = f"{names(due)} {'does' if len(due) == 1 else 'do'} not run"
    return Act(
        steps=(StartNodes(node_ids=tuple(seen.id for seen in due)),),
        why=f"automatic failover is disabled: the lost primary {names(lost)} is rebuilt first"
        if is_rebuilt_first
        else why,
        is_told=is_rebuilt_first and not all(_is_known_as_lost(seen) for seen in lost),
    )


def is_due(seen: SeenNode, situation: Situation) -> bool:
    """Whether a dead node can and should be started now."""
    if seen.is_running or seen.node.zone in situation.lost_zones or is_resting(seen, situation):
        return False
    return not (situation.group.is_cluster and sync_loops.is_looping(seen, situation))


def _was_primary(seen: SeenNode, situation: Situation) -> bool:
    is_reboot = seen.before is not None and (
        is_rebooting(seen.node, seen.before) or is_rebuilding(seen.node, seen.before)
    )
    return seen.id in situation.before.primaries.values() and not is_reboot


def _is_known_as_lost(seen: SeenNode) -> bool:
    """An earlier pass has told of this loss: a start that fails again and again is not to be told each time."""
    return seen.before is not None and seen.before.is_recovering


def is_resting(seen: SeenNode, situation: Situation) -> bool:
    """Whether to leave a dead node alone for now: one that keeps dying, and any while steps of the group fail.

    The second keeps a start that fails (a full disk, an engine that is gone) from being all that is ever
    tried: in between, the rules after this one promote a replica and move the endpoints. It is twice as
    long as the loop rests after a failure, so that there is such a pass in between.
    """
    before, failure = seen.before, situation.before.failure
    is_ours = failure is not None and failure.rule not in AFTERWARDS
    if failure is not None and is_ours and is_within(situation.now, failure.at, 2 * rest_seconds(failure.count)):
        return True
    return before is not None and starts.is_resting(before.failed_starts, before.last_failed_at, situation.now)


def _failed_creation(situation: Situation) -> Failed | None:
    """Whether a group that never worked never will."""
    if situation.before.available_since is not None:
        return None
    failure = situation.before.failure
    if failure is not None and failure.is_permanent:
        return Failed(reason=failure.sentence)
    for seen in situation.staying:
        reason = starts.find_failure_at_creation(
            seen.process,
            name=seen.id,
            address=seen.node.address,
            port=situation.group.software.port,
            failed_starts=0 if seen.before is None else seen.before.failed_starts,
            silent_seconds=_silent_seconds(seen, situation) if seen.is_coming_up else 0,
        )
        if reason is not None:
            return Failed(reason=reason)
    return None


def _silent_seconds(seen: SeenNode, situation: Situation) -> float:
    """Since the process that runs was started."""
    return (situation.now - seen.process.started_at).total_seconds() if isinstance(seen.process, Running) else 0
