from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mohar.domain.verdict import Verdict
from mohar.plugin.roles import Format, Trust
from mohar.verifying import FirstToTell, Presented, Verifier

Sign = Callable[..., bytes]
Make = Callable[..., Verifier]
Listed = Callable[..., Trust]

DAY = timedelta(days=1)


def verdict(verifier: Verifier, data: bytes, at: datetime | None = None) -> Verdict:
    return verifier.verify([Presented(name="input", data=data)], at=at)[0]


def outcomes(told: Verdict) -> Mapping[str, str]:
    return {check.name: check.outcome for check in told.checks}


class TestAGenuineCredential:
    def test_is_valid_and_shown(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign())

        assert told.verdict == "valid"
        assert told.shown == {"text": "read me"}

    def test_names_its_input_format_kind_issuer_and_key(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign())

        expected = ("input", "note", "reminder", "did:example:a", "k1")
        assert (told.input, told.format, told.kind, told.issuer, told.key_id) == expected

    def test_tells_its_steps_in_their_order(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign(status=[1]))

        passed = [
            "decode",
            "format",
            "type",
            "trust",
            "signature",
            "key",
            "structure",
            "doubt",
            "validity",
            "status",
        ]
        assert outcomes(told) == dict.fromkeys(passed, "passed")
        assert list(outcomes(told)) == passed

    def test_without_a_status_entry_skips_the_status(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(status=FirstToTell(())), sign())

        assert told.verdict == "valid"
        assert outcomes(told)["status"] == "skipped"

    def test_answers_come_in_the_order_of_the_inputs(self, verifier: Make, sign: Sign) -> None:
        inputs = [
            Presented(name="one", data=b"\x00"),
            Presented(name="two", data=sign()),
        ]

        told = verifier().verify(inputs)

        assert [(each.input, each.verdict) for each in told] == [
            ("one", "unreadable"),
            ("two", "valid"),
        ]


class TestWhatCannotBeRead:
    def test_a_text_that_is_no_note_after_all(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign()[:-20])

        assert told.verdict == "unreadable"
        assert told.checks[-1].detail == "not a note after all"

    def test_a_later_version(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign(note=2))

        assert told.verdict == "unsupported"
        assert outcomes(told)["format"] == "failed"

    def test_a_type_nobody_configured(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign({"type": "letter"}))

        assert told.verdict == "unsupported"
        assert outcomes(told)["type"] == "failed"
        assert told.shown == {}


class TestTheSignature:
    def test_none_at_all_is_invalid(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign(keys=[]))

        assert told.verdict == "invalid"
        assert outcomes(told)["proof"] == "failed"

    def test_changed_content_is_invalid_and_nothing_is_shown(
        self, verifier: Make, sign: Sign
    ) -> None:
        told = verdict(verifier(), sign().replace(b"read me", b"read you"))

        assert told.verdict == "invalid"
        assert told.shown == {}
        assert outcomes(told)["structure"] == "skipped"

    def test_a_wrong_one_is_invalid_even_when_expired(self, verifier: Make, sign: Sign) -> None:
        stale = sign(valid_until=datetime(2020, 1, 1, tzinfo=UTC))

        told = verdict(verifier(), stale.replace(b"read me", b"read you"))

        assert told.verdict == "invalid"

    def test_every_proof_must_be_right(self, verifier: Make, sign: Sign, listed: Listed) -> None:
        both = verifier(trust=[listed("k1"), listed("k2")])
        text = sign(keys=["k1", "k2"])
        start = text.rindex(b'"signature":"') + len(b'"signature":"')
        broken = text[:start] + (b"A" if text[start] != ord("A") else b"B") + text[start + 1 :]

        assert verdict(both, text).verdict == "valid"
        assert verdict(both, broken).verdict == "invalid"

    def test_a_second_proof_by_nobody_we_know_makes_the_issuer_unknown(
        self, verifier: Make, sign: Sign
    ) -> None:
        assert verdict(verifier(), sign(keys=["k1", "k2"])).verdict == "unknown-issuer"

    def test_one_made_to_log_in_does_not_vouch_for_content(
        self, verifier: Make, sign: Sign
    ) -> None:
        told = verdict(verifier(), sign(proof={"purpose": "authentication"}))

        assert told.verdict == "invalid"


