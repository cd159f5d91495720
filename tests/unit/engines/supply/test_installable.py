"""What the mirror was seen to have: kept as a file, read by whoever answers callers."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from elastane.catalog.engine_sources import PackagedEngine
from elastane.engines.supply import FetchFailed, NotOffered
from elastane.engines.supply.background import is_due
from elastane.engines.supply.installable import Seen, load_seen, refresh, save_seen, with_engine
from elastane.engines.supply.packages import InstallableEngine
from tests.kit.groups import CREATED_AT
from tests.kit.own_packages import SOURCE, no_mirror, packages_of_own, wheel_version


def seen_engine(engine: PackagedEngine, version: str, revision: str = "1") -> InstallableEngine:
    return InstallableEngine(
        engine=engine, version=version, package_version=f"{version}-{revision}", suite="forky", found_at=CREATED_AT
    )


def test_what_was_seen_is_read_back(tmp_path: Path) -> None:
    seen = Seen(engines=(seen_engine("valkey", "9.1.2"),), missing={"valkey-8.0": "No."}, refreshed_at=CREATED_AT)

    save_seen(tmp_path / "new", seen)

    assert load_seen(tmp_path / "new") == seen
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["installable.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"engines": 3}', b"\xff"])
def test_a_file_that_is_none_of_ours_is_as_if_nothing_was_seen(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "installable.json").write_bytes(content)

    assert load_seen(tmp_path) == Seen()


async def test_a_refresh_keeps_what_there_is_and_why_something_is_missing(tmp_path: Path) -> None:
    seen = await refresh((SOURCE,), tmp_path, packages_of_own(), lambda: CREATED_AT, lambda progress: None)
    missing = await refresh(
        (SOURCE,), tmp_path, no_mirror(NotOffered("No suite.")), lambda: CREATED_AT, lambda progress: None
    )

    assert [(one.engine, one.version, one.suite) for one in seen.engines] == [("valkey", wheel_version(), "forky")]
    assert missing.missing == {"valkey-9.1": "No suite."}
    assert load_seen(tmp_path) == missing


async def test_a_refresh_that_fails_keeps_what_was_seen_before(tmp_path: Path) -> None:
    before = await refresh((SOURCE,), tmp_path, packages_of_own(), lambda: CREATED_AT, lambda progress: None)

    with pytest.raises(FetchFailed):
        await refresh(
            (SOURCE,), tmp_path, no_mirror(FetchFailed("no network")), lambda: CREATED_AT, lambda progress: None
        )

    assert load_seen(tmp_path) == before


def test_one_more_answer_replaces_the_older_one_of_its_version() -> None:
    seen = Seen(engines=(seen_engine("valkey", "9.1.1"), seen_engine("valkey", "8.1.1")))

    later = with_engine(seen, seen_engine("valkey", "9.1.2"))

    assert [one.version for one in later.engines] == ["8.1.1", "9.1.2"]


def test_the_mirror_is_asked_once_a_day_and_when_a_version_was_never_asked_for() -> None:
    seen = Seen(engines=(seen_engine("valkey", "9.1.2"),), refreshed_at=CREATED_AT)
    other = replace(SOURCE, version="8.1")

    assert is_due(Seen(), CREATED_AT, (SOURCE,))
    assert not is_due(seen, CREATED_AT + timedelta(hours=23), (SOURCE,))
    assert is_due(seen, CREATED_AT + timedelta(hours=24), (SOURCE,))
    assert is_due(seen, CREATED_AT - timedelta(hours=1), (SOURCE,)), "the clock was put back"
    assert is_due(seen, CREATED_AT, (SOURCE, other))
    assert not is_due(replace(seen, missing={"valkey-8.1": "No."}), CREATED_AT, (SOURCE, other))
