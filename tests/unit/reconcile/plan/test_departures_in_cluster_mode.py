"""Nodes and whole shards that leave a cluster: handed over first, then stopped, forgotten by all, taken out."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import NOTHING_OBSERVED
from elastane.model.slots import NO_SLOTS, difference
from elastane.reconcile.plan import departures, plan
from elastane.reconcile.plan.verdicts import SATISFIED, Verdict
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import BindAddresses, ForgetMembers, ForgetNode, RemoveDirectories, StopNodes
from elastane.reconcile.transitions import events_between
from tests.kit import groups
from tests.kit.situations import (
    absent,
    cluster_situation,
    coming_up,
    dead,
    hung,
    primary,
    replica,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A1_ID,
    A2,
    A2_ID,
    B1,
    B2,
    C1,
    C2,
    GROUP,
    NOTHING_OF_ONE,
    ONE,
    SOME,
    THREE,
    TWO,
    kinds_of,
    reason_of,
    steps_of,
)

SHRINKING = with_shard(GROUP, ONE.id, nodes=(A1, replace(A2, is_leaving=True)))
MERGING = with_shard(with_shard(GROUP, ONE.id, is_leaving=True, slots=NO_SLOTS), TWO.id, slots=NOTHING_OF_ONE[TWO.id])
"""The first shard is to leave, and the second one gets its slots."""


LAST_SLOTS = {ONE.id: SOME, TWO.id: difference(NOTHING_OF_ONE[TWO.id], SOME)}
"""A few are still with the first."""


def emptied(*told: Any, **changes: Any) -> Situation:
    """All of the first shard's slots are the second one's."""
    return cluster_situation(MERGING, *told, **({"owned": NOTHING_OF_ONE} | changes))


def judged(at: Situation, shard: int = 0) -> Verdict:
    return departures.rule(at.narrowed()[shard])


# --- a replica -----------------------------------------------------------------------------------


def test_a_replica_is_stopped_cleaned_up_and_forgotten_by_all_shards() -> None:
    running = cluster_situation(SHRINKING)
    stopped = cluster_situation(SHRINKING, dead(SHRINKING.nodes[1]))
    gone = cluster_situation(SHRINKING, absent(SHRINKING.nodes[1]))

    assert steps_of(judged(running)) == (StopNodes(node_ids=(A2.id,)),)
    assert steps_of(judged(stopped)) == (RemoveDirectories(node_ids=(A2.id,)),)
    assert set(steps_of(judged(gone))) == {
        *(ForgetMembers(node_id=node.id, member_ids=(A2_ID,)) for node in (A1, B1, B2, C1, C2)),
        ForgetNode(node_id=A2.id),
    }
    assert steps_of(judged(gone))[-1] == ForgetNode(node_id=A2.id)


def test_who_does_not_know_it_is_not_asked_to_forget_it_nor_is_who_does_not_answer() -> None:
    gone = cluster_situation(SHRINKING, absent(SHRINKING.nodes[1]), coming_up(B2))
    forgetting = [step.node_id for step in steps_of(judged(gone)) if isinstance(step, ForgetMembers)]

    assert forgetting == [A1.id, B1.id, C1.id, C2.id]


def test_other_shards_have_nobody_who_leaves() -> None:
    assert judged(cluster_situation(SHRINKING), 1) == SATISFIED


# --- a shard -------------------------------------------------------------------------------------


def test_a_shard_that_owns_slots_stays() -> None:
    at = cluster_situation(MERGING, owned=LAST_SLOTS)

    assert judged(at) == SATISFIED
    assert not at.is_emptied(MERGING.node_groups[0])


def test_nobody_is_told_that_the_nodes_of_such_a_shard_recover() -> None:
    at = emptied(dead(A1), dead(A2))
    lost = [replace(node, is_recovering=True) if node.id in (A1.id, A2.id) else node for node in at.before.nodes]
    after = replace(at.before, nodes=tuple(lost))
    staying = cluster_situation(MERGING, dead(A1), dead(A2), owned=LAST_SLOTS)

    assert not any("Recovering" in event.message for event in events_between(at, at.before, after))
    assert [event.source_id for event in events_between(staying, at.before, after)] == [A1.id, A2.id]


def test_one_that_was_last_seen_with_slots_stays_though_its_primary_is_not_heard() -> None:
    at = cluster_situation(MERGING, hung(A1), owned=LAST_SLOTS)

    assert not at.is_emptied(MERGING.node_groups[0])


def test_a_shard_whose_last_slot_was_seen_with_another_one_leaves_with_all_its_nodes() -> None:
    gone = emptied(absent(A1), absent(A2))

    assert steps_of(judged(emptied(is_endpoint_bound=False))) == (StopNodes(node_ids=(A1.id, A2.id)),)
    assert steps_of(judged(emptied(dead(A1), dead(A2)))) == (RemoveDirectories(node_ids=(A1.id, A2.id)),)
    assert set(steps_of(judged(gone))) == {
        *(ForgetMembers(node_id=node.id, member_ids=(A1_ID, A2_ID)) for node in (B1, B2, C1, C2)),
        ForgetNode(node_id=A1.id),
        ForgetNode(node_id=A2.id),
    }


@pytest.mark.parametrize(
    "told",
    [(dead(A1), dead(A2)), (absent(A1), dead(A2)), (dead(A1), absent(A2))],
    ids=["both are stopped", "one is cleaned up", "the other one is"],
)
def test_nobody_of_it_is_started_again_or_promoted_on_the_way(told: tuple[Any, ...]) -> None:
    decision = plan(emptied(*told))

    assert decision.rule == "departures"
    assert kinds_of(decision.verdict) == {"RemoveDirectories"}


def test_the_configuration_endpoint_moves_away_before() -> None:
    decision = plan(emptied())

    assert reason_of(judged(emptied())) == (
        "orders-0001-002 still answers at the configuration endpoint, and leaves after that"
    )
    assert decision.rule == "configuration"
    assert steps_of(decision.verdict) == (
        BindAddresses(node_id=A2.id, addresses=(A2.address,)),
        BindAddresses(node_id=B2.id, addresses=(B2.address, groups.CONFIGURATION_ENDPOINT)),
    )


# --- as an attacker ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        pytest.param((hung(A1), coming_up(A2)), id="its primary hangs"),
        pytest.param((dead(A1), dead(A2)), id="both are dead: a reboot of the machine"),
    ],
)
def test_a_shard_that_nobody_remembers_does_not_leave_before_others_are_seen_with_its_slots(
    told: tuple[Any, ...],
) -> None:
    """The store was lost while it was to leave: it has a third of the data, and cannot be asked."""
    at = cluster_situation(MERGING, *told, owned={TWO.id: TWO.slots}, before=NOTHING_OBSERVED)

    assert not at.is_emptied(MERGING.node_groups[0])
    assert not kinds_of(plan(at).verdict) & {"StopNodes", "RemoveDirectories", "ForgetNode"}


def test_a_shard_is_not_emptied_while_a_slot_of_it_is_nobody_s() -> None:
    """Its last slot is between two looks, or was dropped."""
    left = {ONE.id: NO_SLOTS, TWO.id: TWO.slots, THREE.id: THREE.slots}
    at = cluster_situation(MERGING, primary(A1), replica(A2, A1), owned=left, before=worked_cluster(MERGING, left))

    assert not at.is_emptied(MERGING.node_groups[0])
