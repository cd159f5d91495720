"""Who knows whom in a cluster, under which name, and who must hear of whose role."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.cluster_views import Member
from elastane.model.ids import MemberId
from elastane.model.member_ids import member_id
from elastane.model.observations import Role
from elastane.model.slots import ALL_SLOTS, NO_SLOTS
from elastane.reconcile.plan import members, plan, readiness
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import AskReplicas, FenceNodes, ForgetMembers, MeetMembers
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    coming_up,
    dead,
    decided,
    just_silent,
    knowing,
    move,
    newborn,
    not_knowing,
    orphan,
    primary,
    replica,
    situation,
    viewing,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import (
    A1,
    A1_ID,
    A2,
    B1,
    B2,
    C1,
    C1_ID,
    C2,
    GROUP,
    NOTHING_OF_ONE,
    ONE,
    SOME,
    TWO,
    kinds_of,
    steps_of,
)
from tests.unit.reconcile.plan.test_slots import OWNED, TO_TWO

WELL = cluster_situation(GROUP)
STRANGER = Member(id=MemberId("f" * 40), address="127.99.9.9", is_primary=True)


def with_stranger(node: Any, **changes: Any) -> Any:
    view = WELL.get(node.id).view
    assert view is not None
    return viewing(WELL, node, others=(*view.others, replace(STRANGER, **changes)))


# --- names ---------------------------------------------------------------------------------------


def test_who_has_another_name_than_its_own_is_killed_and_a_person_is_told() -> None:
    at = cluster_situation(GROUP, replace(primary(A2), is_stranger=True))

    assert members.refuse_strangers(at) == Act(
        steps=(FenceNodes(node_ids=(A2.id,)),),
        why="orders-0001-002 has lost the name that the cluster knows: killed, to be built anew",
        is_told=True,
    )
    assert plan(at).rule == "strangers"


def test_what_a_stranger_says_of_itself_does_not_count() -> None:
    stranger = replace(primary(A1, replication_id="of nobody's data"), is_stranger=True)
    at = cluster_situation(GROUP, stranger, replica(A2, A1, before=groups.observed_node(A2, has_held_data=True)))
    at = viewing(at, A1, own=replace(STRANGER, slots=ALL_SLOTS))

    recorded = record_pass(at, plan(at))

    assert (at.get(A1.id).is_primary, at.get(A1.id).slots) == (False, NO_SLOTS)
    assert recorded.lineages == at.before.lineages
    assert recorded.slots == at.before.slots
    assert [seen.role for seen in recorded.nodes[:2]] == [None, Role.REPLICA]
    assert recorded.nodes[1].has_held_data


def test_a_node_made_anew_under_an_old_id_has_another_name() -> None:
    rebuilt = replace(A1, created_at=groups.CREATED_AT.replace(year=2027))

    assert member_id(GROUP.region, rebuilt) != A1_ID
    assert member_id(GROUP.region, replace(A1, is_leaving=True)) == A1_ID


def test_who_has_its_name_is_no_stranger_nor_is_one_that_is_not_heard() -> None:
    group = groups.group("orders", A1, A2)

    assert members.refuse_strangers(WELL) == SATISFIED
    assert members.refuse_strangers(cluster_situation(GROUP, just_silent(A1), dead(A2))) == SATISFIED
    assert members.refuse_strangers(situation(group, primary(A1), replica(A2, A1))) == SATISFIED


# --- acquaintance --------------------------------------------------------------------------------


def test_where_everybody_knows_everybody_nobody_is_met_or_forgotten() -> None:
    assert members.rule(WELL) == SATISFIED


def test_whoever_does_not_know_a_node_is_told_to_meet_it() -> None:
    at = not_knowing(not_knowing(WELL, A1, B1), C2, B1)

    assert members.rule(at) == Act(
        steps=(
            MeetMembers(node_id=A1.id, other_ids=(B1.id,)),
            MeetMembers(node_id=C2.id, other_ids=(B1.id,)),
        ),
        why="orders-0002-001 must be known to the whole cluster",
    )


def test_a_new_shard_is_met_by_everybody() -> None:
    at = cluster_situation(GROUP)
    for old in (A1, A2, B1, B2):
        at = not_knowing(not_knowing(at, old, C1), old, C2)

    assert steps_of(members.rule(at)) == tuple(
        MeetMembers(node_id=old.id, other_ids=(C1.id, C2.id)) for old in (A1, A2, B1, B2)
    )


@pytest.mark.parametrize("absent", [coming_up(B2), dead(B2), just_silent(B2)], ids=["starts", "is dead", "is late"])
def test_who_does_not_answer_is_not_met_yet(absent: SeenNode) -> None:
    assert members.rule(not_knowing(cluster_situation(GROUP, absent), A1, B2)) == SATISFIED


def test_who_leaves_is_met_by_nobody() -> None:
    leaving = with_shard(GROUP, TWO.id, nodes=(B1, replace(B2, is_leaving=True)))

    assert members.rule(not_knowing(cluster_situation(leaving), A1, B2)) == SATISFIED


def test_who_is_none_of_the_group_is_forgotten_wherever_it_is_known() -> None:
    at = with_stranger(A1)

    assert members.rule(at) == Act(
        steps=(ForgetMembers(node_id=A1.id, member_ids=(STRANGER.id,)),),
        why="members that are gone are forgotten",
    )


def test_somebody_who_is_about_to_be_met_is_not_forgotten_under_the_name_it_has_meanwhile() -> None:
    assert members.rule(with_stranger(A1, is_handshaking=True)) == SATISFIED


def test_who_is_followed_cannot_be_forgotten_by_its_replica() -> None:
    at = knowing(with_stranger(A2), A2, A2, primary_id=STRANGER.id)

    assert members.rule(at) == SATISFIED


def test_a_node_that_has_just_booted_keeps_nowhere_until_it_has_a_role() -> None:
    assert members.rule(cluster_situation(GROUP, newborn(A2, before=groups.observed_node(A2)))) == SATISFIED


def test_the_nodes_of_a_shard_that_owns_nothing_any_more_are_left_as_they_are() -> None:
    group = with_shard(GROUP, ONE.id, is_leaving=True, slots=())
    at = cluster_situation(group, owned=NOTHING_OF_ONE, before=worked_cluster(group, NOTHING_OF_ONE))

    assert members.rule(not_knowing(not_knowing(at, A1, B1), B1, A1)) == SATISFIED


# --- roles ---------------------------------------------------------------------------------------


def test_whose_role_others_misbelieve_it_meets_them() -> None:
    at = knowing(WELL, C2, A1, is_primary=False, primary_id=C1_ID)

    assert members.spread_roles(at) == Act(
        steps=(MeetMembers(node_id=A1.id, other_ids=(C2.id,)),), why="all must hear what orders-0001-001 is by now"
    )


def test_whom_it_follows_is_part_of_a_role() -> None:
    at = knowing(WELL, C2, A2, primary_id=C1_ID)

    assert steps_of(members.spread_roles(at)) == (MeetMembers(node_id=A2.id, other_ids=(C2.id,)),)


def test_a_replica_with_its_first_bytes_is_introduced_once() -> None:
    written_to = primary(A1, offset_bytes=5, before=groups.observed_node(A1))
    new = replica(A2, A1, offset_bytes=5, before=groups.observed_node(A2))
    known = replace(new, before=groups.observed_node(A2, is_introduced=True))

    everybody = tuple(node.id for node in GROUP.nodes if node is not A2)
    assert steps_of(members.spread_roles(cluster_situation(GROUP, written_to, new))) == (
        MeetMembers(node_id=A2.id, other_ids=everybody),
    )
    assert members.spread_roles(cluster_situation(GROUP, written_to, known)) == SATISFIED


def test_a_primary_that_nobody_ever_wrote_to_asks_its_replicas_so_that_they_are_somewhere_in_its_stream() -> None:
    new = replica(A2, A1, before=groups.observed_node(A2))
    copying = replica(A2, A1, is_link_up=False, before=groups.observed_node(A2))

    assert steps_of(members.spread_roles(cluster_situation(GROUP, new))) == (AskReplicas(node_id=A1.id),)
    assert members.spread_roles(cluster_situation(GROUP, copying)) == SATISFIED
    assert members.spread_roles(WELL) == SATISFIED


def test_a_group_is_not_ready_before_clients_are_told_of_all_replicas() -> None:
    new = replica(A2, A1, before=groups.observed_node(A2))

    assert isinstance(readiness.rule(cluster_situation(GROUP, new)), Wait)
    assert readiness.rule(WELL) == SATISFIED


def test_who_is_introduced_is_recorded_for_its_life_and_as_a_replica_only() -> None:
    written_to = primary(A1, offset_bytes=5, before=groups.observed_node(A1))
    at = cluster_situation(GROUP, written_to, replica(A2, A1, offset_bytes=5, before=groups.observed_node(A2)))
    told = record_pass(at, plan(at)).find_node(A2.id)
    in_vain = record_pass(at, decided("slots", Wait(reason="slots move"))).find_node(A2.id)
    died = cluster_situation(GROUP, dead(A2, before=told))
    ended = record_pass(died, decided("nodes", Wait(reason="it is started"))).find_node(A2.id)

    assert told is not None and told.is_introduced
    assert in_vain is not None and not in_vain.is_introduced
    assert ended is not None and not ended.is_introduced


def test_where_everybody_believes_what_is_so_nobody_is_told() -> None:
    assert members.spread_roles(WELL) == SATISFIED
    assert members.spread_roles(cluster_situation(GROUP, dead(A1), orphan(A2, A1))) == SATISFIED


# --- as an attacker ------------------------------------------------------------------------------


def test_a_node_that_waits_for_its_role_is_no_news_to_anybody() -> None:
    """Others can know no more of a replica of nowhere than that it is one: told again and again, it would keep the
    slots of all shards from moving for as long as it waits for its copy.
    """
    at = cluster_situation(GROUP, newborn(A2, before=groups.observed_node(A2)))
    for other in (A1, B1, B2, C1, C2):
        at = knowing(at, other, A2, primary_id=None)

    assert kinds_of(members.spread_roles(at)) == set()


def test_a_new_replica_is_introduced_although_slots_are_moving_for_hours() -> None:
    """Until then no client reads from it, nor finds it when its primary is gone."""
    written_to = primary(A1, offset_bytes=5, before=groups.observed_node(A1))
    new = replica(A2, A1, offset_bytes=5, before=groups.observed_node(A2))
    at = viewing(cluster_situation(TO_TWO, written_to, new, owned=OWNED), A1, moves=(move(GROUP, A1, B1, SOME),))

    assert "MeetMembers" in kinds_of(plan(at).verdict)


def test_news_that_is_never_heard_does_not_keep_slots_from_moving_for_ever() -> None:
    last = groups.observed_verdict("all must hear", now=NOW, seconds_ago=60, rule="roles")
    misled = knowing(cluster_situation(TO_TWO, owned=OWNED), C2, A2, primary_id=C1_ID)

    decision = plan(replace(misled, before=replace(misled.before, verdict=last)))

    assert "BeginMove" in kinds_of(decision.verdict)
