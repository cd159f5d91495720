"""Who hangs is killed, and so started anew. Busy is not dead: a node that works is left alone, with all that it holds.

    process        its answer                      its main thread   verdict
    ────────────   ─────────────────────────────   ───────────────   ──────────────────────────────────────────────
    was up         none                            stands still      killed after nine looks, which is 1.6 s
    never up       none                            stands still      killed after a minute: it holds nothing. A cluster
                                                                     that never worked gives up then: see `nodes`
    a node's       none, or it has no room for us  runs              left alone, and told of after a minute
    the endpoint's none, and that is certain       runs              killed after a minute: it holds nothing
    the endpoint's we could not find out why       runs              left alone: only we may be shut out

A node that has as many connections as it may have serves those, and does not take ours. It says so and hangs up, or,
where the parameter group has `no_modern`, and where its machine gives it no more files, does not accept: to us that is
silence. It may also be full before it has ever answered us, when many come back to it at once. Who is connected is
better off than with an empty node, which would be full again in a moment; so only a person ends it, by a reboot.

memcached answers in threads of its own; its main thread takes new connections, and wakes once a second to set its
clock. So it takes more than a second of standing still to tell one that is stopped from one that is idle. An idle
configuration endpoint stands still for as long as nobody asks it anything, and answers when somebody does.

Nothing else is weighed: nobody takes over from a node, and a customer whose node stands still has lost what it holds
already. A node that leaves is killed like any other, for clients whose list is old are served sooner by the rest.
"""

from collections.abc import Iterable

from elastane.model.memcached_observations import CrowdedNode
from elastane.model.observations import Busy, Refusing
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation, names
from elastane.reconcile.memcached.steps import KillEndpoint, KillNodes, Step
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.silence import is_long, is_still, seconds

HANG_LOOKS = 9
SILENT_SECONDS_MAX = 60.0

_HELP = "left alone; close connections, or reboot to start empty"


def rule(situation: Situation) -> Verdict:
    hanging = [seen for seen in situation.nodes if _stands_still(seen, situation)]
    is_endpoint = _stands_still(situation.endpoint, situation) or _is_of_no_use(situation.endpoint, situation)
    steps: list[Step] = [KillNodes(node_ids=tuple(seen.id for seen in hanging))] if hanging else []
    steps += [KillEndpoint()] if is_endpoint else []
    if not steps:
        return _tell(seen for seen in situation.staying if _is_overdue(seen, situation))
    verb = "hangs" if len(hanging) + is_endpoint == 1 else "hang"
    return Act(steps=tuple(steps), why=f"{names(hanging, with_endpoint=is_endpoint)} {verb} and must start anew")


def _stands_still(seen: SeenNode | SeenEndpoint, situation: Situation) -> bool:
    if seen.silence is None or not is_still(seen.silence, look_count=HANG_LOOKS):
        return False
    return not seen.is_coming_up or _is_overdue(seen, situation)


def _is_of_no_use(endpoint: SeenEndpoint, situation: Situation) -> bool:
    """It runs, and answers nobody."""
    is_certain = endpoint.is_coming_up or isinstance(endpoint.engine, Busy | Refusing)
    return is_certain and _is_overdue(endpoint, situation)


def _is_overdue(seen: SeenNode | SeenEndpoint, situation: Situation) -> bool:
    if seen.is_coming_up and situation.before.available_since is None:
        return False  # `nodes` gives up
    if seen.silence is None or not is_long(seen.silence, look_count=HANG_LOOKS):
        return False
    return seconds(seen.silence, situation.now) >= SILENT_SECONDS_MAX


def _tell(silent: Iterable[SeenNode]) -> Verdict:
    """To the customer, once."""
    left_alone = tuple(silent)
    crowded = [seen for seen in left_alone if isinstance(seen.engine, CrowdedNode)]
    mute = [seen for seen in left_alone if not isinstance(seen.engine, CrowdedNode)]
    sentences = []
    if crowded:
        has = "has" if len(crowded) == 1 else "have"
        sentences.append(f"{names(crowded)} {has} as many connections as can be, and nobody else can connect: {_HELP}")
    if mute:
        works = "works and does" if len(mute) == 1 else "work and do"
        sentences.append(f"{names(mute)} {works} not answer the control plane, and may serve others: {_HELP}")
    return Wait(reason="; ".join(sentences), is_told=True) if sentences else SATISFIED
