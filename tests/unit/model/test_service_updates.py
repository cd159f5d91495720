"""When a newer patch becomes a service update, and what is told of it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.model.replication_groups import Deletion, EngineName
from elastane.model.service_updates import (
    Cache,
    PatchOffer,
    ServiceUpdate,
    ServiceUpdateStatus,
    Severity,
    find_superseded_at,
    new_service_updates,
    service_update_status,
)
from tests.kit import groups

NOW = groups.CREATED_AT + timedelta(days=3)


def offer(patch: str, engine: str = "valkey", **changes: Any) -> PatchOffer:
    return replace(PatchOffer(engine=EngineName(engine), patch=patch), **changes)


def update(patch: str = "9.1.3", **changes: Any) -> ServiceUpdate:
    version = patch.rpartition(".")[0]
    default = ServiceUpdate(
        engine=EngineName.VALKEY, version=version, patch=patch, severity=Severity.MEDIUM, released_at=NOW
    )
    return replace(default, **changes)


def cache(*versions: str, **changes: Any) -> Cache:
    """Of Valkey 9.1, with a node for each of these full versions."""
    group = groups.group("orders", *(groups.node(f"orders-00{place}") for place in range(1, len(versions) + 1)))
    group = replace(group, **changes)
    observed = groups.observed(group)
    pairs = zip(observed.nodes, versions, strict=True)
    return group, replace(observed, nodes=tuple(replace(seen, engine_version=version) for seen, version in pairs))


def found(*caches: Cache, offers: tuple[PatchOffer, ...], known: tuple[ServiceUpdate, ...] = ()) -> list[str]:
    return [each.name for each in new_service_updates(known, caches, offers, NOW)]


@pytest.mark.parametrize(
    ("versions", "patches", "names"),
    [
        (("9.1.2", "9.1.2"), ("9.1.2",), []),
        (("9.1.2", "9.1.2"), ("9.1.1",), []),
        (("9.1.2", "9.1.2"), ("9.1.2", "9.1.3"), ["valkey-9-1-3"]),
        (("9.1.2", "9.1.2"), ("9.1.3", "9.1.10"), ["valkey-9-1-10"]),
        (("9.1.3", "9.1.2"), ("9.1.3",), ["valkey-9-1-3"]),
        (("9.1.2", "9.1.2"), ("9.2.0",), []),
        (("9.1.2", "9.1.2"), (), []),
    ],
)
def test_the_newest_patch_of_a_version_is_an_update_where_a_node_runs_an_older_one(
    versions: tuple[str, ...], patches: tuple[str, ...], names: list[str]
) -> None:
    assert found(cache(*versions), offers=tuple(offer(patch) for patch in patches)) == names


def test_a_node_that_is_being_added_has_nothing_to_be_updated() -> None:
    group, observed = cache("9.1.3", "9.1.3")
    first, second = observed.nodes
    adding = (group, replace(observed, nodes=(first, replace(second, engine_version=None))))
    unseen = (group, replace(observed, nodes=(first,)))

    assert found(adding, unseen, offers=(offer("9.1.3"),)) == []


def test_another_engine_s_patch_is_no_update() -> None:
    assert found(cache("9.1.2"), offers=(offer("9.1.3", "redis"),)) == []


def test_one_update_is_there_for_all_caches_and_once_for_ever() -> None:
    caches = (cache("9.1.1"), cache("9.1.2"))

    assert found(*caches, offers=(offer("9.1.3"),)) == ["valkey-9-1-3"]
    assert found(*caches, offers=(offer("9.1.3"),), known=(update("9.1.3"),)) == []


def test_a_cache_that_is_being_made_or_deleted_has_no_nodes_to_update() -> None:
    group, observed = cache("9.1.2")
    making = (group, replace(observed, available_since=None))
    leaving = (replace(group, deletion=Deletion(requested_at=NOW)), observed)

    assert found(making, leaving, offers=(offer("9.1.3"),)) == []


@pytest.mark.parametrize(("is_security_fix", "severity", "days"), [(True, "important", 30), (False, "medium", 60)])
def test_a_security_fix_is_important_and_sooner_to_be_applied(is_security_fix: bool, severity: str, days: int) -> None:
    offers = (offer("9.1.3"), offer("9.1.3", is_security_fix=is_security_fix))
    (made,) = new_service_updates((), (cache("9.1.2"),), offers, NOW)

    assert (made.severity, made.version, made.released_at) == (severity, "9.1", NOW)
    assert made.apply_by == NOW + timedelta(days=days)


def test_a_newer_patch_of_the_same_version_cancels_an_update() -> None:
    first = update("9.1.3")
    second = update("9.1.10", released_at=NOW + timedelta(days=9))
    other = update("9.2.1")

    assert service_update_status(first, (first, other)) is ServiceUpdateStatus.AVAILABLE
    assert service_update_status(first, (first, second)) is ServiceUpdateStatus.CANCELLED
    assert service_update_status(second, (first, second)) is ServiceUpdateStatus.AVAILABLE
    assert find_superseded_at(first, (first, second)) == second.released_at
