"""The metrics that nodes of Memcached clusters have besides those of every host, as a table: rows of `definitions`.

Names and units are AWS's (user guide, CacheMetrics.Memcached). Fields are the engine's own, of `stats`, and three that
`memcached_counters` takes from the configuration endpoint. All of them are also told of the whole cluster.
"""

from elastane.metrics.derivations import Definition, Derivation, Exposed, ExposedType, counter, gauge
from elastane.model.engine_names import EngineName
from elastane.model.metrics import Unit

_ENGINES = (EngineName.MEMCACHED,)
_ENDPOINT = "the configuration endpoint"


def _row(
    name: str,
    unit: Unit,
    derivation: Derivation,
    fields: tuple[str, ...],
    source: str,
    exposed: Exposed | None,
    minute_value_min: float | None = None,
) -> Definition:
    return Definition(
        name=name, unit=unit, source=source, derivation=derivation, fields=fields, exposed=exposed,
        is_listed_by_cluster=True, engines=_ENGINES, minute_value_min=minute_value_min,
    )  # fmt: skip


def _level(name: str, unit: Unit, field: str, exposed: Exposed) -> Definition:
    return _row(name, unit, Derivation.LEVEL, (field,), f"stats: {field}", exposed)


def _growth(
    name: str, unit: Unit, field: str, exposed: Exposed | None, minute_value_min: float | None = None
) -> Definition:
    source = f"stats: growth of {field}"
    if minute_value_min is not None:
        source += f", {minute_value_min:g} in a minute at the least"
    return _row(name, unit, Derivation.INCREMENT, (field,), source, exposed, minute_value_min)


def _labelled(name: str, help: str, field: str, otel: str, **labels: str) -> Exposed:
    return Exposed(
        name=name, type=ExposedType.COUNTER, help=help, field=field, labels=tuple(labels.items()),
        opentelemetry_name=otel,
    )  # fmt: skip


def _network(field: str, direction: str) -> Exposed:
    return _labelled(
        "memcached_network_bytes_total", "Bytes that the engine has moved over the network.", field,
        "memcached.network", direction=direction,
    )  # fmt: skip


def _commands(name: str, command: str) -> Definition:
    """OpenTelemetry's four."""
    field = f"cmd_{command}"
    return _growth(name, Unit.COUNT, field, _labelled(
        "memcached_commands_total", "Commands carried out; a get of several keys is as many.", field,
        "memcached.commands", command=command,
    ))  # fmt: skip


def _outcome(name: str, field: str, operation: str, result: str) -> Definition:
    """OpenTelemetry's operations are three: increment, decrement, get."""
    return _growth(name, Unit.COUNT, field, _labelled(
        "memcached_operations_total", "Operations on keys, by whether there was one.", field,
        "memcached.operations", operation=operation, type=result,
    ))  # fmt: skip


_OF_THE_NETWORK = (
    # As of other engines: a machine's interface is shared.
    _growth("NetworkBytesIn", Unit.BYTES, "bytes_read", None),
    _growth("NetworkBytesOut", Unit.BYTES, "bytes_written", None),
    _growth("BytesReadIntoMemcached", Unit.BYTES, "bytes_read", _network("bytes_read", "received")),
    _growth("BytesWrittenOutFromMemcached", Unit.BYTES, "bytes_written", _network("bytes_written", "sent")),
    _level("CurrConnections", Unit.COUNT, "curr_connections",
        gauge("memcached_connections_current", "Connections, ours counted.", "curr_connections",
            "memcached.connections.current")),
    # AWS connects anew for each minute's measurement; here a connection is kept for that.
    _growth("NewConnections", Unit.COUNT, "total_connections",
        counter("memcached_connections_total", "Connections that the engine has accepted.", "total_connections",
            "memcached.connections.total"), minute_value_min=1),
)  # fmt: skip

