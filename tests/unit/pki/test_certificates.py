"""What is in a certificate: whose it is, for how long, for what, and by whom."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from elastane.model.secrets import Secret
from elastane.pki import certificates
from elastane.pki.certificates import CertificateRequest, Signer, request

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AUTHORITY = certificates.make_authority("Elastane authority", now=NOW, lifetime=timedelta(days=3650))
REQUEST = CertificateRequest(
    common_name="orders-001", names=("orders.example", "localhost"), addresses=("127.88.0.1", "::1")
)


def issued(lifetime: timedelta = timedelta(days=90), asked: CertificateRequest = REQUEST) -> x509.Certificate:
    signed = certificates.issue(AUTHORITY, asked, now=NOW, lifetime=lifetime)
    return x509.load_pem_x509_certificate(signed.certificate_pem.encode())


def test_a_certificate_is_good_for_all_names_and_addresses_and_for_both_sides_of_a_connection() -> None:
    found = issued()

    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert names.get_values_for_type(x509.DNSName) == ["orders.example", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.88.0.1"), ip_address("::1")]
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def test_a_certificate_is_signed_by_its_authority_and_may_sign_nothing() -> None:
    found, authority = issued(), x509.load_pem_x509_certificate(AUTHORITY.certificate_pem.encode())

    found.verify_directly_issued_by(authority)
    constraints = [one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca for one in (found, authority)]
    signs = [one.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign for one in (found, authority)]
    assert constraints == signs == [False, True]


@pytest.mark.parametrize(
    ("lifetime", "skew"),
    [(timedelta(days=90), timedelta(minutes=5)), (timedelta(seconds=60), timedelta(seconds=3))],
)
def test_a_certificate_begins_a_little_before_now_and_never_by_much_of_its_life(
    lifetime: timedelta, skew: timedelta
) -> None:
    found = issued(lifetime)

    assert (found.not_valid_before_utc, found.not_valid_after_utc) == (NOW - skew, NOW + lifetime)


def test_a_long_name_is_cut_to_what_a_certificate_holds() -> None:
    found = issued(asked=CertificateRequest(common_name="o" * 80, names=(), addresses=("127.0.0.1",)))

    assert found.subject.rfc4514_string() == f"CN={'o' * 64}"


def test_no_two_certificates_have_one_key_or_one_number() -> None:
    one, other = issued(), issued()

    assert one.serial_number != other.serial_number
    assert one.public_key() != other.public_key()


def test_names_and_addresses_are_told_apart() -> None:
    asked = request("orders-001", {"orders.example", "127.88.0.1", "master.orders.example", "::1", "1.2.3"})

    assert asked.addresses == ("127.88.0.1", "::1")
    assert asked.names == ("1.2.3", "master.orders.example", "orders.example")


def test_what_an_authority_is_called_and_when_it_ends_is_read_back() -> None:
    assert certificates.common_name(AUTHORITY.certificate_pem) == "Elastane authority"
    assert certificates.expires_at(AUTHORITY.certificate_pem) == NOW + timedelta(days=3650)


def test_an_authority_is_fit_with_its_own_key_only() -> None:
    other = certificates.make_authority("another", now=NOW, lifetime=timedelta(days=1))

    certificates.refuse_unfit(AUTHORITY)
    for certificate, key in (
        (AUTHORITY.certificate_pem, other.key_pem),
        (AUTHORITY.certificate_pem, Secret("no key")),
        ("no certificate", AUTHORITY.key_pem),
    ):
        with pytest.raises(ValueError):
            certificates.refuse_unfit(Signer(certificate_pem=certificate, key_pem=key))


def test_a_signer_shows_no_key() -> None:
    assert "PRIVATE" not in repr(AUTHORITY)
