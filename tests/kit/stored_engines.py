"""Engines of the shared engine store, for tests that need a certain version, or TLS.

`make test` fills the store once. A test that asks for an engine that is not there is skipped, and says how to get it.

    old, new = stored_engine("valkey", "8.1"), stored_engine("valkey", "9.1")
    with running_elastane(tmp_path / "data", environment=engine_environment(old, new)) as elastane: ...
"""

import os
from functools import cache

import pytest

from elastane.config import shared_engines
from elastane.engines.discovery import EngineBinary, EngineName, Places, choose, find_engines


def stored_engine(engine: EngineName, version: str) -> EngineBinary:
    """The newest patch of that version; all of them have TLS. Skips the test when there is none."""
    binary = choose(_stored(), engine, version)
    if binary is None:
        pytest.skip(
            f"{engine} {version} is not in the shared engine store {shared_engines(os.environ)}; "
            f"this fetches it: elastane engines install --shared {engine}-{version}"
        )
    return binary


def engine_environment(*binaries: EngineBinary) -> dict[str, str]:
    """Environment of a control plane that shall have these engines, preferred over all others."""
    return {"ELASTANE_ENGINES": os.pathsep.join(str(binary.path) for binary in binaries)}


@cache
def _stored() -> tuple[EngineBinary, ...]:
    """Of the store alone: neither PATH nor the wheel. Looked for once a run."""
    found = find_engines(Places(shared_directory=shared_engines(os.environ)))
    return tuple(binary for binary in found if binary.source == "shared")
