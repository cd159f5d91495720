"""Busy is not dead: an engine that works and answers nobody is waited for, and nothing is done to it (F6)."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from elastane.hosts import pidfd
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.writers import customer, writing
from tests.live.live_groups import (
    Group,
    control_user,
    describe,
    event_messages,
    explain,
    history,
    let_pass,
    lives,
    make_group,
    pid_of,
    until_everywhere,
    until_settled,
)

WORK = "local start = os.clock() while os.clock() - start < {seconds} do end"
"""So much processor time. On a machine with much else to do it takes several times as long, so the busy limit of
`patient_elastane` is far away."""
LONG_SECONDS = 4
"""Longer than it takes to call an engine dead, and to call it busy."""
LIMIT_SECONDS = 4
"""A busy limit: within it an engine whose machine has much else to do has said once that a script runs."""
ENDLESS_WORK = "while true do end"
MANY_KEYS = "for n = 1, 200000 do redis.call('SET', 'key:' .. n, n) redis.call('SADD', 'members', n) end"
LARGE_VALUES = "local value = string.rep('x', 100000) for n = 1, 3000 do redis.call('SET', 'large:' .. n, value) end"
NOTHING_DONE = "does not answer the control plane, but its replicas receive from it: nothing is done to it"
"""Told where the machine gives an engine too little time for its work to be seen."""
COPY_MICROSECONDS_A_KEY = 1000
PART_SECONDS, HELD_UP_SECONDS = 0.05, 3
SORT_COUNT = 6
"""Sorting 200,000 members takes some 0.4 s."""


@pytest.fixture(scope="module")
def patient_elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    data_dir = tmp_path_factory.mktemp("patient") / "data"
    with running_elastane(data_dir, environment={"ELASTANE_BUSY_LIMIT_SECONDS": "60"}) as running:
        yield running


async def test_a_replica_whose_first_sync_is_held_up_is_waited_for(patient_elastane: RunningElastane) -> None:
    """Its main thread sleeps until more of the copy comes: to the kernel it looks like one that hangs."""
    group = await make_group(patient_elastane, "copying", 1)
    with customer(group.primary_address) as client:
        client.eval(LARGE_VALUES, 0)
    await until_settled(patient_elastane, "copying", 1)
    with control_user(patient_elastane, group.primary_id, group.primary_address) as administrator:
        administrator.config_set("rdb-key-save-delay", COPY_MICROSECONDS_A_KEY)  # so that nobody misses the copy

    with held_up_copy(pid_of(patient_elastane, group.primary_id)) as copier:
        patient_elastane.client().increase_replica_count(
            ReplicationGroupId="copying", NewReplicaCount=1, ApplyImmediately=True
        )
        (replica,) = set(describe(patient_elastane, "copying").node_addresses) - {group.primary_id}
        await eventually(copier.find, interval_seconds=0.001, message="the primary forks, and its child writes a copy")
        await let_pass(PART_SECONDS)
        copier.stop()
        pid = pid_of(patient_elastane, replica)
        await let_pass(HELD_UP_SECONDS)
    await until_settled(patient_elastane, "copying", 2)

    assert pid_of(patient_elastane, replica) == pid


async def test_a_primary_that_works_for_seconds_and_answers_nobody_stays_primary(
    patient_elastane: RunningElastane,
) -> None:
    group = await make_group(patient_elastane, "thinking", 2)
    before, told = lives(patient_elastane, group), history(patient_elastane, group)

    with writing(group.primary_address) as writers:
        await writers.write_more()
        with sent(group, "EVAL", WORK.format(seconds=LONG_SECONDS), "0") as script:
            await eventually(
                lambda: "it is busy, not dead" in explain(patient_elastane, "thinking"),
                timeout_seconds=20,
                message="explain says what it waits for",
            )
            assert script.read_response() is None
        await until_settled(patient_elastane, "thinking", 2)
        await writers.write_more()

    assert lives(patient_elastane, group) == before
    assert [event for event in history(patient_elastane, group) if NOTHING_DONE not in event[1]] == told
    # After its busy-reply-threshold of 5 s an engine says itself that it is busy.
    assert [error for error in writers.errors if "BUSY" not in error] == []
    assert writers.find_lost(group.primary_address) == {}


async def test_huge_commands_and_a_fork_are_no_reason_for_a_failover_either(patient_elastane: RunningElastane) -> None:
    group = await make_group(patient_elastane, "heavy", 2)
    before, told = lives(patient_elastane, group), history(patient_elastane, group)

    with customer(group.primary_address) as client:
        client.eval(MANY_KEYS, 0)
        await until_everywhere(group, client.dbsize())
        # One transaction, and so one stretch of seconds in which the engine does nothing else.
        transaction = client.pipeline(transaction=True)
        for _ in range(SORT_COUNT):
            transaction.keys("nothing*")
            transaction.sort("members", alpha=True, by="key:*", start=0, num=1)
        transaction.execute()
    with control_user(patient_elastane, group.primary_id, group.primary_address) as control:
        control.bgsave()
        await eventually(lambda: not control.info("persistence")["rdb_bgsave_in_progress"], message="the fork is over")

    assert await until_settled(patient_elastane, "heavy", 2) == group
    assert lives(patient_elastane, group) == before
    assert history(patient_elastane, group) == told


async def test_a_script_beyond_the_busy_limit_is_ended_and_one_that_has_written_is_waited_for(tmp_path: Path) -> None:
    with running_elastane(
        tmp_path / "data", environment={"ELASTANE_BUSY_LIMIT_SECONDS": str(LIMIT_SECONDS)}
    ) as elastane:
        reading = await make_group(elastane, "reading", 2)
        written = await make_group(elastane, "written", 2)
        before = lives(elastane, reading) | lives(elastane, written)
        for group in (reading, written):
            with control_user(elastane, group.primary_id, group.primary_address) as control:
                control.config_set("busy-reply-threshold", "500")

        half_done = f"redis.call('SET', 'half', 'done') {WORK.format(seconds=LIMIT_SECONDS + 2)}"
        with sent(written, "EVAL", half_done, "0") as unstoppable:
            with sent(reading, "EVAL", ENDLESS_WORK, "0") as endless:
                with pytest.raises(redis.ResponseError, match=r"Script killed by user"):
                    endless.read_response()
            assert unstoppable.read_response() is None
        await until_settled(elastane, "reading", 2)
        await until_settled(elastane, "written", 2)

        assert lives(elastane, reading) | lives(elastane, written) == before
        ended = f"Attention: a script keeps the primary {reading.primary_id} from answering anybody, and is ended"
        assert ended in event_messages(elastane, "reading")
        assert not [line for line in event_messages(elastane) if line.startswith(("Failover", "Recovering"))]


@contextmanager
def sent(group: Group, *command: str) -> Iterator[Any]:
    """A command under way at the primary; its answer is read later, from what is given."""
    with customer(group.primary_address) as client:
        connection = client.connection_pool.get_connection()
        connection.send_command(*command)
        try:
            yield connection
        finally:
            connection.disconnect()


class Copier:
    """The child that a primary forks to write a copy for its replica."""

    def __init__(self, primary_pid: int) -> None:
        self._children = Path(f"/proc/{primary_pid}/task/{primary_pid}/children")
        self._pidfd: int | None = None

    def find(self) -> None:
        """AssertionError while there is none: "not yet" to `eventually`."""
        children = self._children.read_text().split()
        assert children, "the primary has no child"
        self._pidfd = os.pidfd_open(int(children[0]))

    def stop(self) -> None:
        assert self._pidfd is not None, "found before"
        pidfd.send_signal(self._pidfd, signal.SIGSTOP)

    def resume(self) -> None:
        if self._pidfd is not None:
            pidfd.send_signal(self._pidfd, signal.SIGCONT)
            os.close(self._pidfd)


@contextmanager
def held_up_copy(primary_pid: int) -> Iterator[Copier]:
    copier = Copier(primary_pid)
    try:
        yield copier
    finally:
        copier.resume()
