"""AWS's quotas and limits, in one place, and the only way to change them: upwards.

The numbers and their sources are in `limits.toml`. Called by `service`, which refuses what
exceeds them. Nothing here counts anything.
"""

from collections.abc import Mapping
from functools import cache
from typing import Self

import msgspec

from elastane.catalog.tables import load_table


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All limits of one installation. Flat although it is long: it is a table, and read by column name."""

    nodes_per_region: int
    nodes_per_cluster_mode_group: int
    nodes_per_memcached_cluster: int
    nodes_per_shard: int
    replicas_per_shard: int
    parameter_groups: int
    subnet_groups: int
    subnets_per_group: int
    security_groups: int
    vpcs: int
    vpc_security_groups: int
    rules_per_security_group: int
    security_groups_per_cache: int
    serverless_caches: int
    serverless_snapshots_per_day: int
    users: int
    user_groups: int
    users_per_group: int
    tags_per_resource: int
    manual_snapshots_per_day: int
    test_failovers_per_day: int
    reserved_nodes: int
    parameters_per_modification: int
    update_action_ids: int
    snapshot_retention_days: int
    event_retention_days: int
    clients_per_node: int

    user_groups_per_replication_group: int
    passwords_per_user: int
    password_length_min: int
    password_length_max: int
    replication_group_id_length: int
    cache_cluster_id_length: int
    snapshot_name_length: int
    parameter_group_name_length: int
    subnet_group_name_length: int
    description_length: int
    tag_key_length: int
    tag_value_length: int
    records_per_page_min: int
    records_per_page_max: int
    snapshots_per_page_max: int
    serverless_results_per_page_max: int
    port_min: int
    port_max: int
    database_count_max: int

    def with_overrides(self, overrides: Mapping[str, int]) -> Self:
        """These limits with some quotas raised.

        Raises ValueError with a sentence for a name that is no quota, and for a value below the present
        one: a limit lowered under what already exists would make the API refuse to describe its own state.
        """
        quotas = _file().quotas
        for name, value in overrides.items():
            if name not in quotas:
                reason = "is fixed" if name in _file().fixed else "does not exist"
                raise ValueError(f"The limit {name} {reason}; quotas that can be raised: {', '.join(quotas)}.")
            present = getattr(self, name)
            if value < present:
                raise ValueError(f"The limit {name} can only be raised: {value} is below {present}.")
        return msgspec.structs.replace(self, **overrides)


@cache
def aws_limits() -> Limits:
    """AWS's own numbers: what applies where an operator raised nothing."""
    return Limits(**_file().quotas, **_file().fixed)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quotas: dict[str, int]
    fixed: dict[str, int]


_DECODER = msgspec.json.Decoder(_File)


@cache
def _file() -> _File:
    return load_table("limits.toml", _DECODER)
