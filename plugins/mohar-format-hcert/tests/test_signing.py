"""What the format signs, how it names the key, and how long it counts."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mohar_format_hcert
from mohar.codec.x509 import Certificate
from mohar.domain.credential import Credential
from mohar.domain.errors import ConfigError, KeyUnavailable
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.plugin import Tools
from mohar.testing.benches.envelopes import Envelopes
from mohar.testing.contracts import FormatContract, PluginContract, seal
from mohar.testing.tools import NOON
from mohar_format_hcert._format import HcertFormat
from mohar_format_hcert._settings import Settings

ALPHANUMERIC = re.compile(rb"HC1:[0-9A-Z $%*+\-./:]+")
VACCINATION = "1.3.6.1.4.1.1847.2021.1.2"
TEST = "1.3.6.1.4.1.0.1847.2021.1.1"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_format_hcert


class TestEuFormat(FormatContract):
    @pytest.fixture
    def credentials(
        self, make_credential: Callable[..., Credential], document: dict[str, Any]
    ) -> Sequence[Credential]:
        return [make_credential(document, number) for number in range(1, 4)]


class TestBareFormat(FormatContract):
    @pytest.fixture
    def form(self, bare: HcertFormat) -> HcertFormat:
        return bare

    @pytest.fixture
    def credentials(self, make_credential: Callable[..., Credential]) -> Sequence[Credential]:
        return [make_credential({"name": "Bina Pariksha", "dose": 1, "pha": "did:web:example.in"})]


class TestRsaFormat(FormatContract):
    @pytest.fixture
    def signer(self, rsa_signer: Any) -> Any:
        return rsa_signer

    @pytest.fixture
    def credentials(
        self, make_credential: Callable[..., Credential], document: dict[str, Any]
    ) -> Sequence[Credential]:
        return [make_credential(document)]


@pytest.fixture
def credential(make_credential: Callable[..., Credential], document: dict[str, Any]) -> Credential:
    return make_credential(document)


class TestText:
    def test_it_is_alphanumeric_and_its_own_carrier(
        self, form: HcertFormat, credential: Credential, signer: Any
    ):
        [secured] = seal(form, [credential], signer)
        [carrier] = form.carriers(secured)

        assert ALPHANUMERIC.fullmatch(secured.content)
        assert carrier.data == secured.content
        assert carrier.segments[0].mode == "alphanumeric"
        assert form.unpack(carrier.data) == ()
        assert (secured.media_type, form.suffix) == ("text/plain", "txt")

    def test_it_is_short_enough_for_a_code_on_paper(
        self, form: HcertFormat, credential: Credential, signer: Any
    ):
        """
        Version 20 at error correction Q takes 702 alphanumeric characters.
        """
        [secured] = seal(form, [credential], signer)

        assert len(secured.content) < 702

    def test_what_is_opened_is_what_was_given(
        self, form: HcertFormat, credential: Credential, signer: Any
    ):
        [secured] = seal(form, [credential], signer)
        opened = form.open(secured.content)

        assert opened.document == credential.document == secured.document
        assert opened.issuer == "IN"
        assert opened.valid_from == secured.created == NOON
        assert opened.valid_until == NOON + timedelta(days=365)
        assert opened.proofs[0].created == NOON
        assert opened.proofs[0].algorithm == "ES256"

    def test_blanks_around_it_do_not_matter(
        self, form: HcertFormat, credential: Credential, signer: Any
    ):
        [secured] = seal(form, [credential], signer)
        around = b"\xef\xbb\xbf\n " + secured.content + b" \r\n"

        assert form.recognise(around)
        assert form.open(around) == form.open(secured.content)

    @pytest.mark.parametrize("zone", [timedelta(hours=14), timedelta(hours=5.5), timedelta()])
    def test_a_bare_document_counts_from_midnight_on_wherever_it_was_issued(
        self,
        bare: HcertFormat,
        make_credential: Callable[..., Credential],
        signer: Any,
        zone: timedelta,
    ):
        day = datetime(2026, 1, 31, tzinfo=timezone(zone))
        document = {"name": "B", "valid_from": "2026-01-31", "valid_until": "2026-01-31"}
        [secured] = seal(bare, [make_credential(document | {"pha": "did:web:x"})], signer)
        opened = bare.open(secured.content)

        assert opened.valid_from is not None
        assert opened.valid_until is not None
        assert opened.valid_from <= day < day + timedelta(hours=23) <= opened.valid_until

    def test_a_bare_document_counts_as_long_as_it_says(
        self, bare: HcertFormat, make_credential: Callable[..., Credential], signer: Any
    ):
        document = {"name": "B", "valid_from": "2026-01-31", "valid_until": "2027-01-31"}
        [secured] = seal(bare, [make_credential(document | {"pha": "did:web:x"})], signer)
        opened = bare.open(secured.content)

        assert opened.issuer == "did:web:x"
        assert opened.valid_from == datetime(2026, 1, 30, 10, tzinfo=UTC)
        assert opened.valid_until == datetime(2027, 2, 1, 11, 59, 59, 999999, UTC)
        assert opened.proofs[0].created is None

    @settings(max_examples=60, deadline=None)
    @given(document=st.dictionaries(st.text(max_size=8), json_values, min_size=1, max_size=5))
    def test_any_document_comes_back(
        self,
        form: HcertFormat,
        signer: Any,
        make_credential: Callable[..., Credential],
        document: dict[str, Any],
    ):
        [secured] = seal(form, [make_credential(document)], signer)

        assert form.open(secured.content).document == document

    @pytest.mark.parametrize(
        "value", ["\ud800", 2**53, float("nan"), b"x", [[]] * 20_000, "x" * 100_001]
    )
    def test_a_document_that_cbor_cannot_carry_is_refused(
        self,
        form: HcertFormat,
        signer: Any,
        make_credential: Callable[..., Credential],
        value: Any,
    ):
        [answer] = form.prepare([make_credential({"x": value})], signer.key, NOON)

        assert isinstance(answer, Refusal)
        assert answer.findings[0].code == "document-unfit"


class TestKey:
    def test_a_bare_key_is_named_by_its_hash(
        self, form: HcertFormat, credential: Credential, signer: Any
    ):
        [secured] = seal(form, [credential], signer)

        assert form.open(secured.content).proofs[0].key_id == signer.key.short_id
        assert secured.key_id == "did:web:example.in#dsc-1"

    def test_a_certificate_names_it_instead(
        self,
        credential: Credential,
        signer: Any,
        make_certificate: Callable[..., Certificate],
    ):
        certificate = make_certificate(signer)
        form = HcertFormat(Settings(), "IN", certificate)
        [secured] = seal(form, [credential], signer)
        opened = form.open(secured.content)

        assert base64.b64decode(opened.proofs[0].key_id) == certificate.kid
        assert certificate.key().answers_to(opened.proofs[0].key_id)
        assert opened.valid_until == certificate.valid_until

    def test_a_certificate_that_has_ended_signs_nothing(
        self,
        credential: Credential,
        signer: Any,
        make_certificate: Callable[..., Certificate],
    ):
        form = HcertFormat(Settings(), "IN", make_certificate(signer))
        for moment in (datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)):
            with pytest.raises(KeyUnavailable, match="have it renewed"):
                form.prepare([credential], signer.key, moment)

    def test_another_keys_certificate_is_refused(
        self,
        credential: Credential,
        signer: Any,
        rsa_signer: Any,
        make_certificate: Callable[..., Certificate],
    ):
        form = HcertFormat(Settings(), "IN", make_certificate(rsa_signer))

        with pytest.raises(ConfigError, match="is not that of key"):
            form.prepare([credential], signer.key, NOON)

    @pytest.mark.parametrize("algorithm", ["EdDSA", "ES384", "RS256"])
    def test_other_algorithms_sign_no_health_certificate(
        self, form: HcertFormat, credential: Credential, algorithm: Any
    ):
        key = PublicKey(key_id="k", algorithm=algorithm, spki=b"")

        with pytest.raises(ConfigError, match="ES256 or PS256"):
            form.prepare([credential], key, NOON)

    def test_the_keys_algorithm_counts_and_not_the_documents(
        self, form: HcertFormat, credential: Credential, signer: Any, rsa_signer: Any
    ):
        [secured] = seal(form, [credential], signer)
        opened = form.open(secured.content)

        assert form.verify(opened, 0, signer.key)
        assert not form.verify(opened, 0, rsa_signer.key)
        claimed = msgspec.structs.replace(opened.proofs[0], algorithm="PS256")
        lying = msgspec.structs.replace(opened, proofs=(claimed,))
        assert not form.verify(lying, 0, signer.key)

    @pytest.mark.parametrize(
        ("usages", "may"),
        [((), True), ((VACCINATION,), True), ((TEST,), False), (("1.2.3",), True)],
    )
    def test_a_certificate_for_tests_tells_of_no_vaccination(
        self,
        form: HcertFormat,
        credential: Credential,
        signer: Any,
        make_certificate: Callable[..., Certificate],
        usages: tuple[str, ...],
        *,
        may: bool,
    ):
        [secured] = seal(form, [credential], signer)
        key = make_certificate(signer, *usages).key()

        assert key.serves(form.open(secured.content).proofs[0].usages) is may


class TestSettings:
    def test_the_certificate_is_read_from_its_file(
        self,
        mohar_tools: Tools,
        tmp_path: Path,
        signer: Any,
        make_certificate: Callable[..., Certificate],
    ):
        certificate = make_certificate(signer)
        (tmp_path / "dsc.der").write_bytes(certificate.der)
        form = HcertFormat.open_from(Settings(certificate="dsc.der"), mohar_tools)

        assert form._certificate == certificate

    def test_a_file_that_is_none_is_named(self, mohar_tools: Tools, tmp_path: Path):
        (tmp_path / "dsc.pem").write_bytes(b"hello")

        with pytest.raises(ConfigError, match=r"dsc\.pem: this is no X\.509 certificate"):
            HcertFormat.open_from(Settings(certificate="dsc.pem"), mohar_tools)

    def test_the_issuer_is_the_deployments_country_unless_told(
        self, mohar_tools: Tools, credential: Credential, signer: Any
    ):
        for settings_, issuer in ((Settings(), "IN"), (Settings(issuer="LK"), "LK")):
            form = HcertFormat.open_from(settings_, mohar_tools)
            [secured] = seal(form, [credential], signer)

            assert form.open(secured.content).issuer == issuer

    @pytest.mark.parametrize(
        "settings_", [{"issuer": "India"}, {"expires_days": 0}, {"profile": "x"}, {"other": 1}]
    )
    def test_what_makes_no_sense_is_refused(self, settings_: dict[str, Any]):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(settings_, Settings)


class TestRates:
    def test_encoding_and_verifying_can_be_measured(
        self, form: HcertFormat, credential: Credential, signer: Any
    ):
        envelopes = Envelopes(form, signer.key, signer.private)
        secured = envelopes.encoded([credential] * 20)

        assert envelopes.are_right([each.content for each in secured])
