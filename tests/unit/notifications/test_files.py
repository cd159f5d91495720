"""Files that messages are appended to: each message once, whole lines, bounded, and never anywhere else."""

import json
import stat
from pathlib import Path

import pytest

from elastane.notifications.files import DIRECTORY, Files

FIRST, SECOND, THIRD = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))


def line(message_id: str, text: str = "news") -> bytes:
    return json.dumps({"MessageId": message_id, "Message": text}).encode()


def lines(path: Path) -> list[str]:
    return [json.loads(each)["MessageId"] for each in path.read_text().splitlines()]


def test_messages_are_lines_of_a_file_that_is_its_owner_s_only(tmp_path: Path) -> None:
    files = Files(tmp_path)

    files.append("orders", FIRST, line(FIRST))
    files.append("orders", SECOND, line(SECOND))

    path = tmp_path / DIRECTORY / "orders"
    assert lines(path) == [FIRST, SECOND]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_message_that_the_file_has_from_before_is_not_appended_again(tmp_path: Path) -> None:
    Files(tmp_path).append("orders", FIRST, line(FIRST))

    after_a_crash = Files(tmp_path)
    after_a_crash.append("orders", FIRST, line(FIRST))
    after_a_crash.append("orders", SECOND, line(SECOND))

    assert lines(tmp_path / DIRECTORY / "orders") == [FIRST, SECOND]


def test_half_a_line_of_a_process_that_died_is_taken_away(tmp_path: Path) -> None:
    Files(tmp_path).append("orders", FIRST, line(FIRST))
    path = tmp_path / DIRECTORY / "orders"
    with path.open("ab") as file:
        file.write(line(SECOND)[:-5])

    Files(tmp_path).append("orders", SECOND, line(SECOND))

    assert lines(path) == [FIRST, SECOND]


def test_a_file_that_would_grow_too_long_is_moved_aside_first(tmp_path: Path) -> None:
    files = Files(tmp_path, bytes_max=300)

    for message_id in (FIRST, SECOND, THIRD):
        files.append("orders", message_id, line(message_id, "x" * 60))

    path = tmp_path / DIRECTORY / "orders"
    assert lines(path) == [THIRD]
    assert lines(path.with_name("orders.1")) == [FIRST, SECOND]


def test_a_link_in_the_file_s_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.touch()
    (tmp_path / DIRECTORY).mkdir()
    (tmp_path / DIRECTORY / "orders").symlink_to(target)

    with pytest.raises(OSError):
        Files(tmp_path).append("orders", FIRST, line(FIRST))
    assert target.read_bytes() == b""
