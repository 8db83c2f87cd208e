"""Cards that are issued open again, and nothing else does."""

from __future__ import annotations

import copy
import itertools
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mohar_format_shc
from mohar.codec import base64url, jwk, keymaking, qr
from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import ConfigError, MoharError, Unreadable, Unsupported
from mohar.domain.findings import Refusal
from mohar.plugin import Format, Offers
from mohar.testing.contracts import FormatContract, PluginContract, seal
from mohar.testing.tools import NOON, tools_for
from mohar_format_shc import Settings, ShcFormat, _card, _compact, _numeric
from mohar_format_shc._revocation import Revocations

Make = Callable[..., Credential]
SOON = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.fixture
def credentials(card: dict[str, Any], credential: Make) -> list[Credential]:
    return [credential(card, number) for number in (1, 2, 3)]


@pytest.fixture
def jws(form: ShcFormat, credentials: list[Credential], signer: Any) -> str:
    """The text of one issued card."""
    return form.unpack(seal(form, credentials[:1], signer)[0].content)[0].decode()


def bundle_of(card: dict[str, Any]) -> dict[str, Any]:
    bundle: dict[str, Any] = card["vc"]["credentialSubject"]["fhirBundle"]
    return bundle


def refused(form: ShcFormat, credential: Credential, signer: Any) -> list[tuple[str, str]]:
    [answer] = form.prepare([credential], signer.key, NOON)
    assert isinstance(answer, Refusal)
    return [(finding.code, finding.where) for finding in answer.findings]


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self):
        return mohar_format_shc

    def test_it_offers_a_format_that_a_deployment_can_open(self, tmp_path: Path):
        (tmp_path / "crl.json").write_text('{"kid": "k", "method": "rid", "ctr": 1, "rids": []}')
        offers: Offers[Format] = Offers("format")
        mohar_format_shc.mohar_register_formats(offers.speaking("mohar-format-shc"))
        offer = offers.get("shc")
        assert offer is not None

        form = offer.open(Settings(revocation_lists=["crl.json"]), tools_for(tmp_path))

        assert (form.name, form.suffix) == ("shc", "smart-health-card")
        assert form.media_type == "application/smart-health-card"


class TestContract(FormatContract):
    """Everything a format promises."""


