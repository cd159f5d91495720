"""Who may read /metrics, in which format, and what it costs when many do."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from elastane.metrics.exposition import ControlPlaneNumbers, Exposition, Format
from elastane.metrics_endpoint import answer_metrics, is_loopback, may_read
from elastane.model.secrets import Secret
from elastane.service.unsigned import AnswerUnsigned, UnsignedRequest

TOKEN = Secret("a-token-that-nobody-guesses")
NOW = datetime(2026, 11, 29, 12, 31, 5, tzinfo=UTC)


class World:
    """What the endpoint is given; counts how often it looks."""

    def __init__(self) -> None:
        self.now = NOW
        self.look_count = 0
        self.answer: AnswerUnsigned = answer_metrics(TOKEN, self.look, lambda: self.now)

    async def look(self) -> Exposition:
        self.look_count += 1
        numbers = ControlPlaneNumbers(version=f"0.1.{self.look_count}", group_counts={}, cluster_counts={})
        return Exposition(control_plane=numbers, nodes=())


def request(path: str = "/metrics", source_ip: str | None = "127.0.0.1", **headers: str) -> UnsignedRequest:
    return UnsignedRequest(path=path, parameters={}, source_ip=source_ip, headers=headers)


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("source_ip", ["127.0.0.1", "127.12.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_needs_no_token(source_ip: str) -> None:
    assert may_read(source_ip, {}, TOKEN)


@pytest.mark.parametrize("source_ip", ["10.0.0.7", "::ffff:10.0.0.7", "2001:db8::1", "0.0.0.0", "a-name", "", None])
def test_another_one_needs_the_token(source_ip: str | None) -> None:
    assert not is_loopback(source_ip)
    assert not may_read(source_ip, {}, TOKEN)
    assert may_read(source_ip, {"authorization": f"Bearer {TOKEN.reveal()}"}, TOKEN)


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer a-token", f"Basic {TOKEN.reveal()}", TOKEN.reveal(), f"Bearer {TOKEN.reveal()}x"],
)
def test_anything_but_the_token_is_refused(authorization: str) -> None:
    assert not may_read("10.0.0.7", {"authorization": authorization}, TOKEN)


def test_a_wrong_token_is_refused_from_this_machine_as_well() -> None:
    assert not may_read("127.0.0.1", {"authorization": "Bearer wrong"}, TOKEN)


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for", "x-real-ip"])
def test_a_proxy_on_this_machine_makes_nobody_local(header: str) -> None:
    assert not may_read("127.0.0.1", {header: "127.0.0.1"}, TOKEN)
    assert may_read("127.0.0.1", {header: "10.0.0.7", "authorization": f"bearer {TOKEN.reveal()}"}, TOKEN)


# --- what is answered ----------------------------------------------------------------------------


async def test_who_may_not_read_is_told_how_and_costs_nothing() -> None:
    world = World()

    answer = await world.answer(request(source_ip="10.0.0.7"))

    assert answer is not None
    assert answer.status == 401
    assert b"metrics.token" in answer.body
    assert TOKEN.reveal().encode() not in answer.body
    assert world.look_count == 0


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics.txt", "/%6detrics"])
async def test_any_other_path_is_somebody_elses(path: str) -> None:
    assert await World().answer(request(path)) is None


async def test_the_text_is_told_in_the_format_that_was_asked_for() -> None:
    world = World()

    text = await world.answer(request())
    openmetrics = await world.answer(request(accept="application/openmetrics-text"))

    assert text is not None and openmetrics is not None
    assert (text.status, text.content_type) == (200, Format.TEXT)
    assert openmetrics.content_type == Format.OPENMETRICS
    assert openmetrics.body.endswith(b"# EOF\n")


async def test_a_text_serves_everybody_for_a_second_and_is_made_anew_after_it() -> None:
    world = World()

    bodies = {answer.body for answer in await asyncio.gather(*(world.answer(request()) for _ in range(50))) if answer}
    count_at_once = world.look_count
    world.now += timedelta(seconds=1)
    later = await world.answer(request())

    assert (len(bodies), count_at_once) == (1, 1)
    assert later is not None
    assert later.body not in bodies


async def test_a_clock_that_is_put_back_keeps_no_text_alive() -> None:
    world = World()
    await world.answer(request())

    world.now -= timedelta(hours=1)
    await world.answer(request())

    assert world.look_count == 2
