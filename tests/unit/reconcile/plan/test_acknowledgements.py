from msgspec.structs import replace

from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth
from elastane.reconcile.plan import acknowledgements, plan
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.steps import AskAcknowledgement
from tests.kit import groups
from tests.kit.situations import newborn, primary, replica, situation

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"), groups.node("orders-003"))
FIRST, SECOND, THIRD = GROUP.nodes
SYNCING = groups.observed_node(SECOND, health=NodeHealth.SYNCING)
IN_SYNC = groups.observed_node(THIRD)


def test_a_replica_that_came_into_sync_is_asked_and_one_that_was_is_not() -> None:
    verdict = acknowledgements.rule(
        situation(GROUP, primary(FIRST), replica(SECOND, FIRST, before=SYNCING), replica(THIRD, FIRST, before=IN_SYNC))
    )

    assert verdict == Act(
        steps=(AskAcknowledgement(node_id=SECOND.id),),
        why="orders-002 came into sync, and the primary shall know it at once",
    )


def test_a_node_that_was_ready_as_primary_is_asked_once_it_is_a_replica_in_sync() -> None:
    was_primary = groups.observed_node(SECOND, role=Role.PRIMARY)

    verdict = acknowledgements.rule(
        situation(
            GROUP, primary(FIRST), replica(SECOND, FIRST, before=was_primary), replica(THIRD, FIRST, before=IN_SYNC)
        )
    )

    assert isinstance(verdict, Act)
    assert verdict.steps == (AskAcknowledgement(node_id=SECOND.id),)


def test_a_replica_that_is_not_online_yet_is_not_asked() -> None:
    waiting = replace(replica(SECOND, FIRST, before=SYNCING), is_online=False)

    verdict = acknowledgements.rule(situation(GROUP, primary(FIRST), waiting, newborn(THIRD)))

    assert verdict == SATISFIED


def test_a_replica_that_leaves_is_not_asked() -> None:
    leaving = replace(SECOND, is_leaving=True)
    group = groups.group("orders", FIRST, leaving)

    assert acknowledgements.rule(situation(group, primary(FIRST), replica(leaving, FIRST))) == SATISFIED


def test_it_is_asked_before_the_reader_endpoint_moves_to_it() -> None:
    network = replace(GROUP.network, reader_endpoint_address="127.88.48.11")
    group = replace(GROUP, network=network)

    decision = plan(
        situation(
            group,
            primary(FIRST, bound_addresses=(FIRST.address, "127.88.48.11")),
            replica(SECOND, FIRST, before=SYNCING),
            replica(THIRD, FIRST, before=groups.observed_node(THIRD, health=NodeHealth.SYNCING)),
            before=groups.observed(group),
        )
    )

    assert decision.rule == "acknowledgements"
