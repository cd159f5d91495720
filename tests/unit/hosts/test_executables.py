"""Whose program is running from a directory."""

import shutil
import subprocess
from pathlib import Path

from elastane.hosts.executables import pids_running_from


def test_a_process_is_found_by_where_its_program_is_also_when_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "engine" / "bin").mkdir(parents=True)
    (tmp_path / "engine-other").mkdir()
    program = tmp_path / "engine" / "bin" / "sleeper"
    shutil.copy(shutil.which("sleep") or "", program)

    with subprocess.Popen((program, "60")) as process:
        try:
            found = pids_running_from(tmp_path / "engine")
            beside = pids_running_from(tmp_path / "engine-other")
            program.unlink()
            without_file = pids_running_from(tmp_path / "engine")
        finally:
            process.kill()

    assert found == without_file == (process.pid,)
    assert beside == ()
    assert pids_running_from(tmp_path / "engine") == ()