_OF_MEMORY = (
    _level("BytesUsedForCacheItems", Unit.BYTES, "bytes",
        gauge("memcached_bytes", "Memory that items take.", "bytes", "memcached.bytes")),
    _level("BytesUsedForHash", Unit.BYTES, "hash_bytes",
        gauge("elastane_node_hash_table_bytes", "Memory of the table by which items are found.", "hash_bytes")),
    _row("UnusedMemory", Unit.BYTES, Derivation.DIFFERENCE, ("limit_maxbytes", "bytes"),
        "stats: limit_maxbytes - bytes",
        gauge("elastane_node_memory_limit_bytes", "Memory that items may take.", "limit_maxbytes")),
    _growth("SlabsMoved", Unit.COUNT, "slabs_moved",
        counter("elastane_node_slab_pages_moved_total", "Pages of memory given to items of another size.",
            "slabs_moved")),
)  # fmt: skip

_OF_ITEMS = (
    _level("CurrItems", Unit.COUNT, "curr_items",
        gauge("memcached_current_items", "Items, those that have expired and are not yet taken away among them.",
            "curr_items", "memcached.current_items")),
    _growth("NewItems", Unit.COUNT, "total_items",
        counter("elastane_node_items_stored_total", "Items that were stored.", "total_items")),
    _growth("Evictions", Unit.COUNT, "evictions",
        counter("memcached_evictions_total", "Items evicted to make room, though their time was not over.",
            "evictions", "memcached.evictions")),
    _growth("EvictedUnfetched", Unit.COUNT, "evicted_unfetched",
        counter("elastane_node_evicted_unfetched_items_total", "Items evicted that nobody had asked for.",
            "evicted_unfetched")),
    _growth("ExpiredUnfetched", Unit.COUNT, "expired_unfetched",
        counter("elastane_node_expired_unfetched_items_total", "Items expired that nobody had asked for.",
            "expired_unfetched")),
    _growth("Reclaimed", Unit.COUNT, "reclaimed",
        counter("elastane_node_reclaimed_items_total", "Expired items taken away to make room for another.",
            "reclaimed")),
)  # fmt: skip

_OF_COMMANDS = (
    _commands("CmdGet", "get"),
    _commands("CmdSet", "set"),
    _commands("CmdFlush", "flush"),
    _commands("CmdTouch", "touch"),
    _outcome("GetHits", "get_hits", "get", "hit"),
    _outcome("GetMisses", "get_misses", "get", "miss"),
    _outcome("IncrHits", "incr_hits", "increment", "hit"),
    _outcome("IncrMisses", "incr_misses", "increment", "miss"),
    _outcome("DecrHits", "decr_hits", "decrement", "hit"),
    _outcome("DecrMisses", "decr_misses", "decrement", "miss"),
    _outcome("DeleteHits", "delete_hits", "delete", "hit"),
    _outcome("DeleteMisses", "delete_misses", "delete", "miss"),
    _outcome("TouchHits", "touch_hits", "touch", "hit"),
    _outcome("TouchMisses", "touch_misses", "touch", "miss"),
    _outcome("CasHits", "cas_hits", "cas", "hit"),
    _outcome("CasMisses", "cas_misses", "cas", "miss"),
    _growth("CasBadval", Unit.COUNT, "cas_badval",
        counter("elastane_node_cas_bad_values_total", "Times that somebody else had changed what cas was to change.",
            "cas_badval")),
)  # fmt: skip

_OF_THE_CONFIGURATION = (
    _row("CmdConfigGet", Unit.COUNT, Derivation.INCREMENT, ("config_gets",),
        f"{_ENDPOINT}: growth of how often it was asked for its list, by connections whose node it is",
        counter("elastane_node_config_gets_total",
            "Times that the configuration endpoint was asked for its list, by connections of this node.",
            "config_gets")),
    _row("CmdConfigSet", Unit.COUNT, Derivation.INCREMENT, ("config_changes",),
        f"{_ENDPOINT}: growth of how often its list has changed",
        counter("elastane_node_config_changes_total", "Times that the configuration endpoint's list has changed.",
            "config_changes")),
    _row("CurrConfig", Unit.COUNT, Derivation.LEVEL, ("configurations",),
        f"{_ENDPOINT}: 1 where it tells a list",
        gauge("elastane_node_configurations", "1 where the configuration endpoint tells a list.", "configurations")),
)  # fmt: skip

OF_MEMCACHED: tuple[Definition, ...] = (
    *_OF_THE_NETWORK,
    *_OF_MEMORY,
    *_OF_ITEMS,
    *_OF_COMMANDS,
    *_OF_THE_CONFIGURATION,
)
