"""What the endpoint does with requests that nobody has signed, when somebody is there to answer them."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from elastane import api
from elastane.model import faults
from elastane.model.audit_trail import CallSearch, Chain
from elastane.model.callers import root_of
from elastane.model.ids import Region
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service.callers import Callers
from elastane.service.unsigned import AnswerUnsigned, UnsignedAnswer, UnsignedCall, UnsignedRequest
from elastane.store import AuditTrail, StoreUnusable
from tests.fuzz import drafts
from tests.kit.contexts import context

READ_ONLY = "the audit trail cannot be written."
CALL = UnsignedCall(service="sns", action="Unsubscribe", region=Region("eu-west-1"))


class Links:
    """Answers with what it is given, or raises it; remembers what it was asked."""

    def __init__(self, answer: UnsignedAnswer | Exception | None) -> None:
        self.answer = answer
        self.asked: list[UnsignedRequest] = []

    async def __call__(self, request: UnsignedRequest) -> UnsignedAnswer | None:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def ask(
    directory: Path,
    answer_unsigned: AnswerUnsigned,
    query: str = "",
    *,
    method: str = "GET",
    path: str = "/",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    reason_for_reading_only: str | None = None,
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    with context(directory) as ctx, closing(AuditTrail.open(directory)) as trail:
        root = root_of(ctx.account_id, AccessKeyId(drafts.ACCESS_KEY_ID), Secret(drafts.SECRET))
        application: Callable[..., Awaitable[None]] = api.application(
            api.Endpoint(
                find_caller=Callers(ctx.store, root, ctx.account_id, ctx.now).find,
                context=lambda _signature, _caller: ctx,
                now=ctx.now,
                audit_trail=trail,
                find_reason_for_reading_only=lambda: reason_for_reading_only,
                answer_unsigned=answer_unsigned,
            )
        )
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "headers": list(headers),
            "client": ("192.0.2.7", 1),
        }
        await application(scope, receive, send)
        await trail.flush()
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def recorded(directory: Path) -> list[Any]:
    with closing(AuditTrail.open(directory)) as trail:
        return [numbered.record for numbered in await trail.search(CallSearch())]


async def test_a_get_without_a_signature_is_answered_by_who_knows_it_and_leaves_no_record(tmp_path: Path) -> None:
    links = Links(UnsignedAnswer(content_type="text/plain; version=0.0.4", body=b"up 1\n"))

    answer = await ask(tmp_path, links, "name=caf%C3%A9&empty=", path="/metrics", headers=((b"Accept", b"text/plain"),))

    assert (answer[0], answer[2]) == (200, b"up 1\n")
    assert answer[1][b"content-type"] == b"text/plain; version=0.0.4"
    assert links.asked == [
        UnsignedRequest(
            path="/metrics",
            parameters={"name": "café", "empty": ""},
            source_ip="192.0.2.7",
            headers={"accept": "text/plain"},
        )
    ]
    assert await recorded(tmp_path) == []


async def test_what_was_done_for_it_is_in_the_audit_trail_as_a_change_of_nobody_s(tmp_path: Path) -> None:
    links = Links(UnsignedAnswer(content_type="text/xml", body=b"<a/>", call=CALL))

    answer = await ask(tmp_path, links, "Action=Unsubscribe")

    (record,) = await recorded(tmp_path)
    assert (answer[0], answer[2]) == (200, b"<a/>")
    assert (record.asked.service, record.asked.action, record.region) == ("sns", "Unsubscribe", "eu-west-1")
    assert record.chain is Chain.CHANGES
    assert (record.caller.arn, record.caller.is_proven, record.origin.address) == (None, False, "192.0.2.7")


@pytest.mark.parametrize(
    ("query", "method", "headers"),
    [
        ("", "POST", ()),
        ("Action=Unsubscribe", "HEAD", ()),
        ("", "GET", ((b"authorization", b"AWS4-HMAC-SHA256 Credential=x"),)),
        ("", "GET", ((b"Authorization", b"Basic x"),)),
        ("X-Amz-Signature=x", "GET", ()),
        ("X-Amz-Credential=x", "GET", ()),
        ("a=1&a=2", "GET", ()),
        ("a=%ff", "GET", ()),
    ],
)
async def test_who_posts_claims_a_signature_or_cannot_be_read_has_to_sign(
    tmp_path: Path, query: str, method: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    links = Links(UnsignedAnswer(content_type="text/plain", body=b"secret"))

    status, _, body = await ask(tmp_path, links, query, method=method, headers=headers)

    assert links.asked == []
    assert status in (400, 403)
    assert b"secret" not in body


async def test_who_asks_for_the_heading_alone_is_answered_as_a_get(tmp_path: Path) -> None:
    """Monitors and `curl --head` ask so; the HTTP server leaves the body out."""
    links = Links(UnsignedAnswer(content_type="text/html", body=b"<p>the console</p>"))

    status, headers, _ = await ask(tmp_path, links, method="HEAD", path="/console/")

    assert (status, headers[b"content-type"], headers[b"content-length"]) == (200, b"text/html", b"18")


async def test_a_bearer_s_token_is_no_signature(tmp_path: Path) -> None:
    links = Links(UnsignedAnswer(content_type="text/plain", body=b"up 1\n"))

    status, _, _ = await ask(tmp_path, links, path="/metrics", headers=((b"Authorization", b"Bearer x"),))

    assert status == 200
    assert links.asked[0].headers == {"authorization": "Bearer x"}


async def test_what_nobody_knows_is_told_to_sign(tmp_path: Path) -> None:
    status, _, body = await ask(tmp_path, Links(None), "Action=DescribeEvents")

    assert status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in body


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (faults.InvalidParameterValue("no"), 400, b"InvalidParameterValue"),
        (StoreUnusable("no disk"), 503, b"ServiceUnavailable"),
        (TimeoutError(), 503, b"ServiceUnavailable"),
        (KeyError("a bug"), 500, b"InternalFailure"),
    ],
)
async def test_its_failures_are_answered_as_query_s_faults(
    tmp_path: Path, raised: Exception, status: int, code: bytes
) -> None:
    answer = await ask(tmp_path, Links(raised), "Action=Unsubscribe")

    assert answer[0] == status
    assert b"<Code>" + code + b"</Code>" in answer[2]
    assert b"a bug" not in answer[2]
    assert [record.outcome.status for record in await recorded(tmp_path)] == [status]


@pytest.mark.parametrize("action", ["Unsubscribe", "ConfirmSubscription"])
async def test_nothing_changes_while_nothing_can_be_written_down(tmp_path: Path, action: str) -> None:
    links = Links(UnsignedAnswer(content_type="text/xml", body=b"<a/>", call=CALL))

    status, _, body = await ask(tmp_path, links, f"Action={action}", reason_for_reading_only=READ_ONLY)
    reading = await ask(
        tmp_path, Links(UnsignedAnswer(content_type="a/b", body=b"c")), reason_for_reading_only=READ_ONLY
    )

    assert (status, links.asked) == (503, [])
    assert READ_ONLY.encode() in body
    assert reading[0] == 200
