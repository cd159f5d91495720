"""Encryption in transit, as it is asked for and as it is answered.

    off ⇄ preferred ⇄ required, one step a call, once the step before is done; a creation may begin anywhere.

A step that is under way may be taken back, in a call of its own: it may wait for a node that nobody can help.

Reference: "In-transit encryption" in AWS's user guide, and TransitEncryptionMode in the API's reference. One thing
differs and cannot be helped: with `preferred`, encrypted connections come to the port beside the cache's, for no engine
takes both kinds at one. See docs/how-to/encrypt-connections.md.
"""

from elastane.model import faults
from elastane.model.access import TransitEncryption
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup, Software
from elastane.model.versions import minor_version
from elastane.service.context import Context, Result
from elastane.service.elasticache.stored_groups import StoredGroup
from elastane.service.parameters import Parameters

OFF, PREFERRED, REQUIRED = TransitEncryption.DISABLED, TransitEncryption.PREFERRED, TransitEncryption.REQUIRED

_NEXT = {OFF: (PREFERRED,), PREFERRED: (OFF, REQUIRED), REQUIRED: (PREFERRED,)}


def requested_encryption(parameters: Parameters, present: TransitEncryption = OFF) -> TransitEncryption:
    """What a call asks for: `present` where it says nothing.

    Raises InvalidParameterValue, InvalidParameterCombination.
    """
    is_enabled = parameters.flag("TransitEncryptionEnabled")
    mode = _requested_mode(parameters)
    is_off = is_enabled is False or (is_enabled is None and present is OFF)
    if mode is not None and is_off:
        raise faults.InvalidParameterCombination(
            f"TransitEncryptionMode {mode} needs TransitEncryptionEnabled to be true."
        )
    if is_off:
        return OFF
    if mode is not None:
        return mode
    if is_enabled is None:
        return present
    return REQUIRED if present is OFF else present


def new_encryption(ctx: Context, parameters: Parameters, software: Software) -> TransitEncryption:
    """Of a cache that is made. Raises what `requested_encryption` does, and where no engine here can do it."""
    asked = requested_encryption(parameters)
    if asked is not OFF:
        _refuse_without_tls(ctx, software)
    return asked


_MAY_GO_ALONG = frozenset(
    {"ReplicationGroupId", "ApplyImmediately", "TransitEncryptionEnabled", "TransitEncryptionMode"}
)


def takes_encryption_back(found: StoredGroup, parameters: Parameters) -> bool:
    """Whether a call asks for what the nodes were last seen to offer, and for nothing else, while that is changed.

    Raises InvalidParameterValue, InvalidParameterCombination.
    """
    if found.observed.available_since is None or not set(parameters) <= _MAY_GO_ALONG:
        return False
    present = found.group.access.transit_encryption
    asked = requested_encryption(parameters, present)
    return asked is not present and asked is found.observed.transit_encryption


def changed_encryption(ctx: Context, found: StoredGroup, parameters: Parameters) -> TransitEncryption:
    """What ModifyReplicationGroup makes of it. Raises InvalidParameterCombination for what is not the next step."""
    group = found.group
    present, asked = group.access.transit_encryption, requested_encryption(parameters, group.access.transit_encryption)
    if asked is present:
        return present
    if asked not in _NEXT[present]:
        raise faults.InvalidParameterCombination(
            f"Encryption in transit of replication group {group.id} cannot be modified from {_words(present)} to "
            f"{_words(asked)}. Set TransitEncryptionEnabled to true and TransitEncryptionMode to preferred first."
        )
    if asked is OFF and group.access.is_controlled:
        raise faults.InvalidParameterCombination(
            f"Replication group {group.id} has access control, which needs encryption in transit."
        )
    if present is OFF and not takes_encryption_back(found, parameters):
        _refuse_without_tls(ctx, group.software)
        _refuse_nodes_without_tls(found)
    return asked


def _refuse_without_tls(ctx: Context, software: Software) -> None:
    """Raises InvalidParameterCombination where there is no build of that version with TLS."""
    wanted = (software.engine, minor_version(software.version))
    able = (*ctx.encrypting_engines(), *ctx.installable_engines())
    if wanted not in {(engine, minor_version(version)) for engine, version in able}:
        raise faults.InvalidParameterCombination(
            f"The {software.engine} {software.version} on this machine was built without TLS. One that has it is "
            f"brought by: elastane engines install {software.engine}-{software.version}"
        )


def _refuse_nodes_without_tls(found: StoredGroup) -> None:
    unable = [seen.id for seen in found.observed.nodes if not seen.has_tls]
    if unable:
        raise faults.InvalidParameterCombination(
            f"The engine that {', '.join(unable)} runs was built without TLS, and encryption in transit is turned on "
            "without another process. Reboot the node, or apply an engine version, where an engine with TLS is here."
        )


def _requested_mode(parameters: Parameters) -> TransitEncryption | None:
    mode = parameters.text("TransitEncryptionMode")
    if not mode:
        return None
    if mode not in (PREFERRED, REQUIRED):
        raise faults.InvalidParameterValue(
            f"Invalid value {mode} for TransitEncryptionMode. Must be preferred or required."
        )
    return TransitEncryption(mode)


def _words(encryption: TransitEncryption) -> str:
    return "off" if encryption is OFF else encryption


# --- answers -------------------------------------------------------------------------------------


def answer_encryption(group: ReplicationGroup, observed: ObservedReplicationGroup) -> Result:
    """What the nodes were last seen to offer: while it is changed, still the one before."""
    current = current_encryption(group, observed)
    mode = {} if current is OFF else {"TransitEncryptionMode": current}
    return {"TransitEncryptionEnabled": current is not OFF, **mode}


def answer_pending_encryption(group: ReplicationGroup, observed: ObservedReplicationGroup) -> Result:
    asked = group.access.transit_encryption
    if asked is current_encryption(group, observed):
        return {}
    mode = {} if asked is OFF else {"TransitEncryptionMode": asked}
    return {"TransitEncryptionEnabled": asked is not OFF, **mode}


def current_encryption(group: ReplicationGroup, observed: ObservedReplicationGroup) -> TransitEncryption:
    return group.access.transit_encryption if observed.available_since is None else observed.transit_encryption
