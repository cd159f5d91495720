"""Random parameters of every published action: mostly such that somebody could mean, some of them nonsense.

Ids come from a small pool, so that requests meet the caches that earlier ones have made.
"""

from random import Random
from typing import Any

import cbor2

from elastane.wire import models
from elastane.wire.models import Kind, ListOf, MapOf, Reference, Scalar, Service, Structure

MARK = "MARK-of-a-secret-that-nobody-may-keep"
"""In whatever holds one; at the end of a run it is looked for in the audit trail."""

GROUPS = ("r1", "r2", "r3", "R1", "nobody")
CLUSTERS = ("c1", "c2", "r1-001", "r2-002", "r3-0001-001")
POOLS: dict[str, tuple[str, ...]] = {
    "ReplicationGroupId": GROUPS,
    "CacheClusterId": CLUSTERS,
    "PrimaryClusterId": CLUSTERS,
    "Engine": ("valkey", "valkey", "redis", "memcached"),
    "EngineVersion": ("9.1", "8.1", "7.0", "9"),
    "CacheNodeType": ("cache.t3.micro", "cache.t3.small", "cache.none"),
    "CacheParameterGroupName": ("p1", "p2", "default.valkey9", "default.redis7"),
    "CacheParameterGroupFamily": ("valkey9", "valkey8", "redis7", "memcached1.6"),
    "CacheSubnetGroupName": ("default", "s1"),
    "ResourceName": tuple(
        f"arn:aws:elasticache:us-east-1:000000000000:{kind}:{name}"
        for kind, name in (("replicationgroup", "r1"), ("cluster", "c1"), ("parametergroup", "p1"), ("snapshot", "s"))
    ),
    "Key": ("team", "stage", "aws:no"),
    "ParameterName": ("timeout", "maxmemory-policy", "nonsense"),
    "AccessString": ("on ~* +@all", f"on >{MARK} ~app::* +@read", f"on > {MARK} #{MARK} ~*"),
    "AuthToken": (MARK, MARK * 2),
    "Passwords": (MARK, f"{MARK}2"),
    "Namespace": ("AWS/ElastiCache", "Own/Things"),
    "MetricName": ("CPUUtilization", "m1", "m2"),
    "TopicArn": ("arn:aws:sns:us-east-1:000000000000:t1", "arn:aws:sns:us-east-1:000000000000:t2"),
    "Message": (MARK, f"{MARK}2"),
    "Token": (MARK,),
    "logGroupName": ("g1", "g2", "/aws/elasticache/g3"),
    "logStreamName": ("s1", "s2"),
}

LONG = 3_000
NASTY = (
    "", " ", "%", "\t\n", "'\"<&>]]>", "é\U0001f600", "-", "0", "-1", "null", "../..", "${jndi:x}", "%00", "\x00",
    "\x1b[2J", "\u202e", "\ufffe", "\ud800", "a" * LONG, "9" * LONG, "1e999", "NaN", "arn:aws:elasticache:::x:y",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>", "' OR 1=1 --", "{}", "[]", "true", "\r\nX-Injected: 1",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 3, 20, 100, 101, 2**31 - 1, 2**31, -(2**31), 2**63, 10**30)


def parameters(dice: Random, service: Service, action: str) -> dict[str, Any]:
    operation = models.find_operation(service, action)
    assert operation is not None
    return {} if operation.input is None else _structure(dice, service, operation.input, 0)


def form_fields(service: Service, action: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """As the Query protocol writes them."""
    operation = models.find_operation(service, action)
    assert operation is not None
    fields = [("Action", action), ("Version", models.api_version(service))]
    if operation.input is not None:
        for name, value in values.items():
            reference = operation.input.members[name]
            fields += _fields(service, reference, reference.wire_name, value)
    return fields


def content(service: Service, action: str, values: dict[str, Any], *, is_cbor: bool) -> Any:
    """As JSON or CBOR has them: in CBOR a moment is a number with a tag, and no text has half a character."""
    operation = models.find_operation(service, action)
    assert operation is not None
    if operation.input is None or not is_cbor:
        return values
    return _tagged(service, operation.input.name, values)


def _tagged(service: Service, shape_name: str, value: Any) -> Any:
    shape = models.shape(service, shape_name)
    match shape:
        case Structure() if isinstance(value, dict):
            return {name: _tagged(service, shape.members[name].shape_name, held) for name, held in value.items()}
        case ListOf() if isinstance(value, list):
            return [_tagged(service, shape.member.shape_name, held) for held in value]
        case Scalar() if shape.kind is Kind.TIMESTAMP and not isinstance(value, str):
            return cbor2.CBORTag(1, value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _fields(service: Service, reference: Reference, name: str, value: Any) -> list[tuple[str, str]]:
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Structure():
            return [
                pair
                for member, held in value.items()
                for pair in _fields(service, shape.members[member], f"{name}.{shape.members[member].wire_name}", held)
            ]
        case ListOf():
            return [
                pair
                for number, held in enumerate(value, 1)
                for pair in _fields(service, shape.member, f"{name}.{shape.member.wire_name}.{number}", held)
            ]
        case MapOf():
            return [
                pair
                for number, (key, held) in enumerate(value.items(), 1)
                for side, content in ((shape.key, key), (shape.value, held))
                for pair in _fields(service, side, f"{name}.entry.{number}.{side.wire_name}", content)
            ]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def _structure(dice: Random, service: Service, shape: Structure, depth: int) -> dict[str, Any]:
    optional = [name for name in shape.members if name not in shape.required]
    chosen = dice.sample(optional, dice.randint(0, min(len(optional), 4)))
    needed = [name for name in shape.required if dice.random() > 0.02]
    return {name: _value(dice, service, name, shape.members[name], depth) for name in (*needed, *chosen)}


def _value(dice: Random, service: Service, name: str, reference: Reference, depth: int) -> Any:
    shape = models.shape(service, reference.shape_name)
    match shape:
        case Structure():
            return {} if depth > 5 else _structure(dice, service, shape, depth + 1)
        case ListOf():
            return [_value(dice, service, name, shape.member, depth + 1) for _ in range(dice.randint(0, 3))]
        case MapOf():
            return {
                str(_value(dice, service, "key", shape.key, depth + 1)): _value(
                    dice, service, "value", shape.value, depth + 1
                )
                for _ in range(dice.randint(0, 2))
            }
        case Scalar():
            return _scalar(dice, name, shape)


def _scalar(dice: Random, name: str, shape: Scalar) -> Any:
    if dice.random() < 0.05:
        return dice.choice(NASTY)
    match shape.kind:
        case Kind.BOOLEAN:
            return dice.random() < 0.5
        case Kind.INTEGER | Kind.LONG | Kind.FLOAT | Kind.DOUBLE:
            return dice.choice(NUMBERS) if dice.random() < 0.3 else dice.randint(0, 6)
        case Kind.TIMESTAMP:
            return dice.choice((0, 1795435200, 1.5, -1, 10**12))
    if shape.enum:
        return dice.choice(shape.enum)
    return dice.choice(POOLS[name]) if name in POOLS else f"text-{dice.randint(0, 9)}"
