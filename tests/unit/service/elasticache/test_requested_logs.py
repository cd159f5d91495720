"""Log delivery as calls ask for it: kept, read back, and told how it goes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.faults import Fault
from elastane.model.logs import ObservedDeliveries, ObservedDelivery
from elastane.service.context import Context
from elastane.store import log_deliveries
from tests.kit import contexts
from tests.kit.contexts import (
    StandingClock,
    call,
    create_cluster,
    create_group,
    describe_cluster,
    describe_group,
    settle,
    stored_group,
)

SLOW_LOG: dict[str, Any] = {
    "LogType": "slow-log",
    "DestinationType": "cloudwatch-logs",
    "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "slow"}},
    "LogFormat": "text",
}
ENGINE_LOG: dict[str, Any] = {
    "LogType": "engine-log",
    "DestinationType": "kinesis-firehose",
    "DestinationDetails": {"KinesisFirehoseDetails": {"DeliveryStream": "engine"}},
}


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with contexts.context(tmp_path) as made:
        yield made


async def modify(ctx: Context, *deliveries: dict[str, Any], now: bool = True) -> None:
    await call(
        ctx,
        "ModifyReplicationGroup",
        ReplicationGroupId="orders",
        LogDeliveryConfigurations=list(deliveries),
        ApplyImmediately=now,
    )
    await settle(ctx)


async def shown(ctx: Context) -> list[tuple[str, str]]:
    found = (await describe_group(ctx))["LogDeliveryConfigurations"]
    return [(delivery["LogType"], delivery["LogFormat"]) for delivery in found]


async def test_what_a_creation_asks_for_reads_back_and_says_that_nobody_has_looked_yet(ctx: Context) -> None:
    await create_group(ctx, LogDeliveryConfigurations=[SLOW_LOG])
    await settle(ctx)

    (delivery,) = (await describe_group(ctx))["LogDeliveryConfigurations"]

    assert {name: delivery[name] for name in SLOW_LOG} == SLOW_LOG
    assert (delivery["Status"], delivery["Message"]) == ("enabling", None)
    assert (await describe_cluster(ctx, "orders-001"))["ReplicationGroupLogDeliveryEnabled"] is True


async def test_what_the_last_look_came_to_is_told(ctx: Context) -> None:
    await create_group(ctx, LogDeliveryConfigurations=[SLOW_LOG])
    group = await stored_group(ctx, "orders")
    assert group is not None
    seen = ObservedDelivery(delivery=group.logs[0], failure="There is no such log group.")
    observed = ObservedDeliveries(deliveries=(seen,))

    await ctx.store.write(lambda tx: log_deliveries.save_deliveries(tx, str(group.key), observed))
    (delivery,) = (await describe_group(ctx))["LogDeliveryConfigurations"]
    await ctx.store.write(lambda tx: log_deliveries.save_deliveries(tx, str(group.key), ObservedDeliveries()))
    (again,) = (await describe_group(ctx))["LogDeliveryConfigurations"]

    assert (delivery["Status"], delivery["Message"]) == ("error", "There is no such log group.")
    assert again["Status"] == "enabling"


async def test_a_delivery_begins_when_it_is_switched_on_and_not_when_it_is_changed(tmp_path: Path) -> None:
    clock = StandingClock()
    with contexts.context(tmp_path, clock=clock) as ctx:
        await create_group(ctx, LogDeliveryConfigurations=[SLOW_LOG])
        await settle(ctx)
        created_at = clock()
        clock.advance(hours=1)

        await modify(ctx, SLOW_LOG | {"LogFormat": "json"}, ENGINE_LOG)
        group = await stored_group(ctx, "orders")

    assert group is not None
    assert {one.log_type: one.since for one in group.logs} == {"slow-log": created_at, "engine-log": clock()}


async def test_one_log_goes_to_one_place(ctx: Context) -> None:
    with pytest.raises(faults.InvalidParameterCombination, match="may name slow-log once"):
        await create_group(ctx, LogDeliveryConfigurations=[SLOW_LOG, SLOW_LOG | {"LogFormat": "json"}])


async def test_types_are_added_changed_and_switched_off_one_by_one(ctx: Context) -> None:
    await create_group(ctx, LogDeliveryConfigurations=[SLOW_LOG])
    await settle(ctx)

    await modify(ctx, ENGINE_LOG)
    both = await shown(ctx)
    await modify(ctx, SLOW_LOG | {"LogFormat": "json"})
    changed = await shown(ctx)
    await modify(ctx, {"LogType": "slow-log", "Enabled": False})

    assert both == [("engine-log", "json"), ("slow-log", "text")]
    assert changed == [("engine-log", "json"), ("slow-log", "json")]
    assert await shown(ctx) == [("engine-log", "json")]


async def test_a_cluster_on_its_own_shows_its_own(ctx: Context) -> None:
    await create_cluster(ctx, LogDeliveryConfigurations=[ENGINE_LOG])

    cluster = await describe_cluster(ctx, "sessions")

    assert [delivery["LogType"] for delivery in cluster["LogDeliveryConfigurations"]] == ["engine-log"]
    assert cluster["ReplicationGroupLogDeliveryEnabled"] is False


@pytest.mark.parametrize(
    ("delivery", "fault", "sentence"),
    [
        (SLOW_LOG | {"LogType": "fast-log"}, faults.InvalidParameterValue, "fast-log"),
        (SLOW_LOG | {"LogFormat": "xml"}, faults.InvalidParameterValue, "xml"),
        (SLOW_LOG | {"DestinationType": "s3"}, faults.InvalidParameterValue, "s3"),
        (SLOW_LOG | {"DestinationType": "kinesis-firehose"}, faults.InvalidParameterCombination, "DeliveryStream"),
        ({"LogType": "slow-log", "DestinationType": "cloudwatch-logs"}, faults.InvalidParameterCombination, "LogGroup"),
        (
            SLOW_LOG | {"DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "a name"}}},
            faults.InvalidParameterValue,
            "a name",
        ),
        (
            ENGINE_LOG | {"DestinationDetails": {"KinesisFirehoseDetails": {"DeliveryStream": "../up"}}},
            faults.InvalidParameterValue,
            "DeliveryStream",
        ),
    ],
)
async def test_what_names_no_destination_is_refused(
    ctx: Context, delivery: dict[str, Any], fault: type[Fault], sentence: str
) -> None:
    await create_group(ctx)
    await settle(ctx)

    with pytest.raises(fault, match=sentence):
        await modify(ctx, delivery)

    assert await shown(ctx) == []


async def test_log_delivery_never_waits_for_a_window(ctx: Context) -> None:
    await create_group(ctx)
    await settle(ctx)

    with pytest.raises(faults.InvalidParameterCombination, match="ApplyImmediately set to true"):
        await modify(ctx, SLOW_LOG, now=False)
