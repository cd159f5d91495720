"""What becomes of a node is decided from its condition: what the witnesses make of it together. Pure.

    process     its answer   its main thread   its replicas' links   for              condition
    ─────────   ──────────   ───────────────   ───────────────────   ──────────────   ─────────
    none        -            -                 -                     -                DEAD
    runs        any          -                 -                     -                ANSWERS
    runs        never yet    runs              -                     any              STARTING
    runs        never yet    stands still      -                     < busy limit     STARTING
    runs        never yet    stands still      -                     longer           HANGS
    runs        none         -                 -                     < 3 looks        SILENT
    runs        none         stands still      -                     3 looks          HANGS
    runs        none         stands still,     -                     < 70 s           BUSY
                             joining
    runs        none         runs              fresh                 < 3 s            SILENT
    runs        none         runs              fresh                 longer           UNSEEN
    runs        none         runs              silent                < busy limit     BUSY
    runs        none         runs              silent                longer           HANGS
    runs        none         runs              nobody's              any              BUSY
    runs        a script's   -                 -                     any              BUSY

The main thread is the witness that makes an early word possible. An engine with nothing to do still wakes ten
times a second, one with much to do runs all the time: a thread that the kernel has not run for three looks is
stopped, or waits for something that does not come. A fork, a slow disk and a processor that others use keep it
able to run, and that is not standing still.
"""

from datetime import datetime
from enum import Enum, auto

from elastane.model.observations import Busy
from elastane.reconcile.peers import peer_ports
from elastane.reconcile.silence import is_long, is_still, seconds
from elastane.reconcile.situation import SeenNode, Situation

FRESH_LINK_SECONDS = 2
"""A primary pings its replicas every second: one that heard nothing for longer has no primary that works."""

STALE_LINK_SECONDS = 5
"""A link that was heard so lately carries something, however late a ping comes on a machine with much to do."""

BLIND_AFTER_SECONDS = 3.0
"""By then the replicas' links tell for certain whether the primary still works: engines count whole seconds."""

JOINING_SECONDS_MAX = 70.0
"""Longer than the engines' repl-timeout of 60 s, after which a replica gives a copy up by itself."""


class Condition(Enum):
    """What the witnesses make of a node together."""

    ANSWERS = auto()
    DEAD = auto()
    STARTING = auto()
    """A new process in the place of a dead one, which has not answered yet."""
    SILENT = auto()
    """No answer, and not for long enough to say why."""
    UNSEEN = auto()
    """It works: its replicas hear it. Only we do not."""
    BUSY = auto()
    HANGS = auto()


def condition(seen: SeenNode, situation: Situation) -> Condition:
    """What the witnesses say of a node together."""
    if not seen.is_running:
        return Condition.DEAD
    if seen.answer is not None:
        return Condition.ANSWERS
    settings, now = situation.settings, situation.now
    if seen.silence is None or seen.is_coming_up:
        return Condition.HANGS if _never_began(seen, situation) else Condition.STARTING
    if not is_long(seen.silence, look_count=settings.hang_looks):
        return Condition.SILENT
    if is_still(seen.silence, look_count=settings.hang_looks):
        return Condition.BUSY if _may_wait_for_a_copy(seen, now) else Condition.HANGS
    silent_seconds = seconds(seen.silence, now)
    links = _links_to(seen, situation)
    if links and min(links) < _fresh_link_seconds(silent_seconds):
        return Condition.SILENT if silent_seconds < BLIND_AFTER_SECONDS else Condition.UNSEEN
    is_overdue = silent_seconds >= settings.busy_seconds and links and not is_scripted(seen)
    return Condition.HANGS if is_overdue else Condition.BUSY


def _fresh_link_seconds(silent_seconds: float) -> float:
    """What was heard at least a second after we heard it last is fresh: a single late ping must not end a life."""
    return max(FRESH_LINK_SECONDS, min(silent_seconds - 1, STALE_LINK_SECONDS))


def _may_wait_for_a_copy(seen: SeenNode, now: datetime) -> bool:
    """A replica that reads a copy sleeps while its primary is slow to send it: for the repl-timeout at most."""
    if seen.before is None or not seen.before.is_joining or seen.silence is None:
        return False
    return seconds(seen.silence, now) < JOINING_SECONDS_MAX


def _never_began(seen: SeenNode, situation: Situation) -> bool:
    """A new process that gets nowhere: it has the longer limit, for a start may wait for much."""
    if seen.silence is None or not is_still(seen.silence, look_count=situation.settings.hang_looks):
        return False
    return seconds(seen.silence, situation.now) >= situation.settings.busy_seconds


def _links_to(seen: SeenNode, situation: Situation) -> list[float]:
    """For how many seconds each replica of a node, as far as it answers, has heard nothing from it."""
    ports = peer_ports(situation)
    answers = [other.answer for other in situation.nodes if other.answer is not None]
    return [
        answer.link_silent_seconds if answer.is_link_up and answer.link_silent_seconds is not None else float("inf")
        for answer in answers
        if answer.primary_address == seen.node.address and answer.primary_port in ports
    ]


def is_scripted(seen: SeenNode) -> bool:
    return isinstance(seen.engine, Busy) and seen.engine.is_script
