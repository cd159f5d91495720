"""Parameter groups that customers made. The default ones are in the catalog, not here."""

from elastane.model.ids import Region
from elastane.model.parameter_groups import ParameterGroup
from elastane.store.database import Transaction
from elastane.store.documents import NEW, Kind, Stored

_PARAMETER_GROUPS = Kind("parameter-group", ParameterGroup)


def find_parameter_group(tx: Transaction, region: Region, name: str) -> Stored[ParameterGroup] | None:
    return _PARAMETER_GROUPS.find(tx, f"{region}/{name}")


def list_parameter_groups(tx: Transaction, region: Region) -> tuple[ParameterGroup, ...]:
    return tuple(stored.body for stored in _PARAMETER_GROUPS.list_all(tx, key_prefix=f"{region}/"))


def save_parameter_group(tx: Transaction, group: ParameterGroup, *, revision: int = NEW) -> None:
    """Raises Conflict. Rings nobody's bell: whoever changes values rings for the caches that use them."""
    _PARAMETER_GROUPS.save(tx, f"{group.region}/{group.name}", group, revision=revision)


def remove_parameter_group(tx: Transaction, region: Region, name: str) -> None:
    """Idempotent."""
    _PARAMETER_GROUPS.remove(tx, f"{region}/{name}")
