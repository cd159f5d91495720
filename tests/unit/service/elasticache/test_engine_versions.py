"""Engine versions: only those that a create call would accept."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from elastane.service.context import Context
from tests.kit.calls import call


def with_engines(ctx: Context, *binaries: tuple[str, str]) -> Context:
    return replace(ctx, offered_engines=lambda: binaries)


async def versions(ctx: Context, **parameters: Any) -> list[tuple[str, str]]:
    answer = await call(ctx, "DescribeCacheEngineVersions", **parameters)
    return [(found["Engine"], found["EngineVersion"]) for found in answer["CacheEngineVersions"]]


async def test_a_version_names_its_family_and_its_patch(ctx: Context) -> None:
    answer = await call(with_engines(ctx, ("valkey", "9.1.2")), "DescribeCacheEngineVersions")

    assert answer["CacheEngineVersions"] == [
        {
            "Engine": "valkey",
            "EngineVersion": "9.1",
            "CacheParameterGroupFamily": "valkey9",
            "CacheEngineDescription": "Valkey",
            "CacheEngineVersionDescription": "Valkey version 9.1.2",
        }
    ]


async def test_every_engine_that_is_present_is_listed_oldest_version_first(ctx: Context) -> None:
    assert await versions(ctx) == [("redis", "7.0"), ("valkey", "8.1"), ("valkey", "9.1")]


async def test_what_would_be_installed_is_listed_too_and_is_nobodys_default(ctx: Context) -> None:
    installable = (("valkey", "9.1.3"), ("valkey", "8.1.1"), ("redis", "7.0.15"))
    here = replace(with_engines(ctx, ("valkey", "8.1.4")), installable_engines=lambda: installable)

    answer = await call(here, "DescribeCacheEngineVersions", Engine="valkey")

    assert await versions(here) == [("redis", "7.0"), ("valkey", "8.1"), ("valkey", "9.1")]
    assert [found["CacheEngineVersionDescription"] for found in answer["CacheEngineVersions"]] == [
        "Valkey version 8.1.4",
        "Valkey version 9.1.3",
    ]
    assert await versions(here, DefaultOnly=True) == [("redis", "7.0"), ("valkey", "8.1")]


async def test_nothing_present_is_an_empty_list(ctx: Context) -> None:
    assert await versions(with_engines(ctx)) == []


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Engine": "redis"}, [("redis", "7.0")]),
        ({"Engine": "Valkey"}, [("valkey", "8.1"), ("valkey", "9.1")]),
        ({"Engine": "memcached"}, []),
        ({"Engine": "nobody"}, []),
        ({"EngineVersion": "9.1"}, [("valkey", "9.1")]),
        ({"EngineVersion": "9.1.2"}, [("valkey", "9.1")]),
        ({"EngineVersion": "8"}, [("valkey", "8.1")]),
        ({"EngineVersion": "9.1.20"}, []),
        ({"EngineVersion": "latest"}, []),
        ({"CacheParameterGroupFamily": "valkey8"}, [("valkey", "8.1")]),
        ({"CacheParameterGroupFamily": "redis7", "Engine": "valkey"}, []),
        ({"DefaultOnly": True}, [("redis", "7.0"), ("valkey", "9.1")]),
        ({"DefaultOnly": True, "Engine": "valkey"}, [("valkey", "9.1")]),
        ({"DefaultOnly": True, "Engine": "valkey", "EngineVersion": "8"}, [("valkey", "8.1")]),
        ({"DefaultOnly": False, "Engine": "valkey"}, [("valkey", "8.1"), ("valkey", "9.1")]),
    ],
)
async def test_filters_narrow_what_is_listed(
    ctx: Context, parameters: dict[str, Any], expected: Sequence[tuple[str, str]]
) -> None:
    assert await versions(ctx, **parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["1.6.6", "1.6.12", "1.6.17", "1.6.22", "1.6.38"]),
        ({"EngineVersion": "1.6.22"}, ["1.6.22"]),
        ({"EngineVersion": "1.6.38"}, ["1.6.38"]),
        ({"EngineVersion": "1.6.20"}, []),
        ({"DefaultOnly": True}, ["1.6.38"]),
    ],
)
async def test_a_memcached_is_listed_under_every_version_that_it_serves(
    ctx: Context, parameters: dict[str, Any], expected: list[str]
) -> None:
    here = with_engines(ctx, ("memcached", "1.6.38"))

    answer = await call(here, "DescribeCacheEngineVersions", Engine="memcached", **parameters)

    assert [found["EngineVersion"] for found in answer["CacheEngineVersions"]] == expected
    assert {found["CacheParameterGroupFamily"] for found in answer["CacheEngineVersions"]} <= {"memcached1.6"}
    descriptions = {found["CacheEngineVersionDescription"] for found in answer["CacheEngineVersions"]}
    assert descriptions <= {"memcached version 1.6.38"}


async def test_versions_are_ordered_by_their_numbers(ctx: Context) -> None:
    many = with_engines(ctx, ("redis", "5.0.6"), ("redis", "4.0.10"), ("redis", "7.0.15"), ("redis", "6.2.14"))

    assert [version for _, version in await versions(many)] == ["4.0.10", "5.0.6", "6.2", "7.0"]


async def test_a_marker_goes_on_behind_what_was_seen(ctx: Context) -> None:
    patches = [("redis", version) for version in ("4.0.10", "5.0.0", "5.0.3", "5.0.4", "5.0.5", "5.0.6", "6.0.1")]
    patches += [("redis", version) for version in ("6.2.1", "7.0.1", "7.1.0")]
    patches += [("valkey", version) for version in ("7.2.6", "8.0.1", "8.1.1", "8.2.0", "9.0.0", "9.1.2")]
    patches += [("memcached", f"1.{minor}") for minor in ("4.5", "4.14", "4.24", "5.10", "6.6", "6.12", "6.17", "6.22")]
    full = with_engines(ctx, *patches)

    first = await call(full, "DescribeCacheEngineVersions", MaxRecords=20)
    second = await call(full, "DescribeCacheEngineVersions", MaxRecords=20, Marker=first["Marker"])

    names = [(v["Engine"], v["EngineVersion"]) for page in (first, second) for v in page["CacheEngineVersions"]]
    assert len(names) == len(set(names)) == len(patches)
    assert "Marker" not in second