class TestIssuing:
    def test_the_header_is_exactly_zip_alg_and_kid(self, jws: str, signer: Any):
        header = base64url.decode(jws.split(".", maxsplit=1)[0])

        assert header == (
            f'{{"zip":"DEF","alg":"ES256","kid":"{jwk.thumbprint(signer.key)}"}}'.encode()
        )

    def test_the_payload_is_minified_raw_deflate_that_begins_at_the_signing(
        self, jws: str, card: dict[str, Any]
    ):
        payload = zlib.decompress(base64url.decode(jws.split(".")[1]), wbits=-15)
        expected = {"iss": card["iss"], "nbf": int(NOON.timestamp()), "vc": card["vc"]}

        assert payload == json.dumps(expected, separators=(",", ":"), ensure_ascii=False).encode()

    def test_the_content_is_the_file_of_one_card(
        self, form: ShcFormat, credentials: list[Credential], signer: Any
    ):
        [secured] = seal(form, credentials[:1], signer)

        assert list(json.loads(secured.content)) == ["verifiableCredential"]
        assert len(json.loads(secured.content)["verifiableCredential"]) == 1
        assert secured.document == form.open(secured.content).document
        assert (secured.key_id, secured.created) == (signer.key.key_id, NOON)

    def test_a_beginning_and_an_end_of_its_own_are_kept(
        self, form: ShcFormat, card: dict[str, Any], credential: Make, signer: Any
    ):
        [secured] = seal(form, [credential(card | {"nbf": 1.5, "exp": 4e9})], signer)
        opened = form.open(secured.content)

        assert secured.document["nbf"] == 1.5
        assert opened.valid_from == opened.proofs[0].created == _card.moment(1.5)
        assert opened.valid_until == _card.moment(4e9)

    @pytest.mark.parametrize("algorithm", ["EdDSA", "PS256", "ES384"])
    def test_another_sort_of_key_is_a_mistake_of_the_deployment(
        self, form: ShcFormat, credentials: list[Credential], algorithm: Any
    ):
        key = keymaking.generate(algorithm, "other")[1]

        with pytest.raises(ConfigError, match="key other is"):
            form.prepare(credentials, key, NOON)

    @pytest.mark.parametrize(
        ("path", "value", "told"),
        [
            (["iss"], "http://example.org", ("shc-issuer", "iss")),
            (["iss"], "https://example.org/", ("shc-issuer", "iss")),
            (["nbf"], "2026-01-31", ("shc-times", "nbf")),
            (["exp"], True, ("shc-times", "exp")),
            (["exp"], 0, ("shc-times", "exp")),
            (["vc", "type"], [], ("shc-type", "vc.type")),
            (["vc", "rid"], "longer-than-24-characters-is-too-long", ("shc-rid", "vc.rid")),
        ],
    )
    def test_a_payload_that_is_no_card_is_refused(
        self,
        form: ShcFormat,
        card: dict[str, Any],
        credential: Make,
        signer: Any,
        path: list[str],
        value: Any,
        told: tuple[str, str],
    ):
        at = card
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

        assert refused(form, credential(card), signer) == [told]

    @pytest.mark.parametrize(
        ("change", "member"),
        [
            ({"id": "one"}, "id"),
            ({"meta": {"lastUpdated": "2026"}}, "meta"),
            ({"text": {"status": "generated"}}, "text"),
            ({"vaccineCode": {"coding": [{"code": "1"}], "text": "x"}}, "vaccineCode.text"),
            (
                {"vaccineCode": {"coding": [{"code": "1", "display": "x"}]}},
                "vaccineCode.coding.0.display",
            ),
        ],
    )
    def test_what_a_qr_code_has_no_room_for_is_refused(
        self,
        form: ShcFormat,
        card: dict[str, Any],
        credential: Make,
        signer: Any,
        change: dict[str, Any],
        member: str,
    ):
        bundle_of(card)["entry"][1]["resource"].update(change)
        where = f"vc.credentialSubject.fhirBundle.entry.1.resource.{member}"

        assert refused(form, credential(card), signer) == [("shc-surplus", where)]

    def test_security_labels_may_stay(
        self, form: ShcFormat, card: dict[str, Any], credential: Make, signer: Any
    ):
        bundle_of(card)["entry"][1]["resource"]["meta"] = {"security": [{"code": "IAL2"}]}
        [answer] = form.prepare([credential(card)], signer.key, NOON)

        assert isinstance(answer, Prepared)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"status": "Completed"}, "shc-status"),
            ({"vaccineCode": {"coding": []}}, "shc-empty"),
            ({"patient": {"reference": "resource:7"}}, "shc-patient"),
            ({"occurrenceString": "once"}, "shc-occurrence"),
            ({"occurrenceDateTime": "2021-02-30"}, "shc-date-time"),
            ({"occurrenceDateTime": "2021T10:00:00Z"}, "shc-date-time"),
            ({"lotNumber": ""}, "shc-empty"),
            ({"meta": {"security": [{"label": "x"}]}}, "shc-meta"),
        ],
    )
    def test_a_bundle_that_is_not_fhir_is_refused(
        self,
        form: ShcFormat,
        card: dict[str, Any],
        credential: Make,
        signer: Any,
        change: dict[str, Any],
        code: str,
    ):
        bundle_of(card)["entry"][1]["resource"].update(change)

        assert code in {told for told, _ in refused(form, credential(card), signer)}

    def test_no_refusal_repeats_a_value(
        self, form: ShcFormat, card: dict[str, Any], credential: Make, signer: Any
    ):
        bundle_of(card)["entry"][0]["resource"]["birthDate"] = "Meera-was-born"
        [answer] = form.prepare([credential(card)], signer.key, NOON)

        assert isinstance(answer, Refusal)
        assert "Meera" not in str(answer.findings)


