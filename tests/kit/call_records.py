"""Records of the audit trail with good defaults: say only what matters."""

from datetime import UTC, datetime
from typing import Any

from elastane.model.audit_trail import Asked, Caller, CallRecord, NamedResource, Origin, Outcome
from elastane.model.ids import Arn, Region

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROOT = Caller(arn=Arn("arn:aws:iam::000000000000:root"), access_key_id="AKIAROOT000000000000", is_proven=True)
NOBODY = Caller(access_key_id="AKIASOMEBODY00000000")
LOCAL = Origin(address="127.0.0.1", user_agent="Boto3/1.40")


def record(
    action: str | None = "CreateReplicationGroup",
    *,
    number: int = 1,
    caller: Caller = ROOT,
    at: datetime = NOW,
    region: str | None = "us-east-1",
    service: str | None = "elasticache",
    code: str | None = None,
    groups: tuple[str, ...] = (),
    parameters: dict[str, Any] | None = None,
) -> CallRecord:
    return CallRecord(
        event_id=f"event-{number}",
        request_id=f"request-{number}",
        at=at,
        region=None if region is None else Region(region),
        caller=caller,
        origin=LOCAL,
        asked=Asked(
            service=service,
            action=action,
            is_reading=action is None or action.startswith(("Describe", "Lookup")),
            parameters=parameters,
            resources=tuple(NamedResource(type="AWS::ElastiCache::ReplicationGroup", name=name) for name in groups),
        ),
        outcome=Outcome(
            status=200 if code is None else 400, code=code, sentence=None if code is None else f"{code} it is."
        ),
    )
