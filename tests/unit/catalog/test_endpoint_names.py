"""Endpoint names: ElastiCache's forms under our suffix."""

import re

import pytest

from elastane.catalog import endpoint_names
from elastane.catalog.endpoint_names import Naming
from elastane.model.ids import AccountId, NodeId, Region, ReplicationGroupId, cache_node_id

NAMING = Naming(account_id=AccountId("000000000000"), region=Region("us-east-1"))
GROUP = ReplicationGroupId("orders")
NODE = NodeId("orders-001")
HASH = endpoint_names.account_hash(NAMING)


def test_names_without_tls_have_aws_form() -> None:
    assert endpoint_names.primary_name(NAMING, GROUP) == f"orders.{HASH}.ng.0001.use1.cache.elastane.test"
    assert endpoint_names.reader_name(NAMING, GROUP) == f"orders-ro.{HASH}.ng.0001.use1.cache.elastane.test"
    assert endpoint_names.configuration_name(NAMING, GROUP) == f"orders.{HASH}.clustercfg.use1.cache.elastane.test"
    assert endpoint_names.node_name(NAMING, NODE) == f"orders-001.{HASH}.0001.use1.cache.elastane.test"


def test_names_with_tls_have_aws_form() -> None:
    tail = f"orders.{HASH}.use1.cache.elastane.test"

    assert endpoint_names.primary_name(NAMING, GROUP, has_tls=True).split(".", 1)[1] == tail
    assert endpoint_names.reader_name(NAMING, GROUP, has_tls=True) == f"replica.{tail}"
    assert endpoint_names.configuration_name(NAMING, GROUP, has_tls=True) == f"clustercfg.{tail}"
    assert endpoint_names.node_name(NAMING, NODE, group=GROUP, has_tls=True) == f"orders-001.{tail}"


def test_a_node_of_no_group_has_the_plain_form_even_with_tls() -> None:
    assert endpoint_names.node_name(NAMING, NODE, has_tls=True) == endpoint_names.node_name(NAMING, NODE)


def test_names_of_a_memcached_cluster_have_aws_form() -> None:
    cluster = ReplicationGroupId("sessions")

    assert endpoint_names.memcached_configuration_name(NAMING, cluster) == (
        f"sessions.{HASH}.cfg.use1.cache.elastane.test"
    )
    assert endpoint_names.cache_node_name(NAMING, cluster, cache_node_id(12)) == (
        f"sessions.{HASH}.0012.use1.cache.elastane.test"
    )


def test_discovery_clients_take_the_name_for_that_of_a_configuration_endpoint() -> None:
    """Amazon's look for ``.cfg.``; pymemcache's (`AWSElastiCacheHashClient`) matches this."""
    name = endpoint_names.memcached_configuration_name(NAMING, ReplicationGroupId("my-sessions"))

    assert ".cfg." in name
    assert re.fullmatch(r"(?:[\w\d-]{0,61}[\w\d]\.)+[\w]{1,6}\:\d{1,5}", f"{name}:11211")


def test_the_suffix_is_the_operators_choice() -> None:
    naming = Naming(account_id=NAMING.account_id, region=NAMING.region, suffix="cache.example.lan")

    assert endpoint_names.primary_name(naming, GROUP).endswith(".use1.cache.example.lan")


def test_the_default_suffix_passes_the_check_of_memcached_discovery_clients() -> None:
    assert re.fullmatch(r"\w{1,6}", endpoint_names.DEFAULT_SUFFIX.rsplit(".", 1)[1])


@pytest.mark.parametrize(
    ("region", "short"),
    [
        ("us-east-1", "use1"),
        ("us-west-2", "usw2"),
        ("eu-west-1", "euw1"),
        ("eu-central-1", "euc1"),
        ("ap-south-1", "aps1"),
        ("ap-southeast-1", "apse1"),
        ("ap-northeast-3", "apne3"),
        ("us-gov-west-1", "usgw1"),
    ],
)
def test_a_region_is_shortened_as_aws_does(region: str, short: str) -> None:
    assert endpoint_names.short_region(Region(region)) == short


def test_the_hash_is_six_base_36_characters_for_each_account_and_region() -> None:
    other_account = Naming(account_id=AccountId("111111111111"), region=NAMING.region)
    other_region = Naming(account_id=NAMING.account_id, region=Region("eu-west-1"))

    hashes = {endpoint_names.account_hash(naming) for naming in (NAMING, other_account, other_region)}

    assert len(hashes) == 3
    assert all(re.fullmatch(r"[0-9a-z]{6}", each) for each in hashes)
