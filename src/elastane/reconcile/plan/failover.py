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

from collections.abc import Callable

import msgspec

from elastane.model.replication_groups import NodeGroup
from elastane.reconcile.plan import promotion, reboots, slot_takers
from elastane.reconcile.plan.conditions import Condition, is_scripted
from elastane.reconcile.plan.failover_case import (
    UNANSWERED,
    Case,
    dead_replicas,
    get_case,
    hanging_replicas,
    hanging_starts,
    has_primary,
    has_takers,
    has_up_to_date_heir,
    in_the_way,
    is_elected,
    is_moving,
    is_overdue,
    is_reading,
    is_unheard_of,
    is_waited_for,
    silent_reboots,
    unheard,
    was_just_failed_over,
)
from elastane.reconcile.plan.failover_verdicts import (
    Choose,
    cancel_moves,
    fail_over,
    fence,
    fence_as_asked,
    fence_former_primary,
    fence_rebooting_replicas,
    fence_replicas,
    fence_starts,
    hold_back,
    leave_alone,
    leave_working,
    satisfied,
    start_replicas,
    wait_for_answer,
    wait_for_gossip,
    wait_for_script,
    wait_for_takers,
    wait_to_hear,
    wait_until_seen,
    wait_while_busy,
    wait_while_reading,
    write_down,
)
from elastane.reconcile.plan.verdicts import SATISFIED, Verdict, first_unsatisfied
from elastane.reconcile.situation import SeenNode, Situation


