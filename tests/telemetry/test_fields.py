import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.telemetry.fields import is_name, keep


class TestKeep:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("kind", "vaccination"),
            ("error", "KeyUnavailable"),
            ("at", "mohar.issuing.secure:41"),
            ("code", "key-unavailable"),
            ("route", "/v1/credentials/{credential_id}.pdf"),
            ("route", "/.well-known/did.json"),
            ("route", "/v1/kinds/{kind:str}/records"),
            ("route", "/cert/api/certificatePDF/{code}/{dose}"),
            ("route", "/divoc/api/v1/certify/uploads/{uploadId}/errors"),
            ("route", "/"),
            ("route", "unknown"),
            ("status", 201),
            ("status", "issued"),
            ("duration_ms", 12.5),
            ("submission", "01JH8Q3E9ZK2V5"),
            ("worker", "worker-3"),
            ("key_id", "did:web:example.in#issuer-2026"),
        ],
    )
    def test_names_and_numbers_of_the_trade_are_kept(self, name: str, value: object) -> None:
        assert keep({name: value}).fields == {name: value}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("kind", "Asha Devi"),
            ("kind", "आशा"),
            ("kind", "a9876543210"),
            ("kind", "a" * 81),
            ("count", 9876543210),
            ("count", float("nan")),
            ("count", "twelve"),
            ("kind", 7),
            ("submission", "9876543210"),
            ("worker", "asha@example.org"),
            ("route", "/v1/credentials/12345678901"),
            ("route", "/v1/credentials/{id}?name=Asha"),
            ("route", "/v1/credentials/Asha"),
            ("route", "/certificatePDF/12345678901"),
            ("name", "vaccination"),
            ("kind", None),
        ],
    )
    def test_what_may_be_personal_is_dropped_and_counted(self, name: str, value: object) -> None:
        kept = keep({name: value})

        assert kept.fields == {}
        assert kept.dropped == 1

    @settings(deadline=None, max_examples=200)
    @given(st.dictionaries(st.text(max_size=12), st.text() | st.integers() | st.floats()))
    def test_every_field_is_kept_or_counted(self, fields: dict[str, object]) -> None:
        kept = keep(fields)

        assert len(kept.fields) + kept.dropped == len(fields)

    @settings(deadline=None, max_examples=200)
    @given(st.sampled_from(["kind", "code", "route", "event"]), st.text())
    def test_no_text_with_a_blank_or_a_letter_beyond_ascii_is_kept(
        self, name: str, value: str
    ) -> None:
        kept = keep({name: value})

        assert not kept.fields or (value.isascii() and value.isprintable() and " " not in value)


class TestIsName:
    @pytest.mark.parametrize("text", ["issue.batch", "mohar.issued", "plugin-failed"])
    def test_names_of_things_in_the_code_are_names(self, text: str) -> None:
        assert is_name(text)

    @pytest.mark.parametrize("text", ["", "issue ", "issue.", "9lives", "call 9876543210"])
    def test_anything_else_is_none(self, text: str) -> None:
        assert not is_name(text)
