"""What a node's engine is started with: its configuration as a value, as text, and the command line.

Rendered by the reconciler's start step and run by a host. Pure: nothing here reads a file or a clock.
One rendering serves Valkey and Redis OSS from 7.0 on, because it spells only what both understand;
6.2 has no rights by subcommand, no `bind-source-addr` and no CONFIG GET of many names at once, so it
is refused.

The guarded boot. Every node starts as a replica of *nowhere*: port 1 of its own address, where the
kernel refuses at once. So it is read-only until a promotion or a primary is ordered, answers reads
and questions meanwhile, and cannot make its former replicas as empty as itself. Own address and not a
remote one: it needs no route, no name and no timeout, and nobody else can begin to listen there. The
price is three log lines a second, 20 MB a day, while a node waits for its order: both engines try
again every second, and neither can be told to try less often.

No secret is on the command line, where every user of the machine could read it.
"""

import re
from pathlib import Path

import msgspec

from elastane.catalog import encryption
from elastane.engines import CONTROL_USER, NodeAddress, acl, cluster_config
from elastane.engines import NOWHERE_PORT as NOWHERE_PORT  # what a guarded boot follows; also named here
from elastane.engines.cluster_config import ClusterConfig
from elastane.model.access import TransitEncryption
from elastane.model.acls import OPEN_ACL, Acl
from elastane.model.secrets import Secret

CONFIG_FILE = "valkey.conf"

DUMP_FILE = "dump.rdb"
"""What an engine loads when it finds it at its start. In cluster mode it must not: it would hold keys of anybody's."""

VERSION_MIN = (7, 0)
DUAL_CHANNEL_VERSION = (8, 0)


class NodeCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of the two files that a node with encryption in transit has in its directory."""

    node_pem: Secret
    """Its certificate and its key."""
    bundle_pem: str
    """The authorities that it trusts."""


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in which one node's configuration differs from another's."""

    at: NodeAddress
    directory: Path
    engine_version: str
    """As `discovery` found it, 9.1.2: it decides which of the newer names may be written."""
    memory_bytes: int
    """The engine's maxmemory: the node type's, less what is reserved."""
    replica_output_buffer_bytes: int
    """Hard and soft limit of what may wait for one replica. Too small, and a first sync never ends (F8)."""
    parameters: dict[str, str]
    """The parameter group's values, as far as they are the engine's own directives.

    It may hold maxmemory too, if it says the same, and client-output-buffer-limit, of which the
    replicas' part then gives way to `replica_output_buffer_bytes`.
    """
    cluster: ClusterConfig | None = None
    """Not None for a node in cluster mode."""
    acl: Acl = OPEN_ACL
    """The customers' users."""
    certificate: NodeCertificate | None = None
    """Not None for a node with encryption in transit, as `at` says."""


class UnsafeConfig(ValueError):
    """A parameter would take from us what keeps the data safe, or is not a directive's name."""


def render_files(config: NodeConfig) -> dict[str, str]:
    """The files to write into the node's directory, by name. They hold a secret: mode 0600."""
    files = {CONFIG_FILE: render_config(config)}
    if config.certificate is not None:
        files |= certificate_files(config.certificate)
    if config.cluster is not None:
        files[cluster_config.NODES_FILE] = cluster_config.render_nodes(config.cluster, config.at)
    return files


def certificate_files(certificate: NodeCertificate) -> dict[str, str]:
    """Those of the files that a running engine can be given anew."""
    return {encryption.NODE_FILE: certificate.node_pem.reveal(), encryption.BUNDLE_FILE: certificate.bundle_pem}


def command_line(binary: Path, config_path: Path) -> tuple[str, ...]:
    """Nothing but the two paths: the rest is in the file."""
    return (str(binary), str(config_path))


def render_config(config: NodeConfig) -> str:
    """Raises UnsafeConfig for a parameter that this module decides itself, and for engines before 7.0."""
    _require_supported(config)
    fixed = _fixed(config)
    directives = {**_DEFAULTS, **config.parameters, **fixed}
    lines = [_render_line(name, value) for name, value in directives.items()]
    lines += [_OUTPUT_BUFFERS.format(bytes=config.replica_output_buffer_bytes)]
    lines += [_render_user(words) for words in acl.users(config.acl, config.at.secret, _version(config.engine_version))]
    return "\n".join(lines) + "\n"


# What a parameter group may change, with the values it has otherwise. AWS's default where AWS has one.
_DEFAULTS = {
    "maxmemory-policy": "volatile-lru",
    "tcp-backlog": "511",
    "repl-timeout": "60",
    "repl-ping-replica-period": "1",  # an idle link shows its death by silence; ten seconds is the engines' default
}


