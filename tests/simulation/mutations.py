"""Worse rules: each is the real planner with one thing wrong, of the kind that somebody might write.

A simulation that lets one of them pass proves nothing about the right ones. `seed` is a story that one breaks.
Those that matter in cluster mode only are in `cluster_mutations`.
"""

from msgspec.structs import replace

from elastane.model.observations import Role
from elastane.reconcile.plan import RULES, Act, Verdict
from elastane.reconcile.plan.failover_case import Case
from elastane.reconcile.plan.failover_verdicts import Choose
from elastane.reconcile.plan.promotion import record
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import (
    BindAddresses,
    FenceNodes,
    Follow,
    Promote,
    RecordPrimary,
    Step,
    StopNodes,
    SwitchOver,
)
from tests.simulation.worse_rules import ROWS, RULE, Mutation, acting, seeing, with_failover, with_rule, without_rule

# --- what is worse -------------------------------------------------------------------------------


def _first_by_name(case: Case) -> SeenNode:
    return min(case.heirs, key=lambda seen: seen.id)


def _whoever_was_named(case: Case) -> SeenNode:
    named = [seen for seen in case.heirs if seen.id == case.node_group.target_primary]
    return (named or [_first_by_name(case)])[0]


def _any_replica(case: Case) -> Case:
    """Whatever history its data has."""
    return replace(case, heirs=tuple(seen for seen in case.replicas if seen.is_replica))


def _most_bytes(case: Case) -> SeenNode:
    return max(case.heirs, key=lambda seen: seen.answer.offset_bytes if seen.answer is not None else 0)


def _roles_by_name(situation: Situation) -> Situation:
    """Who was written down is taken for the primary, whatever the engines say."""
    target = situation.group.node_groups[0].target_primary

    def named(seen: SeenNode) -> SeenNode:
        if seen.answer is None:
            return seen
        role = Role.PRIMARY if seen.id == target else Role.REPLICA
        return replace(seen, engine=replace(seen.answer, role=role))

    return replace(situation, nodes=tuple(map(named, situation.nodes)))


def _only_who_answers(situation: Situation) -> Situation:
    heard = tuple(seen for seen in situation.nodes if seen.answer is not None or not seen.is_running)
    return replace(situation, nodes=heard)


def _without_data(situation: Situation) -> Situation:
    """What nodes hold is not looked at."""
    return replace(situation, nodes=tuple(_as_if_empty(seen) for seen in situation.nodes))


def _as_if_empty(seen: SeenNode) -> SeenNode:
    if seen.answer is None:
        return seen
    return replace(seen, engine=replace(seen.answer, offset_bytes=0, key_count=0), before=None)


def _promote_beside(case: Case, choose: Choose) -> Verdict:
    """An order to the old primary, which it carries out when it is resumed, in the place of a kill."""
    assert case.holder is not None, "a row for groups that had a primary"
    heir = choose(case)
    steps = (
        record(case.node_group, heir, failed_over_at=case.situation.now),
        Promote(node_id=heir.id),
        Follow(node_id=case.holder.id, primary_id=heir.id),
    )
    return Act(steps=steps, why=f"{case.holder.id} hangs, and is told to follow {heir.id}")


def _endpoint_first(case: Case, choose: Choose) -> Verdict:
    assert case.holder is not None, "a row for groups that had a primary"
    heir = choose(case)
    endpoint = case.situation.group.network.primary_endpoint_address
    assert heir.answer is not None and endpoint is not None, "an heir has answered, and a group has an endpoint"
    take = BindAddresses(node_id=heir.id, addresses=(*heir.answer.bound_addresses, endpoint))
    return Act(steps=(take, FenceNodes(node_ids=(case.holder.id,))), why=f"{heir.id} takes the endpoint")


def _keep_clients(situation: Situation, step: Step) -> tuple[Step, ...]:
    if isinstance(step, SwitchOver):
        return (replace(step, kept_addresses=()),)
    return (replace(step, cuts_clients=False),) if isinstance(step, BindAddresses) else (step,)


