import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Node
from elastane.reconcile.situation import SeenNode, with_primaries_views
from tests.kit import groups
from tests.kit.situations import (
    NOW,
    cluster_situation,
    coming_up,
    dead,
    hanging,
    hung,
    just_silent,
    knowing,
    newborn,
    primary,
    replica,
    silence,
    situation,
    viewing,
    with_part,
    with_shard,
    worked,
    worked_cluster,
)

FIRST, SECOND, THIRD = groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003")


def test_a_replica_is_ready_only_when_its_primary_lists_it_as_online() -> None:
    nodes = (primary(FIRST, online_replicas=(THIRD.address,)), replica(SECOND, FIRST), replica(THIRD, FIRST))

    seen = with_primaries_views(nodes)

    assert [one.health for one in seen] == [NodeHealth.READY, NodeHealth.SYNCING, NodeHealth.READY]


def test_a_replica_whose_primary_could_not_be_asked_is_believed() -> None:
    seen = with_primaries_views((hanging(FIRST), replica(SECOND, FIRST)))

    assert seen[1].health is NodeHealth.READY


def test_a_replica_of_a_replica_is_believed() -> None:
    nodes = (primary(FIRST, online_replicas=(SECOND.address,)), replica(SECOND, FIRST), replica(THIRD, SECOND))

    seen = with_primaries_views(nodes)

    assert seen[2].health is NodeHealth.READY


def test_a_replica_without_a_link_is_not_ready_whatever_its_primary_says() -> None:
    nodes = (primary(FIRST, online_replicas=(SECOND.address,)), replica(SECOND, FIRST, is_link_up=False))

    seen = with_primaries_views((*nodes, newborn(THIRD)))

    assert [one.health for one in seen] == [NodeHealth.READY, NodeHealth.SYNCING, NodeHealth.SYNCING]


# --- a doubtful primary --------------------------------------------------------------------------

GROUP = groups.group("orders", FIRST, SECOND, THIRD)


@pytest.mark.parametrize(
    ("ordered", "is_believed"),
    [
        pytest.param(just_silent(SECOND), False, id="who was ordered is late"),
        pytest.param(hung(SECOND), False, id="who was ordered hangs"),
        pytest.param(dead(SECOND), True, id="who was ordered is dead"),
        pytest.param(coming_up(SECOND), True, id="who was ordered starts, and no engine starts as primary"),
        pytest.param(
            replace(coming_up(SECOND), silence=silence(seconds=60, looks=90, still=90)),
            True,
            id="who was ordered hangs at its start",
        ),
        pytest.param(replica(SECOND, THIRD), True, id="who was ordered says that it is none"),
    ],
)
def test_who_calls_itself_primary_unasked_is_believed_once_the_one_that_was_ordered_cannot_be_it(
    ordered: SeenNode, is_believed: bool
) -> None:
    group = with_part(GROUP, ordered_primary=SECOND.id)
    at = situation(group, dead(FIRST), ordered, primary(THIRD), before=worked(group, primary=FIRST))

    found = at.find_primary(group.node_groups[0])

    assert found == (at.get(THIRD.id) if is_believed else None)


@pytest.mark.parametrize("name", ["ordered", "last", "nobody"])
def test_who_was_ordered_or_seen_before_is_primary_without_a_doubt(name: str) -> None:
    ordered = {"ordered": FIRST.id, "last": SECOND.id, "nobody": None}[name]
    last = {"ordered": SECOND, "last": FIRST, "nobody": SECOND}[name]
    group = with_part(GROUP, ordered_primary=ordered)
    at = situation(group, primary(FIRST), hung(SECOND), dead(THIRD), before=worked(group, primary=last))

    assert at.find_primary(group.node_groups[0]) == at.get(FIRST.id)


# --- in cluster mode -----------------------------------------------------------------------------

CLUSTER = groups.cluster(shards=2, replicas=2)
SHARD = CLUSTER.node_groups[0]
A1, A2, A3 = SHARD.nodes


@pytest.mark.parametrize(
    ("owned", "expected"),
    [
        pytest.param((A2,), A2, id="who owns slots, whoever was ordered"),
        pytest.param((A1, A2), None, id="two own some: nobody knows"),
        pytest.param((), None, id="none owns any: nobody knows"),
    ],
)
def test_of_several_primaries_of_a_shard_the_one_that_owns_slots_is_it(
    owned: tuple[Node, ...], expected: Node | None
) -> None:
    at = cluster_situation(CLUSTER, primary(A1), primary(A2))
    for node in (A1, A2):
        at = knowing(at, node, node, slots=SHARD.slots if node in owned else ())

    found = at.find_primary(SHARD)

    assert (None if found is None else found.node) == expected


def test_a_shard_s_only_primary_needs_no_slots_to_be_it() -> None:
    at = cluster_situation(CLUSTER, owned={SHARD.id: ()})

    assert at.find_primary(SHARD) == at.get(A1.id)


def test_who_owns_slots_is_beyond_doubt_though_another_one_that_was_ordered_is_silent() -> None:
    group = with_shard(CLUSTER, SHARD.id, ordered_primary=A2.id)
    silent_one = hung(A2, before=groups.observed_node(A2))
    at = cluster_situation(group, dead(A1, before=groups.observed_node(A1)), silent_one, primary(A3))

    assert at.find_primary(group.node_groups[0]) == at.get(A3.id)


def test_each_shard_is_looked_at_by_itself_with_the_others_around_it() -> None:
    at = cluster_situation(CLUSTER)

    first, second = at.narrowed()

    assert [part.group.node_groups for part in (first, second)] == [(part,) for part in CLUSTER.node_groups]
    assert first.nodes == second.around and second.nodes == first.around
    assert first.others == (CLUSTER.node_groups[1],)
    assert {seen.id for seen in first.everybody} == {node.id for node in CLUSTER.nodes}


def test_a_group_of_one_shard_is_looked_at_as_it_is() -> None:
    at = cluster_situation(groups.cluster(shards=1))

    assert at.narrowed() == (at,)


def test_the_others_are_heard_when_each_of_them_has_a_primary_that_answers() -> None:
    second = CLUSTER.node_groups[1]
    lost = dead(second.nodes[0], before=groups.observed_node(second.nodes[0]))

    assert cluster_situation(CLUSTER).narrowed()[0].are_others_heard
    assert not cluster_situation(CLUSTER, lost).narrowed()[0].are_others_heard
    assert cluster_situation(CLUSTER, lost).narrowed()[1].are_others_heard


def test_who_is_held_back_by_its_cluster_is_in_sync_all_the_same() -> None:
    at = viewing(cluster_situation(CLUSTER), A2, is_serving=False)

    assert at.get(A2.id).is_held_back and at.get(A2.id).health is NodeHealth.READY
    assert not at.get(A1.id).is_held_back


def test_a_sentence_has_lasted_after_some_seconds_and_another_one_has_not() -> None:
    def after(seconds_ago: float) -> bool:
        last = groups.observed_verdict("it waits", now=NOW, seconds_ago=seconds_ago)
        return cluster_situation(CLUSTER, before=worked_cluster(CLUSTER, verdict=last)).has_lasted("it waits")

    assert (after(1), after(60)) == (False, True)
    assert not cluster_situation(CLUSTER).has_lasted("it waits")
