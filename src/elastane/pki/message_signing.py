"""What messages of topics are signed with: an RSA key and a certificate that signs itself, in the data directory.

RSA and not the ECDSA of everything else here, because SNS's signatures are RSA's, and who verifies them knows no
other. The file is beside the authorities', for its owner only. Nobody has to trust the certificate but who chooses to:
AWS's verifiers take it from the address in the message, and so do ours.
"""

import base64
import hashlib
import re
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from elastane.clock import Now
from elastane.pki.authorities import DIRECTORY, PkiError, write
from elastane.pki.certificates import CLOCK_SKEW_MAX

FILE_NAME: Final = "message-signing.pem"
LIFETIME: Final = timedelta(days=3650)
MADE_BEFORE: Final = timedelta(days=365)
"""So long before it expires another one is made, at a start."""

_KEY_BITS: Final = 2048
_COMMON_NAME: Final = "Elastane notifications"
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n.*?\n-----END CERTIFICATE-----\n", re.DOTALL)


class MessageSigner:
    """Made by `open_message_signer`. A signature takes about a millisecond."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate_pem: str) -> None:
        self._key = key
        self.certificate_pem = certificate_pem

    @property
    def certificate_name(self) -> str:
        """As AWS calls such files: another certificate has another name."""
        return f"SimpleNotificationService-{hashlib.sha256(self.certificate_pem.encode()).hexdigest()[:32]}.pem"

    def sign(self, text: str, version: str) -> str:
        """In base64; version 1 is of SHA-1, version 2 of SHA-256."""
        # SHA-1 is what AWS's version 1 is; whoever wants better sets the topic's SignatureVersion to 2.
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()


class LateSigner:
    """The signer of a data directory, made when it is first asked for: no start waits for a new key."""

    def __init__(self, data_directory: Path, now: Now) -> None:
        self._data_directory = data_directory
        self._now = now
        self._lock = threading.Lock()
        self.opened: MessageSigner | None = None

    def open_if_made(self) -> None:
        """What is on the disk from before is read at once, so that a start tells what is wrong with it. Blocking.
        Raises PkiError."""
        if (self._data_directory / DIRECTORY / FILE_NAME).exists():
            self.open()

    def open(self) -> MessageSigner:
        """Blocking. Raises PkiError."""
        with self._lock:
            if self.opened is None:
                self.opened = open_message_signer(self._data_directory, self._now())
            return self.opened


def open_message_signer(data_directory: Path, now: datetime) -> MessageSigner:
    """The one on the disk; makes it where there is none, or where it expires before long. Blocking: the first time up
    to half a second. Raises PkiError."""
    path = data_directory / DIRECTORY / FILE_NAME
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            signer, expires_at = _read(path)
            if expires_at - now > MADE_BEFORE:
                return signer
        return _make(path, now)
    except (OSError, ValueError) as error:
        raise PkiError(
            f"What messages are signed with cannot be used: {path}: {error}. "
            "Move the file away, and another one is made at the next start."
        ) from error


def _read(path: Path) -> tuple[MessageSigner, datetime]:
    """Raises OSError, ValueError."""
    text = path.read_text()
    found = _CERTIFICATE.search(text)
    key = serialization.load_pem_private_key(text.encode(), None)
    if found is None or not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("it holds no certificate with an RSA key")
    certificate = x509.load_pem_x509_certificate(found[0].encode())
    if certificate.public_key() != key.public_key():
        raise ValueError("its key is not the one of its certificate")
    return MessageSigner(key, found[0]), certificate.not_valid_after_utc


def _make(path: Path, now: datetime) -> MessageSigner:
    """Raises OSError."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _COMMON_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW_MAX)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    write(path, key_pem + certificate_pem, mode=0o600)
    return MessageSigner(key, certificate_pem)
