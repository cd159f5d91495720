"""What `elastane audit` shows, and what it makes of what it is asked."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from elastane.cli import app
from elastane.cli.audit import json_lines, parse_head, parse_time, records_text, rows
from elastane.cli.refusals import CommandError
from elastane.model.audit_trail import Numbered
from elastane.store import AuditTrail
from tests.kit.call_records import LOCAL, NOBODY, NOW, record


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    with closing(AuditTrail.open(tmp_path)) as trail:
        trail.note(record("CreateReplicationGroup", number=1, groups=("orders",)))
        trail.note(record("DescribeEvents", number=2, at=NOW + timedelta(minutes=1), code="InvalidParameterValue"))
        trail.note(
            record(
                None,
                number=3,
                at=NOW + timedelta(minutes=2),
                caller=NOBODY,
                region=None,
                service=None,
                code="SignatureDoesNotMatch",
            )
        )
    return tmp_path


def shown(directory: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["audit", "--data-dir", str(directory), *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_call_is_a_row_oldest_first(directory: Path) -> None:
    lines = shown(directory).splitlines()

    told = [re.split(r" {3,}", line) for line in lines[2:]]
    assert told == [
        ["2026-11-23 12:00:00", "us-east-1", "root", "CreateReplicationGroup", "success", "127.0.0.1", "orders"],
        ["2026-11-23 12:01:00", "us-east-1", "root", "DescribeEvents", "InvalidParameterValue", "127.0.0.1", "-"],
        ["2026-11-23 12:02:00", "-", "AKIASOMEBODY00000000?", "-", "SignatureDoesNotMatch", "127.0.0.1", "-"],
    ]


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ((), [1, 2, 3]),
        (("--caller", "root"), [1, 2]),
        (("--caller", "AKIASOMEBODY00000000"), [3]),
        (("--action", "DescribeEvents"), [2]),
        (("--resource", "orders"), [1]),
        (("--outcome", "success"), [1]),
        (("--outcome", "fault"), [2, 3]),
        (("--outcome", "SignatureDoesNotMatch"), [3]),
        (("--since", "2026-11-23T12:01"), [2, 3]),
        (("--until", "2026-11-23T13:01+01:00"), [1, 2]),
        (("--limit", "2"), [2, 3]),
        (("--caller", "nobody-of-that-name"), []),
    ],
)
def test_it_shows_what_is_asked_for(directory: Path, arguments: tuple[str, ...], numbers: list[int]) -> None:
    lines = shown(directory, "--json", *arguments).splitlines()

    assert [json.loads(line)["number"] for line in lines] == numbers


def test_a_whole_record_is_one_line_of_json(directory: Path) -> None:
    (line,) = shown(directory, "--json", "--limit", "1", "--outcome", "success").splitlines()

    assert json.loads(line)["asked"] == {
        "service": "elasticache",
        "action": "CreateReplicationGroup",
        "is_reading": False,
        "is_data": False,
        "parameters": None,
        "resources": [{"type": "AWS::ElastiCache::ReplicationGroup", "name": "orders"}],
    }


def test_nothing_that_a_caller_sent_steers_the_terminal() -> None:
    nasty = "\x1b[2J\n\x9b31m\x00\u202e"
    made = record(nasty, groups=(nasty,))
    numbered = Numbered(number=1, record=replace(made, origin=replace(LOCAL, user_agent=nasty)))

    text, (row,) = records_text([numbered], columns=200), rows([numbered])

    for shown_text in (text.replace("\n", ""), *row, json_lines([numbered]).removesuffix("\n")):
        assert all(character.isprintable() for character in shown_text)


def test_where_nothing_was_recorded_it_is_said(tmp_path: Path, directory: Path) -> None:
    nowhere = CliRunner().invoke(app, ["audit", "--data-dir", str(tmp_path / "nowhere")])

    assert shown(directory, "--resource", "x") == "No call is recorded that meets all of this.\n"
    assert nowhere.exit_code == 2
    assert "There is no audit trail in" in nowhere.stderr


def test_a_whole_trail_verifies_and_its_heads_can_be_noted(directory: Path) -> None:
    first = shown(directory, "--verify")
    heads = [line.rpartition("Head: ")[2] for line in first.splitlines()]
    arguments = [argument for head in heads for argument in ("--noted", head)]

    assert first.splitlines()[0].startswith("changes: 1 records, whole. Head: changes:1:")
    assert first.splitlines()[1].startswith("questions: 2 records, whole. Head: questions:3:")
    assert shown(directory, "--verify", *arguments) == first


def test_a_broken_chain_is_told_with_its_place_and_exit_code_one(directory: Path) -> None:
    with closing(sqlite3.connect(directory / "audit.db", isolation_level=None)) as connection:
        connection.execute("DELETE FROM calls WHERE number = 2")

    result = CliRunner().invoke(app, ["audit", "--data-dir", str(directory), "--verify"])

    assert result.exit_code == 1
    assert "questions: 1 records, BROKEN at number 3: this record was changed" in result.stdout


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("30m", NOW - timedelta(minutes=30)),
        ("12h", NOW - timedelta(hours=12)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T12:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00+02:00", datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-11-23T12:00:30Z", datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_a_moment_or_so_long_ago(text: str, moment: datetime) -> None:
    assert parse_time(text, NOW, "--since") == moment


@pytest.mark.parametrize("text", ["", "yesterday", "7w", "999999d", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="--since must be a time"):
        parse_time(text, NOW, "--since")


@pytest.mark.parametrize(
    "text", ["", "changes", "changes:1", "changes:1:zz", f"teapots:1:{'0' * 64}", f"changes:-1:{'0' * 64}"]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="--noted must be a head"):
        parse_head(text)