class TestIssuer:
    def test_the_setting_stands_in_the_card_instead_of_the_address_of_a_trial(
        self, card: dict[str, Any], credential: Make, signer: Any
    ):
        issuer = "https://credentials.example/cards"
        form = ShcFormat(Settings(issuer=issuer), Revocations({}))
        [secured] = seal(form, [credential(card | {"iss": "http://127.0.0.1:8000"})], signer)

        assert list(secured.document)[:2] == ["iss", "nbf"]
        assert form.open(secured.content).issuer == issuer

    @pytest.mark.parametrize("issuer", ["http://example.org", "https://example.org/", "https://"])
    def test_a_setting_that_no_card_may_have_is_a_mistake_of_the_deployment(self, issuer: str):
        with pytest.raises(msgspec.ValidationError, match="issuer"):
            msgspec.convert({"issuer": issuer}, Settings)


class TestCodes:
    def test_one_code_of_version_22_holds_the_longest_card(
        self, form: ShcFormat, card: dict[str, Any], credential: Make, signer: Any
    ):
        """
        The performer's name is made as long as the budget allows.
        """
        actor = bundle_of(card)["entry"][1]["resource"]["performer"][0]["actor"]
        name = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(400))
        longest = 0
        for length in range(1, len(name)):
            actor["display"] = name[:length]
            [answer] = form.prepare([credential(copy.deepcopy(card))], signer.key, NOON)
            if isinstance(answer, Refusal):
                break
            longest = length
        actor["display"] = name[:longest]
        [secured] = seal(form, [credential(card)], signer)
        [carrier] = form.carriers(secured)

        assert [finding.code for finding in answer.findings] == ["shc-too-long"]
        assert len(carrier.data) <= 5 + 2 * 1_195
        assert [segment.mode for segment in carrier.segments] == ["byte", "numeric"]
        assert carrier.error_correction == "L"
        assert qr.encode(carrier.segments, carrier.error_correction).version == 22

    def test_a_longer_card_may_be_a_file_only(
        self, card: dict[str, Any], credential: Make, signer: Any
    ):
        form = ShcFormat(Settings(fits_qr=False), Revocations({}))
        actor = bundle_of(card)["entry"][1]["resource"]["performer"][0]["actor"]
        actor["display"] = "".join(chr(0x4E00 + number * 17) for number in range(900))
        [secured] = seal(form, [credential(card)], signer)

        assert form.carriers(secured) == ()
        assert form.verify(form.open(secured.content), 0, signer.key)

    @SOON
    @given(text=st.text("ABCxyz019-_.", min_size=1, max_size=60), parts=st.integers(1, 9))
    def test_reading_undoes_writing_in_one_code_and_in_parts(self, text: str, parts: int):
        cut = [text[len(text) * at // parts : len(text) * (at + 1) // parts] for at in range(parts)]
        whole = _numeric.PREFIX + _numeric.digits(text)
        pieces = [
            f"shc:/{number}/{len(cut)}/{_numeric.digits(part)}"
            for number, part in enumerate(cut, start=1)
        ]

        assert list(_numeric.read(whole)) == [text]
        if all(cut):
            assert list(_numeric.read(" \n".join(reversed(pieces)))) == [text]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("shc:/123", "odd number of digits"),
            ("shc:/9999", "beyond 77"),
            ("shc:/12 other", "is shc:/ and digits"),
            ("shc:/1/3/10 shc:/3/3/11", "of 3 codes of a health card these are missing: 2"),
            ("shc:/1/2/10 shc:/1/2/10", "comes twice"),
            ("shc:/1/2/10 shc:/2/3/10", "different health cards"),
            ("shc:/1/1/10 shc:/2/1/10", "numbered beyond"),
            ("shc:/0/1/10", "numbered beyond"),
            ("shc:/", "is shc:/ and digits"),
            ("shc:/١٢", "is shc:/ and digits"),
        ],
    )
    def test_a_broken_code_is_told(self, form: ShcFormat, text: str, told: str):
        with pytest.raises(Unreadable, match=told):
            form.unpack(text.encode())