class Row(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    sentence: str
    applies: Callable[[Case], bool]
    verdict: Callable[[Case, Choose], Verdict]


def make_rule(table: tuple[Row, ...], choose: Choose) -> Callable[[Situation], Verdict]:
    """A rule of these rows and this choice. The one that is used is `rule`; the simulation makes worse ones."""

    def judge(situation: Situation, node_group: NodeGroup) -> Verdict:
        if situation.is_emptied(node_group):
            return SATISFIED  # it is on its way out, and serves nobody
        case = get_case(situation, node_group)
        return next(row for row in table if row.applies(case)).verdict(case, choose)

    return lambda situation: first_unsatisfied(judge(situation, part) for part in situation.group.node_groups)


# --- the table -----------------------------------------------------------------------------------


def _is(*conditions: Condition) -> Callable[[Case], bool]:
    return lambda case: case.condition in conditions


TABLE: tuple[Row, ...] = (
    Row(
        name="start hangs",
        sentence="A new process gets nowhere and never answered: it is killed and started again, for it holds nothing.",
        applies=lambda case: bool(hanging_starts(case)),
        verdict=fence_starts,
    ),
    Row(
        name="replica reboot",
        sentence="A primary answers, and a silent replica is to reboot: killed, for others may wait for what it holds.",
        applies=lambda case: has_primary(case) and bool(silent_reboots(case)),
        verdict=fence_rebooting_replicas,
    ),
    Row(
        name="replica hangs",
        sentence="A primary answers, and a replica hangs: it is killed and built anew, for it may hold an endpoint.",
        applies=lambda case: has_primary(case) and bool(hanging_replicas(case)),
        verdict=fence_replicas,
    ),
    Row(
        name="script in the way",
        sentence="A primary answers, and a script holds the one before, with its address or slots: that one is killed.",
        applies=lambda case: bool(in_the_way(case)),
        verdict=fence_former_primary,
    ),
    Row(
        name="elected",
        sentence="The engines have elected another primary by themselves: it is written down, not undone.",
        applies=is_elected,
        verdict=write_down,
    ),
    Row(
        name="primary answers",
        sentence="A primary answers: there is nothing to fail over.",
        applies=has_primary,
        verdict=satisfied,
    ),
    Row(
        name="no primary known",
        sentence="Nobody was seen as primary, or it has another role or a new process: `topology` hears everybody.",
        applies=lambda case: case.holder is None or case.condition in (Condition.ANSWERS, Condition.STARTING),
        verdict=satisfied,
    ),
    Row(
        name="just silent",
        sentence="The primary has just fallen silent: one late answer is no reason for anything.",
        applies=_is(Condition.SILENT),
        verdict=wait_for_answer,
    ),
    Row(
        name="reboot",
        sentence="The primary does not answer and its reboot was asked for: it is killed, with what it alone has.",
        applies=lambda case: (
            case.holder is not None and case.condition in UNANSWERED and reboots.is_reboot_due(case.holder)
        ),
        verdict=fence_as_asked,
    ),
    Row(
        name="meanwhile",
        sentence="The primary is waited for, and a replica is dead: it is started again meanwhile, guarded.",
        applies=lambda case: is_waited_for(case) and bool(dead_replicas(case)),
        verdict=start_replicas,
    ),
    Row(
        name="script",
        sentence="A script holds the primary: it is busy, not dead. After the busy limit the script is ended, not it.",
        applies=lambda case: case.condition is Condition.BUSY and case.holder is not None and is_scripted(case.holder),
        verdict=wait_for_script,
    ),
    Row(
        name="blind",
        sentence="We do not hear the primary and its replicas do: we are blind, and who is blind does nothing.",
        applies=_is(Condition.UNSEEN),
        verdict=wait_until_seen,
    ),
    Row(
        name="busy for long",
        sentence="The primary has long answered nobody, and no replica can tell whether it still works: left alone.",
        applies=lambda case: case.condition is Condition.BUSY and is_overdue(case),
        verdict=leave_working,
    ),
    Row(
        name="busy",
        sentence="The primary works and answers nobody: it is busy, and gets the longer limit.",
        applies=_is(Condition.BUSY),
        verdict=wait_while_busy,
    ),
    Row(
        name="unheard while it hangs",
        sentence="The primary hangs, and whoever might take over is one answer late: it is asked again first.",
        applies=lambda case: (
            case.condition is Condition.HANGS and not has_up_to_date_heir(case) and bool(unheard(case))
        ),
        verdict=wait_to_hear,
    ),
    Row(
        name="last copy",
        sentence="The primary hangs and no replica was in sync with it: the last copy is never killed by us.",
        applies=lambda case: case.condition is Condition.HANGS and not has_up_to_date_heir(case),
        verdict=leave_alone,
    ),
    Row(
        name="moves while it hangs",
        sentence="The primary hangs amid a move of slots, and is held back: the engines may elect another meanwhile.",
        applies=lambda case: case.condition is Condition.HANGS and was_just_failed_over(case) and has_takers(case),
        verdict=cancel_moves,
    ),
    Row(
        name="flapping",
        sentence="The primary hangs shortly after the last failover: damped, for a hanging machine hangs everywhere.",
        applies=lambda case: case.condition is Condition.HANGS and was_just_failed_over(case),
        verdict=hold_back,
    ),
    Row(
        name="fence",
        sentence="The primary hangs: it is killed before anybody takes over.",
        applies=_is(Condition.HANGS),
        verdict=fence,
    ),
    Row(
        name="failover off",
        sentence="The primary is dead and automatic failover is off: it is rebuilt first; `topology` goes on.",
        applies=lambda case: not case.is_automatic,
        verdict=satisfied,
    ),
    Row(
        name="unheard",
        sentence="The primary is dead and a replica has just fallen silent: it may have more data than the others.",
        applies=lambda case: bool(unheard(case)),
        verdict=wait_to_hear,
    ),
    Row(
        name="no heir",
        sentence="The primary is dead and nobody was in sync with it: all are started, and `topology` compares them.",
        applies=lambda case: not has_up_to_date_heir(case),
        verdict=satisfied,
    ),
    Row(
        name="moves",
        sentence="The primary is dead amid a move of slots: that is ended first, or two would own what it moved.",
        applies=is_moving,
        verdict=cancel_moves,
    ),
    Row(
        name="takers unheard",
        sentence="The primary is dead, and who may just have taken slots of it does not answer: it is heard first.",
        applies=lambda case: bool(slot_takers.silent_takers(case.situation, case.node_group)),
        verdict=wait_for_takers,
    ),
    Row(
        name="unheard of",
        sentence="The primary is dead, and no heir has heard yet of slots that had moved: they would be taken back.",
        applies=is_unheard_of,
        verdict=wait_for_gossip,
    ),
    Row(
        name="reading",
        sentence="The primary is dead and replicas still read what it had sent: they finish first.",
        applies=is_reading,
        verdict=wait_while_reading,
    ),
    Row(
        name="fail over",
        sentence="The primary is dead: the best replica takes over, and the others follow it.",
        applies=lambda case: True,
        verdict=fail_over,
    ),
)


def best_heir(case: Case) -> SeenNode:
    """The promotion order of `promotion.best`, with the zone that has just lost its primary as the last resort."""
    lost_zone = None if case.holder is None else case.holder.node.zone
    return promotion.best(case.heirs, case.node_group.target_primary, lost_zone=lost_zone)


rule = make_rule(TABLE, best_heir)
