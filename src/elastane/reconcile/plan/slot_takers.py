"""Slots that may have moved unseen: who took them has to be heard before anybody claims them. Pure.

Claiming slots that another shard has just taken undoes the move, and loses what came with it: of two claims the newer
one is right, and who loses a slot deletes what it has in it. Asked by `failover` and `topology`.
"""

from collections.abc import Sequence

from elastane.model.replication_groups import NodeGroup
from elastane.model.slots import intersection
from elastane.reconcile.plan import shards
from elastane.reconcile.plan.verdicts import Wait
from elastane.reconcile.situation import SeenNode, Situation, names


def silent_takers(situation: Situation, node_group: NodeGroup) -> tuple[SeenNode, ...]:
    """Who may have taken slots over since they were last seen with this node group, and cannot be asked.

    Those that live, may be primary, and are of node groups that shall have such slots and have no primary that answers.
    """
    claimed, found = shards.claim(situation, node_group), list[SeenNode]()
    for other in situation.others:
        ids = {node.id for node in other.nodes}
        nodes = [seen for seen in situation.around if seen.id in ids]
        if intersection(other.slots, claimed) and not any(seen.is_primary for seen in nodes):
            had_the_role = {other.ordered_primary, situation.before.primaries.get(other.id)}
            found += [seen for seen in nodes if seen.has_fallen_silent and seen.id in had_the_role]
    return tuple(found)


def wait_for(situation: Situation, takers: Sequence[SeenNode]) -> Wait:
    """Told when it lasts, for then only a person may end it."""
    does = "does" if len(takers) == 1 else "do"
    reason = f"{names(takers)} may have taken slots over just now and {does} not answer: heard before slots are claimed"
    return Wait(reason=reason, is_told=situation.has_lasted(reason))
