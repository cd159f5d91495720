"""Files that are kept: where they go, who may read them, how many there are and for how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elastane.hosts import HostError, NotOurs, directories
from elastane.hosts.set_aside import KEPT_AGE_MAX, KEPT_COUNT_MAX, set_aside_file

NODE_KEY = "us-east-1/elc-tutorial-001"
OTHER_KEY = "us-east-1/elc-tutorial-002"
NOW = datetime(2026, 11, 23, 12, 0, 1, 250_000, tzinfo=UTC)


def dump(root: Path, text: str, *, node_key: str = NODE_KEY, now: datetime = NOW) -> Path:
    """A dump that the node wrote, set aside."""
    (directories.ensure_directory(root, node_key) / "dump.rdb").write_text(text)
    return set_aside_file(root, node_key, "dump.rdb", now=now)


def kept(root: Path, node_key: str = NODE_KEY) -> list[str]:
    return [path.read_text() for path in sorted((root / "set-aside" / node_key).iterdir())]


def test_a_file_goes_where_its_node_and_the_moment_can_be_read(tmp_path: Path) -> None:
    moved = dump(tmp_path, "what it held")

    assert moved == tmp_path / "set-aside/us-east-1/elc-tutorial-001/20261123T120001.250000Z-dump.rdb"
    assert moved.read_text() == "what it held"
    assert list((tmp_path / NODE_KEY).iterdir()) == []


def test_what_is_set_aside_is_for_its_owner_only(tmp_path: Path) -> None:
    directory = directories.ensure_directory(tmp_path, NODE_KEY)
    (directory / "dump.rdb").touch(mode=0o644)

    moved = set_aside_file(tmp_path, NODE_KEY, "dump.rdb", now=NOW)

    assert moved.stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in moved.parents[:3]} == {0o700}


def test_it_outlives_its_node_and_is_none(tmp_path: Path) -> None:
    moved = dump(tmp_path, "what it held")
    (tmp_path / NODE_KEY / "identity.json").touch()

    directories.remove_directory(tmp_path, NODE_KEY)

    assert moved.exists()
    assert directories.list_node_keys(tmp_path) == ()


def test_a_file_in_it_cannot_be_taken_for_a_node(tmp_path: Path) -> None:
    (tmp_path / "set-aside/us-east-1").mkdir(parents=True)
    (tmp_path / "set-aside/us-east-1/identity.json").touch()

    assert directories.list_node_keys(tmp_path) == ()
    with pytest.raises(NotOurs):
        directories.node_directory(tmp_path, "set-aside/us-east-1")


def test_the_newest_of_each_node_are_kept(tmp_path: Path) -> None:
    for hour in range(KEPT_COUNT_MAX + 2):
        dump(tmp_path, f"hour {hour}", now=NOW + timedelta(hours=hour))
        dump(tmp_path, f"other {hour}", node_key=OTHER_KEY, now=NOW + timedelta(hours=hour))

    assert kept(tmp_path) == ["hour 2", "hour 3", "hour 4"]
    assert kept(tmp_path, OTHER_KEY) == ["other 2", "other 3", "other 4"]


def test_the_old_are_removed_of_every_node_when_another_is_set_aside(tmp_path: Path) -> None:
    dump(tmp_path, "old", node_key=OTHER_KEY)
    dump(tmp_path, "old")
    dump(tmp_path, "not so old", node_key=OTHER_KEY, now=NOW + timedelta(days=1))

    dump(tmp_path, "new", now=NOW + KEPT_AGE_MAX + timedelta(seconds=1))

    assert kept(tmp_path) == ["new"]
    assert kept(tmp_path, OTHER_KEY) == ["not so old"]


def test_under_a_clock_that_was_put_back_the_file_just_saved_stays(tmp_path: Path) -> None:
    for hour in range(KEPT_COUNT_MAX):
        dump(tmp_path, f"hour {hour}", now=NOW + timedelta(hours=hour))

    dump(tmp_path, "after the clock was put back", now=NOW - timedelta(days=365))

    assert kept(tmp_path) == ["after the clock was put back", "hour 1", "hour 2"]


def test_two_of_one_moment_are_both_kept(tmp_path: Path) -> None:
    dump(tmp_path, "first")
    dump(tmp_path, "second")

    assert kept(tmp_path) == ["first", "second"]


def test_a_persons_own_files_beside_them_stay(tmp_path: Path) -> None:
    dump(tmp_path, "old")
    (tmp_path / "set-aside" / NODE_KEY / "notes").write_text("mine")

    dump(tmp_path, "new", now=NOW + 2 * KEPT_AGE_MAX)

    assert kept(tmp_path) == ["new", "mine"]


def test_nothing_kept_is_given_up_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    dump(tmp_path, "old")

    with pytest.raises(HostError, match=r"there is no file .*dump\.rdb to set aside"):
        set_aside_file(tmp_path, NODE_KEY, "dump.rdb", now=NOW + 2 * KEPT_AGE_MAX)

    assert kept(tmp_path) == ["old"]


def test_neither_a_link_nor_a_directory_is_set_aside(tmp_path: Path) -> None:
    directory = directories.ensure_directory(tmp_path, NODE_KEY)
    (directory / "link").symlink_to(tmp_path / "elsewhere")
    (directory / "appendonlydir").mkdir()

    with pytest.raises(OSError, match="symbolic link"):
        set_aside_file(tmp_path, NODE_KEY, "link", now=NOW)
    with pytest.raises(HostError, match="is no plain file"):
        set_aside_file(tmp_path, NODE_KEY, "appendonlydir", now=NOW)

    assert sorted(path.name for path in directory.iterdir()) == ["appendonlydir", "link"]
