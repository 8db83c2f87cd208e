"""The version of a notice is made of its words."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mohar.domain.consent import Notice


def test_it_tells_name_language_and_the_beginning_of_a_digest() -> None:
    digest = hashlib.sha256(b"Whoever has the link sees it.").hexdigest()

    notice = Notice.of("share", "mni-Mtei", "Whoever has the link sees it.")

    assert notice.version == f"share-mni-Mtei-{digest[:32]}"


@given(st.text(), st.text())
def test_other_words_have_another_version(one: str, other: str) -> None:
    versions = [Notice.of("code", "en", text).version for text in (one, other)]

    assert (versions[0] == versions[1]) == (one == other)
