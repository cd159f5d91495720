"""Every metric of a node, as a table: AWS's name, where its number comes from, and what it is called elsewhere.

Names and units are AWS's (user guide, CacheMetrics.HostLevel, CacheMetrics.Redis and CacheMetrics.Memcached, whose
rows are in `memcached_definitions`). What is exposed to Prometheus has the OpenTelemetry Collector's name where its
receivers have one (`redis.keyspace.hits`, `memcached.commands`), spelled as Prometheus spells it, and a name of ours
otherwise; raw there, counters since the engine's start, in seconds, bytes and ratios.

How a number follows from fields is `Derivation`; `samples` does it. Fields are the engine's own, of INFO, and a few of
`node_counters`, which says what those are. A new metric is a row here, and a case in tests/live/metric_cases.py.
"""

from functools import cache

from elastane.metrics import command_families
from elastane.metrics.command_families import GET_TYPE, SET_TYPE, Family, calls_field, microseconds_field
from elastane.metrics.derivations import Definition, Derivation, Exposed, ExposedType, GroupSet, counter, gauge
from elastane.metrics.memcached_definitions import OF_MEMCACHED
from elastane.model.engine_names import WITH_ROLES, EngineName
from elastane.model.metrics import Unit

_EVERY_ENGINE = tuple(EngineName)


def _host(
    name: str,
    unit: Unit,
    derivation: Derivation,
    fields: tuple[str, ...],
    source: str,
    exposed: Exposed | None,
    engines: tuple[EngineName, ...] = _EVERY_ENGINE,
) -> Definition:
    return Definition(
        name=name, unit=unit, source=source, derivation=derivation, fields=fields, exposed=exposed,
        is_listed_by_cluster=True, engines=engines,
    )  # fmt: skip


def _level(
    name: str,
    unit: Unit,
    field: str,
    section: str,
    exposed: Exposed | None,
    *,
    old: bool = False,
    tier: bool = False,
    since: str | None = None,
) -> Definition:
    return Definition(
        name=name, unit=unit, source=f"INFO {section}: {field}", derivation=Derivation.LEVEL, fields=(field,),
        exposed=exposed, is_listed_by_cluster=old, has_tier=tier, since=since,
    )  # fmt: skip


def _growth(
    name: str,
    unit: Unit,
    field: str,
    exposed: Exposed | None,
    *,
    old: bool = False,
    since: str | None = None,
) -> Definition:
    return Definition(
        name=name, unit=unit, source=f"INFO stats: growth of {field}", derivation=Derivation.INCREMENT,
        fields=(field,), exposed=exposed, is_listed_by_cluster=old, since=since,
    )  # fmt: skip


def _percent_of(
    name: str, fields: tuple[str, ...], source: str, exposed: Exposed | None = None, *, old: bool = False,
    group_sets: tuple[GroupSet, ...] = (),
) -> Definition:  # fmt: skip
    return Definition(
        name=name, unit=Unit.PERCENT, source=source, derivation=Derivation.PERCENT_OF, fields=fields, exposed=exposed,
        is_listed_by_cluster=old, group_sets=group_sets,
    )  # fmt: skip


_TWO_GROUP_SETS = (GroupSet.GROUP, GroupSet.NODE_GROUP)
_ACL_SINCE = "Redis OSS 7.2, Valkey 7.2"
_MEMORY_SOURCE = "INFO memory: used_memory / maxmemory"
_EVICTABLE_SOURCE = "INFO memory: (used_memory - mem_not_counted_for_evict) / maxmemory"
_EVICTABLE = ("used_memory", "mem_not_counted_for_evict", "maxmemory")

