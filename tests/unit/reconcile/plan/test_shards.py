"""What the rules ask of a shard: its slots, who knows whom, and what is being moved."""

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import MoveState
from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.replication_groups import NodeGroup
from elastane.model.slots import NO_SLOTS, Slots, union
from elastane.reconcile.plan import shards
from elastane.reconcile.situation import SeenNode, Situation
from tests.kit.situations import (
    NOW,
    answering,
    cluster_situation,
    coming_up,
    dead,
    knowing,
    move,
    newborn,
    not_knowing,
    orphan,
    primary,
    replica,
    viewing,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A1_ID,
    A2,
    B1,
    B1_ID,
    B2,
    C1,
    C1_ID,
    DEAD_PRIMARY,
    GROUP,
    HEIR,
    MOVED,
    ONE,
    SOME,
    THREE,
    TWO,
    ids,
)

LOST = cluster_situation(GROUP, DEAD_PRIMARY, HEIR)


def narrowed(at: Situation, part: NodeGroup = ONE) -> Situation:
    return next(one for one in at.narrowed() if one.group.node_groups[0].id == part.id)


# --- whose slots ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(LOST, ONE.slots, id="those it was last seen with"),
        pytest.param(
            cluster_situation(GROUP, DEAD_PRIMARY, HEIR, owned=MOVED, before=worked_cluster(GROUP)),
            MOVED[ONE.id],
            id="less what another primary says it owns by now",
        ),
        pytest.param(
            cluster_situation(
                GROUP, DEAD_PRIMARY, HEIR, owned={ONE.id: MOVED[ONE.id]}, before=worked_cluster(GROUP, MOVED)
            ),
            MOVED[ONE.id],
            id="not what it shall own, and another one was last seen with",
        ),
        pytest.param(
            cluster_situation(GROUP, *(newborn(node) for node in GROUP.nodes), before=NOTHING_OBSERVED),
            ONE.slots,
            id="what was meant for it, in a new group",
        ),
    ],
)
def test_a_shard_claims(at: Situation, expected: Slots) -> None:
    assert shards.claim(at, ONE) == expected
    assert shards.claim(narrowed(at), narrowed(at).group.node_groups[0]) == expected


def test_a_shard_claims_what_another_one_has_given_it_and_says_so() -> None:
    """It took the slots over and was killed, before anybody saw it with them."""
    given = cluster_situation(GROUP, newborn(A1), dead(A2), before=worked_cluster(GROUP, MOVED))
    at = knowing(given, B1, A1, slots=ONE.slots)

    assert shards.claim(narrowed(at), ONE) == ONE.slots
    assert shards.claim(narrowed(knowing(at, B1, A1, slots=MOVED[ONE.id])), ONE) == MOVED[ONE.id]
    assert shards.claim(narrowed(knowing(at, B1, B1, slots=MOVED[TWO.id])), ONE) == MOVED[ONE.id]


def test_a_new_shard_claims_nothing_that_somebody_ever_had() -> None:
    before = worked_cluster(GROUP, {ONE.id: union(ONE.slots, TWO.slots), THREE.id: THREE.slots})

    assert shards.claim(cluster_situation(GROUP, dead(A1), orphan(A2, A1), before=before), TWO) == NO_SLOTS


def test_a_primary_lacks_what_nobody_owns_as_far_as_it_knows() -> None:
    at = cluster_situation(GROUP, owned={ONE.id: MOVED[ONE.id]}, before=worked_cluster(GROUP))

    assert shards.unclaimed(at, ONE, at.get(A1.id)) == SOME
    assert shards.unclaimed(at, TWO, at.get(B1.id)) == NO_SLOTS


def test_a_primary_lacks_nothing_that_it_has_heard_another_one_own() -> None:
    """Also where that one is dead: its shard's slots are for its replica."""
    at = cluster_situation(GROUP, dead(B1), orphan(B2, B1), owned=MOVED, before=worked_cluster(GROUP))

    assert shards.unclaimed(at, ONE, at.get(A1.id)) == NO_SLOTS


def test_a_primary_without_a_view_lacks_nothing_that_is_known() -> None:
    at = cluster_situation(GROUP)
    plain = replace(at.get(A1.id), engine=answering())

    assert shards.unclaimed(at, ONE, plain) == NO_SLOTS


# --- votes ---------------------------------------------------------------------------------------


def has_majority(at: Situation) -> bool:
    part = narrowed(at)
    return shards.has_majority(part, part.group.node_groups[0], part.get(A2.id), part.get(A1.id))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(LOST, True, id="two of three primaries"),
        pytest.param(cluster_situation(GROUP, DEAD_PRIMARY, HEIR, dead(B1)), False, id="one of three primaries"),
        pytest.param(
            knowing(LOST, B1, A2, is_primary=True, primary_id=None), False, id="one has not heard whose replica it is"
        ),
        pytest.param(knowing(LOST, B1, A2, primary_id=C1_ID), False, id="one takes it for another one's replica"),
        pytest.param(knowing(LOST, B1, A2, is_linked=False), False, id="one has no connection to it"),
        pytest.param(not_knowing(LOST, B1, A2), False, id="one has never heard of it"),
        pytest.param(
            cluster_situation(
                GROUP, DEAD_PRIMARY, HEIR, owned={TWO.id: NO_SLOTS, THREE.id: union(TWO.slots, THREE.slots)}
            ),
            False,
            id="who owns no slots has no vote: one of two",
        ),
    ],
)
def test_a_majority_of_those_who_own_slots_can_vote(at: Situation, expected: bool) -> None:
    assert has_majority(at) is expected


