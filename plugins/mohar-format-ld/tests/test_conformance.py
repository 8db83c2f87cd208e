"""Every case of the third-party vectors comes out as its makers say, or its reason stands here."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyoxigraph
import pytest
from pyld import jsonld

from mohar.codec import did, jcs, multibase, signatures
from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import MoharError
from mohar.domain.findings import Refusal
from mohar.testing.conformance import Conformance
from mohar.testing.tools import NOON
from mohar_format_ld import _canonical, _model
from mohar_format_ld._canonical import RDFC, RDFC_384, Quad, TooTangled, canonical
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._digests import Digests
from mohar_format_ld._format import LdFormat, Settings
from mohar_format_ld._linked import LinkedData
from mohar_format_ld._plans import Plans
from mohar_format_ld._suites import Jcs, suite_name, suites

# What does not apply, and why. Nothing that fails is hidden here.
OPEN: Final = "the suite leaves the answer open"
NOT_APPLICABLE: Final[Mapping[str, str]] = {
    "ecdsa-sd-2023-employ": "selective disclosure is not offered",
    "example-016-jwt-jwt": "a JWT, which is another format",
    "presentation-self-asserted-vc-holder-mismatch": OPEN,
    "presentation-self-asserted-vc-no-holder": OPEN,
}
NOT_THERE: Final = "a context that it names is not among the vectors"
JSON_LD_NOT_APPLICABLE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("expand-tso06", "expand-tso07", "expand-tso09", "expand-tso13"), NOT_THERE),
    **dict.fromkeys(("toRdf-te126", "toRdf-tso05", "toRdf-tso11", "toRdf-tso13"), NOT_THERE),
}
# Where PyLD differs from the suite, and what keeps us from its mistake.
JSON_LD_DIFFERENT: Final[Mapping[str, str]] = {
    "toRdf-tli12": "PyLD writes an IRI with < and >; `_rdf` refuses it",
    "toRdf-twf05": "PyLD writes a language tag that is none; `_rdf` refuses it",
    "toRdf-te111": "PyLD keeps a property whose IRI has two #; such a context is not pinned",
}
# Its context (https://w3id.org/citizenship/v4rc1) is not among the vectors.
WITHOUT_CONTEXTS: Final = frozenset({"ecdsa-rdfc-2019-p384-employment"})
TOO_MUCH_WORK: Final = dict.fromkeys(
    ("test044c", "test046c"),
    "a graph made to be slow: the specification allows a limit on work, and it is beyond ours",
)
# Right by the data model, but not signed here: contexts are named by their URL and pinned.
WRITTEN_OUT: Final = "ld-inline-context"
WHY_WRITTEN_OUT: Final = (
    "judged right, and not signed: its context is written out in the document, and contexts are "
    "named by their URL and pinned here"
)
UNMAPPED: Final = dict.fromkeys(
    ("example-013", "example-7"),
    "judged right, and not signed: the suite looks at the JSON alone, and no context maps a type",
)
# A base direction leaves no trace in RDF, so that only canonical JSON can sign it.
DIRECTIONS: Final = "language-direction"


def cases(vectors: Path, name: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((vectors / name / "cases.json").read_bytes())["cases"]
    return [case for case in listed if case["id"] not in NOT_APPLICABLE]


def test_what_does_not_apply_is_among_the_cases(vectors: Path, mohar_conformance: Conformance):
    found = []
    for suite in ("data-integrity", "vcdm1", "vcdm2"):
        for case in json.loads((vectors / suite / "cases.json").read_bytes())["cases"]:
            if case["id"] in NOT_APPLICABLE:
                found.append(case["id"])
                mohar_conformance.not_applicable(suite, case["id"], NOT_APPLICABLE[case["id"]])

    assert sorted(found) == sorted(NOT_APPLICABLE)


def read(vectors: Path, name: str, case: dict[str, Any], at: int = 0) -> Any:
    return json.loads((vectors / name / case["files"][at]).read_bytes())


class TestDataIntegrity:
    def test_each_signed_document_verifies_or_not_as_told(
        self, vectors: Path, form: LdFormat, mohar_conformance: Conformance
    ):
        judged = 0
        for case in cases(vectors, "data-integrity"):
            if "verified" not in case["expect"]:
                continue
            judged += 1
            data = (vectors / "data-integrity" / case["files"][0]).read_bytes()

            assert case["expect"]["verified"] is passes(form, data), case["id"]
            mohar_conformance.passed("data-integrity", case["id"])
        assert judged == 30

    def test_each_published_step_is_retraced_byte_for_byte(
        self,
        vectors: Path,
        published: dict[str, bytes],
        form: LdFormat,
        mohar_conformance: Conformance,
    ):
        retraced = 0
        for case in cases(vectors, "data-integrity"):
            files = {Path(name).name: vectors / "data-integrity" / name for name in case["files"]}
            steps = Steps(files)
            if not steps.are_told or case["id"] in WITHOUT_CONTEXTS:
                continue
            retraced += 1
            wanted, made = steps.wanted(), steps.made(Contexts(published))

            assert wanted == made, case["id"]
            assert passes(form, steps.signed.read_bytes()), case["id"]
            mohar_conformance.passed("data-integrity", case["id"])
        assert retraced == 4

    def test_where_a_context_is_lacking_the_published_rdf_leads_to_the_published_proof(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        [case] = [
            each for each in cases(vectors, "data-integrity") if each["id"] in WITHOUT_CONTEXTS
        ]
        files = {Path(name).name: vectors / "data-integrity" / name for name in case["files"]}
        *texts, document, proof, both = Steps(files).wanted()
        signed = json.loads(Steps(files).signed.read_bytes())
        key = did.from_did_key(signed["proof"]["verificationMethod"])
        made = [canonical(quads(text.encode()), RDFC_384) for text in texts]

        assert texts == made
        assert [RDFC_384.hash(text.encode()).hexdigest() for text in made] == [document, proof]
        assert both == proof + document
        assert signatures.verify(
            key, multibase.decode(signed["proof"]["proofValue"]), bytes.fromhex(both)
        )
        mohar_conformance.passed("data-integrity", case["id"])

    def test_both_proofs_of_the_set_verify(
        self, vectors: Path, form: LdFormat, mohar_conformance: Conformance
    ):
        [case] = [each for each in cases(vectors, "data-integrity") if each["id"] == "proof-set"]
        for name in case["files"][-2:]:
            assert passes(form, (vectors / "data-integrity" / name).read_bytes()), name
        mohar_conformance.passed("data-integrity", case["id"])


class Steps:
    """The files in which a specification tells each step of a proof."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    @property
    def are_told(self) -> bool:
        return any(name.startswith("combinedHash") for name in self._files)

    @property
    def signed(self) -> Path:
        return self._named("signed")

    def wanted(self) -> list[str]:
        names = ("canonDoc", "proofCanon", "docHash", "proofHash", "combinedHash")
        texts = [self._named(name).read_text() for name in names]
        return [texts[0], texts[1], *(text.strip() for text in texts[2:])]

    def made(self, contexts: Contexts) -> list[str]:
        signed = json.loads(self.signed.read_bytes())
        algorithm = did.from_did_key(signed["proof"]["verificationMethod"]).algorithm
        [suite] = [
            each
            for each in suites()
            if each.name == suite_name(signed["proof"]) and each.algorithm == algorithm
        ]
        document = {name: value for name, value in signed.items() if name != "proof"}
        config = json.loads(self._named("proofConfig").read_bytes())
        linked = LinkedData(contexts)
        plans = Plans(linked, contexts, recheck_one_in=1, report=pytest.fail)
        digests = Digests(plans, contexts)
        canonical_texts, hashes = [], []
        for each in (document, config):
            digest, problems = digests.of(each, suite.dialect, before_signing=False)
            assert not problems
            hashes.append(digest.hex())
            if isinstance(suite.dialect, Jcs):
                canonical_texts.append(jcs_text(each))
            else:
                linked_form = linked.read(each, suite.dialect, before_signing=False)
                canonical_texts.append(linked_form.nquads)
        return [*canonical_texts, *hashes, hashes[1] + hashes[0]]

    def _named(self, start: str) -> Path:
        return next(path for name, path in self._files.items() if name.startswith(start))


