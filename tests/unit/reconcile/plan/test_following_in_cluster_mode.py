"""Replicas of a shard follow its primary, once they have heard that it is one."""

from msgspec.structs import replace

from elastane.model.slots import difference, lowest, union
from elastane.reconcile.plan import following, plan
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import Follow, MeetMembers
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    knowing,
    move,
    newborn,
    not_knowing,
    primary,
    replica,
    viewing,
    with_shard,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A2,
    A2_ID,
    B1,
    B1_ID,
    C1,
    C2,
    GROUP,
    ONE,
    THREE,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)

WIDE = groups.cluster(shards=2, replicas=2)
FIRST, SECOND, THIRD = WIDE.node_groups[0].nodes
BOOTED = newborn(A2, before=groups.observed_node(A2))
ASTRAY = cluster_situation(GROUP, BOOTED)


def judged(at: Situation) -> Verdict:
    return following.rule(at.narrowed()[0])


def test_a_node_that_has_booted_follows_its_shard_s_primary() -> None:
    assert judged(ASTRAY) == Act(
        steps=(Follow(node_id=A2.id, primary_id=A1.id),),
        why="orders-0001-002 must follow the primary orders-0001-001",
    )


def test_where_everybody_follows_nothing_is_done() -> None:
    assert judged(cluster_situation(GROUP)) == SATISFIED


def test_who_has_not_heard_of_the_primary_waits_for_the_news() -> None:
    for at in (not_knowing(ASTRAY, A2, A1), knowing(ASTRAY, A2, A1, is_handshaking=True)):
        assert reason_of(judged(at)) == "orders-0001-002 must hear that orders-0001-001 is primary"


def test_who_has_heard_does_not_wait_for_who_has_not() -> None:
    told = (newborn(SECOND, before=groups.observed_node(SECOND)), newborn(THIRD, before=groups.observed_node(THIRD)))
    at = not_knowing(cluster_situation(WIDE, *told), SECOND, FIRST)

    assert steps_of(judged(at)) == (Follow(node_id=THIRD.id, primary_id=FIRST.id),)


def test_a_replica_that_the_engines_gave_to_another_shard_comes_back() -> None:
    at = cluster_situation(GROUP, replica(A2, B1, before=groups.observed_node(A2)))

    assert steps_of(judged(at)) == (Follow(node_id=A2.id, primary_id=A1.id),)


def test_a_copy_in_one_shard_keeps_no_replica_of_another_waiting() -> None:
    full = [primary(node, key_count=9, before=groups.observed_node(node)) for node in (A1, B1)]
    copying = replica(A2, A1, is_link_up=False, is_syncing=True, before=groups.observed_node(A2))
    booted = newborn(TWO.nodes[1], replication_id="c" * 40, before=groups.observed_node(TWO.nodes[1]))
    at = cluster_situation(GROUP, *full, copying, booted)

    decision = plan(at)

    assert steps_of(decision.verdict) == (Follow(node_id=booted.id, primary_id=B1.id),)


def test_one_shard_s_order_a_moment_ago_is_not_taken_for_another_one_s() -> None:
    """Where a replica was told to follow, it may copy before it says so; in another shard nobody was told."""
    wide_full = primary(FIRST, key_count=9, before=groups.observed_node(FIRST))
    linkless = replica(SECOND, FIRST, is_link_up=False, before=groups.observed_node(SECOND))
    booted = newborn(THIRD, replication_id="c" * 40, before=groups.observed_node(THIRD))
    at = cluster_situation(WIDE, wide_full, linkless, booted)
    last = groups.observed_verdict("another one must follow", now=NOW, rule="following")
    other = WIDE.node_groups[1].id

    verdict = judged(replace(at, before=replace(at.before, verdict=last, node_group_verdicts={other: last})))

    assert kinds_of(verdict) == {"Follow"}
    assert ONE.id == WIDE.node_groups[0].id


# --- before anybody follows, everybody has heard -------------------------------------------------


def test_whoever_holds_the_primary_for_a_replica_is_told_before_anybody_follows_it() -> None:
    """Else somebody may believe in a circle of replicas, and look for its primary for ever."""
    at = knowing(ASTRAY, C2, A1, is_primary=False, primary_id=A2_ID)

    assert judged(at) == Act(
        steps=(MeetMembers(node_id=A1.id, other_ids=(C2.id,)),),
        why="orders-0003-002 must hear that orders-0001-001 is primary, before anybody follows it",
    )


# --- as an attacker ------------------------------------------------------------------------------


def said_for_a_minute(at: Situation) -> Situation:
    """Its verdict has been the same for so long."""
    verdict = judged(at)
    sentence = verdict.why if isinstance(verdict, Act) else reason_of(verdict)
    last = groups.observed_verdict(sentence, now=NOW, seconds_ago=60, rule="following")
    return replace(at, before=replace(at.before, verdict=last, node_group_verdicts={ONE.id: last}))


def test_one_that_never_hears_keeps_nobody_from_following_for_ever() -> None:
    at = knowing(ASTRAY, C2, A1, is_primary=False, primary_id=A2_ID)

    assert steps_of(judged(said_for_a_minute(at))) == (Follow(node_id=A2.id, primary_id=A1.id),)


def test_who_is_to_follow_and_holds_the_primary_for_a_replica_is_told_though_slots_move_all_the_time() -> None:
    some = lowest(TWO.slots, 1)
    wanted = with_shard(GROUP, TWO.id, slots=difference(TWO.slots, some))
    wanted = with_shard(wanted, THREE.id, slots=union(THREE.slots, some))
    at = cluster_situation(wanted, BOOTED, owned={part.id: part.slots for part in GROUP.node_groups})
    moving = viewing(at, B1, moves=(move(GROUP, B1, C1, some),))

    decision = plan(knowing(moving, A2, A1, is_primary=False, primary_id=B1_ID))

    assert "MeetMembers" in kinds_of(decision.verdict)
