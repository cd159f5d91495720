"""The table of what this version does not build."""

from typing import Any

import pytest

from elastane.model.faults import Fault
from elastane.service.elasticache.refused_features import REFUSED_FEATURES, refuse_features
from elastane.service.parameters import Parameters
from elastane.wire import models

ACTIONS = (
    "CreateReplicationGroup",
    "ModifyReplicationGroup",
    "DeleteReplicationGroup",
    "CreateCacheCluster",
    "ModifyCacheCluster",
    "DeleteCacheCluster",
    "IncreaseReplicaCount",
    "DecreaseReplicaCount",
)

ASKED: dict[str, Any] = {
    "AtRestEncryptionEnabled": True,
    "KmsKeyId": "key",
    "SnapshotName": "monday",
    "SnapshotArns": ["arn:aws:s3:::snapshots/monday.rdb"],
    "ServerlessCacheSnapshotName": "monday",
    "FinalSnapshotIdentifier": "last",
    "NetworkType": "dual_stack",
    "IpDiscovery": "ipv6",
    "CacheSecurityGroupNames": ["classic"],
    "OutpostMode": "single-outpost",
    "PreferredOutpostArn": "arn",
    "PreferredOutpostArns": ["arn"],
    "NodeGroupConfiguration": [{"PrimaryOutpostArn": "arn"}],
    "ReplicaConfiguration": [{"PreferredOutpostArns": ["arn"]}],
    "GlobalReplicationGroupId": "world",
    "DataTieringEnabled": True,
    "Durability": "sync",
}

TURNED_OFF: dict[str, Any] = {
    "AtRestEncryptionEnabled": False,
    "NetworkType": "ipv4",
    "IpDiscovery": "ipv4",
    "DataTieringEnabled": False,
    "Durability": "disabled",
    "NodeGroupConfiguration": [{"ReplicaCount": 1}],
    "SnapshotArns": [],
}


@pytest.mark.parametrize(("parameter", "value"), list(ASKED.items()))
def test_what_is_not_built_is_refused_by_its_name(parameter: str, value: Any) -> None:
    with pytest.raises(Fault, match=f"^{parameter}: .* is not offered by this version of Elastane"):
        refuse_features(Parameters({parameter: value}))


@pytest.mark.parametrize(("parameter", "value"), list(TURNED_OFF.items()))
def test_what_is_turned_off_is_taken_as_said(parameter: str, value: Any) -> None:
    refuse_features(Parameters({parameter: value}))


def test_every_row_is_tried_and_is_a_parameter_of_the_published_model() -> None:
    published: set[str] = set()
    for action in ACTIONS:
        operation = models.find_operation(models.Service("elasticache"), action)
        assert operation is not None
        assert operation.input is not None
        published |= set(operation.input.members)

    parameters = {row.parameter for row in REFUSED_FEATURES}

    assert parameters == set(ASKED)
    assert parameters <= published
