"""What this version does not build, as a table: asked for, it is refused; turned off, it is taken as said.

Used by every action that creates or changes a replication group or a cache cluster. We never
pretend: a cache that reads back as encrypted and is not would be worse than none. When a feature
is built, its row goes.
"""

from collections.abc import Callable

import msgspec

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.service.parameters import Parameters

IsAsked = Callable[[Parameters, str], bool]


class RefusedFeature(msgspec.Struct, frozen=True):
    """A parameter, what asking for it looks like, and what it would have given."""

    parameter: str
    is_asked: IsAsked
    feature: str
    fault: type[Fault] = faults.InvalidParameterValue


def refuse_features(parameters: Parameters) -> None:
    """Raises the fault of the first feature asked for that is not built."""
    for row in REFUSED_FEATURES:
        if row.is_asked(parameters, row.parameter):
            raise row.fault(f"{row.parameter}: {row.feature} is not offered by this version of Elastane.")


# --- what asking looks like ----------------------------------------------------------------------


def is_true(parameters: Parameters, name: str) -> bool:
    return parameters.flag(name) is True


def is_text(parameters: Parameters, name: str) -> bool:
    return bool(parameters.text(name))


def is_list(parameters: Parameters, name: str) -> bool:
    return bool(parameters.texts(name))


def is_structure(parameters: Parameters, name: str) -> bool:
    return parameters.structure(name) is not None


def is_other_than(*accepted: str) -> IsAsked:
    """Asks for more than one of these words, which describe what everybody has."""

    def is_asked(parameters: Parameters, name: str) -> bool:
        return (parameters.text(name) or accepted[0]) not in accepted

    return is_asked


def has_outposts(parameters: Parameters, name: str) -> bool:
    return any(
        is_text(part, "PrimaryOutpostArn")
        or is_list(part, "ReplicaOutpostArns")
        or is_list(part, "PreferredOutpostArns")
        for part in parameters.structures(name) or ()
    )


# --- the table -----------------------------------------------------------------------------------

REFUSED_FEATURES: tuple[RefusedFeature, ...] = (
    # encryption and access
    RefusedFeature("AtRestEncryptionEnabled", is_true, "encryption at rest"),
    RefusedFeature("KmsKeyId", is_text, "encryption at rest"),
    # snapshots
    RefusedFeature("SnapshotName", is_text, "restoring from a snapshot"),
    RefusedFeature("SnapshotArns", is_list, "restoring from snapshot files"),
    RefusedFeature("ServerlessCacheSnapshotName", is_text, "restoring from a serverless snapshot"),
    RefusedFeature("FinalSnapshotIdentifier", is_text, "a final snapshot", faults.SnapshotFeatureNotSupported),
    # where it runs and how it is reached
    RefusedFeature("NetworkType", is_other_than("ipv4"), "IPv6"),
    RefusedFeature("IpDiscovery", is_other_than("ipv4"), "IPv6"),
    RefusedFeature("CacheSecurityGroupNames", is_list, "a cache security group, which is EC2-Classic's,"),
    RefusedFeature("OutpostMode", is_text, "placement on Outposts"),
    RefusedFeature("PreferredOutpostArn", is_text, "placement on Outposts"),
    RefusedFeature("PreferredOutpostArns", is_list, "placement on Outposts"),
    RefusedFeature("NodeGroupConfiguration", has_outposts, "placement on Outposts"),
    RefusedFeature("ReplicaConfiguration", has_outposts, "placement on Outposts"),
    # the rest
    RefusedFeature("GlobalReplicationGroupId", is_text, "Global Datastore"),
    RefusedFeature("DataTieringEnabled", is_true, "data tiering"),
    RefusedFeature("Durability", is_other_than("default", "disabled"), "durability"),
)
