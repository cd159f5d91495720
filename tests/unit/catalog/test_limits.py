"""Limits: AWS's numbers, which can only be raised."""

import msgspec
import pytest

from elastane.catalog import limits
from elastane.model import ids


def test_the_limits_are_those_of_aws() -> None:
    found = limits.aws_limits()

    assert (found.nodes_per_region, found.nodes_per_shard, found.replicas_per_shard) == (300, 6, 5)
    assert (found.records_per_page_min, found.records_per_page_max, found.snapshots_per_page_max) == (20, 100, 50)


def test_a_shard_holds_a_primary_and_its_replicas() -> None:
    found = limits.aws_limits()

    assert found.nodes_per_shard == found.replicas_per_shard + 1


def test_the_lengths_of_ids_agree_with_the_model() -> None:
    found = limits.aws_limits()

    assert found.replication_group_id_length == ids.REPLICATION_GROUP_ID_LENGTH_MAX
    assert found.cache_cluster_id_length == ids.CACHE_CLUSTER_ID_LENGTH_MAX


def test_a_quota_can_be_raised_and_the_others_stay() -> None:
    found = limits.aws_limits()

    raised = found.with_overrides({"nodes_per_region": 5000})

    assert raised == msgspec.structs.replace(found, nodes_per_region=5000)
    assert found.nodes_per_region == 300


def test_a_quota_may_be_said_again_as_it_is() -> None:
    found = limits.aws_limits()

    assert found.with_overrides({"nodes_per_region": 300}) == found


def test_a_quota_cannot_be_lowered() -> None:
    with pytest.raises(ValueError, match=r"nodes_per_region can only be raised: 299 is below 300\."):
        limits.aws_limits().with_overrides({"nodes_per_region": 299})


def test_a_quota_cannot_be_lowered_again_after_it_was_raised() -> None:
    raised = limits.aws_limits().with_overrides({"users": 3000})

    with pytest.raises(ValueError, match="users can only be raised: 2500 is below 3000"):
        raised.with_overrides({"users": 2500})


def test_the_form_of_the_api_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="tag_key_length is fixed"):
        limits.aws_limits().with_overrides({"tag_key_length": 4096})


def test_an_unknown_limit_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"nodes_per_planet does not exist; .*nodes_per_region"):
        limits.aws_limits().with_overrides({"nodes_per_planet": 1})
