"""A presentation is worth what its holder's proof and the weakest credential in it are worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.verdict import Verdict
from mohar.plugin.roles import Format, Trust
from mohar.verifying import Asked, Limits, Presented, Verifier, exit_code

Sign = Callable[..., bytes]
Make = Callable[..., Verifier]
Listed = Callable[..., Trust]

A, KEY = "did:example:a", "did:example:a#k"
DAY = timedelta(days=1)


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    bundle: int = 1
    holder: str = A
    key: str = KEY
    purpose: str = "authentication"
    created: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    challenge: str | None = None
    domains: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signature: bytes = b""

    @property
    def covered(self) -> bytes:
        return msgspec.json.encode(msgspec.structs.replace(self, signature=b""))


class BundleFormat:
    """Presents notes under one Ed25519 signature."""

    name = "bundle"

    def __init__(self, notes: Format) -> None:
        self.verify = notes.verify

    def recognise(self, data: bytes) -> bool:
        return data.startswith(b'{"bundle"')

    def unpack(self, data: bytes) -> Sequence[bytes]:  # noqa: ARG002 -- the role's signature
        return ()

    def open(self, data: bytes) -> Opened:
        told = msgspec.json.decode(data, type=Bundle)
        proof = OpenedProof(
            key_id=told.key,
            algorithm="EdDSA",
            created=told.created,
            purpose=told.purpose,
            payload=told.covered,
            signature=told.signature,
            challenge=told.challenge,
            domains=told.domains,
        )
        return Opened(
            format=self.name,
            document={},
            issuer=told.holder,
            proofs=(proof,),
            credentials=tuple(each.encode() for each in told.notes),
        )


def bundled(*notes: bytes, **changes: Any) -> bytes:
    """Return notes under one signature; `made_with` is the key that makes it."""
    seed = changes.pop("made_with", KEY)
    told = Bundle(notes=tuple(each.decode() for each in notes), **changes)
    private = Ed25519PrivateKey.from_private_bytes(seed.encode().ljust(32, b"."))
    signed = msgspec.structs.replace(told, signature=private.sign(told.covered))
    return msgspec.json.encode(signed)


@pytest.fixture
def judge(verifier: Make, note_format: Format, listed: Listed) -> Callable[..., Verdict]:
    """Judge a bundle where k1 is trusted for notes and k for bundles; arguments change that."""

    def judged(data: bytes, *, asked: Asked | None = None, **changes: Any) -> Verdict:
        changes = {"holders": [listed(KEY)]} | changes
        made = verifier(formats=[BundleFormat(note_format), note_format], **changes)
        presented = Presented(name="x", data=data, asked=asked or Asked())
        return made.verify([presented])[0]

    return judged


Judge = Callable[..., Verdict]


def outcomes(told: Verdict) -> Mapping[str, str]:
    return {check.name: check.outcome for check in told.checks}


class TestAGenuinePresentation:
    def test_is_valid_and_shows_who_holds_what(self, judge: Judge, sign: Sign) -> None:
        told = judge(bundled(sign(), sign(status=[1])))

        assert (told.verdict, told.kind, told.format) == ("valid", "presentation", "bundle")
        assert (told.issuer, told.key_id) == (A, KEY)
        note = {"kind": "reminder", "text": "read me"}
        assert told.shown == {"holder": A, "credentials": [note, note]}

    def test_tells_its_steps_in_their_order_and_those_of_each_credential_by_its_number(
        self, judge: Judge, sign: Sign
    ) -> None:
        own = ["decode", "format", "type", "challenge", "domain", "trust", "signature", "key"]
        inner = ["format", "type", "trust", "signature", "key", "structure", "doubt"]

        told = judge(bundled(sign(), sign()))

        assert list(outcomes(told)) == [
            *own,
            "holder",
            "validity",
            *(
                f"credential.{number}.{name}"
                for number in (1, 2)
                for name in (*inner, "validity", "status")
            ),
        ]

    def test_without_a_holder_the_key_tells_whose_it_is(self, judge: Judge, sign: Sign) -> None:
        told = judge(bundled(sign(), holder=""))

        assert (told.verdict, told.issuer) == ("valid", A)
        assert outcomes(told)["holder"] == "skipped"


class TestTheWeakestDecides:
    @pytest.mark.parametrize(
        ("note", "verdict"),
        [
            ({"keys": ()}, "invalid"),
            ({"status": [2]}, "revoked"),
            ({"status": [4]}, "superseded"),
            ({"status": [3]}, "suspended"),
            ({"valid_until": datetime(2020, 1, 1, tzinfo=UTC)}, "expired"),
            ({"valid_from": datetime(2030, 1, 1, tzinfo=UTC)}, "not-yet-valid"),
            ({"keys": ("k2",)}, "unknown-issuer"),
            ({"document": {"doubt": True}}, "limited"),
            ({"status": [9]}, "not-checked"),
            ({"document": {"type": "letter"}}, "unsupported"),
        ],
    )
    def test_whatever_is_the_matter_with_one(
        self, judge: Judge, sign: Sign, note: dict[str, Any], verdict: str
    ) -> None:
        told = judge(bundled(sign(), sign(**note), sign()))

        assert told.verdict == verdict
        assert exit_code([told]) != 0

    def test_what_is_known_to_be_wrong_goes_before_what_could_not_be_told(
        self, judge: Judge, sign: Sign
    ) -> None:
        told = judge(bundled(sign(status=[9]), sign(status=[2])))

        assert told.verdict == "revoked"

    def test_a_revoked_credential_of_an_unknown_holder_is_revoked(
        self, judge: Judge, sign: Sign, silent: Trust
    ) -> None:
        unknown = judge(bundled(sign(), key="did:example:b#k", holder=""))
        revoked = judge(bundled(sign(status=[2]), key="did:example:b#k", holder=""))
        unread = judge(bundled(sign()), holders=[silent])

        assert unknown.verdict == "unknown-issuer"
        assert revoked.verdict == "revoked"
        assert unread.verdict == "not-checked"
        assert unknown.shown == revoked.shown == unread.shown == {}


class TestWhoPresents:
    def test_where_holders_are_named_no_issuer_is_one(
        self, judge: Judge, sign: Sign, listed: Listed
    ) -> None:
        by_issuer = bundled(sign(), key="k1", made_with="k1")

        assert judge(by_issuer).verdict == "unknown-issuer"
        assert judge(by_issuer, holders=[]).verdict == "valid"
        assert judge(bundled(sign(keys=[KEY])), trust=[listed("k1")]).verdict == "unknown-issuer"

    def test_another_ones_key_is_wrong_and_not_unknown(self, judge: Judge, sign: Sign) -> None:
        told = judge(bundled(sign(), holder="did:example:b"))

        assert told.verdict == "invalid"
        assert outcomes(told)["signature"] == "passed"
        assert outcomes(told)["holder"] == "failed"
        assert outcomes(told)["credentials"] == "skipped"

    def test_a_key_that_counts_for_everybody_is_still_not_everybodys(
        self, judge: Judge, sign: Sign, listed: Listed, noon: datetime
    ) -> None:
        class Generous:
            def __init__(self, key: PublicKey) -> None:
                self.key = key

            def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the role's signature
                return [self.key]

        [key] = listed(KEY).keys(A, KEY, noon)
        bare = msgspec.structs.replace(key, controller="")

        told = judge(bundled(sign(), holder="did:example:b"), holders=[Generous(bare)])

        assert told.verdict == "invalid"

    @pytest.mark.parametrize("purpose", ["assertionMethod", "", "keyAgreement"])
    def test_only_authentication_is_a_purpose(self, judge: Judge, sign: Sign, purpose: str) -> None:
        assert judge(bundled(sign(), purpose=purpose)).verdict == "invalid"

    def test_a_wrong_signature_ends_it_and_nothing_in_it_is_looked_at(
        self, judge: Judge, sign: Sign
    ) -> None:
        told = judge(bundled(sign(status=[2]), made_with="somebody"))

        assert told.verdict == "invalid"
        assert outcomes(told)["validity"] == outcomes(told)["credentials"] == "skipped"
        assert not any(name.startswith("credential.") for name in outcomes(told))
        assert told.shown == {}

    def test_a_compromised_key_is_not_valid(self, judge: Judge, sign: Sign, listed: Listed) -> None:
        told = judge(bundled(sign()), holders=[listed(KEY, status="compromised")])

        assert told.verdict == "key-not-valid"

    def test_one_that_is_made_tomorrow_is_not_yet_valid(
        self, judge: Judge, sign: Sign, noon: datetime
    ) -> None:
        assert judge(bundled(sign(), created=noon + DAY)).verdict == "not-yet-valid"


class TestWhatWasAsked:
    @pytest.mark.parametrize(
        ("made_for", "asked", "verdict"),
        [
            ({"challenge": "c", "domains": ("d", "e")}, Asked(), "valid"),
            ({"challenge": "c"}, Asked(challenge="c"), "valid"),
            ({"challenge": "c"}, Asked(challenge="C"), "invalid"),
            ({}, Asked(challenge="c"), "invalid"),
            ({}, Asked(challenge=""), "invalid"),
            ({"domains": ("d", "e")}, Asked(domains=("e", "d")), "valid"),
            ({"domains": ("d", "e")}, Asked(domains=("d",)), "invalid"),
            ({}, Asked(domains=("d",)), "invalid"),
        ],
        ids=str,
    )
    def test_it_must_be_made_for_that(
        self, judge: Judge, sign: Sign, made_for: dict[str, Any], asked: Asked, verdict: str
    ) -> None:
        assert judge(bundled(sign(), **made_for), asked=asked).verdict == verdict

    def test_nothing_that_was_asked_is_printed(self) -> None:
        assert "secret" not in repr(Asked(challenge="secret"))


class TestBounds:
    def test_more_credentials_than_the_limit_are_unreadable(self, judge: Judge, sign: Sign) -> None:
        limits = Limits(max_credentials=2)

        assert judge(bundled(sign(), sign()), limits=limits).verdict == "valid"
        told = judge(bundled(sign(), sign(), sign()), limits=limits)
        assert told.verdict == "unreadable"
        assert "more than 2 credentials" in told.checks[-1].detail

    def test_a_presentation_in_a_presentation_is_not_opened(self, judge: Judge, sign: Sign) -> None:
        told = judge(bundled(bundled(sign())))

        assert told.verdict == "unsupported"

    def test_a_carrier_in_a_presentation_is_not_opened(self, judge: Judge) -> None:
        assert judge(bundled(b"PACK")).verdict == "unsupported"
