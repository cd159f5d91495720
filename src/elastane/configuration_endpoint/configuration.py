"""What the control plane wrote for a configuration endpoint, in the directory that it is started in.

The file is asked for again whenever it may have changed; its parts that cannot change (where to listen, how) are those
of the first time. An unreadable one is the control plane's mistake: the last that was read holds, and the log says so.
"""

import json
import os
import sys
from typing import NamedTuple

from elastane.model.discovery import Discovery, Member

FILE = "configuration.json"
CERTIFICATE_FILE = "node.pem"
"""Certificate, chain and key of the endpoint, there with encryption in transit."""
BUNDLE_FILE = "ca.pem"
"""Whom to believe that it is a node."""

Mark = tuple[int, int, int] | None
"""By which a file is known from the one that replaces it; None when there is none."""


class Configuration(NamedTuple):
    address: str
    port: int
    source_address: str
    """The control plane's own, where connections to nodes come from, too: security groups let it in."""
    is_encrypted: bool
    is_binary_spoken: bool
    connections_max: int
    discovery: Discovery
    """What clients are told, in this order."""
    node_ids: tuple[str, ...]
    """Of the discovery's members."""


def render(configuration: Configuration) -> str:
    return json.dumps(configuration._asdict())


def parse(text: str) -> Configuration:
    """Raises ValueError for what `render` has not rendered."""
    try:
        fields = json.loads(text)
        version, members = fields.pop("discovery")
        discovery = Discovery(version, tuple(Member(*member) for member in members))
        read = Configuration(**{**fields, "discovery": discovery, "node_ids": tuple(fields["node_ids"])})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no configuration of an endpoint: {error}") from error
    if len(read.node_ids) != len(read.discovery.members):
        raise ValueError("no configuration of an endpoint: not as many ids as nodes")
    return read


class Files:
    """The directory's files, read again when they have changed. Making it raises OSError and ValueError."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._mark = self.mark(FILE)
        self._configuration = self._read()
        self.change_count = 1
        """How often what is told was another than before."""

    def configuration(self) -> Configuration:
        mark = self.mark(FILE)
        if mark != self._mark:
            self._mark = mark
            self._read_again()
        return self._configuration

    def path(self, name: str) -> str:
        """Without pathlib, which takes a tenth of the time that the process needs to start."""
        return f"{self._directory}/{name}"

    def mark(self, name: str) -> Mark:
        """Files are replaced and never written into: another one has another number, or another time."""
        try:
            found = os.stat(self.path(name))  # noqa: PTH116  # see `path`
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read_again(self) -> None:
        former = self._configuration
        try:
            self._configuration = self._read()
        except (OSError, ValueError) as error:
            sys.stderr.write(f"The former configuration holds, for the new one cannot be read: {error}\n")
        self.change_count += former.discovery != self._configuration.discovery

    def _read(self) -> Configuration:
        with open(self.path(FILE), encoding="utf-8") as file:  # noqa: PTH123  # see `path`
            return parse(file.read())