def _promote_at_once(situation: Situation, step: Step) -> tuple[Step, ...]:
    """A switchover by hand: the replica is promoted, and the old primary told to follow it."""
    if not isinstance(step, SwitchOver):
        return (step,)
    return (
        Promote(node_id=step.new_primary_id),
        Follow(node_id=step.old_primary_id, primary_id=step.new_primary_id),
    )


def _stop_at_once(situation: Situation, step: Step) -> tuple[Step, ...]:
    """A primary is rebooted without handing its role over."""
    if not isinstance(step, RecordPrimary):
        return (step,)
    primary = situation.find_primary(situation.group.node_groups[0])
    assert primary is not None, "a reboot waits for one"
    return (StopNodes(node_ids=(primary.id,)),)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        what="skip the fence",
        rules=with_failover(changed=replace(ROWS["fence"], verdict=ROWS["fail over"].verdict)),
        seed=0,
    ),
    Mutation(
        what="order in place of a fence",
        rules=with_failover(changed=replace(ROWS["fence"], verdict=_promote_beside)),
        seed=0,
    ),
    Mutation(
        what="endpoint before the fence",
        rules=with_failover(changed=replace(ROWS["fence"], verdict=_endpoint_first)),
        seed=55,
    ),
    Mutation(what="promote the first", rules=with_failover(choose=_first_by_name), seed=24),
    Mutation(what="promote whoever was named", rules=with_failover(choose=_whoever_was_named), seed=21),
    Mutation(
        what="trust a name and not the roles",
        rules=tuple((name, seeing(rule, _roles_by_name)) for name, rule in RULES),
        seed=0,
    ),
    Mutation(
        what="compare offsets of different histories",
        rules=with_failover(case=_any_replica, choose=_most_bytes),
        seed=8889,
    ),
    Mutation(what="give up a primary at its first silence", rules=with_failover(without="just silent"), seed=14),
    Mutation(what="take blindness for death", rules=with_failover(without="blind"), seed=486),
    Mutation(what="take a busy primary for a dead one", rules=with_failover(without="busy"), seed=48),
    Mutation(what="let a script run", rules=with_failover(without="script"), seed=16),
    Mutation(what="kill the last copy", rules=with_failover(without="last copy"), seed=28),
    Mutation(what="fail over again and again", rules=with_failover(without="flapping"), seed=22),
    Mutation(what="fail over though it is off", rules=with_failover(without="failover off"), seed=0),
    Mutation(what="choose before all were heard", rules=with_failover(without="unheard"), seed=50),
    Mutation(what="promote before all is read", rules=with_failover(without="reading"), seed=11),
    Mutation(
        what="take over although nobody who answers was in sync",
        rules=with_failover(changed=replace(ROWS["no heir"], applies=lambda case: not case.heirs)),
        seed=9603,
    ),
    Mutation(what="leave a hanging replica", rules=with_failover(without="replica hangs"), seed=125),
    Mutation(
        what="after all were lost, choose among the first to answer",
        rules=with_rule("topology", seeing(RULE["topology"], _only_who_answers)),
        seed=37,
    ),
    Mutation(
        what="after all were lost, promote whoever was named",
        rules=with_rule("topology", seeing(RULE["topology"], _without_data)),
        seed=76,
    ),
    Mutation(
        what="leave clients where they are",
        rules=tuple(
            (name, acting(rule, _keep_clients) if name in ("endpoints", "switchover") else rule) for name, rule in RULES
        ),
        seed=83,
    ),
    Mutation(
        what="switch over by promoting",
        rules=with_rule("switchover", acting(RULE["switchover"], _promote_at_once)),
        seed=4,
    ),
    Mutation(
        what="reboot a primary at once",
        rules=with_rule("reboots", acting(RULE["reboots"], _stop_at_once)),
        seed=21,
    ),
    Mutation(what="act although the clock has jumped", rules=without_rule("steadiness"), seed=0),
)