@pytest.mark.parametrize("shard_count", [1, 2])
def test_one_and_two_shards_never_have_a_majority_without_the_lost_one(shard_count: int) -> None:
    keep = GROUP.node_groups[:shard_count]
    at = cluster_situation(replace(GROUP, node_groups=keep), DEAD_PRIMARY, HEIR)

    assert not has_majority(at)


def test_where_nobody_held_the_role_there_is_no_vote() -> None:
    part = narrowed(LOST)

    assert not shards.has_majority(part, ONE, part.get(A2.id), None)


# --- who has heard what --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"is_primary": False, "primary_id": B1_ID}, False),
        ({"is_handshaking": True}, False),
    ],
    ids=["a primary", "a replica, as far as it knows", "somebody it is about to meet"],
)
def test_a_node_has_heard_of_a_primary(changes: dict[str, object], expected: bool) -> None:
    at = knowing(cluster_situation(GROUP), A2, A1, **changes)

    assert shards.knows_as_primary(at.get(A2.id), A1_ID) is expected


def test_a_node_has_not_heard_of_whom_it_does_not_know_nor_does_one_that_is_silent() -> None:
    at = not_knowing(cluster_situation(GROUP, coming_up(B2)), A2, A1)

    assert not shards.knows_as_primary(at.get(A2.id), A1_ID)
    assert not shards.knows_as_primary(at.get(B2.id), A1_ID)


def _nowhere(seen: SeenNode, **own: object) -> SeenNode:
    at = cluster_situation(GROUP, seen)
    return knowing(at, seen.node, seen.node, **own).get(seen.id)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(_nowhere(newborn(A2)), False, id="it has just booted"),
        pytest.param(_nowhere(newborn(A2), primary_id=None), True, id="its engine has dropped nowhere"),
        pytest.param(_nowhere(newborn(A2), primary_id="0" * 40), True, id="it follows somebody it does not know"),
        pytest.param(_nowhere(newborn(A2, key_count=1), primary_id=None), False, id="it has keys"),
        pytest.param(_nowhere(replica(A2, A1)), False, id="it follows a member"),
        pytest.param(_nowhere(primary(A1)), False, id="it is primary"),
        pytest.param(coming_up(A2), False, id="it does not answer"),
    ],
)
def test_nowhere_is_lost_to_a_node(seen: SeenNode, expected: bool) -> None:
    assert shards.is_nowhere_lost(seen) is expected


# --- moves ---------------------------------------------------------------------------------------


def test_a_move_is_seen_on_either_side_and_ended_on_the_one_that_takes() -> None:
    at = viewing(cluster_situation(GROUP), A1, moves=(move(GROUP, A1, B1, SOME),))
    at = viewing(at, B1, moves=(move(GROUP, A1, B1, SOME, is_export=False),))
    at = viewing(at, C1, moves=(move(GROUP, C1, B1, THREE.slots, state=MoveState.SUCCEEDED),))

    for part, are_moving in ((ONE, True), (TWO, True), (THREE, False)):
        assert shards.are_slots_moving(at, part) is are_moving
        assert shards.are_slots_moving(narrowed(at, part), part) is are_moving
        assert ids(*shards.takers(at, part)) == ((B1.id,) if are_moving else ())


def test_replicas_are_not_asked_about_moves() -> None:
    at = viewing(cluster_situation(GROUP), A2, moves=(move(GROUP, A1, B1, SOME, is_export=False),))

    assert not shards.are_slots_moving(at, ONE)
    assert shards.takers(at, ONE) == ()


def test_an_heir_that_has_not_heard_of_a_move_would_take_its_slots_back() -> None:
    at = cluster_situation(GROUP, DEAD_PRIMARY, HEIR, owned=MOVED)
    at = knowing(at, A2, A1, slots=ONE.slots)
    part = narrowed(at)

    assert shards.ascribed_in_error(part, part.get(A2.id), A1_ID) == SOME


def test_an_heir_that_has_heard_takes_only_what_is_its_shard_s() -> None:
    part = narrowed(cluster_situation(GROUP, DEAD_PRIMARY, HEIR, owned=MOVED))
    ignorant = not_knowing(LOST, A2, A1)

    assert shards.ascribed_in_error(part, part.get(A2.id), A1_ID) == NO_SLOTS
    assert shards.ascribed_in_error(narrowed(ignorant), ignorant.get(A2.id), A1_ID) == NO_SLOTS


# --- as an attacker ------------------------------------------------------------------------------


def test_a_shard_claims_nothing_in_a_store_that_knows_nothing_while_another_shard_is_unheard() -> None:
    """Amid a resharding, with the store lost: what shall be this shard's is the other one's still, and has its keys."""
    wanted = with_shard(with_shard(GROUP, ONE.id, slots=MOVED[ONE.id]), TWO.id, slots=MOVED[TWO.id])
    rebooted = (newborn(A1), orphan(A2, A1))
    forgotten = replace(NOTHING_OBSERVED, available_since=NOW)
    at = cluster_situation(wanted, *rebooted, owned={ONE.id: ONE.slots, TWO.id: TWO.slots}, before=forgotten)

    second = narrowed(at, TWO)

    assert shards.unclaimed(second, second.group.node_groups[0], second.get(B1.id)) == NO_SLOTS
