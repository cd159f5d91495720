"""A thousand caches behind the real API, without a thousand engines: documents in a store that no reconciler looks at.

    async with served_crowd(directory, 1000) as url:
        ...

What answers is the API itself, over HTTP, with the console beside it. Called by the console's
tests and by benchmarks: they ask what a large installation is like to look at.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from elastane import api
from elastane.clock import utc_now
from elastane.console_endpoint import answer_console
from elastane.http_server import HttpBounds, http_server
from elastane.model.callers import root_of
from elastane.model.replication_groups import Network
from elastane.model.secrets import AccessKeyId, Secret
from elastane.server.endpoint import CONSOLE_FILES
from elastane.service.callers import Callers
from elastane.store import AuditTrail, Transaction, replication_groups
from tests.kit import contexts, groups
from tests.kit.elastane import ACCESS_KEY_ID, SECRET_ACCESS_KEY


@asynccontextmanager
async def served_crowd(directory: Path, group_count: int) -> AsyncIterator[str]:
    """The endpoint's URL. Groups are called ``group-0000`` and on; each has a primary and a replica."""
    with (
        contexts.context(directory, clock=utc_now) as ctx,
        closing(AuditTrail.open(directory)) as trail,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        await ctx.store.write(lambda tx: save_groups(tx, group_count))
        root = root_of(ctx.account_id, AccessKeyId(ACCESS_KEY_ID), Secret(SECRET_ACCESS_KEY))
        endpoint = api.Endpoint(
            find_caller=Callers(ctx.store, root, ctx.account_id, utc_now).find,
            context=lambda _signature, _caller: ctx,
            now=utc_now,
            audit_trail=trail,
            answer_unsigned=answer_console(CONSOLE_FILES),
        )
        server = http_server(api.application(endpoint), HttpBounds())
        async with asyncio.TaskGroup() as serving:
            serving.create_task(server.serve(sockets=[listening]), name="crowd")
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True


def save_groups(tx: Transaction, group_count: int) -> None:
    """Groups of a primary and a replica that a pass has found true."""
    for number in range(group_count):
        name = f"group-{number:04d}"
        address, replica_address, primary_endpoint, reader_endpoint = (
            f"127.{block}.{number // 100}.{number % 100}" for block in (90, 91, 92, 93)
        )
        group = groups.group(
            name,
            groups.node(f"{name}-001", address=address),
            groups.node(f"{name}-002", address=replica_address, zone="us-east-1b"),
            network=Network(
                subnet_group_name="default",
                primary_endpoint_address=primary_endpoint,
                reader_endpoint_address=reader_endpoint,
            ),
        )
        replication_groups.save_replication_group(tx, group)
        replication_groups.save_observed(tx, group.key, groups.observed(group))
