"""A document with tens of thousands of contexts costs no minute: it is not read at all."""

from __future__ import annotations

import pytest

from mohar.domain.errors import Unreadable
from mohar_format_ld._open import _must_have_few_contexts

CONTEXT = "https://www.w3.org/ns/credentials/v2"


@pytest.mark.parametrize(
    "document",
    [
        {"@context": [CONTEXT] * 501},
        {"credentialSubject": [{"@context": CONTEXT}] * 501},
        {"a": {"b": [{"@context": [{"@context": [CONTEXT] * 500}]}]}},
    ],
)
def test_more_than_some_hundreds_are_refused_wherever_they_stand(document: dict[str, object]):
    with pytest.raises(Unreadable, match="contexts are not read"):
        _must_have_few_contexts(document)


def test_what_a_presentation_of_a_hundred_has_is_read():
    _must_have_few_contexts({"verifiableCredential": [{"@context": [CONTEXT] * 4}] * 100})
