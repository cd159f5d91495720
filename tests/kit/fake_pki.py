"""A certificate authority without cryptography: its certificates are what a handshake would show, as JSON."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from elastane.catalog.encryption import BUNDLE_FILE, NODE_FILE
from elastane.model.observations import ServedCertificate
from elastane.model.secrets import Secret
from elastane.pki.authorities import IssuedCertificate
from elastane.pki.certificates import CertificateRequest


class FakePki:
    """Authorities are made, and issue, when a test says so. It outlives every control plane."""

    def __init__(self, now: Callable[[], datetime], *, lifetime: timedelta = timedelta(days=90)) -> None:
        self.authorities: tuple[str, ...] = ("authority 1",)
        """All that are trusted, the oldest first."""
        self.issuer = self.authorities[0]
        self.lifetime = lifetime
        self.issued_count = 0
        self._now = now

    def make_authority(self) -> None:
        """It is trusted by who is given a certificate from now on, and issues none yet."""
        self.authorities = (*self.authorities, f"authority {len(self.authorities) + 1}")

    def issue_by_newest(self) -> None:
        self.issuer = self.authorities[-1]

    def issuer_name(self) -> str:
        return self.issuer

    def issue(self, request: CertificateRequest) -> IssuedCertificate:
        self.issued_count += 1
        served = ServedCertificate(
            serial_number=str(self.issued_count),
            not_before=self._now(),
            not_after=self._now() + self.lifetime,
            names=frozenset((*request.names, *request.addresses)),
            issuer=self.issuer,
        )
        node_pem = Secret(msgspec.json.encode(served).decode())
        return IssuedCertificate(node_pem=node_pem, bundle_pem="\n".join(self.authorities))


def parse_certificate(files: Mapping[str, str]) -> ServedCertificate | None:
    """What an engine with these files in its directory serves."""
    text = files.get(NODE_FILE)
    return None if text is None else msgspec.json.decode(text, type=ServedCertificate)


def parse_authorities(files: Mapping[str, str]) -> frozenset[str]:
    """Whom an engine with these files in its directory trusts."""
    return frozenset(files.get(BUNDLE_FILE, "").splitlines())
