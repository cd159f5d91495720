"""The table of `conditions`, line by line: what the witnesses make of a node together."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.failover_settings import FailoverSettings
from elastane.model.observations import Busy, Refusing, Unknown
from elastane.reconcile.plan.conditions import (
    JOINING_SECONDS_MAX,
    STALE_LINK_SECONDS,
    Condition,
    condition,
    is_scripted,
)
from elastane.reconcile.silence import LOOK_SECONDS
from elastane.reconcile.situation import SeenNode
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    PORT,
    absent,
    coming_up,
    dead,
    hung,
    just_silent,
    newborn,
    primary,
    replica,
    scripted,
    silence,
    silent,
    situation,
    working,
)

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes
LIMIT = FailoverSettings().busy_seconds

FRESH = replica(SECOND, FIRST, link_silent_seconds=1)
STALE = replica(SECOND, FIRST, link_silent_seconds=9)
UNLINKED = replica(SECOND, FIRST, is_link_up=False, link_silent_seconds=None)

JOINING = groups.observed_node(FIRST, is_joining=True)
"""Its link was not up when it was last heard."""


def made_of(seen: SeenNode, *others: SeenNode) -> Condition:
    missing = [node for node in GROUP.nodes if node.id not in {one.id for one in (seen, *others)}]
    return condition(seen, situation(GROUP, seen, *others, *map(dead, missing)))


@pytest.mark.parametrize(
    ("seen", "witness", "expected"),
    [
        pytest.param(dead(FIRST), FRESH, Condition.DEAD, id="a process that has ended is dead"),
        pytest.param(absent(FIRST), FRESH, Condition.DEAD, id="so is one that never was"),
        pytest.param(primary(FIRST), FRESH, Condition.ANSWERS, id="an answer as primary is an answer"),
        pytest.param(newborn(FIRST, is_loading=True), FRESH, Condition.ANSWERS, id="so is that it loads"),
        pytest.param(coming_up(FIRST), FRESH, Condition.STARTING, id="a new process that never answered starts"),
        pytest.param(just_silent(FIRST), STALE, Condition.SILENT, id="one look without an answer is a late answer"),
        pytest.param(
            silent(FIRST, seconds=0.25, looks=2, still=2), STALE, Condition.SILENT, id="so are two, standing still"
        ),
        pytest.param(hung(FIRST), STALE, Condition.HANGS, id="three looks at a process that stands still: it hangs"),
        pytest.param(hung(FIRST), FRESH, Condition.HANGS, id="also when its replicas heard it a moment ago"),
        pytest.param(hung(FIRST), dead(SECOND), Condition.HANGS, id="also when there is nobody to hear it"),
        pytest.param(
            silent(FIRST, seconds=JOINING_SECONDS_MAX - 1, looks=200, still=200, before=JOINING),
            dead(SECOND),
            Condition.BUSY,
            id="a replica that waits for more of its copy sleeps, too",
        ),
        pytest.param(
            silent(FIRST, seconds=JOINING_SECONDS_MAX, looks=200, still=200, before=JOINING),
            dead(SECOND),
            Condition.HANGS,
            id="and gives it up by itself after a minute, if it does not hang",
        ),
        pytest.param(
            silent(FIRST, seconds=0.5, looks=3, still=2), STALE, Condition.BUSY, id="it stood still at two of three"
        ),
        pytest.param(
            silent(FIRST, seconds=2 * LOOK_SECONDS - 0.01, looks=9, still=9),
            STALE,
            Condition.SILENT,
            id="nine looks in no time are one",
        ),
        pytest.param(
            silent(FIRST, seconds=900, looks=2, still=2), STALE, Condition.SILENT, id="two looks are two for ever"
        ),
        pytest.param(working(FIRST, seconds=2.9), FRESH, Condition.SILENT, id="it works and is heard, for now"),
        pytest.param(working(FIRST, seconds=3), FRESH, Condition.UNSEEN, id="it works and is heard: we are blind"),
        pytest.param(working(FIRST, seconds=900), FRESH, Condition.UNSEEN, id="however long we are"),
        pytest.param(working(FIRST, seconds=0.5), STALE, Condition.BUSY, id="it works, and no link is fresh: busy"),
        pytest.param(working(FIRST, seconds=LIMIT - 0.01), STALE, Condition.BUSY, id="until the limit"),
        pytest.param(working(FIRST, seconds=LIMIT), STALE, Condition.HANGS, id="longer than the limit: it hangs"),
        pytest.param(working(FIRST, seconds=LIMIT), UNLINKED, Condition.HANGS, id="a link that is down is silent"),
        pytest.param(working(FIRST, seconds=900), dead(SECOND), Condition.BUSY, id="nobody could hear it: busy"),
        pytest.param(
            working(FIRST, seconds=900),
            replica(SECOND, THIRD, link_silent_seconds=0),
            Condition.BUSY,
            id="a replica of somebody else is no witness",
        ),
        pytest.param(working(FIRST, seconds=900), newborn(SECOND), Condition.BUSY, id="nor is a replica of nowhere"),
        pytest.param(scripted(FIRST, seconds=900), STALE, Condition.BUSY, id="a script says that it is busy"),
    ],
)
def test_a_condition_follows_from_what_the_witnesses_say(
    seen: SeenNode, witness: SeenNode, expected: Condition
) -> None:
    assert made_of(seen, witness) is expected


@pytest.mark.parametrize(
    ("silent_seconds", "link_seconds", "expected"),
    [
        pytest.param(1, 2, Condition.BUSY, id="it heard nothing since we did"),
        pytest.param(3, 2, Condition.BUSY, id="perhaps not either: engines count whole seconds"),
        pytest.param(3.1, 2, Condition.UNSEEN, id="it was heard a second later than we heard it"),
        pytest.param(5, 4, Condition.BUSY, id="it was not"),
        pytest.param(900, STALE_LINK_SECONDS - 1, Condition.UNSEEN, id="a ping that comes late is a ping"),
        pytest.param(900, STALE_LINK_SECONDS, Condition.HANGS, id="and one that does not come is none"),
    ],
)
def test_a_link_is_fresh_when_it_heard_the_primary_later_than_we_did(
    silent_seconds: float, link_seconds: int, expected: Condition
) -> None:
    witness = replica(SECOND, FIRST, link_silent_seconds=link_seconds)

    assert made_of(working(FIRST, seconds=silent_seconds), witness) is expected


@pytest.mark.parametrize(
    ("still", "seconds", "expected"),
    [
        pytest.param(0, LIMIT, Condition.STARTING, id="its process works"),
        pytest.param(2, LIMIT, Condition.STARTING, id="its process stood still at two looks"),
        pytest.param(9, LIMIT - 0.01, Condition.STARTING, id="it has stood still for less than the busy limit"),
        pytest.param(9, LIMIT, Condition.HANGS, id="it has stood still for longer"),
    ],
)
def test_a_new_process_that_never_answered_hangs_only_after_the_busy_limit(
    still: int, seconds: float, expected: Condition
) -> None:
    gap = silence(seconds=seconds, looks=40, still=still)

    assert made_of(replace(coming_up(FIRST), silence=gap), STALE) is expected


def test_one_fresh_link_is_enough_to_hear_a_primary() -> None:
    third = replica(THIRD, FIRST, link_silent_seconds=0)

    assert made_of(working(FIRST, seconds=900), STALE, third) is Condition.UNSEEN


def test_a_node_at_the_same_address_and_another_port_is_another_node() -> None:
    elsewhere = replica(SECOND, FIRST, primary_port=PORT + 1)
    nowhere = replica(SECOND, FIRST, primary_port=NOWHERE_PORT)

    assert made_of(working(FIRST, seconds=3), elsewhere) is Condition.BUSY
    assert made_of(working(FIRST, seconds=3), nowhere) is Condition.BUSY


@pytest.mark.parametrize("engine", [Busy(reason="no answer"), Refusing(), Unknown(reason="WRONGPASS")])
def test_every_kind_of_no_answer_is_weighed_alike(engine: Busy | Refusing | Unknown) -> None:
    standing = silent(FIRST, seconds=0.5, looks=3, still=3, engine=engine)
    moving = silent(FIRST, seconds=3, looks=12, engine=engine)

    assert made_of(standing, STALE) is Condition.HANGS
    assert made_of(moving, FRESH) is Condition.UNSEEN


def test_who_stood_still_for_a_moment_only_within_a_long_silence_does_not_hang() -> None:
    """Between two moments at which it has to wake, an engine that refuses at once can be looked at many times."""
    moment = silent(FIRST, seconds=5, looks=40, still=9, still_seconds=2 * LOOK_SECONDS - 0.01)
    longer = silent(FIRST, seconds=5, looks=40, still=9, still_seconds=2 * LOOK_SECONDS)

    assert made_of(moment, STALE) is Condition.BUSY
    assert made_of(longer, STALE) is Condition.HANGS


def test_a_clock_that_was_put_back_makes_nobody_overdue() -> None:
    at = situation(GROUP, working(FIRST, seconds=LIMIT), STALE, dead(THIRD))
    later = replace(at, now=NOW - timedelta(hours=1))

    assert condition(later.get(FIRST.id), later) is Condition.BUSY


def test_the_limits_are_settings() -> None:
    patient = FailoverSettings(hang_looks=9, busy_seconds=60.0)
    seen = situation(GROUP, hung(FIRST), STALE, dead(THIRD), settings=patient)
    overdue = situation(GROUP, working(FIRST, seconds=59), STALE, dead(THIRD), settings=patient)

    assert condition(seen.get(FIRST.id), seen) is Condition.SILENT
    assert condition(overdue.get(FIRST.id), overdue) is Condition.BUSY


def test_only_an_engine_that_says_so_runs_a_script() -> None:
    assert is_scripted(scripted(FIRST, seconds=1))
    assert not is_scripted(working(FIRST, seconds=1))
    assert not is_scripted(primary(FIRST))
