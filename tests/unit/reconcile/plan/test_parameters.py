"""Which parameters a running engine is told, and which wait for its next process."""

from elastane.model.parameter_groups import ParameterGroup
from elastane.reconcile.plan import parameters
from elastane.reconcile.plan.verdicts import SATISFIED, Act
from elastane.reconcile.steps import SetParameters
from tests.kit import groups
from tests.kit.situations import hanging, primary, replica, situation

FIRST, SECOND = (groups.node(f"orders-00{number}") for number in (1, 2))
GROUP = groups.group("orders", FIRST, SECOND)
MINE = ParameterGroup(region=GROUP.region, name="mine", family="valkey9", description="")
TARGETS = {"maxmemory-policy": "allkeys-lru", "databases": "32"}
OLD = {"maxmemory-policy": "volatile-lru", "databases": "16"}


def test_every_node_that_differs_is_told_at_once_what_a_running_engine_can_change() -> None:
    looked = situation(
        GROUP, primary(FIRST, parameters=TARGETS), replica(SECOND, FIRST, parameters=OLD), parameters=TARGETS
    )

    verdict = parameters.rule(looked)

    assert isinstance(verdict, Act)
    assert verdict.steps == (SetParameters(node_id=SECOND.id, parameters={"maxmemory-policy": "allkeys-lru"}),)


def test_what_needs_a_new_process_is_awaited_and_never_ordered() -> None:
    almost = {**TARGETS, "databases": "16"}
    looked = situation(
        GROUP, primary(FIRST, parameters=almost), replica(SECOND, FIRST, parameters=TARGETS), parameters=TARGETS
    )
    first, second = looked.nodes

    assert parameters.rule(looked) is SATISFIED
    assert parameters.awaited(first, looked) == {"databases": "32"}
    assert parameters.is_reboot_awaited(first, looked) and not parameters.is_reboot_awaited(second, looked)


def test_a_node_that_cannot_be_asked_differs_in_nothing() -> None:
    looked = situation(GROUP, hanging(FIRST), replica(SECOND, FIRST, parameters=TARGETS), parameters=TARGETS)

    assert parameters.rule(looked) is SATISFIED
    assert parameters.awaited(looked.nodes[0], looked) == {}
