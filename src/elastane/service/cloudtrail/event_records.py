"""A record of the audit trail in CloudTrail's format, version 1.11.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

What is not recorded is null or absent, never invented: answers (`responseElements`) are not kept, and nobody knows a
caller's internal id but for the root's, which is the account's.
"""

from elastane.model.audit_trail import CallRecord
from elastane.model.ids import AccountId
from elastane.wire import models
from elastane.wire.constraints import member_path
from elastane.wire.models import Service

EVENT_VERSION = "1.11"


def event_record(record: CallRecord, account_id: AccountId) -> dict[str, object]:
    asked, outcome = record.asked, record.outcome
    fields: dict[str, object] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": _user_identity(record, account_id),
        "eventTime": record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event_source(asked.service),
        "eventName": asked.action,
        "awsRegion": record.region,
        "sourceIPAddress": record.origin.address,
        "userAgent": record.origin.user_agent,
    }
    if outcome.code is not None:
        fields |= {"errorCode": outcome.code, "errorMessage": outcome.sentence}
    return fields | {
        "requestParameters": None if not asked.parameters else _lower_first(asked.parameters),
        "responseElements": None,
        "requestID": record.request_id,
        "eventID": record.event_id,
        "readOnly": asked.is_reading,
        "eventType": "AwsApiCall",
        "apiVersion": None if asked.service is None else models.api_version(Service(asked.service)),
        "managementEvent": True,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    }


def event_source(service: str | None) -> str | None:
    return None if service is None else f"{service}.amazonaws.com"


def _user_identity(record: CallRecord, account_id: AccountId) -> dict[str, object]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    caller = record.caller
    identity: dict[str, object] = {
        "type": _identity_type(caller.arn or ""),
        "arn": caller.arn,
        "accountId": account_id,
        "accessKeyId": caller.access_key_id,
    }
    match identity["type"]:
        case "Root":
            identity["principalId"] = account_id
        case "IAMUser":
            identity["userName"] = caller.name
    return identity


def _identity_type(arn: str) -> str:
    kind = arn.rpartition(":")[2].partition("/")[0]
    return {"root": "Root", "user": "IAMUser", "assumed-role": "AssumedRole", "federated-user": "FederatedUser"}.get(
        kind, "Unknown"
    )


def _lower_first(value: object) -> object:
    """Names of members as CloudTrail writes them: ``replicationGroupId``."""
    if isinstance(value, dict):
        return {member_path("", str(name)): _lower_first(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_lower_first(held) for held in value]
    return value
