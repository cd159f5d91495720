"""Nodes that were asked to leave: stopped, cleaned up, forgotten, one kind of step a pass.

After topology and endpoints on purpose: a node that still is primary, or still answers at the
reader endpoint, has handed that over before it is stopped.
"""

from elastane.model.observations import Absent
from elastane.model.replication_groups import ClusterMode
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import Situation, names
from elastane.reconcile.steps import ForgetMembers, ForgetNode, RemoveDirectories, StopNodes


def rule(situation: Situation) -> Verdict:
    leaving = situation.leaving
    if not leaving:
        return SATISFIED
    endpoint = situation.group.network.configuration_endpoint_address
    asked_there = [seen for seen in leaving if seen.answer is not None and endpoint in seen.answer.bound_addresses]
    if asked_there and situation.group.cluster_mode is ClusterMode.ENABLED:
        return Wait(reason=f"{names(asked_there)} still answers at the configuration endpoint, and leaves after that")
    why = f"{names(leaving)} {'leaves' if len(leaving) == 1 else 'leave'} the group"
    running = tuple(seen.id for seen in leaving if seen.is_running)
    if running:
        return Act(steps=(StopNodes(node_ids=running),), why=why)
    left_behind = tuple(seen.id for seen in leaving if not isinstance(seen.process, Absent))
    if left_behind:
        return Act(steps=(RemoveDirectories(node_ids=left_behind),), why=why)
    ids = tuple(situation.member_id(seen) for seen in leaving)
    knowing = [
        seen for seen in situation.everybody if seen.view is not None and any(seen.view.find(one) for one in ids)
    ]
    return Act(
        steps=(
            *(ForgetMembers(node_id=seen.id, member_ids=ids) for seen in knowing),
            *(ForgetNode(node_id=seen.id) for seen in leaving),
        ),
        why=why,
    )
