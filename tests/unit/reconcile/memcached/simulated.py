"""A Memcached cluster whose world is a few values: passes are made of the true rules, and nothing runs.

What a control plane writes and orders is done as `execute` does it. It may die anywhere: before it has written its
record, after it, or after any of its steps. The store may be lost, and is then what the configuration endpoint's
directory remembers. Whatever is seen to be told is checked against all that was told before.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from elastane.model.ids import CacheNodeId, Zone, cache_node_id
from elastane.model.memcached_clusters import (
    CacheNode,
    MemcachedCluster,
    Publication,
    RestartKind,
    RestartOrder,
    Rollout,
    Scaling,
)
from elastane.model.memcached_observations import AnsweringEndpoint, AnsweringNode, EndpointEngine, NodeEngine
from elastane.model.memcached_statuses import has_failed_for_good, memcached_cluster_status
from elastane.model.observations import Absent, Activity, Busy, Exited, Process, Refusing, Running
from elastane.model.observed_memcached_clusters import (
    NOTHING_OBSERVED,
    ObservedCacheNode,
    ObservedConfigurationEndpoint,
    ObservedMemcachedCluster,
    ObservedProcess,
)
from elastane.model.observed_replication_groups import NodeHealth, Restart, Silence
from elastane.reconcile.memcached.plan import plan
from elastane.reconcile.memcached.record import record_failure, record_pass
from elastane.reconcile.memcached.situation import SeenEndpoint, SeenNode, Situation
from elastane.reconcile.memcached.steps import (
    ForgetNode,
    KillEndpoint,
    KillNodes,
    OrderReplacements,
    Publish,
    RemoveDirectories,
    RestoreSoftware,
    StartEndpoint,
    StartNodes,
    Step,
    StopNodes,
    Tell,
)
from elastane.reconcile.memcached.transitions import events_between
from elastane.reconcile.memcached.verdicts import Act, Satisfied
from elastane.reconcile.silence import lengthened
from tests.kit.groups import CREATED_AT
from tests.kit.memcached_clusters import (
    cache_node,
    memcached_cluster,
    observed_cache_node,
    observed_cluster,
    observed_process,
)
from tests.kit.memcached_situations import VERSION

PASS_SECONDS = 0.21
LOOKS_TO_COME_UP = 2
ZONES = (Zone("us-east-1a"), Zone("us-east-1b"))
LARGE = "cache.m6g.large"


class Dies(Exception):
    """The control plane does, here."""


class Body:
    """A process and its directory, as they truly are."""

    def __init__(self) -> None:
        self.started_at: datetime | None = None
        """None when none runs."""
        self.has_directory = False
        self.is_hung = False
        self.looks = 0
        self.node_type = ""
        self.restart: RestartOrder | None = None
        """The last order that was given before its start."""
        self.document: MemcachedCluster | None = None
        """As it was at its start, or of the configuration endpoint at the last list."""
        self.list_told: Publication | None = None
        """In the configuration endpoint's directory."""

    def start(self, now: datetime) -> None:
        if self.started_at is None:
            self.started_at, self.has_directory, self.is_hung, self.looks = now, True, False, 0

    def end(self) -> None:
        self.started_at = None

    @property
    def process(self) -> Process:
        if self.started_at is not None:
            return Running(pid=1, started_at=self.started_at)
        return Exited(exit_code=-9) if self.has_directory else Absent()


