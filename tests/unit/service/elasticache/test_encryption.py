"""Encryption in transit: asked for of new groups and of those that there are, read back, and taken back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elastane.model import faults
from elastane.model.access import TransitEncryption
from elastane.model.faults import Fault
from elastane.service.context import Context
from tests.kit.contexts import (
    ENGINES,
    call,
    context,
    create_group,
    describe_group,
    group_key,
    observe,
    observe_node,
    settle,
    stored_group,
)

OFF, PREFERRED, REQUIRED = TransitEncryption.DISABLED, TransitEncryption.PREFERRED, TransitEncryption.REQUIRED


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """Every engine of this installation was built with TLS."""
    with context(tmp_path, encrypting_engines=ENGINES) as opened:
        yield opened


async def modify(ctx: Context, **parameters: Any) -> dict[str, Any]:
    answer = await call(ctx, "ModifyReplicationGroup", ReplicationGroupId="orders", ApplyImmediately=True, **parameters)
    return dict(answer["ReplicationGroup"])


async def asked(ctx: Context) -> TransitEncryption:
    group = await stored_group(ctx, "orders")
    assert group is not None
    return group.access.transit_encryption


async def make(ctx: Context, *modes: TransitEncryption) -> None:
    """A group that has gone this way; all of its nodes run engines with TLS."""
    await create_group(ctx)
    await settle(ctx)
    group = await stored_group(ctx, "orders")
    assert group is not None
    for node in group.nodes:
        await observe_node(ctx, group_key("orders"), node.id, has_tls=True)
    for mode in modes:
        await ask_for(ctx, mode)
        await settle(ctx)


async def ask_for(ctx: Context, mode: TransitEncryption, **more: Any) -> dict[str, Any]:
    if mode is OFF:
        return await modify(ctx, TransitEncryptionEnabled=False, **more)
    return await modify(ctx, TransitEncryptionEnabled=True, TransitEncryptionMode=str(mode), **more)


def shown(group: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    return group["TransitEncryptionEnabled"], group.get("TransitEncryptionMode"), group["PendingModifiedValues"]


# --- creation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "mode"),
    [
        ({}, OFF),
        ({"TransitEncryptionEnabled": False}, OFF),
        ({"TransitEncryptionEnabled": True}, REQUIRED),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}, REQUIRED),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}, PREFERRED),
    ],
)
async def test_a_new_group_has_the_encryption_that_is_asked_for_at_once(
    ctx: Context, parameters: dict[str, Any], mode: TransitEncryption
) -> None:
    await create_group(ctx, **parameters)

    is_enabled, told_mode, pending = shown(await describe_group(ctx))
    assert await asked(ctx) is mode
    assert (is_enabled, told_mode) == (mode is not OFF, None if mode is OFF else str(mode))
    assert pending == {}


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"TransitEncryptionMode": "preferred"}, faults.InvalidParameterCombination),
        (
            {"TransitEncryptionEnabled": False, "TransitEncryptionMode": "preferred"},
            faults.InvalidParameterCombination,
        ),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "optional"}, faults.InvalidParameterValue),
    ],
)
async def test_a_mode_that_cannot_be_is_refused(ctx: Context, parameters: dict[str, Any], fault: type[Fault]) -> None:
    with pytest.raises(fault, match="TransitEncryption"):
        await create_group(ctx, **parameters)


# --- changes -------------------------------------------------------------------------------------


async def test_each_step_is_pending_until_the_nodes_are_seen_with_it(ctx: Context) -> None:
    await make(ctx)

    seen = []
    for mode in (PREFERRED, REQUIRED, PREFERRED, OFF):
        await ask_for(ctx, mode)
        during = await describe_group(ctx)
        await settle(ctx)
        seen.append((during["Status"], shown(during), shown(await describe_group(ctx))))

    assert seen == [
        (
            "modifying",
            (False, None, {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}),
            (True, "preferred", {}),
        ),
        (
            "modifying",
            (True, "preferred", {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}),
            (True, "required", {}),
        ),
        (
            "modifying",
            (True, "required", {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}),
            (True, "preferred", {}),
        ),
        ("modifying", (True, "preferred", {"TransitEncryptionEnabled": False}), (False, None, {})),
    ]


@pytest.mark.parametrize(("made", "leap"), [((), REQUIRED), ((PREFERRED, REQUIRED), OFF)])
async def test_a_step_may_not_be_left_out(
    ctx: Context, made: tuple[TransitEncryption, ...], leap: TransitEncryption
) -> None:
    await make(ctx, *made)

    with pytest.raises(faults.InvalidParameterCombination, match="to preferred first"):
        await ask_for(ctx, leap)


async def test_what_is_so_already_is_no_change(ctx: Context) -> None:
    await make(ctx, PREFERRED)
    before = await stored_group(ctx, "orders")

    await modify(ctx, TransitEncryptionEnabled=True)

    after = await stored_group(ctx, "orders")
    assert before is not None and after is not None
    assert after.access == before.access


async def test_nodes_whose_engine_was_built_without_tls_are_named(ctx: Context) -> None:
    await make(ctx)
    await observe_node(ctx, group_key("orders"), "orders-002", has_tls=False)

    with pytest.raises(faults.InvalidParameterCombination, match="orders-002 runs was built without TLS"):
        await ask_for(ctx, PREFERRED)


async def test_an_installation_without_an_engine_with_tls_says_which_command_brings_one(tmp_path: Path) -> None:
    with context(tmp_path, encrypting_engines=()) as plain:
        await create_group(plain)
        await settle(plain)

        with pytest.raises(faults.InvalidParameterCombination, match=r"elastane engines install valkey-9\.1"):
            await ask_for(plain, PREFERRED)


# --- taking a step back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "step"),
    [((), PREFERRED), ((PREFERRED,), REQUIRED), ((PREFERRED,), OFF), ((PREFERRED, REQUIRED), PREFERRED)],
)
async def test_a_step_that_is_under_way_is_taken_back(
    ctx: Context, made: tuple[TransitEncryption, ...], step: TransitEncryption
) -> None:
    await make(ctx, *made)
    before = await asked(ctx)
    await ask_for(ctx, step)

    answer = await ask_for(ctx, before)

    assert await asked(ctx) is before
    assert (answer["Status"], answer["PendingModifiedValues"]) == ("modifying", {})


async def test_a_step_is_taken_back_also_when_a_node_turned_out_to_have_no_tls(ctx: Context) -> None:
    await make(ctx)
    await ask_for(ctx, PREFERRED)
    await observe_node(ctx, group_key("orders"), "orders-002", has_tls=False)

    await ask_for(ctx, OFF)

    assert await asked(ctx) is OFF


async def test_nothing_else_comes_along_while_a_step_is_taken_back(ctx: Context) -> None:
    await make(ctx)
    await ask_for(ctx, PREFERRED)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await ask_for(ctx, OFF, ReplicationGroupDescription="other")
    assert await asked(ctx) is PREFERRED


async def test_no_further_step_is_taken_while_one_is_under_way(ctx: Context) -> None:
    await make(ctx)
    await ask_for(ctx, PREFERRED)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await ask_for(ctx, REQUIRED)


async def test_a_group_that_is_modified_otherwise_takes_no_step(ctx: Context) -> None:
    await make(ctx)
    await observe(ctx, group_key("orders"), converged_generation=0)

    with pytest.raises(faults.InvalidReplicationGroupState):
        await ask_for(ctx, PREFERRED)
