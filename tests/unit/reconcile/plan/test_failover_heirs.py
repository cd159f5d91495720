"""Whom `failover` promotes, and who may be primary already: the heirs, the order, the steps."""

import pytest
from msgspec.structs import replace

from elastane.model.replication_groups import Network
from elastane.reconcile.plan import failover
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Wait
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.steps import FenceNodes, Promote, RecordPrimary
from tests.kit import groups
from tests.kit.situations import (
    HISTORY,
    OTHER_HISTORY,
    coming_up,
    dead,
    hung,
    just_silent,
    newborn,
    orphan,
    primary,
    situation,
    with_part,
    worked,
    working,
)
from tests.unit.reconcile.plan.failover_cases import (
    FIRST,
    GROUP,
    HEIR,
    OTHER,
    PART,
    PRIMARY_ENDPOINT,
    SECOND,
    STALE,
    THIRD,
    WORKED,
    promotion_to,
    seen,
    speaking,
)

ORDERED = with_part(GROUP, target_primary=SECOND.id, ordered_primary=SECOND.id)
"""The second was ordered to be primary, and nobody has seen it yet."""


def test_the_most_advanced_replica_takes_over_whoever_was_named() -> None:
    ahead = orphan(THIRD, FIRST, offset_bytes=9)

    verdict = failover.rule(seen(dead(FIRST), HEIR, ahead, group=with_part(GROUP, target_primary=SECOND.id)))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(THIRD, SECOND)


def test_of_equals_one_of_another_zone_than_the_dead_primary_s_takes_over() -> None:
    elsewhere = replace(THIRD, zone=groups.node("x", zone="us-east-1b").zone)
    group = groups.group("orders", FIRST, SECOND, elsewhere, network=GROUP.network)

    verdict = failover.rule(situation(group, dead(FIRST), HEIR, orphan(elsewhere, FIRST), before=worked(group)))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(elsewhere, SECOND)


def test_a_replica_that_leaves_does_not_follow_the_new_primary() -> None:
    leaving = replace(THIRD, is_leaving=True)
    group = groups.group("orders", FIRST, SECOND, leaving, network=GROUP.network)

    verdict = failover.rule(situation(group, dead(FIRST), HEIR, orphan(leaving, FIRST), before=worked(group)))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(SECOND)


def test_who_is_in_the_middle_of_a_copy_is_told_to_follow_by_the_rule_for_that() -> None:
    copying = orphan(THIRD, FIRST, is_syncing=True)

    verdict = failover.rule(seen(dead(FIRST), HEIR, copying))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(SECOND)


def test_an_endpoint_that_the_heir_has_already_is_not_bound_twice() -> None:
    bound = (SECOND.address, PRIMARY_ENDPOINT)

    verdict = failover.rule(seen(dead(FIRST), orphan(SECOND, FIRST, bound_addresses=bound), dead(THIRD)))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(SECOND)


def test_a_group_without_endpoints_moves_none() -> None:
    group = replace(GROUP, network=Network(subnet_group_name="default"))

    verdict = failover.rule(situation(group, dead(FIRST), HEIR, dead(THIRD), before=WORKED))

    assert isinstance(verdict, Act)
    assert [type(step) for step in verdict.steps] == [RecordPrimary, Promote]


def test_once_a_new_process_is_in_the_place_of_the_dead_primary_everybody_is_heard() -> None:
    assert speaking(seen(coming_up(FIRST), HEIR, OTHER)) == "no primary known"


def test_a_replica_that_fell_behind_does_not_take_over_before_the_dead_primary_was_heard_again() -> None:
    """The primary may find more in its directory than a replica has that lost its link long ago."""
    assert speaking(seen(dead(FIRST), STALE, dead(THIRD))) == "no heir"
    assert speaking(seen(dead(FIRST), STALE, OTHER)) == "fail over"


def test_a_replica_with_another_history_keeps_nobody_from_taking_over() -> None:
    stranger = orphan(THIRD, FIRST, key_count=5, replication_id=OTHER_HISTORY)

    verdict = failover.rule(seen(dead(FIRST), HEIR, stranger))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(SECOND)


