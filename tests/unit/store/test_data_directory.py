import os
import subprocess
import sys
from pathlib import Path

import pytest

from elastane.store import StoreUnusable, data_directory
from elastane.store.data_directory import ControlPlane
from elastane.store.root_access_key import FILE_NAME, ID_VARIABLE, SECRET_VARIABLE, load_root_access_key

HOLDER = """
import sys
from pathlib import Path
from elastane.store import data_directory
with data_directory.hold(Path(sys.argv[1])):
    data_directory.write_record(Path(sys.argv[1]), data_directory.ControlPlane(pid=4711, url="http://127.0.0.1:7379"))
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    data_directory.prepare(tmp_path / "a" / "b")

    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_path_that_cannot_be_a_directory_gives_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnusable, match="cannot be written: Not a directory"):
        data_directory.prepare(tmp_path / "file" / "below")


def test_a_second_process_is_refused_and_told_who_holds_the_directory(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        with pytest.raises(StoreUnusable, match=r"pid 4711, http://127\.0\.0\.1:7379"), data_directory.hold(tmp_path):
            raise AssertionError("two processes hold the directory")
        assert data_directory.find_control_plane(tmp_path) == ControlPlane(pid=4711, url="http://127.0.0.1:7379")

        holder.kill()
        holder.wait()
        assert data_directory.find_control_plane(tmp_path) is None
        with data_directory.hold(tmp_path):
            pass


def test_asking_who_holds_a_directory_creates_and_holds_nothing(tmp_path: Path) -> None:
    assert data_directory.find_control_plane(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_record_goes_with_its_holder(tmp_path: Path) -> None:
    with data_directory.hold(tmp_path):
        data_directory.write_record(tmp_path, ControlPlane(pid=os.getpid(), url="http://127.0.0.1:1"))

    assert not (tmp_path / data_directory.RECORD_FILE_NAME).exists()


def test_the_root_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    first, second = (load_root_access_key(tmp_path, {}) for _ in range(2))

    assert first.id == second.id and first.secret == second.secret
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert first.secret.reveal() not in repr(first)


def test_the_environment_s_key_wins_and_is_not_written(tmp_path: Path) -> None:
    key = load_root_access_key(tmp_path, {ID_VARIABLE: "AKIDGIVEN", SECRET_VARIABLE: "given"})

    assert (key.id, key.secret.reveal()) == ("AKIDGIVEN", "given")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", [ID_VARIABLE, SECRET_VARIABLE])
def test_half_a_key_is_refused(tmp_path: Path, variable: str) -> None:
    with pytest.raises(StoreUnusable, match="belong together"):
        load_root_access_key(tmp_path, {variable: "half"})


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"access_key_id": "AKID"}'])
def test_a_damaged_key_file_is_a_sentence_and_not_a_new_key(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)

    with pytest.raises(StoreUnusable, match="root access key"):
        load_root_access_key(tmp_path, {})
    assert (tmp_path / FILE_NAME).read_text() == text
