"""The reply of SLOWLOG GET, as engines give it."""

import pytest

from elastane.engines.slow_log import parse_slow_log

INFO = b"# Server\r\nvalkey_version:9.1.2\r\nrun_id:1f0c\r\n"


def entry(number: int, *words: bytes) -> list[object]:
    return [number, 1605631822, 17, list(words), b"127.0.0.1:5", b"shop"]


def test_entries_come_oldest_first_with_the_name_of_their_process() -> None:
    found = parse_slow_log(INFO, [entry(8, b"SET", b"key", b"value"), entry(7, b"PING")])

    assert found.run_id == "1f0c"
    assert [(one.id, one.command, one.argument_count) for one in found.entries] == [(7, "PING", 0), (8, "SET", 2)]
    assert found.entries[0].client_address == "127.0.0.1:5"
    assert found.entries[0].client_name == "shop"
    assert (found.entries[0].at_seconds, found.entries[0].duration_microseconds) == (1605631822, 17)


def test_words_that_the_engine_has_left_out_are_counted() -> None:
    words = [b"MGET", *(b"key" for _ in range(30)), b"... (21 more arguments)"]

    (found,) = parse_slow_log(INFO, [entry(1, *words)]).entries

    assert (found.command, found.argument_count) == ("MGET", 51)


def test_a_value_that_looks_like_the_engine_s_own_words_counts_for_one() -> None:
    reply = [[0, 1700000000, 15, [b"SET", b"key", b"... (1000 more arguments)"], b"127.0.0.1:5", b""]]

    (entry,) = parse_slow_log(INFO, reply).entries

    assert entry.argument_count == 2


def test_nothing_slow_is_nothing() -> None:
    assert parse_slow_log(INFO, []).entries == ()


def test_a_name_that_is_no_utf_8_is_spelled_out() -> None:
    (found,) = parse_slow_log(INFO, [[1, 2, 3, [b"\xffGET"], b"", b""]]).entries

    assert found.command == "\\xffGET"


@pytest.mark.parametrize(
    ("info", "reply"),
    [(b"", []), (None, []), (INFO, None), (INFO, [[1, 2]]), (INFO, [b"x"]), (INFO, [[1, 2, 3, b"x"]])],
)
def test_what_is_no_slow_log_is_said_to_be_none(info: object, reply: object) -> None:
    with pytest.raises(ValueError, match="slow log"):
        parse_slow_log(info, reply)
