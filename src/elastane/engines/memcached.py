"""What a Memcached node is started with: its command line, and what the running process shall then say of itself.

Rendered by the reconciler's start step and run by a host, in the node's directory. Pure: nothing here reads a file or a
clock. All that memcached can be told, it is told on its command line; there is nothing to tell it later.

What a parameter says is passed even where memcached would do so by itself, so that another version's defaults change
nothing, but for what is on since 1.5 and AWS's parameters call 0 all the same (`lru_crawler`, `lru_maintainer`,
`slab_reassign`, `slab_automove`, `maxconns_fast`): 0 means that nobody asked for it, and memcached's own default holds,
unless `no_modern` takes it away. So it is on AWS. Of each option, the words of memcached.c 1.6.38 are meant.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from elastane.catalog import encryption, node_types
from elastane.catalog.memcached_parameters import MEGABYTE, all_values, item_memory_megabytes, item_sizes
from elastane.catalog.node_types import NodeType
from elastane.engines.memcached_engines import MemcachedAddress
from elastane.engines.valkey import NodeCertificate
from elastane.model.versions import version_numbers

WORKER_LOG_VERSION = (1, 6, 40)
"""Before it, `worker_logbuf_size` was taken for a list of slab sizes as well (a missing `break` in main), and memcached
ends at its start for most of its values."""

WORKER_LOG_KILOBYTES = "64"
"""Then it is this."""


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in which one node's command line differs from another's."""

    at: MemcachedAddress
    node_type: NodeType
    """One that runs Memcached."""
    parameters: Mapping[str, str]
    """The parameter group's values, as far as they differ from the family's."""
    engine_version: str
    """As `discovery` found it, 1.6.38."""
    connections_max: int
    """How many files a process may open here: memcached ends at its start when it is told of more connections."""


def command_line(binary: Path, config: NodeConfig) -> tuple[str, ...]:
    """Without a secret: every user of the machine could read it. To be run in the directory with the node's files."""
    values = all_values(config.parameters, config.node_type)
    # Item sizes before the extended options: `track_sizes` counts by the largest item as it is known when it is read.
    return (
        str(binary),
        *("-l", config.at.address, "-p", str(config.at.port), "-U", "0"),
        *("-u", "root"),  # as whom root starts it; nobody else is asked
        *("-m", str(item_memory_megabytes(values)), "-I", str(item_sizes(values).item_bytes)),
        *("-c", str(_connections(values, config.connections_max)), "-t", values["num_threads"]),
        *("-b", values["backlog_queue_limit"], "-R", values["requests_per_event"], "-B", values["binding_protocol"]),
        *("-n", values["chunk_size"], "-f", values["chunk_size_growth_factor"]),
        *(flag for parameter, flag in _FLAGS.items() if values[parameter] == "1"),
        *(("-Z",) if config.at.is_encrypted else ()),
        *("-o", ",".join(_extended(values, config))),
    )


def certificate_files(certificate: NodeCertificate) -> dict[str, str]:
    """The files of a node with encryption in transit. No client is asked for a certificate, so nobody is trusted."""
    return {encryption.NODE_FILE: certificate.node_pem.reveal()}


def wanted_settings(
    parameters: Mapping[str, str], node_type: NodeType, engine_version: str, connections_max: int
) -> dict[str, str]:
    """What `stats settings` says of a node that was started so, as far as parameters decide it.

    Shared between passes: not to be changed.
    """
    return _wanted(tuple(parameters.items()), node_type.name, engine_version, connections_max)


@functools.lru_cache(maxsize=1024)  # asked at every pass of every cluster
def _wanted(
    parameters: tuple[tuple[str, str], ...], node_type: str, engine_version: str, connections_max: int
) -> dict[str, str]:
    values = all_values(dict(parameters), node_types.get_node_type(node_type))
    sizes = item_sizes(values)
    return {
        "maxbytes": str(item_memory_megabytes(values) * MEGABYTE),
        "item_size_max": str(sizes.item_bytes),
        "slab_chunk_max": str(sizes.chunk_bytes),
        "maxconns": str(_connections(values, connections_max)),
        "num_threads": values["num_threads"],
        "tcp_backlog": values["backlog_queue_limit"],
        "reqs_per_event": values["requests_per_event"],
        "binding_protocol": "auto-negotiate" if values["binding_protocol"] == "auto" else values["binding_protocol"],
        "chunk_size": values["chunk_size"],
        "growth_factor": f"{float(values['chunk_size_growth_factor']):.2f}",
        "hash_algorithm": values["hash_algorithm"],
        "hashpower_init": values["hashpower_init"],
        "idle_timeout": values["idle_timeout"],
        "watcher_logbuf_size": _kilobytes(values["watcher_logbuf_size"]),
        "worker_logbuf_size": _kilobytes(_worker_log(values, engine_version)),
        "cas_enabled": _yes(values["cas_disabled"] == "0"),
        "flush_enabled": _yes(values["disable_flush_all"] == "0"),
        "evictions": "on" if values["error_on_memory_exhausted"] == "0" else "off",
        "track_sizes": _yes(values["track_sizes"] == "1"),
        **{setting: _yes(_is_on(values, parameter)) for parameter, setting in _MODERN.items()},
        "slab_automove": _automove(values),
    }


_FLAGS = {
    "cas_disabled": "-C",
    "disable_flush_all": "-F",
    "error_on_memory_exhausted": "-M",
}

_MODERN = {
    "lru_crawler": "lru_crawler",
    "lru_maintainer": "lru_maintainer_thread",
    "maxconns_fast": "maxconns_fast",
    "slab_reassign": "slab_reassign",
}
"""Options of the same name, and the settings that tell of them: what is on unless `no_modern` is."""


def _extended(values: Mapping[str, str], config: NodeConfig) -> Iterator[str]:
    """`no_modern` comes first: it takes back what was said before it."""
    if values["no_modern"] == "1":
        yield "no_modern"
    yield f"slab_chunk_max={item_sizes(values).chunk_bytes // 1024}"
    for name, option in (("hash_algorithm", "hash_algorithm"), ("hashpower_init", "hashpower")):
        yield f"{option}={values[name]}"
    for name in ("idle_timeout", "watcher_logbuf_size"):
        yield f"{name}={values[name]}"
    if version_numbers(config.engine_version) >= WORKER_LOG_VERSION:
        yield f"worker_logbuf_size={values['worker_logbuf_size']}"
    yield from (option for option in (*_MODERN, "track_sizes") if values[option] == "1")
    if values["slab_automove"] != "0":
        yield f"slab_automove={values['slab_automove']}"
    if config.at.is_encrypted:
        # By their names alone: a comma in the path of the data directory would end the option.
        yield f"ssl_chain_cert={encryption.NODE_FILE}"
        yield f"ssl_key={encryption.NODE_FILE}"


def _connections(values: Mapping[str, str], connections_max: int) -> int:
    return min(int(values["max_simultaneous_connections"]), connections_max)


def _worker_log(values: Mapping[str, str], engine_version: str) -> str:
    is_known = version_numbers(engine_version) >= WORKER_LOG_VERSION
    return values["worker_logbuf_size"] if is_known else WORKER_LOG_KILOBYTES


def _is_on(values: Mapping[str, str], parameter: str) -> bool:
    return values[parameter] == "1" or values["no_modern"] == "0"


def _automove(values: Mapping[str, str]) -> str:
    if values["slab_automove"] == "0" and values["no_modern"] == "0":
        return "1"
    return values["slab_automove"]


def _kilobytes(text: str) -> str:
    return str(int(text) * 1024)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
