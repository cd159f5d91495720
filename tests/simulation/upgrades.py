"""What a customer may ask of the engines of a group: a newer one, now or in the maintenance window, or its patch."""

from msgspec.structs import replace

from elastane.model.engine_names import EngineName
from elastane.model.replication_groups import ReplicationGroup, Software
from elastane.model.service_updates import ServiceUpdate, Severity
from elastane.model.software import is_newer
from elastane.model.update_actions import (
    UpdateActionStatus,
    has_action,
    update_action_status,
    with_update,
    without_update,
)
from tests.kit.fake_binaries import BINARIES, VALKEY_NEWER_PATCH
from tests.kit.groups import CREATED_AT
from tests.simulation.beginnings import with_engine
from tests.simulation.story import Story

TARGETS = (
    (EngineName.VALKEY, "8.0", "8.0.7"),
    (EngineName.VALKEY, "8.1", "8.1.6"),
    (EngineName.VALKEY, "9.1", "9.1.2"),
    (EngineName.VALKEY, "9.1", "9.1.3"),
)

ALWAYS_OPEN = "mon:00:00-tue:00:00"
"""A story begins on a Monday at noon, and few clocks are put further than a day."""


def with_newest_engine(group: ReplicationGroup) -> ReplicationGroup:
    return with_engine(group, *TARGETS[-1])


async def upgrade(story: Story) -> None:
    """Refused by the service until what was asked for before is true. Now and then the new engine does not start."""
    if not await story.is_available():
        return
    newer = [target for target in TARGETS if _is_newer(target, story.group.software)]
    if not newer:
        return
    engine, version, patch = story.random.choice(newer)
    if story.random.random() < 0.2:
        story.tell(f"{engine} {patch} does not start")
        story.machine.broken.update(
            str(binary.path) for binary in BINARIES if (binary.engine, binary.version) == (engine, patch)
        )
    is_now = story.random.random() < 0.7

    def asked(group: ReplicationGroup) -> ReplicationGroup:
        target = with_engine(group, engine, version, patch)
        if is_now:
            return target
        upkeep = replace(group.upkeep, maintenance_window=ALWAYS_OPEN)
        return replace(group, pending=target.software, upkeep=upkeep)

    await story.change(f"customer: {engine} {patch} {'now' if is_now else 'in the window'}", asked)


async def update_or_stop(story: Story) -> None:
    """A service update to the newer patch of what the group runs; or its end, where one is under way."""
    await story.reload()
    group, observed = story.group, await story.observed()
    if not has_action(UPDATE, group, observed):
        return
    status = update_action_status(UPDATE, group, observed)
    now = story.clock.now()
    if status in (UpdateActionStatus.WAITING_TO_START, UpdateActionStatus.IN_PROGRESS):
        await story.change("customer: stop the update", lambda one: without_update(one, UPDATE, observed, now=now))
    elif status in (UpdateActionStatus.NOT_APPLIED, UpdateActionStatus.STOPPED) and await story.is_available():
        await story.change("customer: apply the update", lambda one: with_update(one, UPDATE, now=now))


UPDATE = ServiceUpdate(
    engine=EngineName.VALKEY,
    version="9.1",
    patch=VALKEY_NEWER_PATCH.version,
    severity=Severity.MEDIUM,
    released_at=CREATED_AT,
)


def _is_newer(target: tuple[EngineName, str, str], software: Software) -> bool:
    engine, _, patch = target
    return is_newer(engine, patch, software)
