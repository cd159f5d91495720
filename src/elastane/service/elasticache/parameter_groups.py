"""Parameter groups: so far the default ones, which every account has and nobody can change.

They are read from the catalog and never stored. Making and changing one's own comes with a later
version; until then those actions are not in the table.
"""

from elastane.catalog import families
from elastane.catalog.families import DefaultParameterGroup
from elastane.model import faults, paging
from elastane.model.ids import arn
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters


async def describe_cache_parameter_groups(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.text("CacheParameterGroupName")
    found = families.default_parameter_groups() if name is None else (get_parameter_group(name),)
    page = paging.page(
        found,
        marker=parameters.text("Marker"),
        max_records=parameters.integer("MaxRecords"),
        limits=paging.STANDARD,
        key=lambda group: group.name,
    )
    return {"CacheParameterGroups": [_answer(ctx, group) for group in page.items], "Marker": page.marker}


def get_parameter_group(name: str) -> DefaultParameterGroup:
    """Whatever the name's case. Raises CacheParameterGroupNotFound."""
    group = families.find_default_parameter_group(name.lower())
    if group is None:
        # AWS's sentence, seen at floci-io/floci#2392.
        raise faults.CacheParameterGroupNotFound(f"CacheParameterGroup {name} not found.")
    return group


def _answer(ctx: Context, group: DefaultParameterGroup) -> Result:
    return {
        "CacheParameterGroupName": group.name,
        "CacheParameterGroupFamily": group.family,
        "Description": group.description,
        "IsGlobal": False,
        "ARN": arn(ctx.region, ctx.account_id, "parametergroup", group.name),
    }
