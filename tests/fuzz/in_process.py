"""The ASGI application in this process, with a store and an audit trail of its own, one request after the other or
some side by side."""

import asyncio
import gc
import logging
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from elastane import api
from elastane.model.callers import Caller, root_of
from elastane.model.ids import Region
from elastane.model.secrets import AccessKeyId, Secret
from elastane.service.callers import Callers
from elastane.service.context import Context
from elastane.service.sns.unsigned import answer_links
from elastane.store import AuditTrail
from elastane.store.audit_trail import Bounds
from elastane.wire import models
from elastane.wire.models import Service
from elastane.wire.sigv4 import Signature
from tests.fuzz import drafts, mutations, values
from tests.fuzz.drafts import Draft
from tests.fuzz.judging import Finding, LogLines, judge_answer, judge_trail, resident_bytes
from tests.kit.contexts import NOW, context

HANG_SECONDS = 60
GROWTH_BYTES_MAX = 32 * 1024 * 1024
"""Between the middle and the end, by which time every cache is warm: SQLite's pages and the allocator's rest."""
MEASURED_FROM_COUNT = 2_000
"""With fewer requests there is no warm middle to measure from."""
SIGNED_AS = {service: name for name, service in models.SIGNING_NAMES.items()}
SERVICES = (
    (models.ELASTICACHE,) * 16
    + (models.CLOUDTRAIL,) * 3
    + (models.STS,)
    + (models.CLOUDWATCH,) * 6
    + (models.SNS,) * 3
    + (models.LOGS,) * 3
    + (models.ELASTANE,) * 3
)


@dataclass(slots=True)
class Tally:
    """What came back, by status, and how memory grew."""

    statuses: dict[int, int] = field(default_factory=dict)
    middle_bytes: int = 0
    end_bytes: int = 0

    def count(self, status: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1

    @property
    def growth_bytes(self) -> int:
        return self.end_bytes - self.middle_bytes


def make(seed: int, number: int) -> Draft:
    """The request of that number: the same for the same seed, whatever came before."""
    dice = Random(f"{seed}:{number}")
    service: Service = dice.choice(SERVICES)
    region = dice.choice(("us-east-1", "us-east-1", "eu-west-1"))
    made = drafts.draft(service=SIGNED_AS[service], region=region, now=NOW)
    likelihood = dice.choice((0.0, 0.1, 0.3))
    built = tuple(api.SERVICES[service])
    action = dice.choice(built if dice.random() < 0.7 else models.action_names(service))
    given = values.parameters(dice, service, action)
    match dice.choice(models.protocol_names(service)):
        case "json":
            _ask_in_json(made, service, action, given)
        case "smithy-rpc-v2-cbor":
            _ask_in_cbor(made, service, action, given)
        case _:
            made.fields = values.form_fields(service, action, given)
            made.method = dice.choice(("POST", "POST", "POST", "GET"))
    mutations.suffer(dice, made, mutations.BEFORE_SIGNING, likelihood)
    drafts.render(made)
    drafts.sign(made)
    mutations.suffer(dice, made, mutations.AFTER_SIGNING, likelihood / 3)
    return made


def _ask_in_json(made: Draft, service: Service, action: str, given: dict[str, Any]) -> None:
    made.is_json, made.content = True, given
    kind = f"application/x-amz-json-{models.json_version(service)}"
    target = f"{models.target_prefix(service)}.{action}"
    made.headers += [(b"content-type", kind.encode()), (b"x-amz-target", target.encode())]
    made.signing.signed_headers.append("x-amz-target")


def _ask_in_cbor(made: Draft, service: Service, action: str, given: dict[str, Any]) -> None:
    made.is_cbor, made.content = True, values.content(service, action, given, is_cbor=True)
    made.path = f"/service/{models.target_prefix(service)}/operation/{action}".encode()
    made.headers += [(b"content-type", b"application/cbor"), (b"smithy-protocol", b"rpc-v2-cbor")]


async def fuzz(
    seed: int,
    count: int,
    *,
    first: int = 0,
    side_by_side: int = 1,
    tell: Callable[[int], None] = lambda done: None,
) -> Tally:
    """Raises Finding, with the seed and the number of the request that caused it; alone or in a group of them.

    One at a time, a run is the same each time. Side by side, requests meet in the store and in the audit trail.
    """
    tally, log = Tally(), LogLines()
    numbers = iter(range(first, first + count))
    with _served() as serve, _heard(log):

        async def ask_again_and_again() -> None:
            for number in numbers:
                made = make(seed, number)
                try:
                    tally.count(await _ask(serve, made))
                    if log.lines:
                        raise Finding(f"it logged: {log.lines[0][:2000]}")
                except Finding as finding:
                    place = f"--seed {seed} --from {number}"
                    raise Finding(f"{place}: {finding}\nafter {made.changes}\n{made!r:.3000}") from None
                if number == first + count // 2:
                    tally.middle_bytes = _settled_bytes()
                if (number - first) % 1_000 == 999:
                    tell(number - first + 1)

        async with asyncio.TaskGroup() as tasks:
            for asker in range(side_by_side):
                tasks.create_task(ask_again_and_again(), name=f"asker-{asker}")
        tally.end_bytes = _settled_bytes()
    if count >= MEASURED_FROM_COUNT and tally.growth_bytes > GROWTH_BYTES_MAX:
        raise Finding(f"--seed {seed}: memory grew by {tally.growth_bytes:,} bytes in the second half")
    return tally


async def _ask(serve: Callable[..., Any], made: Draft) -> int:
    scope = {
        "type": "http",
        "method": made.method,
        "path": made.path.decode("latin-1"),
        "raw_path": made.path,
        "query_string": made.query,
        "headers": made.headers,
        "client": ("127.0.0.1", 50_000),
    }
    pieces = list(made.pieces if made.pieces is not None else [made.body])
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces) or made.is_cut_off}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    try:
        async with asyncio.timeout(HANG_SECONDS):
            await serve(scope, receive, send)
    except TimeoutError:
        raise Finding(f"no answer within {HANG_SECONDS} seconds") from None
    except Exception as error:
        raise Finding(f"{type(error).__name__}: {error}") from error
    if [message["type"] for message in sent] != ["http.response.start", "http.response.body"]:
        raise Finding(f"not one answer: {sent!r:.300}")
    start, content = sent
    judge_answer(start["status"], dict(start["headers"]), content["body"], is_head=made.method == "HEAD")
    return int(start["status"])


