"""What is known of a call while it is answered, and the record that is made of it in the end.

`api` fills a `KnownCall` on a request's way, so that what a refused request did not come to is simply not known: of a
request that nobody has proven there are an address, a user agent and a claim.
"""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from elastane.model.audit_trail import Asked, Caller, CallRecord, NamedResource, Origin, Outcome
from elastane.model.ids import Arn, Region
from elastane.wire import masking
from elastane.wire.models import ELASTANE, ELASTICACHE, Service

USER_AGENT_LENGTH_MAX = 256
SENTENCE_LENGTH_MAX = 1024
"""CloudTrail's own limit of an errorMessage is as large."""
TEXT_LENGTH_MAX = 1024
"""Of one value among the parameters."""
PARAMETERS_BYTES_MAX = 100_000
"""Of all of them; CloudTrail leaves larger ones out, too."""

READING_PREFIXES = ("Describe", "Explain", "Filter", "Get", "List", "Lookup", "Preview")


DATA_ACTIONS = frozenset({"PutLogEvents", "PutMetricData", "Publish", "PublishBatch"})
"""CloudTrail's data events. Whoever sends some every second must not wash out who changed something, nor wait for the
disk each time: they are told among the questions, and what they brought is not repeated."""


def is_reading(action: str) -> bool:
    """An action whose name does not say that it only reads is taken for one that changes something."""
    return action.startswith(READING_PREFIXES)


@dataclass(slots=True, kw_only=True)
class KnownCall:
    """Grows while a request is read. Nothing but the audit trail's record is made of it."""

    request_id: str
    origin: Origin
    caller: Caller = field(default_factory=Caller)
    region: Region | None = None
    service: Service | None = None
    action: str | None = None
    parameters: dict[str, object] | None = None
    resources: tuple[NamedResource, ...] = ()
    secrets: frozenset[str] = frozenset()

    def claims(self, access_key_id: str | None) -> None:
        self.caller = Caller(access_key_id=access_key_id)

    def is_proven(self, *, arn: Arn, access_key_id: str, region: Region, service: Service) -> None:
        self.caller = Caller(arn=arn, access_key_id=access_key_id, is_proven=True)
        self.region, self.service = region, service

    def asks_with(self, parameters: dict[str, object]) -> None:
        """Only from here on are there parameters: after they were read as the published model has them."""
        assert self.service is not None and self.action is not None, "an action's parameters come after the action"
        if self.action in DATA_ACTIONS:
            return
        masked = masking.mask(self.service, self.action, parameters)
        self.parameters, self.secrets = masked
        self.resources = named_resources(self.service, masked.parameters)

    def record(self, *, event_id: str, at: datetime, status: int, code: str | None, sentence: str | None) -> CallRecord:
        return CallRecord(
            event_id=event_id,
            request_id=self.request_id,
            at=at,
            region=self.region,
            caller=self.caller,
            origin=self.origin,
            asked=Asked(
                service=self.service,
                action=self.action,
                is_reading=self.action is None or is_reading(self.action),
                is_data=self.action in DATA_ACTIONS,
                parameters=None if self.parameters is None else _shortened(self.parameters),
                resources=self.resources,
            ),
            outcome=Outcome(status=status, code=code, sentence=self._kept(sentence)),
        )

    def _kept(self, sentence: str | None) -> str | None:
        """A refusal of what could not be read may quote it, and nobody knows what it was: its code has to do."""
        if sentence is None or self.parameters is None:
            return None
        return masking.without_secrets(sentence, self.secrets)[:SENTENCE_LENGTH_MAX]


def origin(address: str | None, user_agent: str | None) -> Origin:
    return Origin(address=address, user_agent=None if user_agent is None else user_agent[:USER_AGENT_LENGTH_MAX])


def _shortened(parameters: dict[str, object]) -> dict[str, object]:
    shortened = {name: _short(value) for name, value in parameters.items()}
    byte_count = len(msgspec.json.encode(shortened))
    return shortened if byte_count <= PARAMETERS_BYTES_MAX else {"omitted": True, "originalSize": byte_count}


def _short(value: object) -> object:
    """Bounded in its texts, and of types that every JSON can hold."""
    match value:
        case str() if len(value) > TEXT_LENGTH_MAX:
            return value[:TEXT_LENGTH_MAX] + "…"
        case dict():
            return {str(name): _short(held) for name, held in value.items()}
        case list():
            return [_short(held) for held in value]
        case bytes():
            return f"{len(value)} bytes"
        case datetime():
            return value.isoformat()
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
    return value


# --- what a call names ---------------------------------------------------------------------------

RESOURCE_TYPES: dict[str, str] = {
    "CacheClusterId": "CacheCluster",
    "CacheClusterIds": "CacheCluster",
    "CacheParameterGroupName": "ParameterGroup",
    "CacheSecurityGroupName": "SecurityGroup",
    "CacheSubnetGroupName": "SubnetGroup",
    "GlobalReplicationGroupId": "GlobalReplicationGroup",
    "PrimaryClusterId": "CacheCluster",
    "ReplicationGroupId": "ReplicationGroup",
    "ReplicationGroupIds": "ReplicationGroup",
    "ServerlessCacheName": "ServerlessCache",
    "ServerlessCacheSnapshotName": "ServerlessCacheSnapshot",
    "SnapshotName": "Snapshot",
    "SourceSnapshotName": "Snapshot",
    "TargetSnapshotName": "Snapshot",
    "UserGroupId": "UserGroup",
    "UserGroupIds": "UserGroup",
    "UserId": "User",
    "UserIds": "User",
}
"""ElastiCache's parameters that name resources, and what they are called in AWS's resource types."""

ARN_KINDS: dict[str, str] = {
    "cluster": "CacheCluster",
    "globalreplicationgroup": "GlobalReplicationGroup",
    "parametergroup": "ParameterGroup",
    "replicationgroup": "ReplicationGroup",
    "securitygroup": "SecurityGroup",
    "serverlesscache": "ServerlessCache",
    "serverlesscachesnapshot": "ServerlessCacheSnapshot",
    "snapshot": "Snapshot",
    "subnetgroup": "SubnetGroup",
    "user": "User",
    "usergroup": "UserGroup",
}

_ARN_PARAMETERS = ("ResourceName", "ResourceARN")
_RESOURCE_COUNT_MAX = 100
_NAME_LENGTH_MAX = 512


def named_resources(service: Service, parameters: dict[str, object]) -> tuple[NamedResource, ...]:
    """Each once, in the order of the parameters. Of AWS's other services none: their names mean others."""
    if service not in (ELASTICACHE, ELASTANE):
        return ()
    found: dict[NamedResource, None] = {}
    for parameter, value in parameters.items():
        if (kind := RESOURCE_TYPES.get(parameter)) is not None:
            for name in value if isinstance(value, list) else [value]:
                found[NamedResource(type=f"AWS::ElastiCache::{kind}", name=str(name)[:_NAME_LENGTH_MAX])] = None
        elif parameter in _ARN_PARAMETERS and isinstance(value, str):
            _, _, named = value.partition(f":{ELASTICACHE}:")
            kind_and_name = named.split(":", 3)[2:]
            if len(kind_and_name) == 2 and (kind := ARN_KINDS.get(kind_and_name[0])) is not None:
                name = kind_and_name[1][:_NAME_LENGTH_MAX]
                found[NamedResource(type=f"AWS::ElastiCache::{kind}", name=name)] = None
    return tuple(found)[:_RESOURCE_COUNT_MAX]
