"""Every replica follows its node group's primary, directly and not through another replica.

After the endpoints on purpose. A primary that gets its first replica forks to write its data, and
for a moment the child holds the sockets the primary listens on: an endpoint that moved then could
not be bound. It also lets clients of a new primary in before its replicas are sorted out.
"""

from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import Follow


def rule(situation: Situation) -> Verdict:
    return first_unsatisfied(_judge(situation, node_group) for node_group in situation.group.node_groups)


def _judge(situation: Situation, node_group: NodeGroup) -> Verdict:
    primary = situation.find_primary(node_group)
    if primary is None:
        return SATISFIED  # topology has said why
    astray = [seen for seen in situation.of(node_group) if _is_astray(seen, primary, situation.group.software.port)]
    if not astray:
        return SATISFIED
    return Act(
        steps=tuple(Follow(node_id=seen.id, primary_id=primary.id) for seen in astray),
        why=f"{names(astray)} must follow the primary {primary.id}",
    )


def _is_astray(seen: SeenNode, primary: SeenNode, port: int) -> bool:
    if seen.answer is None or not seen.is_replica or seen.answer.is_loading or seen.node.is_leaving:
        return False
    return (seen.answer.primary_address, seen.answer.primary_port) != (primary.node.address, port)
