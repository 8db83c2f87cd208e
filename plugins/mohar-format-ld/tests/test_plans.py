"""A plan says what the careful path says, of any document, or it says nothing."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import pyoxigraph
import pytest
from pyld import jsonld

from mohar.domain.errors import MoharError, Unsupported
from mohar.testing.tools import tools_for
from mohar_format_ld import _plans
from mohar_format_ld._canonical import LEGACY, RDFC, RDFC_384, Dialect
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._fills import Fills
from mohar_format_ld._format import LdFormat, Settings
from mohar_format_ld._linked import Linked, LinkedData
from mohar_format_ld._plan import Plan
from mohar_format_ld._plans import Plans
from mohar_format_ld._probe import Described

ROOT: Final = Path(__file__).parents[3]
GOLDEN: Final = ROOT / "plugins/mohar-schema-declared/tests/golden"
TYPES: Final = {
    "core-1-domestic": RDFC,
    "core-1-international": RDFC,
    "divoc-v1": LEGACY,
    "divoc-v2": LEGACY,
}
HOSTILE: Final = [
    "",
    "a\nb",
    "tab\there",
    "\x00\x1f\x7f",
    'Anamika "Anu" O\'Brien',
    '" .\n_:c14n0 <urn:x> "',
    'x "y" z',
    "\\",
    "\\n",
    "\\u0041",
    "\ud83d",
    "अनामिका 😀",
    "مريم (\u200e1\u200f)",
    "\uff21",
    "\U0001f600",
    "\u2028\u0085\ufeff",
    "_:a",
    "_:z .",
    "{x}{{y}}",
    "urn:a:b",
    "name",
    "type",
    "cred:x",
    "xsd:date",
    "did:x y",
    "urn:x> <urn:y",
    "x" * 300,
]
ODD: Final[list[Any]] = [
    None,
    [],
    {},
    [None],
    [[]],
    [["a"]],
    1.5,
    7.0,
    True,
    False,
    0,
    -1,
    2**53 - 1,
    2**53,
    10**21,
    10**30,
    {"@value": "x"},
    {"@id": "urn:x"},
    {"id": "urn:example:thing"},
    {"id": "urn:example:thing", "name": "x"},
    {"name": "x"},
    ["a", "a"],
    ["a", "b"],
    [7, "7"],
    [True, 1],
]


class Reports:
    """Keeps what was counted and logged, as the house's telemetry would."""

    def __init__(self) -> None:
        self.counted: list[str] = []
        self.logged: list[str] = []

    def span(self, name: str, **attributes: str | int) -> Any:
        raise NotImplementedError

    def count(self, name: str, amount: int = 1, **attributes: str | int) -> None:
        self.counted += [f"{name} {sorted(attributes.items())}"] * amount

    def log(self, event: str, **fields: str | float) -> None:
        self.logged.append(f"{event} {sorted(fields.items())}")


class Bench:
    """The careful path and a plan for one bundled type."""

    def __init__(self, name: str, dialect: Dialect, *, recheck_one_in: int = 10**9) -> None:
        context = json.loads((GOLDEN / f"{name}.json").read_bytes())["@context"][1]
        version = name.removesuffix("-domestic").removesuffix("-international")
        self.contexts = Contexts({context: (GOLDEN / f"{version}.context.json").read_bytes()})
        self.dialect = dialect
        self.linked = LinkedData(self.contexts)
        self.reports: list[str] = []
        self.plans = Plans(
            self.linked,
            self.contexts,
            recheck_one_in=recheck_one_in,
            report=self.reports.append,
        )

    def learn(self, document: dict[str, Any]) -> Plan:
        for _ in range(2):
            self.plans.read(document, self.dialect, before_signing=True)
        [shelf] = self.plans._shelves.values()
        assert shelf.plan is not None
        return shelf.plan

    def careful(self, document: dict[str, Any], *, before_signing: bool) -> Linked | str:
        try:
            return self.linked.read(document, self.dialect, before_signing=before_signing)
        except MoharError as error:
            return str(error)


