"""DescribeCacheEngineVersions: what really runs here, and what a create call would accept."""

from typing import Any

import pytest

from tests.conformance.caches import ENGINES, Caches, own_endpoint, refused


def offered(client: Any, **filters: Any) -> list[Any]:
    versions: list[Any] = client.describe_cache_engine_versions(**filters)["CacheEngineVersions"]
    return versions


def test_an_offer_says_all_that_aws_s_does(client: Any) -> None:
    for offer in offered(client):
        assert offer["Engine"] in ("valkey", "redis", "memcached")
        assert offer["CacheParameterGroupFamily"].startswith(offer["Engine"])
        assert offer["EngineVersion"]
        assert offer["CacheEngineDescription"]
        assert offer["CacheEngineVersionDescription"]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_offered_is_what_then_runs(caches: Caches, engine: str) -> None:
    (offer,) = offered(caches.client, Engine=engine, DefaultOnly=True)

    cluster = caches.cluster(caches.make_cluster(Engine=engine, EngineVersion=offer["EngineVersion"]))

    assert cluster["EngineVersion"].startswith(f"{offer['EngineVersion']}.")
    family = cluster["CacheParameterGroup"]["CacheParameterGroupName"].removeprefix("default.")
    assert family == offer["CacheParameterGroupFamily"]
    assert own_endpoint(cluster)["Port"] == 6379


def test_offers_are_filtered(client: Any) -> None:
    (valkey,) = offered(client, Engine="valkey")

    assert offered(client, EngineVersion=valkey["EngineVersion"], Engine="valkey") == [valkey]
    assert offered(client, CacheParameterGroupFamily=valkey["CacheParameterGroupFamily"]) == [valkey]
    assert offered(client, Engine="mysql") == []
    assert offered(client, Engine="valkey", EngineVersion="1.0") == []


def test_offers_come_in_pages(client: Any) -> None:
    pages = client.get_paginator("describe_cache_engine_versions").paginate(PaginationConfig={"PageSize": 20})

    assert [offer for page in pages for offer in page["CacheEngineVersions"]] == offered(client)
    with refused("InvalidParameterValue", words="MaxRecords"):
        offered(client, MaxRecords=19)
    with refused("InvalidParameterValue", words="Marker"):
        offered(client, Marker="mine")
