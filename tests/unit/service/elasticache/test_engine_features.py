"""The tables of what only some engines' cache clusters have."""

from collections.abc import Callable
from typing import Any

import pytest

from elastane.model import faults
from elastane.service.elasticache.engine_features import (
    OF_MEMCACHED,
    WITHOUT_MEMCACHED,
    refuse_features_of_memcached,
    refuse_features_without_memcached,
)
from elastane.service.parameters import Parameters
from elastane.wire import models

Refuse = Callable[[Parameters], None]

OF_VALKEY: dict[str, Any] = {
    "AZMode": "cross-az",
    "PreferredAvailabilityZones": ["us-east-1a"],
    "NewAvailabilityZones": ["us-east-1a"],
    "CacheNodeIdsToRemove": ["0001"],
    "ScaleConfig": {"ScalePercentage": 20},
}
OF_A_MEMCACHED_CLUSTER: dict[str, Any] = {
    "ReplicationGroupId": "orders",
    "AuthToken": "0123456789abcdef",
    "AuthTokenUpdateStrategy": "ROTATE",
    "LogDeliveryConfigurations": [{"LogType": "slow-log"}],
    "SnapshotArns": ["arn:aws:s3:::snapshots/monday.rdb"],
    "SnapshotName": "monday",
    "SnapshotRetentionLimit": 1,
    "SnapshotWindow": "05:00-06:00",
}
ASKED = [
    *((refuse_features_of_memcached, "only supported for Memcached", name, value) for name, value in OF_VALKEY.items()),
    *(
        (refuse_features_without_memcached, "not supported for Memcached", name, value)
        for name, value in OF_A_MEMCACHED_CLUSTER.items()
    ),
]
TURNED_OFF: tuple[tuple[Refuse, dict[str, Any]], ...] = (
    (refuse_features_of_memcached, {"AZMode": "single-az", "CacheNodeIdsToRemove": []}),
    (refuse_features_without_memcached, {"SnapshotRetentionLimit": 0, "SnapshotArns": [], "AuthToken": ""}),
)


@pytest.mark.parametrize(("refuse", "sentence", "parameter", "value"), ASKED)
def test_what_the_engine_has_not_is_refused_by_its_name(
    refuse: Refuse, sentence: str, parameter: str, value: Any
) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match=f"^{parameter}: .* is {sentence} clusters"):
        refuse(Parameters({parameter: value}))


@pytest.mark.parametrize(("refuse", "parameters"), TURNED_OFF)
def test_what_is_turned_off_is_taken_as_said(refuse: Refuse, parameters: dict[str, Any]) -> None:
    refuse(Parameters(parameters))


def test_every_row_is_tried_and_is_a_parameter_of_the_published_model() -> None:
    published: set[str] = set()
    for action in ("CreateCacheCluster", "ModifyCacheCluster"):
        operation = models.find_operation(models.Service("elasticache"), action)
        assert operation is not None
        assert operation.input is not None
        published |= set(operation.input.members)

    assert {row.parameter for row in OF_MEMCACHED} == set(OF_VALKEY) <= published
    assert {row.parameter for row in WITHOUT_MEMCACHED} == set(OF_A_MEMCACHED_CLUSTER) <= published
