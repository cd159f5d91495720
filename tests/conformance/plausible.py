"""Random parameters for every action of the published model: mostly what somebody could mean, sometimes nonsense.

The shape says which members there are and of which type; the table below gives those that matter values that meet,
so that a random request names a cache which an earlier one has made. Ids come from a small pool, which bounds how
many engines can ever run.
"""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.loaders
import botocore.model
import botocore.serialize
from hypothesis import strategies as st

from elastane.catalog import network
from elastane.model.ids import AccountId, Region, Zone

REGION = "sa-east-1"
OPTIONAL_COUNT_MAX = 4
"""Of the members that may be left out: with more, nearly every request would be refused for one of them."""

SHARDED_GROUP = "r3"
GROUPS = ("r1", "r2", SHARDED_GROUP)
CLUSTERS = ("c1", "c2")
MEMCACHED_CLUSTER = "m1"
_MEMBERS = (
    *(f"{group}-00{number}" for group in GROUPS for number in (1, 2, 3)),
    *(f"{SHARDED_GROUP}-{shard}-00{number}" for shard in ("0001", "0002") for number in (1, 2)),
)
_ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
_SECURITY_GROUP_ID = network.default_security_group(AccountId("000000000000"), Region(REGION)).id
_SUBNET_IDS = tuple(network.subnet_id(AccountId("000000000000"), Region(REGION), Zone(zone)) for zone in _ZONES)
_ARNS = tuple(
    f"arn:aws:elasticache:{REGION}:000000000000:{kind}:{name}"
    for kind, names in (
        ("replicationgroup", GROUPS),
        ("cluster", (*CLUSTERS, *_MEMBERS, MEMCACHED_CLUSTER)),
        ("subnetgroup", ("default", "s1")),
        ("parametergroup", ("default.valkey9",)),
        ("snapshot", ("none",)),
        ("user", ("u1", "default")),
        ("usergroup", ("g1",)),
    )
    for name in names
)

_NASTY = ("", " ", "%", "\t\n", "'\"<&>", "é\U0001f600", "-", "0", "null", "../..", "a" * 300)
_TEXTS = st.one_of(st.sampled_from(_NASTY), st.text("abcZ019-_.:/ ", max_size=12))


def _some(*values: object) -> st.SearchStrategy[Any]:
    """One of these, and now and then nonsense."""
    return st.integers(0, 15).flatmap(lambda dice: _TEXTS if dice == 0 else st.sampled_from(values))


_group_ids = _some(*GROUPS, "R1", "nobody")
_cluster_ids = _some(*CLUSTERS, *_MEMBERS, *4 * (MEMCACHED_CLUSTER,), "C1", "nobody")
_node_ids = _some("0001", "0001", "0002", "0003")
_user_ids = _some("u1", "u2", "U1", "default", "nobody")
_small_counts = st.integers(-1, 3)

PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "ReplicationGroupId": _group_ids,
    "CacheClusterId": _cluster_ids,
    "PrimaryClusterId": _cluster_ids,
    "SnapshottingClusterId": _cluster_ids,
    "ReplicasToRemove": st.lists(_cluster_ids, max_size=2),
    "CacheNodeIdsToReboot": st.lists(_node_ids, min_size=1, max_size=2),
    "CacheNodeIdsToRemove": st.lists(_node_ids, max_size=2),
    "NodeGroupId": _some("0001", "1", "0002"),
    "Slots": _some("0-16383", "0-1", "2-16383"),
    "NumCacheClusters": _small_counts,
    "ReplicasPerNodeGroup": _small_counts,
    "ReplicaCount": _small_counts,
    "NewReplicaCount": _small_counts,
    "NumNodeGroups": st.integers(0, 2),
    "NodeGroupCount": st.integers(0, 3),
    "NodeGroupsToRemove": st.lists(_some("0001", "0002", "3"), max_size=2),
    "NodeGroupsToRetain": st.lists(_some("0001", "0002", "3"), max_size=2),
    "ClusterMode": _some("disabled", "compatible", "enabled"),
    "NumCacheNodes": _some(0, 1, 1, 2, 3),
    "AZMode": _some("single-az", "cross-az"),
    "ScaleConfig": st.fixed_dictionaries(
        {}, optional={"ScalePercentage": _some(9, 10, 100, 100), "ScaleIntervalMinutes": _some(1, 2, 30)}
    ),
    "Engine": _some("valkey", "valkey", "valkey", "valkey", "redis", "memcached"),
    "EngineVersion": _some("9.1", "9.1", "9.1", "7.0", "9", "1.6.12", "1.6.22"),
    "CacheNodeType": _some("cache.t3.micro", "cache.t3.micro", "cache.t3.micro", "cache.t3.small", "cache.none"),
    "CacheParameterGroupName": _some(
        "default.valkey9", "default.valkey9.cluster.on", "default.redis7", "default.memcached1.6"
    ),
    "CacheParameterGroupFamily": _some("valkey9", "redis7", "memcached1.6"),
    "CacheSubnetGroupName": _some("default", "s1", "S1"),
    "SubnetIds": st.lists(_some(*_SUBNET_IDS), max_size=3),
    "SecurityGroupIds": st.lists(_some(_SECURITY_GROUP_ID, _SECURITY_GROUP_ID, "sg-0123456789abcdef0"), max_size=2),
    "PreferredAvailabilityZone": _some(*_ZONES, "us-east-1a"),
    "PrimaryAvailabilityZone": _some(*_ZONES),
    "PreferredAvailabilityZones": st.lists(_some(*_ZONES), max_size=3),
    "NewAvailabilityZones": st.lists(_some(*_ZONES), max_size=2),
    "ReplicaAvailabilityZones": st.lists(_some(*_ZONES), max_size=3),
    "PreferredCacheClusterAZs": st.lists(_some(*_ZONES), max_size=3),
    "Port": st.sampled_from((6379, 6390, 0, 65535, 65536, -1)),
    "PreferredMaintenanceWindow": _some("sun:05:00-sun:06:00", "sun:23:30-mon:00:30", "05:00-06:00"),
    "SnapshotWindow": _some("05:00-06:00", "23:30-00:30", "sun:05:00-sun:06:00"),
    "SnapshotRetentionLimit": st.integers(-1, 36),
    "NotificationTopicArn": _some("arn:aws:sns:sa-east-1:000000000000:topic", ""),
    "NotificationTopicStatus": _some("active", "inactive"),
    "ResourceName": _some(*_ARNS),
    "TagKeys": st.lists(_some("team", "stage"), max_size=3),
    "Key": _some("team", "stage", "aws:no"),
    "MaxRecords": st.sampled_from((19, 20, 100, 101)),
    "Duration": st.sampled_from((-1, 0, 1, 60, 20160, 20161)),
    "SourceType": _some("cache-cluster", "replication-group"),
    "SourceIdentifier": _some(*GROUPS, *CLUSTERS, MEMCACHED_CLUSTER),
    "StartTime": st.integers(-400, 400).map(lambda hours: datetime.now(UTC) + timedelta(hours=hours)),
    "EndTime": st.integers(-400, 400).map(lambda hours: datetime.now(UTC) + timedelta(hours=hours)),
    "ApplyImmediately": st.sampled_from((True, True, True, False)),
    "ReplicationGroupDescription": _some("random"),
    "UserId": _user_ids,
    "UserIds": st.lists(_user_ids, max_size=3),
    "UserIdsToAdd": st.lists(_user_ids, max_size=2),
    "UserIdsToRemove": st.lists(_user_ids, max_size=2),
    "UserName": _some("default", "lea", "elastane"),
    "AccessString": _some("on ~* +@all", "off +get ~a", "(+get ~b)", "+config"),
    "AppendAccessString": _some("off", "~c", "+@read"),
    "Passwords": st.lists(_some("a-password-of-24-letters", "another-one-of-25-letters", "short"), max_size=3),
    "NoPasswordRequired": st.booleans(),
    "UserGroupId": _some("g1", "g2", "G1", "nobody"),
}


