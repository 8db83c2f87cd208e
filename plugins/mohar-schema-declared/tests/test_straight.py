"""What is compiled from a type says nothing else than the closures that it stands in for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.credential import Issue
from mohar.domain.values import JsonObject, with_values
from mohar.domain.valueset import Entry, ValueSet
from mohar_schema_declared import DeclaredSchema
from mohar_schema_declared._check import Checker
from mohar_schema_declared._compose import object_plan
from mohar_schema_declared._convert import first_of
from mohar_schema_declared._frame import Frame, Kit, Unfit
from mohar_schema_declared._issue import seen_by_terms
from mohar_schema_declared._rules import RecordRule
from mohar_schema_declared._straight import straight_extract, straight_fill, straight_fits
from mohar_schema_declared._typefile import Extract, Term

OpenType = Callable[..., DeclaredSchema]
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
TYPES = [
    ("core-1", "domestic"),
    ("core-1", "international"),
    ("divoc-v1", ""),
    ("divoc-v2", ""),
    ("eu-dcc", ""),
    ("shc", ""),
    ("ddcc-vs", ""),
]
ODD = [
    None,
    "",
    " ",
    "x" * 200,
    "line\nbreak",
    "Zo\u00eb \u00c2 \u0085",
    "Male",
    "male ",
    "covishield",
    "COVI-SHIELD",
    "COVAXIN",
    "1980",
    "1980-05",
    "1980-05-02",
    "2021-02-30",
    "20210304",
    "2021-W01-1",
    "2021-03-03T18:30:00Z",
    "2021-03-03T18:30:00",
    "2999-01-01",
    "12",
    0,
    1,
    2,
    11,
    -1,
    2**60,
    1.5,
    True,
    [],
    ["a", 1],
    {},
    {"name": "a", "0": "b"},
]


def paths(tree: Any, before: str = "") -> Iterator[str]:
    for name, value in tree.items():
        yield f"{before}{name}"
        if isinstance(value, dict):
            yield from paths(value, f"{before}{name}.")


def changed(tree: JsonObject, changes: list[tuple[str, Any]]) -> JsonObject:
    for path, value in changes:
        try:
            tree = with_values(tree, {path: deepcopy(value)})
        except ValueError:
            continue
    return tree


def as_text(tree: JsonObject | None) -> bytes:
    """Return the tree as JSON: the order of its members counts, and 1 is not true."""
    return msgspec.json.encode(tree)


def values_by_closures(extracts: Any, kit: Kit, document: JsonObject) -> JsonObject:
    found = {}
    for extract in extracts:
        try:
            value = first_of(extract.sources(), kit)(Frame(document))
        except Unfit:
            continue
        if value is not None:
            found[extract.name] = value
    return found


@pytest.mark.parametrize(("version", "profile"), TYPES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_compiled_type_composes_checks_and_extracts_as_its_closures_do(
    version: str,
    profile: str,
    open_type: OpenType,
    content: JsonObject,
    make_issue: Callable[[str], Issue],
    data: st.DataObject,
) -> None:
    change = st.tuples(st.sampled_from(list(paths(content))), st.sampled_from(ODD))
    tree = changed(content, data.draw(st.lists(change, max_size=3)))
    schema, issue = open_type(version), seen_by_terms(make_issue(profile))
    plan, kit = schema._plan(profile), schema._kit
    frame, reference = Frame(tree, issue), Frame(tree, issue)
    document, expected = plan.straight(frame), plan.fill(reference)

    assert frame.findings == []
    if document is not None:
        assert ([], as_text(expected)) == (reference.findings, as_text(document))
    if plan.fits(frame):
        assert plan.checker.findings(Frame(tree, issue)) == []
    for extracts in (schema._type.facts, schema._type.shown):
        shown = straight_extract(extracts, kit)(Frame(expected or tree))
        assert as_text(values_by_closures(extracts, kit, expected or tree)) == as_text(shown)


@pytest.mark.parametrize(("version", "profile"), TYPES)
def test_a_usual_record_needs_no_closure(
    version: str,
    profile: str,
    open_type: OpenType,
    content: JsonObject,
    make_issue: Callable[[str], Issue],
) -> None:
    content["recipient"]["latin"] = {"family": "OBRIEN", "given": "ANAMIKA"}
    plan = open_type(version)._plan(profile)
    frame = Frame(content, seen_by_terms(make_issue(profile)))

    assert plan.fits(frame)
    assert plan.straight(frame) is not None


MEMBERS = """[
 {"term": "kind", "const": ["A", "B"]},
 {"term": "text", "cardinality": "required", "from": "a", "or": [{"from": "b", "with": ["text"]}]},
 {"term": "number", "datatype": "integer", "from": "n", "with": ["integer"], "default": 7},
 {"term": "none", "from": "c.0", "default": null},
 {"term": "short", "from": "c.text", "max_length": 3, "codes": ["a", "bb", "cccc"]},
 {"term": "code", "from": "c.code", "with": [{"use": "lookup", "set": "things", "take": "code"}]},
 {"term": "parts", "from": "c.code", "with": [{"use": "lookup", "set": "things", "take": "parts.1"}]},
 {"term": "word", "from": "c.word", "with": ["upper",
   {"use": "map", "values": [{"is": "YES", "to": "y"}, {"is": "No", "to": 0}], "other": "?"}]},
 {"term": "at", "datatype": "date", "from": "d", "with": ["local-date"], "repeated": true},
 {"term": "where", "datatype": "iri", "from": "issue.url", "with": [
   {"use": "join", "before": "x:", "after": [{"text": "#"}, {"from": "c.word"}, {"from": "n"}]}]},
 {"term": "inner", "datatype": "object", "members": [
   {"term": "type", "datatype": "type", "const": "T"},
   {"term": "must", "cardinality": "required", "from": "i.must"},
   {"term": "may", "datatype": "text-or-integer", "from": "i.may"},
   {"term": "deep", "datatype": "object", "members": [
     {"term": "deeper", "cardinality": "required", "from": "i.deep"}]},
   {"term": "sure", "datatype": "object", "cardinality": "required", "members": [
     {"term": "surely", "cardinality": "required", "from": "i.sure", "default": "s"}]}]},
 {"term": "list", "datatype": "object", "listed": true, "members": [
   {"term": "0", "cardinality": "required", "from": "l.first"},
   {"term": "1", "cardinality": "required", "from": "l.second"}]}
]"""
RULES = """[
 {"rule": "required", "path": "a", "or": ["b", "c.text"], "code": "a", "message": "a"},
 {"rule": "range", "path": "n", "min": 1, "max": 9, "code": "b", "message": "b"},
 {"rule": "range", "path": "n", "min": 1, "code": "c", "message": "c"},
 {"rule": "length", "path": "c.text", "min": 1, "max": 4, "code": "d", "message": "d"},
 {"rule": "length", "path": "c.text", "max": 2, "does": "warn", "code": "e", "message": "e"},
 {"rule": "in-set", "path": "c.code", "set": "things", "code": "f", "message": "f"},
 {"rule": "expression", "path": "n", "expression": "value > 0", "code": "g", "message": "g"}
]"""
THINGS = ValueSet(
    "things",
    "1",
    [Entry(code="one", name="The One", more={"parts": ["p", "q"]}), Entry(code="two", name="2nd")],
)
KIT = Kit(sets={"things": THINGS}, patterns={}, zone=ZoneInfo("Asia/Kolkata"), clock=lambda: NOW)
VALUES = st.sampled_from([*ODD, "one", "The One", "the-one", "2nd", "yes", "YES", "no", "a", "bb"])
NAMES = ["a", "b", "n", "d", "c.0", "c.text", "c.code", "c.word", "i.must", "i.may", "i.deep"]


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*NAMES, "i.sure", "l.first", "l.second", "c", "i"]), VALUES),
    VALUES,
)
def test_every_sort_of_member_and_rule_is_compiled_to_what_it_means(
    values: dict[str, Any], url: object
) -> None:
    members = msgspec.json.decode(MEMBERS, type=tuple[Term, ...])
    checks = msgspec.json.decode(RULES, type=tuple[RecordRule, ...])
    tree = changed({}, list(values.items()))
    frame, reference = Frame(tree, {"url": url}), Frame(tree, {"url": url})
    document = straight_fill(members, "", KIT)(frame)
    expected = object_plan(members, "", KIT, optional=False)(reference)

    assert frame.findings == []
    if document is not None:
        assert ([], as_text(expected)) == (reference.findings, as_text(document))
    if straight_fits(checks, "", KIT)(frame):
        assert Checker(checks, members, "", KIT).findings(reference) == []


def test_members_and_rules_of_every_sort_are_met_without_a_closure() -> None:
    members = msgspec.json.decode(MEMBERS, type=tuple[Term, ...])
    checks = msgspec.json.decode(RULES, type=tuple[RecordRule, ...])
    tree = {
        "b": 5,
        "n": 3,
        "d": "2021-03-03T20:30:00Z",
        "c": {"text": "bb", "code": "The One", "word": "yes"},
        "i": {"must": "m"},
        "l": {"first": "1", "second": "2"},
    }
    frame = Frame(tree, {"url": "u"})

    assert straight_fits(checks, "", KIT)(frame)
    assert straight_fill(members, "", KIT)(frame) == {
        "kind": ["A", "B"],
        "text": "5",
        "number": 3,
        "short": "bb",
        "code": "one",
        "parts": "q",
        "word": "y",
        "at": ["2021-03-04"],
        "where": "x:u#yes3",
        "inner": {"type": "T", "must": "m", "sure": {"surely": "s"}},
        "list": ["1", "2"],
    }


def test_no_text_of_a_type_file_becomes_code() -> None:
    name = '"] = print; raise SystemExit #'
    term = Term(term=name, from_=name, const=msgspec.UNSET)
    extract = Extract(name=name, from_="a", const=msgspec.UNSET)

    assert straight_fill([term], "", KIT)(Frame({name: "x"})) == {name: "x"}
    assert straight_extract([extract], KIT)(Frame({"a": "x"})) == {name: "x"}


def test_documents_share_no_list_with_each_other() -> None:
    members = msgspec.json.decode(MEMBERS, type=tuple[Term, ...])[:2]
    fill = straight_fill(members, "", KIT)
    first, second = fill(Frame({"a": "x"})), fill(Frame({"a": "x"}))
    assert first is not None
    assert second is not None
    first["kind"].append("C")

    assert second["kind"] == ["A", "B"]
