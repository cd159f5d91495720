"""A certificate authority without cryptography: its certificates are what a handshake would show, as JSON."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from elastane.catalog.encryption import NODE_FILE
from elastane.model.observations import ServedCertificate
from elastane.model.secrets import Secret
from elastane.pki.authorities import IssuedCertificate
from elastane.pki.certificates import CertificateRequest


class FakePki:
    """`issuer` may be changed: another authority issues from then on."""

    def __init__(self, now: Callable[[], datetime], *, lifetime: timedelta = timedelta(days=90)) -> None:
        self.issuer = "authority 1"
        self.lifetime = lifetime
        self.issued_count = 0
        self._now = now

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
        return IssuedCertificate(node_pem=Secret(msgspec.json.encode(served).decode()), bundle_pem=self.issuer)


def parse_certificate(files: Mapping[str, str]) -> ServedCertificate | None:
    """What an engine with these files in its directory serves."""
    text = files.get(NODE_FILE)
    return None if text is None else msgspec.json.decode(text, type=ServedCertificate)
