"""The authorities of an installation over the years, and what of their files may be missing or damaged."""

import contextlib
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from elastane.pki import authorities, certificates
from elastane.pki.authorities import (
    AUTHORITY_LIFETIME,
    BUNDLE_FILE,
    CONTROL_FILE,
    DIRECTORY,
    KNOWN_BEFORE,
    MADE_BEFORE,
    Pki,
    PkiError,
    open_pki,
)
from elastane.pki.certificates import CertificateRequest, Signer

BEGIN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIFETIME = timedelta(days=90)
REQUEST = CertificateRequest(common_name="orders-001", names=("orders.example",), addresses=())
SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pki(tmp_path: Path, clock: Clock) -> Pki:
    return open_pki(tmp_path, clock, LIFETIME)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / DIRECTORY).iterdir())


def issuer_of(pki: Pki) -> str:
    found = x509.load_pem_x509_certificate(pki.issue(REQUEST).node_pem.reveal().encode())
    return found.issuer.rfc4514_string().removeprefix("CN=")


def count_trusted(pki: Pki) -> int:
    return pki.bundle().count("BEGIN CERTIFICATE")


def served_certificate(context: ssl.SSLContext, pki: Pki) -> bytes:
    """What a connection begun now is given."""
    trusting = ssl.create_default_context(cadata=pki.bundle())
    trusting.verify_flags |= authorities._NO_CHECK_TIME  # the test's clock is not this machine's
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for end in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    found = client.getpeercert(binary_form=True)
    assert found is not None
    return found


# --- over the years ------------------------------------------------------------------------------


def test_the_first_start_makes_an_authority_and_only_its_owner_may_read_keys(tmp_path: Path, pki: Pki) -> None:
    modes = {name: stat.S_IMODE((tmp_path / DIRECTORY / name).stat().st_mode) for name in files(tmp_path)}

    assert modes == {"authority-001.pem": 0o600, BUNDLE_FILE: 0o644, CONTROL_FILE: 0o600}
    assert stat.S_IMODE((tmp_path / DIRECTORY).stat().st_mode) == 0o700
    assert (tmp_path / DIRECTORY / BUNDLE_FILE).read_text() == pki.bundle()
    assert "PRIVATE" not in pki.bundle()
    assert issuer_of(pki) == pki.issuer_name()


def test_a_later_start_goes_on_with_the_same_authority(tmp_path: Path, clock: Clock, pki: Pki) -> None:
    again = open_pki(tmp_path, clock, LIFETIME)

    assert again.issuer_name() == pki.issuer_name()
    assert again.bundle() == pki.bundle()


def test_a_successor_is_trusted_a_year_before_it_issues_and_the_former_one_until_it_expires(
    clock: Clock, pki: Pki
) -> None:
    end = certificates.expires_at(pki.bundle())
    first = pki.issuer_name()

    def after_renewal(at: datetime) -> tuple[int, bool]:
        clock.at = at
        pki.renew()
        assert issuer_of(pki) == pki.issuer_name()
        return count_trusted(pki), pki.issuer_name() == first

    assert end == BEGIN + AUTHORITY_LIFETIME
    assert after_renewal(end - MADE_BEFORE) == (1, True)
    assert after_renewal(end - MADE_BEFORE + SECOND) == (2, True)
    assert after_renewal(end - KNOWN_BEFORE - SECOND) == (2, True)
    assert after_renewal(end - KNOWN_BEFORE) == (2, False)
    assert after_renewal(end - SECOND) == (2, False)
    assert after_renewal(end) == (1, False)


def test_a_renewed_certificate_of_the_api_is_served_once_the_thread_that_serves_takes_it(pki: Pki) -> None:
    context = pki.api_context(["127.0.0.1"])
    first = served_certificate(context, pki)

    pki.renew()  # by a thread
    meanwhile = served_certificate(context, pki)
    pki.serve_renewed()

    assert meanwhile == first
    assert served_certificate(context, pki) != first


def test_a_renewed_certificate_that_cannot_be_read_is_an_error_and_the_former_one_is_served(
    tmp_path: Path, pki: Pki
) -> None:
    context = pki.api_context(["127.0.0.1"])
    first = served_certificate(context, pki)
    (tmp_path / DIRECTORY / authorities.API_FILE).unlink()

    with pytest.raises(PkiError, match="cannot be served"):
        pki.serve_renewed()

    assert served_certificate(context, pki) == first


def test_a_successor_is_made_once(tmp_path: Path, clock: Clock, pki: Pki) -> None:
    clock.at = BEGIN + AUTHORITY_LIFETIME - MADE_BEFORE + SECOND

    for _ in range(3):
        pki.renew()

    assert [name for name in files(tmp_path) if name.startswith("authority")] == [
        "authority-001.pem",
        "authority-002.pem",
    ]


