"""All engines and the control plane gone at once, as when a machine is restarted: most data wins (F16, F17)."""

import pytest
import redis

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane
from tests.kit.writers import customer
from tests.live.live_groups import (
    Group,
    control_user,
    fill,
    history,
    key_count,
    key_counts,
    make_group,
    node_directory,
    primaries_followed,
    signal_node,
    until_everywhere,
    until_healed,
)

MANY_KEYS = "for n = 1, {count} do redis.call('SET', 'many:' .. n, n) end"
OLDER_COUNT, NEWER_COUNT = 1000, 100_000
"""Who has a dump loads it before it answers, and the larger one longer: it answers last."""


async def test_after_a_reboot_the_node_with_the_newest_dump_has_the_role_whatever_its_name(
    elastane: RunningElastane,
) -> None:
    group = await make_group(elastane, "rebooted", 3)
    oldest, nothing_left, newest = sorted(group.node_addresses)
    fill(group.primary_address, OLDER_COUNT)
    await until_everywhere(group, OLDER_COUNT)
    await save_dump(elastane, group, oldest)
    with customer(group.primary_address) as client:
        client.eval(MANY_KEYS.format(count=NEWER_COUNT), 0)
    await until_everywhere(group, OLDER_COUNT + NEWER_COUNT)
    await save_dump(elastane, group, newest)

    end_everything(elastane, group)
    elastane.start()
    after = await until_healed(elastane, group)

    assert not (node_directory(elastane, nothing_left) / "dump.rdb").exists()
    assert after.primary_id == newest != group.primary_id
    assert primaries_followed(after) == {after.node_addresses[newest]}
    assert key_counts(after) == dict.fromkeys(group.node_addresses, OLDER_COUNT + NEWER_COUNT)
    assert key_count(group.primary_address) == OLDER_COUNT + NEWER_COUNT


@pytest.mark.parametrize("automatic_failover", [True, False], ids=["automatic", "by-hand"])
async def test_after_a_reboot_that_left_no_data_the_group_starts_again_empty_and_says_so(
    elastane: RunningElastane, automatic_failover: bool
) -> None:
    group = await make_group(elastane, "emptied", 2, AutomaticFailoverEnabled=automatic_failover)
    fill(group.primary_address, OLDER_COUNT)
    await until_everywhere(group, OLDER_COUNT)

    end_everything(elastane, group)
    elastane.start()
    after = await until_healed(elastane, group)

    assert key_counts(after) == dict.fromkeys(group.node_addresses, 0)
    with customer(group.primary_address) as client:
        assert client.set("after", "the end")
    message = f"Primary node {after.primary_id} was lost and starts again empty: no node of the group has any data"
    assert [event for event in history(elastane, group) if event == ("emptied", message)] == [("emptied", message)]


# --- what these tests do -------------------------------------------------------------------------


async def save_dump(elastane: RunningElastane, group: Group, node_id: str) -> None:
    """What a node has now, as a file that it finds when it is started again."""

    def save() -> None:
        with control_user(elastane, node_id, group.node_addresses[node_id]) as control:
            try:
                control.save()
            except redis.ResponseError as error:  # the child that fed the replicas may not have ended yet
                raise AssertionError(f"{node_id} cannot save: {error}") from error

    await eventually(save, message=f"{node_id} has saved")
    assert (node_directory(elastane, node_id) / "dump.rdb").exists()


def end_everything(elastane: RunningElastane, group: Group) -> None:
    elastane.kill()
    for node in group.node_addresses:
        signal_node(elastane, node)
