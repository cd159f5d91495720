"""The configuration endpoint of a group in cluster mode answers at one of its nodes.

Every node can tell a client of all others. It is at a replica, where there is one in sync: on the day a primary dies,
clients that have lost the only node they knew ask here, and find somebody. Among replicas it stays where it is, and it
moves before the node it is at leaves. While a node that may still hold the address cannot be asked, nobody takes it;
what is the matter with that node is said by the rules of its node group. In `compatible` mode the endpoint answers at
the primary (`endpoints`).
"""

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import ClusterMode
from elastane.reconcile.plan import endpoints
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import BindAddresses


def rule(situation: Situation) -> Verdict:
    address = situation.group.network.configuration_endpoint_address
    if address is None or situation.group.cluster_mode is not ClusterMode.ENABLED:
        return SATISFIED
    holder = _choose(situation, address)
    if holder is None:
        return SATISFIED
    answering = [seen for seen in situation.nodes if seen.answer is not None]
    targets = {seen.id: (seen.node.address, address) if seen is holder else (seen.node.address,) for seen in answering}
    excess = [seen for seen in answering if _bound(seen) - set(targets[seen.id])]
    lacks = address not in _bound(holder)
    if lacks and any(endpoints.may_hold(seen, {address}) for seen in situation.nodes):
        return SATISFIED
    steps = [
        BindAddresses(node_id=seen.id, addresses=tuple(at for at in targets[seen.id] if at in _bound(seen)))
        for seen in excess
    ]
    if lacks:
        steps.append(BindAddresses(node_id=holder.id, addresses=targets[holder.id]))
    if not steps:
        return SATISFIED
    return Act(steps=tuple(steps), why=f"the configuration endpoint answers at {holder.id}")


def _choose(situation: Situation, address: str) -> SeenNode | None:
    """A replica, of these who has it; where there is none, a primary.

    Nobody yet in a new group that waits for its first syncs: the endpoint would move at once.
    """
    ready = [seen for seen in situation.staying if _is_ready(seen)]
    is_new = situation.before.available_since is None
    if is_new and len(ready) < len(situation.staying):
        return None
    return min(ready, key=lambda seen: (seen.is_primary, address not in _bound(seen), seen.id), default=None)


def _is_ready(seen: SeenNode) -> bool:
    return seen.health is NodeHealth.READY and seen.view is not None and seen.view.is_serving


def _bound(seen: SeenNode) -> set[str]:
    return set() if seen.answer is None else set(seen.answer.bound_addresses)