def golden(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_bytes())
    return document


def harmed(value: Any, chance: Random, harm: float) -> Any:
    """Return a JSON value with things done to it, here and there."""
    if chance.random() < harm / 4:
        return copy.deepcopy(chance.choice(ODD))
    match value:
        case dict():
            return harmed_node(value, chance, harm)
        case list():
            made_items = [harmed(each, chance, harm) for each in value]
            return doubled(made_items, chance, harm)
        case str() if chance.random() < harm * 2:
            changed = chance.choice([*HOSTILE, f"{value}{chance.choice(HOSTILE)}"])
            return [changed, value] if chance.random() < harm else changed
        case str() | int() if chance.random() < harm:
            return doubled([value, f"{value} too"], chance, harm)
        case _:
            return value


def harmed_node(node: dict[str, Any], chance: Random, harm: float) -> dict[str, Any]:
    kept = [key for key in node if chance.random() > harm]
    chance.shuffle(kept)
    made = {
        key: node[key] if key == "@context" else harmed(node[key], chance, harm) for key in kept
    }
    return {**made, **extra(chance, harm)}


def doubled(items: list[Any], chance: Random, harm: float) -> list[Any]:
    if items and chance.random() < harm:
        twin = copy.deepcopy(chance.choice(items))
        if isinstance(twin, dict) and chance.random() < 0.7:
            twin["id"] = f"urn:example:{chance.random()}"
        return [*items, twin]
    return items


def extra(chance: Random, harm: float) -> dict[str, Any]:
    if chance.random() > harm:
        return {}
    name = chance.choice(["id", "name", "colour", "@id", "type", "description", "evidence", ""])
    return {name: copy.deepcopy(chance.choice([*ODD, *HOSTILE, "urn:example:a"]))}


def documents(name: str, count: int, seed: int) -> Iterator[dict[str, Any]]:
    chance = Random(seed)  # noqa: S311 -- variety is wanted, not secrecy
    whole = golden(name)
    for _ in range(count):
        yield harmed_node(whole, chance, chance.choice([0.0, 0.01, 0.03, 0.1]))


def compared(name: str, count: int, seed: int) -> Counter[str]:
    """Take documents both ways, before signing and when reading, and count how it came out."""
    bench = Bench(name, TYPES[name])
    plan = bench.learn(golden(name))
    outcomes: Counter[str] = Counter()
    for number, document in enumerate(documents(name, count, seed)):
        before_signing = number % 2 == 0
        quick = _plans._planned(plan, document, None, before_signing=before_signing)
        careful = bench.careful(document, before_signing=before_signing)
        if quick is None:
            outcomes["left to the careful path"] += 1
        elif isinstance(careful, Linked) and (careful.nquads, careful.problems) == (quick, ()):
            outcomes["the same"] += 1
        else:
            outcomes["different"] += 1
    return outcomes


