"""What the endpoint does with requests that cannot be sent over a real connection at will."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from elastane import api
from elastane.model.audit_trail import CallSearch
from elastane.model.callers import root_of
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service.callers import Callers
from elastane.service.context import Aside, Context, at_once
from elastane.store import AuditTrail, audit_trail
from tests.fuzz import drafts
from tests.fuzz.drafts import Draft
from tests.kit.aside import NoticingAside
from tests.kit.asserts import eventually
from tests.kit.contexts import NOW, context

MIB = 1024 * 1024

Application = Callable[..., Awaitable[None]]


@pytest.fixture
async def trail(tmp_path: Path) -> AsyncIterator[AuditTrail]:
    with closing(AuditTrail.open(tmp_path)) as opened:
        yield opened


@contextmanager
def served(
    tmp_path: Path,
    trail: AuditTrail,
    change: Callable[[Context], Context] = lambda ctx: ctx,
    aside: Aside = at_once,
) -> Any:
    with context(tmp_path) as ctx:
        root = root_of(ctx.account_id, AccessKeyId(drafts.ACCESS_KEY_ID), Secret(drafts.SECRET))
        yield api.application(
            api.Endpoint(
                find_caller=Callers(ctx.store, root, ctx.account_id, ctx.now).find,
                context=lambda _signature, _caller: change(ctx),
                now=ctx.now,
                audit_trail=trail,
                aside=aside,
            )
        )


def asked(*fields: tuple[str, str], service: str = "elasticache", version: str = "2015-02-02") -> Draft:
    made = drafts.draft(service=service, region="us-east-1", now=NOW)
    made.fields = [("Version", version), *fields]
    drafts.render(made)
    drafts.sign(made)
    return made


async def answer(application: Application, made: Draft, receive: Callable[[], Awaitable[Any]] | None = None) -> int:
    """The status. Without `receive` the body is there at once."""
    sent: list[Mapping[str, Any]] = []

    async def all_at_once() -> Mapping[str, Any]:
        return {"type": "http.request", "body": made.body}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": made.headers,
        "client": ("127.0.0.1", 1),
    }
    await application(scope, receive or all_at_once, send)
    return int(sent[0]["status"])


async def test_only_what_may_be_much_is_read_and_written_aside(tmp_path: Path, trail: AuditTrail) -> None:
    aside = NoticingAside()

    with served(tmp_path, trail, aside=aside) as application:
        assert await answer(application, asked(("Action", "DescribeCacheClusters"))) == 200
        assert aside.count == 0
        little = asked(("Action", "ListMetrics"), service="monitoring", version="2010-08-01")
        assert await answer(application, little) == 200

    assert aside.count == 2


async def test_bodies_that_arrive_together_are_bounded(tmp_path: Path, trail: AuditTrail) -> None:
    go_on = asyncio.Event()

    def stalled() -> Callable[[], Awaitable[Mapping[str, Any]]]:
        """Nearly a whole body, and then nothing until it goes on, when the connection breaks."""
        pieces = iter([b"x" * (MIB - 1)])

        async def receive() -> Mapping[str, Any]:
            if (piece := next(pieces, None)) is not None:
                return {"type": "http.request", "body": piece, "more_body": True}
            await go_on.wait()
            return {"type": "http.disconnect"}

        return receive

    with served(tmp_path, trail) as application:
        async with asyncio.TaskGroup() as tasks:
            crowd = [
                tasks.create_task(answer(application, asked(), stalled()), name=f"stalled-{number}")
                for number in range(100)
            ]
            await eventually(lambda: sum(task.done() for task in crowd) == 36, message="those beyond are refused")
            go_on.set()
        statuses = [task.result() for task in crowd]
        later = await answer(application, asked(("Action", "DescribeEvents")))

    assert sorted(set(statuses)) == [400, 503]
    assert statuses.count(400) == 64, "so many of a mebibyte each fit"
    assert later == 200, "who has gone takes no room"


async def test_a_record_that_cannot_be_made_fails_its_own_call_and_no_other(
    tmp_path: Path, trail: AuditTrail, caplog: pytest.LogCaptureFixture
) -> None:
    # No such ARN is ever made; what is tried is what a bug of ours would do to others.
    with served(tmp_path, trail, lambda ctx: replace(ctx, caller_arn="\ud800")) as application:  # type: ignore[arg-type]  # a bug
        failed = await answer(application, asked(("Action", "DescribeEvents")))
    with served(tmp_path, trail) as application:
        good = await answer(application, asked(("Action", "DescribeEvents")))

    assert (failed, good) == (500, 200)
    assert "request failed by a bug of ours" in caplog.text
    assert len(await trail.search(CallSearch())) == 1


async def test_a_change_that_cannot_be_written_down_is_told_and_a_refusal_stays_what_it_is(tmp_path: Path) -> None:
    create = (
        ("Action", "CreateCacheParameterGroup"),
        ("CacheParameterGroupName", "p"),
        ("Description", "d"),
        ("CacheParameterGroupFamily", "valkey9"),
    )
    with closing(AuditTrail.open(tmp_path)) as trail, served(tmp_path, trail) as application:
        with closing(sqlite3.connect(tmp_path / audit_trail.FILE_NAME, isolation_level=None)) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            made = await answer(application, asked(*create))
            again = await answer(application, asked(*create))
            question = await answer(application, asked(("Action", "DescribeEvents")))
            other.execute("DROP TRIGGER full")
        written = await trail.search(CallSearch(is_oldest_first=True))

    assert (made, again, question) == (503, 400, 200)
    assert [numbered.record.outcome.status for numbered in written] == [200, 400, 200], "what was done, once it can be"
