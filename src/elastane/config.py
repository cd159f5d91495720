"""What an operator may decide: read once from the command line and the environment, checked here, passed down.

Every setting is described in docs/reference/settings.md; a test compares.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

import msgspec

DEFAULT_PORT = 7379
DEFAULT_HOST = "127.0.0.1"

FAILOVER_INTERVAL_SECONDS = 60.0
BUSY_LIMIT_SECONDS = 10.0

NODES_DIRECTORY = "nodes"
"""Below the data directory: a directory for each node."""
ENGINES_DIRECTORY = "engines"
"""Below the data directory: the engine store, ``<engine>-<version>/bin/<engine>-server``."""


CERTIFICATE_LIFETIME = timedelta(days=90)

IO_THREADS_MAX = 1
"""Measured on two processors: two threads gave 0.5 to 0.8 of one thread's throughput."""
IO_THREADS_LIMIT = 128
"""The engines'."""


AUDIT_RETENTION_DAYS = 90
"""As long as CloudTrail's event history."""
AUDIT_RETENTION_DAYS_MAX = 36_500
AUDIT_BYTES_MAX = 1024**3

METRICS_BYTES_MAX = 4 * 1024**3
"""A hundred nodes fill about a third of it in 455 days."""
LOGS_BYTES_MAX = 1024**3

FILE_BYTES_LEAST = 1024**2
FILE_BYTES_LIMIT = 1024**4
"""Between which an operator may bound each of these files."""


class ConfigError(ValueError):
    """A setting that makes no sense. The message is one sentence for the operator."""


class ListenAddress(msgspec.Struct, frozen=True):
    """A host and a port to listen on. Port 0 lets the system choose one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, setting: str) -> Self:
        """``HOST:PORT``, ``[V6]:PORT`` or ``:PORT``. Raises ConfigError."""
        host, separator, port = text.rpartition(":")
        if not separator or not (port.isascii() and port.isdecimal()) or int(port) > 65535:
            raise ConfigError(f"{setting} must be HOST:PORT, for example {DEFAULT_HOST}:{DEFAULT_PORT}; got {text!r}.")
        return cls(host.strip("[]") or DEFAULT_HOST, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Where a client on this machine reaches it: a wildcard is no address to call."""
        return self.url_by("http")

    def url_by(self, scheme: str) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"{scheme}://{f'[{host}]' if ':' in host.strip('[]') and not host.startswith('[') else host}:{self.port}"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One control plane's settings."""

    data_dir: Path
    listen: ListenAddress = ListenAddress(DEFAULT_HOST, DEFAULT_PORT)
    is_https: bool = False
    """The API is answered by TLS alone, with a certificate of the installation's own authority."""
    https_names: tuple[str, ...] = ()
    """By which the API is reached besides the names that this machine knows itself by."""
    public_url: str | None = None
    """By which subscribers to notifications reach the API, in the links of what they are sent; `listen`'s if not given.
    """
    is_ephemeral: bool = False
    """Everything goes with the process: engines, data directory, all of it."""
    dns: ListenAddress | None = None
    engine_paths: tuple[Path, ...] = ()
    """Engine binaries to prefer over those found on PATH."""
    shared_engines: Path
    """The engine store that every data directory sees besides its own."""
    may_fetch_engines: bool = True
    """Whether the control plane may ask the machine's mirror for engines, and fetch them, by itself."""
    io_threads_max: int = IO_THREADS_MAX
    """How many threads of one engine may serve customers, where its node type has so many processors."""
    address_block: str | None = None
    """A /16 for nodes and endpoints, of addresses that this machine has; one of 127/8, chosen once by itself, when not
    given."""
    account_id: str = "000000000000"
    store_key_file: Path | None = None
    """The key that secrets in the store are sealed with; in the data directory when not given."""
    limits: dict[str, int] = {}
    """Limits raised above AWS's, by name."""
    accepts_any_subnet_ids: bool = False
    audit_retention_days: int = AUDIT_RETENTION_DAYS
    audit_bytes_max: int = AUDIT_BYTES_MAX
    collects_metrics: bool = True
    """Every node and the machine are measured, for CloudWatch and Prometheus."""
    metrics_bytes_max: int = METRICS_BYTES_MAX
    logs_bytes_max: int = LOGS_BYTES_MAX
    """Of all log groups together; the oldest events go first."""
    enforces_security_groups: bool = True
    """By the kernel's packet filter, where the process may."""
    failover_interval_seconds: float = FAILOVER_INTERVAL_SECONDS
    """A primary that hangs is given up only so long after its group's last automatic failover."""
    busy_limit_seconds: float = BUSY_LIMIT_SECONDS
    """How long a primary may work without answering anybody."""
    certificate_lifetime: timedelta = CERTIFICATE_LIFETIME
    """Of nodes' certificates; they are renewed after two thirds of it."""


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """``$ELASTANE_DATA_DIR``, else elastane in the user's data directory as the XDG rules name it."""
    if named := environment.get("ELASTANE_DATA_DIR"):
        return Path(named).absolute()
    home = Path(environment.get("HOME") or Path.home())
    return (Path(environment.get("XDG_DATA_HOME") or home / ".local/share") / "elastane").absolute()