class TestAgainstTheCarefulPath:
    @pytest.mark.parametrize("name", TYPES)
    def test_five_hundred_documents_at_random_differ_in_none(self, name: str):
        outcomes = compared(name, 500, seed=1)

        assert outcomes["different"] == 0
        assert outcomes["the same"] > 100
        assert outcomes["left to the careful path"] > 50

    @pytest.mark.long
    @pytest.mark.parametrize("name", TYPES)
    def test_ten_thousand_documents_at_random_differ_in_none(self, name: str):
        outcomes = compared(name, 10_000, seed=2)

        assert outcomes["different"] == 0
        assert outcomes["the same"] > 2_000

    @pytest.mark.parametrize("name", TYPES)
    def test_so_do_fills_of_the_learnt_outline(self, name: str):
        """
        Fills come from what was learnt, so that more of them reach the plan.
        """
        bench = Bench(name, TYPES[name])
        plan = bench.learn(golden(name))

        differing = [
            document
            for document in Fills(plan.described, golden(name)["@context"], seed=3).hostile(100)
            if (quick := _plans._planned(plan, document, None, before_signing=False)) is not None
            and quick != bench.linked.read(document, TYPES[name], before_signing=False).nquads
        ]

        assert differing == []

    def test_what_a_plan_says_is_what_other_implementations_say(self):
        """
        PyLD makes the RDF, pyoxigraph the canonical form, for SHA-256 and for SHA-384.
        """
        algorithms = [
            (RDFC, pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0),
            (RDFC_384, pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0_SHA_384),
        ]
        for dialect, algorithm in algorithms:
            bench = Bench("core-1-domestic", dialect)
            plan = bench.learn(golden("core-1-domestic"))
            covered = 0
            for document in documents("core-1-domestic", 80, seed=4):
                quick = _plans._planned(plan, document, None, before_signing=False)
                if quick is not None:
                    covered += 1

                    assert independent(document, bench.contexts, algorithm) == quick
            assert covered > 20