class TestReading:
    def test_every_way_to_hand_over_a_card_reads_the_same(self, form: ShcFormat, jws: str):
        file = json.dumps({"verifiableCredential": [jws]}, indent=2).encode()
        parameter = {"name": "verifiableCredential", "valueString": jws}
        answer = {"resourceType": "Parameters", "parameter": [{"name": "other"}, parameter]}
        code = (_numeric.PREFIX + _numeric.digits(jws)).encode()

        documents = [
            form.open(data).document
            for data in (
                jws.encode(),
                file,
                b"\xef\xbb\xbf" + file,
                json.dumps(answer).encode(),
                code,
            )
        ]

        assert all(each == documents[0] for each in documents)
        assert form.unpack(code + b"\n" + code) == [jws.encode(), jws.encode()]

    @pytest.mark.parametrize(
        ("data", "error"),
        [
            (b'{"verifiableCredential": []}', "needs a list of texts"),
            (b'{"verifiableCredential": [{}]}', "needs a list of texts"),
            (b'{"x": "verifiableCredential", "verifiableCredential": 1}', "needs a list"),
            (b'{"verifiableCredential": [' + b'"a",' * 20 + b'"a"]}', "more than 20"),
            (b'{"verifiableCredential": ', "this is not JSON"),
        ],
    )
    def test_a_file_that_holds_no_card_is_told(self, form: ShcFormat, data: bytes, error: str):
        with pytest.raises(Unreadable, match=error):
            form.unpack(data)

    def test_several_cards_are_opened_one_by_one(self, form: ShcFormat, jws: str):
        file = json.dumps({"verifiableCredential": [jws, jws]}).encode()

        with pytest.raises(Unreadable, match="2 health cards in one input"):
            form.open(file)

    def test_what_belongs_to_others_is_left_to_them(self, form: ShcFormat, jws: str):
        presentation = b'{"@context": [], "verifiableCredential": [{}]}'
        header = base64url.encode(b'{"alg":"ES256"}')
        token = f"{header}.AA.AA".encode()

        for data in (presentation, token, b"{}", b"", b"\xff" * 10, b"HC1:NCF", b"ey", b"..."):
            assert not form.recognise(data)
            assert not form.unpack(data)
        assert form.recognise(jws.encode())

    @pytest.mark.parametrize(
        ("header", "error"),
        [
            ({"zip": "GZIP"}, Unsupported),
            ({"typ": "JWT"}, Unsupported),
            ({"crit": ["exp"]}, Unsupported),
            ({"kid": 1}, Unreadable),
            ({"alg": None}, Unreadable),
        ],
    )
    def test_another_header_is_not_read(
        self, form: ShcFormat, signer: Any, header: dict[str, Any], error: type[MoharError]
    ):
        with pytest.raises(error):
            form.open(signer.jws(b"{}", **header).encode())

    def test_a_key_counts_under_its_own_thumbprint_only(
        self, form: ShcFormat, card: dict[str, Any], signer: Any
    ):
        payload = json.dumps({"nbf": 1, **card}).encode()
        named = form.open(signer.jws(payload).encode())
        renamed = form.open(signer.jws(payload, kid=signer.key.key_id).encode())
        other = keymaking.generate("ES256", "other")[1]

        assert form.verify(named, 0, signer.key)
        assert not form.verify(renamed, 0, signer.key)
        assert not form.verify(named, 0, other)
        assert not form.verify(named, 0, keymaking.generate("EdDSA", "other")[1])

    @pytest.mark.parametrize("seconds", [10**15, -(10**15), 1e300])
    def test_a_time_out_of_this_world_is_never_or_ever(
        self, verifier: Any, signer: Any, card: dict[str, Any], seconds: float
    ):
        payload = json.dumps({"nbf": seconds, **card}).encode()
        [verdict] = verifier.verdicts(signer.jws(payload).encode(), NOON)

        assert verdict == ("not-yet-valid" if seconds > 0 else "valid")

    def test_a_bomb_is_not_inflated(self, form: ShcFormat, signer: Any):
        with pytest.raises(Unreadable, match="more than 262144 bytes"):
            form.open(signer.jws(b'{"x":"' + b" " * 50_000_000 + b'"}').encode())

    def test_deep_nesting_is_not_followed(self, form: ShcFormat, signer: Any):
        with pytest.raises(Unreadable, match="nested"):
            form.open(signer.jws(b'{"iss":' + b"[" * 5000 + b"]" * 5000 + b"}").encode())

    def test_few_mistakes_are_told_of_many(
        self, form: ShcFormat, signer: Any, card: dict[str, Any]
    ):
        bundle_of(card)["entry"] = [{}] * 5000
        opened = form.open(signer.jws(json.dumps(card).encode()).encode())

        assert {check.outcome for check in opened.checks} == {"failed"}
        assert len(opened.checks) == 10


