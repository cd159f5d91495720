"""A certificate of the test's own, signed by itself, for names that nobody else has."""

import shutil
import subprocess
from pathlib import Path

import pytest

NAME = "elastane.test"


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """The files of a certificate for `NAME` and of its key, good for a day."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on PATH, which makes the certificate (Debian: apt-get install openssl)")
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        (
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
            *("-out", str(certificate), "-keyout", str(key)),
        ),
        capture_output=True,
        check=True,
        timeout=20,
    )
    return certificate, key
