"""The audit trail: what is kept, found, given up, and noticed when somebody changes it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from elastane.model.audit_trail import CallSearch, Chain
from elastane.store import StoreUnusable, audit_trail
from elastane.store.audit_rows import NotedHead
from elastane.store.audit_trail import AuditTrail, Bounds, search_from_outside, verify_from_outside
from tests.kit.call_records import NOBODY, NOW, ROOT, record

EVERYTHING = CallSearch(limit=-1)
OLDEST_FIRST = CallSearch(limit=-1, is_oldest_first=True)


@pytest.fixture
async def trail(tmp_path: Path) -> AsyncIterator[AuditTrail]:
    with closing(AuditTrail.open(tmp_path)) as opened:
        yield opened


@contextmanager
def edited(directory: Path) -> Iterator[sqlite3.Connection]:
    """The file in the hands of somebody who knows SQLite."""
    with closing(sqlite3.connect(directory / audit_trail.FILE_NAME, isolation_level=None)) as connection:
        for table in ("calls", "records", "resources"):
            connection.execute(f"DROP TRIGGER {table}_never_change")
        yield connection


def sentences(directory: Path) -> dict[str, tuple[int | None, str]]:
    verified = verify_from_outside(directory)
    assert verified is not None
    return {each.chain: (each.broken_at, each.sentence) for each in verified}


async def actions(trail: AuditTrail, search: CallSearch = EVERYTHING) -> list[str | None]:
    return [numbered.record.asked.action for numbered in await trail.search(search)]


# --- keeping -------------------------------------------------------------------------------------


async def test_a_record_reads_back_as_it_was_written(trail: AuditTrail) -> None:
    written = record(groups=("orders",), parameters={"ReplicationGroupId": "orders"}, code="InvalidParameterValue")

    await trail.write(written)

    (found,) = await trail.search(EVERYTHING)
    assert (found.number, found.record) == (1, written)


async def test_what_is_written_is_on_the_disk_for_another_process(trail: AuditTrail, tmp_path: Path) -> None:
    trail.note(record("DescribeEvents", number=1))
    before = search_from_outside(tmp_path, EVERYTHING)

    await trail.write(record(number=2))

    after = search_from_outside(tmp_path, OLDEST_FIRST)
    assert before == ()
    assert after is not None
    assert [numbered.record.event_id for numbered in after] == ["event-1", "event-2"], "in the order they came"


async def test_changes_that_come_at_once_share_a_write_to_the_disk(trail: AuditTrail, tmp_path: Path) -> None:
    await asyncio.gather(*(trail.write(record(number=number)) for number in range(100)))

    found = search_from_outside(tmp_path, OLDEST_FIRST)
    assert found is not None
    assert [numbered.record.event_id for numbered in found] == [f"event-{number}" for number in range(100)]


def test_what_was_only_noted_is_written_at_the_end(tmp_path: Path) -> None:
    with closing(AuditTrail.open(tmp_path)) as trail:
        trail.note(record("DescribeEvents"))

    with closing(AuditTrail.open(tmp_path)):
        assert len(search_from_outside(tmp_path, EVERYTHING) or ()) == 1


def test_a_chain_goes_on_when_the_trail_is_opened_again(tmp_path: Path) -> None:
    for number in range(3):
        with closing(AuditTrail.open(tmp_path)) as trail:
            trail.note(record(number=number))

    assert sentences(tmp_path) == {Chain.CHANGES: (None, "whole"), Chain.QUESTIONS: (None, "whole")}
    assert len(search_from_outside(tmp_path, EVERYTHING) or ()) == 3


def test_the_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    with closing(AuditTrail.open(tmp_path)):
        assert (tmp_path / audit_trail.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_where_there_is_no_trail_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert search_from_outside(tmp_path, EVERYTHING) is None
    assert verify_from_outside(tmp_path) is None


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / audit_trail.FILE_NAME).write_bytes(b"no database" * 1000)

    with pytest.raises(StoreUnusable, match="move it away"):
        AuditTrail.open(tmp_path)
    with pytest.raises(StoreUnusable, match="cannot be read"):
        search_from_outside(tmp_path, EVERYTHING)


def test_a_trail_of_another_version_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / audit_trail.FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(StoreUnusable, match="schema 99"):
        AuditTrail.open(tmp_path)


# --- a disk that fails ---------------------------------------------------------------------------


async def test_a_change_that_cannot_be_written_is_told_and_written_later(trail: AuditTrail, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / audit_trail.FILE_NAME, isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(StoreUnusable, match="disk full"):
            await trail.write(record(number=1))
        failed = trail.find_failure()
        other.execute("DROP TRIGGER full")

    await trail.flush()

    assert failed is not None and "disk full" in failed
    assert trail.find_failure() is None
    assert await actions(trail) == ["CreateReplicationGroup"]


async def test_what_waits_for_the_disk_is_bounded_and_the_oldest_is_given_up(trail: AuditTrail) -> None:
    for number in range(audit_trail.NOTED_COUNT_MAX + 5):
        trail.note(record("DescribeEvents", number=number))

    found = await trail.search(CallSearch(limit=1, is_oldest_first=True))

    assert found[0].record.event_id == "event-5"


# --- finding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        (CallSearch(), [5, 4, 3, 2, 1]),
        (CallSearch(is_oldest_first=True), [1, 2, 3, 4, 5]),
        (CallSearch(limit=2), [5, 4]),
        (CallSearch(before_number=3), [2, 1]),
        (CallSearch(after_number=3), [5, 4]),
        (CallSearch(start=NOW + timedelta(seconds=2), end=NOW + timedelta(seconds=3)), [3, 2]),
        (CallSearch(region=None), [5, 4, 3, 2, 1]),
        (CallSearch(action="DescribeEvents"), [2]),
        (CallSearch(service="sts"), [4]),
        (CallSearch(is_reading=True), [5, 2]),
        (CallSearch(is_proven=False), [5]),
        (CallSearch(name="root"), [4, 3, 2, 1]),
        (CallSearch(access_key_id="AKIASOMEBODY00000000"), [5]),
        (CallSearch(caller="root"), [4, 3, 2, 1]),
        (CallSearch(caller="arn:aws:iam::000000000000:root", action="DescribeEvents"), [2]),
        (CallSearch(resource_name="orders"), [3, 1]),
        (CallSearch(resource_type="AWS::ElastiCache::ReplicationGroup"), [3, 1]),
        (CallSearch(resource_name="users"), [3]),
        (CallSearch(outcome="success"), [4, 2, 1]),
        (CallSearch(outcome="fault"), [5, 3]),
        (CallSearch(outcome="InvalidParameterValue"), [3]),
        (CallSearch(event_id="event-4"), [4]),
        (CallSearch(event_id="' OR 1=1 --"), []),
    ],
)
async def test_records_are_found_by_what_is_asked_for(
    trail: AuditTrail, search: CallSearch, numbers: list[int]
) -> None:
    for number, made in enumerate(
        (
            record(number=1, groups=("orders",)),
            record("DescribeEvents", number=2, at=NOW + timedelta(seconds=2)),
            record(
                number=3,
                groups=("orders", "users"),
                code="InvalidParameterValue",
                at=NOW + timedelta(seconds=3),
            ),
            record("AssumeRole", number=4, service="sts", at=NOW + timedelta(seconds=4)),
            record(
                None, number=5, caller=NOBODY, region=None, service=None, code="SignatureDoesNotMatch",
                at=NOW + timedelta(seconds=5),
            ),
        ),
        start=1,
    ):  # fmt: skip
        assert made.event_id == f"event-{number}"
        trail.note(made)

    assert [numbered.number for numbered in await trail.search(search)] == numbers


# --- giving up -----------------------------------------------------------------------------------


async def test_what_is_older_than_it_is_kept_goes_and_the_rest_still_verifies(tmp_path: Path) -> None:
    with closing(AuditTrail.open(tmp_path, Bounds(retention=timedelta(days=90)))) as trail:
        for days in (100, 95, 80, 1):
            await trail.write(record(f"Create{days}", at=NOW - timedelta(days=days)))
        trail.note(record("DescribeEvents", at=NOW - timedelta(days=91)))
        await trail.flush()

        await trail.prune(NOW)
        await trail.write(record("CreateNow"))

        assert await actions(trail) == ["CreateNow", "Create1", "Create80"]
        assert sentences(tmp_path) == {Chain.CHANGES: (None, "whole"), Chain.QUESTIONS: (None, "whole")}


async def test_a_flood_of_questions_does_not_wash_out_a_change(tmp_path: Path) -> None:
    bytes_max = 1024**2
    with closing(AuditTrail.open(tmp_path, Bounds(bytes_max=bytes_max))) as trail:
        await trail.write(record("CreateReplicationGroup"))
        for number in range(4_000):
            trail.note(record("DescribeEvents", number=number, caller=NOBODY if number % 2 else ROOT))
            if number % 500 == 0:
                await trail.flush()
        await trail.flush()
        (change,) = await trail.search(CallSearch(is_reading=False))
        questions = await trail.search(CallSearch(is_reading=True, limit=-1))

    assert change.number == 1
    assert questions[0].record.event_id == "event-3999", "the newest are there"
    assert 500 < len(questions) < 1_000, "the oldest went"
    assert sentences(tmp_path) == {Chain.CHANGES: (None, "whole"), Chain.QUESTIONS: (None, "whole")}
    with closing(AuditTrail.open(tmp_path)):
        assert (tmp_path / audit_trail.FILE_NAME).stat().st_size < bytes_max


# --- tampering -----------------------------------------------------------------------------------


async def test_rows_cannot_be_changed_by_mistake(trail: AuditTrail, tmp_path: Path) -> None:
    await trail.write(record(groups=("orders",)))

    with closing(sqlite3.connect(tmp_path / audit_trail.FILE_NAME)) as connection:
        for statement in (
            "UPDATE records SET record = x'00'",
            "UPDATE calls SET action = 'Nothing'",
            "UPDATE resources SET name = 'nobody'",
        ):
            with pytest.raises(sqlite3.DatabaseError, match="only ever appended"):
                connection.execute(statement)


@pytest.mark.parametrize(
    ("tampering", "broken_at", "sentence"),
    [
        (
            "UPDATE records SET record = CAST(replace(CAST(record AS TEXT), 'root', 'toor') AS BLOB) WHERE number = 2",
            2,
            "this record was changed, or one before it was taken away",
        ),
        (
            "DELETE FROM records WHERE number = 2",
            1,
            "the record after this one is gone",
        ),
        (
            "DELETE FROM calls WHERE number = 2; DELETE FROM records WHERE number = 2",
            3,
            "this record was changed, or one before it was taken away",
        ),
        (
            "DELETE FROM calls WHERE number = 4; DELETE FROM records WHERE number = 4",
            3,
            "records after this one were taken away",
        ),
        (
            "DELETE FROM calls WHERE number = 1; DELETE FROM records WHERE number = 1",
            2,
            "this record was changed, or one before it was taken away",
        ),
        (
            "UPDATE calls SET action = 'DescribeEvents' WHERE number = 3",
            3,
            "this record is found under something that it does not say",
        ),
        (
            "UPDATE records SET number = 12 WHERE number = 2; UPDATE records SET number = 2 WHERE number = 3;"
            "UPDATE records SET number = 3 WHERE number = 12",
            2,
            "this record was changed, or one before it was taken away",
        ),
    ],
)
def test_whoever_changes_takes_away_or_swaps_a_record_is_noticed(
    tmp_path: Path, tampering: str, broken_at: int, sentence: str
) -> None:
    with closing(AuditTrail.open(tmp_path)) as trail:
        for number in range(1, 5):
            trail.note(record(number=number))
    assert sentences(tmp_path)[Chain.CHANGES] == (None, "whole")

    with edited(tmp_path) as connection:
        for statement in tampering.split(";"):
            connection.execute(statement)

    assert sentences(tmp_path)[Chain.CHANGES] == (broken_at, sentence)


def test_a_head_that_was_noted_tells_of_a_trail_that_was_written_anew(tmp_path: Path) -> None:
    with closing(AuditTrail.open(tmp_path)) as trail:
        for number in range(1, 4):
            trail.note(record(number=number))
    changes, _ = verify_from_outside(tmp_path) or ()
    noted = NotedHead(chain=Chain.CHANGES, number=changes.head_number, head_hash=changes.head_hash)
    with closing(AuditTrail.open(tmp_path)) as trail:
        trail.note(record(number=4))
    still_there, _ = verify_from_outside(tmp_path, [noted]) or ()
    for path in tmp_path.iterdir():
        path.unlink()

    found = []
    for number in range(1, 4):
        with closing(AuditTrail.open(tmp_path)) as trail:
            trail.note(record("DeleteReplicationGroup", number=number))
        rewritten, _ = verify_from_outside(tmp_path, [noted]) or ()
        found.append((rewritten.broken_at, rewritten.sentence))

    gone = "the record whose hash was noted is gone, and all after it"
    assert (still_there.broken_at, still_there.record_count) == (None, 4)
    assert found == [(1, gone), (2, gone), (3, "this record is not the one whose hash was noted")]
    assert sentences(tmp_path)[Chain.CHANGES] == (None, "whole"), "without the noted head nobody could tell"


async def test_a_trail_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    with closing(AuditTrail.open(tmp_path)) as trail:
        for number in range(50):
            await trail.write(record(number=number))
            assert sentences(tmp_path)[Chain.CHANGES] == (None, "whole")


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    odd = tmp_path / "ü # ? %41 data"
    odd.mkdir()

    with closing(AuditTrail.open(odd)) as trail:
        trail.note(record())

    assert len(search_from_outside(odd, EVERYTHING) or ()) == 1
    assert {path.name.partition("-")[0] for path in odd.iterdir()} == {audit_trail.FILE_NAME}
