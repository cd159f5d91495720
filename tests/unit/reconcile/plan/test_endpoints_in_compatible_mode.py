"""In `compatible` mode the endpoints of both kinds answer, all of them at the primary."""

from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.replication_groups import ClusterMode, Network
from elastane.reconcile.plan import configuration, endpoints
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Verdict, Wait
from elastane.reconcile.steps import BindAddresses
from tests.kit import groups
from tests.kit.situations import cluster_situation, dead, hung, primary, replica
from tests.unit.reconcile.plan.cluster_cases import steps_of

PRIMARY, READER, CONFIGURATION = "127.88.48.10", "127.88.48.11", "127.88.48.20"
ALL = (PRIMARY, CONFIGURATION, READER)
GROUP = replace(
    groups.cluster(shards=1, replicas=1),
    cluster_mode=ClusterMode.COMPATIBLE,
    network=Network(
        subnet_group_name="default",
        primary_endpoint_address=PRIMARY,
        reader_endpoint_address=READER,
        configuration_endpoint_address=CONFIGURATION,
    ),
)
FIRST, SECOND = GROUP.nodes


def judged(*told: Any, group: Any = GROUP) -> Verdict:
    known = tuple(replace(seen, before=seen.before or groups.observed_node(seen.node)) for seen in told)
    return endpoints.rule(cluster_situation(group, *known, is_endpoint_bound=False))


def test_the_primary_answers_at_all_of_them() -> None:
    verdict = judged(primary(FIRST), replica(SECOND, FIRST))

    assert verdict == Act(
        steps=(BindAddresses(node_id=FIRST.id, addresses=(FIRST.address, *ALL)),),
        why="endpoint addresses move: the primary endpoint answers at orders-0001-001, the configuration endpoint "
        "answers at orders-0001-001, the reader endpoint answers at orders-0001-001",
    )


def test_where_it_does_nothing_moves() -> None:
    assert judged(primary(FIRST, bound_addresses=(FIRST.address, *ALL)), replica(SECOND, FIRST)) == SATISFIED


def test_readers_are_not_sent_to_a_replica_that_would_send_them_on() -> None:
    """It sends on whoever has not said READONLY, and clients that know no cluster never do."""
    first = primary(FIRST, bound_addresses=(FIRST.address, PRIMARY, CONFIGURATION))
    second = replica(SECOND, FIRST, bound_addresses=(SECOND.address, READER))

    assert steps_of(judged(first, second)) == (
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address,)),
        BindAddresses(node_id=FIRST.id, addresses=(FIRST.address, *ALL)),
    )


def test_after_a_switchover_all_go_along_and_writers_are_cut() -> None:
    former = replica(FIRST, SECOND, bound_addresses=(FIRST.address, *ALL))

    assert steps_of(judged(former, primary(SECOND))) == (
        BindAddresses(node_id=FIRST.id, addresses=(FIRST.address,), cuts_clients=True),
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address, *ALL)),
    )


def test_after_a_failover_the_dead_hold_nothing() -> None:
    lost = dead(FIRST, before=groups.observed_node(FIRST, bound_addresses=(FIRST.address, *ALL)))

    assert steps_of(judged(lost, primary(SECOND))) == (
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address, *ALL)),
    )


def test_who_hangs_may_hold_the_configuration_endpoint_too() -> None:
    silent = hung(FIRST, before=groups.observed_node(FIRST, bound_addresses=(FIRST.address, CONFIGURATION)))

    assert isinstance(judged(silent, primary(SECOND)), Wait)


def test_the_rule_for_enabled_clusters_leaves_them_alone() -> None:
    assert configuration.rule(cluster_situation(GROUP, is_endpoint_bound=False)) == SATISFIED


@pytest.mark.parametrize("shard_count", [1, 3])
def test_with_cluster_mode_enabled_this_rule_has_nothing_to_say(shard_count: int) -> None:
    enabled = groups.cluster(shards=shard_count)

    assert endpoints.rule(cluster_situation(enabled, is_endpoint_bound=False)) == SATISFIED
