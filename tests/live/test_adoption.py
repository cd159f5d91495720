"""A control plane that dies or is stopped under write load: nobody who uses the caches may notice (F12)."""

import os
import signal

import pytest

from elastane.store.data_directory import find_control_plane
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing
from tests.live.live_groups import lives, make_group, run_elastane, until_settled


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_a_control_plane_that_ends_and_comes_back_changes_nothing_for_the_engines(
    elastane: RunningElastane, number: signal.Signals
) -> None:
    group = await make_group(elastane, "adopted", 3)
    before = lives(elastane, group)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        await end(elastane, number)
        await writers.write_more()
        elastane.start()
        after = await until_settled(elastane, "adopted", 3)
        await writers.write_more()

    assert after == group
    assert lives(elastane, group) == before
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}


async def test_ten_crashes_in_a_row_are_not_noticed_either(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "adopted", 2)
    before = lives(elastane, group)

    with writing(group.primary_address) as writers:
        for _ in range(10):
            await writers.write_more(5)
            elastane.kill()
            elastane.start()
        await until_settled(elastane, "adopted", 2)

    assert lives(elastane, group) == before
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}


async def test_a_second_control_plane_on_the_same_directory_refuses_and_disturbs_nobody(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "undisturbed", 2)
    before = lives(elastane, group)

    with writing(group.primary_address) as writers:
        await writers.write_more(5)
        second = run_elastane(elastane, "serve", "--listen", "127.0.0.1:0")
        await writers.write_more(5)

    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr == (
        f"elastane: Another Elastane already runs on the data directory {elastane.data_dir} "
        f"(pid {elastane.pid}, {elastane.url}). Use that one, stop it first, or give this one another directory "
        "with --data-dir.\n"
    )
    found = find_control_plane(elastane.data_dir)
    assert found is not None and (found.pid, found.url) == (elastane.pid, elastane.url)
    assert await until_settled(elastane, "undisturbed", 2) == group
    assert lives(elastane, group) == before
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}


async def end(elastane: RunningElastane, number: signal.Signals) -> None:
    """Ends the control plane with that signal and no other."""
    os.kill(elastane.pid, number)
    await eventually(lambda: find_control_plane(elastane.data_dir) is None, message=f"gone after {number.name}")
    elastane.stop()