@contextmanager
def _served() -> Any:
    """In memory where the system has a directory there: each change waits for the disk twice."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="elastane-fuzz-", dir=memory if memory.is_dir() else None) as directory:
        with (
            context(Path(directory)) as ctx,
            closing(AuditTrail.open(Path(directory), Bounds(bytes_max=16 * 1024 * 1024))) as trail,
        ):
            yield _application(ctx, trail)
        judge_trail(Path(directory))


async def _find_certificate(name: str) -> str | None:
    return "PEM" if name == "c.pem" else None


def _application(ctx: Context, trail: AuditTrail) -> Callable[..., Any]:
    root = root_of(ctx.account_id, AccessKeyId(drafts.ACCESS_KEY_ID), Secret(drafts.SECRET))
    callers = Callers(ctx.store, root, ctx.account_id, ctx.now)

    def context_of(signature: Signature, _caller: Caller) -> Context:
        region, key = Region(signature.region), signature.access_key_id
        return replace(ctx, region=region, access_key_id=key, search_calls=trail.search)

    application = api.application(
        api.Endpoint(
            find_caller=callers.find,
            context=context_of,
            now=ctx.now,
            audit_trail=trail,
            answer_unsigned=answer_links(ctx.store, ctx.now, _find_certificate),
        )
    )
    served_count = 0

    async def serve(*asgi: Any) -> None:
        nonlocal served_count
        served_count += 1
        await application(*asgi)
        if served_count % 500 == 0:
            await trail.flush()  # as the server does every second

    return serve


@contextmanager
def _heard(log: LogLines) -> Any:
    logger = logging.getLogger("elastane")
    logger.addHandler(log)
    try:
        yield
    finally:
        logger.removeHandler(log)


def _settled_bytes() -> int:
    gc.collect()
    return resident_bytes()
