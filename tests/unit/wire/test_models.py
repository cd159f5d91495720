"""The facade over botocore's models, against facts that were read in the models by hand."""

import tracemalloc

import pytest

from elastane.wire import models
from elastane.wire.models import ELASTICACHE, STS, Kind, ListOf, Scalar, Service


def test_elasticache_has_its_seventy_seven_actions() -> None:
    names = models.action_names(ELASTICACHE)

    assert len(names) == 77
    assert "CreateReplicationGroup" in names


def test_an_action_nobody_publishes_is_not_found() -> None:
    assert models.find_operation(ELASTICACHE, "ExplodeReplicationGroup") is None


@pytest.mark.parametrize(
    ("service", "version", "namespace"),
    [
        (ELASTICACHE, "2015-02-02", "http://elasticache.amazonaws.com/doc/2015-02-02/"),
        (STS, "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"),
    ],
)
def test_each_service_answers_in_its_pinned_version(service: Service, version: str, namespace: str) -> None:
    assert models.api_version(service) == version
    assert models.xml_namespace(service) == namespace


def test_an_operation_knows_its_shapes_and_faults() -> None:
    operation = models.find_operation(ELASTICACHE, "DescribeReplicationGroups")

    assert operation is not None
    assert operation.result_wrapper == "DescribeReplicationGroupsResult"
    assert operation.input is not None
    assert set(operation.input.members) == {"ReplicationGroupId", "MaxRecords", "Marker"}
    assert "ReplicationGroupNotFoundFault" in operation.fault_names


@pytest.mark.parametrize("noun", ["CacheParameterGroup", "CacheSecurityGroup", "CacheSubnetGroup"])
def test_three_deletions_answer_nothing(noun: str) -> None:
    operation = models.find_operation(ELASTICACHE, f"Delete{noun}")

    assert operation is not None
    assert operation.output is None
    assert operation.result_wrapper is None


def test_a_list_knows_its_members_name_and_limits() -> None:
    tags = models.shape(ELASTICACHE, "TagList")
    cache_cluster_ids = models.shape(ELASTICACHE, "CacheClusterIdList")

    assert isinstance(tags, ListOf)
    assert tags.member.wire_name == "Tag"
    assert isinstance(cache_cluster_ids, ListOf)
    assert cache_cluster_ids.member.wire_name == "member"
    assert cache_cluster_ids.maximum == 20


def test_a_scalar_knows_its_limits() -> None:
    node_group_id = models.shape(ELASTICACHE, "AllowedNodeGroupId")
    zones = models.shape(ELASTICACHE, "AZMode")

    assert node_group_id == Scalar(name="AllowedNodeGroupId", kind=Kind.STRING, minimum=1, maximum=4, pattern=r"\d+")
    assert isinstance(zones, Scalar)
    assert zones.enum == ("single-az", "cross-az")


def test_a_flattened_list_stands_under_its_members_name() -> None:
    operation = models.find_operation(Service("sdb"), "PutAttributes")

    assert operation is not None
    assert operation.input is not None
    attributes = operation.input.members["Attributes"]
    assert attributes.is_flattened
    assert attributes.wire_name == "Attribute"


def test_irregular_codes_and_statuses_are_read_as_declared() -> None:
    declared = models.declared_faults(ELASTICACHE)

    assert len(declared) == 79
    assert declared["CacheClusterNotFoundFault"] == ("CacheClusterNotFound", 404)
    assert declared["ReplicationGroupNotFoundFault"] == ("ReplicationGroupNotFoundFault", 404)
    assert declared["CacheSubnetGroupNotFoundFault"] == ("CacheSubnetGroupNotFoundFault", 400)
    assert declared["CacheSecurityGroupQuotaExceededFault"] == ("QuotaExceeded.CacheSecurityGroup", 400)
    assert declared["InvalidCredentialsException"].status == 408


def test_pagination_names_what_the_sdks_follow() -> None:
    snapshots = models.find_pagination(ELASTICACHE, "DescribeSnapshots")

    assert snapshots == models.Pagination(
        input_token="Marker", output_token="Marker", limit_key="MaxRecords", result_keys=("Snapshots",)
    )
    assert models.find_pagination(ELASTICACHE, "CreateSnapshot") is None
    assert models.find_pagination(STS, "GetCallerIdentity") is None


def test_nineteen_actions_are_paged() -> None:
    paged = [name for name in models.action_names(ELASTICACHE) if models.find_pagination(ELASTICACHE, name)]

    assert len(paged) == 19


@pytest.mark.parametrize("service", [ELASTICACHE, STS, Service("sns"), Service("sdb"), Service("cloudwatch")])
def test_every_shape_of_every_action_can_be_read(service: Service) -> None:
    waiting = [
        shape
        for name in models.action_names(service)
        if (operation := models.find_operation(service, name))
        for shape in (operation.input, operation.output)
        if shape is not None
    ]
    seen: set[str] = set()

    while waiting:
        for reference in waiting.pop().members.values():
            names = [reference.shape_name]
            while names:
                shape = models.shape(service, names.pop())
                if shape.name in seen:
                    continue
                seen.add(shape.name)
                if isinstance(shape, models.Structure):
                    waiting.append(shape)
                elif isinstance(shape, ListOf):
                    names.append(shape.member.shape_name)
                elif isinstance(shape, models.MapOf):
                    names += [shape.key.shape_name, shape.value.shape_name]

    assert seen


def test_names_that_callers_make_up_are_not_kept() -> None:
    tracemalloc.start()
    for number in range(100):
        assert models.find_operation(ELASTICACHE, f"{number}".zfill(100_000)) is None
        assert models.find_pagination(ELASTICACHE, "DescribeEvents") is not None
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept_bytes < 1_000_000
