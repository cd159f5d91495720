"""How a story goes: a group is created, much happens to it, then faults end and it must be whole again."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from elastane.reconcile.plan import RULES
from elastane.store import Store
from tests.kit.inline_executor import InlineExecutor
from tests.simulation.changes import ask_for_something
from tests.simulation.faults import TURNS_MAX, crash_control_plane, strike, trouble_for_good
from tests.simulation.story import Rules, Story
from tests.simulation.upgrades import with_newest_engine

HAPPENINGS_MAX = 20

PASSES_BEFORE = 10
"""In which customers write."""

FOR_GOOD = 0.3
"""So many stories end with a trouble that does not end by itself."""


async def live_through(
    seed: int,
    memory: Path,
    rules: Rules = RULES,
    *,
    is_cluster: bool | None = None,
    is_rollout: bool = False,
    is_secured: bool = False,
) -> Story:
    """The story of this seed, to its end. What it breaks on the way is raised, with the story as a note.

    `memory` is where the story's store may be made. Odd seeds tell of clusters, unless `is_cluster` says otherwise. In
    stories of a rollout the customer also asks for newer engines; in secured ones, for other encryption and tokens.
    """
    is_cluster = seed % 2 == 1 if is_cluster is None else is_cluster
    story_of = partial(Story, is_cluster=is_cluster, is_rollout=is_rollout, is_secured=is_secured)
    with _told(seed, memory, rules, story_of) as story:
        await _unfold(story)
        return story


async def upgrade_once(seed: int, memory: Path, *, is_cluster: bool, crash_at: int | None = None) -> Story:
    """The group of this seed is upgraded and nothing befalls it, but that the control plane dies at one moment."""
    with _told(seed, memory, RULES, partial(Story, is_cluster=is_cluster, is_rollout=True)) as story:
        await story.create()
        await story.converge()
        await story.passes(PASSES_BEFORE)
        story.upgrade_began_at = story.awaits.count
        if crash_at is not None:
            story.awaits.schedule(crash_at, partial(crash_control_plane, story))
        await story.change("customer: the newest engine", with_newest_engine)
        await story.converge()
        story.upgrade_ended_at = story.awaits.count
        await story.check_converged()
        return story


@contextmanager
def _told(seed: int, memory: Path, rules: Rules, story_of: Callable[[int, Store, Rules], Story]) -> Iterator[Story]:
    with (
        tempfile.TemporaryDirectory(dir=memory) as directory,
        closing(Store.open(Path(directory), executor=lambda name: InlineExecutor())) as store,
    ):
        story = story_of(seed, store, rules)
        try:
            yield story
        except Exception as error:
            story.tell(f"BROKEN: {error}")
            error.add_note("\n".join(story.lines))
            raise


async def _unfold(story: Story) -> None:
    await story.create()
    await story.passes(story.random.randint(0, 15))
    strikes_share = 0.5 if story.is_secured else 0.75
    for _ in range(story.random.randint(3, HAPPENINGS_MAX)):
        happening = strike if story.random.random() < strikes_share else ask_for_something
        if story.random.random() < 0.5:
            await happening(story)
        else:
            story.awaits.schedule(story.random.randint(0, TURNS_MAX), partial(happening, story))
        await story.passes(story.random.randint(0, 8))

    story.end_faults()
    if await story.is_given_up():
        return
    if story.random.random() < FOR_GOOD:
        await story.passes(story.random.randint(0, 60))
        await trouble_for_good(story)
    await story.converge()

    await story.check_converged()
