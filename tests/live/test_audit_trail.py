"""The audit trail of a control plane that dies, or whose disk is full."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from elastane.model.audit_trail import CallSearch, Chain
from elastane.store.audit_trail import search_from_outside, verify_from_outside
from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane

CHANGES = CallSearch(is_reading=False, limit=-1)


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path / "data") as running:
        yield running
        assert "Traceback" not in running.log()


def make_parameter_groups(client: Any, prefix: str) -> list[str]:
    """One after the other until nobody answers any more; the names of those that were answered."""
    answered: list[str] = []
    for number in range(10_000):
        name = f"{prefix}-{number:04d}"
        try:
            client.create_cache_parameter_group(
                CacheParameterGroupName=name, CacheParameterGroupFamily="valkey9", Description="one"
            )
        except client.exceptions.ClientError:
            continue  # the quota of groups: refused calls are changes in the trail as well
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.BotoCoreError):
            return answered
        finally:
            answered.append(name)
    raise AssertionError("nobody killed the control plane")


def is_whole(data_dir: Path) -> bool:
    verified = verify_from_outside(data_dir)
    assert verified is not None
    assert {each.chain for each in verified} == set(Chain)
    return all(each.broken_at is None for each in verified)


async def test_a_kill_loses_no_answered_change_and_leaves_a_readable_trail(elastane: RunningElastane) -> None:
    clients = [elastane.client("elasticache", region) for region in ("us-east-1", "eu-west-1", "eu-west-2")]

    def has_changes() -> bool:
        return len(search_from_outside(elastane.data_dir, CHANGES) or ()) > 30

    with ThreadPoolExecutor(len(clients)) as threads:
        making = [threads.submit(make_parameter_groups, client, f"g{number}") for number, client in enumerate(clients)]
        await eventually(has_changes, timeout_seconds=30, message="changes are written down")
        elastane.kill()
        # The last one of each was asked for and not answered.
        answered = {name for each in making for name in each.result()[:-1]}

    def written() -> set[str]:
        found = search_from_outside(elastane.data_dir, CHANGES)
        assert found is not None
        return {resource.name for numbered in found for resource in numbered.record.asked.resources}

    assert answered - written() == set()
    assert is_whole(elastane.data_dir)

    elastane.start()
    elastane.client().create_cache_parameter_group(
        CacheParameterGroupName="after", CacheParameterGroupFamily="valkey9", Description="one"
    )
    assert (answered | {"after"}) - written() == set()
    assert is_whole(elastane.data_dir)


def test_an_end_as_it_should_be_loses_no_question_either(elastane: RunningElastane) -> None:
    for _ in range(20):
        elastane.client().describe_events()
    elastane.stop()

    found = search_from_outside(elastane.data_dir, CallSearch(action="DescribeEvents"))
    elastane.start()

    assert len(found or ()) == 20


async def test_while_the_trail_cannot_be_written_nothing_is_changed_and_questions_are_answered(
    elastane: RunningElastane,
) -> None:
    client = elastane.client()

    def make(name: str) -> None:
        client.create_cache_parameter_group(
            CacheParameterGroupName=name, CacheParameterGroupFamily="valkey9", Description="one"
        )

    def can_make() -> bool:
        try:
            make("later")
        except client.exceptions.ClientError:
            return False
        return True

    with closing(sqlite3.connect(elastane.data_dir / "audit.db", isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(client.exceptions.ClientError, match=r"disk full.*may have been done"):
            make("first")
        with pytest.raises(client.exceptions.ClientError, match=r"not possible at the moment.*disk full"):
            make("second")
        groups = [
            group["CacheParameterGroupName"]
            for group in client.describe_cache_parameter_groups()["CacheParameterGroups"]
        ]
        other.execute("DROP TRIGGER full")
    await eventually(can_make, timeout_seconds=10, message="changes are possible again")

    assert "first" in groups and "second" not in groups
    written = search_from_outside(elastane.data_dir, CallSearch(action="CreateCacheParameterGroup", limit=-1))
    assert {each.record.asked.resources[0].name for each in written or () if each.record.asked.resources} >= {
        "first",
        "later",
    }
