from msgspec.structs import replace

from elastane.model.events import SourceType
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import (
    NOTHING_OBSERVED,
    Failure,
    NodeHealth,
    ObservedReplicationGroup,
    Restart,
)
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.replication_groups import Deletion, ReplicationGroup
from elastane.reconcile.plan import FAILOVER, Verdict, Wait
from elastane.reconcile.record import record_pass
from elastane.reconcile.situation import SeenNode
from elastane.reconcile.transitions import events_between
from tests.kit import groups
from tests.kit.situations import NOW, absent, dead, decided, newborn, orphan, primary, replica, situation, worked

GROUP = groups.group("orders", groups.node("orders-001"), groups.node("orders-002"))
FIRST, SECOND = GROUP.nodes
READY = groups.observed(GROUP)
NODE_GROUP_ID = GROUP.node_groups[0].id


def messages(
    before: ObservedReplicationGroup, after: ObservedReplicationGroup, group: ReplicationGroup = GROUP
) -> list[tuple[str, str]]:
    seen = situation(group, *(absent(node) for node in group.nodes))
    return [(event.source_id, event.message) for event in events_between(seen, before, after)]


def with_node(observed: ObservedReplicationGroup, node_id: str, **changes: object) -> ObservedReplicationGroup:
    return replace(
        observed,
        nodes=tuple(replace(node, **changes) if node.id == node_id else node for node in observed.nodes),
    )


def test_a_creation_is_told_once_for_the_group_and_once_for_each_node() -> None:
    told = messages(NOTHING_OBSERVED, READY)

    assert told == [
        ("orders", "Replication group orders created"),
        ("orders-001", "Added cache node 0001 in availability zone us-east-1a"),
        ("orders-001", "Cache cluster created"),
        ("orders-002", "Added cache node 0001 in availability zone us-east-1a"),
        ("orders-002", "Cache cluster created"),
    ]
    assert messages(READY, READY) == []


def test_a_cache_cluster_is_no_replication_group() -> None:
    cluster = groups.cache_cluster("sessions")

    told = messages(NOTHING_OBSERVED, groups.observed(cluster), cluster)

    assert [message for _, message in told] == [
        "Added cache node 0001 in availability zone us-east-1a",
        "Cache cluster created",
    ]


def test_a_new_primary_is_told_for_the_node_and_for_the_group() -> None:
    before = replace(READY, primaries={NODE_GROUP_ID: FIRST.id})
    after = replace(READY, primaries={NODE_GROUP_ID: SECOND.id})
    text = "Failover from primary node orders-001 to replica node orders-002 completed"

    assert messages(before, after) == [("orders-002", text), ("orders", text)]


def test_a_lost_node_is_told_when_it_goes_and_when_it_is_back() -> None:
    lost = with_node(READY, SECOND.id, health=NodeHealth.DOWN, is_recovering=True)

    assert messages(READY, lost) == [("orders-002", "Recovering cache nodes 0001")]
    assert messages(lost, lost) == []
    assert messages(lost, READY) == [("orders-002", "Finished recovery for cache nodes 0001")]


def test_a_reboot_is_told_as_a_shutdown_and_a_restart() -> None:
    node = replace(SECOND, reboot_requested_at=NOW)
    group = groups.group("orders", FIRST, node)
    down = with_node(READY, node.id, health=NodeHealth.DOWN)
    ordered = Restart(requested_at=NOW, of_started_at=groups.CREATED_AT)
    up = with_node(READY, node.id, reboot=ordered, answered_process_started_at=NOW)

    assert messages(READY, down, group) == [("orders-002", "Cache node 0001 shutdown")]
    assert messages(down, up, group) == [("orders-002", "Cache node 0001 restarted")]
    assert messages(up, with_node(up, node.id, health=NodeHealth.DOWN, is_recovering=True), group) == [
        ("orders-002", "Recovering cache nodes 0001")
    ]


def test_a_failed_creation_says_why_and_a_later_failure_is_told_once() -> None:
    failure = Failure(sentence="the disk is full", generation=1, at=NOW, is_permanent=True)
    passing = replace(failure, is_permanent=False)

    assert messages(NOTHING_OBSERVED, ObservedReplicationGroup(failure=failure)) == [
        ("orders", "Failed to create: the disk is full")
    ]
    assert messages(READY, replace(READY, failure=passing)) == [
        ("orders", "Could not finish a change: the disk is full")
    ]
    assert messages(replace(READY, failure=passing), replace(READY, failure=replace(passing, count=2))) == []


def test_a_group_that_is_deleted_tells_nothing_of_its_nodes_deaths() -> None:
    deleted = replace(GROUP, deletion=Deletion(requested_at=NOW))

    assert messages(READY, with_node(READY, SECOND.id, is_recovering=True), deleted) == []


def test_the_source_of_an_event_is_what_the_customer_made() -> None:
    seen = situation(GROUP, primary(FIRST), replica(SECOND, FIRST))

    told = events_between(seen, NOTHING_OBSERVED, READY)

    assert {event.source_type for event in told} == {SourceType.REPLICATION_GROUP, SourceType.CACHE_CLUSTER}
    assert all(event.region == GROUP.region and event.at == NOW for event in told)


def test_a_lost_primary_that_starts_again_empty_is_told_for_the_node_and_for_the_group() -> None:
    def told(key_count: int, *, is_recovering: bool) -> list[tuple[str, str]]:
        last = groups.observed_node(FIRST, role=Role.REPLICA, is_recovering=is_recovering)
        seen = situation(GROUP, primary(FIRST, key_count=key_count, before=last), absent(SECOND), before=READY)
        return [(event.source_id, event.message) for event in events_between(seen, READY, READY)]

    message = "Primary node orders-001 was lost and starts again empty: no node of the group has any data"
    assert told(0, is_recovering=True) == [("orders-001", message), ("orders", message)]
    assert told(7, is_recovering=True) == []
    assert told(0, is_recovering=False) == []


