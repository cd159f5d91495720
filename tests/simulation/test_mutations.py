"""Whoever makes one rule worse breaks a story: the simulation can fail, and for the right reasons."""

from functools import partial
from pathlib import Path

import pytest

from tests.simulation.access_mutations import ACCESS_MUTATIONS
from tests.simulation.cluster_mutations import CLUSTER_MUTATIONS
from tests.simulation.invariants import InvariantBroken
from tests.simulation.mutations import MUTATIONS
from tests.simulation.rollout_mutations import ROLLOUT_MUTATIONS
from tests.simulation.stories import live_through
from tests.simulation.worse_rules import Mutation

SEARCH = range(400)
"""When a rule, a fake or a fault has changed, another story may be the first that a mutation breaks."""


@pytest.mark.parametrize(
    "mutation",
    (*MUTATIONS, *CLUSTER_MUTATIONS, *ROLLOUT_MUTATIONS, *ACCESS_MUTATIONS),
    ids=lambda mutation: mutation.what,
)
async def test_a_worse_rule_breaks_a_story(mutation: Mutation, memory: Path) -> None:
    if await is_broken_by(mutation, mutation.seed, memory):
        return

    seed = await find_seed(mutation, memory)

    assert seed is not None, f"no story of {len(SEARCH)} is broken when rules {mutation.what}"


async def find_seed(mutation: Mutation, memory: Path) -> int | None:
    for seed in SEARCH:
        if await is_broken_by(mutation, seed, memory):
            return seed
    return None


async def is_broken_by(mutation: Mutation, seed: int, memory: Path) -> bool:
    """By its worse rule, and not without it."""
    live = partial(
        live_through,
        is_cluster=mutation.is_cluster,
        is_rollout=mutation.is_rollout,
        is_secured=mutation.is_secured,
    )
    try:
        await live(seed, memory, mutation.rules)
    except InvariantBroken:
        await live(seed, memory)
        return True
    return False
