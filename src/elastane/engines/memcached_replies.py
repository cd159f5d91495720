"""What memcached and configuration endpoints answer to `memcached_client`: lines in, values out. Pure."""

import re
from collections.abc import Iterator

from elastane.model.ids import CacheNodeId
from elastane.model.memcached_measurements import EndpointMeasurements, MemcachedMeasurements

Lines = list[bytes]
"""One reply, without line ends: any number that begin with ``STAT``, and then one that does not."""


def parse_version(reply: Lines) -> str:
    """Of the reply to ``version``. Raises ValueError."""
    found = _VERSION.fullmatch(reply[-1])
    if found is None:
        raise ValueError(f"no version: {_quoted(reply)}")
    return found[1].decode("ascii")


def parse_stats(reply: Lines) -> dict[str, str]:
    """Of the reply to ``stats``, with or without a word. Raises ValueError."""
    if reply[-1] != b"END":
        raise ValueError(f"no statistics: {_quoted(reply)}")
    return dict(_pairs(reply[:-1]))


def parse_measurements(reply: Lines) -> MemcachedMeasurements:
    """Of the reply to ``stats``. Raises ValueError."""
    said = parse_stats(reply)
    counters = {name: int(value) for name, value in said.items() if _WHOLE.fullmatch(value)}
    found = _NUMBERS.match(said.get("version", ""))
    if found is None or not {"pid", "uptime"} <= counters.keys():
        raise ValueError(f"no statistics of a memcached: {_quoted(reply)}")
    return MemcachedMeasurements(
        engine_version=found[0], process_id=counters["pid"], uptime_seconds=counters["uptime"], counters=counters
    )


def parse_endpoint_measurements(reply: Lines) -> EndpointMeasurements:
    """Of the reply to ``config stats``. Raises ValueError."""
    said = parse_stats(reply)
    try:
        return EndpointMeasurements(
            version=int(said["configuration_version"]),
            change_count=int(said["configuration_changes"]),
            connection_count=int(said["curr_connections"]),
            config_gets={
                CacheNodeId(name.removeprefix(_CONFIG_GET)): int(value)
                for name, value in said.items()
                if name.startswith(_CONFIG_GET)
            },
        )
    except KeyError as error:
        raise ValueError(f"no statistics of a configuration endpoint: {_quoted(reply)}") from error


_CONFIG_GET = "cmd_config_get:"
_VERSION = re.compile(rb"VERSION ([0-9]+\.[0-9]+\.[0-9]+).*")
_NUMBERS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)


def _pairs(lines: Lines) -> Iterator[tuple[str, str]]:
    for line in lines:
        _, name, value = (*line.decode(errors="replace").split(" ", 2), "", "")[:3]
        yield name, value


def _quoted(reply: Lines) -> str:
    return reply[-1][:200].decode(errors="replace")
