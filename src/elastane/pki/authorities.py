"""The installation's certificate authorities on disk, oldest first, and which of them is trusted and which issues.

    <data directory>/pki/
        authority-001.pem    a certificate and its key, for the owner only; a later one succeeds it before it expires
        ca.pem               the bundle: what customers trust; `elastane ca` prints it
        control.pem          what the control plane proves itself with on the cluster bus, for the owner only
        api.pem              what the API proves itself with, where it is served by HTTPS, for the owner only
        message-signing.pem  what messages of topics are signed with (message_signing.py), for the owner only

Files and not rows, so that `elastane ca` prints the bundle without opening the store, and a lost store loses no trust.
"""

import contextlib
import os
import re
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from elastane.clock import Now
from elastane.model.secrets import Secret
from elastane.pki import certificates
from elastane.pki.certificates import CertificateRequest, Signer

DIRECTORY = "pki"
BUNDLE_FILE = "ca.pem"
CONTROL_FILE = "control.pem"
API_FILE = "api.pem"

AUTHORITY_LIFETIME = timedelta(days=3650)
MADE_BEFORE = timedelta(days=730)
"""So long before the last authority expires the next one is made, and trusted."""
KNOWN_BEFORE = timedelta(days=365)
"""So long it is only trusted. Then it issues."""

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for."""

FindBundles = Callable[[], Iterable[str]]
"""Answers the bundles that nodes were given, as PEM; it may be asked every day. Blocking."""

DAMAGED = (
    "Put a copy of it back, or move it away: another authority is made then, running nodes are given its certificates, "
    "and clients have to fetch the new bundle (elastane ca)"
)
"""What is to be done about a file that can be read and not be used."""

_PARTS = re.compile(r"-----BEGIN ([A-Z ]+)-----\n.*?\n-----END \1-----\n", re.DOTALL)


class PkiError(Exception):
    """The authority's files can be neither read nor written. The message is a sentence for the operator."""


class IssuedCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a node is given."""

    node_pem: Secret
    """Its certificate and its key in one text: replaced as one file, they never belong to different pairs."""
    bundle_pem: str
    """Whom it trusts."""


class Pki:
    """Open for the life of the process; made by `open_pki`. Issuing takes about a millisecond."""

    def __init__(
        self, directory: Path, now: Now, certificate_lifetime: timedelta, find_bundles: FindBundles = tuple
    ) -> None:
        self._find_bundles = find_bundles
        self._directory = directory
        self._now = now
        self.certificate_lifetime = certificate_lifetime
        self._authorities: tuple[Signer, ...] = ()
        self._context: ssl.SSLContext | None = None
        self._api_context: tuple[ssl.SSLContext, tuple[str, ...]] | None = None

    def renew(self) -> None:
        """Makes an authority where there is none or the last one grows old, and our own certificate. Blocking.

        Called at the start and every day. Raises PkiError; whoever is issued a certificate then still gets one of the
        authorities that were read before.
        """
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            authorities = tuple(map(_read, _authority_files(self._directory)))
            if needs_successor(authorities, self._now()):
                authorities = (*authorities, self._make_authority())
            self._authorities = authorities
            write(self._directory / BUNDLE_FILE, self.bundle(), mode=0o644)
            own = CertificateRequest(common_name="Elastane control plane", names=("elastane",), addresses=())
            write(self._directory / CONTROL_FILE, self.issue(own).node_pem.reveal(), mode=0o600)
            self._context = self._make_context()
            if self._api_context is not None:
                _, names = self._api_context
                self._write_api_certificate(names)
        except (OSError, ValueError) as error:
            raise PkiError(f"The certificate authority in {self._directory} cannot be used: {error}.") from error

    def bundle(self) -> str:
        """The certificates of all authorities that have not expired, as PEM: what a customer trusts."""
        return "".join(
            authority.certificate_pem
            for authority in self._authorities
            if certificates.expires_at(authority.certificate_pem) > self._now()
        )

    def issuer_name(self) -> str:
        """Of the authority that issues now: a node that serves another one's certificate is given a new one."""
        return certificates.common_name(issuing(self._authorities, self._now()).certificate_pem)

    def issue(self, request: CertificateRequest) -> IssuedCertificate:
        now = self._now()
        signed = certificates.issue(
            issuing(self._authorities, now), request, now=now, lifetime=self.certificate_lifetime
        )
        node_pem = Secret(signed.certificate_pem + signed.key_pem.reveal())
        return IssuedCertificate(node_pem=node_pem, bundle_pem=self.bundle())

    def control_context(self) -> ssl.SSLContext:
        """How the control plane talks to engines: it checks who they are, and says who it is."""
        assert self._context is not None, "renew() was called before"
        return self._context

    def api_context(self, names: Iterable[str]) -> ssl.SSLContext:
        """How the API is served under these names and addresses. Blocking. Raises PkiError.

        `renew` makes it a new certificate from time to time, and `serve_renewed` has it served.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        served_names = tuple(names)
        self._api_context = (context, served_names)
        try:
            self._write_api_certificate(served_names)
        except (OSError, ValueError) as error:
            raise PkiError(f"No certificate for the API could be made in {self._directory}: {error}.") from error
        self.serve_renewed()
        return context

    def serve_renewed(self) -> None:
        """The API's connections from now on get the certificate that was made last. Raises PkiError.

        To be called by the thread that serves, though it reads a small file: a handshake in another thread meanwhile
        may find the new certificate with the old one's key, and OpenSSL has been seen to end the process by it.
        """
        if self._api_context is None:
            return
        context, _ = self._api_context
        try:
            context.load_cert_chain(self._directory / API_FILE)
        except OSError as error:
            raise PkiError(f"The API's certificate in {self._directory} cannot be served: {error}.") from error

    def _write_api_certificate(self, names: tuple[str, ...]) -> None:
        issued = self.issue(certificates.request("Elastane API", names))
        write(self._directory / API_FILE, issued.node_pem.reveal(), mode=0o600)

    def _make_authority(self) -> Signer:
        now = self._now()
        made = certificates.make_authority(
            f"Elastane authority {now:%Y-%m-%d} {os.urandom(4).hex()}", now=now, lifetime=AUTHORITY_LIFETIME
        )
        path = self._directory / f"authority-{_next_number(self._directory):03d}.pem"
        write(path, made.certificate_pem + made.key_pem.reveal(), mode=0o600)
        return made

    def _make_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata="".join(authority.certificate_pem for authority in self._authorities))
        for bundle in self._find_bundles():
            # A node that serves a certificate of an authority that was lost could never be given another one otherwise:
            # we trust whom it was told to trust, by its own file. Customers have to fetch the new bundle.
            with contextlib.suppress(ssl.SSLError):
                context.load_verify_locations(cadata=bundle)
        context.load_cert_chain(self._directory / CONTROL_FILE)
        # A node whose certificate ran out while we were away has to be talked to, or it could never be given a new
        # one. Who it is is checked all the same. Customers do check the time.
        context.verify_flags |= _NO_CHECK_TIME
        return context


def open_pki(directory: Path, now: Now, certificate_lifetime: timedelta, find_bundles: FindBundles = tuple) -> Pki:
    """Below the data directory. `find_bundles` answers those that nodes have. Blocking. Raises PkiError."""
    pki = Pki(directory / DIRECTORY, now, certificate_lifetime, find_bundles)
    pki.renew()
    return pki


def needs_successor(authorities: Iterable[Signer], now: datetime) -> bool:
    """Whether there is none yet, or the one that lasts longest grows old."""
    ends = [certificates.expires_at(authority.certificate_pem) for authority in authorities]
    return not ends or max(ends) - now < MADE_BEFORE


def issuing(authorities: tuple[Signer, ...], now: datetime) -> Signer:
    """The oldest one that has more than `KNOWN_BEFORE` left; else the last one."""
    lasting = (
        authority
        for authority in authorities
        if certificates.expires_at(authority.certificate_pem) - now > KNOWN_BEFORE
    )
    return next(lasting, authorities[-1])


def _next_number(directory: Path) -> int:
    return max((int(path.stem.rpartition("-")[2]) for path in _authority_files(directory)), default=0) + 1


def _authority_files(directory: Path) -> list[Path]:
    return sorted(directory.glob("authority-[0-9][0-9][0-9].pem"))


def _read(path: Path) -> Signer:
    """Raises OSError, ValueError: also for one that could be read and not be signed with, before anybody needs it."""
    try:
        parts = {match[1]: match[0] for match in _PARTS.finditer(path.read_text())}
        signer = Signer(certificate_pem=parts["CERTIFICATE"], key_pem=Secret(parts["PRIVATE KEY"]))
        certificates.refuse_unfit(signer)
    except KeyError as error:
        raise ValueError(f"{path.name} has no {error}. {DAMAGED}") from error
    except ValueError as error:
        raise ValueError(f"{path.name} is damaged: {error}. {DAMAGED}") from error
    return signer


def write(path: Path, text: str, *, mode: int) -> None:
    """Beside and renamed: a reader finds the old text or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    beside.rename(path)
