"""What engines write down: parsed from lines of real engines, and spelled as ElastiCache delivers them."""

import json
from datetime import UTC, datetime

import pytest

from elastane.model.ids import NodeId
from elastane.model.log_lines import (
    MESSAGE_BYTES_MAX,
    EngineLogEntry,
    Head,
    SlowLogEntry,
    milliseconds,
    parse_engine_log,
    parse_head,
    render_engine_log,
    render_slow_log,
    stream_name,
)

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
NODE = NodeId("orders-001")

VALKEY_8 = """\
22592:C 29 Nov 2026 20:38:07.653 * Valkey version=8.0.1, bits=64, commit=00000000, modified=0, pid=22592, just started
22592:M 29 Nov 2026 20:38:07.655 * Ready to accept connections tcp


=== VALKEY BUG REPORT START: Cut & paste starting from here ===
22592:M 29 Nov 2026 20:38:08.621 # valkey 8.0.1 crashed by signal: 11, si_code: 0

------ STACK TRACE ------
EIP:
"""
REDIS_7 = """\
22509:M 29 Nov 2026 20:37:57.415 * Ready to accept connections
22509:signal-handler (1795984678) Received SIGTERM scheduling shutdown...
22509:M 29 Nov 2026 20:37:58.420 # User requested shutdown...
"""


def entries(text: str, last: Head | None = None) -> tuple[EngineLogEntry, ...]:
    return parse_engine_log(text.splitlines(), last, NOW)[0]


@pytest.mark.parametrize(
    ("line", "role", "level", "message"),
    [
        ("1:M 12 Nov 2020 01:28:57.994 * Server initialized", "M", "NOTICE", "Server initialized"),
        ("4711:S 12 Nov 2020 01:28:57.994 # Connection lost.", "S", "WARNING", "Connection lost."),
        ("4711:C 12 Nov 2020 01:28:57.994 - DB saved", "C", "VERBOSE", "DB saved"),
        ("4711:X 12 Nov 2020 01:28:57.994 . tick", "X", "VERBOSE", "tick"),
        ("4711:M 02 Nov 2020 01:28:57.994 * ", "M", "NOTICE", ""),
    ],
)
def test_a_line_has_a_moment_a_role_a_level_and_a_message(line: str, role: str, level: str, message: str) -> None:
    parsed = parse_head(line)

    assert parsed is not None
    assert (parsed[0].role, parsed[0].level, parsed[1]) == (role, level, message)
    assert parsed[0].at.replace(day=12) == datetime(2020, 11, 12, 1, 28, 57, 994_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "=== VALKEY BUG REPORT START: Cut & paste starting from here ===",
        "4711:M 31 Nov 2020 01:28:57.994 * a day that is not in the calendar",
        "4711:M 12 Foo 2020 01:28:57.994 * a month that is none",
        "/bin/sh: 1: exec: valkey-server: not found",
    ],
)
def test_other_lines_have_no_head(line: str) -> None:
    assert parse_head(line) is None


def test_lines_without_a_head_belong_to_the_entry_before_them() -> None:
    found = entries(VALKEY_8)

    assert [entry.message for entry in found] == [
        "Valkey version=8.0.1, bits=64, commit=00000000, modified=0, pid=22592, just started",
        "Ready to accept connections tcp\n\n\n=== VALKEY BUG REPORT START: Cut & paste starting from here ===",
        "valkey 8.0.1 crashed by signal: 11, si_code: 0\n\n------ STACK TRACE ------\nEIP:",
    ]


def test_what_comes_in_a_later_piece_has_the_head_of_the_entry_it_belongs_to() -> None:
    first, head = parse_engine_log(VALKEY_8.splitlines()[:6], None, NOW)

    second, still = parse_engine_log(VALKEY_8.splitlines()[6:], head, NOW)

    assert second == (EngineLogEntry(head=first[-1].head, message="------ STACK TRACE ------\nEIP:"),)
    assert still == head


