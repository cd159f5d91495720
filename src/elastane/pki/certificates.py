"""What a node proves itself with: a certificate for all its names and addresses, and the key to it.

ECDSA with P-256 throughout: a handshake costs a third of one with RSA, and every client that speaks TLS 1.2 knows it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from elastane.model.secrets import Secret

CLOCK_SKEW_MAX = timedelta(minutes=5)
"""A certificate is good from a little before now, for clients whose clocks are behind."""
CLOCK_SKEW_SHARE = 20
"""And no more of its life than one such part of it, from which follows when it is renewed."""


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate, and the key that goes with it, with which others can be signed."""

    certificate_pem: str
    key_pem: Secret


class CertificateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who it shall be good for."""

    common_name: str
    names: tuple[str, ...]
    """DNS names."""
    addresses: tuple[str, ...]
    """IP addresses."""


def request(common_name: str, names_and_addresses: Iterable[str]) -> CertificateRequest:
    """For a mixture of both, told apart."""
    found = sorted(names_and_addresses)
    addresses = tuple(text for text in found if _is_address(text))
    return CertificateRequest(
        common_name=common_name, names=tuple(text for text in found if text not in addresses), addresses=addresses
    )


def make_authority(name: str, *, now: datetime, lifetime: timedelta) -> Signer:
    """A certificate that signs itself, may sign others' and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key, now=now, lifetime=lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _signer(certificate, key)


def issue(authority: Signer, request: CertificateRequest, *, now: datetime, lifetime: timedelta) -> Signer:
    """For a server and for a client: to its primary, and on the cluster bus, a node is both."""
    issuer = x509.load_pem_x509_certificate(authority.certificate_pem.encode())
    issuer_key = serialization.load_pem_private_key(authority.key_pem.reveal().encode(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey), "we make no other keys"
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name(request.common_name), issuer.subject, key, now=now, lifetime=lifetime)
        .add_extension(x509.SubjectAlternativeName(list(_alternative_names(request))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return _signer(certificate, key)


def refuse_unfit(authority: Signer) -> None:
    """Raises ValueError for what is no certificate, no key of ours, or a key that belongs to another certificate."""
    certificate = x509.load_pem_x509_certificate(authority.certificate_pem.encode())
    key = serialization.load_pem_private_key(authority.key_pem.reveal().encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("its key is not the one of its certificate")


def common_name(certificate_pem: str) -> str:
    """By which certificates name who issued them."""
    subject = x509.load_pem_x509_certificate(certificate_pem.encode()).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def expires_at(certificate_pem: str) -> datetime:
    """Aware, in UTC."""
    return x509.load_pem_x509_certificate(certificate_pem.encode()).not_valid_after_utc


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - min(CLOCK_SKEW_MAX, lifetime / CLOCK_SKEW_SHARE))
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(request: CertificateRequest) -> Iterable[x509.GeneralName]:
    yield from (x509.DNSName(name) for name in request.names)
    yield from (x509.IPAddress(ip_address(address)) for address in request.addresses)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])  # RFC 5280: 64 characters at most


def _signer(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Signer:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return Signer(certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(), key_pem=Secret(pem))