def engine_paths(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """``$ELASTANE_ENGINES``: paths of engine binaries, separated as PATH is."""
    return tuple(Path(part) for part in environment.get("ELASTANE_ENGINES", "").split(os.pathsep) if part)


def shared_engines(environment: Mapping[str, str]) -> Path:
    """``$ELASTANE_ENGINE_STORE``, else elastane/engines in the user's cache directory as the XDG rules name it."""
    if named := environment.get("ELASTANE_ENGINE_STORE"):
        return Path(named).absolute()
    home = Path(environment.get("HOME") or Path.home())
    return (Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "elastane" / ENGINES_DIRECTORY).absolute()


def store_key_file(environment: Mapping[str, str]) -> Path | None:
    """``$ELASTANE_STORE_KEY_FILE``; None for the place in the data directory."""
    named = environment.get("ELASTANE_STORE_KEY_FILE")
    return Path(named).absolute() if named else None


def may_fetch_engines(environment: Mapping[str, str]) -> bool:
    """``$ELASTANE_FETCH_ENGINES``: ``yes`` or ``no``. Raises ConfigError."""
    return _yes_or_no(environment, "ELASTANE_FETCH_ENGINES")


def enforces_security_groups(environment: Mapping[str, str]) -> bool:
    """``$ELASTANE_ENFORCE_SECURITY_GROUPS``: ``yes`` or ``no``. Raises ConfigError."""
    return _yes_or_no(environment, "ELASTANE_ENFORCE_SECURITY_GROUPS")


def collects_metrics(environment: Mapping[str, str]) -> bool:
    """``$ELASTANE_COLLECT_METRICS``: ``yes`` or ``no``. Raises ConfigError."""
    return _yes_or_no(environment, "ELASTANE_COLLECT_METRICS")


def _yes_or_no(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").strip().lower() or "yes"
    if text not in ("yes", "no"):
        raise ConfigError(f"{name} must be yes or no; got {text!r}.")
    return text == "yes"


def io_threads_max(environment: Mapping[str, str]) -> int:
    """``$ELASTANE_IO_THREADS_MAX``: a number from 1 to 128. Raises ConfigError."""
    text = environment.get("ELASTANE_IO_THREADS_MAX") or str(IO_THREADS_MAX)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= IO_THREADS_LIMIT):
        raise ConfigError(f"ELASTANE_IO_THREADS_MAX must be a number from 1 to {IO_THREADS_LIMIT}; got {text!r}.")
    return int(text)


def account_id(environment: Mapping[str, str]) -> str:
    """``$ELASTANE_ACCOUNT_ID``: twelve digits. Raises ConfigError."""
    text = environment.get("ELASTANE_ACCOUNT_ID", "000000000000")
    if len(text) != 12 or not text.isdecimal() or not text.isascii():
        raise ConfigError(f"ELASTANE_ACCOUNT_ID must be twelve digits; got {text!r}.")
    return text


def https_names(environment: Mapping[str, str]) -> tuple[str, ...]:
    """``$ELASTANE_HTTPS_NAMES``: host names and addresses, separated by commas. Raises ConfigError."""
    names = tuple(name.strip() for name in environment.get("ELASTANE_HTTPS_NAMES", "").split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9*][A-Za-z0-9.:-]{0,252}", name):
            raise ConfigError(f"ELASTANE_HTTPS_NAMES must be host names and addresses; got {name!r}.")
    return names


def public_url(environment: Mapping[str, str]) -> str | None:
    """``$ELASTANE_PUBLIC_URL``: ``http(s)://HOST[:PORT]``; None where it is not given. Raises ConfigError."""
    text = environment.get("ELASTANE_PUBLIC_URL", "").strip().rstrip("/")
    if text and re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]{1,260}", text) is None:
        raise ConfigError(f"ELASTANE_PUBLIC_URL must be like https://caches.example.com:7379; got {text!r}.")
    return text or None


def raised_limits(environment: Mapping[str, str]) -> dict[str, int]:
    """``$ELASTANE_LIMITS``: ``name=value`` pairs separated by commas. Raises ConfigError."""
    limits: dict[str, int] = {}
    for pair in filter(None, environment.get("ELASTANE_LIMITS", "").split(",")):
        name, _, value = pair.partition("=")
        if not value.strip().isdecimal():
            raise ConfigError(f"ELASTANE_LIMITS must be name=number pairs separated by commas; got {pair!r}.")
        limits[name.strip()] = int(value)
    return limits


def whole_number(environment: Mapping[str, str], name: str, default: int, *, minimum: int, maximum: int) -> int:
    """A setting that counts something. Raises ConfigError."""
    text = environment.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and minimum <= int(text) <= maximum):
        raise ConfigError(f"{name} must be a whole number from {minimum} to {maximum}; got {text!r}.")
    return int(text)


def duration_seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    """A setting in seconds, fractions allowed. Raises ConfigError."""
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ConfigError(f"{name} must be a number of seconds, for example {default:g}; got {text!r}.")
    return seconds
