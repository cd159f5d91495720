"""The key that messages are signed with: made once, for its owner only, and what its signatures are."""

import base64
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from elastane.pki.authorities import DIRECTORY, PkiError
from elastane.pki.message_signing import FILE_NAME, LIFETIME, LateSigner, open_message_signer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def verify(certificate_pem: str, text: str, signature: str, algorithm: hashes.HashAlgorithm) -> None:
    key = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), algorithm)


def test_it_is_made_once_for_its_owner_only_and_found_again(tmp_path: Path) -> None:
    first = open_message_signer(tmp_path, NOW)
    second = open_message_signer(tmp_path, NOW + timedelta(days=1))

    assert first.certificate_pem == second.certificate_pem
    assert first.certificate_name == second.certificate_name
    assert stat.S_IMODE((tmp_path / DIRECTORY / FILE_NAME).stat().st_mode) == 0o600


def test_a_signature_of_each_version_holds_by_the_certificate(tmp_path: Path) -> None:
    signer = open_message_signer(tmp_path, NOW)

    verify(signer.certificate_pem, "hällo", signer.sign("hällo", "1"), hashes.SHA1())
    verify(signer.certificate_pem, "hällo", signer.sign("hällo", "2"), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        verify(signer.certificate_pem, "other", signer.sign("hällo", "2"), hashes.SHA256())


def test_one_that_expires_before_long_is_followed_by_another_one(tmp_path: Path) -> None:
    first = open_message_signer(tmp_path, NOW)

    second = open_message_signer(tmp_path, NOW + LIFETIME - timedelta(days=300))

    assert second.certificate_name != first.certificate_name


def test_a_damaged_file_is_told_and_not_written_over(tmp_path: Path) -> None:
    open_message_signer(tmp_path, NOW)
    path = tmp_path / DIRECTORY / FILE_NAME
    path.write_text("nothing")

    with pytest.raises(PkiError, match="Move the file away"):
        open_message_signer(tmp_path, NOW)
    assert path.read_text() == "nothing"


def test_a_start_makes_no_key_and_the_first_who_asks_does(tmp_path: Path) -> None:
    signer = LateSigner(tmp_path, lambda: NOW)

    signer.open_if_made()
    was_made = (tmp_path / DIRECTORY / FILE_NAME).exists()
    opened = signer.open()

    assert not was_made
    assert opened is signer.open() is signer.opened
    assert opened.certificate_name == open_message_signer(tmp_path, NOW).certificate_name


def test_a_start_tells_at_once_what_is_wrong_with_a_key_from_before(tmp_path: Path) -> None:
    LateSigner(tmp_path, lambda: NOW).open()
    (tmp_path / DIRECTORY / FILE_NAME).write_text("no key")

    with pytest.raises(PkiError):
        LateSigner(tmp_path, lambda: NOW).open_if_made()
