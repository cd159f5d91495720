"""What `write_files` leaves on a disk: whole files, for the owner only, and never through a link."""

import stat
from pathlib import Path

import pytest

from elastane.hosts import NotOurs
from elastane.hosts.directories import ensure_directory, write_files
from tests.unit.hosts.worlds import NODE_KEY


def test_files_are_for_the_owner_only_also_those_that_were_not(tmp_path: Path) -> None:
    directory = ensure_directory(tmp_path, NODE_KEY)
    (directory / "node.pem").write_text("old")
    (directory / "node.pem").chmod(0o644)

    write_files(tmp_path, NODE_KEY, {"node.pem": "certificate and key", "ca.pem": "whom it trusts"})

    modes = {name: stat.S_IMODE((directory / name).stat().st_mode) for name in ("node.pem", "ca.pem")}
    assert modes == {"node.pem": 0o600, "ca.pem": 0o600}
    assert (directory / "node.pem").read_text() == "certificate and key"
    assert sorted(path.name for path in directory.iterdir()) == ["ca.pem", "node.pem"]


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    directory, elsewhere = ensure_directory(tmp_path, NODE_KEY), tmp_path / "elsewhere"
    elsewhere.write_text("somebody's")
    (directory / "node.pem").symlink_to(elsewhere)

    write_files(tmp_path, NODE_KEY, {"node.pem": "certificate and key"})

    assert elsewhere.read_text() == "somebody's"
    assert not (directory / "node.pem").is_symlink()


def test_a_link_in_the_place_of_the_file_that_is_written_first_is_refused(tmp_path: Path) -> None:
    directory, elsewhere = ensure_directory(tmp_path, NODE_KEY), tmp_path / "elsewhere"
    elsewhere.write_text("somebody's")
    (directory / ".node.pem.new").symlink_to(elsewhere)

    with pytest.raises(OSError):
        write_files(tmp_path, NODE_KEY, {"node.pem": "certificate and key"})

    assert elsewhere.read_text() == "somebody's"


def test_a_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    directory, elsewhere = ensure_directory(tmp_path, NODE_KEY), tmp_path / "elsewhere"
    directory.rmdir()
    elsewhere.mkdir()
    directory.symlink_to(elsewhere)

    with pytest.raises(NotOurs):
        write_files(tmp_path, NODE_KEY, {"node.pem": "certificate and key"})

    assert list(elsewhere.iterdir()) == []


def test_nothing_is_written_when_one_of_the_names_is_refused(tmp_path: Path) -> None:
    directory = ensure_directory(tmp_path, NODE_KEY)

    with pytest.raises(NotOurs):
        write_files(tmp_path, NODE_KEY, {"node.pem": "certificate and key", "../ca.pem": "whom it trusts"})

    assert list(directory.iterdir()) == []
