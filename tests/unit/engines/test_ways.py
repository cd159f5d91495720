"""How an engine is looked for while it may listen in more than one way, and what is believed of who is found."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elastane.engines import NodeAddress
from elastane.engines.connection import open_connection, read_certificate, speaks_plainly
from elastane.engines.line import Way, ways
from elastane.model.access import TransitEncryption
from elastane.model.secrets import Secret
from elastane.pki.authorities import Pki, open_pki
from elastane.pki.certificates import CertificateRequest
from tests.kit.encryption import OFF, PREFERRED, REQUIRED

HERE = "127.0.0.1"
LIFETIME = timedelta(days=90)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("mode", "port", "found"),
    [
        (OFF, 6379, (Way(6379, False),)),
        (PREFERRED, 6379, (Way(6380, True), Way(6379, False), Way(6379, True))),
        (REQUIRED, 6379, (Way(6380, True), Way(6379, True))),
        (PREFERRED, 65535, (Way(65534, True), Way(65535, False), Way(65535, True))),
    ],
)
def test_by_tls_where_it_may_be_first_and_plainly_only_where_that_is_offered(
    mode: TransitEncryption, port: int, found: tuple[Way, ...]
) -> None:
    at = NodeAddress(address=HERE, port=port, secret=Secret("s"), encryption=mode)

    assert ways(at) == found


def test_where_encryption_is_required_no_secret_is_ever_sent_plainly() -> None:
    at = NodeAddress(address=HERE, port=6379, secret=Secret("s"), encryption=REQUIRED)

    assert all(way.is_encrypted for way in ways(at))


# --- who speaks plainly --------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def serving(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, HERE, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def answering(text: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(text)
        writer.close()

    return serve


@pytest.mark.parametrize(
    ("said", "is_plain"),
    [(b"+PONG\r\n", True), (b"-NOAUTH Authentication required.\r\n", True), (b"", False), (b"\x15\x03\x01", False)],
)
async def test_an_engine_speaks_plainly_if_it_answers_so(said: bytes, is_plain: bool) -> None:
    async with serving(answering(said)) as port:
        assert await speaks_plainly(HERE, port) is is_plain


# --- by TLS --------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


def server_context(pki: Pki, directory: Path, *addresses: str) -> ssl.SSLContext:
    issued = pki.issue(CertificateRequest(common_name="orders-001", names=(), addresses=addresses))
    file = directory / "served.pem"
    file.write_text(issued.node_pem.reveal())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def nobody() -> None:
    pass


async def test_what_an_engine_proves_itself_with_is_read_from_the_handshake(tmp_path: Path) -> None:
    pki = open_pki(tmp_path, Clock(), LIFETIME)

    async with serving(answering(b""), server_context(pki, tmp_path, HERE)) as port:
        served = await read_certificate(HERE, port, pki.control_context())

    assert served is not None
    assert (served.names, served.issuer) == (frozenset({HERE}), pki.issuer_name())
    assert served.not_before < datetime.now(UTC) < served.not_after


async def test_an_expired_certificate_is_taken_by_us_so_that_it_can_be_renewed_and_by_nobody_else(
    tmp_path: Path,
) -> None:
    clock = Clock()
    clock.at -= timedelta(days=400)
    pki = open_pki(tmp_path, clock, LIFETIME)
    customer = ssl.create_default_context(cadata=pki.bundle())

    async with serving(answering(b""), server_context(pki, tmp_path, HERE)) as port:
        served = await read_certificate(HERE, port, pki.control_context())
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            await read_certificate(HERE, port, customer)

    assert served is not None
    assert served.not_after < datetime.now(UTC)


async def test_a_certificate_for_another_address_or_of_another_authority_is_never_taken(tmp_path: Path) -> None:
    pki = open_pki(tmp_path, Clock(), LIFETIME)
    (tmp_path / "others").mkdir()
    others = open_pki(tmp_path / "others", Clock(), LIFETIME)

    for context in (server_context(pki, tmp_path, "127.0.0.2"), server_context(others, tmp_path, HERE)):
        async with serving(answering(b""), context) as port:
            with pytest.raises(ssl.SSLCertVerificationError):
                await open_connection(HERE, port, context=pki.control_context(), on_reached=nobody)


async def test_a_node_of_an_authority_that_was_lost_is_talked_to_by_the_bundle_that_it_was_given(
    tmp_path: Path,
) -> None:
    """Else nobody could ever give it another certificate. A file that is damaged keeps nobody from the others."""
    lost = open_pki(tmp_path, Clock(), LIFETIME)
    served_by = server_context(lost, tmp_path, HERE)
    (tmp_path / "anew").mkdir()

    anew = open_pki(tmp_path / "anew", Clock(), LIFETIME, lambda: ("damaged", lost.bundle()))

    async with serving(answering(b""), served_by) as port:
        served = await read_certificate(HERE, port, anew.control_context())
    assert served is not None
    assert served.issuer == lost.issuer_name() != anew.issuer_name()
    assert lost.bundle() not in anew.bundle()


async def test_after_an_authority_was_succeeded_nodes_of_either_are_talked_to(tmp_path: Path) -> None:
    clock = Clock()
    pki = open_pki(tmp_path, clock, LIFETIME)
    former = server_context(pki, tmp_path, HERE)
    former_name = pki.issuer_name()
    clock.at += timedelta(days=3650 - 364)
    pki.renew()

    for context, issuer in ((former, former_name), (server_context(pki, tmp_path, HERE), pki.issuer_name())):
        async with serving(answering(b""), context) as port:
            served = await read_certificate(HERE, port, pki.control_context())
        assert served is not None
        assert served.issuer == issuer
    assert pki.issuer_name() != former_name
