"""CloudTrail's record format."""

import pytest

from elastane.model.audit_trail import Caller
from elastane.model.ids import AccountId, Arn
from elastane.service.cloudtrail.event_records import event_record
from tests.kit.call_records import record

ACCOUNT_ID = AccountId("000000000000")


def test_a_success_is_written_as_cloudtrail_writes_it() -> None:
    made = record(parameters={"ReplicationGroupId": "orders", "Tags": [{"Key": "team", "Value": "Shop"}]})

    assert event_record(made, ACCOUNT_ID) == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "Root",
            "principalId": "000000000000",
            "arn": "arn:aws:iam::000000000000:root",
            "accountId": "000000000000",
            "accessKeyId": "AKIAROOT000000000000",
        },
        "eventTime": "2026-11-23T12:00:00Z",
        "eventSource": "elasticache.amazonaws.com",
        "eventName": "CreateReplicationGroup",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "Boto3/1.40",
        "requestParameters": {"replicationGroupId": "orders", "tags": [{"key": "team", "value": "Shop"}]},
        "responseElements": None,
        "requestID": "request-1",
        "eventID": "event-1",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "apiVersion": "2015-02-02",
        "managementEvent": True,
        "recipientAccountId": "000000000000",
        "eventCategory": "Management",
    }


def test_a_refusal_has_its_code_and_its_sentence() -> None:
    made = event_record(record(code="InvalidParameterValue"), ACCOUNT_ID)

    assert (made["errorCode"], made["errorMessage"]) == ("InvalidParameterValue", "InvalidParameterValue it is.")
    assert made["requestParameters"] is None


@pytest.mark.parametrize(
    ("arn", "kind", "name"),
    [
        ("arn:aws:iam::000000000000:root", "Root", "root"),
        ("arn:aws:iam::000000000000:user/ada", "IAMUser", "ada"),
        ("arn:aws:iam::000000000000:user/team/ada", "IAMUser", "ada"),
        ("arn:aws:sts::000000000000:assumed-role/deploy/pipeline-7", "AssumedRole", "pipeline-7"),
        ("arn:aws:sts::000000000000:federated-user/ada", "FederatedUser", "ada"),
        ("arn:aws:iam::000000000000:something/else", "Unknown", "else"),
    ],
)
def test_a_caller_is_named_after_its_arn(arn: str, kind: str, name: str) -> None:
    caller = Caller(arn=Arn(arn), access_key_id="AKIA", is_proven=True)

    identity = event_record(record(caller=caller), ACCOUNT_ID)["userIdentity"]

    assert isinstance(identity, dict)
    assert (identity["type"], caller.name) == (kind, name)
    assert identity.get("userName") == (name if kind == "IAMUser" else None)
