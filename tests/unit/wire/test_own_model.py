"""The published model of our own service: botocore reads it as it reads AWS's, and it says what everything means."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.validate import ParamValidator

from elastane.model import elastane_faults
from elastane.service.elastane import ACTIONS
from elastane.wire import models
from elastane.wire.models import ELASTANE, OWN_MODELS
from tests.unit.wire import published

DESCRIPTION: dict[str, Any] = Loader(
    extra_search_paths=[str(OWN_MODELS)], include_default_search_paths=False
).load_service_model("elastane", "service-2")
SHAPES = DESCRIPTION["shapes"]
STRUCTURES = [name for name, shape in SHAPES.items() if shape["type"] == "structure"]


def test_only_services_of_our_own_are_beside_aws_s() -> None:
    assert [folder.name for folder in OWN_MODELS.iterdir()] == ["elastane"]


def test_the_model_has_the_actions_that_are_answered_in_the_pinned_version() -> None:
    assert set(models.action_names(ELASTANE)) == set(ACTIONS)
    assert models.api_version(ELASTANE) == "2026-11-30"
    assert models.protocol_names(ELASTANE) == ("json",)
    assert models.target_prefix(ELASTANE) == "Elastane_20261130"
    assert models.SIGNING_NAMES["elastane"] == ELASTANE


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_structure_and_member_says_what_it_means(name: str) -> None:
    shape = SHAPES[name]

    assert shape["documentation"].startswith("<p>")
    if not shape.get("exception"):
        assert all(member["documentation"].endswith("</p>") for member in shape["members"].values())
    assert set(shape.get("required", ())) <= shape["members"].keys()


def test_every_shape_is_used_and_there_is_one_for_every_name() -> None:
    named = {
        operation[side]["shape"] for operation in DESCRIPTION["operations"].values() for side in ("input", "output")
    }
    named |= {error["shape"] for operation in DESCRIPTION["operations"].values() for error in operation["errors"]}
    for shape in SHAPES.values():
        named |= {member["shape"] for member in shape.get("members", {}).values()}
        named |= {shape["member"]["shape"]} if "member" in shape else set()

    assert named == SHAPES.keys()


def test_faults_have_the_codes_and_statuses_that_elasticache_has_for_them() -> None:
    own, aws = models.declared_faults(ELASTANE), models.declared_faults(models.ELASTICACHE)

    assert own.keys() - aws.keys() == {"ResourceNotFoundFault"}
    assert {name: own[name] for name in own.keys() & aws.keys()} == {
        name: aws[name] for name in own.keys() & aws.keys()
    }


def test_the_fault_of_our_own_is_as_the_model_declares_it() -> None:
    fault = elastane_faults.ResourceNotFound

    assert models.declared_faults(ELASTANE)["ResourceNotFoundFault"] == (fault.code, fault.status)


def test_a_preview_takes_what_the_change_takes_but_for_when() -> None:
    own, aws = (
        published.service_model(service).operation_model(action).input_shape
        for service, action in (
            (ELASTANE, "PreviewShardConfiguration"),
            (models.ELASTICACHE, "ModifyReplicationGroupShardConfiguration"),
        )
    )
    given = {
        "ReplicationGroupId": "orders",
        "NodeGroupCount": 3,
        "ReshardingConfiguration": [{"NodeGroupId": "0003", "PreferredAvailabilityZones": ["us-east-1a"]}],
        "NodeGroupsToRemove": ["0001"],
        "NodeGroupsToRetain": ["0002"],
    }

    assert set(own.members) == set(aws.members) - {"ApplyImmediately"}
    assert not ParamValidator().validate(given, own).has_errors()
    assert not ParamValidator().validate(given | {"ApplyImmediately": True}, aws).has_errors()
