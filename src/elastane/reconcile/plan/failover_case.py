"""What the rows of `failover` ask of a node group: who has the role, how it is, who could take over. Pure."""

import msgspec

from elastane.model.observations import Role
from elastane.model.replication_groups import NodeGroup
from elastane.model.rests import is_within
from elastane.reconcile.plan import nodes, shards, slot_takers
from elastane.reconcile.plan.conditions import Condition, condition, is_scripted
from elastane.reconcile.plan.heirs import are_reading, find_heirs, was_up_to_date
from elastane.reconcile.plan.reboots import is_reboot_due
from elastane.reconcile.silence import seconds
from elastane.reconcile.situation import SeenNode, Situation

WORKING_SECONDS_MAX = 30.0

UNANSWERED = (Condition.HANGS, Condition.BUSY, Condition.UNSEEN)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One node group, as the rows look at it."""

    situation: Situation
    node_group: NodeGroup
    holder: SeenNode | None
    """Who has the role, as far as anybody knows; None when nobody was ever seen to, or it is no member any more."""
    condition: Condition
    """The holder's."""
    heirs: tuple[SeenNode, ...]
    """Replicas that answer and hold the holder's data: the choice."""

    @property
    def known_holder(self) -> SeenNode:
        """The holder, for the rows after those that are for groups without."""
        assert self.holder is not None, "a row for groups that had a primary"
        return self.holder

    @property
    def holder_id(self) -> str:
        return self.known_holder.id

    @property
    def replicas(self) -> tuple[SeenNode, ...]:
        return tuple(seen for seen in self.situation.of(self.node_group) if seen is not self.holder)

    @property
    def is_automatic(self) -> bool:
        return self.situation.is_failover_automatic


def get_case(situation: Situation, node_group: NodeGroup) -> Case:
    members = situation.of(node_group)
    holder = find_holder(situation, node_group)
    lineage = situation.before.lineages.get(node_group.id)
    return Case(
        situation=situation,
        node_group=node_group,
        holder=holder,
        condition=Condition.DEAD if holder is None else condition(holder, situation),
        heirs=find_heirs((seen for seen in members if seen is not holder), lineage),
    )


def hanging_starts(case: Case) -> list[SeenNode]:
    """New processes that get nowhere. They hold nothing that is not in their directories."""
    members = case.situation.of(case.node_group)
    return [seen for seen in members if seen.is_coming_up and condition(seen, case.situation) is Condition.HANGS]


def silent_reboots(case: Case) -> list[SeenNode]:
    """Who is to reboot, and does not answer to be told so."""
    members = case.situation.of(case.node_group)
    return [seen for seen in members if condition(seen, case.situation) in UNANSWERED and is_reboot_due(seen)]


def hanging_replicas(case: Case) -> list[SeenNode]:
    members = case.situation.of(case.node_group)
    return [seen for seen in members if _hangs(seen, case) or _is_lost_in_work(seen, case)]


def in_the_way(case: Case) -> list[SeenNode]:
    """Former primaries that a script holds, and that so do not let go of what is another one's by now.

    The address of the primary endpoint: without it nobody is written to. Or, in a cluster whose others have elected
    another one, its slots: when the script ends, it would take writes again until it hears of that.
    """
    situation = case.situation
    primary, endpoint = situation.find_primary(case.node_group), situation.group.network.primary_endpoint_address
    if primary is None:
        return []
    scripted = [seen for seen in situation.of(case.node_group) if seen is not primary and is_scripted(seen)]
    return [
        seen
        for seen in scripted
        if seen.before is not None
        and (endpoint in seen.before.bound_addresses or (primary.slots and seen.before.role is Role.PRIMARY))
    ]


def _hangs(seen: SeenNode, case: Case) -> bool:
    return condition(seen, case.situation) is Condition.HANGS


def _is_lost_in_work(seen: SeenNode, case: Case) -> bool:
    """In a cluster: it has worked for long and answered nobody, as an engine does that goes round in circles.

    A primary answers, so it holds no only copy.
    """
    if not case.situation.group.is_cluster or seen.silence is None:
        return False
    if condition(seen, case.situation) is not Condition.BUSY or is_scripted(seen):
        return False
    is_copying = seen.before is not None and (seen.before.is_joining or seen.before.is_copying)
    return not is_copying and seconds(seen.silence, case.situation.now) >= WORKING_SECONDS_MAX


def find_holder(situation: Situation, node_group: NodeGroup) -> SeenNode | None:
    """Who was last seen as primary; before it, a silent node that was ordered to be since then.

    Nobody may have seen the order carried out: until that node is heard, or fenced, it may be primary. An order that
    it has not carried out yet is carried out when it is resumed.
    """
    last = situation.before.primaries.get(node_group.id)
    seen_last = next((seen for seen in situation.of(node_group) if seen.id == last), None)
    return situation.find_silent_order(node_group) or seen_last


def unheard(case: Case) -> list[SeenNode]:
    return [seen for seen in case.replicas if condition(seen, case.situation) is Condition.SILENT]


def is_reading(case: Case) -> bool:
    return are_reading(case.heirs, case.situation)


UNHEARD_OF = f"the replicas have {slot_takers.UNHEARD_OF}"


def is_elected(case: Case) -> bool:
    """In a cluster engines elect among themselves when nobody else does it in time: then the document is behind.

    A wish is a target that is not who was last ordered, or not who was last seen.
    """
    node_group, primary = case.node_group, case.situation.find_primary(case.node_group)
    if primary is None or not primary.slots or primary.id == node_group.target_primary:
        return False
    last_seen = case.situation.before.primaries.get(node_group.id)
    return node_group.target_primary == node_group.ordered_primary == last_seen


def is_moving(case: Case) -> bool:
    return slot_takers.are_moves_ended_first(case.situation, case.node_group)


def has_takers(case: Case) -> bool:
    """Whether somebody who answers takes whole slots from or for this node group, and can end that."""
    return bool(shards.takers(case.situation, case.node_group))


def is_unheard_of(case: Case) -> bool:
    holder_id = case.situation.member_id(case.known_holder)
    return any(slot_takers.is_news_awaited(case.situation, heir, holder_id, UNHEARD_OF) for heir in case.heirs)


def has_up_to_date_heir(case: Case) -> bool:
    return any(was_up_to_date(seen, case.known_holder, case.situation.now) for seen in case.heirs)


def was_just_failed_over(case: Case) -> bool:
    last = case.node_group.failed_over_at
    return last is not None and is_within(case.situation.now, last, case.situation.settings.interval_seconds)


def has_primary(case: Case) -> bool:
    primaries = [seen for seen in case.situation.of(case.node_group) if seen.is_primary]
    return len(primaries) > 1 or case.situation.find_primary(case.node_group) is not None


def is_waited_for(case: Case) -> bool:
    if case.condition is Condition.HANGS:
        return not has_up_to_date_heir(case) or was_just_failed_over(case)
    return case.condition in (Condition.BUSY, Condition.UNSEEN)


def dead_replicas(case: Case) -> list[SeenNode]:
    return [seen for seen in case.replicas if not seen.node.is_leaving and nodes.is_due(seen, case.situation)]


def is_overdue(case: Case) -> bool:
    assert case.known_holder.silence is not None, "it answers nobody"
    return seconds(case.known_holder.silence, case.situation.now) >= case.situation.settings.busy_seconds
