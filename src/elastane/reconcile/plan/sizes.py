"""A node type that has become too small for the data is not put on: the group keeps the one it had.

The service refuses it when it is asked for, by what was last seen. This is for what was written in between: with a
smaller limit than they use engines would evict keys, or refuse writes.
"""

from msgspec.structs import replace

from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import RestoreSoftware

MAXMEMORY = "maxmemory"


def rule(situation: Situation) -> Verdict:
    former, software = situation.before.software, situation.group.software
    if former is None or former.node_type == software.node_type:
        return SATISFIED
    limit_bytes = int(situation.target_parameters.get(MAXMEMORY, 0))
    full = next((seen for seen in situation.staying if _is_too_full(seen, limit_bytes)), None)
    if full is None or full.answer is None:
        return SATISFIED
    reason = f"{full.id} uses {full.answer.used_memory_bytes} bytes, and would have {limit_bytes} for data"
    return Act(
        steps=(RestoreSoftware(software=replace(software, node_type=former.node_type), reason=reason),),
        why=f"the node type stays {former.node_type}: {reason}",
    )


def _is_too_full(seen: SeenNode, limit_bytes: int) -> bool:
    """Only for a limit that shrinks: whoever is over the present one is not mended by keeping it."""
    if seen.answer is None:
        return False
    present_bytes = int(seen.answer.parameters.get(MAXMEMORY, limit_bytes))
    return limit_bytes < present_bytes and limit_bytes < seen.answer.used_memory_bytes
