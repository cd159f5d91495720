"""A node's directory: names, files, last words, and sentences about disks."""

import errno
import os
from pathlib import Path

import pytest

from elastane.hosts import NotOurs, directories

NODE_KEY = "us-east-1/elc-tutorial-001"


@pytest.mark.parametrize("key", ["cache-001", "us-east-1/cache-001", "eu-west-1/a.b_c-d/0001", "A" * 128])
def test_plain_keys_are_accepted(key: str) -> None:
    assert directories.node_directory(Path("/root"), key) == Path("/root") / key


def test_directories_are_for_their_owner_only(tmp_path: Path) -> None:
    directory = directories.ensure_directory(tmp_path / "nodes", NODE_KEY)

    modes = {path.stat().st_mode & 0o777 for path in (directory, directory.parent, tmp_path / "nodes")}
    assert modes == {0o700}


def test_only_directories_with_an_identity_are_listed(tmp_path: Path) -> None:
    for name in ("one", "us-east-1/two", "us-east-1/groups/three", ".hidden/four"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "identity.json").touch()
    (tmp_path / "empty").mkdir()

    assert directories.list_node_keys(tmp_path) == ("one", "us-east-1/groups/three", "us-east-1/two")


def test_a_file_that_every_node_may_have_is_read_where_it_can_be(tmp_path: Path) -> None:
    for name in ("one", "two", "three", "four"):
        (directories.ensure_directory(tmp_path, name) / "identity.json").touch()
    (tmp_path / "one/ca.pem").write_text("first")
    (tmp_path / "two/ca.pem").write_bytes(b"\xff")
    (tmp_path / "three/ca.pem").symlink_to(tmp_path / "one/ca.pem")

    assert directories.read_everywhere(tmp_path, "ca.pem") == ("first",)
    assert directories.read_everywhere(tmp_path / "missing", "ca.pem") == ()


def test_a_root_that_does_not_exist_holds_no_nodes(tmp_path: Path) -> None:
    assert directories.list_node_keys(tmp_path / "missing") == ()


def test_a_written_file_replaces_the_old_one_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "valkey.conf"
    path.write_text("old, and longer than the new")
    path.chmod(0o644)

    directories.write_file(path, "port 6379\n")

    assert path.read_text() == "port 6379\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_crash_left_of_a_write_does_not_hinder_the_next(tmp_path: Path) -> None:
    (tmp_path / ".valkey.conf.new").write_text("half a fi")
    (tmp_path / ".valkey.conf.new").chmod(0o644)

    directories.write_file(tmp_path / "valkey.conf", "port 6379\n", is_durable=True)

    assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["valkey.conf"]


def test_a_removal_takes_everything_below_and_nothing_beside(tmp_path: Path) -> None:
    directory = directories.ensure_directory(tmp_path, NODE_KEY)
    beside = directories.ensure_directory(tmp_path, "us-east-1/elc-tutorial-002")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (directory / "identity.json").touch()
    (directory / "dump.rdb").touch()
    (directory / "appendonlydir").mkdir()
    (directory / "appendonlydir" / "base.rdb").touch()
    (directory / "link").symlink_to(outside)

    directories.remove_directory(tmp_path, NODE_KEY)

    assert not directory.exists()
    assert beside.is_dir()
    assert (outside / "kept").exists()


def test_a_directory_that_is_a_link_to_elsewhere_is_neither_used_nor_removed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "elc-tutorial-001").mkdir(parents=True)
    root = tmp_path / "nodes"
    root.mkdir()
    (root / "us-east-1").symlink_to(elsewhere)

    with pytest.raises(NotOurs, match="a symbolic link leads"):
        directories.ensure_directory(root, NODE_KEY)
    with pytest.raises(NotOurs, match="a symbolic link leads"):
        directories.remove_directory(root, NODE_KEY)

    assert (elsewhere / "elc-tutorial-001").is_dir()


def test_a_root_that_is_itself_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "nodes").symlink_to(tmp_path / "disk")

    directories.ensure_directory(tmp_path / "nodes", NODE_KEY)

    assert (tmp_path / "disk" / NODE_KEY).is_dir()


def test_last_words_are_the_last_lines_of_this_start(tmp_path: Path) -> None:
    earlier = "an earlier process's words\n"
    (tmp_path / "log").write_text(earlier + "".join(f"line {number}\n\n" for number in range(30)))

    words = directories.last_words(tmp_path, from_bytes=len(earlier))

    assert words.splitlines() == [f"line {number}" for number in range(20, 30)]


def test_last_words_of_a_long_log_are_short_and_printable(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 100_000 + b"\n\x1b[31mno room\x00\xff\n")

    words = directories.last_words(tmp_path, from_bytes=0)

    assert words.endswith(" [31mno room \N{REPLACEMENT CHARACTER}")
    assert len(words) <= directories.LAST_WORDS_BYTES_MAX


def test_there_are_no_last_words_without_a_log_or_before_the_first_word(tmp_path: Path) -> None:
    assert directories.last_words(tmp_path, from_bytes=0) == ""

    (tmp_path / "log").write_text("earlier\n")

    assert directories.last_words(tmp_path, from_bytes=8) == ""


def test_a_large_log_is_put_aside_and_a_small_one_continued(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("small\n")

    with directories.opened_log(tmp_path) as descriptor:
        os.write(descriptor, b"more\n")

    assert (tmp_path / "log").read_text() == "small\nmore\n"

    os.truncate(tmp_path / "log", directories.LOG_BYTES_MAX + 1)

    with directories.opened_log(tmp_path) as descriptor:
        os.write(descriptor, b"new\n")

    assert (tmp_path / "log").read_text() == "new\n"
    assert (tmp_path / "log.1").stat().st_size == directories.LOG_BYTES_MAX + 1


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "the disk that holds /nodes/n is full"),
        (errno.EDQUOT, "or its quota is used up"),
        (errno.EACCES, f"user {os.geteuid()} may not write /nodes/n"),
        (errno.EROFS, "/nodes/n is on a read-only file system"),
        (errno.ENOTDIR, "/nodes/n is a file where a directory is needed"),
        (errno.EMFILE, "too many files are open"),
        (errno.EAGAIN, "the machine allows no further process"),
        (errno.EIO, "/nodes/n: Input/output error"),
    ],
)
def test_a_disk_failure_is_explained(code: int, sentence: str) -> None:
    assert sentence in directories.explain(OSError(code, os.strerror(code)), Path("/nodes/n"))