_OF_THE_HOST: tuple[Definition, ...] = (
    _host("CPUUtilization", Unit.PERCENT, Derivation.PERCENT_OF_GROWTH, ("machine_busy_ticks", "machine_all_ticks"),
        "/proc/stat: all processors of the machine, which its nodes share",
        counter("elastane_node_process_cpu_seconds_total", "Processor time of the engine's process, all its threads.",
            "process_nanoseconds", scale=1e-9)),
    _host("FreeableMemory", Unit.BYTES, Derivation.LEVEL, ("machine_available_bytes",),
        "/proc/meminfo: MemAvailable, of the machine, which its nodes share",
        gauge("elastane_node_host_memory_available_bytes", "Memory of the node's machine that can be had without "
            "swapping.", "machine_available_bytes")),
    _host("SwapUsage", Unit.BYTES, Derivation.LEVEL, ("machine_swapped_bytes",),
        "/proc/meminfo: SwapTotal - SwapFree, of the machine, which its nodes share",
        gauge("elastane_node_host_swap_used_bytes", "Swap space of the node's machine in use.",
            "machine_swapped_bytes")),
    _host("MajorPageFaults", Unit.COUNT, Derivation.INCREMENT, ("major_faults",),
        "/proc/<pid>/stat: growth of majflt, of the engine's process",
        counter("elastane_node_major_page_faults_total", "Pages of the engine that were read from a disk.",
            "major_faults")),
    _host("NetworkBytesIn", Unit.BYTES, Derivation.INCREMENT, ("total_net_input_bytes",),
        "INFO stats: growth of total_net_input_bytes, of the engine's own sockets; a machine's interface is shared",
        counter("redis_net_input_bytes_total", "Bytes that the engine has read from the network.",
            "total_net_input_bytes", "redis.net.input"), WITH_ROLES),
    _host("NetworkBytesOut", Unit.BYTES, Derivation.INCREMENT, ("total_net_output_bytes",),
        "INFO stats: growth of total_net_output_bytes, of the engine's own sockets; a machine's interface is shared",
        counter("redis_net_output_bytes_total", "Bytes that the engine has written to the network.",
            "total_net_output_bytes", "redis.net.output"), WITH_ROLES),
)  # fmt: skip

_OF_MEMORY: tuple[Definition, ...] = (
    _level("BytesUsedForCache", Unit.BYTES, "used_memory", "memory",
        gauge("redis_memory_used_bytes", "Memory that the engine has allocated.", "used_memory",
            "redis.memory.used"), old=True, tier=True),
    _level("UsedMemoryDataset", Unit.BYTES, "used_memory_dataset", "memory",
        gauge("elastane_node_memory_dataset_bytes", "Memory that the data takes.", "used_memory_dataset")),
    _percent_of("DatabaseMemoryUsagePercentage", ("used_memory", "maxmemory"), _MEMORY_SOURCE,
        gauge("redis_maxmemory_bytes", "Memory that the engine may use for data; 0 without a limit.", "maxmemory",
            "redis.maxmemory"), old=True),
    _percent_of("DatabaseMemoryUsageCountedForEvictPercentage", _EVICTABLE, _EVICTABLE_SOURCE,
        gauge("elastane_node_memory_not_counted_for_evict_bytes", "Memory in use that makes nobody evict keys.",
            "mem_not_counted_for_evict"), group_sets=_TWO_GROUP_SETS),
    _percent_of("DatabaseCapacityUsagePercentage", ("used_memory", "maxmemory"), _MEMORY_SOURCE),
    _percent_of("DatabaseCapacityUsageCountedForEvictPercentage", _EVICTABLE, _EVICTABLE_SOURCE,
        group_sets=_TWO_GROUP_SETS),
    _level("MemoryFragmentationRatio", Unit.NONE, "mem_fragmentation_ratio", "memory",
        gauge("redis_memory_fragmentation_ratio", "Memory of the process, to memory allocated.",
            "mem_fragmentation_ratio", "redis.memory.fragmentation_ratio"), old=True),
    _level("AllocatorFragmentationBytes", Unit.BYTES, "allocator_frag_bytes", "memory",
        gauge("elastane_node_allocator_fragmentation_bytes", "Memory lost between allocations.",
            "allocator_frag_bytes")),
    _level("AllocatorFragmentationRatio", Unit.NONE, "allocator_frag_ratio", "memory",
        gauge("elastane_node_allocator_fragmentation_ratio", "Memory of the allocator's pages, to memory allocated.",
            "allocator_frag_ratio")),
    _growth("ActiveDefragHits", Unit.COUNT, "active_defrag_hits",
        counter("elastane_node_active_defrag_hits_total", "Values moved by active defragmentation.",
            "active_defrag_hits"), old=True),
)  # fmt: skip

