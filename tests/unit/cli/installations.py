"""Installations as `status` and `explain` see them, with good defaults: a test says only what matters to it."""

from pathlib import Path

from elastane.cli.installation import Installation, SeenGroup, SeenProcess
from elastane.model.replication_groups import ObservedReplicationGroup, ReplicationGroup
from elastane.store.data_directory import ControlPlane
from tests.kit import groups

CONTROL_PLANE = ControlPlane(pid=4711, url="http://127.0.0.1:7379")


def seen_group(desired: ReplicationGroup, observed: ObservedReplicationGroup | None = None) -> SeenGroup:
    """With every process running; as a pass saw it that found all of it true."""
    return SeenGroup(
        desired=desired,
        observed=groups.observed(desired) if observed is None else observed,
        processes={node.id: SeenProcess(pid=100, sentence="pid 100") for node in desired.nodes},
    )


def installation(
    *seen: SeenGroup, control_plane: ControlPlane | None = CONTROL_PLANE, is_used: bool = True
) -> Installation:
    return Installation(data_dir=Path("/srv/elastane"), control_plane=control_plane, is_used=is_used, groups=seen)