def independent(
    document: dict[str, Any], contexts: Contexts, algorithm: pyoxigraph.CanonicalizationAlgorithm
) -> str:
    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.get(url)}

    options = {"format": "application/n-quads", "documentLoader": load}
    lines = jsonld.to_rdf(copy.deepcopy(document), options)
    dataset = pyoxigraph.Dataset(
        pyoxigraph.parse(lines.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    )
    dataset.canonicalize(algorithm)
    written = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert written is not None
    return "".join(sorted(line + "\n" for line in written.decode().split("\n") if line))


class TestLearning:
    def test_documents_of_ours_are_learnt_at_once_and_a_strangers_when_more_come(self):
        name = "core-1-domestic"
        ours, strangers = Bench(name, RDFC), Bench(name, RDFC)

        for _ in range(2):
            ours.plans.read(golden(name), RDFC, before_signing=True)
            strangers.plans.read(golden(name), RDFC, before_signing=False)

        assert [shelf.plan is not None for shelf in ours.plans._shelves.values()] == [True]
        assert [shelf.plan is not None for shelf in strangers.plans._shelves.values()] == [False]

    def test_a_plan_grows_with_the_members_it_meets(self):
        name = "core-1-domestic"
        bench = Bench(name, RDFC)
        whole = golden(name)
        bench.learn({key: value for key, value in whole.items() if key != "credentialStatus"})
        for _ in range(4):
            bench.plans.read(whole, RDFC, before_signing=True)
        [shelf] = bench.plans._shelves.values()
        assert shelf.plan is not None

        quick = shelf.plan.nquads(whole, is_plain=False)

        assert quick == bench.linked.read(whole, RDFC, before_signing=True).nquads

    def test_no_more_plans_are_kept_than_told(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(_plans, "_MOST_PLANS", 2)
        bench = Bench("core-1-domestic", RDFC)
        for dialect in (RDFC, LEGACY, RDFC_384):
            bench.dialect = dialect
            bench.plans.read(golden("core-1-domestic"), dialect, before_signing=True)

        assert len(bench.plans._shelves) == 2

    @pytest.mark.parametrize(
        "change",
        [
            {"labels": {"en": "x"}},
            {"steps": ["a", "b"]},
            {"raw": {"a": [1]}},
            {"weight": "5"},
            {"weight": 5},
            {"sections": {"a": "x"}},
            {"role": "Membership"},
            {"role": "urn:example:role"},
            {"issuer": "did:web:example.org"},
            {"member": {"friend": ["urn:a:b", {"id": "urn:a:c"}]}},
            {"member": {"friend": {"id": "urn:a:c"}}},
        ],
        ids=str,
    )
    def test_what_depends_on_more_than_its_place_is_never_got_wrong(
        self,
        membership: dict[str, Any],
        documents: dict[str, bytes],
        change: dict[str, Any],
    ):
        contexts = Contexts(documents)
        linked = LinkedData(contexts)
        plans = Plans(linked, contexts, recheck_one_in=10**9, report=pytest.fail)
        document = {**membership, **change}
        others = [
            {**document, **dict.fromkeys(change, other)}
            for other in ("6.10", "Membership", 7, True, ["x", "y"], "urn:a:b", {"en": "y"})
        ]
        for each in [document] * 4:
            answer(plans, each)

        for each in [document, *others]:
            assert answer(plans, each) == answer(linked, each)

    def test_a_context_that_is_not_pinned_is_unsupported_as_before(self):
        bench = Bench("core-1-domestic", RDFC)
        document = {**golden("core-1-domestic"), "@context": ["https://example.org/none"]}

        with pytest.raises(Unsupported, match="not pinned"):
            bench.plans.read(document, RDFC, before_signing=True)


def answer(reader: LinkedData | Plans, document: dict[str, Any]) -> object:
    try:
        linked = reader.read(document, RDFC, before_signing=True)
    except MoharError as error:
        return str(error)
    return linked.nquads, linked.problems


def misnamed(described: Described) -> Described:
    """Return what was learnt with one predicate wrong."""
    members = dict(described.members)
    members["<https://example.org/wrong>"] = members.pop(next(iter(members)))
    return msgspec.structs.replace(described, members=members)


class TestWrongPlans:
    def test_a_wrong_plan_is_found_by_the_sample_and_ended(self):
        name = "core-1-domestic"
        bench = Bench(name, RDFC, recheck_one_in=3)
        plan = bench.learn(golden(name))
        [shelf] = bench.plans._shelves.values()
        context = golden(name)["@context"]
        shelf.plan = Plan(
            plan.outline, misnamed(plan.described), context, terms=frozenset(), dialect=RDFC
        )
        right = bench.linked.read(golden(name), RDFC, before_signing=True)

        answers = [bench.plans.read(golden(name), RDFC, before_signing=True) for _ in range(8)]

        assert [each == right for each in answers] == [False, False, *[True] * 6]
        assert bench.reports == ["rdfc"]
        assert shelf.plan is None
        assert bench.plans._closed == {shelf.key}

    def test_one_that_covers_what_the_careful_path_refuses_is_ended_too(self):
        name = "core-1-domestic"
        bench = Bench(name, RDFC, recheck_one_in=1)
        bench.learn(golden(name))
        [shelf] = bench.plans._shelves.values()
        assert shelf.plan is not None
        shelf.plan._escaping = shelf.plan._plain = covering_anything

        linked = bench.plans.read({**golden(name), "colour": "red"}, RDFC, before_signing=True)

        assert [problem.code for problem in linked.problems] == ["ld-undefined-term"]
        assert shelf.plan is None

    def test_a_plan_that_is_wrong_when_made_is_never_used(self, monkeypatch: pytest.MonkeyPatch):
        learn = _plans.learn
        monkeypatch.setattr(_plans, "learn", lambda *given: misnamed(learn(*given)))
        bench = Bench("core-1-domestic", RDFC)
        for _ in range(4):
            bench.plans.read(golden("core-1-domestic"), RDFC, before_signing=True)

        assert [shelf.plan for shelf in bench.plans._shelves.values()] == [None]
        assert bench.reports == ["rdfc"]

    def test_the_house_hears_of_it(self, tmp_path: Path):
        reports = Reports()
        tools = msgspec.structs.replace(tools_for(tmp_path), telemetry=reports)
        form = LdFormat.open_from(Settings(), tools)

        form._plans._report("rdfc")

        told = "canonical.plan.disabled [('format', 'ld'), ('profile', 'rdfc')]"
        assert (reports.counted, reports.logged) == ([told], [told])


def covering_anything(document: dict[str, Any], link: str, nodes: list[Any]) -> str:
    del document
    nodes.append(("<urn:s>", ['<urn:p> "x" .\n'], [], link))
    return "<urn:s>"
