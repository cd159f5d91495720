"""The input of every rule: what is desired of a Memcached cluster, what was just observed, what the last pass kept.

Pure and read-only. A rule that wants to know something asks the situation, so the questions have one answer each.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from elastane.model.engine_supply import PRESENT, EngineSupply
from elastane.model.ids import CacheNodeId, Zone
from elastane.model.memcached_clusters import CacheNode, MemcachedCluster
from elastane.model.memcached_observations import (
    AnsweringEndpoint,
    AnsweringNode,
    CrowdedNode,
    EndpointEngine,
    NodeEngine,
)
from elastane.model.observations import Process, Running
from elastane.model.observed_memcached_clusters import (
    ObservedCacheNode,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth, Silence
from elastane.model.parameter_groups import ParameterGroup
from elastane.reconcile.situation import listed

ENDPOINT = "the configuration endpoint"
"""Its name in sentences."""

SILENT_LOOKS_FORGIVEN = 3
"""So many looks without an answer are told of; fewer are a late answer."""


class SeenNode(msgspec.Struct, frozen=True, kw_only=True):
    """One node: desired, observed now, and remembered."""

    node: CacheNode
    process: Process
    engine: NodeEngine
    before: ObservedCacheNode | None
    silence: Silence | None = None
    """How long it has not told us what it runs with although it runs; None when it did, or does not run."""

    @property
    def id(self) -> CacheNodeId:
        return self.node.id

    @property
    def is_running(self) -> bool:
        return isinstance(self.process, Running)

    @property
    def answer(self) -> AnsweringNode | None:
        """What the engine said in this pass, if it did."""
        return self.engine if isinstance(self.engine, AnsweringNode) else None

    @property
    def has_spoken(self) -> bool:
        """It serves: it answered, or said that it has no room for one more connection."""
        return isinstance(self.engine, AnsweringNode | CrowdedNode)

    @property
    def last(self) -> ObservedProcess | None:
        """What is remembered of its process."""
        return None if self.before is None else self.before.process

    @property
    def is_coming_up(self) -> bool:
        """This process has never answered since it was started."""
        return _is_coming_up(self.process, self.last)

    @property
    def health(self) -> NodeHealth:
        return _health(self.process, self.last, self.silence, has_spoken=self.has_spoken)


class SeenEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration endpoint's process: observed now, and remembered."""

    process: Process
    engine: EndpointEngine
    before: ObservedProcess | None
    silence: Silence | None = None

    @property
    def is_running(self) -> bool:
        return isinstance(self.process, Running)

    @property
    def answer(self) -> AnsweringEndpoint | None:
        return self.engine if isinstance(self.engine, AnsweringEndpoint) else None

    @property
    def has_spoken(self) -> bool:
        """There is always room for us."""
        return self.answer is not None

    @property
    def last(self) -> ObservedProcess | None:
        """As of a node."""
        return self.before

    @property
    def is_coming_up(self) -> bool:
        return _is_coming_up(self.process, self.before)

    @property
    def health(self) -> NodeHealth:
        return _health(self.process, self.before, self.silence, has_spoken=self.has_spoken)


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a rule may know."""

    cluster: MemcachedCluster
    nodes: tuple[SeenNode, ...]
    """In the order of the cluster's."""
    endpoint: SeenEndpoint
    before: ObservedMemcachedCluster
    now: datetime
    wanted_settings: Mapping[CacheNodeId, Mapping[str, str]]
    """What each node shall run with, as `stats settings` spells it: by its own node type and the parameter group."""
    parameter_group: ParameterGroup | None = None
    """The customer's own that the cluster uses; None for a default one."""
    lost_zones: frozenset[Zone] = frozenset()
    """Zones in which no node can be started at the moment."""
    unsteady: str | None = None
    """Why our own sense of time is not to be trusted at the moment; None when it is."""
    engines: tuple[tuple[str, str], ...] = ()
    """The engines that nodes can be started with here: name and full version."""
    start_version: str | None = None
    """The full version of the one of them that a node would be started with now; None when none is fit."""
    engine_supply: EngineSupply = PRESENT
    """Whether the engine that the cluster shall run is on this machine."""
    certificate_names: Mapping[str, frozenset[str]] = {}
    """The DNS names and addresses by which each process is reached, by its key; empty without encryption."""
    certificate_issuer: str = ""
    """The authority that issues now."""

    @property
    def staying(self) -> tuple[SeenNode, ...]:
        return tuple(seen for seen in self.nodes if not seen.node.is_leaving)

    @property
    def leaving(self) -> tuple[SeenNode, ...]:
        return tuple(seen for seen in self.nodes if seen.node.is_leaving)

    @property
    def is_told(self) -> bool:
        """The configuration endpoint answered, and tells what is published: nobody else tells anything."""
        answer = self.endpoint.answer
        return answer is not None and answer.version == self.cluster.publication.version

    def get(self, node_id: CacheNodeId) -> SeenNode:
        return next(seen for seen in self.nodes if seen.id == node_id)


def names(nodes: Iterable[SeenNode], *, with_endpoint: bool = False) -> str:
    """For a sentence: ``nodes 0001 and 0002 and the configuration endpoint``."""
    ids = [seen.id for seen in nodes]
    return " and ".join([*([named(ids)] if ids else []), *([ENDPOINT] if with_endpoint else [])])


def named(ids: Sequence[CacheNodeId]) -> str:
    return f"{'node' if len(ids) == 1 else 'nodes'} {listed(ids)}"


def _is_coming_up(process: Process, before: ObservedProcess | None) -> bool:
    return isinstance(process, Running) and (before is None or before.answered_started_at != process.started_at)


def _health(
    process: Process, before: ObservedProcess | None, silence: Silence | None, *, has_spoken: bool
) -> NodeHealth:
    """One answer that is late says nothing of a process's health: customers' statuses must not flicker with it."""
    if not isinstance(process, Running):
        return NodeHealth.DOWN
    if has_spoken:
        return NodeHealth.READY
    if _is_coming_up(process, before):
        return NodeHealth.STARTING
    is_new = silence is None or silence.look_count < SILENT_LOOKS_FORGIVEN
    return before.health if is_new and before is not None else NodeHealth.UNKNOWN
