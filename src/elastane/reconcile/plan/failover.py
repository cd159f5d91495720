"""When a primary is given up, and for whom: `TABLE`, read from the top. The first row that applies speaks.

The primary is who was last *seen* as primary, whatever it is called and whoever was meant to be it. What is known
of it comes from several witnesses, weighed in `conditions`. A death that the process handle tells is certain, and
is acted on at once. Silence is not death: it may hang, be busy, or be heard by everybody but us.

Nobody takes over while the old primary may still be writable. So who hangs is killed first (a fence: an order
would be carried out later, when it is resumed), and the next look sees a certain death. Who may hold the only
copy of the data is never killed.

A switchover that was asked for is not here but in `switchover`, and what to do when nobody knows who was primary,
or all were lost at once, in `topology`.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec

from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan import promotion, readiness, reboots
from elastane.reconcile.plan.conditions import Condition, is_scripted
from elastane.reconcile.plan.failover_case import (
    UNANSWERED,
    Case,
    dead_replicas,
    get_case,
    hanging_replicas,
    hanging_starts,
    has_primary,
    has_up_to_date_heir,
    is_overdue,
    is_reading,
    is_waited_for,
    silent_reboots,
    unheard,
    was_just_failed_over,
)
from elastane.reconcile.plan.heirs import READING
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation, names
from elastane.reconcile.steps import BindAddresses, FenceNodes, Follow, Promote, StartNodes, Step, StopScript

Choose = Callable[[Case], SeenNode]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    sentence: str
    applies: Callable[[Case], bool]
    verdict: Callable[[Case, Choose], Verdict]


def make_rule(table: tuple[Row, ...], choose: Choose) -> Callable[[Situation], Verdict]:
    """A rule of these rows and this choice. The one that is used is `rule`; the simulation makes worse ones."""

    def judge(situation: Situation, node_group: NodeGroup) -> Verdict:
        case = get_case(situation, node_group)
        return next(row for row in table if row.applies(case)).verdict(case, choose)

    return lambda situation: first_unsatisfied(judge(situation, part) for part in situation.group.node_groups)


# --- what follows --------------------------------------------------------------------------------


def _kill(nodes: Sequence[SeenNode], why: str) -> Act:
    return Act(steps=(FenceNodes(node_ids=tuple(seen.id for seen in nodes)),), why=why)


def _satisfied(case: Case, choose: Choose) -> Verdict:
    return SATISFIED


def _fence_starts(case: Case, choose: Choose) -> Verdict:
    hanging = hanging_starts(case)
    return _kill(
        hanging,
        f"{names(hanging)} {_hangs(len(hanging))} since the start: killed, to be started again",
    )


def _fence_rebooting_replicas(case: Case, choose: Choose) -> Verdict:
    silent = silent_reboots(case)
    return _kill(
        silent,
        f"a reboot of {names(silent)} was asked for, and no answer comes: killed, to be built anew from the primary",
    )


def _fence_replicas(case: Case, choose: Choose) -> Verdict:
    hanging = hanging_replicas(case)
    return _kill(
        hanging,
        f"{names(hanging)} {_hangs(len(hanging))}: killed, to be built anew from the primary",
    )


def _wait_for_answer(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=f"the primary {case.holder_id} has just fallen silent: it is asked again")


def _wait_for_script(case: Case, choose: Choose) -> Verdict:
    if not is_overdue(case):
        return Wait(reason=f"the primary {case.holder_id} runs a script and answers nobody else: it is busy, not dead")
    return Act(
        steps=(StopScript(node_id=case.known_holder.id),),
        why=f"a script keeps the primary {case.holder_id} from answering anybody, and is ended",
        is_told=True,
    )


def _wait_until_seen(case: Case, choose: Choose) -> Verdict:
    return Wait(
        reason=f"the primary {case.holder_id} does not answer the control plane, but its replicas receive from it: "
        "nothing is done to it",
        is_told=True,
    )


def _wait_while_busy(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=f"the primary {case.holder_id} works and answers nobody: it is busy, not dead")


def _leave_working(case: Case, choose: Choose) -> Verdict:
    return Wait(
        reason=f"the primary {case.holder_id} has long been working and answers nobody, and no replica hears of it: "
        "left alone, for it may hold the only copy; reboot it to start again without",
        is_told=True,
    )


def _start_replicas(case: Case, choose: Choose) -> Verdict:
    dead = dead_replicas(case)
    return Act(
        steps=(StartNodes(node_ids=tuple(seen.id for seen in dead)),),
        why=f"{names(dead)} can be started while the primary {case.holder_id} is waited for",
    )


def _leave_alone(case: Case, choose: Choose) -> Verdict:
    return Wait(
        reason=f"the primary {case.holder_id} hangs, and no replica that answers was in sync with it: it is left alone,"
        " for it may hold the only copy; reboot it to start again without",
        is_told=True,
    )


def _hold_back(case: Case, choose: Choose) -> Verdict:
    last = case.node_group.failed_over_at
    assert last is not None, "the row applies after a failover only"
    due = last + timedelta(seconds=case.situation.settings.interval_seconds)
    return Wait(
        reason=f"the primary {case.holder_id} hangs; failover number {case.node_group.failover_count} was at "
        f"{last:%H:%M:%S}, so the next may come at {due:%H:%M:%S} unless it dies",
        is_told=True,
    )


def _fence(case: Case, choose: Choose) -> Verdict:
    return _kill(
        [case.known_holder],
        f"the primary {case.holder_id} hangs: it is killed, so that nothing more is written to it",
    )


def _fence_as_asked(case: Case, choose: Choose) -> Verdict:
    return _kill(
        [case.known_holder],
        f"a reboot of the primary {case.holder_id}, which does not answer, was asked for",
    )


def _wait_to_hear(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=f"{names(unheard(case))} must be heard before a new primary is chosen")


def _wait_while_reading(case: Case, choose: Choose) -> Verdict:
    return Wait(reason=READING)


def _fail_over(case: Case, choose: Choose) -> Verdict:
    heir = choose(case)
    others = [seen for seen in case.heirs if seen is not heir and not seen.node.is_leaving]
    endpoint = case.situation.group.network.primary_endpoint_address
    steps: list[Step] = [
        promotion.record(case.node_group, heir, failed_over_at=case.situation.now),
        Promote(node_id=heir.id),
    ]
    if endpoint is not None:
        steps.append(BindAddresses(node_id=heir.id, addresses=_with(heir, endpoint)))
    steps += [Follow(node_id=seen.id, primary_id=heir.id) for seen in others]
    among = f", the most advanced of {names(case.heirs)}," if others else ""
    return Act(
        steps=tuple(steps),
        why=f"the primary {case.holder_id} {readiness.describe(case.known_holder)}: {heir.id}{among} takes over",
    )


def _with(seen: SeenNode, endpoint: str) -> tuple[str, ...]:
    assert seen.answer is not None, "an heir has answered"
    bound = seen.answer.bound_addresses
    return bound if endpoint in bound else (*bound, endpoint)


def _hangs(count: int) -> str:
    return "hangs" if count == 1 else "hang"


# --- the table -----------------------------------------------------------------------------------


def _is(*conditions: Condition) -> Callable[[Case], bool]:
    return lambda case: case.condition in conditions


TABLE: tuple[Row, ...] = (
    Row(
        name="start hangs",
        sentence="A new process gets nowhere and never answered: it is killed and started again, for it holds nothing.",
        applies=lambda case: bool(hanging_starts(case)),
        verdict=_fence_starts,
    ),
    Row(
        name="replica reboot",
        sentence="A primary answers, and a silent replica is to reboot: killed, for others may wait for what it holds.",
        applies=lambda case: has_primary(case) and bool(silent_reboots(case)),
        verdict=_fence_rebooting_replicas,
    ),
    Row(
        name="replica hangs",
        sentence="A primary answers, and a replica hangs: it is killed and built anew, for it may hold an endpoint.",
        applies=lambda case: has_primary(case) and bool(hanging_replicas(case)),
        verdict=_fence_replicas,
    ),
    Row(
        name="primary answers",
        sentence="A primary answers: there is nothing to fail over.",
        applies=has_primary,
        verdict=_satisfied,
    ),
    Row(
        name="no primary known",
        sentence="Nobody was seen as primary, or it has another role or a new process: `topology` hears everybody.",
        applies=lambda case: case.holder is None or case.condition in (Condition.ANSWERS, Condition.STARTING),
        verdict=_satisfied,
    ),
    Row(
        name="just silent",
        sentence="The primary has just fallen silent: one late answer is no reason for anything.",
        applies=_is(Condition.SILENT),
        verdict=_wait_for_answer,
    ),
    Row(
        name="reboot",
        sentence="The primary does not answer and its reboot was asked for: it is killed, with what it alone has.",
        applies=lambda case: (
            case.holder is not None and case.condition in UNANSWERED and reboots.is_reboot_due(case.holder)
        ),
        verdict=_fence_as_asked,
    ),
    Row(
        name="meanwhile",
        sentence="The primary is waited for, and a replica is dead: it is started again meanwhile, guarded.",
        applies=lambda case: is_waited_for(case) and bool(dead_replicas(case)),
        verdict=_start_replicas,
    ),
    Row(
        name="script",
        sentence="A script holds the primary: it is busy, not dead. After the busy limit the script is ended, not it.",
        applies=lambda case: case.condition is Condition.BUSY and case.holder is not None and is_scripted(case.holder),
        verdict=_wait_for_script,
    ),
    Row(
        name="blind",
        sentence="We do not hear the primary and its replicas do: we are blind, and who is blind does nothing.",
        applies=_is(Condition.UNSEEN),
        verdict=_wait_until_seen,
    ),
    Row(
        name="busy for long",
        sentence="The primary has long answered nobody, and no replica can tell whether it still works: left alone.",
        applies=lambda case: case.condition is Condition.BUSY and is_overdue(case),
        verdict=_leave_working,
    ),
    Row(
        name="busy",
        sentence="The primary works and answers nobody: it is busy, and gets the longer limit.",
        applies=_is(Condition.BUSY),
        verdict=_wait_while_busy,
    ),
    Row(
        name="unheard while it hangs",
        sentence="The primary hangs, and whoever might take over is one answer late: it is asked again first.",
        applies=lambda case: (
            case.condition is Condition.HANGS and not has_up_to_date_heir(case) and bool(unheard(case))
        ),
        verdict=_wait_to_hear,
    ),
    Row(
        name="last copy",
        sentence="The primary hangs and no replica was in sync with it: the last copy is never killed by us.",
        applies=lambda case: case.condition is Condition.HANGS and not has_up_to_date_heir(case),
        verdict=_leave_alone,
    ),
    Row(
        name="flapping",
        sentence="The primary hangs shortly after the last failover: damped, for a hanging machine hangs everywhere.",
        applies=lambda case: case.condition is Condition.HANGS and was_just_failed_over(case),
        verdict=_hold_back,
    ),
    Row(
        name="fence",
        sentence="The primary hangs: it is killed before anybody takes over.",
        applies=_is(Condition.HANGS),
        verdict=_fence,
    ),
    Row(
        name="failover off",
        sentence="The primary is dead and automatic failover is off: it is rebuilt first; `topology` goes on.",
        applies=lambda case: not case.is_automatic,
        verdict=_satisfied,
    ),
    Row(
        name="unheard",
        sentence="The primary is dead and a replica has just fallen silent: it may have more data than the others.",
        applies=lambda case: bool(unheard(case)),
        verdict=_wait_to_hear,
    ),
    Row(
        name="no heir",
        sentence="The primary is dead and nobody was in sync with it: all are started, and `topology` compares them.",
        applies=lambda case: not has_up_to_date_heir(case),
        verdict=_satisfied,
    ),
    Row(
        name="reading",
        sentence="The primary is dead and replicas still read what it had sent: they finish first.",
        applies=is_reading,
        verdict=_wait_while_reading,
    ),
    Row(
        name="fail over",
        sentence="The primary is dead: the best replica takes over, and the others follow it.",
        applies=lambda case: True,
        verdict=_fail_over,
    ),
)


def best_heir(case: Case) -> SeenNode:
    """The promotion order of `promotion.best`, with the zone that has just lost its primary as the last resort."""
    lost_zone = None if case.holder is None else case.holder.node.zone
    return promotion.best(case.heirs, case.node_group.target_primary, lost_zone=lost_zone)


rule = make_rule(TABLE, best_heir)