class TestTrust:
    def test_a_key_nobody_lists_is_an_unknown_issuer(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(), sign(keys=["k2"]))

        assert told.verdict == "unknown-issuer"
        assert outcomes(told)["trust"] == "failed"
        assert outcomes(told)["signature"] == "skipped"
        assert told.shown == {}

    def test_a_known_key_does_not_speak_for_another_issuer(
        self, verifier: Make, sign: Sign
    ) -> None:
        assert verdict(verifier(), sign(issuer="did:example:b")).verdict == "unknown-issuer"

    def test_a_list_that_does_not_answer_is_not_an_unknown_issuer(
        self, verifier: Make, sign: Sign, silent: Trust
    ) -> None:
        told = verdict(verifier(trust=[silent]), sign())

        assert told.verdict == "not-checked"
        assert outcomes(told)["trust"] == "unknown"

    def test_a_silent_list_does_not_matter_where_another_knows_the_key(
        self, verifier: Make, sign: Sign, silent: Trust, listed: Listed
    ) -> None:
        assert verdict(verifier(trust=[silent, listed()]), sign()).verdict == "valid"

    def test_a_wrong_signature_is_not_sure_while_a_list_is_silent(
        self, verifier: Make, sign: Sign, silent: Trust, listed: Listed
    ) -> None:
        changed = sign().replace(b"read me", b"read you")

        told = verdict(verifier(trust=[silent, listed()]), changed)

        assert told.verdict == "not-checked"
        assert told.shown == {}


class TestTheKey:
    @pytest.mark.parametrize(
        "fields",
        [
            {"valid_from": datetime(2026, 3, 2, tzinfo=UTC)},
            {"valid_until": datetime(2026, 3, 1, tzinfo=UTC)},
            {"status": "compromised"},
            {"status": "retired"},
        ],
        ids=["too early", "too late", "compromised", "retired, nobody says when"],
    )
    def test_that_was_not_valid_at_signing_is_not_believed(
        self, verifier: Make, sign: Sign, listed: Listed, fields: dict[str, Any]
    ) -> None:
        told = verdict(verifier(trust=[listed(**fields)]), sign())

        assert told.verdict == "key-not-valid"
        assert outcomes(told)["signature"] == "passed"
        assert outcomes(told)["key"] == "failed"
        assert told.shown == {}

    def test_retired_later_is_believed_for_what_it_signed_before(
        self, verifier: Make, sign: Sign, listed: Listed, noon: datetime
    ) -> None:
        retired = listed(status="retired", valid_until=noon + DAY)

        assert verdict(verifier(trust=[retired]), sign(), noon + 9 * DAY).verdict == "valid"

    def test_compromised_in_one_list_is_compromised(
        self, verifier: Make, sign: Sign, listed: Listed
    ) -> None:
        told = verdict(verifier(trust=[listed(), listed(status="compromised")]), sign())

        assert told.verdict == "key-not-valid"

    def test_without_a_time_of_signing_is_judged_now(
        self, verifier: Make, sign: Sign, listed: Listed, noon: datetime
    ) -> None:
        ended = verifier(trust=[listed(valid_until=noon)])

        told = verdict(ended, sign(proof={"created": None}))

        assert told.verdict == "key-not-valid"

    def test_without_a_time_of_signing_a_key_that_was_retired_is_believed(
        self, verifier: Make, sign: Sign, listed: Listed, noon: datetime
    ) -> None:
        """
        Else a rotation would end every certificate that does not tell when it was signed.
        """
        undated, later = sign(proof={"created": None}), noon + 9 * DAY
        retired = verifier(trust=[listed(status="retired", valid_until=noon)])
        never = verifier(trust=[listed(status="retired", valid_from=later + DAY, valid_until=noon)])
        open_ended = verifier(trust=[listed(status="retired")])

        assert verdict(retired, undated, later).verdict == "valid"
        assert verdict(never, undated, later).verdict == "key-not-valid"
        assert verdict(open_ended, undated, later).verdict == "key-not-valid"

    def test_a_wrong_signature_is_invalid_whatever_the_key(
        self, verifier: Make, sign: Sign, listed: Listed
    ) -> None:
        changed = sign().replace(b"read me", b"read you")

        assert verdict(verifier(trust=[listed(status="retired")]), changed).verdict == "invalid"


class TestStructureAndGuards:
    def test_a_failed_check_is_invalid_and_nothing_is_shown(
        self, verifier: Make, sign: Sign
    ) -> None:
        told = verdict(verifier(), sign({"text": 7}, status=[2]))

        assert told.verdict == "invalid"
        assert told.shown == {}
        assert outcomes(told)["status"] == "skipped"

    def test_a_guard_that_cannot_decide_is_limited_and_shown(
        self, verifier: Make, sign: Sign
    ) -> None:
        told = verdict(verifier(), sign({"doubt": True}))

        assert told.verdict == "limited"
        assert told.shown == {"text": "read me"}


