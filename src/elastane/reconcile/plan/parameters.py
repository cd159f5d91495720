"""Running engines have the parameter values they shall have: a changed one reaches a live node."""

from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import SetParameters


def rule(situation: Situation) -> Verdict:
    drifts = [(seen, drift(seen, situation)) for seen in situation.staying]
    wrong = [(seen, values) for seen, values in drifts if values]
    if not wrong:
        return SATISFIED
    changed = sorted({name for _, values in wrong for name in values})
    return Act(
        steps=tuple(SetParameters(node_id=seen.id, parameters=values) for seen, values in wrong),
        why=f"{', '.join(changed)} must change on {names([seen for seen, _ in wrong])}",
    )


def drift(seen: SeenNode, situation: Situation) -> dict[str, str]:
    """The parameters of a node that answered and whose value is another than it shall be."""
    if seen.answer is None:
        return {}
    current = seen.answer.parameters
    return {
        name: value for name, value in situation.target_parameters.items() if name in current and current[name] != value
    }