_OF_KEYS: tuple[Definition, ...] = (
    _growth("CacheHits", Unit.COUNT, "keyspace_hits",
        counter("redis_keyspace_hits_total", "Lookups of keys that were found.", "keyspace_hits",
            "redis.keyspace.hits"), old=True),
    _growth("CacheMisses", Unit.COUNT, "keyspace_misses",
        counter("redis_keyspace_misses_total", "Lookups of keys that were not found.", "keyspace_misses",
            "redis.keyspace.misses"), old=True),
    Definition(name="CacheHitRate", unit=Unit.PERCENT, derivation=Derivation.SHARE,
        source="INFO stats: growth of keyspace_hits / (keyspace_hits + keyspace_misses)",
        fields=("keyspace_hits", "keyspace_misses"), is_listed_by_cluster=True),
    _level("CurrItems", Unit.COUNT, "keys", "keyspace",
        gauge("elastane_node_keys", "Keys, in all databases.", "keys"), old=True, tier=True),
    _level("CurrVolatileItems", Unit.COUNT, "expires", "keyspace",
        gauge("elastane_node_volatile_keys", "Keys that expire, in all databases.", "expires"), old=True),
    _level("CurrItemsWithVolatileFields", Unit.COUNT, "keys_with_volatile_items", "keyspace",
        gauge("elastane_node_keys_with_volatile_fields", "Hashes with fields that expire, in all databases.",
            "keys_with_volatile_items"), since="Valkey 9.0"),
    _level("DB0AverageTTL", Unit.MILLISECONDS, "db0_avg_ttl", "keyspace",
        Exposed(name="redis_db_avg_ttl_seconds", type=ExposedType.GAUGE, field="db0_avg_ttl", scale=1e-3,
            help="How long keys that expire have left, as the engine estimates it.", labels=(("db", "0"),),
            opentelemetry_name="redis.db.avg_ttl"), old=True),
    _growth("Reclaimed", Unit.COUNT, "expired_keys",
        counter("redis_keys_expired_total", "Keys that have expired.", "expired_keys", "redis.keys.expired"),
        old=True),
    _growth("ReclaimedFields", Unit.COUNT, "expired_fields",
        counter("elastane_node_fields_expired_total", "Fields of hashes that have expired.", "expired_fields"),
        since="Valkey 9.0"),
    _growth("Evictions", Unit.COUNT, "evicted_keys",
        counter("redis_keys_evicted_total", "Keys evicted to make room.", "evicted_keys", "redis.keys.evicted"),
        old=True),
    _level("KeysTracked", Unit.COUNT, "tracking_total_keys", "stats",
        gauge("elastane_node_tracked_keys", "Keys that the engine tracks for clients that cache.",
            "tracking_total_keys")),
)  # fmt: skip

_OF_CLIENTS: tuple[Definition, ...] = (
    _level("CurrConnections", Unit.COUNT, "connected_clients", "clients",
        gauge("redis_clients_connected", "Connections of clients, replicas left out and ours counted.",
            "connected_clients", "redis.clients.connected"), old=True),
    _growth("NewConnections", Unit.COUNT, "total_connections_received",
        counter("redis_connections_received_total", "Connections that the engine has accepted.",
            "total_connections_received", "redis.connections.received"), old=True),
    _level("BlockedConnections", Unit.COUNT, "blocked_clients", "clients",
        gauge("redis_clients_blocked", "Clients that wait in a blocking command.", "blocked_clients",
            "redis.clients.blocked")),
    _growth("RejectedConnections", Unit.COUNT, "rejected_connections",
        counter("redis_connections_rejected_total", "Connections refused because of maxclients.",
            "rejected_connections", "redis.connections.rejected")),
    _growth("AuthenticationFailures", Unit.COUNT, "acl_access_denied_auth",
        counter("elastane_node_authentication_failures_total", "Sign-ins that were refused.",
            "acl_access_denied_auth"), since=_ACL_SINCE),
    _growth("CommandAuthorizationFailures", Unit.COUNT, "acl_access_denied_cmd",
        counter("elastane_node_command_authorization_failures_total", "Commands refused for want of a right.",
            "acl_access_denied_cmd"), since=_ACL_SINCE),
    _growth("KeyAuthorizationFailures", Unit.COUNT, "acl_access_denied_key",
        counter("elastane_node_key_authorization_failures_total", "Accesses to keys refused for want of a right.",
            "acl_access_denied_key"), since=_ACL_SINCE),
    _growth("ChannelAuthorizationFailures", Unit.COUNT, "acl_access_denied_channel",
        counter("elastane_node_channel_authorization_failures_total",
            "Accesses to channels refused for want of a right.", "acl_access_denied_channel"), since=_ACL_SINCE),
    _growth("DatabaseAuthorizationFailures", Unit.COUNT, "acl_access_denied_db",
        counter("elastane_node_database_authorization_failures_total",
            "Accesses to databases refused for want of a right.", "acl_access_denied_db"), since="Valkey 9.1"),
    _growth("ErrorCount", Unit.COUNT, "total_error_replies",
        counter("elastane_node_error_replies_total", "Errors that the engine has answered.", "total_error_replies"),
        since="Redis OSS 6.2, Valkey 7.2"),
    _growth("ProcessedCommands", Unit.COUNT, "total_commands_processed",
        counter("redis_commands_processed_total", "Commands that the engine has carried out.",
            "total_commands_processed", "redis.commands.processed")),
    _level("PubSubChannels", Unit.COUNT, "pubsub_channels", "stats",
        gauge("elastane_node_pubsub_channels", "Channels with subscribers.", "pubsub_channels")),
    _level("PubSubShardChannels", Unit.COUNT, "pubsubshard_channels", "stats",
        gauge("elastane_node_pubsub_shard_channels", "Channels of shards with subscribers.",
            "pubsubshard_channels"), since="Redis OSS 7.0, Valkey 7.2"),
)  # fmt: skip

