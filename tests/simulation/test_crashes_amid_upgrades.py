"""An upgrade ends the same way wherever its control plane dies and is started again: moment after moment."""

from pathlib import Path

import pytest

from tests.simulation.stories import upgrade_once
from tests.simulation.upgrades import TARGETS

LAYOUTS = [
    pytest.param(2, False, 1, id="one node"),
    pytest.param(4, False, 2, id="two nodes"),
    pytest.param(1, False, 3, id="three nodes"),
    pytest.param(4, True, 3, id="two shards"),
]
"""The seed of a story whose group has so many nodes."""

MOMENTS_APART = 20
"""Each moment is in one of so many tests, which may run at the same time."""


@pytest.mark.parametrize("first", range(MOMENTS_APART))
@pytest.mark.parametrize(("group_of", "is_cluster", "node_count"), LAYOUTS)
async def test_a_crash_at_any_moment_of_an_upgrade_changes_nothing_of_its_end(
    group_of: int, is_cluster: bool, node_count: int, first: int, memory: Path
) -> None:
    whole = await upgrade_once(group_of, memory, is_cluster=is_cluster)
    moments = range(first, whole.upgrade_ended_at - whole.upgrade_began_at, MOMENTS_APART)
    crashed = 0
    for moment in moments:
        story = await upgrade_once(group_of, memory, is_cluster=is_cluster, crash_at=moment)
        crashed += any("the control plane crashes" in line for line in story.lines)
        assert story.group.software == whole.group.software
        assert [node.id for node in story.group.nodes] == [node.id for node in whole.group.nodes]

    assert len(whole.group.nodes) == node_count
    assert (whole.group.software.engine, whole.group.software.version, whole.group.software.patch) == TARGETS[-1]
    assert crashed == len(moments) > 0
