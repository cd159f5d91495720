"""How quickly questions are answered: Describe of one group over HTTP, and of a thousand from the store.

One group is asked for over one kept-alive connection, by requests that were signed before the clock ran; a row shows
the same call as an application sees it, SDK included. The thousand groups are documents in a store that no reconciler
looks at, asked through the ASGI application in this process: a thousand engines would measure the machine.
"""

import asyncio
import http.client
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks import command
from benchmarks.control_plane import control_plane, cpu_seconds, create_groups
from benchmarks.tables import Goal, Report, Row
from elastane import api
from elastane.clock import utc_now
from elastane.model.callers import root_of
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service.callers import Callers
from elastane.store import AuditTrail
from tests.kit import contexts
from tests.kit.crowd import save_groups
from tests.kit.elastane import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, RunningElastane

GROUP_ID = "orders"
PAGE_SIZE = 100
GOALS = (Goal(below=5), Goal(below=15, ratio=0.99))
WARM_UP_COUNT = 20


def measure(is_quick: bool) -> Report:
    call_count, group_count, page_count = (25, 100, 5) if is_quick else (1000, 1000, 200)
    with control_plane() as elastane:
        create_groups(elastane, [GROUP_ID], 2)
        command.tell(f"{call_count} calls for one group")
        over_http = _over_http(elastane, call_count)
    command.tell(f"{page_count} pages of {PAGE_SIZE} out of {group_count} groups")
    from_the_store = asyncio.run(_from_the_store(group_count, page_count))
    return Report(title="DescribeReplicationGroups", rows=(*over_http, *from_the_store))


# --- one group, over HTTP ------------------------------------------------------------------------


def _over_http(elastane: RunningElastane, call_count: int) -> tuple[Row, ...]:
    where = urlsplit(elastane.url)
    body, headers = _signed(elastane.url, ReplicationGroupId=GROUP_ID)
    client = elastane.client()

    def call() -> None:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text

    def call_by_sdk() -> None:
        client.describe_replication_groups(ReplicationGroupId=GROUP_ID)

    with closing(http.client.HTTPConnection(where.hostname or "", where.port)) as connection:
        _times(call, WARM_UP_COUNT)
        used_before = cpu_seconds(elastane.pid)
        samples = _times(call, call_count)
        used_ms = (cpu_seconds(elastane.pid) - used_before) * 1000
    return (
        Row(name="one group", unit="ms", samples=samples, goals=GOALS),
        Row(name="one group, by the SDK", unit="ms", samples=_times(call_by_sdk, call_count)),
        Row(name="one group, processor time", unit="ms", samples=(used_ms / call_count,)),
    )


def _times(call: Callable[[], None], count: int) -> tuple[float, ...]:
    """Milliseconds of each call, one after the other."""
    samples = []
    for _ in range(count):
        began_at = perf_counter()
        call()
        samples.append((perf_counter() - began_at) * 1000)
    return tuple(samples)


def _signed(url: str, **parameters: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a call, good for as many minutes as AWS's clocks may differ."""
    form = {"Action": "DescribeReplicationGroups", "Version": "2015-02-02", **parameters}
    body = urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": urlsplit(url).netloc}
    request = AWSRequest(method="POST", url=url, data=body, headers=headers)
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "elasticache", REGION).add_auth(request)
    return body, dict(request.headers)


# --- many groups, from the store -----------------------------------------------------------------


async def _from_the_store(group_count: int, page_count: int) -> tuple[Row, ...]:
    with (
        tempfile.TemporaryDirectory(prefix="elastane-benchmark-") as directory,
        contexts.context(Path(directory), clock=utc_now) as ctx,
        closing(AuditTrail.open(Path(directory))) as trail,
    ):
        await ctx.store.write(lambda tx: save_groups(tx, group_count))
        root = root_of(ctx.account_id, AccessKeyId(ACCESS_KEY_ID), Secret(SECRET_ACCESS_KEY))
        callers = Callers(ctx.store, root, ctx.account_id, utc_now)
        endpoint = api.Endpoint(
            find_caller=callers.find, context=lambda _signature, _caller: ctx, now=utc_now, audit_trail=trail
        )
        serve = api.application(endpoint)
        first_page = _signed("http://127.0.0.1/", MaxRecords=str(PAGE_SIZE))
        answer = await _answer(serve, *first_page)
        assert answer.count(b"<ReplicationGroup>") == PAGE_SIZE, answer[:500]
        samples = []
        used_before = process_time()
        for _ in range(page_count):
            began_at = perf_counter()
            await _answer(serve, *first_page)
            samples.append((perf_counter() - began_at) * 1000)
        used_ms = (process_time() - used_before) * 1000
    return (
        Row(name=f"{PAGE_SIZE} groups a page, of {group_count:,}", unit="ms", samples=tuple(samples)),
        Row(name=f"{PAGE_SIZE} groups a page, processor time", unit="ms", samples=(used_ms / page_count,)),
    )


async def _answer(serve: Callable[..., Any], body: bytes, headers: Mapping[str, str]) -> bytes:
    """One request through the ASGI application; its answer's body."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await serve(scope, receive, send)
    start, content = sent
    assert start["status"] == 200, content["body"]
    return bytes(content["body"])


if __name__ == "__main__":
    sys.exit(command.run("describe", measure))