def test_after_years_of_absence_a_new_authority_issues_at_once(tmp_path: Path, clock: Clock, pki: Pki) -> None:
    clock.at = BEGIN + AUTHORITY_LIFETIME + timedelta(days=400)

    late = open_pki(tmp_path, clock, LIFETIME)

    assert late.issuer_name() != pki.issuer_name()
    assert count_trusted(late) == 1


def test_no_certificate_outlives_the_bundle_that_its_node_was_given() -> None:
    """A node is given the bundle with each certificate: by the time a successor issues, all have heard of it."""
    assert LIFETIME < KNOWN_BEFORE < MADE_BEFORE < AUTHORITY_LIFETIME


def test_the_control_plane_ignores_the_time_and_nothing_else(clock: Clock, pki: Pki) -> None:
    context = pki.control_context()

    assert context.verify_flags & authorities._NO_CHECK_TIME
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_control_plane_trusts_an_authority_that_has_expired(clock: Clock, pki: Pki) -> None:
    """Nodes may still serve what it has signed, if we were away for so long."""
    clock.at = BEGIN + AUTHORITY_LIFETIME + SECOND
    pki.renew()

    assert len(pki.control_context().get_ca_certs()) == 2
    assert count_trusted(pki) == 1


# --- damage --------------------------------------------------------------------------------------

OTHER = certificates.make_authority("another", now=BEGIN, lifetime=AUTHORITY_LIFETIME)


def text_of(signer: Signer) -> str:
    return signer.certificate_pem + signer.key_pem.reveal()


@pytest.mark.parametrize(
    ("damaged", "sentence"),
    [
        (lambda text: "", "has no 'CERTIFICATE'"),
        (lambda text: text[: text.index("-----BEGIN PRIVATE")], "has no 'PRIVATE KEY'"),
        (lambda text: text.replace("M", "!"), "is damaged"),
        (
            lambda text: text[: text.index("-----BEGIN PRIVATE")] + OTHER.key_pem.reveal(),
            "is damaged: its key is not the one of its certificate",
        ),
    ],
    ids=["empty", "no key", "garbage", "another key"],
)
def test_a_damaged_authority_is_named_and_nothing_is_made_in_its_place(
    tmp_path: Path, clock: Clock, pki: Pki, damaged: object, sentence: str
) -> None:
    """A new one would be trusted by no customer, and nobody would know why."""
    file = tmp_path / DIRECTORY / "authority-001.pem"
    assert callable(damaged)
    file.write_text(damaged(file.read_text()))

    with pytest.raises(PkiError, match=rf"authority-001\.pem {sentence}"):
        open_pki(tmp_path, clock, LIFETIME)

    assert files(tmp_path) == ["authority-001.pem", BUNDLE_FILE, CONTROL_FILE]


def test_bytes_that_are_no_text_are_a_damage_like_any_other(tmp_path: Path, clock: Clock, pki: Pki) -> None:
    (tmp_path / DIRECTORY / "authority-001.pem").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(PkiError, match=r"authority-001\.pem is damaged"):
        open_pki(tmp_path, clock, LIFETIME)


def test_who_runs_goes_on_with_what_was_read_before_the_damage(tmp_path: Path, pki: Pki) -> None:
    before = pki.issuer_name(), pki.bundle()
    (tmp_path / DIRECTORY / "authority-001.pem").write_text("")

    with pytest.raises(PkiError):
        pki.renew()

    assert (pki.issuer_name(), pki.bundle()) == before
    assert issuer_of(pki) == before[0]


@pytest.mark.parametrize("name", [BUNDLE_FILE, CONTROL_FILE])
def test_what_follows_from_the_authorities_is_written_anew(tmp_path: Path, clock: Clock, pki: Pki, name: str) -> None:
    (tmp_path / DIRECTORY / name).write_text("damaged")

    again = open_pki(tmp_path, clock, LIFETIME)

    assert again.bundle() == pki.bundle()
    assert "BEGIN CERTIFICATE" in (tmp_path / DIRECTORY / name).read_text()


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path, clock: Clock, pki: Pki) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("somebody's")
    for name in (BUNDLE_FILE, f".{CONTROL_FILE}.new"):
        (tmp_path / DIRECTORY / name).unlink(missing_ok=True)
        (tmp_path / DIRECTORY / name).symlink_to(elsewhere)

    open_pki(tmp_path, clock, LIFETIME)

    assert elsewhere.read_text() == "somebody's"
    assert not (tmp_path / DIRECTORY / BUNDLE_FILE).is_symlink()


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / DIRECTORY).write_text("a file")

    with pytest.raises(PkiError, match="cannot be used"):
        open_pki(tmp_path, clock, LIFETIME)
