"""Which node answers at a cluster's configuration endpoint."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.ids import NodeId
from elastane.model.replication_groups import ClusterMode, Network
from elastane.reconcile.plan import configuration
from elastane.reconcile.plan.verdicts import SATISFIED
from elastane.reconcile.situation import SeenNode, Situation
from elastane.reconcile.steps import BindAddresses
from tests.kit import groups
from tests.kit.groups import CONFIGURATION_ENDPOINT
from tests.kit.situations import (
    absent,
    cluster_situation,
    coming_up,
    dead,
    hung,
    just_silent,
    primary,
    replica,
    viewing,
    with_shard,
    worked_cluster,
)
from tests.unit.reconcile.plan.cluster_cases import A1, A2, B1, B2, C1, C2, GROUP, ONE, kinds_of, steps_of


def bind(node: Any, *addresses: str) -> BindAddresses:
    return BindAddresses(node_id=node.id, addresses=(node.address, *addresses))


def listening(node: Any) -> Any:
    """As it was last heard: it had the endpoint."""
    return groups.observed_node(node, bound_addresses=(node.address, CONFIGURATION_ENDPOINT))


TAKEN_BY_FIRST = (bind(A2, CONFIGURATION_ENDPOINT),)


def test_it_stays_at_the_replica_where_it_is() -> None:
    holder = replica(B2, B1, bound_addresses=(B2.address, CONFIGURATION_ENDPOINT), before=groups.observed_node(B2))

    assert configuration.rule(cluster_situation(GROUP, holder, is_endpoint_bound=False)) == SATISFIED


def test_nobody_s_is_taken_by_the_first_replica_that_is_ready() -> None:
    assert steps_of(configuration.rule(cluster_situation(GROUP, is_endpoint_bound=False))) == TAKEN_BY_FIRST


def test_a_primary_gives_it_to_a_replica() -> None:
    holder = primary(A1, bound_addresses=(A1.address, CONFIGURATION_ENDPOINT), before=groups.observed_node(A1))

    assert steps_of(configuration.rule(cluster_situation(GROUP, holder, is_endpoint_bound=False))) == (
        bind(A1),
        *TAKEN_BY_FIRST,
    )


def test_where_there_is_no_replica_a_primary_has_it_and_it_stays_there() -> None:
    group = groups.cluster(shards=2, replicas=0)
    first, second = group.nodes
    holder = primary(second, bound_addresses=(second.address, CONFIGURATION_ENDPOINT))

    assert steps_of(configuration.rule(cluster_situation(group, is_endpoint_bound=False))) == (
        bind(first, CONFIGURATION_ENDPOINT),
    )
    assert configuration.rule(cluster_situation(group, holder, is_endpoint_bound=False)) == SATISFIED


def test_in_a_new_group_nobody_takes_it_before_the_first_syncs_are_done() -> None:
    def at(available_since: datetime | None, *told: SeenNode) -> Situation:
        before = replace(worked_cluster(GROUP), available_since=available_since)
        return cluster_situation(GROUP, *told, before=before, is_endpoint_bound=False)

    copying = replica(C2, C1, is_link_up=False)

    assert configuration.rule(at(None, copying)) == SATISFIED
    assert steps_of(configuration.rule(at(None))) == TAKEN_BY_FIRST
    assert steps_of(configuration.rule(at(groups.CREATED_AT, copying))) == TAKEN_BY_FIRST


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(dead(A2, before=listening(A2)), id="is dead"),
        pytest.param(absent(A2), id="is gone"),
        pytest.param(coming_up(A2), id="has just been started"),
        pytest.param(
            hung(A2, before=groups.observed_node(A2, bound_addresses=(A2.address,))), id="hangs, and never had it"
        ),
    ],
)
def test_another_one_takes_it_when_the_holder(lost: Any) -> None:
    assert steps_of(configuration.rule(cluster_situation(GROUP, lost, is_endpoint_bound=False))) == (
        bind(B2, CONFIGURATION_ENDPOINT),
    )


@pytest.mark.parametrize("silent", [just_silent, hung], ids=["is late", "hangs"])
def test_nobody_takes_it_while_a_node_that_may_have_it_cannot_be_asked(silent: Any) -> None:
    holder = replace(silent(A2), before=listening(A2))

    assert configuration.rule(cluster_situation(GROUP, holder, is_endpoint_bound=False)) == SATISFIED


def test_of_two_that_have_it_one_lets_go() -> None:
    second = primary(B1, bound_addresses=(B1.address, CONFIGURATION_ENDPOINT), before=groups.observed_node(B1))

    assert steps_of(configuration.rule(cluster_situation(GROUP, second))) == (bind(B1),)


def test_who_is_not_ready_gives_it_to_one_that_is() -> None:
    copying = replica(
        A2, A1, is_link_up=False, bound_addresses=(A2.address, CONFIGURATION_ENDPOINT), before=groups.observed_node(A2)
    )

    assert steps_of(configuration.rule(cluster_situation(GROUP, copying, is_endpoint_bound=False))) == (
        bind(A2),
        bind(B2, CONFIGURATION_ENDPOINT),
    )


def test_who_does_not_serve_gives_it_to_one_that_does() -> None:
    at = viewing(cluster_situation(GROUP), A2, is_serving=False)

    assert steps_of(configuration.rule(at)) == (bind(A2), bind(B2, CONFIGURATION_ENDPOINT))


def test_where_nobody_serves_it_stays() -> None:
    at = cluster_situation(GROUP)
    for node in GROUP.nodes:
        at = viewing(at, node, is_serving=False)

    assert configuration.rule(at) == SATISFIED


def test_who_leaves_gives_it_away() -> None:
    leaving = with_shard(GROUP, ONE.id, nodes=(A1, replace(A2, is_leaving=True)))
    holder = replica(
        leaving.nodes[1], A1, bound_addresses=(A2.address, CONFIGURATION_ENDPOINT), before=groups.observed_node(A2)
    )

    assert steps_of(configuration.rule(cluster_situation(leaving, holder, is_endpoint_bound=False))) == (
        bind(A2),
        bind(B2, CONFIGURATION_ENDPOINT),
    )


def test_the_endpoints_of_the_time_before_cluster_mode_are_let_go_of() -> None:
    old = primary(
        A1, bound_addresses=(A1.address, "127.88.48.10", CONFIGURATION_ENDPOINT), before=groups.observed_node(A1)
    )

    assert steps_of(configuration.rule(cluster_situation(GROUP, old, is_endpoint_bound=False))) == (
        bind(A1),
        *TAKEN_BY_FIRST,
    )


@pytest.mark.parametrize("mode", [ClusterMode.COMPATIBLE, ClusterMode.DISABLED])
def test_in_other_modes_it_is_none_of_this_rule_s_business(mode: ClusterMode) -> None:
    assert (
        configuration.rule(cluster_situation(replace(GROUP, cluster_mode=mode), is_endpoint_bound=False)) == SATISFIED
    )


def test_a_group_without_the_endpoint_needs_nobody() -> None:
    group = replace(GROUP, network=Network(subnet_group_name="default"))

    assert configuration.rule(cluster_situation(group)) == SATISFIED


# --- as an attacker ------------------------------------------------------------------------------


def test_what_it_wants_it_finds_done_afterwards() -> None:
    """Whatever the beginning, its steps carried out are what it is satisfied with."""
    worlds = [
        (primary(A1, bound_addresses=(A1.address, "127.9.9.9")),),
        (replica(A2, A1, bound_addresses=(A2.address, CONFIGURATION_ENDPOINT)),),
        (primary(B1, bound_addresses=(B1.address, CONFIGURATION_ENDPOINT)), dead(A1), dead(C1), dead(C2), dead(B2)),
    ]
    for world in worlds:
        told = tuple(replace(seen, before=groups.observed_node(seen.node)) for seen in world)
        at = cluster_situation(GROUP, *told, is_endpoint_bound=False)
        verdict = configuration.rule(at)
        if kinds_of(verdict):
            bound = {step.node_id: step.addresses for step in steps_of(verdict) if isinstance(step, BindAddresses)}
            at = replace(at, nodes=tuple(_bound(seen, bound) for seen in at.nodes))
        assert configuration.rule(at) == SATISFIED


def _bound(seen: SeenNode, bound: Mapping[NodeId, tuple[str, ...]]) -> SeenNode:
    if seen.answer is None or seen.id not in bound:
        return seen
    return replace(seen, engine=replace(seen.answer, bound_addresses=bound[seen.id]))