_OF_THE_NODE: tuple[Definition, ...] = (
    Definition(name="EngineCPUUtilization", unit=Unit.PERCENT, derivation=Derivation.PERCENT_OF_TIME,
        source="/proc/<pid>/task/<pid>/schedstat: growth of the time on a processor, of the engine's main thread",
        fields=("main_thread_nanoseconds",), is_listed_by_cluster=True, group_sets=tuple(GroupSet),
        exposed=counter("elastane_node_main_thread_cpu_seconds_total",
            "Processor time of the engine's main thread.", "main_thread_nanoseconds", scale=1e-9)),
    Definition(name="IsMaster", unit=Unit.COUNT, derivation=Derivation.LEVEL, fields=("is_primary",),
        source="INFO replication: role", is_listed_by_cluster=True,
        exposed=gauge("elastane_node_is_primary", "1 for a primary, 0 for a replica.", "is_primary")),
    Definition(name="ReplicationBytes", unit=Unit.BYTES, derivation=Derivation.INCREMENT, fields=("stream_bytes",),
        source="INFO replication: growth of master_repl_offset while the node is primary", is_listed_by_cluster=True,
        exposed=gauge("redis_replication_offset_bytes", "How far the primary's stream is.", "stream_bytes",
            "redis.replication.offset")),
    Definition(name="ReplicationLag", unit=Unit.SECONDS, derivation=Derivation.LEVEL,
        fields=("replication_lag_seconds",), is_listed_by_cluster=True,
        source="offsets of the primary and then of the replica, against when the primary was there: see `lag`",
        exposed=gauge("elastane_node_replication_lag_seconds", "How far the replica is behind its primary.",
            "replication_lag_seconds")),
    _level("SaveInProgress", Unit.COUNT, "rdb_bgsave_in_progress", "persistence",
        gauge("elastane_node_save_in_progress", "1 while the engine writes its data for a snapshot or a replica.",
            "rdb_bgsave_in_progress"), old=True),
)  # fmt: skip


def _latency(name: str, family: Family, label: str) -> Definition:
    return Definition(
        name=name, unit=Unit.MICROSECONDS, derivation=Derivation.DISTRIBUTION, fields=(microseconds_field(family),),
        source=f"LATENCY HISTOGRAM: calls of commands that {label}, failed ones too; the sum is of INFO commandstats",
        since="Redis OSS 7.0, Valkey 7.2",
        exposed=Exposed(name="elastane_node_request_duration_seconds", type=ExposedType.HISTOGRAM, scale=1e-6,
            help="How long commands took the engine, measured in steps of twice the one before.", field=label,
            labels=(("kind", label),)),
    )  # fmt: skip


READS, WRITES = "read", "write"
"""The names of the two histograms."""

