"""What a call says of itself, as policies ask for it: condition keys, read from its parameters.

The table at the end says how each of ElastiCache's keys is read. A key that a call does not carry is absent, which is
not the same as false; where AWS gives a creation a default, so do we. All names are in lower case.
"""

from collections.abc import Callable, Iterable

from elastane.catalog.permissions import Permission
from elastane.model import policy_keys
from elastane.model.policies import Values
from elastane.model.policy_keys import REQUEST_TAG, TAG_KEYS
from elastane.service.parameters import Parameters

DEFAULT_ENGINE = "redis"
"""AWS's, of a creation that names none."""


def tag_values(parameters: Parameters) -> dict[str, tuple[str, ...]]:
    """AWS's keys of the tags that a call gives or takes away."""
    given = [(tag.text("Key") or "", tag.text("Value") or "") for tag in parameters.structures("Tags") or ()]
    values = policy_keys.tag_values(REQUEST_TAG, given)
    keys = (*(key for key, _ in given), *(parameters.texts("TagKeys") or ()))
    return values | {TAG_KEYS: keys} if keys else values


def keys_of_call(row: Permission, parameters: Parameters) -> Values:
    """ElastiCache's own keys, those that the action's row has and the call says something about."""
    is_creation = row.makes is not None
    read = {f"elasticache:{key}".lower(): _READERS[key](parameters, is_creation) for key in row.keys}
    return {key: values for key, values in read.items() if values}


# --- how each key is read ------------------------------------------------------------------------

Reader = Callable[[Parameters, bool], tuple[str, ...]]
"""Of a call's parameters, and whether it creates something: the key's values, none where it is absent."""


def _flag(value: bool) -> tuple[str, ...]:
    return ("true" if value else "false",)


def _text(name: str) -> Reader:
    return lambda parameters, _: _given(parameters.text(name))


def _lower_text(name: str) -> Reader:
    return lambda parameters, _: _given((parameters.text(name) or "").lower())


def _number(name: str) -> Reader:
    return lambda parameters, _: _numbers([parameters.integer(name)])


def _flag_or(name: str, *, default: bool | None) -> Reader:
    """`default` is what a creation means that does not say; None where it then has no such key."""

    def read(parameters: Parameters, is_creation: bool) -> tuple[str, ...]:
        said = parameters.flag(name)
        value = default if said is None and is_creation else said
        return () if value is None else _flag(value)

    return read


def _engine(parameters: Parameters, is_creation: bool) -> tuple[str, ...]:
    """A replica, and a group made around a cluster or below a global datastore, have the engine that is there."""
    joins = parameters.text("CacheClusterId") is not None and bool(parameters.text("ReplicationGroupId"))
    inherits = joins or any(parameters.text(name) for name in ("PrimaryClusterId", "GlobalReplicationGroupId"))
    named = (parameters.text("Engine") or "").lower()
    return _given(named or ("" if inherits or not is_creation else DEFAULT_ENGINE))


def _engine_version(parameters: Parameters, _: bool) -> tuple[str, ...]:
    return _given(parameters.text("EngineVersion") or parameters.text("MajorEngineVersion"))


def _auth_token(parameters: Parameters, is_creation: bool) -> tuple[str, ...]:
    is_given = bool(parameters.text("AuthToken"))
    is_removed = parameters.text("AuthTokenUpdateStrategy") == "DELETE"
    return _flag(is_given) if is_given or is_removed or is_creation else ()


def _cluster_mode(parameters: Parameters, is_creation: bool) -> tuple[str, ...]:
    """Older ways of asking for it than the parameter are heard, too; a parameter group's content is not looked at."""
    named = parameters.text("ClusterMode")
    if named:
        return _flag(named != "disabled")
    has_clustered_parameters = (parameters.text("CacheParameterGroupName") or "").lower().endswith(".cluster.on")
    return _flag(_shard_count(parameters) > 1 or has_clustered_parameters) if is_creation else ()


