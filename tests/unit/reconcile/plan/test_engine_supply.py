"""An engine that is not on the machine is installed before nodes are started, and what that waits for is said."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from elastane.model.engine_supply import NOT_TO_BE_HAD, PRESENT, EngineSupply, Installable, Installing
from elastane.reconcile.plan import nodes
from elastane.reconcile.plan.verdicts import SATISFIED, Act, Failed, Verdict, Wait
from elastane.reconcile.steps import InstallEngine, StartNodes, Step
from tests.kit import groups
from tests.kit.situations import NOW, absent, dead, primary, situation, worked

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
ENGINE = f"{GROUP.software.engine} {GROUP.software.version}"
INSTALL = InstallEngine(engine=GROUP.software.engine, version=GROUP.software.version)

TRIED = Installable(failure_count=1, failed_at=NOW, reason="The mirror is away.")
RESTED = replace(TRIED, failed_at=NOW - timedelta(seconds=5))
GIVEN_UP = replace(TRIED, failure_count=3)
INSTALLING = Installing(progress="40 % of 9 MB")


def steps_of(verdict: Verdict) -> tuple[Step, ...]:
    return verdict.steps if isinstance(verdict, Act) else ()


@pytest.mark.parametrize(
    ("supply", "verdict"),
    [
        (INSTALLING, Wait(reason=f"waits for {ENGINE} to be installed: 40 % of 9 MB")),
        (Installable(), Act(steps=(INSTALL,), why=f"{ENGINE} is not on this machine and is to be installed")),
        (TRIED, Wait(reason=f"waits to try again to install {ENGINE}: The mirror is away", is_told=True)),
        (RESTED, Act(steps=(INSTALL,), why=f"{ENGINE} is not on this machine and is to be installed")),
        (GIVEN_UP, Failed(reason=f"{ENGINE} could not be installed: The mirror is away")),
    ],
)
def test_a_new_group_waits_for_its_engine_and_says_how_far_it_is(supply: EngineSupply, verdict: Verdict) -> None:
    assert nodes.rule(situation(GROUP, absent(FIRST), absent(SECOND), engine_supply=supply)) == verdict


@pytest.mark.parametrize("supply", [PRESENT, NOT_TO_BE_HAD])
def test_what_is_here_or_not_to_be_had_is_started_and_the_start_says_what_is_missing(supply: EngineSupply) -> None:
    verdict = nodes.rule(situation(GROUP, absent(FIRST), absent(SECOND), engine_supply=supply))

    assert steps_of(verdict) == (StartNodes(node_ids=(FIRST.id, SECOND.id)),)


@pytest.mark.parametrize("supply", [INSTALLING, TRIED])
def test_while_a_node_lives_nobody_waits_for_the_engine_of_a_dead_one(supply: EngineSupply) -> None:
    seen = situation(GROUP, primary(FIRST), dead(SECOND), before=worked(GROUP), engine_supply=supply)

    assert nodes.rule(seen) == SATISFIED


def test_a_group_that_has_worked_is_never_given_up_for_its_engine() -> None:
    seen = situation(GROUP, dead(FIRST), dead(SECOND), before=worked(GROUP), engine_supply=GIVEN_UP)

    assert steps_of(nodes.rule(seen)) == (StartNodes(node_ids=(FIRST.id, SECOND.id)),)


def test_while_every_node_runs_its_engine_is_nobodys_concern() -> None:
    seen = situation(GROUP, primary(FIRST), primary(SECOND), before=worked(GROUP), engine_supply=Installable())

    assert nodes.rule(seen) == SATISFIED
