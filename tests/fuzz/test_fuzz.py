"""A short run of the fuzz, the same at every run; and that it would notice. Long runs: `make fuzz REQUESTS=1000000`."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from elastane.store import AuditTrail
from tests.fuzz import in_process, sockets
from tests.fuzz.judging import Finding, LogLines, judge_answer, judge_trail
from tests.fuzz.values import MARK
from tests.kit.call_records import record

SEED = 20261123
REQUESTS = 4_000
CONNECTIONS = 400


async def test_no_request_breaks_hangs_or_fills_anything() -> None:
    tally = await in_process.fuzz(SEED, REQUESTS)

    assert sum(tally.statuses.values()) == REQUESTS
    assert {200, 400, 403, 404, 501} <= set(tally.statuses), "every layer was reached"
    assert tally.statuses[200] > REQUESTS / 20, "many requests are good ones"


async def test_no_requests_side_by_side_break_anything() -> None:
    tally = await in_process.fuzz(SEED + 1, REQUESTS // 4, side_by_side=8)

    assert sum(tally.statuses.values()) == REQUESTS // 4


def test_no_bytes_on_a_connection_break_the_control_plane() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        tally = runner.run(sockets.fuzz(SEED, CONNECTIONS))

    assert {200, 400, 403} <= set(tally.statuses)


def test_a_request_of_a_seed_and_a_number_is_always_the_same() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    assert [repr(in_process.make(7, number)) for number in range(50)] == [
        repr(in_process.make(7, number)) for number in range(50)
    ]
    assert [sockets.make(7, number, now) for number in range(50)] == [
        sockets.make(7, number, now) for number in range(50)
    ]
    assert len({repr(in_process.make(7, number)) for number in range(50)}) > 40


XML = {b"content-type": b"text/xml", b"x-amzn-requestid": b"id"}
FAULT = b'<ErrorResponse xmlns="urn:of-a-service"><Error><Code>%s</Code></Error></ErrorResponse>'


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (500, XML, FAULT % b"InternalFailure", "the status 500"),
        (503, XML, FAULT % b"ServiceUnavailable", "the status 503"),
        (200, XML, b"<a>", "cannot be read"),
        (200, XML, b"<a>&undefined;</a>", "cannot be read"),
        (400, XML, b"<a/>", "without a code"),
        (400, XML, FAULT % b"NotImplemented", "NotImplemented with the status 400"),
        (501, XML, FAULT % b"Other", "Other with the status 501"),
        (400, XML, FAULT % MARK.encode(), "repeats a secret"),
        (200, XML | {b"content-type": b"text/html"}, b"<a/>", "content type"),
        (200, {b"content-type": b"text/xml"}, b"<a/>", "without the id"),
        (400, XML | {b"content-type": b"application/x-amz-json-1.1"}, b'{"message": "no"}', "__type"),
        (200, XML | {b"content-type": b"application/x-amz-json-1.1"}, b"{", "cannot be read"),
        (400, XML | {b"content-type": b"application/x-amz-json-1.0"}, b"{}", "__type"),
        (400, XML | {b"content-type": b"application/cbor"}, b"\xa0", "__type"),
        (200, XML | {b"content-type": b"application/cbor"}, b"\xa1", "cannot be read"),
        (400, {b"x-amzn-requestid": b"id"}, b"", "content type"),
    ],
)
def test_an_answer_that_must_not_be_is_noticed(
    status: int, headers: dict[bytes, bytes], body: bytes, words: str
) -> None:
    with pytest.raises(Finding, match=words):
        judge_answer(status, headers, body)


@pytest.mark.parametrize("content", [MARK, "nothing"])
def test_a_trail_that_holds_a_secret_or_is_broken_is_noticed(tmp_path: Path, content: str) -> None:
    with closing(AuditTrail.open(tmp_path)) as trail:
        trail.note(record(parameters={"ReplicationGroupId": content}))
    if content != MARK:
        with closing(sqlite3.connect(tmp_path / "audit.db", isolation_level=None)) as connection:
            connection.execute("DELETE FROM records")

    with pytest.raises(Finding, match="holds a secret" if content == MARK else "not whole"):
        judge_trail(tmp_path)


def test_a_line_in_the_log_is_noticed() -> None:
    logger, lines = logging.Logger("a logger of its own"), LogLines()
    logger.addHandler(lines)

    logger.info("nothing")
    logger.warning("something")

    assert lines.lines == ["something"]
