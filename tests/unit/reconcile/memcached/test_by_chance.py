"""Clusters amid whatever may happen, however unlikely: what must never be, and that it all ends well."""

import random
from datetime import timedelta

import pytest

from elastane.model.ids import cache_node_id
from tests.unit.reconcile.memcached.simulated import LARGE, ZONES, SimulatedCluster, settled

LIVES = 60
"""Some seconds. A hundred times as many were tried once, too."""
PASSES = 120
SETTLED_PASSES_MAX = 700
"""Rests of up to half a minute, at a fifth of a second a pass, and what comes after them."""


def live(cluster: SimulatedCluster) -> None:
    """A customer who asks for something whenever that is allowed, and a world that is not kind."""
    fate = cluster.fate
    cluster.lateness, cluster.mortality = fate.choice((0, 0, 0.02, 0.1)), fate.choice((0, 0, 0.02, 0.1))
    for _ in range(PASSES):
        if cluster.status == "available" and fate.random() < 0.1:
            ask(cluster)
        if fate.random() < 0.08:
            disturb(cluster)
        cluster.look_and_act()
        cluster.is_unsteady = False


def ask(cluster: SimulatedCluster) -> None:
    fate, staying = cluster.fate, cluster.document.staying_nodes
    match fate.randrange(4):
        case 0 if len(staying) < 8:
            cluster.add_nodes(fate.randint(1, 3))
        case 1 if len(staying) > 1:
            count = fate.randint(1, len(staying) - 1)
            cluster.remove_nodes(*(node.id for node in fate.sample(staying, count)))
        case 2:
            cluster.reboot(*(node.id for node in fate.sample(staying, fate.randint(1, len(staying)))))
        case _:
            other = {LARGE: "cache.t4g.micro"}.get(cluster.document.software.node_type, LARGE)
            cluster.scale_to(other, fate.choice((20, 34, 100)))


def disturb(cluster: SimulatedCluster) -> None:
    fate, bodies = cluster.fate, cluster.everybody()
    match fate.randrange(9):
        case 0 | 1:
            fate.choice(bodies).end()
        case 2:
            fate.choice(bodies).is_hung = True
        case 3:
            cluster.endpoint.end()
        case 4:
            for body in bodies:
                body.end()
        case 5:
            cluster.lose_zone(fate.choice(ZONES)) if not cluster.lost_zones else cluster.__dict__.update(
                lost_zones=frozenset()
            )
        case 6:
            cluster.broken ^= {fate.choice(cluster.document.nodes).id}
        case 7:
            cluster.now += timedelta(seconds=fate.uniform(-3600, 3600))
            cluster.is_unsteady = True
        case _ if cluster.endpoint.has_directory and cluster.record.available_since is not None:
            cluster.lose_store()


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_happens_ends_well(seed: int) -> None:
    cluster = SimulatedCluster(random.Random(seed), node_count=1 + seed % 4)
    cluster.settle(20)

    live(cluster)
    cluster.settle(SETTLED_PASSES_MAX)

    document = cluster.document
    assert cluster.status == "available"
    assert document.publication.node_ids == settled(document) == cluster.told[max(cluster.told)]
    assert {node.id for node in document.nodes} == set(settled(document))
    assert all(cluster.bodies[node.id].node_type == document.software.node_type for node in document.nodes)


@pytest.mark.parametrize("seed", range(LIVES // 3))
def test_a_creation_amid_trouble_ends_well_or_for_good(seed: int) -> None:
    cluster = SimulatedCluster(random.Random(seed), node_count=1 + seed % 4)

    live(cluster)
    cluster.settle(SETTLED_PASSES_MAX, may_fail=True)

    assert cluster.status in ("available", "incompatible-network")


def test_a_quiet_creation_takes_a_few_passes_and_publishes_one_list() -> None:
    cluster = SimulatedCluster(random.Random(0))

    passes = cluster.settle(20)

    assert passes <= 6
    assert cluster.told == {1: tuple(map(cache_node_id, (1, 2, 3)))}
    assert cluster.messages == [
        "Added cache node 0001 in availability zone us-east-1b",
        "Added cache node 0002 in availability zone us-east-1a",
        "Added cache node 0003 in availability zone us-east-1b",
        "Cache cluster created",
    ]


def test_a_quiet_change_of_the_number_is_one_list_each() -> None:
    cluster = SimulatedCluster(random.Random(0), node_count=2)
    cluster.settle(20)

    cluster.add_nodes(3)
    cluster.settle(20)
    cluster.remove_nodes(cache_node_id(1), cache_node_id(4))
    cluster.settle(20)

    numbers = {version: [int(node_id) for node_id in node_ids] for version, node_ids in cluster.told.items()}
    assert numbers == {1: [1, 2], 2: [1, 2, 3, 4, 5], 3: [2, 3, 5]}


def test_a_node_that_is_lost_is_told_by_a_number_when_it_is_back() -> None:
    cluster = SimulatedCluster(random.Random(0), node_count=2)
    cluster.settle(20)
    cluster.messages.clear()

    cluster.bodies[cache_node_id(2)].end()
    cluster.settle(20)

    assert list(cluster.told) == [1, 2]
    assert cluster.told[1] == cluster.told[2]
    assert cluster.messages == ["Recovering cache nodes 0002", "Finished recovery for cache nodes 0002"]


def test_a_rollout_takes_its_batches_one_after_the_other() -> None:
    cluster = SimulatedCluster(random.Random(0), node_count=5)
    cluster.settle(20)
    cluster.messages.clear()

    cluster.scale_to(LARGE, 40)
    cluster.settle(60)

    assert len(cluster.told) == 1 + 3, "a new number for each batch that is back"
    assert len(set(cluster.told.values())) == 1
    assert cluster.messages == [f"Succeeded applying modification to cache node type to {LARGE}."]


def test_a_type_that_does_not_start_is_given_up_and_the_cluster_goes_back() -> None:
    cluster = SimulatedCluster(random.Random(0), node_count=3)
    cluster.settle(20)

    cluster.scale_to(LARGE, 34)
    cluster.broken = {cache_node_id(1)}
    for _ in range(60):
        cluster.look_and_act()
    given_up = cluster.document.software.node_type
    cluster.settle(300)

    assert given_up == "cache.t4g.micro"
    assert {node.node_type for node in cluster.document.nodes} == {"cache.t4g.micro"}
    assert cluster.status == "available"