def _fixed(config: NodeConfig) -> dict[str, str]:
    """What nobody may change: addresses, roles, secrets, and that nothing is written but what we ask for."""
    address = config.at.address
    return {
        "bind": address,
        "bind-source-addr": address,  # else the kernel names 127.0.0.1 as the sender of everything
        **_encryption(config),
        "protected-mode": "no",  # it would lock out customers: their default user has no password
        **_membership(config),
        "replica-read-only": "yes",
        "replica-serve-stale-data": "yes",
        "replica-announce-ip": address,  # FAILOVER TO finds a replica by what it announced
        "masteruser": CONTROL_USER,
        "masterauth": config.at.secret.reveal(),
        "daemonize": "no",
        "supervised": "no",
        "pidfile": "",
        "logfile": "",  # standard output, which the host keeps
        "always-show-logo": "no",
        "set-proc-title": "no",  # /proc/<pid>/cmdline stays what was executed; adoption reads it
        "dir": str(config.directory),
        "save": "",
        "appendonly": "no",
        # A first sync goes from memory to memory: 4 ms for an empty node (22 ms with 20,000 keys), when
        # the replica loads directly and the primary waits for no second replica. By way of a file it
        # took ten times as long, and left the file for about a second: a primary that died then was
        # restarted with old keys. A replica that has keys does receive a file, and deletes it.
        "repl-diskless-sync": "yes",
        "repl-diskless-sync-delay": "0",
        "repl-diskless-load": "on-empty-db",
        "rdb-del-sync-files": "yes",
        **_dual_channel(config),
        "maxmemory": str(config.memory_bytes),
        "enable-debug-command": "no",
        "enable-module-command": "no",
        "crash-memcheck-enabled": "no",  # a crash must be seen at once; the check may take minutes
        "shutdown-on-sigterm": "nosave",
        "shutdown-timeout": "2",  # a primary asked to stop lets its replicas catch up, for so long
        "oom-score-adj": "no",
    }


def _encryption(config: NodeConfig) -> dict[str, str]:
    """An engine that was built without TLS starts with none of its directives, so without encryption there are none."""
    at = config.at
    if at.encryption is TransitEncryption.DISABLED:
        return {encryption.PORT: str(at.port), encryption.REPLICA_PORT: str(at.port)}
    is_cluster = config.cluster is not None
    return {
        **encryption.listeners(at.port, at.encryption),
        **encryption.links(at.port, at.encryption, is_encrypted=True, is_cluster=is_cluster),
        **encryption.certificate_directives(config.directory),
    }


def _membership(config: NodeConfig) -> dict[str, str]:
    """What makes the boot a guarded one: by the configuration, or in cluster mode by the membership it finds."""
    if config.cluster is None:
        return {"cluster-enabled": "no", "replicaof": f"{config.at.address} {NOWHERE_PORT}"}
    directives = cluster_config.directives(config.cluster, config.at, _version(config.engine_version))
    return {**directives, "dbfilename": DUMP_FILE}  # so that whoever starts it knows which file to remove


def _dual_channel(config: NodeConfig) -> dict[str, str]:
    """The primary's stream runs beside a first sync, where the engine can do that: Valkey from 8.0 on.

    Without it a primary withholds the stream from a replica that has just synced until the replica's
    next acknowledgement, which it sends once a second: measured 0.6 to 0.9 s in which the replica calls
    its link up, and a primary that dies takes along every write it has acknowledged meanwhile. Where it
    cannot be had, `Engines.ask_acknowledgement` ends that time.
    """
    if _version(config.engine_version) < DUAL_CHANNEL_VERSION:
        return {}
    return {"dual-channel-replication-enabled": "yes"}


_OUTPUT_BUFFERS = "client-output-buffer-limit replica {bytes} {bytes} 60"

_FORBIDDEN = frozenset({"user", "aclfile", "requirepass", "include", "loadmodule", "rename-command", "unixsocket"})
"""Directives that would undo what is written here although they are not among it."""

_MANY_WORDS = frozenset({"client-output-buffer-limit", "save", "bind", "replicaof", "oom-score-adj-values"})
"""Directives of several words; all others take theirs as one, spaces included."""


def _require_supported(config: NodeConfig) -> None:
    if _version(config.engine_version) < VERSION_MIN:
        raise UnsafeConfig(f"Engine version {config.engine_version} is not supported: 7.0 is the oldest.")
    for name, value in config.parameters.items():
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise UnsafeConfig(f"{name!r} is not the name of an engine's parameter.")
        # Saying what is so anyway is harmless, and families do: appendonly is "no" in all of them.
        if name in _FORBIDDEN or value != _fixed(config).get(name, value):
            raise UnsafeConfig(f"The parameter {name} is set by Elastane itself.")


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def _render_line(name: str, value: str) -> str:
    words = value.split() if name in _MANY_WORDS and value else [value]
    return " ".join([name, *(quote(word) for word in words)])


def quote(value: str) -> str:
    r"""One word of the engines' config grammar: in double quotes, bytes outside ASCII's printable as \xHH.

    So a value may hold quotes, line ends and anything else, and stays one value.
    """
    return '"' + "".join(_quoted_byte(byte) for byte in value.encode()) + '"'


def _quoted_byte(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"


def _render_user(words: tuple[str, ...]) -> str:
    """Customers choose patterns, which may hold quotes and more."""
    return " ".join(["user", *(word if _PLAIN_RULE.fullmatch(word) else quote(word) for word in words)])


_PLAIN_RULE = re.compile(r"[A-Za-z0-9~&*+@|:#%._-]+")
