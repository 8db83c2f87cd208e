"""What the page for holders and the codes sent to them say, in every language there is a file for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec

from mohar.domain.consent import Notice, NoticeName
from mohar.domain.errors import Conflict
from mohar.domain.findings import Finding

_FALLBACK: Final = "en"
# What is said outside the page; a page needs these, and may need more.
_NEEDED: Final = ("code-subject", "code-message")
_NOTICES: Final[tuple[NoticeName, ...]] = get_args(NoticeName)


class NoticeNotShown(Conflict):
    """This rests on a notice, and what was shown is none, or not its words of now."""

    code = "notice-not-shown"

    def __init__(self) -> None:
        super().__init__(
            "this rests on a notice: show it as /holder/texts.json has it now, and send its version "
            "as `notice`"
        )


class TextFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The words of one language: its BCP 47 tag, its own name, and how it runs.

    What it lacks is said in the language of `fallback`. `draft` means that nobody who speaks the
    language has read it yet. `notices` are shown before a code is asked for, a link is made or
    something is reported; their versions are made of their words.
    """

    language: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    review: Literal["draft", "reviewed"] = "draft"
    fallback: str = _FALLBACK
    labels: dict[str, str]
    notices: dict[NoticeName, str] = {}


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be said in one language."""

    language: str
    name: str
    direction: str
    labels: Mapping[str, str]
    notices: Mapping[NoticeName, Notice]

    def label(self, key: str, **values: str | int) -> str:
        """Return a text with its values filled in; a name that it has no value for stays."""
        text = self.labels.get(key, key)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


class HolderTexts:
    """All languages, the fallback first."""

    def __init__(self, files: Sequence[TextFile]) -> None:
        own = {each.language: each for each in files}
        self._all = {tag: _whole(each, own) for tag, each in own.items()}
        self._files = files

    @property
    def languages(self) -> Sequence[Texts]:
        """Return every language, by its tag."""
        return sorted(self._all.values(), key=lambda each: (each.language != _FALLBACK, each.name))

    def of(self, language: str) -> Texts:
        """Return the texts of a language, of a wider one, or of the fallback."""
        tag = language.replace("_", "-").casefold()
        known = {each.casefold(): texts for each, texts in self._all.items()}
        while tag and tag not in known:
            tag = tag.rpartition("-")[0]
        return known.get(tag) or self.languages[0]

    def shown(self, name: NoticeName, version: str) -> Notice | None:
        """
        Return the notice that somebody says to have been shown, in whichever language.

        None where the deployment has no notice of that name, whatever is said.

        Raises:
            NoticeNotShown: it has one, and this is no version of it that is shown now.
        """
        notices = [each.notices[name] for each in self._all.values() if name in each.notices]
        for notice in notices:
            if notice.version == version:
                return notice
        if notices:
            raise NoticeNotShown
        return None

    def findings(self) -> Sequence[Finding]:
        """Return what is missing, and what nobody has read."""
        first = self.languages[0]
        missing = [each for each in _NEEDED if each not in first.labels]
        unsaid = [each for each in _NOTICES if each not in first.notices]
        found = [
            *([_missing(missing)] if missing else []),
            *([_without_notice(unsaid)] if unsaid else []),
        ]
        drafts = sorted(each.language for each in self._files if each.review == "draft")
        return [*found, *([_drafts(drafts)] if drafts else [])]


def _whole(file: TextFile, files: Mapping[str, TextFile]) -> Texts:
    # What comes later takes the place of what was said before.
    order = [files[each] for each in (_FALLBACK, file.fallback) if each in files]
    order.append(file)
    return Texts(
        language=file.language,
        name=file.name,
        direction=file.direction,
        labels={key: label for each in order for key, label in each.labels.items()},
        notices={name: shown for each in order for name, shown in _notices(each).items()},
    )


def _notices(file: TextFile) -> Mapping[NoticeName, Notice]:
    """A notice that is said in another language has the version of that language."""
    return {name: Notice.of(name, file.language, text) for name, text in file.notices.items()}


def _missing(labels: Sequence[str]) -> Finding:
    return Finding(
        code="holder-texts-missing",
        severity="error",
        message=f"no text says {', '.join(labels)}; give {_FALLBACK}.yaml all of them",
        where="holders.texts",
    )


def _without_notice(names: Sequence[str]) -> Finding:
    return Finding(
        code="holder-notices-missing",
        severity="warning",
        message=f"holders are shown no notice before: {', '.join(names)}; give {_FALLBACK}.yaml one",
        where="holders.texts",
    )


def _drafts(languages: Sequence[str]) -> Finding:
    return Finding(
        code="holder-texts-draft",
        severity="warning",
        message=f"nobody has reviewed the texts for holders of {', '.join(languages)}",
        where="holders.texts",
    )