def test_who_went_on_from_the_recorded_history_takes_over_before_who_did_not_come_along() -> None:
    """A promotion that nobody saw: offsets of two branches say nothing about each other."""
    newer = orphan(SECOND, FIRST, replication_id=OTHER_HISTORY, previous_replication_id=HISTORY, offset_bytes=5)
    older = orphan(THIRD, FIRST, offset_bytes=900)

    verdict = failover.rule(seen(dead(FIRST), newer, older))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(SECOND)


def test_who_was_named_is_not_the_primary_that_was_lost() -> None:
    """The target of a switchover that never came dies: the primary that was seen is alive, and stays it."""
    group = with_part(GROUP, target_primary=SECOND.id)

    assert failover.rule(seen(primary(FIRST), dead(SECOND), OTHER, group=group)) == SATISFIED


@pytest.mark.parametrize("condition", [just_silent(SECOND), working(SECOND, seconds=1)])
def test_who_was_ordered_to_be_primary_and_fell_silent_may_be_it(condition: SeenNode) -> None:
    """The order was given and nobody saw it carried out: a second primary beside it would be one too many."""
    verdict = failover.rule(seen(newborn(FIRST), condition, OTHER, group=ORDERED))

    assert isinstance(verdict, Wait) and "orders-002" in verdict.reason


def test_who_was_ordered_to_be_primary_and_hangs_is_fenced_before_another_is_promoted() -> None:
    verdict = failover.rule(seen(dead(FIRST), hung(SECOND), OTHER, group=ORDERED))

    assert isinstance(verdict, Act)
    assert verdict.steps == (FenceNodes(node_ids=(SECOND.id,)),)


def test_a_target_that_a_customer_has_changed_since_makes_nobody_primary() -> None:
    """Whom the last order named counts: a customer may write another target, and no engine hears of it."""
    group = with_part(GROUP, target_primary=SECOND.id, ordered_primary=FIRST.id)

    verdict = failover.rule(seen(dead(FIRST), hung(SECOND), OTHER, group=group))

    assert isinstance(verdict, Act)
    assert verdict.steps == promotion_to(THIRD)


def test_who_was_ordered_and_answers_or_is_dead_is_not_waited_for() -> None:
    assert speaking(seen(dead(FIRST), HEIR, OTHER, group=ORDERED)) == "fail over"
    assert speaking(seen(dead(FIRST), dead(SECOND), OTHER, group=ORDERED)) == "fail over"


# --- a doubtful primary --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ordered", "name"),
    [
        pytest.param(just_silent(SECOND), "just silent", id="who was ordered is late"),
        pytest.param(working(SECOND, seconds=2), "busy", id="who was ordered is busy"),
        pytest.param(hung(SECOND), "last copy", id="who was ordered hangs: it may hold the only copy"),
        pytest.param(dead(SECOND), "primary answers", id="who was ordered is dead: there is no other"),
    ],
)
def test_who_calls_itself_primary_unasked_is_none_while_the_one_that_was_ordered_is_silent(
    ordered: SeenNode, name: str
) -> None:
    behind = orphan(FIRST, SECOND, before=groups.observed_node(FIRST, has_synced=True))

    assert speaking(seen(behind, ordered, primary(THIRD), group=ORDERED)) == name


def test_the_last_primary_is_not_doubtful_while_its_successor_is_silent() -> None:
    """A switchover that was ordered and never came: who was seen as primary still is it."""
    assert speaking(seen(primary(FIRST), just_silent(SECOND), OTHER, group=ORDERED)) == "primary answers"
    assert speaking(seen(primary(FIRST), hung(SECOND), OTHER, group=ORDERED)) == "replica hangs"


def test_in_a_group_that_never_had_a_primary_a_silent_target_is_none() -> None:
    new = with_part(GROUP, epoch=0)

    at = situation(new, hung(FIRST), newborn(SECOND), newborn(THIRD))

    assert failover.rule(at) == SATISFIED


def test_a_primary_that_is_no_member_any_more_is_nobody() -> None:
    before = replace(WORKED, primaries={PART.id: groups.node("orders-009").id})

    assert failover.rule(seen(newborn(FIRST), HEIR, OTHER, before=before)) == SATISFIED
