"""Busy is not dead: an engine that says nothing for a while is waited for, and nothing is done to it (F6)."""

import re
import signal

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import writing
from tests.live.live_groups import describe, event_messages, explain, lives, make_group, signal_node, until_settled


async def test_a_primary_that_hangs_for_seconds_is_neither_replaced_nor_restarted(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "pausing", 2)
    before = lives(shared_elastane, group)
    history = event_messages(shared_elastane)
    with writing(group.primary_address) as writers:
        await writers.write_more()

        signal_node(shared_elastane, group.primary_id, signal.SIGSTOP)
        try:
            await eventually(
                lambda: is_waiting(shared_elastane, "pausing"),
                timeout_seconds=20,
                message="explain says what it waits for",
            )
            assert describe(shared_elastane, "pausing").status == "modifying"
        finally:
            signal_node(shared_elastane, group.primary_id, signal.SIGCONT)
        await until_settled(shared_elastane, "pausing", 2)
        await writers.write_more()

    assert lives(shared_elastane, group) == before
    assert writers.errors == ()
    assert writers.find_lost(group.primary_address) == {}
    assert event_messages(shared_elastane) == history


async def test_a_replica_that_hangs_is_waited_for_while_the_primary_serves(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "dozing", 2)
    before = lives(shared_elastane, group)
    (replica,) = group.replica_ids

    with writing(group.primary_address) as writers:
        signal_node(shared_elastane, replica, signal.SIGSTOP)
        try:
            await eventually(
                lambda: is_waiting(shared_elastane, "dozing"),
                timeout_seconds=20,
                message="explain says what it waits for",
            )
            await writers.write_more()
            assert describe(shared_elastane, "dozing").status == "available"
        finally:
            signal_node(shared_elastane, replica, signal.SIGCONT)
        await until_settled(shared_elastane, "dozing", 2)

    assert lives(shared_elastane, group) == before
    assert writers.errors == ()


async def test_a_control_plane_that_starts_while_an_engine_hangs_waits_for_it_too(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "hanging", 2)
    before = lives(elastane, group)

    elastane.kill()
    signal_node(elastane, group.primary_id, signal.SIGSTOP)
    try:
        elastane.start()
        await eventually(
            lambda: is_waiting(elastane, "hanging"),
            timeout_seconds=20,
            message="explain says what it waits for",
        )
    finally:
        signal_node(elastane, group.primary_id, signal.SIGCONT)
    await until_settled(elastane, "hanging", 2)

    assert lives(elastane, group) == before


def is_waiting(elastane: RunningElastane, group_id: str) -> bool:
    """Whether a person who asks reads what is wrong, and that it is waited for."""
    explanation = explain(elastane, group_id)
    is_told = "accepts connections and gave no answer" in explanation
    return is_told and re.search(r'the rule "\w+" waits', explanation) is not None
