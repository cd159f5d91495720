"""Whatever happens in whatever order: the invariants hold at every step, and the group converges once it stops.

python -m pytest tests/simulation --seed 4711        one story, told in full when it fails
python -m pytest tests/simulation --stories 10000    as many as one has patience for
"""

from pathlib import Path

from tests.simulation.stories import live_through


async def test_any_story_ends_converged_and_loses_nothing_that_had_a_copy(seed: int, memory: Path) -> None:
    await live_through(seed, memory)


async def test_any_rollout_of_another_engine_ends_with_it_or_with_the_former_one(
    rollout_seed: int, memory: Path
) -> None:
    await live_through(rollout_seed, memory, is_rollout=True)


async def test_whatever_is_asked_of_encryption_and_users_all_nodes_end_with_it(secured_seed: int, memory: Path) -> None:
    await live_through(secured_seed, memory, is_secured=True)


async def test_the_same_seed_tells_the_same_story(memory: Path) -> None:
    story = await live_through(1, memory)
    again = await live_through(1, memory)

    assert again.lines == story.lines
