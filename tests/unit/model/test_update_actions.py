"""How far an update action has come, and what asking for it, stopping it and waiting for the window change."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import ClusterMode, Initiator, ReplicationGroup, RequestedUpdate, Software
from elastane.model.service_updates import Cache, PatchOffer, ServiceUpdate
from elastane.model.software import start_patch
from elastane.model.update_actions import (
    SlaMet,
    UpdateActionStatus,
    has_action,
    node_update_status,
    scheduled_by_itself,
    sla_met,
    update_action_status,
    with_update,
    without_scheduled_update,
    without_update,
)
from tests.kit import groups
from tests.unit.model.test_service_updates import NOW, cache, offer, update

UPDATE = update("9.1.3")
OFFERS = (offer("9.1.3"),)
LATER = UPDATE.apply_by + timedelta(minutes=1)


def software(patch: str, **changes: Any) -> Software:
    return replace(groups.group().software, patch=patch, **changes)


def request(patch: str = "9.1.3", **changes: Any) -> RequestedUpdate:
    name = f"valkey-{patch.replace('.', '-')}"
    default = RequestedUpdate(name=name, patch=patch, requested_at=NOW, initiated_by=Initiator.CUSTOMER)
    return replace(default, **changes)


def status(found: Cache, of: ServiceUpdate = UPDATE) -> UpdateActionStatus:
    return update_action_status(of, *found)


OLD, NEW = software("9.1.2"), software("9.1.3")
STOPPED = request(stopped_at=NOW)

STATUSES = [
    pytest.param(("9.1.2", "9.1.2"), {"software": OLD}, "not-applied", id="nobody asked"),
    pytest.param(("9.1.2", "9.1.2"), {"software": OLD, "update": request()}, "not-applied", id="given up"),
    pytest.param(("9.1.2", "9.1.2"), {"software": NEW, "update": request()}, "waiting-to-start", id="asked"),
    pytest.param(("9.1.3", "9.1.2"), {"software": NEW, "update": request()}, "in-progress", id="half"),
    pytest.param(("9.1.3", "9.1.3"), {"software": NEW, "update": request()}, "complete", id="through"),
    pytest.param(("9.1.4", "9.1.4"), {"software": NEW, "update": request("9.1.4")}, "complete", id="by a newer one"),
    pytest.param(("9.1.3", "9.1.3"), {"software": NEW}, "not-applicable", id="made with it"),
    pytest.param(("9.1.3", "9.1.2"), {"software": OLD, "update": STOPPED}, "stopped", id="stopped"),
    pytest.param(("9.1.2", "9.1.2"), {"software": OLD, "pending": NEW, "update": request()}, "scheduled", id="waits"),
    pytest.param(
        ("9.1.2", "9.1.2"), {"software": OLD, "pending": software("9.2.0", version="9.2")}, "not-applied", id="other"
    ),
]


@pytest.mark.parametrize(("versions", "changes", "expected"), STATUSES)
def test_a_status_follows_from_what_is_desired_and_seen(
    versions: tuple[str, ...], changes: dict[str, Any], expected: str
) -> None:
    assert status(cache(*versions, **changes)) == expected


def test_a_node_that_is_being_added_makes_nothing_that_is_complete_incomplete() -> None:
    group, observed = cache("9.1.3", "9.1.3", software=NEW, update=request())
    first, second = observed.nodes

    adding = replace(observed, nodes=(first, replace(second, engine_version=None)))

    assert update_action_status(UPDATE, group, adding) == "complete"


def test_a_stop_is_under_way_until_the_group_is_settled() -> None:
    group, observed = cache("9.1.3", "9.1.2", software=OLD, update=STOPPED)

    assert update_action_status(UPDATE, group, replace(observed, converged_generation=0)) == "stopping"


def test_a_node_that_is_being_replaced_is_a_beginning() -> None:
    group, observed = cache("9.1.2", "9.1.2", software=NEW, update=request())
    first, second = observed.nodes
    replaced = replace(observed, nodes=(first, replace(second, health=NodeHealth.DOWN)))

    assert update_action_status(UPDATE, group, replaced) == "in-progress"
    assert [node_update_status(UPDATE, UpdateActionStatus.IN_PROGRESS, node, replaced) for node in group.nodes] == [
        "waiting-to-start",
        "in-progress",
    ]


def test_a_cache_of_another_version_and_one_that_is_being_made_have_no_action() -> None:
    group, observed = cache("9.1.2")

    assert has_action(UPDATE, group, observed)
    assert not has_action(update("9.2.1"), group, observed)
    assert not has_action(UPDATE, group, replace(observed, available_since=None))


@pytest.mark.parametrize(
    ("versions", "engine_since", "created_at", "expected"),
    [
        (("9.1.2",), None, groups.CREATED_AT, SlaMet.NO),
        (("9.1.3",), UPDATE.apply_by, groups.CREATED_AT, SlaMet.YES),
        (("9.1.3",), LATER, groups.CREATED_AT, SlaMet.NO),
        (("9.1.3",), None, LATER, SlaMet.NOT_APPLICABLE),
    ],
)
def test_the_date_is_met_by_a_cache_whose_nodes_had_the_patch_by_then(
    versions: tuple[str, ...], engine_since: datetime | None, created_at: datetime, expected: SlaMet
) -> None:
    group, observed = cache(*versions, update=request(), created_at=created_at)

    assert sla_met(UPDATE, group, replace(observed, engine_since=engine_since)) is expected


def test_of_an_older_update_it_is_not_known_when_a_newer_one_brought_it() -> None:
    group, observed = cache("9.1.4", update=request("9.1.4"))

    assert sla_met(UPDATE, group, replace(observed, engine_since=LATER)) is SlaMet.NOT_APPLICABLE


# --- asked for and stopped -----------------------------------------------------------------------


def test_what_is_asked_for_is_done_now_and_what_waits_waits_on_with_the_patch() -> None:
    larger = replace(OLD, node_type="cache.r6g.large")
    group, _ = cache("9.1.2", software=OLD, pending=larger)

    changed = with_update(group, UPDATE, now=NOW)

    assert (changed.software, changed.pending) == (NEW, replace(larger, patch="9.1.3"))
    assert changed.update == request()


def test_asked_for_while_it_waits_it_waits_no_more() -> None:
    group, _ = cache("9.1.2", software=OLD, pending=NEW, update=request(initiated_by=Initiator.SYSTEM))

    changed = with_update(group, UPDATE, now=NOW)

    assert (changed.software, changed.pending, changed.update) == (NEW, None, request())


def test_a_stop_leaves_each_node_as_it_is_and_keeps_who_asked() -> None:
    group, observed = cache("9.1.3", "9.1.2", software=NEW, update=request())

    stopped = without_update(group, UPDATE, observed, now=LATER)

    assert stopped.software == OLD
    assert stopped.update == request(stopped_at=LATER)


def test_a_stop_of_what_waits_leaves_what_else_waits() -> None:
    larger = replace(NEW, node_type="cache.r6g.large")
    group, observed = cache("9.1.2", software=OLD, pending=larger, update=request())
    only, _ = cache("9.1.2", software=OLD, pending=NEW, update=request())

    assert without_update(group, UPDATE, observed, now=NOW).pending == replace(larger, patch="9.1.2")
    assert without_update(only, UPDATE, observed, now=NOW).pending is None


@pytest.mark.parametrize(
    ("stopped_at", "version", "expected"),
    [(None, "9.1.3", "9.1.2"), (NOW, "9.1.3", "9.1.3"), (NOW, "9.1.2", "9.1.2"), (NOW, None, "9.1.2")],
)
def test_a_node_that_a_stopped_update_had_reached_is_started_with_its_patch_again(
    stopped_at: datetime | None, version: str | None, expected: str
) -> None:
    group, observed = cache("9.1.2", software=OLD, update=request(stopped_at=stopped_at))
    seen = replace(observed.nodes[0], engine=OLD.engine, engine_version=version)

    assert start_patch(group, seen) == expected
    assert start_patch(group, None) == "9.1.2"


# --- by itself -----------------------------------------------------------------------------------


def scheduled(found: Cache, *, now: datetime = LATER, offers: tuple[PatchOffer, ...] = OFFERS) -> ReplicationGroup:
    return scheduled_by_itself(*found, (UPDATE,), offers, now)


def test_what_nobody_asked_for_by_its_date_waits_for_the_window() -> None:
    found = cache("9.1.2", software=OLD)

    changed = scheduled(found)

    assert changed == replace(found[0], pending=NEW, update=request(requested_at=LATER, initiated_by=Initiator.SYSTEM))
    assert scheduled((changed, found[1])) == changed


@pytest.mark.parametrize(
    ("versions", "changes"),
    [
        pytest.param(("9.1.3",), {}, id="has it"),
        pytest.param(("9.1.2",), {"update": request(stopped_at=NOW)}, id="stopped"),
        pytest.param(("9.1.2",), {"update": request(initiated_by=Initiator.SYSTEM)}, id="taken back or given up"),
        pytest.param(("9.1.2",), {"pending": software("9.2.0", version="9.2")}, id="another version waits"),
        pytest.param(("9.1.2",), {"cluster_mode": ClusterMode.COMPATIBLE}, id="between modes"),
        pytest.param(
            ("9.1.2",), {"upkeep": replace(groups.group().upkeep, auto_minor_version_upgrade=False)}, id="turned off"
        ),
    ],
)
def test_nothing_waits_by_itself_where_it_shall_not(versions: tuple[str, ...], changes: dict[str, Any]) -> None:
    found = cache(*versions, **{"software": OLD, **changes})

    assert scheduled(found) is found[0]


def test_nothing_waits_by_itself_before_its_date_or_when_it_is_not_to_be_had_any_more() -> None:
    found = cache("9.1.2", software=OLD)

    assert scheduled(found, now=UPDATE.apply_by - timedelta(seconds=1)) is found[0]
    assert scheduled(found, offers=(offer("9.1.2"),)) is found[0]


def test_turned_off_what_waits_by_itself_waits_no_more_and_what_a_customer_asked_for_does() -> None:
    larger = replace(NEW, node_type="cache.r6g.large")
    by_itself = request(initiated_by=Initiator.SYSTEM)
    group, _ = cache("9.1.2", software=OLD, pending=larger, update=by_itself)
    own, _ = cache("9.1.2", software=OLD, pending=larger, update=request())

    assert without_scheduled_update(group).pending == replace(larger, patch="9.1.2")
    assert without_scheduled_update(replace(group, pending=NEW)).pending is None
    assert without_scheduled_update(own) is own
