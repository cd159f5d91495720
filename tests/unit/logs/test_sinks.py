"""Files that are delivered to: cut to what is known, put aside when large, taken as they are when somebody else was
there."""

import os
from pathlib import Path

import pytest

from elastane.logs.positions import FilePosition
from elastane.logs.sinks import SinkFailed, append_to_file, prepare_file, write_standard_output


def deliver(directory: Path, text: str, last: FilePosition | None) -> FilePosition:
    return append_to_file(directory, "caches", text.encode(), prepare_file(directory, "caches", last))


def file(directory: Path) -> Path:
    return directory / "caches.log"


def test_a_file_grows_and_is_its_owner_s(tmp_path: Path) -> None:
    directory = tmp_path / "deliveries"

    position = deliver(directory, "one\n", None)
    position = deliver(directory, "two\n", position)

    assert file(directory).read_text() == "one\ntwo\n"
    assert (file(directory).stat().st_mode & 0o777, directory.stat().st_mode & 0o777) == (0o600, 0o700)
    assert position.size_bytes == 8


def test_what_is_behind_the_known_end_is_cut_off(tmp_path: Path) -> None:
    position = deliver(tmp_path, "one\n", None)
    deliver(tmp_path, "two\n", position)  # and died before this was written down

    deliver(tmp_path, "two\n", position)

    assert file(tmp_path).read_text() == "one\ntwo\n"


def test_a_file_that_nobody_knows_is_kept_and_appended_to(tmp_path: Path) -> None:
    file(tmp_path).write_text("somebody's\n")

    deliver(tmp_path, "one\n", None)

    assert file(tmp_path).read_text() == "somebody's\none\n"


def test_a_file_that_was_taken_away_or_cut_short_is_begun_where_it_ends(tmp_path: Path) -> None:
    position = deliver(tmp_path, "one\n", None)
    file(tmp_path).rename(tmp_path / "taken")
    position = deliver(tmp_path, "two\n", position)
    file(tmp_path).write_text("")
    deliver(tmp_path, "three\n", position)

    assert (tmp_path / "taken").read_text() == "one\n"
    assert file(tmp_path).read_text() == "three\n"


def test_a_pipe_of_that_name_is_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(file(tmp_path))

    with pytest.raises(SinkFailed, match="cannot be written"):
        deliver(tmp_path, "one\n", None)


def test_a_large_file_is_put_aside_without_what_is_not_known(tmp_path: Path) -> None:
    position = deliver(tmp_path, "one\n", None)
    deliver(tmp_path, "two\n", position)
    large = FilePosition(inode=position.inode, size_bytes=position.size_bytes)

    assert prepare_file(tmp_path, "caches", large, bytes_max=4) == large
    fresh = prepare_file(tmp_path, "caches", large, bytes_max=3)

    assert (tmp_path / "caches.log.1").read_text() == "one\n"
    assert (file(tmp_path).read_text(), fresh.size_bytes) == ("", 0)


def test_what_cannot_be_written_is_told_with_its_place(tmp_path: Path) -> None:
    file(tmp_path).mkdir()

    with pytest.raises(SinkFailed, match="cannot be written"):
        prepare_file(tmp_path, "caches", None)


def test_a_file_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept")
    file(tmp_path).symlink_to(tmp_path / "secret")

    with pytest.raises(SinkFailed):
        prepare_file(tmp_path, "caches", None)

    assert (tmp_path / "secret").read_text() == "kept"


def test_standard_output_gets_all_of_it_and_says_when_nobody_reads() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    try:
        write_standard_output(b"x" * 10_000, writer)
        taken = os.read(reader, 20_000)
        with pytest.raises(SinkFailed, match="nobody reads"):
            write_standard_output(b"x" * 10_000_000, writer)
    finally:
        os.close(reader)
        os.close(writer)

    assert taken == b"x" * 10_000


def test_standard_output_that_is_closed_is_told() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with pytest.raises(SinkFailed, match="cannot be written"):
            write_standard_output(b"x", writer)
    finally:
        os.close(writer)
