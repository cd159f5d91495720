"""What was found when we looked: at a node's process, and at the engine inside it.

*Unknown* is a value of its own. It never means "down": only a process handle, a refused
connection or an exit code may say that (ARCHITECTURE, high availability, rule 3).
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from elastane.model.cluster_views import ClusterView
from elastane.model.engine_names import EngineName
from elastane.model.ids import NodeId


class Role(StrEnum):
    """An engine's role as it says itself. The engines' own word for a primary is quoted only in engines/."""

    PRIMARY = "primary"
    REPLICA = "replica"


# --- the process ---------------------------------------------------------------------------------


class Running(msgspec.Struct, frozen=True, kw_only=True, tag="running"):
    """The process lives: proven by its handle, not by its name."""

    pid: int
    started_at: datetime


class Exited(msgspec.Struct, frozen=True, kw_only=True, tag="exited"):
    """The process is dead for certain. `exit_code` is negative for a signal, None when another parent reaped it."""

    exit_code: int | None
    last_words: str = ""
    """The last lines of its log, for a person: why it would not start."""


class Absent(msgspec.Struct, frozen=True, kw_only=True, tag="absent"):
    """There is neither a process nor a directory of that name on the host."""


Process = Running | Exited | Absent


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel says of a living process whose engine does not answer: the second witness beside our own ear."""

    processor_mark: int
    """Differs from the last look's when its main thread has been on a processor since. No unit."""
    is_able_to_run: bool
    """It is on a processor, waits for one, or waits for a disk: starved perhaps, and not hung."""


# --- the engine ----------------------------------------------------------------------------------


class ServedCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine proves itself with, as a handshake just showed it."""

    serial_number: str
    not_before: datetime
    not_after: datetime
    names: frozenset[str]
    """The DNS names and addresses that it is good for."""
    issuer: str


class Answering(msgspec.Struct, frozen=True, kw_only=True, tag="answering"):
    """The engine answered INFO and CONFIG GET within the deadline."""

    role: Role
    replication_id: str
    """Names the history of the data. A replica has its primary's; a promotion begins a new one."""
    offset_bytes: int
    """A primary's own offset, or how far a replica has come in its primary's stream."""
    key_count: int
    is_loading: bool
    primary_address: str | None
    """Whom a replica follows; None for a primary."""
    primary_port: int | None
    is_link_up: bool
    """A replica's link to its primary, first sync done; True for a primary."""
    sync_progress_ratio: float | None
    """How much of a first sync has arrived, 0..1; None when none is under way or the engine does not say."""
    bound_addresses: tuple[str, ...]
    parameters: dict[str, str]
    """The engine's current values of the parameters asked for, as CONFIG GET spells them."""
    engine: EngineName
    engine_version: str
    used_memory_bytes: int
    data_bytes: int = 0
    """Of that, what keys and values take."""
    online_replicas: tuple[str, ...] = ()
    """A primary's view: the addresses, as announced, of the replicas that it calls online."""
    previous_replication_id: str = ""
    """The history that this one went on from, at the last promotion; empty when there was none."""
    previous_offset_bytes: int = 0
    """Where that history ended and the present one began."""
    link_silent_seconds: int | None = None
    """A replica's view: whole seconds since its primary last said anything; None for a primary, or without a link."""
    is_syncing: bool = False
    """A first or full sync from its primary is under way, whether or not the engine says how far it is."""
    priority: int = 100
    """The engine's replica-priority: lower is preferred, and 0 is never promoted by itself."""
    missing_rights: tuple[str, ...] = ()
    """Commands that the control user may not use here, though a failover may need them. Empty when all is well."""
    runs_in_cluster: bool = False
    """The engine was started in cluster mode, and can be made neither more nor less of a member while it runs."""
    cluster: ClusterView | None = None
    """Its view, when it runs in cluster mode and was asked for it."""
    used_databases: tuple[int, ...] = ()
    """The numbers of those with keys."""
    user_names: tuple[str, ...] = ()
    """Of all users that the engine knows, ours and marks among them, in order."""
    certificates: tuple[ServedCertificate, ...] = ()
    """At the port for encrypted connections, and at the cluster bus; empty where we connect without."""


class Refusing(msgspec.Struct, frozen=True, kw_only=True, tag="refusing"):
    """Nothing listens at the node's address: the connection was refused."""


class Busy(msgspec.Struct, frozen=True, kw_only=True, tag="busy"):
    """The connection is accepted and no answer comes within the deadline, or the engine says BUSY."""

    reason: str
    is_script: bool = False
    """It answers, only to say that a script runs."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="unknown"):
    """We could not find out, and this is why. Never to be read as down."""

    reason: str


Engine = Answering | Refusing | Busy | Unknown


class NodeObservation(msgspec.Struct, frozen=True, kw_only=True):
    """Both views of one node, taken in one pass."""

    node_id: NodeId
    process: Process
    engine: Engine
