"""Parameter groups and parameters as Describe shows them.

AWS's oddities, from real answers in the AWS CLI's examples: a default's `Source` is `system`; what can be changed in a
group of one's own only (`databases`) reads as not modifiable in the defaults; an empty `notify-keyspace-events` has no
value at all, and an empty `rename-commands` an empty one.
"""

from collections.abc import Mapping, Sequence

from elastane.catalog import families, node_types
from elastane.catalog.families import DefaultParameterGroup, Parameter
from elastane.model import faults
from elastane.model.ids import Arn, arn
from elastane.model.parameter_groups import ParameterGroup
from elastane.service.context import Context, Result
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.parameters import Parameters

USER = "user"
SYSTEM = "system"
ENGINE_DEFAULT = "engine-default"
SOURCES = (USER, SYSTEM, ENGINE_DEFAULT)

_WITHOUT_A_VALUE = "notify-keyspace-events"


def answer_parameter_group(ctx: Context, group: ParameterGroup | DefaultParameterGroup) -> Result:
    return {
        "CacheParameterGroupName": group.name,
        "CacheParameterGroupFamily": group.family,
        "Description": group.description,
        "IsGlobal": False,
        "ARN": arn_of_parameter_group(ctx, group.name),
    }


def arn_of_parameter_group(ctx: Context, name: str) -> Arn:
    return arn(ctx.region, ctx.account_id, "parametergroup", name)


def answer_parameters(
    family: str, parameters: Parameters, values: Mapping[str, str], *, is_own: bool, source: str | None = None
) -> Result:
    """A page of both lists, in the order of the names; `is_own` for a group that a customer made.

    One page holds at most MaxRecords of both together: a marker names the last parameter of either list.
    """
    found = requested_page(
        parameters,
        (each for each in families.parameters(family) if source is None or _source(each, values, is_own) == source),
        key=lambda each: each.name,
    )
    flat = [each for each in found.items if each.value is not None]
    return {
        "Parameters": [_answer(each, values, is_own) for each in flat],
        "CacheNodeTypeSpecificParameters": _answer_specific(family, found.items, values, is_own),
        "Marker": found.marker,
    }


def requested_source(parameters: Parameters) -> str | None:
    source = parameters.text("Source")
    if source and source not in SOURCES:
        raise faults.InvalidParameterValue(f"Invalid value {source} for Source. Must be one of {', '.join(SOURCES)}.")
    return source or None


def _answer(parameter: Parameter, values: Mapping[str, str], is_own: bool) -> Result:
    value = values.get(parameter.name, parameter.value)
    return {
        "ParameterName": parameter.name,
        "ParameterValue": None if parameter.name == _WITHOUT_A_VALUE and not value else value,
        **_common(parameter, values, is_own),
    }


def _answer_specific(family: str, found: Sequence[Parameter], values: Mapping[str, str], is_own: bool) -> list[Result]:
    specific = [each for each in found if each.value is None]
    if not specific:
        return []
    by_node_type = {
        node_type.name: families.node_type_values(family, node_type) for node_type in node_types.all_node_types()
    }
    return [
        {
            "ParameterName": each.name,
            "CacheNodeTypeSpecificValues": [
                {"CacheNodeType": name, "Value": own[each.name]}
                for name, own in sorted(by_node_type.items())
                if each.name in own
            ],
            **_common(each, values, is_own),
        }
        for each in specific
    ]


def _common(parameter: Parameter, values: Mapping[str, str], is_own: bool) -> Result:
    return {
        "Description": parameter.description,
        "Source": _source(parameter, values, is_own),
        "DataType": parameter.data_type,
        "AllowedValues": parameter.allowed_values or None,
        "IsModifiable": parameter.is_modifiable and (is_own or not parameter.is_conditionally_modifiable),
        "MinimumEngineVersion": parameter.minimum_engine_version,
        "ChangeType": parameter.change_type,
    }


def _source(parameter: Parameter, values: Mapping[str, str], is_own: bool) -> str:
    """Terraform plans a change for whatever is `user` and not in its file."""
    return USER if is_own and parameter.name in values else SYSTEM
