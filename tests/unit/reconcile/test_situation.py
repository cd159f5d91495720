import pytest
from msgspec.structs import replace

from elastane.model.replication_groups import NodeHealth
from elastane.reconcile.situation import SeenNode, with_primaries_views
from tests.kit import groups
from tests.kit.situations import (
    coming_up,
    dead,
    hanging,
    hung,
    just_silent,
    newborn,
    primary,
    replica,
    silence,
    situation,
    with_part,
    worked,
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
