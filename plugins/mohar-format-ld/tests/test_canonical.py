"""Canonical RDF: RDFC-1.0 as another implementation has it, and the legacy dialect's own facts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar_format_ld._canonical import LEGACY, RDFC, Dialect, Quad, TooTangled, canonical

RDF_CANON = "https://www.w3.org/ns/rdf-canon"
XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"

blanks = st.sampled_from([f"_:n{number}" for number in range(6)])
iris = st.sampled_from(["<urn:a>", "<urn:b>"])
literals = st.text(max_size=6).map(RDFC.literal)
quads = st.lists(
    st.tuples(blanks | iris, iris, blanks | iris | literals, st.just("") | blanks | iris),
    max_size=14,
)


def oracle(lines: str) -> str:
    """Canonicalise N-Quads with pyoxigraph, an implementation in Rust."""
    dataset = pyoxigraph.Dataset(
        pyoxigraph.parse(lines.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    )
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    written = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert written is not None
    return "".join(sorted(line + "\n" for line in written.decode().split("\n") if line))


def term(value: object) -> str:
    match value:
        case pyoxigraph.NamedNode():
            return f"<{value.value}>"
        case pyoxigraph.BlankNode():
            return f"_:{value.value}"
        case pyoxigraph.Literal():
            text = RDFC.literal(value.value)
            if value.language:
                return f"{text}@{value.language}"
            same = value.datatype.value == XSD_STRING
            return text if same else f"{text}^^<{value.datatype.value}>"
        case _:
            return ""


def read(data: bytes) -> list[Quad]:
    parsed = pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_QUADS)
    return [
        (term(each.subject), term(each.predicate), term(each.object), term(each.graph_name))
        for each in parsed
    ]


class TestRdfc:
    def test_the_w3c_cases_come_out_byte_for_byte(self, vectors: Path):
        folder = vectors / "rdf-canon"
        listed = json.loads((folder / "cases.json").read_bytes())["cases"]
        evaluated = 0
        for case in listed:
            expect = case["expect"]
            if expect["type"] != "rdfc:RDFC10EvalTest" or expect["hashAlgorithm"] != "SHA256":
                continue
            given_file, wanted = (folder / name for name in case["files"])
            if expect["computationalComplexity"] == "high":
                continue
            evaluated += 1

            assert wanted.read_text() == canonical(read(given_file.read_bytes()), RDFC), case["id"]
        assert evaluated > 30

    @pytest.mark.parametrize(
        "name",
        ["rdfc10-NegativeEvalTest-high/test074-in.nq"],
    )
    def test_a_graph_made_to_be_slow_is_refused_quickly(self, vectors: Path, name: str):
        dataset = read((vectors / "rdf-canon" / name).read_bytes())
        began = time.monotonic()

        with pytest.raises(TooTangled):
            canonical(dataset, RDFC)

        assert time.monotonic() - began < 5

    @settings(max_examples=150, deadline=None)
    @given(quads)
    def test_any_small_dataset_comes_out_as_in_another_implementation(self, dataset: list[Quad]):
        lines = "".join(" ".join(part for part in (*quad, ".\n") if part) for quad in dataset)

        assert oracle(lines) == canonical(dataset, RDFC)

    @settings(max_examples=40, deadline=None)
    @given(quads, st.randoms(use_true_random=False))
    def test_neither_order_nor_names_of_blank_nodes_matter(
        self, dataset: list[Quad], chance: object
    ):
        renamed = [
            tuple(
                part.replace("_:n", "_:other") if part.startswith("_:") else part for part in quad
            )
            for quad in dataset
        ]
        chance.shuffle(renamed)  # type: ignore[attr-defined]  # hypothesis gives a Random

        assert canonical(dataset, RDFC) == canonical(renamed, RDFC)  # type: ignore[arg-type]  # four parts each


class TestDialects:
    @pytest.mark.parametrize(
        ("text", "rdfc", "legacy"),
        [
            ('"', '"\\""', '"\\""'),
            ("\\", '"\\\\"', '"\\\\"'),
            ("\n\r", '"\\n\\r"', '"\\n\\r"'),
            ("\t", '"\\t"', '"\t"'),
            ("\b\f", '"\\b\\f"', '"\b\f"'),
            ("\x7f", '"\\u007F"', '"\x7f"'),
            ("\x00\x1f", '"\\u0000\\u001F"', '"\x00\x1f"'),
            ("é मी 😀", '"é मी 😀"', '"é मी 😀"'),
        ],
    )
    def test_the_legacy_stack_escapes_four_characters(self, text: str, rdfc: str, legacy: str):
        assert RDFC.literal(text) == rdfc
        assert LEGACY.literal(text) == legacy

    @pytest.mark.parametrize(
        ("dialect", "first"), [(RDFC, "\uff21"), (LEGACY, "\U0001f600")], ids=["rdfc", "legacy"]
    )
    def test_the_legacy_stack_sorts_by_utf16_code_units(self, dialect: Dialect, first: str):
        values = ["\uff21", "\U0001f600"]

        lines = canonical(
            [("<urn:a>", "<urn:p>", dialect.literal(value), "") for value in values], dialect
        )

        assert lines.startswith(f'<urn:a> <urn:p> "{first}"')

    def test_the_order_reaches_the_labels_of_blank_nodes(self):
        """A node is hashed as its sorted lines, so the same two nodes can change places."""
        nodes = {"_:x": ["\uff21", "\U0001f600"], "_:y": ["11"]}

        def labelled(dialect: Dialect) -> str:
            told = [
                (node, "<urn:p>", dialect.literal(value), "")
                for node, values in nodes.items()
                for value in values
            ]
            return canonical(told, dialect)

        told = {line.split()[0] for line in labelled(RDFC).splitlines() if "\uff21" in line}
        legacy = {line.split()[0] for line in labelled(LEGACY).splitlines() if "\uff21" in line}

        assert told != legacy
