"""Whoever makes one failover rule worse breaks a story: the simulation can fail, and for the right reasons."""

from pathlib import Path

import pytest

from tests.simulation.invariants import InvariantBroken
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.stories import live_through

SEARCH = range(400)
"""When a rule, a fake or a fault has changed, another story may be the first that a mutation breaks."""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
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
    try:
        await live_through(seed, memory, mutation.rules)
    except InvariantBroken:
        return True
    return False
