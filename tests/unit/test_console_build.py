"""Which Node can build the console, and what somebody hears who asks for something else."""

import importlib.util
from types import ModuleType

import pytest

from tests.repository import ROOT


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The script, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("console_build", ROOT / "console" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("told", ["v20.19.0", "v20.20.2\n", "v22.12.0", "v22.19.1", "v24.0.0", "v100.0.0"])
def test_a_node_that_vite_takes_is_new_enough(build: ModuleType, told: str) -> None:
    assert build.is_new_enough(told)


@pytest.mark.parametrize("told", ["v18.20.4", "v20.18.3", "v21.7.3", "v22.11.0", "", "node", "v20"])
def test_another_one_is_not(build: ModuleType, told: str) -> None:
    assert not build.is_new_enough(told)


def test_who_asks_for_something_else_is_told_what_there_is(
    build: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(["publish"]) == 2

    assert "python console/build.py" in capsys.readouterr().err


def test_what_is_built_depends_on_the_sources_and_not_on_their_tests(build: ModuleType) -> None:
    names = {path.name for path in build.list_sources()}

    assert {"App.tsx", "index.html", "package-lock.json", "commands.toml"} <= names
    assert not [name for name in names if ".test." in name]
