"""What `pip` would install: the console is in the wheel, whole, and nothing of what it was built with."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repository import ROOT

BUILD_SECONDS_MAX = 100


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    target = tmp_path_factory.mktemp("wheel")
    finished = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (built,) = target.glob("elastane-*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_contains_the_console(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    page = wheel.read("elastane/console_files/index.html").decode()

    assert "/console/assets/" in page
    assert {Path(name).suffix for name in names if name.startswith("elastane/console_files/assets/")} >= {".js", ".css"}


def test_every_file_that_the_page_begins_with_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    page = wheel.read("elastane/console_files/index.html").decode()
    asked = {part.split('"')[0] for part in page.split('"/console/')[1:]}

    assert asked
    assert {f"elastane/console_files/{name}" for name in asked} <= set(wheel.namelist())


def test_the_model_of_our_own_api_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert any(name.endswith("elastane/2026-11-30/service-2.json") for name in wheel.namelist())


def test_nothing_of_the_building_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert not [name for name in wheel.namelist() if "node_modules" in name or name.endswith((".tsx", ".ts", ".map"))]