def jcs_text(document: Any) -> str:
    return jcs.canonical(document).decode()


def passes(form: LdFormat, data: bytes) -> bool:
    """Say whether a verifier that trusts every did:key would believe a document."""
    try:
        opened = form.open(data)
        keys = [did.from_did_key(proof.key_id) for proof in opened.proofs]
    except MoharError:
        return False
    is_safe = not any(check.outcome == "failed" for check in opened.checks)
    return is_safe and all(form.verify(opened, at, key) for at, key in enumerate(keys))


class TestRdfCanon:
    def test_each_evaluation_comes_out_byte_for_byte(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        evaluated = 0
        for case, given, dialect in rdf_cases(vectors, "rdfc:RDFC10EvalTest"):
            if case["id"] in TOO_MUCH_WORK:
                with pytest.raises(TooTangled):
                    canonical(given, dialect)
                mohar_conformance.failed("rdf-canon", case["id"], TOO_MUCH_WORK[case["id"]])
                continue
            evaluated += 1
            wanted = (vectors / "rdf-canon" / case["files"][1]).read_text()

            assert wanted == canonical(given, dialect), case["id"]
            mohar_conformance.passed("rdf-canon", case["id"])
        assert evaluated == 37

    def test_each_map_of_labels_comes_out_as_told(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        mapped = 0
        for case, given, dialect in rdf_cases(vectors, "rdfc:RDFC10MapTest"):
            mapped += 1
            labelling = _canonical._Labelling(given, dialect)
            labelling.text()
            found = {name[2:]: label[2:] for name, label in labelling._canonical.items()}

            assert read(vectors, "rdf-canon", case, 1) == found, case["id"]
            mohar_conformance.passed("rdf-canon", case["id"])
        assert mapped == 13

    def test_each_poison_is_refused(self, vectors: Path, mohar_conformance: Conformance):
        for case, given, dialect in rdf_cases(vectors, "rdfc:RDFC10NegativeEvalTest"):
            with pytest.raises(TooTangled):
                canonical(given, dialect)
            mohar_conformance.passed("rdf-canon", case["id"])


def rdf_cases(vectors: Path, kind: str) -> Iterator[tuple[dict[str, Any], list[Quad], Any]]:
    for case in cases(vectors, "rdf-canon"):
        if case["expect"]["type"] == kind:
            data = (vectors / "rdf-canon" / case["files"][0]).read_bytes()
            dialect = RDFC_384 if case["expect"]["hashAlgorithm"] == "SHA384" else RDFC
            yield case, quads(data), dialect


def quads(data: bytes) -> list[Quad]:
    parsed = pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_QUADS)
    return [
        (term(each.subject), term(each.predicate), term(each.object), term(each.graph_name))
        for each in parsed
    ]


def term(value: Any) -> str:
    match value:
        case pyoxigraph.NamedNode():
            return f"<{value.value}>"
        case pyoxigraph.BlankNode():
            return f"_:{value.value}"
        case pyoxigraph.Literal():
            text = RDFC.literal(value.value)
            if value.language:
                return f"{text}@{value.language}"
            is_text = value.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
            return text if is_text else f"{text}^^<{value.datatype.value}>"
        case _:
            return ""


@pytest.fixture(scope="session")
def examples(vectors: Path, published: dict[str, bytes]) -> Contexts:
    folder = vectors / "contexts/shared"
    older = (folder / "www_w3_org_2018_credentials_examples_v1.jsonld").read_bytes()
    return Contexts(
        {
            **published,
            "https://www.w3.org/2018/credentials/examples/v1": older,
            # The older examples ask for this one and use none of its terms.
            "https://www.w3.org/ns/odrl.jsonld": b'{"@context": {}}',
        }
    )


class TestDataModel1:
    def test_each_credential_is_right_or_wrong_as_told(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        for case in cases(vectors, "vcdm1"):
            document = read(vectors, "vcdm1", case)

            assert case["expect"]["accept"] is (not _model.problems(document)), case["id"]
            mohar_conformance.passed("vcdm1", case["id"])

    def test_what_is_right_can_be_signed_without_its_proof(
        self,
        vectors: Path,
        examples: Contexts,
        rsa_signer: Any,
        mohar_conformance: Conformance,
    ):
        """
        Presentations are for wallets to sign, and are only judged above.
        """
        form = LdFormat(Settings(suite="RsaSignature2018"), examples)
        signed: dict[str, bool] = {}
        for case in cases(vectors, "vcdm1"):
            document = read(vectors, "vcdm1", case)
            document.pop("proof", None)
            if not case["expect"]["accept"] or "VerifiablePresentation" in document["type"]:
                continue
            [answer] = form.prepare([as_credential(document)], rsa_signer.key, NOON)
            signed[case["id"]] = isinstance(answer, Prepared)

        refused = {name for name, is_signed in signed.items() if not is_signed}
        assert refused == UNMAPPED.keys()
        mohar_conformance.all_passed("vcdm1", refused, but=UNMAPPED)
        assert len(signed) == 10


class TestDataModel2:
    def test_each_document_is_right_or_wrong_as_told(
        self,
        vectors: Path,
        examples: Contexts,
        ed_signer: Any,
        mohar_conformance: Conformance,
    ):
        """
        A wrong credential is refused at the latest when it is to be signed.

        Some rules are about what contexts map, and are those of safe mode.
        """
        judged = 0
        for case in cases(vectors, "vcdm2"):
            judged += 1
            document = with_real_values(read(vectors, "vcdm2", case), case)
            problems = _model.problems(document)

            if case["expect"]["accept"]:
                assert list(problems) == [], case["id"]
            elif "VerifiablePresentation" in document["type"]:
                assert problems, case["id"]
            else:
                assert problems or isinstance(answer(document, examples, ed_signer), Refusal)
            mohar_conformance.passed("vcdm2", case["id"])
        assert judged == 71

    def test_what_is_right_is_signed_unless_its_contexts_are_written_out(
        self,
        vectors: Path,
        examples: Contexts,
        ed_signer: Any,
        mohar_conformance: Conformance,
    ):
        refused = []
        for case in cases(vectors, "vcdm2"):
            document = with_real_values(read(vectors, "vcdm2", case), case)
            if not case["expect"]["accept"] or "VerifiablePresentation" in document["type"]:
                continue
            document.pop("proof", None)
            found = answer(document, examples, ed_signer, as_json=DIRECTIONS in case["id"])
            if isinstance(found, Refusal):
                assert [finding.code for finding in found.findings] == [WRITTEN_OUT], case["id"]
                assert any(isinstance(context, dict) for context in document["@context"])
                refused.append(case["id"])

        assert refused == [
            "credential-evidence-ok",
            "credential-proof-ok",
            "credential-refresh-type-ok",
            "credential-schema-type-ok",
            "credential-status-missing-id-ok",
            "credential-termsofuse-id-ok",
            "credential-termsofuses-ok",
        ]
        for name in refused:
            mohar_conformance.failed("vcdm2", name, WHY_WRITTEN_OUT)


def answer(
    document: dict[str, Any], contexts: Contexts, signer: Any, *, as_json: bool = False
) -> Prepared | Refusal:
    settings = Settings(suite="eddsa-jcs-2022" if as_json else "eddsa-rdfc-2022")
    [made] = LdFormat(settings, contexts).prepare([as_credential(document)], signer.key, NOON)
    return made


def with_real_values(document: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Return a document as the suite sends it: its issuer filled in, and times for their names."""
    made = copy.deepcopy(document)
    times = {"FUTURE DATE": "2099-01-01T00:00:00Z", "PAST DATE": "2020-01-01T00:00:00Z"}
    for name in ("validFrom", "validUntil"):
        if name in made:
            made[name] = times.get(made[name], made[name])
    issuer = made.get("issuer")
    if "VerifiableCredential" in made["type"] and "no-issuer" not in case["id"]:
        if issuer is None:
            made["issuer"] = "did:example:issuer"
        elif isinstance(issuer, dict) and "id" not in issuer:
            made["issuer"] = {"id": "did:example:issuer", **issuer}
    return made


def as_credential(document: dict[str, Any]) -> Credential:
    return Credential(
        kind="any",
        body="main",
        credential_id="00000000001",
        revision=1,
        schema="any/1",
        issued_at=NOON,
        document=document,
    )


class TestJsonLd:
    """
    Expansion is PyLD's, and what W3C's suite says of it is asked again here.

    So an update that changes an answer is seen. Nothing of ours compacts; it is asked all the same.
    """

    @pytest.mark.filterwarnings("ignore:values beginning with:SyntaxWarning")
    def test_each_case_comes_out_as_told(self, vectors: Path, mohar_conformance: Conformance):
        wrong = []
        for case in cases(vectors, "json-ld"):
            if case["id"] in JSON_LD_NOT_APPLICABLE:
                with pytest.raises(jsonld.JsonLdError) as failed:
                    came_out(vectors / "json-ld", case)
                assert "loading remote context failed" in codes(failed.value), case["id"]
                reason = JSON_LD_NOT_APPLICABLE[case["id"]]
                mohar_conformance.not_applicable("json-ld", case["id"], reason)
                continue
            try:
                is_right = came_out(vectors / "json-ld", case)
            except jsonld.JsonLdError as error:
                is_right = case["expect"]["expectErrorCode"] in codes(error)
            if not is_right:
                wrong.append(case["id"])
            mohar_conformance.all_passed("json-ld", [case["id"]], but=JSON_LD_DIFFERENT)

        assert sorted(wrong) == sorted(JSON_LD_DIFFERENT)


def came_out(folder: Path, case: dict[str, Any]) -> bool:
    expect, group = case["expect"], case["group"]
    given = json.loads((folder / case["files"][0]).read_bytes())
    options = {"base": expect["base"], **expect["option"], "documentLoader": no_network}
    if group.startswith("toRdf"):
        options["format"] = "application/n-quads"
        made = jsonld.to_rdf(given, options)
        if len(case["files"]) == 1:
            return expect["expectErrorCode"] is None
        return same_rdf((folder / case["files"][1]).read_text(), made)
    if group.startswith("compact"):
        context = json.loads((folder / case["files"][-1]).read_bytes())
        tree = jsonld.compact(given, context, options)
    else:
        tree = jsonld.expand(given, options)
    if expect["expectErrorCode"]:
        return False
    return same_json(json.loads((folder / case["files"][1]).read_bytes()), tree)


def no_network(url: str, _options: object) -> Any:
    raise jsonld.JsonLdError(f"{url} is not here", "jsonld.LoadDocumentError")


def codes(error: BaseException) -> set[str]:
    """Return the codes of an error and of all that led to it."""
    found, cause = set(), error
    while cause is not None:
        found.add(getattr(cause, "code", None) or "")
        cause = cause.__cause__ or getattr(cause, "cause", None)  # type: ignore[assignment]  # PyLD's own
    return found


def same_rdf(wanted: str, made: str) -> bool:
    options = {"inputFormat": "application/n-quads", "format": "application/n-quads"}
    return bool(jsonld.normalize(wanted, options) == jsonld.normalize(made, options))


def same_json(wanted: Any, made: Any) -> bool:
    """Lists of values are sets in JSON-LD."""
    match wanted, made:
        case dict(), dict():
            return wanted.keys() == made.keys() and all(
                same_json(wanted[key], made[key])
                if key != "@list"
                else len(wanted[key]) == len(made[key])
                and all(map(same_json, wanted[key], made[key]))
                for key in wanted
            )
        case list(), list():
            left = list(made)
            for each in wanted:
                match_at = next((at for at, x in enumerate(left) if same_json(each, x)), None)
                if match_at is None:
                    return False
                del left[match_at]
            return not left
        case _:
            return type(wanted) is type(made) and bool(wanted == made)
