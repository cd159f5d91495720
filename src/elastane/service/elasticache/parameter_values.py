"""Which values a customer may give a parameter. Pure; everything is asked before anything is saved.

An engine that is started with a value it does not know does not start, and one that refuses a change of it would keep
its group from converging. So what gets past here is what the engines take: tests/live/catalog asks them.
"""

import re
from collections.abc import Mapping

from elastane.catalog import families, memcached_parameters, node_types
from elastane.catalog.families import DataType, Parameter
from elastane.model import faults
from elastane.model.engine_names import EngineName
from elastane.model.replication_groups import Software

KEYSPACE_EVENTS = "notify-keyspace-events"
ACTIVE_DEFRAGMENTATION = "activedefrag"

_INTEGER = re.compile(r"(0|-?[1-9][0-9]*)\Z", re.ASCII)
_FLOAT = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?\Z", re.ASCII)
_RANGE = re.compile(r"(-?[0-9]+)-([0-9]+)?\Z", re.ASCII)
_KEYSPACE_CLASSES = frozenset("KEg$lshzxetdmnA")
_ALL_OF_A = frozenset("g$lshzxetd")


def checked_values(family: str, requested: Mapping[str, str]) -> dict[str, str]:
    """The requested values. Raises InvalidParameterValue for the first one that cannot be."""
    for name, value in requested.items():
        parameter = get_parameter(family, name)
        if not parameter.is_modifiable:
            raise faults.InvalidParameterValue(f"The parameter {name} cannot be modified.")
        if not is_allowed(parameter, value):
            raise faults.InvalidParameterValue(
                f"The value {value or 'that is empty'} is not valid for the parameter {name}. {_describe(parameter)}"
            )
    return dict(requested)


def get_parameter(family: str, name: str) -> Parameter:
    """Raises InvalidParameterValue."""
    parameter = families.find_parameter(family, name)
    if parameter is None:
        # AWS's sentence, quoted in hashicorp/terraform-provider-aws#17004.
        raise faults.InvalidParameterValue(f"Parameter {name} doesn't exist")
    return parameter


def is_allowed(parameter: Parameter, value: str) -> bool:
    if parameter.name == KEYSPACE_EVENTS:
        return _are_keyspace_events(value)
    if not parameter.allowed_values:
        return value == parameter.value  # rename-commands: see _describe
    return any(_is_within(parameter, value, allowed) for allowed in parameter.allowed_values.split(","))


def refuse_contradiction(values: Mapping[str, str]) -> None:
    """Of all changed values of a group together. Raises InvalidParameterCombination."""
    percent, in_bytes = families.reserved_memory(values)
    if in_bytes and "reserved-memory-percent" in values:
        raise faults.InvalidParameterCombination(
            "reserved-memory and reserved-memory-percent exclude each other: reset one of them."
        )
    if not in_bytes and percent >= 100:
        raise faults.InvalidParameterCombination(f"reserved-memory-percent {percent} leaves no memory for data.")


def refuse_unfit(values: Mapping[str, str], software: Software, *, can_defragment: bool) -> None:
    """Values that the nodes of one cache could not run with. Raises InvalidParameterCombination."""
    node_type = node_types.get_node_type(software.node_type)
    if software.engine is EngineName.MEMCACHED:
        misfit = memcached_parameters.find_misfit(values, node_type)
        if misfit is not None:
            raise faults.InvalidParameterCombination(misfit)
        return
    try:
        node_types.maxmemory_bytes(node_type, *families.reserved_memory(values))
    except ValueError as error:
        raise faults.InvalidParameterCombination(str(error)) from error
    if values.get(ACTIVE_DEFRAGMENTATION) == "yes" and not can_defragment:
        raise faults.InvalidParameterCombination(
            f"{ACTIVE_DEFRAGMENTATION} cannot be yes for {software.engine} {software.version}: the engine on this "
            "machine was built without the allocator that it needs, and would not start."
        )


def _is_within(parameter: Parameter, value: str, allowed: str) -> bool:
    match parameter.data_type:
        case DataType.INTEGER:
            limits = _RANGE.match(allowed)
            if limits is None or _INTEGER.match(value) is None or len(value) > len(str(parameter.largest)) + 1:
                return value == allowed
            return int(limits[1]) <= int(value) <= int(limits[2] or parameter.largest)
        case DataType.FLOAT:
            limits = _RANGE.match(allowed)
            if limits is None or _FLOAT.match(value) is None:
                return value == allowed
            return int(limits[1]) < float(value) <= int(limits[2] or parameter.largest)
        case DataType.STRING | DataType.BOOLEAN:
            return value == allowed


def _are_keyspace_events(value: str) -> bool:
    """An engine that has A does not say whether it has n as well, so nobody could see that it was applied."""
    classes = set(value)
    has_all = "A" in classes or classes >= _ALL_OF_A
    return classes <= _KEYSPACE_CLASSES and len(value) == len(classes) and not (has_all and "n" in classes)


def _describe(parameter: Parameter) -> str:
    if parameter.name == KEYSPACE_EVENTS:
        return "Allowed are the characters KEg$lshzxetdmnA, each once, and n not beside A (or all that A stands for)."
    if not parameter.allowed_values:
        return "This version of Elastane does not rename or block commands."
    end = f" (at most {parameter.largest})" if parameter.allowed_values.endswith("-") else ""
    return f"Allowed values: {parameter.allowed_values}{end}."
