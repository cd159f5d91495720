"""Reads what an engine says of itself: the text of INFO and the pairs of CONFIG GET. Bytes in, values out.

Called by `client`. Valkey and Redis OSS spell these fields alike; `tests/golden` holds replies of
both, recorded from real processes. The engines' own word for a primary is quoted here and nowhere
outside this room.
"""

import re
from collections.abc import Sequence

from elastane.model.cluster_views import ClusterView
from elastane.model.engine_names import EngineName
from elastane.model.observations import Answering, Role

INFO_SECTIONS = ("server", "memory", "persistence", "replication", "keyspace")
"""All that `parse_answering` needs; a bare INFO is up to twice as long."""

_KEYS = re.compile(r"keys=(\d+)")
_ONLINE = re.compile(r"ip=([^,]+),port=(\d+),state=online,")


def parse_fields(info: bytes) -> dict[str, str]:
    """INFO's `name:value` lines, as the engine spells them; headings and empty values left out."""
    lines = info.decode(errors="backslashreplace").splitlines()
    return {name: value for name, _, value in (line.partition(":") for line in lines) if value}


def parse_pairs(pairs: Sequence[object]) -> dict[str, str]:
    """CONFIG GET's flat list of names and values. Values that are no UTF-8 keep their bytes as escapes.

    The buffer limits of replicas are answered under the class's old name, whichever name was set.
    """
    texts = [item.decode(errors="backslashreplace") if isinstance(item, bytes) else str(item) for item in pairs]
    parameters = dict(zip(texts[::2], texts[1::2], strict=True))
    if (limits := parameters.get(_BUFFER_LIMITS)) is not None:
        parameters[_BUFFER_LIMITS] = limits.replace("slave ", "replica ")
    return parameters


def parse_names(reply: object) -> tuple[str, ...]:
    """ACL USERS, in an order of its own; nobody for what is no list."""
    names = reply if isinstance(reply, list) else ()
    return tuple(sorted(name.decode(errors="backslashreplace") for name in names if isinstance(name, bytes)))


_BUFFER_LIMITS = "client-output-buffer-limit"


def parse_answering(
    info: bytes,
    pairs: Sequence[object],
    *,
    missing_rights: tuple[str, ...] = (),
    cluster: ClusterView | None = None,
    user_names: tuple[str, ...] = (),
) -> Answering:
    """Raises ValueError when a field that every engine has is not there."""
    fields = parse_fields(info)
    parameters = parse_pairs(pairs)
    bound_addresses = tuple(parameters.pop("bind", "").split())
    try:
        role = Role.PRIMARY if fields["role"] == "master" else Role.REPLICA
        is_primary = role is Role.PRIMARY
        previous_replication_id = _previous_replication_id(fields)
        return Answering(
            role=role,
            replication_id=fields["master_replid"],
            previous_replication_id=previous_replication_id,
            previous_offset_bytes=int(fields["second_repl_offset"]) - 1 if previous_replication_id else 0,
            offset_bytes=offset_bytes(fields),
            key_count=_key_count(fields),
            is_loading=fields.get("loading") == "1" or fields.get("async_loading") == "1",
            primary_address=None if is_primary else fields["master_host"],
            primary_port=None if is_primary else int(fields["master_port"]),
            is_link_up=is_primary or fields["master_link_status"] == "up",
            link_silent_seconds=_link_silent_seconds(fields),
            is_syncing=fields.get("master_sync_in_progress") == "1",
            sync_progress_ratio=_sync_progress_ratio(fields),
            priority=int(fields.get("slave_priority", "100")),
            missing_rights=missing_rights,
            cluster=cluster,
            user_names=user_names,
            bound_addresses=bound_addresses,
            parameters=parameters,
            engine=EngineName.VALKEY if "valkey_version" in fields else EngineName.REDIS,
            engine_version=fields.get("valkey_version") or fields["redis_version"],
            used_memory_bytes=int(fields["used_memory"]),
            runs_in_cluster=fields.get("redis_mode", fields.get("server_mode")) == "cluster",
            used_databases=_used_databases(fields),
            data_bytes=int(fields.get("used_memory_dataset", "0")),
            online_replicas=tuple(address for address, _ in _online_replicas(fields)),
        )
    except KeyError as error:
        raise ValueError(f"INFO has no field {error}.") from error


def offset_bytes(fields: dict[str, str]) -> int:
    """A primary's own offset; for a replica how far it has *applied* its primary's stream.

    A replica's `master_repl_offset` is not it: that one belongs to its own stream to further replicas.
    Before a first sync the engine says 1 or -1, which is nothing.
    """
    if fields["role"] == "master":
        return int(fields["master_repl_offset"])
    applied = int(fields["slave_repl_offset"])
    return applied if applied > 1 else 0


def is_replica_online(fields: dict[str, str], address: str, port: int) -> bool:
    """Whether a primary calls the replica online that announced itself so.

    After a first sync it does up to a tenth of a second later than the replica calls its link up.
    """
    return (address, port) in _online_replicas(fields)


def _online_replicas(fields: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """Address and port of each, from lines like `slave0:ip=…,port=…,state=online,…`."""
    found = (_ONLINE.match(value) for name, value in fields.items() if name.startswith("slave"))
    return tuple((replica[1], int(replica[2])) for replica in found if replica)


def _previous_replication_id(fields: dict[str, str]) -> str:
    """Forty zeros are the engines' word for none."""
    named = fields["master_replid2"]
    return named if named.strip("0") else ""


def _link_silent_seconds(fields: dict[str, str]) -> int | None:
    """The engines say -1 without a link, and primaries nothing."""
    seconds = int(fields.get("master_last_io_seconds_ago", "-1"))
    return seconds if seconds >= 0 else None


def _key_count(fields: dict[str, str]) -> int:
    databases = (value for name, value in fields.items() if name.startswith("db"))
    return sum(int(keys[1]) for value in databases if (keys := _KEYS.match(value)))


def _used_databases(fields: dict[str, str]) -> tuple[int, ...]:
    return tuple(int(name[2:]) for name, value in fields.items() if name[:2] == "db" and _KEYS.match(value))


def _sync_progress_ratio(fields: dict[str, str]) -> float | None:
    """None without a sync under way, and for one of which the engine does not know how much is to come.

    An empty replica loads while it receives and counts what is loaded, against the size of the primary's
    keys in memory: an estimate that ends well below 1. One with keys receives a file of known length.
    """
    if fields.get("master_sync_in_progress") != "1":
        return None
    if fields.get("loading") == "1" and "loading_loaded_perc" in fields:
        return min(1.0, float(fields["loading_loaded_perc"]) / 100)
    total_bytes = int(fields.get("master_sync_total_bytes", "0"))
    if total_bytes <= 0:
        return None
    return min(1.0, int(fields.get("master_sync_read_bytes", "0")) / total_bytes)
