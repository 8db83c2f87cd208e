"""A language says what it can by itself, and the rest in another one; a notice says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mohar.access.holder_texts import HolderTexts, NoticeNotShown, TextFile
from mohar.codec.sms import length_of
from mohar.config.files import DeploymentFiles
from mohar.config.secrets import SecretStore
from mohar.domain.consent import Notice

INDIA = Path(__file__).resolve().parents[2] / "config" / "india"
WHOLE = sorted(each.stem for each in (INDIA / "labels").glob("*.yaml"))
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


@pytest.mark.parametrize("language", WHOLE)
def test_india_says_all_of_it_in_every_language_that_it_prints(language: str) -> None:
    """
    Nothing is left to another language, and every place to be filled in is there.
    """
    files = DeploymentFiles(INDIA, SecretStore(INDIA))
    english = files.load("holder/en.yaml", TextFile)

    said = files.load(f"holder/{language}.yaml", TextFile)

    assert list(said.labels) == list(english.labels)
    assert list(said.notices) == list(english.notices)
    assert {key: places(text) for key, text in said.labels.items()} == {
        key: places(text) for key, text in english.labels.items()
    }
    code = said.labels["code-message"].replace("{code}", "123456").replace("{minutes}", "3")
    assert length_of(code).segments <= 2


def places(text: str) -> list[str]:
    """Return what is filled into a text."""
    return sorted(re.findall(r"\{\w+\}", text))
