"""A cluster whose deletion was asked for: stop everything, clean up, forget. No other rule speaks any more.

It may still be on its way to be created: what never ran is gone already.
"""

from elastane.model.observations import Absent
from elastane.reconcile.memcached.situation import Situation
from elastane.reconcile.memcached.steps import (
    ForgetCluster,
    RemoveDirectories,
    RemoveEndpointDirectory,
    Step,
    StopEndpoint,
    StopNodes,
)
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict


def rule(situation: Situation) -> Verdict:
    if situation.cluster.deletion is None:
        return SATISFIED
    cluster_id = situation.cluster.id
    running = tuple(seen.id for seen in situation.nodes if seen.is_running)
    stops: list[Step] = [StopEndpoint()] if situation.endpoint.is_running else []
    stops += [StopNodes(node_ids=running)] if running else []
    if stops:
        return Act(steps=tuple(stops), why=f"{cluster_id} is being deleted: what runs of it must stop first")
    left_behind = tuple(seen.id for seen in situation.nodes if not isinstance(seen.process, Absent))
    removals: list[Step] = [] if isinstance(situation.endpoint.process, Absent) else [RemoveEndpointDirectory()]
    removals += [RemoveDirectories(node_ids=left_behind)] if left_behind else []
    if removals:
        return Act(steps=tuple(removals), why=f"{cluster_id} is being deleted: nothing of it may stay behind")
    return Act(steps=(ForgetCluster(),), why=f"all of {cluster_id} is gone")
