"""The table of permissions against the published model and the actions that are answered for."""

import pytest
from botocore.loaders import Loader

from elastane.api import SERVICES
from elastane.catalog import permissions
from elastane.catalog.permissions import ARN_PARAMETER, CACHE
from elastane.model.policies import parse_policy
from elastane.model.policy_keys import find_key
from elastane.wire import models

MODEL = Loader().load_service_model("elasticache", "service-2")
ACTIONS = sorted(permissions.actions())

MADE_WITHOUT_A_NAME = {"CreateGlobalReplicationGroup"}
"""The service gives the resource its name, or a part of it."""


def parameters_of(action: str) -> set[str]:
    return set(MODEL["shapes"][MODEL["operations"][action]["input"]["shape"]]["members"])


def test_every_action_that_aws_publishes_has_a_row_and_nothing_else_has_one() -> None:
    assert set(ACTIONS) == set(MODEL["operations"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_action_that_is_answered_for_has_a_row(service: str) -> None:
    for action in SERVICES[service]:  # type: ignore[index]  # a service is a text here
        permissions.get_permission(service, action)


def test_every_row_of_our_own_service_is_of_its_model_and_names_parameters_that_there_are() -> None:
    assert permissions.own_actions() == set(models.action_names(models.ELASTANE))
    for action in permissions.own_actions():
        row = permissions.get_permission("elastane", action)
        operation = models.find_operation(models.ELASTANE, action)

        assert operation is not None and operation.input is not None
        assert {each.parameter for each in row.on} <= operation.input.members.keys()
        assert {each.kind for each in row.on} <= permissions.kinds() | {CACHE}
        assert {key for each in row.on for key in permissions.keys_of_kind(each.kind)} >= row.keys


def test_an_action_without_a_row_is_a_mistake_of_ours() -> None:
    with pytest.raises(LookupError, match="elasticache:Paint has no row"):
        permissions.get_permission("elasticache", "Paint")
    with pytest.raises(LookupError, match="s3:GetObject has no row"):
        permissions.get_permission("s3", "GetObject")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_row_names_parameters_kinds_and_keys_that_there_are(action: str) -> None:
    row = permissions.get_permission("elasticache", action)

    named = {each.parameter for each in row.resources if each.parameter is not None}
    assert named <= parameters_of(action)
    assert {each.kind for each in row.resources} <= permissions.kinds() | {ARN_PARAMETER}
    assert all(find_key(f"elasticache:{key}") is not None for key in row.keys)
    assert row.also is None or (row.also.given in named and row.also.action in ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_key_of_a_row_is_a_key_of_one_of_its_resources(action: str) -> None:
    row = permissions.get_permission("elasticache", action)

    reachable = {key for each in row.resources for key in permissions.keys_of_kind(each.kind)}
    assert row.keys <= reachable


@pytest.mark.parametrize("action", ACTIONS)
def test_what_takes_tags_and_creates_says_what_it_makes(action: str) -> None:
    row = permissions.get_permission("elasticache", action)
    takes_tags = "Tags" in parameters_of(action) and action != "AddTagsToResource"

    assert (row.makes is not None) == (takes_tags and action not in MADE_WITHOUT_A_NAME)


def test_every_parameter_that_names_a_resource_is_in_its_row() -> None:
    """Of the kinds that can be made here, by the parameters that name them in every action that has them."""
    naming = {
        "CacheClusterId", "CacheClusterIds", "ReplicationGroupId", "ReplicationGroupIds", "CacheSubnetGroupName",
        "CacheParameterGroupName", "SnapshotName", "UserId", "UserGroupId", "UserGroupIds", "ServerlessCacheName",
        "ResourceName",
    }  # fmt: skip
    filters = {("DescribeSnapshots", "CacheClusterId"), ("DescribeSnapshots", "ReplicationGroupId")}

    missing = {
        (action, parameter)
        for action in ACTIONS
        for parameter in naming & parameters_of(action)
        if parameter not in {each.parameter for each in permissions.get_permission("elasticache", action).resources}
    }

    assert missing == filters


def unknown_in(*actions: str) -> str | None:
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [%s], "Resource": "*"}]}'
    return permissions.find_unknown_action(parse_policy(document % ", ".join(f'"{action}"' for action in actions)))


def test_an_action_that_elasticache_does_not_have_is_found() -> None:
    assert unknown_in("elasticache:Describe*", "elasticache:DescribeReplicationGroup") == (
        "elasticache:DescribeReplicationGroup"
    )
    assert unknown_in("elasticache:Paint*") == "elasticache:Paint*"
    assert unknown_in("elastane:Explain*", "elastane:Explains") == "elastane:Explains"


def test_actions_of_others_and_those_that_no_call_asks_for_are_let_be() -> None:
    assert (
        unknown_in("*", "elasticache:*", "ELASTICACHE:describe*", "elasticache:Connect", "elastane:*", "s3:GetObject")
        is None
    )