@functools.cache
def published() -> Any:
    """The API's model as AWS publishes it, read by botocore."""
    return botocore.model.ServiceModel(
        botocore.loaders.Loader().load_service_model("elasticache", "service-2"), "elasticache"
    )


@st.composite
def requests(draw: st.DrawFn, actions: Sequence[str]) -> tuple[str, dict[str, str]]:
    """An action and the form fields that botocore would send for random parameters of it."""
    action = draw(st.sampled_from(actions))
    shape = published().operation_model(action).input_shape
    parameters = {} if shape is None else draw(_structures(shape))
    return action, _fields(action, parameters) | draw(_nonsense)


@st.composite
def promising_requests(draw: st.DrawFn, actions: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The same, of members in the table only, and with those that a creation cannot do without."""
    action = draw(st.sampled_from(actions))
    shape = published().operation_model(action).input_shape
    needed = {*shape.required_members, *_NEEDED.get(action, ())}
    optional = sorted(set(shape.members) & set(PLAUSIBLE) - needed)
    chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=OPTIONAL_COUNT_MAX)) if optional else []
    return action, _fields(
        action, {name: draw(_values(name, shape.members[name])) for name in (*sorted(needed), *chosen)}
    )


_NEEDED = {
    "CreateCacheCluster": ("CacheNodeType", "Engine", "NumCacheNodes"),
    "CreateReplicationGroup": ("CacheNodeType", "Engine"),
    "DecreaseReplicaCount": ("NewReplicaCount",),
    "IncreaseReplicaCount": ("NewReplicaCount",),
}


def _fields(action: str, parameters: dict[str, Any]) -> dict[str, str]:
    serializer = botocore.serialize.create_serializer("query", include_validation=False)
    fields = serializer.serialize_to_request(parameters, published().operation_model(action))["body"]
    return {name: str(value) for name, value in fields.items() if name not in ("Action", "Version")}


_nonsense = st.integers(0, 19).flatmap(
    lambda dice: st.dictionaries(_TEXTS.filter(bool), _TEXTS, min_size=1, max_size=2) if dice == 0 else st.just({})
)


@st.composite
def _structures(draw: st.DrawFn, shape: Any) -> dict[str, Any]:
    optional = [name for name in shape.members if name not in shape.required_members]
    chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=OPTIONAL_COUNT_MAX)) if optional else []
    return {name: draw(_values(name, shape.members[name])) for name in (*shape.required_members, *chosen)}


def _values(name: str, shape: Any) -> st.SearchStrategy[Any]:
    if name in PLAUSIBLE:
        return PLAUSIBLE[name]
    match shape.type_name:
        case "structure":
            return _structures(shape)
        case "list":
            return st.lists(_values("", shape.member), max_size=2)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return st.integers(-(2**31), 2**31 - 1)
        case "float" | "double":
            return st.floats(allow_nan=False)
        case "timestamp":
            return st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
    enum = shape.metadata.get("enum")
    return _some(*enum) if enum else _TEXTS
