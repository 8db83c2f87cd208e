"""A language says what it can by itself, and the rest in another one; a notice says so."""

from __future__ import annotations

from typing import Any

import pytest

from mohar.access.holder_texts import HolderTexts, NoticeNotShown, TextFile
from mohar.domain.consent import Notice

WORDS = {"code-subject": "Code", "code-message": "{code}"}
ALL = {"code": "We use it.", "share": "They see it.", "report": "They read it."}


def file(language: str = "en", **more: Any) -> TextFile:
    return TextFile(**{"language": language, "name": language, "labels": WORDS, **more})


def test_what_a_language_lacks_has_the_version_of_the_language_that_says_it() -> None:
    texts = HolderTexts(
        [
            file(notices=ALL),
            file("hi", notices={"code": "हम", "share": "वे"}),
            file("mai", fallback="hi", notices={"code": "हम सभ"}),
        ]
    )

    assert texts.of("mai").notices == {
        "code": Notice.of("code", "mai", "हम सभ"),
        "share": Notice.of("share", "hi", "वे"),
        "report": Notice.of("report", "en", "They read it."),
    }


def test_the_words_of_now_count_in_every_language() -> None:
    texts = HolderTexts([file(notices=ALL), file("hi", notices={"code": "हम"})])

    for language, words in (("en", "We use it."), ("hi", "हम")):
        notice = Notice.of("code", language, words)
        assert texts.shown("code", notice.version) == notice


def test_the_words_of_before_do_not_count_any_more() -> None:
    before = HolderTexts([file(notices=ALL)]).of("en").notices["share"]
    after = HolderTexts([file(notices={**ALL, "share": "They see it for a day."})])

    with pytest.raises(NoticeNotShown, match="send its version"):
        after.shown("share", before.version)


def test_where_there_is_no_notice_nothing_rests_on_one() -> None:
    texts = HolderTexts([file(notices={"code": "We use it."})])

    assert texts.shown("share", "anything") is None
    (finding,) = [each for each in texts.findings() if each.code == "holder-notices-missing"]
    assert finding.severity == "warning"
    assert "share, report" in finding.message