# --- what a person should look at ----------------------------------------------------------------


def test_what_a_person_should_look_at_is_told_once_until_all_is_well() -> None:
    hangs, busy = replace(READY, last_told="the primary hangs"), replace(READY, last_told="it is busy")

    assert messages(READY, hangs) == [("orders", "Attention: the primary hangs")]
    assert messages(hangs, hangs) == []
    assert messages(hangs, busy) == [("orders", "Attention: it is busy")]
    assert messages(hangs, READY) == []


# --- a failover, pass by pass --------------------------------------------------------------------


class Passes:
    """Passes in a row, each from the record that the one before it left; and what was told."""

    def __init__(self, before: ObservedReplicationGroup) -> None:
        self.observed = before
        self.told: list[tuple[str, str]] = []

    def sees(self, *nodes: SeenNode, rule: str, verdict: Verdict) -> None:
        known = tuple(replace(seen, before=self.observed.find_node(seen.id)) for seen in nodes)
        at = situation(GROUP, *known, before=self.observed)
        after = record_pass(at, decided(rule, verdict))
        self.told += [(event.source_id, event.message) for event in events_between(at, self.observed, after)]
        self.observed = after


WAITING = Wait(reason="as the rule says")
COMPLETED = "Failover from primary node orders-001 to replica node orders-002 completed"
FIVE_EVENTS = [
    ("orders-002", COMPLETED),
    ("orders", COMPLETED),
    ("orders-001", "Recovering cache nodes 0001"),
    ("orders-001", "Finished recovery for cache nodes 0001"),
]
"""Of AWS's five, the first is told by the action that asks for a test: it is the service's."""


def test_a_failover_is_told_before_the_recovery_of_the_lost_node() -> None:
    passes = Passes(worked(GROUP))

    passes.sees(dead(FIRST), replica(SECOND, FIRST), rule=FAILOVER, verdict=WAITING)
    passes.sees(dead(FIRST), orphan(SECOND, FIRST), rule=FAILOVER, verdict=WAITING)
    passes.sees(dead(FIRST), primary(SECOND), rule="nodes", verdict=WAITING)
    passes.sees(newborn(FIRST), primary(SECOND), rule="following", verdict=WAITING)
    passes.sees(replica(FIRST, SECOND), primary(SECOND), rule="all", verdict=WAITING)

    assert passes.told == FIVE_EVENTS


def test_nor_does_a_pass_that_may_not_act_tell_the_recovery_first() -> None:
    passes = Passes(worked(GROUP))

    passes.sees(dead(FIRST), orphan(SECOND, FIRST), rule="steadiness", verdict=WAITING)
    passes.sees(dead(FIRST), orphan(SECOND, FIRST), rule=FAILOVER, verdict=WAITING)
    passes.sees(dead(FIRST), primary(SECOND), rule="nodes", verdict=WAITING)
    passes.sees(replica(FIRST, SECOND), primary(SECOND), rule="all", verdict=WAITING)

    assert passes.told == FIVE_EVENTS


def test_a_test_failover_is_told_in_the_same_words_and_not_as_a_reboot() -> None:
    passes = Passes(worked(GROUP))

    passes.sees(replica(FIRST, SECOND), primary(SECOND), rule="reboots", verdict=WAITING)
    passes.sees(dead(FIRST, exit_code=0), primary(SECOND), rule="nodes", verdict=WAITING)
    passes.sees(replica(FIRST, SECOND), primary(SECOND), rule="all", verdict=WAITING)

    assert passes.told == FIVE_EVENTS


def test_with_failover_off_the_recovery_is_told_at_once() -> None:
    passes = Passes(worked(GROUP))

    passes.sees(dead(FIRST), orphan(SECOND, FIRST), rule="nodes", verdict=WAITING)

    assert passes.told == [("orders-001", "Recovering cache nodes 0001")]


def test_a_parameter_is_told_when_the_engine_is_seen_to_have_it() -> None:
    awaiting = with_node(READY, FIRST.id, awaited_parameters={"timeout": "60", "databases": "32"})
    partly = with_node(READY, FIRST.id, awaited_parameters={"databases": "32"})

    def told(before: ObservedReplicationGroup, after: ObservedReplicationGroup, **targets: str) -> list[str]:
        seen = situation(GROUP, *(absent(node) for node in GROUP.nodes), parameters=targets)
        return [event.message for event in events_between(seen, before, after)]

    assert told(READY, awaiting, timeout="60", databases="32") == []
    assert told(awaiting, partly, timeout="60", databases="32") == ["Updated parameter timeout to 60"]
    assert told(partly, READY, timeout="60", databases="32") == ["Updated parameter databases to 32"]
    # Taken back before it was so: nothing was updated.
    assert told(partly, READY, timeout="60", databases="16") == []


def test_a_node_with_a_parameter_group_of_the_customer_s_says_so_at_its_creation() -> None:
    mine = ParameterGroup(region=GROUP.region, name="mine", family="valkey9", description="")
    seen = replace(situation(GROUP, *(absent(node) for node in GROUP.nodes)), parameter_group=mine)

    told = [(event.source_id, event.message) for event in events_between(seen, NOTHING_OBSERVED, READY)]

    assert ("orders-002", "Updated to use a CacheParameterGroup mine") in told
