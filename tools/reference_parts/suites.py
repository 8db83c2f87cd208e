"""What published suites are called, what they are about, and what a run of the tests said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from reference_parts.prose import one_line, table

from mohar.testing.conformance import Told

_HEAD: Final = ("cases", "passed", "failed", "not applicable")

SUITES: Final[Mapping[str, tuple[str, str]]] = {
    "eu-dcc": (
        "EU Digital COVID Certificate",
        (
            "Certificates of the member states' test data and the published schema, as text, picture "
            "and document (HC1: CWT in COSE_Sign1, zlib, base45)."
        ),
    ),
    "ddcc": (
        "WHO DDCC",
        (
            "The core data set as HC1, the FHIR examples of the implementation guide, and fixtures of "
            "WHO's maps between formats."
        ),
    ),
    "shc": (
        "SMART Health Cards",
        (
            "Cards, files, codes, payloads, bundles and key lists of the specification and of the "
            "reference validator."
        ),
    ),
    "gdhcn": (
        "GDHCN trust lists",
        "Signed lists and participants' certificates of WHO's development network.",
    ),
    "data-integrity": (
        "W3C Data Integrity",
        (
            "Published proofs with every intermediate value, proofs made with a third party's tool, "
            "and forgeries of both."
        ),
    ),
    "vcdm1": ("W3C Verifiable Credentials 1.1", "The inputs of the test suite."),
    "vcdm2": ("W3C Verifiable Credentials 2.0", "The inputs of the test suite."),
    "rdf-canon": (
        "RDF Dataset Canonicalization (RDFC-1.0)",
        "Evaluations, maps of labels and graphs made to be slow.",
    ),
    "json-ld": ("JSON-LD 1.1", "A sample of the suite: expansion, RDF and compaction."),
    "cose": (
        "COSE",
        "The working group's examples: signed messages, among them claims sets (CWT), and others.",
    ),
    "base45": ("base45 (RFC 9285)", "Good and bad texts."),
    "jcs": ("JSON Canonicalization Scheme (RFC 8785)", "The published inputs and outputs."),
    "did": ("DID methods did:key and did:web", "Keys and addresses of the specifications."),
    "divoc": (
        "DIVOC",
        (
            "Credentials of India's production key and of the project's tools, forgeries of them, and "
            "the cases of its own tests."
        ),
    ),
}
_MADE_HERE: Final = "made here"
_MADE_FOR_TESTS: Final = (
    "Made for these tests, by one change to another case or with a third party's tool"
)


class Source(msgspec.Struct, frozen=True):
    """Where a case was published."""

    repo: str
    commit: str


class Case(msgspec.Struct, frozen=True):
    """One case as its list names it."""

    id: str
    group: str
    files: Sequence[str]
    source: Source
    derived: bool = False


class _Listed(msgspec.Struct, frozen=True):
    cases: Sequence[Case]


def cases(vectors: Path) -> Mapping[str, Sequence[Case]]:
    """Return the cases of every suite."""
    listed = {name: (vectors / name / "cases.json").read_bytes() for name in SUITES}
    return {name: msgspec.json.decode(text, type=_Listed).cases for name, text in listed.items()}


def not_run(listed: Mapping[str, Sequence[Case]], told: Iterable[Told]) -> Sequence[str]:
    """Return the cases of which no test said anything, and those that are in no list."""
    wanted = {f"{suite}: {case.id}" for suite, found in listed.items() for case in found}
    return sorted(wanted ^ {f"{each.suite}: {each.case}" for each in told})


def page(listed: Mapping[str, Sequence[Case]], told: Iterable[Told]) -> str:
    """Return the page: a table of all suites, then each with its groups and every exception."""
    by_suite: dict[str, dict[str, Told]] = {name: {} for name in SUITES}
    for each in told:
        by_suite[each.suite][each.case] = each
    rows = [
        (f"[{title}](#{_slug(title)})", *_counts(by_suite[name].values()))
        for name, (title, _) in SUITES.items()
    ]
    everything = [each for of_suite in by_suite.values() for each in of_suite.values()]
    rows.append(("**all**", *_counts(everything)))
    parts = [_section(name, listed[name], by_suite[name]) for name in SUITES]
    return f"{_INTRODUCTION}\n{table(('suite', *_HEAD), rows)}\n" + "\n".join(parts)


def _section(name: str, found: Sequence[Case], told: Mapping[str, Told]) -> str:
    title, about = SUITES[name]
    groups: dict[str, list[Told]] = {}
    for case in found:
        groups.setdefault(case.group, []).append(told[case.id])
    rows = [(group, *_counts(members)) for group, members in sorted(groups.items())]
    told_of = _exceptions("Failed", told, "failed")
    told_of += _exceptions("Not applicable", told, "not-applicable")
    of_groups = table(("group", *_HEAD), rows)
    return f"## {title}\n\n{about}\n{_origin(found)}\n\n{of_groups}\n{told_of}"


def _origin(found: Sequence[Case]) -> str:
    sources = {(each.source.repo, each.source.commit) for each in found}
    names = sorted(
        f"[{repo.removeprefix('github.com/')}](https://{repo}) at `{commit[:10]}`"
        for repo, commit in sources
        if not repo.startswith(_MADE_HERE)
    )
    made = sum(each.derived for each in found)
    return f"From {', '.join(names)}." + (f"\n{_MADE_FOR_TESTS}: {made}." if made else "")


def _exceptions(heading: str, told: Mapping[str, Told], outcome: str) -> str:
    reasons: dict[str, list[str]] = {}
    for name, each in sorted(told.items()):
        if each.outcome == outcome:
            reasons.setdefault(each.reason, []).append(f"`{name}`")
    lines = [f"- {one_line(reason)}: {', '.join(names)}" for reason, names in reasons.items()]
    return f"{heading}:\n\n" + "\n".join(lines) + "\n\n" if lines else ""


def _counts(told: Iterable[Told]) -> tuple[str, ...]:
    counted = Counter(each.outcome for each in told)
    numbers = (counted["passed"], counted["failed"], counted["not-applicable"])
    return tuple(str(number) if number else "" for number in (sum(numbers), *numbers))


def _slug(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


_INTRODUCTION: Final = """\
# Conformance

The tests of this project take up every case of these suites, which others published.
Here is what each came to.

- *Passed*: it came out as its makers say.
- *Failed*: it comes out otherwise, on purpose or not.
- *Not applicable*: it is about something that is not offered here.

Each case that did not pass stands below its table with the reason.

A case that is asked for several things counts as what came out worst.
The suites are no part of this repository: the tests read them from the folder that `MOHAR_VECTORS` names, and are skipped where it is not there.
"""
