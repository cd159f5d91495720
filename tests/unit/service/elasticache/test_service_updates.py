"""DescribeServiceUpdates: what is told of the updates that were found."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.service_updates import Severity
from elastane.service.context import Context
from elastane.store import service_updates
from tests.kit import contexts
from tests.kit.contexts import call
from tests.unit.model.test_service_updates import NOW, update

FIRST = update("9.1.3")
SECOND = update("9.1.4", released_at=NOW + timedelta(days=1), severity=Severity.IMPORTANT)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with contexts.context(tmp_path) as made:
        yield made


async def listed(ctx: Context, **parameters: Any) -> dict[str, dict[str, Any]]:
    answer = await call(ctx, "DescribeServiceUpdates", **parameters)
    return {each["ServiceUpdateName"]: each for each in answer["ServiceUpdates"]}


async def found(ctx: Context) -> None:
    await ctx.store.write(lambda tx: service_updates.save_new_service_update(tx, FIRST))
    await ctx.store.write(lambda tx: service_updates.save_new_service_update(tx, SECOND))


async def test_where_none_was_found_there_is_none(ctx: Context) -> None:
    assert await listed(ctx) == {}


async def test_each_is_told_with_its_dates_severity_and_status(ctx: Context) -> None:
    await found(ctx)

    updates = await listed(ctx)

    assert updates["valkey-9-1-4"] | {"ServiceUpdateDescription": ""} == {
        "ServiceUpdateName": "valkey-9-1-4",
        "ServiceUpdateReleaseDate": SECOND.released_at,
        "ServiceUpdateSeverity": "important",
        "ServiceUpdateRecommendedApplyByDate": SECOND.released_at + timedelta(days=30),
        "ServiceUpdateStatus": "available",
        "ServiceUpdateDescription": "",
        "ServiceUpdateType": "security-update",
        "Engine": "valkey",
        "EngineVersion": "9.1",
        "AutoUpdateAfterRecommendedApplyByDate": True,
        "EstimatedUpdateTime": "less than a minute for each node, and longer with much data",
    }
    assert updates["valkey-9-1-3"]["ServiceUpdateStatus"] == "cancelled"
    assert "nobody has said" in updates["valkey-9-1-3"]["ServiceUpdateDescription"]
    assert "security fix" in updates["valkey-9-1-4"]["ServiceUpdateDescription"]


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"ServiceUpdateName": "Valkey-9-1-3"}, ["valkey-9-1-3"]),
        ({"ServiceUpdateStatus": ["available"]}, ["valkey-9-1-4"]),
        ({"ServiceUpdateStatus": ["available", "cancelled", "expired"]}, ["valkey-9-1-3", "valkey-9-1-4"]),
        ({"ServiceUpdateName": "valkey-9-1-3", "ServiceUpdateStatus": ["available"]}, []),
        ({"ServiceUpdateStatus": ["expired"]}, []),
    ],
)
async def test_they_are_found_by_name_and_status(ctx: Context, parameters: dict[str, Any], names: list[str]) -> None:
    await found(ctx)

    assert list(await listed(ctx, **parameters)) == names


async def test_a_name_that_nobody_has_is_refused(ctx: Context) -> None:
    with pytest.raises(faults.ServiceUpdateNotFound, match="valkey-9-1-9"):
        await listed(ctx, ServiceUpdateName="valkey-9-1-9")
