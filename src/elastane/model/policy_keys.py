"""The condition keys that policies may name: what each holds, and nothing that no call here could ever fill.

A key that AWS knows and a call here never carries (multi-factor authentication, VPCs, organisations) is not in the
table, so that a policy which relies on it is refused and not half kept. The names are compared without case, as AWS
compares them; those of ElastiCache are from the Service Authorization Reference.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec


class KeyKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    EPOCH = "epoch"
    """Seconds since 1970: may be compared as a number and as a date."""
    FLAG = "flag"
    ADDRESS = "address"
    ARN = "ARN"


class ConditionKey(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is in lower case; of a key for tags it ends with the tag's key."""

    name: str
    kind: KeyKind
    has_many_values: bool = False
    """Such a key is compared with ForAllValues: or ForAnyValue: only."""


REQUEST_TAG: Final = "aws:requesttag/"
RESOURCE_TAG: Final = "aws:resourcetag/"
TAG_KEYS: Final = "aws:tagkeys"

_KINDS: Final[dict[str, KeyKind]] = {
    "aws:CurrentTime": KeyKind.DATE,
    "aws:EpochTime": KeyKind.EPOCH,
    "aws:PrincipalAccount": KeyKind.TEXT,
    "aws:PrincipalArn": KeyKind.ARN,
    "aws:PrincipalType": KeyKind.TEXT,
    "aws:RequestedRegion": KeyKind.TEXT,
    "aws:SecureTransport": KeyKind.FLAG,
    "aws:SourceIp": KeyKind.ADDRESS,
    "aws:TagKeys": KeyKind.TEXT,
    "aws:UserAgent": KeyKind.TEXT,
    "aws:userid": KeyKind.TEXT,
    "aws:username": KeyKind.TEXT,
    "elasticache:AtRestEncryptionEnabled": KeyKind.FLAG,
    "elasticache:AuthTokenEnabled": KeyKind.FLAG,
    "elasticache:AutomaticFailoverEnabled": KeyKind.FLAG,
    "elasticache:CacheNodeType": KeyKind.TEXT,
    "elasticache:CacheParameterGroupName": KeyKind.TEXT,
    "elasticache:ClusterModeEnabled": KeyKind.FLAG,
    "elasticache:DataStorageUnit": KeyKind.TEXT,
    "elasticache:EngineType": KeyKind.TEXT,
    "elasticache:EngineVersion": KeyKind.TEXT,
    "elasticache:KmsKeyId": KeyKind.TEXT,
    "elasticache:MaximumDataStorage": KeyKind.NUMBER,
    "elasticache:MaximumECPUPerSecond": KeyKind.NUMBER,
    "elasticache:MinimumDataStorage": KeyKind.NUMBER,
    "elasticache:MinimumECPUPerSecond": KeyKind.NUMBER,
    "elasticache:MultiAZEnabled": KeyKind.FLAG,
    "elasticache:NumNodeGroups": KeyKind.NUMBER,
    "elasticache:ReplicasPerNodeGroup": KeyKind.NUMBER,
    "elasticache:SnapshotRetentionLimit": KeyKind.NUMBER,
    "elasticache:TransitEncryptionEnabled": KeyKind.FLAG,
    "elasticache:UserAuthenticationMode": KeyKind.TEXT,
}

KNOWN_KEYS: Final = (*_KINDS, "aws:RequestTag/<key>", "aws:ResourceTag/<key>")
"""As AWS spells them."""

_BY_LOWER_NAME: Final = {
    name.lower(): ConditionKey(name=name.lower(), kind=kind, has_many_values=name.lower() == TAG_KEYS)
    for name, kind in _KINDS.items()
}


def tag_values(prefix: str, tags: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """What tags say to a policy: keys that differ in case only are one key to it, with the values of all of them."""
    values: dict[str, tuple[str, ...]] = {}
    for key, value in tags:
        name = f"{prefix}{key.lower()}"
        values[name] = (*values.get(name, ()), value)
    return values


def find_key(name: str) -> ConditionKey | None:
    """The key of this name, whatever its case; None for one that no call here can fill."""
    lowered = name.lower()
    if any(lowered.startswith(prefix) and len(lowered) > len(prefix) for prefix in (REQUEST_TAG, RESOURCE_TAG)):
        return ConditionKey(name=lowered, kind=KeyKind.TEXT)
    return _BY_LOWER_NAME.get(lowered)
