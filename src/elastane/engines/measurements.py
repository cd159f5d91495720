"""Reads what an engine counts: INFO, COMMAND and LATENCY HISTOGRAM. Bytes and lists in, values out.

Called by `measuring`. One walk over INFO's lines, because it is made for every node every few seconds: what nobody asks
for is not even converted.

A latency histogram is the engine's own: every call of a command that was begun, those that failed included, and not
those that were refused before (no right, wrong number of words). Times beyond one second are counted as one second
(`updateCommandLatencyHistogram` and `fillCommandCDF` in the sources of both engines).
"""

from collections.abc import Mapping, Sequence

from elastane.model.engine_names import EngineName
from elastane.model.measurements import CommandKind, CommandUse, LatencyHistogram, Measurements
from elastane.model.observations import Role

SECTIONS = ("server", "clients", "memory", "persistence", "stats", "replication", "commandstats", "keyspace")

NUMBERS = frozenset(
    {
        "acl_access_denied_auth",
        "acl_access_denied_channel",
        "acl_access_denied_cmd",
        "acl_access_denied_db",
        "acl_access_denied_key",
        "active_defrag_hits",
        "allocator_frag_bytes",
        "allocator_frag_ratio",
        "blocked_clients",
        "connected_clients",
        "evicted_keys",
        "expired_fields",
        "expired_keys",
        "keyspace_hits",
        "keyspace_misses",
        "master_link_down_since_seconds",
        "maxmemory",
        "mem_fragmentation_ratio",
        "mem_not_counted_for_evict",
        "pubsub_channels",
        "pubsubshard_channels",
        "rdb_bgsave_in_progress",
        "rejected_connections",
        "total_commands_processed",
        "total_connections_received",
        "total_error_replies",
        "total_net_input_bytes",
        "total_net_output_bytes",
        "tracking_total_keys",
        "used_memory",
        "used_memory_dataset",
    }
)
"""Fields of INFO that are one number each."""

KEYSPACE_NUMBERS = ("keys", "expires", "keys_with_volatile_items", "db0_avg_ttl")
"""Of the section of the databases: sums over all of them, and one of the first one alone."""

_TEXTS = frozenset(
    {
        "run_id",
        "uptime_in_seconds",
        "redis_version",
        "valkey_version",
        "role",
        "master_link_status",
        "master_replid",
        "master_replid2",
        "master_repl_offset",
        "slave_repl_offset",
    }
)


def parse_measurements(
    info: bytes, kinds: Mapping[str, CommandKind], histograms: Mapping[str, LatencyHistogram] | None = None
) -> Measurements:
    """Raises ValueError for what is no INFO, or one without a field that every engine has."""
    try:
        return _parse(info, kinds, histograms)
    except KeyError as error:
        raise ValueError(f"INFO has no field {error}.") from error


def _parse(
    info: bytes, kinds: Mapping[str, CommandKind], histograms: Mapping[str, LatencyHistogram] | None
) -> Measurements:
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    commands: dict[str, CommandUse] = {}
    databases: dict[str, dict[str, float]] = {}
    replica_offsets: dict[str, int] = {}
    for line in info.decode(errors="backslashreplace").split("\r\n"):
        name, _, value = line.partition(":")
        if name in NUMBERS:
            numbers[name] = float(value)
        elif name in _TEXTS:
            texts[name] = value
        elif "=" not in value:
            continue  # of all others most: asked first, because this is what takes time
        elif name.startswith("cmdstat_"):
            calls, microseconds, _ = value.split(",", 2)
            commands[name[8:]] = CommandUse(int(calls[6:]), int(microseconds[5:]))
        elif name.startswith("slave") and name[5:].isdecimal():
            replica = _parse_pairs(value)
            replica_offsets[replica["ip"]] = int(replica["offset"])
        elif name.startswith("db") and name[2:].isdecimal():
            databases[name] = {key: float(number) for key, number in _parse_pairs(value).items()}
    numbers.update(_keyspace_numbers(databases, knows_fields="expired_fields" in numbers))
    role = Role.PRIMARY if texts["role"] == "master" else Role.REPLICA
    previous_id = texts["master_replid2"]
    return Measurements(
        run_id=texts["run_id"],
        uptime_seconds=int(texts["uptime_in_seconds"]),
        engine=EngineName.VALKEY if "valkey_version" in texts else EngineName.REDIS,
        engine_version=texts.get("valkey_version") or texts["redis_version"],
        role=role,
        is_link_up=texts.get("master_link_status") == "up",
        replication_id=texts["master_replid"],
        previous_replication_id=previous_id if previous_id.strip("0") else "",
        offset_bytes=_offset_bytes(texts, role),
        replica_offsets=replica_offsets,
        numbers=numbers,
        commands=commands,
        kinds=kinds,
        histograms=histograms,
    )