class TestPrecedence:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ([1], "limited"),
            ([2], "revoked"),
            ([3], "suspended"),
            ([4], "superseded"),
            ([9], "limited"),
            ([1, 9, 3, 2], "revoked"),
        ],
    )
    def test_limited_never_hides_what_the_issuer_said(
        self, verifier: Make, sign: Sign, status: list[int], expected: str
    ) -> None:
        assert verdict(verifier(), sign({"doubt": True}, status=status)).verdict == expected

    def test_limited_does_not_hide_expired(
        self, verifier: Make, sign: Sign, noon: datetime
    ) -> None:
        told = verdict(verifier(), sign({"doubt": True}, valid_until=noon - DAY))

        assert told.verdict == "expired"

    def test_revoked_is_told_before_expired(
        self, verifier: Make, sign: Sign, noon: datetime
    ) -> None:
        told = verdict(verifier(), sign(status=[2], valid_until=noon - DAY))

        assert told.verdict == "revoked"
        assert outcomes(told)["validity"] == "failed"

    def test_a_status_that_cannot_be_told_is_not_checked(self, verifier: Make, sign: Sign) -> None:
        told = verdict(verifier(status=FirstToTell(())), sign(status=[1]))

        assert told.verdict == "not-checked"
        assert outcomes(told)["status"] == "unknown"
        assert told.shown == {"text": "read me"}


class TestValidity:
    @pytest.mark.parametrize(("seconds", "expected"), [(299, "valid"), (301, "not-yet-valid")])
    def test_clocks_may_differ_by_five_minutes_at_the_start(
        self, verifier: Make, sign: Sign, noon: datetime, seconds: int, expected: str
    ) -> None:
        start = noon + timedelta(seconds=seconds)

        assert verdict(verifier(), sign(valid_from=start)).verdict == expected

    @pytest.mark.parametrize(("seconds", "expected"), [(299, "valid"), (301, "expired")])
    def test_clocks_may_differ_by_five_minutes_at_the_end(
        self, verifier: Make, sign: Sign, noon: datetime, seconds: int, expected: str
    ) -> None:
        end = noon - timedelta(seconds=seconds)

        assert verdict(verifier(), sign(valid_until=end)).verdict == expected

    def test_a_signature_from_the_future_is_not_yet_valid(
        self, verifier: Make, sign: Sign, noon: datetime
    ) -> None:
        told = verdict(verifier(), sign(proof={"created": noon + DAY}))

        assert told.verdict == "not-yet-valid"

    def test_an_older_moment_may_be_asked_for(
        self, verifier: Make, sign: Sign, noon: datetime
    ) -> None:
        text = sign(valid_until=noon - DAY, proof={"created": noon - 9 * DAY})

        assert verdict(verifier(), text).verdict == "expired"
        assert verdict(verifier(), text, at=noon - 2 * DAY).verdict == "valid"

    @pytest.mark.parametrize("hours", [-14, 0, 14])
    def test_the_ends_of_time_are_only_dates(self, verifier: Make, sign: Sign, hours: int) -> None:
        zone = timezone(timedelta(hours=hours))
        first, last = datetime(1, 1, 2, tzinfo=zone), datetime(9999, 12, 30, tzinfo=zone)

        assert verdict(verifier(), sign(valid_from=first, valid_until=last)).verdict == "valid"
        assert verdict(verifier(), sign(valid_until=first)).verdict == "expired"
        assert verdict(verifier(), sign(valid_from=last)).verdict == "not-yet-valid"


class TestSeveralDocumentsInOneInput:
    @pytest.fixture
    def sheet(self, qr: Callable[..., Any], saved: Callable[..., bytes]) -> Callable[..., bytes]:
        def draw(*texts: bytes) -> bytes:
            codes = [qr(text) for text in texts]
            page = codes[0].resize((1600, 800))
            page.paste(255, (0, 0, 1600, 800))
            for place, code in enumerate(codes):
                page.paste(code.resize((700, 700)), (50 + 800 * place, 50))
            return saved(page)

        return draw

    def test_the_worst_is_told_and_the_count_named(
        self, verifier: Make, sign: Sign, sheet: Callable[..., bytes]
    ) -> None:
        good, bad = sign(), sign().replace(b"read me", b"read you")

        told = verdict(verifier(), sheet(good, bad))

        assert told.verdict == "invalid"
        assert "2 signed documents" in told.checks[0].detail

    def test_a_code_that_is_no_credential_does_not_matter_beside_one_that_is(
        self, verifier: Make, sign: Sign, sheet: Callable[..., bytes]
    ) -> None:
        told = verdict(verifier(), sheet(b"https://example.org/app", sign()))

        assert told.verdict == "valid"
        assert told.checks[0].detail == "picture, QR codes: 2"


class TestNoTextIsTooStrange:
    def test_half_a_character_in_a_name_is_replaced(self, verifier: Make, sign: Sign) -> None:
        told = verifier().verify([Presented(name="\udcff.png", data=sign())])[0]

        assert told.input == "?.png"

    def test_neither_an_input_nor_a_verdict_prints_what_it_holds(
        self, verifier: Make, sign: Sign
    ) -> None:
        presented = Presented(name="n", data=sign())

        assert "read me" not in repr(presented) + repr(verifier().verify([presented]))


def test_the_format_of_these_tests_keeps_to_its_role(note_format: Format, sign: Sign) -> None:
    assert note_format.recognise(sign())
    assert note_format.open(sign()).document["text"] == "read me"
