"""Who hangs is killed; who is late, or works, is not, for however long nobody of us hears it."""

import pytest

from elastane.model.memcached_observations import CrowdedNode, EndpointEngine
from elastane.model.observations import Busy, Refusing, Unknown
from elastane.reconcile.memcached.plan import hangs
from elastane.reconcile.memcached.plan.hangs import HANG_LOOKS, SILENT_SECONDS_MAX
from elastane.reconcile.memcached.situation import SeenNode
from elastane.reconcile.memcached.steps import KillEndpoint, KillNodes
from elastane.reconcile.memcached.verdicts import SATISFIED, Act, Wait
from tests.kit.memcached_clusters import cache_node, memcached_cluster, observed_process
from tests.kit.memcached_situations import (
    HANG_SECONDS,
    RUNNING,
    coming_up,
    dead,
    hung,
    hung_endpoint,
    just_silent,
    just_silent_endpoint,
    new_situation,
    seen_endpoint,
    silence,
    silent,
    situation,
)

FIRST, SECOND = cache_node(1), cache_node(2)
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=1)
HELP = "left alone; close connections, or reboot to start empty"
LONG, MANY = SILENT_SECONDS_MAX, 300
BUSY, SHUT_OUT = Busy(reason="no answer"), Unknown(reason="too many open connections")


@pytest.mark.parametrize(
    ("seen", "is_killed"),
    [
        pytest.param(just_silent(FIRST), False, id="one late answer"),
        pytest.param(silent(FIRST, seconds=1.4, looks=8, still=8), False, id="still, as an idle one may be"),
        pytest.param(hung(FIRST), True, id="still for longer than its clock's second"),
        pytest.param(
            silent(FIRST, seconds=0.1, looks=HANG_LOOKS, still=HANG_LOOKS), False, id="looked at all too quickly"
        ),
        pytest.param(silent(FIRST, seconds=30, looks=150, still=2), False, id="busy"),
        pytest.param(silent(FIRST, seconds=LONG - 1, looks=MANY), False, id="busy for almost a minute"),
        pytest.param(
            silent(FIRST, seconds=HANG_SECONDS, looks=HANG_LOOKS, still=HANG_LOOKS, engine=SHUT_OUT),
            True,
            id="still, whatever we are told",
        ),
        pytest.param(silent(FIRST, seconds=10 * LONG, looks=2), False, id="two looks, and a clock that jumped"),
        pytest.param(coming_up(FIRST, seconds=10), False, id="a start that takes its time"),
        pytest.param(coming_up(FIRST, seconds=LONG - 1, still=MANY), False, id="a start that gets nowhere so far"),
        pytest.param(coming_up(FIRST, seconds=LONG, still=MANY), True, id="a start that gets nowhere"),
        pytest.param(dead(FIRST), False, id="dead already"),
    ],
)
def test_a_node_is_killed_when_it_hangs(seen: SeenNode, is_killed: bool) -> None:
    why = "node 0001 hangs and must start anew"
    killed = Act(steps=(KillNodes(node_ids=(FIRST.id,)),), why=why)

    assert hangs.rule(situation(CLUSTER, seen)) == (killed if is_killed else SATISFIED)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(silent(FIRST, seconds=LONG, looks=MANY), id="busy for a minute"),
        pytest.param(silent(FIRST, seconds=100 * LONG, looks=MANY, engine=Refusing()), id="it lets nobody in"),
        pytest.param(silent(FIRST, seconds=100 * LONG, looks=MANY, engine=SHUT_OUT), id="only we are shut out"),
        pytest.param(coming_up(FIRST, seconds=LONG), id="full before it ever answered us"),
    ],
)
def test_a_node_that_works_and_answers_nobody_of_us_is_left_alone_and_told_of(seen: SeenNode) -> None:
    why = "node 0001 works and does not answer the control plane, and may serve others: "
    assert hangs.rule(situation(CLUSTER, seen)) == Wait(reason=f"{why}{HELP}", is_told=True)


def test_a_node_without_room_for_us_is_told_of_by_what_it_says() -> None:
    full = [silent(node, seconds=LONG, looks=MANY, engine=CrowdedNode()) for node in (FIRST, SECOND)]

    assert hangs.rule(situation(CLUSTER, *full)) == Wait(
        reason=f"nodes 0001 and 0002 have as many connections as can be, and nobody else can connect: {HELP}",
        is_told=True,
    )


@pytest.mark.parametrize(
    ("engine", "seconds", "is_killed"),
    [(BUSY, LONG - 1, False), (BUSY, LONG, True), (Refusing(), LONG, True), (SHUT_OUT, 10 * LONG, False)],
)
def test_the_configuration_endpoint_holds_nothing_and_is_not_waited_for(
    engine: EndpointEngine, seconds: float, is_killed: bool
) -> None:
    works = seen_endpoint(RUNNING, engine, observed_process(), silence(seconds=seconds, looks=MANY))

    verdict = hangs.rule(situation(CLUSTER, endpoint=works))

    assert isinstance(verdict, Act) is is_killed


def test_the_configuration_endpoint_is_killed_when_it_hangs() -> None:
    assert hangs.rule(situation(CLUSTER, endpoint=just_silent_endpoint())) == SATISFIED
    assert hangs.rule(situation(CLUSTER, endpoint=hung_endpoint())) == Act(
        steps=(KillEndpoint(),), why="the configuration endpoint hangs and must start anew"
    )


def test_a_cluster_that_never_worked_gives_up_instead() -> None:
    new = new_situation(memcached_cluster("sessions", FIRST, SECOND), coming_up(FIRST, seconds=LONG, still=MANY))

    assert hangs.rule(new) == SATISFIED


def test_all_that_hang_are_killed_at_once_one_that_leaves_included() -> None:
    leaving = cache_node(2, is_leaving=True)
    cluster = memcached_cluster("sessions", FIRST, leaving, published=1)

    verdict = hangs.rule(situation(cluster, hung(FIRST), hung(leaving), endpoint=hung_endpoint()))

    assert verdict == Act(
        steps=(KillNodes(node_ids=(FIRST.id, leaving.id)), KillEndpoint()),
        why="nodes 0001 and 0002 and the configuration endpoint hang and must start anew",
    )