class SimulatedCluster:
    """`look_and_act` is a pass; everything else is what customers and fate do in between."""

    def __init__(self, fate: random.Random, node_count: int = 3) -> None:
        self.fate = fate
        nodes = tuple(cache_node(number, zone=ZONES[number % 2]) for number in range(1, node_count + 1))
        self.document = memcached_cluster("sessions", *nodes)
        self.record = NOTHING_OBSERVED
        self.now = CREATED_AT
        self.bodies: defaultdict[CacheNodeId, Body] = defaultdict(Body)
        self.endpoint = Body()
        self.lost_zones: frozenset[Zone] = frozenset()
        self.broken: set[CacheNodeId] = set()
        """Those whose starts fail."""
        self.is_unsteady = False
        self.told: dict[int, tuple[CacheNodeId, ...]] = {}
        """Every list that clients could have read."""
        self.messages: list[str] = []
        self.lateness = 0.0
        self.mortality = 0.0

    # --- a pass ----------------------------------------------------------------------------------

    def look_and_act(self) -> bool:
        """Whether all rules were satisfied."""
        self.now += timedelta(seconds=PASS_SECONDS)
        try:
            return self._pass()
        except Dies:
            return False
        finally:
            self._clients_read()

    def _pass(self) -> bool:
        situation = self._observe()
        decision = plan(situation)
        record = record_pass(situation, decision)
        self._may_die()
        self._save(situation, record)
        if isinstance(decision.verdict, Act):
            for step in decision.verdict.steps:
                self._may_die()
                if not self._execute(situation, step):
                    self._save(situation, record_failure(record, situation, "it failed", is_permanent=False))
                    break
        return isinstance(decision.verdict, Satisfied)

    def _save(self, situation: Situation, record: ObservedMemcachedCluster) -> None:
        self.messages += [event.message for event in events_between(situation, self.record, record)]
        self.record = record

    def _may_die(self) -> None:
        if self.fate.random() < self.mortality:
            raise Dies

    def _observe(self) -> Situation:
        nodes = tuple(self._observe_node(node) for node in self.document.nodes)
        return Situation(
            cluster=self.document,
            nodes=nodes,
            endpoint=self._observe_endpoint(),
            before=self.record,
            now=self.now,
            wanted_settings={node.id: {"maxbytes": node.node_type} for node in self.document.nodes},
            lost_zones=self.lost_zones,
            unsteady="the clock jumped" if self.is_unsteady else None,
            engines=(("memcached", VERSION),),
            start_version=VERSION,
        )

    def _observe_node(self, node: CacheNode) -> SeenNode:
        body, last = self.bodies[node.id], self.record.find_node(node.id)
        answer = AnsweringNode(engine_version=VERSION, settings={"maxbytes": body.node_type})
        engine: NodeEngine = answer if self._answers(body) else self._silent_engine(body)
        is_silent = body.started_at is not None and engine is not answer
        so_far = None if last is None else last.process.silence
        return SeenNode(
            node=node,
            process=body.process,
            engine=engine,
            before=last,
            silence=self._silence(body, so_far) if is_silent else None,
        )

    def _observe_endpoint(self) -> SeenEndpoint:
        body, last = self.endpoint, None if self.record.endpoint is None else self.record.endpoint.process
        answer = AnsweringEndpoint(version=0 if body.list_told is None else body.list_told.version)
        engine: EndpointEngine = answer if self._answers(body) else self._silent_engine(body)
        is_silent = body.started_at is not None and engine is not answer
        return SeenEndpoint(
            process=body.process,
            engine=engine,
            before=last,
            silence=self._silence(body, None if last is None else last.silence) if is_silent else None,
        )

    def _answers(self, body: Body) -> bool:
        body.looks += 1
        is_up = body.started_at is not None and not body.is_hung and body.looks >= LOOKS_TO_COME_UP
        return is_up and self.fate.random() >= self.lateness

    def _silent_engine(self, body: Body) -> Busy | Refusing:
        return Busy(reason="no answer") if body.is_hung or body.looks >= LOOKS_TO_COME_UP else Refusing()

    def _silence(self, body: Body, so_far: Silence | None) -> Silence:
        mark = 7 if body.is_hung else body.looks
        activity = Activity(processor_mark=mark, is_able_to_run=False)
        return lengthened(so_far, activity, self.now, is_steady=not self.is_unsteady)

    # --- doing -----------------------------------------------------------------------------------

    def _execute(self, situation: Situation, step: Step) -> bool:
        """Whether it was done."""
        document = self.document
        match step:
            case StartNodes(node_ids=node_ids):
                outcomes = [self._start(node_id) for node_id in node_ids]  # all are tried
                return all(outcomes)
            case StartEndpoint():
                self.endpoint.start(self.now)
                self._tell()
            case StopNodes(node_ids=node_ids) | KillNodes(node_ids=node_ids):
                for node_id in node_ids:
                    self._check_departure(step, node_id)
                    self.bodies[node_id].end()
            case KillEndpoint():
                self.endpoint.end()
            case RemoveDirectories(node_ids=node_ids):
                for node_id in node_ids:
                    self._check_departure(step, node_id)
                    assert self.bodies[node_id].started_at is None, "a directory goes after its process"
                    self.bodies[node_id] = Body()
            case Publish(version=version, node_ids=node_ids):
                self._check_list(situation, version, node_ids)
                self.document = replace(document, publication=Publication(version=version, node_ids=node_ids))
            case Tell():
                self._tell()
            case OrderReplacements(node_ids=node_ids):
                self._check_batch(situation, node_ids)
                self._order(node_ids)
            case RestoreSoftware(software=software):
                self.document = replace(document, software=software)
            case ForgetNode(node_id=node_id):
                self._check_departure(step, node_id)
                self.document = replace(document, nodes=tuple(node for node in document.nodes if node.id != node_id))
                del self.bodies[node_id]
            case _:
                raise AssertionError(f"nobody expects {step} here")
        return True

    def _start(self, node_id: CacheNodeId) -> bool:
        node = self.document.find_node(node_id)
        assert node is not None
        if node_id in self.broken or node.zone in self.lost_zones:
            return False
        self.bodies[node_id].start(self.now)
        body = self.bodies[node_id]
        body.node_type, body.restart, body.document = node.node_type, node.restart, self.document
        return True

    def _tell(self) -> None:
        self.endpoint.list_told, self.endpoint.document = self.document.publication, self.document

    def _order(self, node_ids: tuple[CacheNodeId, ...]) -> None:
        order = RestartOrder(requested_at=self.now, kind=RestartKind.REPLACEMENT)
        self._change_nodes(
            lambda node: replace(node, restart=order, node_type=self.document.software.node_type), node_ids
        )
        rollout = self.document.rollout
        if rollout is not None:
            self.document = replace(self.document, rollout=replace(rollout, batch_at=self.now))

    def _change_nodes(self, change: Callable[[CacheNode], CacheNode], node_ids: tuple[CacheNodeId, ...]) -> None:
        nodes = (change(node) if node.id in node_ids else node for node in self.document.nodes)
        self.document = replace(self.document, nodes=tuple(nodes))

    # --- what must never be ----------------------------------------------------------------------

    def _check_list(self, situation: Situation, version: int, node_ids: tuple[CacheNodeId, ...]) -> None:
        known, staying = situation.cluster.publication, {seen.id: seen for seen in situation.staying}
        assert version > known.version, "numbers only grow"
        assert list(node_ids) == sorted(set(node_ids)), "each node once, in order"
        assert staying.keys() >= set(node_ids), "who leaves, or is not there, is not published"
        assert set(node_ids) >= set(known.node_ids) & staying.keys(), "who was published stays until it leaves"
        for node_id in set(node_ids) - set(known.node_ids):
            assert staying[node_id].answer is not None, "a new node is published when it is ready"
        if known.version == 0:
            assert set(node_ids) == staying.keys(), "the first list has all nodes"

    def _check_departure(self, step: Step, node_id: CacheNodeId) -> None:
        """Nothing goes of a node that leaves while any client may be told of it."""
        node = self.document.find_node(node_id)
        assert node is not None
        if isinstance(step, KillNodes) or not node.is_leaving:
            return
        told = self.endpoint.list_told
        assert told is not None and node_id not in told.node_ids, f"{node_id} is told still"

    def _check_batch(self, situation: Situation, node_ids: tuple[CacheNodeId, ...]) -> None:
        """With those that are away by themselves a batch takes away no more than its share."""
        rollout = situation.cluster.rollout
        assert rollout is not None
        size = max(1, -(-rollout.scaling.percentage * len(situation.staying) // 100))
        running = [node_id for node_id in node_ids if situation.get(node_id).is_running]
        assert len(running) <= size
        if running:
            assert all(seen.answer is not None for seen in situation.staying)

    def _clients_read(self) -> None:
        told = self.endpoint.list_told
        if told is None or self.endpoint.started_at is None or told.version == 0:
            return
        assert self.told.setdefault(told.version, told.node_ids) == told.node_ids, "a number never means two lists"
        assert told.version == max(self.told), "who has read a list never reads an older one"

    # --- customers -------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        return memcached_cluster_status(self.document, self.record)

    def add_nodes(self, count: int) -> None:
        taken = {node.id for node in self.document.nodes}
        free = (number for number in range(1, 100) if cache_node_id(number) not in taken)
        kind = self.document.software.node_type
        numbers = [next(free) for _ in range(count)]
        added = [cache_node(number, zone=ZONES[number % 2], node_type=kind, created_at=self.now) for number in numbers]
        nodes = sorted((*self.document.nodes, *added), key=lambda node: node.id)
        self._asked(nodes=tuple(nodes))

    def remove_nodes(self, *node_ids: CacheNodeId) -> None:
        self._change_nodes(lambda node: replace(node, is_leaving=True), node_ids)
        self._asked()

    def reboot(self, *node_ids: CacheNodeId) -> None:
        order = RestartOrder(requested_at=self.now, kind=RestartKind.REBOOT)
        self._change_nodes(lambda node: replace(node, restart=order), node_ids)

    def scale_to(self, node_type: str, percentage: int) -> None:
        rollout = Rollout(scaling=Scaling(percentage=percentage, interval_minutes=0))
        self._asked(software=replace(self.document.software, node_type=node_type), rollout=rollout)

    def _asked(self, **changes: object) -> None:
        self.document = msgspec.structs.replace(self.document, generation=self.document.generation + 1, **changes)

    # --- fate ------------------------------------------------------------------------------------

    def lose_store(self) -> None:
        """As `recovery` has it: the newest document that is in any directory, and the newest list of any."""
        left = [body.document for body in (self.endpoint, *self.bodies.values()) if body.document is not None]
        newest = max(left, key=lambda document: (document.generation, document.publication.version))
        told = max((document.publication for document in left), key=lambda published: published.version)
        self.document = replace(newest, publication=told)
        self.record = observed_cluster(
            self.document,
            converged_generation=0,
            nodes=tuple(self._remembered_node(node) for node in self.document.nodes),
            endpoint=ObservedConfigurationEndpoint(process=_remembered_process(self.endpoint)),
            software=None,
        )

    def _remembered_node(self, node: CacheNode) -> ObservedCacheNode:
        """As `recovery.first_records` has it."""
        process = _remembered_process(self.bodies[node.id])
        was_ready = node.id in self.document.publication.node_ids
        order = node.restart
        is_fulfilled = order is not None and order == self.bodies[node.id].restart
        restart = Restart(requested_at=order.requested_at, of_started_at=None) if order and is_fulfilled else None
        return observed_cache_node(node, process=process, was_ready=was_ready, restart=restart)

    def lose_zone(self, zone: Zone) -> None:
        self.lost_zones |= {zone}
        for node in self.document.nodes:
            if node.zone == zone:
                self.bodies[node.id].end()

    def everybody(self) -> list[Body]:
        return [*(self.bodies[node.id] for node in self.document.nodes), self.endpoint]

    def settle(self, passes_max: int, *, may_fail: bool = False) -> int:
        """Ends all trouble; answers after how many passes all was true twice in a row, or had failed for good."""
        self.lost_zones, self.is_unsteady, self.lateness, self.mortality = frozenset(), False, 0.0, 0.0
        self.broken.clear()
        satisfied = 0
        for number in range(passes_max):
            satisfied = satisfied + 1 if self.look_and_act() else 0
            if satisfied == 2 or (may_fail and has_failed_for_good(self.record)):
                return number
        raise AssertionError(f"not settled: {self.record.verdict}; {self.document}")


def _remembered_process(body: Body) -> ObservedProcess:
    started_at = body.started_at
    return observed_process(NodeHealth.UNKNOWN, "not looked at", started_at=started_at, answered_started_at=started_at)


def settled(document: MemcachedCluster) -> tuple[CacheNodeId, ...]:
    """What is published once everything is true."""
    return tuple(sorted(node.id for node in document.staying_nodes))