def test_the_word_of_a_signal_handler_has_the_moment_it_says() -> None:
    _, told, _ = entries(REDIS_7)

    assert told.message == "Received SIGTERM scheduling shutdown..."
    at = datetime(2026, 11, 29, 20, 37, 58, tzinfo=UTC)
    assert told.head == Head(at=at, role="X", mark="#", granularity_milliseconds=1000)


def test_a_line_without_any_entry_before_it_is_a_warning_of_now() -> None:
    (found,) = entries("/bin/sh: 1: exec: valkey-server: not found\n")

    assert found.head == Head(at=NOW, role="X", mark="#")


def test_a_message_without_end_is_delivered_in_pieces() -> None:
    line = "1:M 12 Nov 2020 01:28:57.994 * " + "x" * MESSAGE_BYTES_MAX

    found = entries(line)

    assert all(len(entry.message.encode()) <= MESSAGE_BYTES_MAX for entry in found)
    assert "".join(entry.message for entry in found) == "x" * MESSAGE_BYTES_MAX


def test_an_engine_s_entry_has_aws_s_keys_in_json() -> None:
    (entry,) = entries('1:M 12 Nov 2020 01:28:57.994 * Server "initialized"\n')

    rendered = render_engine_log(entry, NODE, "json")

    assert json.loads(rendered.message) == {
        "CacheClusterId": "orders-001",
        "CacheNodeId": "0001",
        "LogLevel": "NOTICE",
        "Role": "M",
        "Time": "12 Nov 2020 01:28:57.994 UTC",
        "Message": 'Server "initialized"',
    }
    assert list(json.loads(rendered.message)) == [
        "CacheClusterId",
        "CacheNodeId",
        "LogLevel",
        "Role",
        "Time",
        "Message",
    ]
    assert rendered.at_milliseconds == 1605144537994


def test_an_engine_s_entry_has_aws_s_form_in_text() -> None:
    (entry,) = entries("1:M 29 Oct 2020 20:12:20.499 * Background saving started by pid 4\n")

    rendered = render_engine_log(entry, NODE, "text")

    expected = "orders-001/0001:M 29 Oct 2020 20:12:20.499 UTC * Background saving started by pid 4"
    assert rendered.message == expected


SLOW = SlowLogEntry(
    id=296,
    at_seconds=1605631822,
    duration_microseconds=17,
    command="GET",
    argument_count=1,
    client_address="192.168.12.104:55452",
    client_name="shop",
)


def test_a_slow_command_has_aws_s_keys_in_json_and_none_of_its_words() -> None:
    rendered = render_slow_log(SLOW, NODE, "json")

    assert rendered.message == (
        '{"CacheClusterId":"orders-001","CacheNodeId":"0001","Id":296,"Timestamp":1605631822,"Duration (us)":17,'
        '"Command":"GET ... (1 more arguments)","ClientAddress":"192.168.12.104:55452","ClientName":"shop"}'
    )
    assert rendered.at_milliseconds == 1605631822000


def test_a_slow_command_has_aws_s_form_in_text() -> None:
    rendered = render_slow_log(SLOW, NODE, "text")

    expected = "orders-001,0001,1605631822,17,GET ... (1 more arguments),192.168.12.104:55452,shop"
    assert rendered.message == expected


def test_a_command_of_one_word_is_shown_whole() -> None:
    alone = SlowLogEntry(
        id=1, at_seconds=0, duration_microseconds=0, command="PING", argument_count=0, client_address="", client_name=""
    )

    assert alone.shown_command == "PING"


def test_a_stream_is_named_after_engine_cluster_node_and_log() -> None:
    assert stream_name("valkey", NODE, "slow-log") == "elasticache/valkey/orders-001/0001/slow-log"


def test_milliseconds_are_exact() -> None:
    assert milliseconds(datetime(2026, 11, 29, 20, 38, 7, 655_999, tzinfo=UTC)) == 1795984687655