class TestRevocation:
    LISTED = json.dumps(
        {"kid": "k", "method": "rid", "ctr": 2, "rids": ["gone", "older.1000"]}
    ).encode()

    @pytest.mark.parametrize(
        ("key_id", "rid", "issued", "outcome"),
        [
            ("k", "gone", 5_000, "failed"),
            ("k", "older", 999, "failed"),
            ("k", "older", 1_000, "passed"),
            ("k", "kept", 5_000, "passed"),
        ],
    )
    def test_a_list_revokes_what_it_names(self, key_id: str, rid: str, issued: int, outcome: str):
        revocations = Revocations({"crl.json": self.LISTED})
        told = revocations.check(key_id, rid, _card.moment(issued))

        assert told is not None
        assert told.outcome == outcome

    def test_where_no_list_of_the_key_is_pinned_it_tells_nothing(self):
        revocations = Revocations({"crl.json": self.LISTED})

        assert revocations.check("other", "gone", _card.moment(5_000)) is None

    def test_two_lists_of_one_key_are_a_mistake(self):
        with pytest.raises(ConfigError, match=r"b\.json: another list is of the same key"):
            Revocations({"a.json": self.LISTED, "b.json": self.LISTED})


class TestHostileInput:
    def test_no_flipped_bit_is_believed(
        self, form: ShcFormat, verifier: Any, credentials: list[Credential], signer: Any
    ):
        """
        Every bit of the text of a card, and of the digits of its code.
        """
        [secured] = seal(form, credentials[:1], signer)
        [jws] = form.unpack(secured.content)
        [carrier] = form.carriers(secured)
        texts = [jws, carrier.data, secured.content]
        assert [verifier.verdicts(text, NOON) for text in texts] == [["valid"]] * 3

        for text in texts:
            for at, bit in itertools.product(range(len(text)), range(8)):
                changed = text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :]
                assert "valid" not in verifier.verdicts(changed, NOON), (at, bit)

    @SOON
    @given(data=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
    def test_any_bytes_raise_only_our_own_errors(self, form: ShcFormat, data: bytes):
        for prefix in (b"", b"shc:/", b'{"verifiableCredential":', b"eyJ6aXAiOiJERUYifQ."):
            assert form.recognise(prefix + data) in {True, False}
            for step in (form.unpack, form.open):
                try:
                    step(prefix + data)
                except MoharError:
                    continue

    @SOON
    @given(payload=JSON, at=st.sampled_from(["", "vc", "bundle", "entry", "resource"]))
    def test_any_payload_opens_or_is_refused(
        self, form: ShcFormat, signer: Any, card: dict[str, Any], payload: Any, at: str
    ):
        tree = copy.deepcopy(card) | {"nbf": 1}
        match at:
            case "":
                tree = payload
            case "vc":
                tree["vc"] = payload
            case "bundle":
                tree["vc"]["credentialSubject"]["fhirBundle"] = payload
            case "entry":
                bundle_of(tree)["entry"] = [payload, *bundle_of(tree)["entry"]]
            case _:
                bundle_of(tree)["entry"][1]["resource"] |= dict.fromkeys(
                    ("meta", "vaccineCode", "patient"), payload
                )
        text = signer.jws(json.dumps(tree).encode("utf-8")).encode()
        try:
            opened = form.open(text)
        except (Unreadable, Unsupported):
            return

        assert opened.checks

    @SOON
    @given(names=st.dictionaries(st.sampled_from(["family", "text"]), st.text(min_size=1)))
    def test_what_is_issued_is_read_back(
        self, card: dict[str, Any], credential: Make, signer: Any, names: dict[str, str]
    ):
        form = ShcFormat(Settings(fits_qr=False), Revocations({}))
        tree = copy.deepcopy(card)
        bundle_of(tree)["entry"][0]["resource"]["name"] = [names or {"family": "A"}]
        [secured] = seal(form, [credential(tree)], signer)

        assert form.open(secured.content).document == tree | {"nbf": int(NOON.timestamp())}
        assert _compact.looks_like(form.unpack(secured.content)[0].decode())
