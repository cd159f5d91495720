"""Which engines go by a name, and that the table agrees with the versions that may be asked for."""

import pytest

from elastane.catalog import engine_versions
from elastane.catalog.engine_sources import engine_sources, find_source, parse_engine_name


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("valkey-9.1", ("valkey", "9.1")),
        ("valkey-9.1.2", ("valkey", "9.1.2")),
        ("memcached-1.6", ("memcached", "1.6")),
        ("valkey-9", None),
        ("valkey-9.1.2-1", None),
        ("valkey9.1", None),
        ("valkey-9.1\n", None),
        ("../valkey-9.1", None),
        ("keydb-6.3", None),
        ("", None),
    ],
)
def test_a_name_is_an_engine_and_a_version(text: str, parsed: tuple[str, str] | None) -> None:
    assert parse_engine_name(text) == parsed


def test_each_name_leads_to_its_own_row() -> None:
    for source in engine_sources():
        parsed = parse_engine_name(source.name)
        assert parsed is not None
        assert find_source(*parsed) is source


def test_a_patch_is_brought_by_the_row_of_its_minor_version() -> None:
    assert find_source("valkey", "9.1.2") is find_source("valkey", "9.1")
    assert find_source("valkey", "9.10.2") is None
    assert find_source("redis", "9.1") is None


def test_what_can_be_fetched_and_created_has_a_family() -> None:
    for source in engine_sources():
        if source.engine != "memcached":
            assert engine_versions.family(source.engine, source.version)


def test_no_row_has_a_mirror_and_each_names_a_suite() -> None:
    for source in engine_sources():
        assert source.suites and all(suites for suites in source.suites)
        assert not any("/" in suite or ":" in suite for suites in source.suites for suite in suites)