def _multi_az(parameters: Parameters, is_creation: bool) -> tuple[str, ...]:
    said = parameters.flag("MultiAZEnabled")
    mode = parameters.text("AZMode")
    zones = {
        *(parameters.texts("PreferredAvailabilityZones") or ()),
        *(parameters.texts("PreferredCacheClusterAZs") or ()),
        *(parameters.texts("NewAvailabilityZones") or ()),
    }
    is_spread = mode == "cross-az" or len(zones) > 1
    if said is not None and not is_spread:
        return _flag(said)
    return _flag(is_spread) if is_spread or mode or is_creation else ()


def _node_group_count(parameters: Parameters, is_creation: bool) -> tuple[str, ...]:
    said = parameters.integer("NodeGroupCount")
    return (str(_shard_count(parameters)),) if is_creation else _numbers([said])


def _shard_count(parameters: Parameters) -> int:
    configured = len(parameters.structures("NodeGroupConfiguration") or ())
    return max(parameters.integer("NumNodeGroups") or 1, configured)


def _replica_counts(parameters: Parameters, _: bool) -> tuple[str, ...]:
    """Of every shard that the call speaks of: they need not be alike."""
    node_count = parameters.integer("NumCacheClusters")
    return _numbers(
        [
            parameters.integer("ReplicasPerNodeGroup"),
            parameters.integer("NewReplicaCount"),
            None if node_count is None else node_count - 1,
            *(one.integer("ReplicaCount") for one in parameters.structures("NodeGroupConfiguration") or ()),
            *(one.integer("NewReplicaCount") for one in parameters.structures("ReplicaConfiguration") or ()),
        ]
    )


def _authentication(parameters: Parameters, _: bool) -> tuple[str, ...]:
    mode = parameters.structure("AuthenticationMode")
    named = None if mode is None else mode.text("Type")
    if named:
        return (named,)
    if parameters.flag("NoPasswordRequired"):
        return ("no-password-required",)
    return ("password",) if parameters.texts("Passwords") else ()


def _usage_limit(part: str, name: str) -> Reader:
    def read(parameters: Parameters, _: bool) -> tuple[str, ...]:
        limits = parameters.structure("CacheUsageLimits")
        limit = None if limits is None else limits.structure(part)
        return () if limit is None else _numbers([limit.integer(name)])

    return read


def _storage_unit(parameters: Parameters, _: bool) -> tuple[str, ...]:
    limits = parameters.structure("CacheUsageLimits")
    storage = None if limits is None else limits.structure("DataStorage")
    return () if storage is None else _given(storage.text("Unit"))


def _given(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _numbers(said: Iterable[int | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(number) for number in said if number is not None))


_READERS: dict[str, Reader] = {
    "AtRestEncryptionEnabled": _flag_or("AtRestEncryptionEnabled", default=False),
    "AuthTokenEnabled": _auth_token,
    "AutomaticFailoverEnabled": _flag_or("AutomaticFailoverEnabled", default=None),
    "CacheNodeType": _text("CacheNodeType"),
    "CacheParameterGroupName": _lower_text("CacheParameterGroupName"),
    "ClusterModeEnabled": _cluster_mode,
    "DataStorageUnit": _storage_unit,
    "EngineType": _engine,
    "EngineVersion": _engine_version,
    "KmsKeyId": _text("KmsKeyId"),
    "MaximumDataStorage": _usage_limit("DataStorage", "Maximum"),
    "MaximumECPUPerSecond": _usage_limit("ECPUPerSecond", "Maximum"),
    "MinimumDataStorage": _usage_limit("DataStorage", "Minimum"),
    "MinimumECPUPerSecond": _usage_limit("ECPUPerSecond", "Minimum"),
    "MultiAZEnabled": _multi_az,
    "NumNodeGroups": _node_group_count,
    "ReplicasPerNodeGroup": _replica_counts,
    "SnapshotRetentionLimit": _number("SnapshotRetentionLimit"),
    "TransitEncryptionEnabled": _flag_or("TransitEncryptionEnabled", default=False),
    "UserAuthenticationMode": _authentication,
}
