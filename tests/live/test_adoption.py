"""A control plane that dies or is stopped under write load: nobody who uses the caches may notice (F12)."""

import signal

import pytest

from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing
from tests.live.live_groups import lives, make_group, until_settled


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_a_control_plane_that_ends_and_comes_back_changes_nothing_for_the_engines(
    elastane: RunningElastane, number: signal.Signals
) -> None:
    group = await make_group(elastane, "adopted", 3)
    before = lives(elastane, group)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        end(elastane, number)
        await writers.write_more()
        elastane.start()
        await until_settled(elastane, "adopted", 3)
        await writers.write_more()

    assert lives(elastane, group) == before
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}
