"""Dead nodes are started again at once, empty and in their places, and so is the configuration endpoint's process.

All side by side, and each judged by itself: one that does not start rests longer and longer, and keeps nobody else
waiting; so does a zone that is lost. While the engine has to be installed first, everything else goes on.
"""

from elastane.reconcile.memcached.plan import supply
from elastane.reconcile.memcached.situation import ENDPOINT, SeenEndpoint, SeenNode, Situation, names
from elastane.reconcile.memcached.steps import StartEndpoint, StartNodes, Step
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Failed, Satisfied, Verdict
from elastane.reconcile.plan.starts import find_failure_at_creation, is_resting
from elastane.reconcile.silence import seconds


def rule(situation: Situation) -> Verdict:
    failed = _failed_creation(situation)
    if failed is not None:
        return failed
    due = [seen for seen in situation.staying if _is_due(seen, situation)]
    supplied = supply.verdict(situation) if due else SATISFIED
    if isinstance(supplied, Failed):
        return supplied
    starting = due if isinstance(supplied, Satisfied) else []
    is_endpoint_due = _is_endpoint_due(situation)
    steps: list[Step] = [StartNodes(node_ids=tuple(seen.id for seen in starting))] if starting else []
    steps += [StartEndpoint()] if is_endpoint_due else []
    if not steps:
        return supplied
    verb = "does" if len(starting) + is_endpoint_due == 1 else "do"
    why = f"{names(starting, with_endpoint=is_endpoint_due)} {verb} not run"
    return Act(steps=(*steps, *(supplied.steps if isinstance(supplied, Act) else ())), why=why)


def _is_due(seen: SeenNode, situation: Situation) -> bool:
    if seen.is_running or seen.node.zone in situation.lost_zones:
        return False
    return not _is_left_alone(seen, situation)


def _is_endpoint_due(situation: Situation) -> bool:
    """It is in no zone."""
    return not situation.endpoint.is_running and not _is_left_alone(situation.endpoint, situation)


def _is_left_alone(seen: SeenNode | SeenEndpoint, situation: Situation) -> bool:
    last = seen.last
    return last is not None and is_resting(last.failed_starts, last.last_failed_at, situation.now)


def _failed_creation(situation: Situation) -> Failed | None:
    """Whether a cluster that never worked never will."""
    if situation.before.available_since is not None:
        return None
    failure = situation.before.failure
    if failure is not None and failure.is_permanent:
        return Failed(reason=failure.sentence)
    reasons = (
        *(_find_failure(seen, seen.node.address, names([seen]), situation) for seen in situation.staying),
        _find_failure(situation.endpoint, situation.cluster.endpoint_address, ENDPOINT, situation),
    )
    return next((Failed(reason=reason) for reason in reasons if reason is not None), None)


def _find_failure(seen: SeenNode | SeenEndpoint, address: str, name: str, situation: Situation) -> str | None:
    return find_failure_at_creation(
        seen.process,
        name=name,
        address=address,
        port=situation.cluster.software.port,
        failed_starts=0 if seen.last is None else seen.last.failed_starts,
        silent_seconds=seconds(seen.silence, situation.now) if seen.silence is not None and seen.is_coming_up else 0,
    )
