"""Which engine is asked for, and what one that runs is beside it."""

import pytest
from msgspec.structs import replace

from elastane.model.engine_names import EngineName
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.software import current_software, has_patch, is_behind, is_here, is_newer, is_outdated, runs
from tests.kit import groups
from tests.kit.memcached_clusters import memcached_cluster

SOFTWARE = replace(groups.group().software, version="9.1", patch="9.1.2")
VALKEY, REDIS = EngineName.VALKEY, EngineName.REDIS


@pytest.mark.parametrize(
    ("engine", "version", "expected"),
    [
        ("valkey", "9.1.2", True),
        ("valkey", "9.1.0", True),
        ("valkey", "9.10.1", False),
        ("valkey", "8.1.2", False),
        ("redis", "9.1.2", False),
    ],
)
def test_a_version_is_its_engine_and_two_numbers(engine: str, version: str, expected: bool) -> None:
    assert runs(SOFTWARE, engine, version) is expected
    assert is_here(SOFTWARE, [(engine, version)]) is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.6.38", True), ("1.6.22", True), ("1.6.21", False), ("1.5.30", False), ("1.7.0", False)],
)
def test_a_version_of_memcached_is_a_floor(version: str, expected: bool) -> None:
    software = memcached_cluster().software

    assert runs(software, "memcached", version) is expected
    assert is_here(software, [("memcached", version)]) is expected
    assert not runs(software, "valkey", version)


@pytest.mark.parametrize(
    ("version", "engines", "expected"),
    [
        pytest.param("1.6.38", [("memcached", "1.6.38")], False, id="what was asked for"),
        pytest.param(
            "1.6.30", [("memcached", "1.6.38")], True, id="an older one that would do, and a newer one is here"
        ),
        pytest.param("1.6.30", [("memcached", "1.6.30")], False, id="an older one that would do"),
        pytest.param("1.6.18", [("memcached", "1.6.18")], True, id="an older one than was asked for"),
        pytest.param("1.6.40", [("memcached", "1.6.38")], False, id="a newer one"),
    ],
)
def test_what_runs_of_memcached_is_outdated(version: str, engines: list[tuple[str, str]], expected: bool) -> None:
    assert is_outdated(EngineName.MEMCACHED, version, memcached_cluster().software, engines) is expected


@pytest.mark.parametrize(
    ("engine", "version", "engines", "expected"),
    [
        pytest.param(VALKEY, "9.1.2", [("valkey", "9.1.3")], False, id="what was asked for"),
        pytest.param(VALKEY, "9.1.3", [("valkey", "9.1.2")], False, id="a newer patch is never replaced by an older"),
        pytest.param(VALKEY, "9.1.1", [("valkey", "9.1.1")], False, id="an older patch, and none that is newer"),
        pytest.param(VALKEY, "9.1.1", [("valkey", "9.1.2")], True, id="an older patch"),
        pytest.param(VALKEY, "9.1.1", [("valkey", "9.1.10")], True, id="a patch is a number"),
        pytest.param(VALKEY, "9.1.1", [("redis", "9.1.2")], False, id="another engine's patch"),
        pytest.param(VALKEY, "8.1.9", [], True, id="another version, whatever is here"),
        pytest.param(REDIS, "9.1.2", [], True, id="another engine"),
    ],
)
def test_what_runs_is_outdated(
    engine: EngineName, version: str, engines: list[tuple[str, str]], expected: bool
) -> None:
    assert is_outdated(engine, version, SOFTWARE, engines) is expected


def test_without_a_patch_every_one_of_the_version_will_do() -> None:
    software = replace(SOFTWARE, patch="")

    assert not is_outdated(VALKEY, "9.1.0", software, [("valkey", "9.1.2")])
    assert not is_behind("9.1.0", software)
    assert has_patch(software, [("valkey", "9.1.0")])
    assert not has_patch(SOFTWARE, [("valkey", "9.1.0")])


@pytest.mark.parametrize(
    ("engine", "version", "expected"),
    [(VALKEY, "9.1.2", False), (VALKEY, "9.1.3", True), (VALKEY, "9.2.0", True), (REDIS, "7.0.15", False)],
)
def test_who_may_have_written_what_an_engine_cannot_read(engine: EngineName, version: str, expected: bool) -> None:
    assert is_newer(engine, version, SOFTWARE) is expected
    assert is_newer(VALKEY, "7.2.0", replace(SOFTWARE, engine=REDIS, version="7.0", patch="7.0.15"))
    assert not is_newer(VALKEY, "9.1.9", replace(SOFTWARE, patch=""))


def test_customers_are_shown_what_runs_until_the_change_is_true() -> None:
    group = groups.group(generation=2)
    former = replace(group.software, version="8.1")
    changing = ObservedReplicationGroup(converged_generation=1, software=former)

    assert current_software(group, changing) == former
    assert current_software(group, replace(changing, converged_generation=2)) == group.software
    assert current_software(group, replace(changing, software=None)) == group.software
