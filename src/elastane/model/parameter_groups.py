"""Parameter groups that customers made: which parameters differ from the family's defaults. No I/O.

The default groups are data of the catalog, and are never stored.
"""

import msgspec

from elastane.model.ids import Region

_CLUSTER_ENABLED = "cluster-enabled"


class ParameterGroup(msgspec.Struct, frozen=True, kw_only=True):
    region: Region
    name: str
    family: str
    description: str
    values: dict[str, str] = {}
    """Changed ones only, as the customer spelled them; also one that was changed to what is the default anyway."""

    @property
    def is_cluster_mode_enabled(self) -> bool:
        return self.values.get(_CLUSTER_ENABLED) == "yes"
