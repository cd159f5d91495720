"""A group of three shards of two nodes, for the tests of the rules in cluster mode."""

from elastane.model.member_ids import member_id
from elastane.model.slots import NO_SLOTS, SlotRange, Slots, difference, union
from elastane.reconcile.plan.verdicts import Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import SideBySide, Step
from tests.kit import groups
from tests.kit.situations import dead, orphan

GROUP = groups.cluster(shards=3, replicas=1)
ONE, TWO, THREE = GROUP.node_groups
A1, A2 = ONE.nodes
B1, B2 = TWO.nodes
C1, C2 = THREE.nodes
A1_ID, A2_ID, B1_ID, B2_ID, C1_ID, C2_ID = (member_id(GROUP.region, node) for node in GROUP.nodes)

SOME: Slots = (SlotRange(0, 99),)
"""A few of the first shard's slots."""
MOVED = {ONE.id: difference(ONE.slots, SOME), TWO.id: union(TWO.slots, SOME)}
"""Who owns what once the second shard has them."""
NOTHING_OF_ONE = {ONE.id: NO_SLOTS, TWO.id: union(ONE.slots, TWO.slots)}
"""Who owns what once the first shard has given everything away."""

DEAD_PRIMARY = dead(A1, before=groups.observed_node(A1))
HEIR = orphan(A2, A1)


def steps_of(verdict: Verdict) -> tuple[Step, ...]:
    """All of them, those that are done side by side in their order."""
    assert isinstance(verdict, Act), verdict
    flat: list[Step] = []
    for step in verdict.steps:
        flat += [each for track in step.tracks for each in track] if isinstance(step, SideBySide) else [step]
    return tuple(flat)


def kinds_of(verdict: Verdict) -> set[str]:
    """The names of the steps it takes; none when it takes none."""
    return {type(step).__name__ for step in steps_of(verdict)} if isinstance(verdict, Act) else set()


def reason_of(verdict: Verdict) -> str:
    assert isinstance(verdict, Wait), verdict
    return verdict.reason


def ids(*nodes: SeenNode) -> tuple[str, ...]:
    return tuple(seen.id for seen in nodes)
