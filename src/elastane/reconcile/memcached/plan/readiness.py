"""Nothing is left to do, but not everything answers yet, or what is told is not what is published. Says what is waited
for."""

from typing import assert_never

from elastane.model.memcached_observations import (
    AnsweringEndpoint,
    AnsweringNode,
    CrowdedNode,
    EndpointEngine,
    NodeEngine,
)
from elastane.model.observations import Busy, Process, Refusing, Running, Unknown
from elastane.reconcile.memcached.situation import ENDPOINT, SeenEndpoint, SeenNode, Situation
from elastane.reconcile.memcached.verdicts import SATISFIED, Verdict, Wait
from elastane.reconcile.plan.readiness import describe_ended


def rule(situation: Situation) -> Verdict:
    waits = [f"node {seen.id} {_waits(seen, situation)}" for seen in situation.staying if seen.answer is None]
    if not situation.is_told:
        waits.append(f"{ENDPOINT} {describe_endpoint(situation.endpoint)}")
    return Wait(reason="; ".join(waits)) if waits else SATISFIED


def _waits(seen: SeenNode, situation: Situation) -> str:
    if not seen.is_running and seen.node.zone in situation.lost_zones:
        return f"cannot be started while its zone {seen.node.zone} is down"
    return describe_node(seen)


def describe_node(seen: SeenNode) -> str:
    """What a node does, as the end of a sentence that begins with it."""
    return _describe(seen.process, seen.engine, is_coming_up=seen.is_coming_up)


def describe_endpoint(seen: SeenEndpoint) -> str:
    """Likewise, of the configuration endpoint."""
    return _describe(seen.process, seen.engine, is_coming_up=seen.is_coming_up)


def _describe(process: Process, engine: NodeEngine | EndpointEngine, *, is_coming_up: bool) -> str:
    if not isinstance(process, Running):
        return describe_ended(process)
    match engine:
        case AnsweringNode():
            return "answers"
        case CrowdedNode():
            return "serves as many connections as it may have, and lets nobody else in"
        case AnsweringEndpoint(version=0):
            return "tells no list of nodes yet"
        case AnsweringEndpoint(version=version):
            return f"tells list {version} of the nodes"
        case Refusing():
            return "is starting" if is_coming_up else "runs, but refuses connections"
        case Busy(reason=reason) | Unknown(reason=reason):
            return f"does not answer: {reason}"
        case _ as never:
            assert_never(never)
