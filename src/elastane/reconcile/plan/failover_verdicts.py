"""What follows from each row of `failover`: the steps, and the sentence that a person reads. Pure."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from elastane.model.rests import is_within
from elastane.reconcile.plan import promotion, readiness, shards, slot_takers
from elastane.reconcile.plan.failover_case import (
    UNHEARD_OF,
    Case,
    dead_replicas,
    hanging_replicas,
    hanging_starts,
    in_the_way,
    is_overdue,
    silent_reboots,
    unheard,
)
from elastane.reconcile.plan.heirs import READING
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.situation import SeenNode, names
from elastane.reconcile.steps import (
    BindAddresses,
    FenceNodes,
    Follow,
    Promote,
    StartNodes,
    Step,
    StopScript,
    TakeSlots,
)

Choose = Callable[[Case], SeenNode]
"""Who takes over."""

ORDER_SECONDS_MAX = 5.0
"""So lately an heir was ordered to take over by this rule, and not by a switchover that came to nothing."""

VOTE_SECONDS_MAX = 0.05
"""A vote takes a few milliseconds, or an engine refuses it and would ask again only after seconds."""


def kill(nodes: Sequence[SeenNode], why: str) -> Act:
    return Act(steps=(FenceNodes(node_ids=tuple(seen.id for seen in nodes)),), why=why)


def satisfied(case: Case, choose: Choose) -> Verdict:
    return SATISFIED


def fence_starts(case: Case, choose: Choose) -> Verdict:
    hanging = hanging_starts(case)
    return kill(
        hanging,
        f"{names(hanging)} {_hangs(len(hanging))} since the start: killed, to be started again",
    )


def fence_rebooting_replicas(case: Case, choose: Choose) -> Verdict:
    silent = silent_reboots(case)
    return kill(
        silent,
        f"a reboot of {names(silent)} was asked for, and no answer comes: killed, to be built anew from the primary",
    )


def fence_replicas(case: Case, choose: Choose) -> Verdict:
    hanging = hanging_replicas(case)
    return kill(
        hanging,
        f"{names(hanging)} {_hangs(len(hanging))}: killed, to be built anew from the primary",
    )


def fence_former_primary(case: Case, choose: Choose) -> Verdict:
    former = in_the_way(case)
    return kill(
        former,
        f"a script holds {names(former)}, which was primary before and still has its place: killed, to be built anew",
    )


def write_down(case: Case, choose: Choose) -> Verdict:
    primary = case.situation.find_primary(case.node_group)
    assert primary is not None, "the row is for node groups that have one"
    return Act(
        steps=(promotion.record(case.node_group, primary),),
        why=f"the engines have elected {primary.id} in the place of {case.node_group.target_primary}",
    )


def wait_for_answer(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=f"the primary {case.holder_id} has just fallen silent: it is asked again")


def wait_for_script(case: Case, choose: Choose) -> Verdict:
    if not is_overdue(case):
        return Wait(reason=f"the primary {case.holder_id} runs a script and answers nobody else: it is busy, not dead")
    return Act(
        steps=(StopScript(node_id=case.known_holder.id),),
        why=f"a script keeps the primary {case.holder_id} from answering anybody, and is ended",
        is_told=True,
    )


def wait_until_seen(case: Case, choose: Choose) -> Verdict:
    return Wait(
        reason=f"the primary {case.holder_id} does not answer the control plane, but its replicas receive from it: "
        "nothing is done to it",
        is_told=True,
    )


def wait_while_busy(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=f"the primary {case.holder_id} works and answers nobody: it is busy, not dead")


def leave_working(case: Case, choose: Choose) -> Verdict:
    return Wait(
        reason=f"the primary {case.holder_id} has long been working and answers nobody, and no replica hears of it: "
        "left alone, for it may hold the only copy; reboot it to start again without",
        is_told=True,
    )


def start_replicas(case: Case, choose: Choose) -> Verdict:
    dead = dead_replicas(case)
    return Act(
        steps=(StartNodes(node_ids=tuple(seen.id for seen in dead)),),
        why=f"{names(dead)} can be started while the primary {case.holder_id} is waited for",
    )


def leave_alone(case: Case, choose: Choose) -> Verdict:
    return Wait(
        reason=f"the primary {case.holder_id} hangs, and no replica that answers was in sync with it: it is left alone,"
        " for it may hold the only copy; reboot it to start again without",
        is_told=True,
    )


def hold_back(case: Case, choose: Choose) -> Verdict:
    last = case.node_group.failed_over_at
    assert last is not None, "the row applies after a failover only"
    due = last + timedelta(seconds=case.situation.settings.interval_seconds)
    return Wait(
        reason=f"the primary {case.holder_id} hangs; failover number {case.node_group.failover_count} was at "
        f"{last:%H:%M:%S}, so the next may come at {due:%H:%M:%S} unless it dies",
        is_told=True,
    )


def fence(case: Case, choose: Choose) -> Verdict:
    return kill(
        [case.known_holder],
        f"the primary {case.holder_id} hangs: it is killed, so that nothing more is written to it",
    )


def fence_as_asked(case: Case, choose: Choose) -> Verdict:
    return kill(
        [case.known_holder],
        f"a reboot of the primary {case.holder_id}, which does not answer, was asked for",
    )


def wait_to_hear(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=f"{names(unheard(case))} must be heard before a new primary is chosen")


def wait_while_reading(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=READING)


def cancel_moves(case: Case, choose: Choose) -> Verdict:
    return slot_takers.end_moves(case.situation, case.node_group)


def wait_for_takers(case: Case, choose: Choose) -> Verdict:
    return slot_takers.wait_for(case.situation, slot_takers.silent_takers(case.situation, case.node_group))


def wait_for_gossip(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=UNHEARD_OF, is_told=case.situation.has_lasted(UNHEARD_OF))


def _take_over(case: Case, heir: SeenNode, why: str) -> Verdict:
    """In cluster mode. A vote that was asked for and not given is not asked for again: the role is taken."""
    situation, node_group = case.situation, case.node_group
    last = node_group.failed_over_at
    is_asked = (
        node_group.ordered_primary == heir.id and last is not None and is_within(situation.now, last, ORDER_SECONDS_MAX)
    )
    has_majority = shards.has_majority(situation, node_group, heir, case.holder)
    if is_asked and has_majority and last is not None and is_within(situation.now, last, VOTE_SECONDS_MAX):
        return Wait(reason=f"the other primaries vote for {heir.id}")
    by_vote = has_majority and not is_asked
    record = promotion.record(node_group, heir, failed_over_at=situation.now)
    take = TakeSlots(node_id=heir.id, slots=shards.claim(situation, node_group), by_vote=by_vote)
    steps: list[Step] = [take] if is_asked else [record, take]
    endpoint = situation.group.network.configuration_endpoint_address
    before = case.known_holder.before
    if endpoint is not None and before is not None and endpoint in before.bound_addresses:
        steps.append(
            BindAddresses(node_id=heir.id, addresses=_with(heir, endpoint))
        )  # clients ask there what became of it
    return Act(steps=tuple(steps), why=why)


def fail_over(case: Case, choose: Choose) -> Verdict:
    heir = choose(case)
    others = [seen for seen in case.heirs if seen is not heir and not seen.node.is_leaving]
    among = f", the most advanced of {names(case.heirs)}," if others else ""
    why = f"the primary {case.holder_id} {readiness.describe(case.known_holder)}: {heir.id}{among} takes over"
    if heir.view is not None:
        return _take_over(case, heir, why)
    endpoint = case.situation.group.network.primary_endpoint_address
    steps: list[Step] = [
        promotion.record(case.node_group, heir, failed_over_at=case.situation.now),
        Promote(node_id=heir.id),
    ]
    if endpoint is not None:
        steps.append(BindAddresses(node_id=heir.id, addresses=_with(heir, endpoint)))
    steps += [Follow(node_id=seen.id, primary_id=heir.id) for seen in others]
    return Act(steps=tuple(steps), why=why)


def _with(seen: SeenNode, endpoint: str) -> tuple[str, ...]:
    assert seen.answer is not None, "an heir has answered"
    bound = seen.answer.bound_addresses
    return bound if endpoint in bound else (*bound, endpoint)


def _hangs(count: int) -> str:
    return "hangs" if count == 1 else "hang"
