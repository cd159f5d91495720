"""What `stats settings` of a memcached says, from its command line: as far as anybody here asks.

A table of what its options do in the order in which they come, as `main` of memcached.c 1.6.38 reads them. That it is
so is asked of a real one by the contract test.
"""

from collections.abc import Callable
from functools import cache

PAGE_BYTES = 1024 * 1024

DEFAULTS = {
    "maxbytes": str(64 * 1024 * 1024),
    "maxconns": "1024",
    "tcpport": "11211",
    "udpport": "0",
    "inter": "NULL",
    "evictions": "on",
    "growth_factor": "1.25",
    "chunk_size": "48",
    "num_threads": "4",
    "reqs_per_event": "20",
    "cas_enabled": "yes",
    "tcp_backlog": "1024",
    "binding_protocol": "auto-negotiate",
    "item_size_max": str(PAGE_BYTES),
    "maxconns_fast": "yes",
    "hashpower_init": "0",
    "slab_reassign": "yes",
    "slab_automove": "1",
    "slab_chunk_max": str(PAGE_BYTES // 2),
    "lru_crawler": "yes",
    "flush_enabled": "yes",
    "hash_algorithm": "murmur3",
    "lru_maintainer_thread": "yes",
    "lru_segmented": "yes",
    "idle_timeout": "0",
    "watcher_logbuf_size": str(256 * 1024),
    "worker_logbuf_size": str(64 * 1024),
    "track_sizes": "no",
    "ssl_enabled": "no",
    "ssl_chain_cert": "(null)",
    "ssl_key": "(null)",
}


def settings_of(argv: tuple[str, ...]) -> dict[str, str]:
    """Raises KeyError for an option that nothing here passes."""
    return dict(_read(argv))


@cache  # a simulation asks at every look
def _read(argv: tuple[str, ...]) -> dict[str, str]:
    settings = dict(DEFAULTS)
    words = iter(argv[1:])
    for word in words:
        if word in _FLAGS:
            settings |= _FLAGS[word]
        elif word == "-o":
            for part in next(words).split(","):
                name, _, value = part.partition("=")
                settings |= _EXTENDED_FLAGS[name] if not value else _EXTENDED[name](value)
        elif word == "-u":
            next(words)
        else:
            settings |= _VALUES[word](next(words))
    return settings


def _as(name: str) -> Callable[[str], dict[str, str]]:
    return lambda value: {name: value}


def _times(name: str, factor: int) -> Callable[[str], dict[str, str]]:
    return lambda value: {name: str(int(value) * factor)}


_FLAGS = {
    "-C": {"cas_enabled": "no"},
    "-F": {"flush_enabled": "no"},
    "-M": {"evictions": "off"},
    "-Z": {"ssl_enabled": "yes"},
    "-k": {},
    "-r": {},
}

_VALUES: dict[str, Callable[[str], dict[str, str]]] = {
    "-B": lambda value: {"binding_protocol": "auto-negotiate" if value == "auto" else value},
    "-I": _as("item_size_max"),
    "-R": _as("reqs_per_event"),
    "-U": _as("udpport"),
    "-b": _as("tcp_backlog"),
    "-c": _as("maxconns"),
    "-f": lambda value: {"growth_factor": f"{float(value):.2f}"},
    "-l": _as("inter"),
    "-m": _times("maxbytes", 1024 * 1024),
    "-n": _as("chunk_size"),
    "-p": _as("tcpport"),
    "-t": _as("num_threads"),
}

_EXTENDED_FLAGS = {
    "lru_crawler": {"lru_crawler": "yes"},
    "lru_maintainer": {"lru_maintainer_thread": "yes", "lru_segmented": "yes"},
    "maxconns_fast": {"maxconns_fast": "yes"},
    "no_modern": {
        "slab_reassign": "no",
        "slab_automove": "0",
        "maxconns_fast": "no",
        "lru_segmented": "no",
        "hash_algorithm": "jenkins",
        "lru_crawler": "no",
        "lru_maintainer_thread": "no",
    },
    "slab_reassign": {"slab_reassign": "yes"},
    "track_sizes": {"track_sizes": "yes"},
}

_EXTENDED: dict[str, Callable[[str], dict[str, str]]] = {
    "hash_algorithm": _as("hash_algorithm"),
    "hashpower": _as("hashpower_init"),
    "idle_timeout": _as("idle_timeout"),
    "slab_automove": _as("slab_automove"),
    "slab_chunk_max": _times("slab_chunk_max", 1024),
    "ssl_chain_cert": _as("ssl_chain_cert"),
    "ssl_key": _as("ssl_key"),
    "watcher_logbuf_size": _times("watcher_logbuf_size", 1024),
    "worker_logbuf_size": _times("worker_logbuf_size", 1024),
}
