"""Service updates as DescribeServiceUpdates tells of them: newer patches that were found here, and what they mean.

Nothing is looked for here: the doing stair finds them, and writes down when (`reconcile/service_updates.py`).
"""

from elastane.model import faults
from elastane.model.service_updates import ServiceUpdate, service_update_status
from elastane.service.context import Context, Result
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.parameters import Parameters
from elastane.store import service_updates

SERVICE_UPDATE_TYPE = "security-update"
"""The published model has no other, though not every patch mends a hole: the severity and the description tell."""

ESTIMATED_TIME = "less than a minute for each node, and longer with much data"

_ENGINE_NAMES = {"valkey": "Valkey", "redis": "Redis OSS"}


async def describe_service_updates(ctx: Context, parameters: Parameters) -> Result:
    known = await ctx.store.read(service_updates.list_service_updates)
    name = parameters.text("ServiceUpdateName")
    statuses = parameters.texts("ServiceUpdateStatus")
    named = (get_service_update(known, name),) if name else known
    page = requested_page(
        parameters,
        (update for update in named if not statuses or service_update_status(update, known) in statuses),
        key=lambda update: update.name,
    )
    return {"ServiceUpdates": [_answer(update, known) for update in page.items], "Marker": page.marker}


def get_service_update(known: tuple[ServiceUpdate, ...], name: str) -> ServiceUpdate:
    """Whatever its case. Raises ServiceUpdateNotFound."""
    found = next((update for update in known if update.name == name.lower()), None)
    if found is None:
        raise faults.ServiceUpdateNotFound(f"Service update {name} not found.")
    return found


def _answer(update: ServiceUpdate, known: tuple[ServiceUpdate, ...]) -> Result:
    return {
        "ServiceUpdateName": update.name,
        "ServiceUpdateReleaseDate": update.released_at,
        "ServiceUpdateSeverity": update.severity,
        "ServiceUpdateRecommendedApplyByDate": update.apply_by,
        "ServiceUpdateStatus": service_update_status(update, known),
        "ServiceUpdateDescription": _description(update),
        "ServiceUpdateType": SERVICE_UPDATE_TYPE,
        "Engine": update.engine,
        "EngineVersion": update.version,
        "AutoUpdateAfterRecommendedApplyByDate": True,
        "EstimatedUpdateTime": ESTIMATED_TIME,
    }


def _description(update: ServiceUpdate) -> str:
    """AWS's type says security of every update; this says what is known."""
    name = f"{_ENGINE_NAMES[update.engine]} {update.patch}"
    source = (
        "which is fetched as a security fix"
        if update.severity in ("critical", "important")
        else "of which nobody has said here that it mends a security hole"
    )
    return f"{name}, a newer patch of version {update.version}, {source}. Its release notes tell what it changes."
