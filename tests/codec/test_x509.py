"""Signer certificates: whose key, when, what for; also those that strict parsers refuse."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509 as made
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import trusted_keys, x509
from mohar.domain.errors import ConfigError, MoharError, Unreadable

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = datetime(2028, 1, 1, tzinfo=UTC)
USAGE = "1.3.6.1.4.1.1847.2021.1.2"


@pytest.fixture(scope="module")
def der() -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    name = made.Name([made.NameAttribute(NameOID.COUNTRY_NAME, "IN")])
    return (
        made.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(BEGAN)
        .not_valid_after(ENDED)
        .add_extension(made.ExtendedKeyUsage([made.ObjectIdentifier(USAGE)]), critical=False)
        .sign(private, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def pem(der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"


class TestRead:
    def test_window_and_usages_go_with_the_key(self, der: bytes):
        key = x509.read(der).key()

        assert (key.valid_from, key.valid_until) == (BEGAN, ENDED)
        assert key.usages == (USAGE,)
        assert key.algorithm == "ES256"
        assert base64.b64decode(key.key_id) == x509.read(der).kid
        assert len(x509.read(der).kid) == 8

    def test_pem_is_the_same_certificate(self, der: bytes):
        assert x509.read(der) == x509.read(pem(der))

    def test_both_ways_of_reading_say_the_same(self, der: bytes):
        assert x509._strictly(der) == x509._leniently(der)

    def test_the_certificates_of_published_credentials_are_read(self, vectors: Path):
        """
        The ones with an empty list of usages, too, which strict parsers refuse.
        """
        folder = vectors / "eu-dcc"
        listed = json.loads((folder / "cases.json").read_bytes())["cases"]
        texts = {
            json.loads((folder / case["files"][0]).read_bytes())
            .get("TESTCTX", {})
            .get("CERTIFICATE", "")
            for case in listed
            if case["files"][0].endswith(".json")
        } - {""}
        keys = [x509.read(base64.b64decode(text)).key() for text in texts]

        assert len(keys) > 50
        assert {key.algorithm for key in keys} == {"ES256", "PS256"}

    def test_a_null_where_none_may_be_does_not_matter(self, vectors: Path):
        """
        A travel authority's certificate has one, and no strict parser reads it.
        """
        text = json.loads((vectors / "icao-vdsnc/valid/ICAOJPQR1Contents.txt").read_bytes())
        der = base64.urlsafe_b64decode(text["sig"]["cer"] + "==")

        with pytest.raises(ValueError, match="error parsing asn1 value"):
            x509._strictly(der)
        assert x509.read(der).key().algorithm == "ES256"

    @pytest.mark.filterwarnings("ignore")  # the parser warns of what it only just reads
    @settings(max_examples=150, deadline=None)
    @given(place=st.integers(0, 300), bit=st.integers(0, 7))
    def test_a_damaged_one_raises_only_our_own_errors(self, der: bytes, place: int, bit: int):
        changed = bytearray(der)
        changed[place % len(der)] ^= 1 << bit
        try:
            x509.read(bytes(changed)).key()
        except MoharError:
            return

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"0\x82",
            bytes(30_000),
            b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",
        ],
    )
    def test_anything_else_is_unreadable(self, data: bytes):
        with pytest.raises(Unreadable):
            x509.read(data)


class TestTrusted:
    def test_a_pinned_certificate_goes_by_its_kid(self, der: bytes):
        for data in (pem(der), der):
            [trusted] = trusted_keys.keys_from_bytes(data, "dsc.pem")

            assert trusted.fits("IN", base64.b64encode(x509.read(der).kid).decode())
            assert not trusted.fits("IN", "AAAAAAAAAAA=")
            assert trusted.key.usages == (USAGE,)

    def test_an_entry_may_give_it_another_name(self, der: bytes):
        tree = {"MTE=": {"publicKeyPem": pem(der).decode()}}
        [trusted] = trusted_keys.keys_from_bytes(json.dumps(tree).encode(), "keys.json")

        assert trusted.fits("", "MTE=")
        assert trusted.key.valid_until == ENDED

    def test_an_entry_does_not_make_it_last_longer(self, der: bytes):
        entry = {"publicKeyPem": pem(der).decode(), "validUntil": "2030-01-01T00:00:00Z"}
        [trusted] = trusted_keys.keys_from_bytes(json.dumps({"k": entry}).encode(), "keys.json")

        assert trusted.key.valid_until == ENDED

    def test_a_damaged_one_is_named(self):
        data = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
        with pytest.raises(ConfigError, match=r"dsc\.pem"):
            trusted_keys.keys_from_bytes(data, "dsc.pem")

    def test_a_bare_key_answers_to_its_short_id(self, der: bytes):
        bare = x509.read(der).key(key_id="did:web:example.in#one")

        assert bare.answers_to(bare.short_id)
        assert bare.answers_to("did:web:example.in#one")
        assert not bare.answers_to("AAAAAAAAAAA=")

    def test_base64url_and_base64_are_one_name(self, der: bytes):
        bare = x509.read(der).key(key_id="qzdNABz-SjM")

        assert bare.answers_to("qzdNABz+SjM=")


class TestUsages:
    def test_a_key_without_usages_serves_for_anything(self, der: bytes):
        bare = x509.read(der).key()

        assert bare.serves({})
        assert bare.serves({"1.2.3": False})
        assert bare.serves({USAGE: True, "1.2.3": False})
        assert not bare.serves({USAGE: False, "1.2.3": True})
