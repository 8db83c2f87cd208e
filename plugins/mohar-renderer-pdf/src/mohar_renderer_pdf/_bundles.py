"""The label files of a rendering: read, compared with each other, and found by any of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding
from mohar.plugin import Files
from mohar_renderer_pdf._labels import LabelFile, Labels, plurals
from mohar_renderer_pdf._settings import Settings


class Bundles:
    """
    The words of a rendering in each of its languages.

    Raises:
        ConfigError: a file is missing or wrong, names another language than its own, holds a label
            that the fallback does not or a plural its language does not have, or two files answer
            to one name.
    """

    def __init__(self, settings: Settings, files: Files) -> None:
        self._folder = settings.labels
        self.fallback = _load(files, self._folder, settings.fallback)
        loaded = (_load(files, self._folder, language) for language in settings.languages)
        self._files = [self._known(each) for each in loaded]
        self.labels: Mapping[str, Labels] = {
            each.language: Labels(
                each, self.fallback, bilingual=settings.bilingual, digits=settings.digits
            )
            for each in self._files
        }
        self.aliases = self._aliases()

    def files_of(self, labels: Labels) -> Sequence[LabelFile]:
        """Return the files whose words stand on a page with these labels."""
        mine = [each for each in self._files if each.language == labels.language]
        return mine if labels.language == self.fallback.language else [*mine, self.fallback]

    def findings(self) -> Sequence[Finding]:
        """Return which labels each language lacks, and which languages nobody has reviewed."""
        return [*self._gaps(), *self._drafts()]

    def _gaps(self) -> Iterator[Finding]:
        for each in self._files:
            missing = self.fallback.labels.keys() - each.labels.keys()
            if missing:
                yield Finding(
                    code="labels-missing",
                    severity="warning",
                    where=self._path(each),
                    message=f"it has no {', '.join(sorted(missing))}; the words of "
                    f"{self.fallback.language} are printed instead",
                )

    def _drafts(self) -> Iterator[Finding]:
        drafts = sorted(each.language for each in self._files if each.review == "draft")
        if drafts:
            yield Finding(
                code="labels-draft",
                severity="warning",
                where=self._folder,
                message=f"nobody has reviewed the labels of {', '.join(drafts)}; let a speaker "
                "read them, then write `review: reviewed`",
            )

    def _known(self, local: LabelFile) -> LabelFile:
        strange = sorted(local.labels.keys() - self.fallback.labels.keys())
        if strange:
            ground = self.fallback.language
            raise ConfigError(
                f"{self._path(local)}: {', '.join(strange)} is in no template's language "
                f"{ground}; add it to {ground}.yaml or take it out"
            )
        self._refuse_plurals(local)
        return local

    def _refuse_plurals(self, local: LabelFile) -> None:
        categories = plurals(local.language)
        for key, label in local.labels.items():
            if isinstance(label, dict) and ("other" not in label or label.keys() - categories):
                raise ConfigError(
                    f"{self._path(local)}: label {key} has forms for {', '.join(label)}; the "
                    f"language has {', '.join(sorted(categories))}, and `other` must be there"
                )

    def _aliases(self) -> Mapping[str, str]:
        known = {each.language.casefold(): each for each in self._files}
        for each in self._files:
            for name in each.also:
                first = known.setdefault(name.casefold(), each)
                if first is not each:
                    raise ConfigError(
                        f"{self._path(each)}: {name!r} is {self._path(first)} already; take it "
                        "out of one of them"
                    )
        return {name: each.language for name, each in known.items()}

    def _path(self, each: LabelFile) -> str:
        return f"{self._folder}/{each.language}.yaml"


def _load(files: Files, folder: str, language: str) -> LabelFile:
    path = f"{folder}/{language}.yaml"
    loaded = files.load(path, LabelFile)
    if loaded.language != language:
        raise ConfigError(f"{path}: its language is {loaded.language!r}; name it {language!r}")
    return loaded