def parse_place(info: bytes) -> tuple[Role, int]:
    """The role and the offset, of INFO's part about replication. Raises ValueError."""
    lines = info.decode(errors="backslashreplace").split("\r\n")
    texts = {name: value for name, _, value in (line.partition(":") for line in lines)}
    try:
        role = Role.PRIMARY if texts["role"] == "master" else Role.REPLICA
        return role, _offset_bytes(texts, role)
    except KeyError as error:
        raise ValueError(f"INFO has no field {error}.") from error


def find_run_id(info: bytes) -> str:
    """Empty for what is no INFO."""
    _, _, rest = info.partition(b"\r\nrun_id:")
    return rest.partition(b"\r\n")[0].decode(errors="backslashreplace")


def parse_kinds(reply: Sequence[object]) -> dict[str, CommandKind]:
    """COMMAND: every command and subcommand by its full name. What is spelled in a way that we do not know is left out.

    A command's reply is its name, arity, flags, first and last key, step, categories, and, from 7.0 on, tips, keys and
    subcommands of the same form.
    """
    kinds: dict[str, CommandKind] = {}
    for command in reply:
        if not isinstance(command, list) or len(command) < 7:
            continue
        name, _, flags, first_key, _, _, categories, *more = command
        if not isinstance(name, bytes):
            continue
        words = _words(flags)
        groups = frozenset(word.removeprefix("@") for word in _words(categories))
        kinds[name.decode(errors="backslashreplace").lower()] = CommandKind(
            is_read="readonly" in words,
            is_write="write" in words,
            # Channels of shards stand where keys do, and are none.
            is_keyed=(first_key != 0 or "movablekeys" in words) and "pubsub" not in groups,
            categories=groups,
        )
        if len(more) >= 3 and isinstance(more[2], list):
            kinds.update(parse_kinds(more[2]))
    return kinds


def parse_histograms(reply: Sequence[object]) -> dict[str, LatencyHistogram]:
    """LATENCY HISTOGRAM: a flat list of names and pairs, the second pair a flat list of microseconds and counts."""
    histograms = {}
    for name, said in zip(reply[::2], reply[1::2], strict=True):
        if isinstance(name, bytes) and isinstance(said, list) and len(said) == 4 and isinstance(said[3], list):
            steps = [int(number) for number in said[3] if isinstance(number, int)]
            buckets = tuple(zip(steps[::2], steps[1::2], strict=True))
            histograms[name.decode(errors="backslashreplace").lower()] = LatencyHistogram(buckets)
    return histograms


def _offset_bytes(texts: Mapping[str, str], role: Role) -> int:
    """As `info.offset_bytes`."""
    if role is Role.PRIMARY:
        return int(texts["master_repl_offset"])
    applied = int(texts["slave_repl_offset"])
    return applied if applied > 1 else 0


def _keyspace_numbers(databases: Mapping[str, Mapping[str, float]], *, knows_fields: bool) -> dict[str, float]:
    """Databases without keys are not listed, so nothing listed is nothing there: 0 is true. An average of none is not.

    How many keys have fields that expire is said from that version on which counts fields that have expired.
    """
    numbers = {name: sum(part.get(name, 0.0) for part in databases.values()) for name in ("keys", "expires")}
    if knows_fields:
        name = "keys_with_volatile_items"
        numbers[name] = sum(part.get(name, 0.0) for part in databases.values())
    first = databases.get("db0")
    if first is not None and first.get("expires") and "avg_ttl" in first:
        numbers["db0_avg_ttl"] = first["avg_ttl"]
    return numbers


def _parse_pairs(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (pair.partition("=") for pair in text.split(","))}


def _words(reply: object) -> frozenset[str]:
    words = reply if isinstance(reply, list) else []
    texts = (word if isinstance(word, bytes) else str(word).encode() for word in words)
    return frozenset(text.decode(errors="backslashreplace").lower() for text in texts)
