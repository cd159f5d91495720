import pytest

from elastane.model.replication_groups import Network
from elastane.reconcile.plan import endpoints
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.steps import BindAddresses
from tests.kit import groups
from tests.kit.situations import coming_up, dead, hung, newborn, primary, replica, silent, situation

PRIMARY_ENDPOINT, READER_ENDPOINT = "127.88.48.10", "127.88.48.11"
NETWORK = Network(
    subnet_group_name="default",
    primary_endpoint_address=PRIMARY_ENDPOINT,
    reader_endpoint_address=READER_ENDPOINT,
)
GROUP = groups.group(
    "orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"), network=NETWORK
)
FIRST, SECOND, THIRD = GROUP.nodes


def test_in_a_new_group_the_reader_endpoint_waits_for_the_first_replica_in_sync() -> None:
    verdict = endpoints.rule(situation(GROUP, primary(FIRST), newborn(SECOND), newborn(THIRD)))

    assert isinstance(verdict, Act)
    assert verdict.steps == (BindAddresses(node_id=FIRST.id, addresses=(FIRST.address, PRIMARY_ENDPOINT)),)


def test_the_primary_answers_at_the_reader_endpoint_while_no_replica_is_in_sync() -> None:
    verdict = endpoints.rule(
        situation(GROUP, primary(FIRST), newborn(SECOND), newborn(THIRD), before=groups.observed(GROUP))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (
        BindAddresses(node_id=FIRST.id, addresses=(FIRST.address, PRIMARY_ENDPOINT, READER_ENDPOINT)),
    )


def test_the_reader_endpoint_moves_to_a_replica_and_who_lets_go_is_asked_first() -> None:
    both = (FIRST.address, PRIMARY_ENDPOINT, READER_ENDPOINT)

    verdict = endpoints.rule(
        situation(GROUP, primary(FIRST, bound_addresses=both), replica(SECOND, FIRST), replica(THIRD, FIRST))
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (
        BindAddresses(node_id=FIRST.id, addresses=(FIRST.address, PRIMARY_ENDPOINT)),
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address, READER_ENDPOINT)),
    )


def test_the_reader_endpoint_stays_where_it_is_while_that_replica_is_in_sync() -> None:
    verdict = endpoints.rule(
        situation(
            GROUP,
            primary(FIRST, bound_addresses=(FIRST.address, PRIMARY_ENDPOINT)),
            replica(SECOND, FIRST),
            replica(THIRD, FIRST, bound_addresses=(THIRD.address, READER_ENDPOINT)),
        )
    )

    assert verdict == SATISFIED


def test_after_a_switchover_both_let_go_before_either_takes_the_other_s_address() -> None:
    verdict = endpoints.rule(
        situation(
            GROUP,
            replica(FIRST, SECOND, bound_addresses=(FIRST.address, PRIMARY_ENDPOINT)),
            primary(SECOND, bound_addresses=(SECOND.address, READER_ENDPOINT)),
            replica(THIRD, SECOND),
        )
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (
        BindAddresses(node_id=FIRST.id, addresses=(FIRST.address,), cuts_clients=True),
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address,)),
        BindAddresses(node_id=FIRST.id, addresses=(FIRST.address, READER_ENDPOINT)),
        BindAddresses(node_id=SECOND.id, addresses=(SECOND.address, PRIMARY_ENDPOINT)),
    )


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        pytest.param((FIRST.address, PRIMARY_ENDPOINT), Wait, id="one that held it when it was last heard"),
        pytest.param((), Wait, id="one of which nobody knows what it held"),
        pytest.param((FIRST.address,), Act, id="and not one that held its own address alone"),
    ],
)
def test_nobody_takes_an_address_that_a_silent_node_may_still_hold(
    bound: tuple[str, ...], expected: type[Act | Wait]
) -> None:
    before = groups.observed_node(FIRST, bound_addresses=bound)

    verdict = endpoints.rule(
        situation(GROUP, silent(FIRST, seconds=1, before=before), primary(SECOND), replica(THIRD, SECOND))
    )

    assert isinstance(verdict, expected)
    if isinstance(verdict, Wait):
        assert verdict.reason == "orders-001 cannot be asked and may still hold an endpoint's address"


def test_a_silent_replica_keeps_nobody_from_an_address_it_never_had() -> None:
    both = (SECOND.address, PRIMARY_ENDPOINT)
    reader = (THIRD.address, READER_ENDPOINT)
    before = groups.observed_node(FIRST, bound_addresses=(FIRST.address,))

    verdict = endpoints.rule(
        situation(
            GROUP,
            hung(FIRST, before=before),
            primary(SECOND, bound_addresses=both),
            replica(THIRD, SECOND, bound_addresses=reader),
        )
    )

    assert verdict == SATISFIED


def test_the_dead_hold_nothing() -> None:
    before = groups.observed_node(FIRST, bound_addresses=(FIRST.address, PRIMARY_ENDPOINT))

    verdict = endpoints.rule(situation(GROUP, dead(FIRST, before=before), primary(SECOND), replica(THIRD, SECOND)))

    assert isinstance(verdict, Act)


def test_only_who_lets_go_of_the_primary_endpoint_has_its_clients_cut() -> None:
    both = (FIRST.address, PRIMARY_ENDPOINT, READER_ENDPOINT)

    reader_moves = endpoints.rule(
        situation(GROUP, primary(FIRST, bound_addresses=both), replica(SECOND, FIRST), dead(THIRD))
    )
    role_moved = endpoints.rule(
        situation(GROUP, replica(FIRST, SECOND, bound_addresses=both), primary(SECOND), dead(THIRD))
    )

    assert isinstance(reader_moves, Act) and isinstance(role_moved, Act)
    assert [step.cuts_clients for step in reader_moves.steps if isinstance(step, BindAddresses)] == [False, False]
    assert [step.cuts_clients for step in role_moved.steps if isinstance(step, BindAddresses)] == [True, False]


def test_a_node_that_is_coming_up_holds_nothing_but_its_own_address() -> None:
    verdict = endpoints.rule(situation(GROUP, coming_up(FIRST), primary(SECOND), replica(THIRD, SECOND)))

    assert isinstance(verdict, Act)


def test_a_cache_cluster_has_no_endpoint_but_its_node() -> None:
    cluster = groups.cache_cluster("sessions")

    assert endpoints.rule(situation(cluster, primary(cluster.nodes[0]))) == SATISFIED


def test_without_a_primary_the_endpoints_stay_where_they_are() -> None:
    assert endpoints.rule(situation(GROUP, newborn(FIRST), newborn(SECOND), newborn(THIRD))) == SATISFIED