_OF_REQUESTS = (
    _latency("SuccessfulReadRequestLatency", GET_TYPE, READS),
    _latency("SuccessfulWriteRequestLatency", SET_TYPE, WRITES),
)


def _of_family(family: Family) -> tuple[Definition, Definition]:
    calls, microseconds = calls_field(family), microseconds_field(family)
    labels = (("family", family.label),)
    return (
        Definition(
            name=f"{family.name}Cmds", unit=Unit.COUNT, derivation=Derivation.INCREMENT, fields=(calls,),
            source="INFO commandstats: growth of calls, of the family's commands", is_listed_by_cluster=True,
            exposed=Exposed(name="elastane_node_commands_total", type=ExposedType.COUNTER, field=calls, labels=labels,
                help="Commands carried out, by family. A command may be of several."),
        ),
        Definition(
            name=f"{family.name}CmdsLatency", unit=Unit.MICROSECONDS, derivation=Derivation.MEAN,
            fields=(microseconds, calls), is_listed_by_cluster=True,
            source="INFO commandstats: growth of usec / growth of calls, of the family's commands",
            exposed=Exposed(name="elastane_node_command_seconds_total", type=ExposedType.COUNTER, field=microseconds,
                labels=labels, scale=1e-6, help="Time that commands took, by family. A command may be of several."),
        ),
    )  # fmt: skip


DEFINITIONS: tuple[Definition, ...] = (
    *_OF_THE_HOST,
    *_OF_MEMORY,
    *_OF_KEYS,
    *_OF_CLIENTS,
    *_OF_THE_NODE,
    *_OF_REQUESTS,
    *(definition for family in command_families.FAMILIES for definition in _of_family(family)),
    *OF_MEMCACHED,
)


@cache
def definitions_of(engine: EngineName) -> tuple[Definition, ...]:
    """Those of its nodes: no name is among them twice."""
    return tuple(definition for definition in DEFINITIONS if engine in definition.engines)


_VIRTUAL = "It is about the virtual machines of AWS: their sizes, their network cards, what they are promised."
_TIERING = "There is no tiering of data to disks: all of it is in memory."
_DURABILITY = "Engines here have no log of writes that would survive them all."
_SEARCH = "Engines here have no search module."
_TOKENS = "It is not counted which of the connections that signed in by IAM were refused or ended for it."

ABSENT: dict[str, str] = {
    **dict.fromkeys(("CPUCreditBalance", "CPUCreditUsage"), _VIRTUAL),
    **dict.fromkeys(("NetworkMaxBytesIn", "NetworkMaxBytesOut", "NetworkMaxPacketsIn", "NetworkMaxPacketsOut"),
        "It is the highest second of a minute, and nothing here looks every second."),
    **dict.fromkeys(("NetworkPacketsIn", "NetworkPacketsOut"),
        "The kernel counts packets by interface, which all nodes of a machine share, and not by process."),
    **dict.fromkeys(("NetworkBandwidthInAllowanceExceeded", "NetworkBandwidthOutAllowanceExceeded",
        "NetworkConntrackAllowanceExceeded", "NetworkLinkLocalAllowanceExceeded",
        "NetworkPacketsPerSecondAllowanceExceeded", "NetworkBaselineUsageInPercentage",
        "NetworkBaselineUsageOutPercentage", "NetworkBaselineMaxUsageInPercentage",
        "NetworkBaselineMaxUsageOutPercentage"), _VIRTUAL),
    **dict.fromkeys(("BytesReadFromDisk", "BytesWrittenToDisk", "NumItemsReadFromDisk", "NumItemsWrittenToDisk"),
        _TIERING),
    "MasterLinkHealthStatus": "It is about migrations from engines outside, which are not built.",
    "GlobalDatastoreReplicationLag": "There are no global datastores.",
    "TrafficManagementActive": "Nothing here holds traffic back in place of an engine.",
    **dict.fromkeys(("IamAuthenticationExpirations", "IamAuthenticationThrottling"), _TOKENS),
    **dict.fromkeys(("SearchNumberOfIndexes", "SearchTotalIndexedDocuments", "SearchUsedMemoryBytes"), _SEARCH),
    **dict.fromkeys(("DurabilityLag", "DurabilityBufferExceededErrorCount"), _DURABILITY),
}  # fmt: skip
"""AWS's metrics that are not measured, and why. Families of modules are measured where an engine has the module."""
