"""Pages are whole: links lead somewhere, words are those of the glossary, reference is current."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mohar.domain.errors import MoharError
from mohar.plugin import specs

ROOT = Path(__file__).resolve().parents[2]


def committed(pattern: str) -> list[Path]:
    """Return the files of a pattern that a clone has; all of them where nobody can tell."""
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-tree", "-r", "--name-only"]
    listed = subprocess.run([*command, "HEAD"], capture_output=True, text=True, check=False)
    known = {ROOT / name for name in listed.stdout.splitlines()}
    return [path for path in sorted(ROOT.glob(pattern)) if not known or path in known]


DOCS = ROOT / "docs"
PLUGINS = [path.parent for path in committed("plugins/mohar-*/pyproject.toml")]
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_SENTENCE_IN_LINE = re.compile(r"[a-z`)][.!?] [A-Z]")

_LANGUAGES = {"css", "html", "sh", "console", "python", "yaml", "text", "mermaid", "toml", "json"}
_OTHERWISE = {"CONTRIBUTING.md", "SECURITY.md"}

# What people say elsewhere, and the one word that we have for it.
_OTHER_WORDS = {
    "plug-in": "plugin",
    "dead letter": "set aside",
    "revocation list": "status list",
    "data source": "source",
    "credential template": "type",
    "private data": "personal data",
    "microservice": "room",
    "backend": "house",
}


def slug(heading: str) -> str:
    """Return the anchor that code hosts make of a heading."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(each) for each in _HEADING.findall(read(path))}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


class TestLinks:
    def test_a_link_within_the_project_leads_somewhere(self, page: Any) -> None:
        broken = []
        for target in _LINK.findall(page.prose):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            aim = (page.path.parent / path).resolve() if path else page.path
            if not aim.exists() or (anchor and anchor not in anchors(aim)):
                broken.append(target)

        assert broken == []

    def test_every_page_of_the_docs_can_be_reached(self) -> None:
        """
        The index of the docs and the pages beside plugins lead to each of them.
        """
        reached, waiting = set(), [DOCS / "README.md", *ROOT.glob("plugins/mohar-*/README.md")]
        while waiting:
            path = waiting.pop()
            if path in reached or path.suffix != ".md" or not path.is_file():
                continue
            reached.add(path)
            targets = [each.partition("#")[0] for each in _LINK.findall(read(path))]
            waiting += [(path.parent / each).resolve() for each in targets if each]

        assert sorted(set(committed("docs/**/*.md")) - reached) == []


class TestBlocks:
    def test_a_block_that_is_not_run_says_why(self, page: Any) -> None:
        reasons = [each.not_run for each in page.blocks if each.not_run]

        assert [reason for reason in reasons if len(reason.split()) < 4] == []

    def test_a_block_names_its_language(self, page: Any) -> None:
        """
        A block whose language nobody knows would never be run.
        """
        unknown = [each.line for each in page.blocks if each.language not in _LANGUAGES]

        assert page.name in _OTHERWISE or unknown == []


class TestWords:
    def test_one_thing_has_one_word(self, page: Any) -> None:
        text = page.prose.lower()

        assert {word: ours for word, ours in _OTHER_WORDS.items() if word in text} == {}

    def test_a_line_holds_one_sentence(self, page: Any) -> None:
        """
        Docstrings are wrapped, so pages made of them are; two pages at the root are not ours.
        """
        lines = [each for each in page.prose.splitlines() if not each.lstrip().startswith("|")]
        wrong = [line for line in lines if _SENTENCE_IN_LINE.search(line)]

        assert page.is_generated or page.name in _OTHERWISE or wrong == []

    def test_the_glossary_is_in_order_and_says_nothing_twice(self) -> None:
        words = re.findall(r"^\| ([a-z][a-z ]*) \|", read(DOCS / "glossary.md"), re.MULTILINE)[1:]

        assert words == sorted(set(words))
        assert len(words) > 20


class TestReference:
    def test_it_is_what_the_code_says(self) -> None:
        """
        `tools/reference.py` would write the very pages that are there.
        """
        checked = subprocess.run(
            [sys.executable, ROOT / "tools" / "reference.py", "--check"],
            capture_output=True,
            text=True,
            check=False,
        )

        assert checked.returncode == 0, checked.stderr

    def test_every_hook_is_explained(self) -> None:
        page = read(DOCS / "reference" / "hooks.md")
        hooks = [name for name, _ in inspect.getmembers(specs, inspect.isfunction)]
        named = [name for name in hooks if name.startswith("mohar_")]

        assert named
        assert [name for name in named if f"## `{name}`" not in page] == []

    def test_every_code_is_explained(self) -> None:
        """
        Those of errors, and those that stand beside a message anywhere in the sources.
        """
        page = read(DOCS / "reference" / "errors.md")
        folders = [ROOT / "platform/src", *(plugin / "src" for plugin in PLUGINS)]
        sources = "".join(read(path) for folder in folders for path in folder.rglob("*.py"))
        codes = set(re.findall(r"""Finding\(\s*code="([a-z-]+)\"""", sources))
        codes |= {error.code for error in _subclasses(MoharError)}

        assert len(codes) > 20
        assert [code for code in sorted(codes) if f"| `{code}` |" not in page] == []


def _subclasses(error: type[MoharError]) -> set[type[MoharError]]:
    return {each for below in error.__subclasses__() for each in {below, *_subclasses(below)}}


class TestPlugins:
    @pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
    def test_a_plugin_explains_everything_it_offers(self, plugin: Path) -> None:
        package = plugin / "src" / plugin.name.replace("-", "_") / "__init__.py"
        offers = re.findall(r"""Offer\(\s*"([a-z-]+)\"""", read(package))
        page = read(plugin / "README.md")

        assert [name for name in offers if f"`{name}`" not in page] == []


class TestDeployments:
    def test_each_of_them_is_introduced(self) -> None:
        page = read(ROOT / "config" / "README.md")
        names = [path.parent.name for path in committed("config/*/deployment.yaml")]

        assert names
        assert [name for name in names if f"[{name}]({name}/deployment.yaml)" not in page] == []


class TestDecisions:
    def test_they_are_numbered_without_a_gap(self) -> None:
        numbers = sorted(int(path.name[:4]) for path in DOCS.glob("adr/0*.md"))

        assert numbers == list(range(1, len(numbers) + 1))

    @pytest.mark.parametrize("path", sorted(DOCS.glob("adr/0*.md")), ids=lambda path: path.stem)
    def test_a_decision_says_what_it_costs(self, path: Path) -> None:
        """
        Context, options, choice and cost, on one page.
        """
        headings = re.findall(r"^## (.+)$", read(path), re.MULTILINE)

        assert headings == ["Context", "Options", "Choice", "Cost"]
        assert len(read(path).splitlines()) <= 60


class TestChangelog:
    def test_its_headings_are_those_that_people_know(self) -> None:
        """
        Keep a Changelog 1.1.0.
        """
        known = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        headings = re.findall(r"^### (.+)$", read(ROOT / "CHANGELOG.md"), re.MULTILINE)

        assert headings
        assert set(headings) <= known
