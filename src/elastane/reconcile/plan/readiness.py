"""The last rule: nothing is left to do, but not every node is ready yet. Says what each one waits for."""

from typing import assert_never

from elastane.model.observations import Absent, Answering, Busy, Exited, Refusing, Running, Unknown
from elastane.model.observed_replication_groups import NodeHealth
from elastane.reconcile.plan import members
from elastane.reconcile.plan.verdicts import SATISFIED, Verdict, Wait
from elastane.reconcile.situation import SeenNode, Situation

SIGKILL = 9


def rule(situation: Situation) -> Verdict:
    unready = [
        seen
        for seen in situation.staying
        if seen.health is not NodeHealth.READY or seen.answer is None or seen.is_held_back or members.is_unknown(seen)
    ]
    if unready:
        return Wait(reason="; ".join(f"{seen.id} {_waits(seen, situation)}" for seen in unready))
    for seen in situation.staying:
        if seen.answer is not None and seen.answer.missing_rights:
            rights = ", ".join(seen.answer.missing_rights)
            return Wait(
                reason=f"the control user may not use {rights} on {seen.id}, which a failover needs", is_told=True
            )
    return SATISFIED


def _waits(seen: SeenNode, situation: Situation) -> str:
    if not seen.is_running and seen.node.zone in situation.lost_zones:
        return f"cannot be started while its zone {seen.node.zone} is down"
    return describe(seen)


def describe(seen: SeenNode) -> str:
    """What a node does, as the end of a sentence that begins with its id."""
    return _describe_engine(seen) if isinstance(seen.process, Running) else describe_ended(seen.process)


def describe_ended(process: Absent | Exited) -> str:
    """Likewise, of a process that does not run, of any kind of cache."""
    match process:
        case Absent():
            return "is not there yet"
        case Exited(exit_code=code, last_words=words):
            ending = (
                "has ended" if code is None else f"was killed by signal {-code}" if code < 0 else f"exited ({code})"
            )
            # Who is killed has no time for last words: what its log ends with is about something else.
            is_silenced = code == -SIGKILL or not words.strip()
            return ending if is_silenced else f"{ending}: {words.strip().splitlines()[-1]}"
        case _ as never:
            assert_never(never)


def _describe_engine(seen: SeenNode) -> str:
    match seen.engine:
        case Answering() as answer:
            return _describe_answer(seen, answer)
        case Refusing():
            return "is starting" if seen.is_coming_up else "runs, but refuses connections"
        case Busy(reason=reason) | Unknown(reason=reason):
            return f"does not answer: {reason}"
        case _ as never:
            assert_never(never)


def _describe_answer(seen: SeenNode, answer: Answering) -> str:
    if answer.is_loading:
        return "is loading its data"
    if answer.is_link_up and seen.view is not None and not seen.view.is_serving:
        return f"is {answer.role} and does not serve yet: it has heard of too few of the other primaries"
    if answer.is_link_up and seen.is_online and members.is_unknown(seen):
        return "is in sync, and the others do not know it yet"
    if answer.is_link_up and not seen.is_online:
        return "is synced, and its primary does not count it as online yet"
    if answer.is_link_up:
        return f"is {answer.role} and in sync" if answer.primary_address else f"is {answer.role}"
    if answer.sync_progress_ratio is not None:
        return f"is at {answer.sync_progress_ratio:.0%} of its first sync"
    return "is not in sync with its primary yet"
