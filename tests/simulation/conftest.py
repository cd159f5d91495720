"""`--seed N` runs one story; `--stories N` runs more of them than the budget of `make test` allows."""

from pathlib import Path

import pytest

DEFAULT_STORIES = 1000

ROLLOUTS_SHARE = 4
"""For so many other stories there is one in which the engines are replaced."""

SECURED_SHARE = 8
"""And one in which encryption, users and authorities change."""

MEMORY = Path("/dev/shm")
"""Where there is one, a file costs no disk: a story's store is of use to nobody after it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="simulate the story of this seed only")
    parser.addoption("--stories", type=int, default=DEFAULT_STORIES, help="how many seeds to simulate")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    one = metafunc.config.getoption("--seed", default=None)
    count = metafunc.config.getoption("--stories", default=DEFAULT_STORIES)
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", [one] if one is not None else range(count))
    if "rollout_seed" in metafunc.fixturenames:
        metafunc.parametrize("rollout_seed", [one] if one is not None else range(count // ROLLOUTS_SHARE))
    if "secured_seed" in metafunc.fixturenames:
        metafunc.parametrize("secured_seed", [one] if one is not None else range(count // SECURED_SHARE))


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for the stories' stores."""
    return MEMORY if MEMORY.is_dir() else tmp_path_factory.getbasetemp()
