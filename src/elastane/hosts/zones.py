"""Zones that were taken down on purpose: a marker file for each, and no start in them while it is there.

On one machine a zone is a label, so losing one is something a person causes: `elastane fault zone` writes the marker
first and kills the zone's nodes then, and `local` refuses to start any there. Between the two no start slips through,
see `launch`. The markers outlive both: who takes a zone down and restarts everything finds it down.

    <data directory>/faults/zone-us-east-1a
"""

from pathlib import Path

from elastane.hosts import HostError, NodeOrder, ZoneLost, directories
from elastane.model.ids import Zone

FAULTS_DIRECTORY = "faults"
"""Below the data directory, beside the nodes."""

ZONE_KEY = "zone"
"""Under this key an order's identity names the node's zone."""

_PREFIX = "zone-"


def list_lost_zones(faults_directory: Path) -> frozenset[Zone]:
    """The zones that are down. Cheap where none ever was: there is no directory then. Raises HostError."""
    try:
        names = [path.name for path in faults_directory.iterdir()]
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise HostError("zones", directories.explain(error, faults_directory)) from error
    return frozenset(Zone(name.removeprefix(_PREFIX)) for name in names if name.startswith(_PREFIX))


def lose_zone(faults_directory: Path, zone: Zone) -> None:
    """From now on nothing starts in this zone, also after a power cut. Raises HostError."""
    try:
        faults_directory.mkdir(mode=0o700, exist_ok=True)
        directories.write_file(_marker(faults_directory, zone), "", is_durable=True)
    except OSError as error:
        raise HostError("zones", directories.explain(error, faults_directory)) from error


def restore_zone(faults_directory: Path, zone: Zone) -> bool:
    """Whether the zone was down; it is no longer. Raises HostError."""
    try:
        _marker(faults_directory, zone).unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise HostError("zones", directories.explain(error, faults_directory)) from error
    return True


def refuse_lost(order: NodeOrder, lost_zones: frozenset[Zone]) -> None:
    """Raises ZoneLost when the order's node belongs into one of these zones."""
    zone = order.identity.get(ZONE_KEY)
    if zone in lost_zones:
        sentence = f"zone {zone} is down; `elastane fault zone {zone} up` brings it back"
        raise ZoneLost(order.node_key, sentence)


def _marker(faults_directory: Path, zone: Zone) -> Path:
    assert directories.is_plain_name(zone), "whoever names a zone has looked whether there is one of that name"
    return faults_directory / f"{_PREFIX}{zone}"
