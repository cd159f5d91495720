"""Node groups by the ids callers use, which are numbers to them: ``1`` means ``0001``."""

from collections.abc import Iterable

from elastane.model import faults
from elastane.model.replication_groups import NodeGroup, ReplicationGroup


def find_node_group(group: ReplicationGroup, name: str) -> NodeGroup | None:
    number = int(name) if name.isdecimal() else None
    return next((part for part in group.node_groups if int(part.id) == number), None)


def get_node_groups(group: ReplicationGroup, names: Iterable[str]) -> tuple[NodeGroup, ...]:
    """In the order they are named, each once. Raises InvalidParameterValue, which tells all that are not there."""
    found = {name: find_node_group(group, name) for name in names}
    missing = [name for name, part in found.items() if part is None]
    if missing:
        raise invalid_node_group_ids(missing)
    by_id = {part.id: part for part in found.values() if part is not None}
    return tuple(by_id.values())


def invalid_node_group_ids(names: Iterable[str]) -> faults.Fault:
    """AWS's sentence, quoted in hashicorp/terraform-provider-aws#43884."""
    return faults.InvalidParameterValue(f"The following node group ids are invalid: [{', '.join(names)}]")
