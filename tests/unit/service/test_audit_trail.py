"""What becomes of a call in the audit trail, as far as it came."""

from datetime import UTC, datetime

import msgspec
import pytest

from elastane.model.audit_trail import Caller, CallRecord, Chain
from elastane.model.ids import Arn, Region
from elastane.service import audit_trail
from elastane.service.audit_trail import KnownCall, is_reading, named_resources
from elastane.wire import models
from elastane.wire.masking import HIDDEN
from elastane.wire.models import ELASTICACHE

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECRET = "correct-horse-battery-staple"


def call(action: str | None = None, **parameters: object) -> KnownCall:
    known = KnownCall(request_id="r", origin=audit_trail.origin("127.0.0.1", "Boto3"))
    known.claims("AKIACLAIMED000000000")
    if action is not None:
        root = Arn("arn:aws:iam::000000000000:root")
        known.is_proven(arn=root, access_key_id="AKIAPROVEN0000000000", region=Region("us-east-1"), service=ELASTICACHE)
        known.action = action
        known.asks_with(parameters)
    return known


def recorded(known: KnownCall, sentence: str | None = None) -> CallRecord:
    code = None if sentence is None else "InvalidParameterValue"
    return known.record(event_id="e", at=NOW, status=200 if code is None else 400, code=code, sentence=sentence)


def test_of_a_call_that_nobody_has_proven_there_is_the_claim_and_nothing_of_its_content() -> None:
    made = recorded(call(), "a sentence that may quote anything")

    assert made.caller == Caller(arn=None, access_key_id="AKIACLAIMED000000000", is_proven=False)
    assert (made.asked.action, made.asked.parameters, made.chain) == (None, None, Chain.QUESTIONS)
    assert (made.outcome.code, made.outcome.sentence) == ("InvalidParameterValue", None)


@pytest.mark.parametrize(
    ("action", "chain"),
    [
        ("DescribeEvents", Chain.QUESTIONS),
        ("ListTagsForResource", Chain.QUESTIONS),
        ("CreateReplicationGroup", Chain.CHANGES),
        ("TestFailover", Chain.CHANGES),
        ("PutMetricData", Chain.QUESTIONS),
    ],
)
def test_what_changes_something_is_kept_apart_from_what_reads(action: str, chain: Chain) -> None:
    assert recorded(call(action)).chain is chain


def test_an_action_only_reads_when_its_name_says_so() -> None:
    assert all(map(is_reading, ("DescribeEvents", "GetCallerIdentity", "ListTagsForResource", "LookupEvents")))
    assert is_reading("FilterLogEvents")
    assert not any(map(is_reading, ("PutMetricData", "Publish", "ConfirmSubscription", "PutLogEvents", "TagResource")))
    changing = [action for action in models.action_names(ELASTICACHE) if not is_reading(action)]
    assert {action.partition("C")[0] for action in changing} & {"Describe", "List"} == set()


def test_of_a_call_that_only_brings_data_the_content_is_not_kept() -> None:
    known = call("Publish", Message=SECRET)

    made = recorded(known, f"{SECRET} is too long")

    assert (made.asked.action, made.asked.is_data, made.asked.is_reading) == ("Publish", True, False)
    assert SECRET.encode() not in msgspec.json.encode(made)


def test_a_secret_is_neither_among_the_parameters_nor_in_the_sentence() -> None:
    made = recorded(
        call("CreateReplicationGroup", ReplicationGroupId="orders", AuthToken=SECRET), f"The token '{SECRET}' is weak."
    )

    assert made.asked.parameters == {"ReplicationGroupId": "orders", "AuthToken": HIDDEN}
    assert made.outcome.sentence == f"The token '{HIDDEN}' is weak."
    assert SECRET.encode() not in msgspec.json.encode(made)


def test_a_record_is_bounded_whatever_was_sent() -> None:
    known = call(
        "RemoveTagsFromResource",
        ResourceName="arn:aws:elasticache:us-east-1:000000000000:cluster:" + "n" * 5_000,
        TagKeys=["k" * 2_000] * 1_000,
    )
    known.origin = audit_trail.origin("127.0.0.1", "a" * 10_000)

    made = recorded(known, "s" * 100_000)

    assert len(msgspec.json.encode(made)) < 4_000
    assert made.asked.parameters == {"omitted": True, "originalSize": 1_031_058}


def test_a_long_text_is_shortened_and_what_json_cannot_hold_is_written_as_text() -> None:
    made = recorded(call("ModifyReplicationGroup", ReplicationGroupDescription="d" * 2_000, SnapshottingClusterId=NOW))

    assert made.asked.parameters == {
        "ReplicationGroupDescription": "d" * 1_024 + "…",
        "SnapshottingClusterId": "2026-11-23T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("parameters", "resources"),
    [
        ({"ReplicationGroupId": "orders"}, [("ReplicationGroup", "orders")]),
        (
            {"ReplicationGroupId": "orders", "CacheSubnetGroupName": "net", "PrimaryClusterId": "orders-001"},
            [("ReplicationGroup", "orders"), ("SubnetGroup", "net"), ("CacheCluster", "orders-001")],
        ),
        ({"CacheClusterIds": ["a", "b", "a"]}, [("CacheCluster", "a"), ("CacheCluster", "b")]),
        (
            {"ResourceName": "arn:aws:elasticache:us-east-1:000000000000:replicationgroup:orders"},
            [("ReplicationGroup", "orders")],
        ),
        ({"ResourceName": "arn:aws:elasticache:us-east-1:000000000000:teapot:orders"}, []),
        ({"ResourceName": "arn:aws:s3:::bucket"}, []),
        ({"ResourceName": "nonsense"}, []),
        ({"MaxRecords": 20}, []),
    ],
)
def test_the_resources_that_a_call_names_are_told(
    parameters: dict[str, object], resources: list[tuple[str, str]]
) -> None:
    found = named_resources(ELASTICACHE, parameters)

    assert [(each.type.removeprefix("AWS::ElastiCache::"), each.name) for each in found] == resources


def test_another_service_s_parameters_name_nothing_of_elasticache_s() -> None:
    assert named_resources(models.STS, {"UserId": "ada", "ReplicationGroupId": "orders"}) == ()


def test_every_parameter_that_names_a_resource_is_one_of_elasticache_s() -> None:
    known = {
        member
        for action in models.action_names(ELASTICACHE)
        if (operation := models.find_operation(ELASTICACHE, action)) is not None and operation.input is not None
        for member in operation.input.members
    }

    assert set(audit_trail.RESOURCE_TYPES) - known == set()
