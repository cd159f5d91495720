"""Zones taken down on purpose: their markers, and a start that a marker overtakes."""

from pathlib import Path

import pytest

from elastane.hosts import HostError, ZoneLost, launch, zones
from elastane.hosts.identity import find_identity, is_alive
from elastane.model.ids import Zone
from tests.unit.hosts.worlds import NODE_KEY, ZONE, order


def test_a_zone_is_lost_from_its_marker_on_until_it_is_restored(tmp_path: Path) -> None:
    faults = tmp_path / "faults"

    zones.lose_zone(faults, ZONE)
    zones.lose_zone(faults, ZONE)
    zones.lose_zone(faults, Zone("us-east-1b"))

    assert zones.list_lost_zones(faults) == {ZONE, "us-east-1b"}
    assert [zones.restore_zone(faults, ZONE), zones.restore_zone(faults, ZONE)] == [True, False]
    assert zones.list_lost_zones(faults) == {"us-east-1b"}


def test_markers_are_for_their_owner_only(tmp_path: Path) -> None:
    zones.lose_zone(tmp_path / "faults", ZONE)

    assert (tmp_path / "faults").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "faults" / f"zone-{ZONE}").stat().st_mode & 0o777 == 0o600


def test_where_no_zone_was_ever_lost_nothing_is_made(tmp_path: Path) -> None:
    assert zones.list_lost_zones(tmp_path / "faults") == frozenset()
    assert not zones.restore_zone(tmp_path / "faults", ZONE)
    assert list(tmp_path.iterdir()) == []


def test_a_marker_half_written_by_a_crash_is_no_zone(tmp_path: Path) -> None:
    (tmp_path / f".zone-{ZONE}.new").touch()

    assert zones.list_lost_zones(tmp_path) == frozenset()


def test_a_faults_directory_that_is_a_file_is_an_error_and_not_a_world_without_faults(tmp_path: Path) -> None:
    (tmp_path / "faults").touch()

    with pytest.raises(HostError, match="faults is a file where a directory is needed"):
        zones.list_lost_zones(tmp_path / "faults")
    with pytest.raises(HostError, match="faults is a file where a directory is needed"):
        zones.lose_zone(tmp_path / "faults", ZONE)


def test_a_start_that_a_marker_overtakes_leaves_no_engine(tmp_path: Path) -> None:
    faults = tmp_path / "faults"
    zones.lose_zone(faults, ZONE)

    with pytest.raises(ZoneLost):
        launch.find_or_start(
            tmp_path / "nodes", order(NODE_KEY, "/bin/touch", "served", zone=ZONE), faults_directory=faults
        )

    directory = tmp_path / "nodes" / NODE_KEY
    identity = find_identity(directory, NODE_KEY)
    assert identity is not None and identity.process is not None
    assert not is_alive(identity.process)
    assert not (directory / "served").exists()
