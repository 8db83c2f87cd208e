"""The demo: records in, signed credentials out, printed, read back from the page and verified."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store, silent_telemetry
from mohar.assembly.verifier import open_verifier
from mohar.cli.options import OPERATOR
from mohar.domain.credential import BodyOutcome, Outcome, Secured
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition
from mohar.rendering.drawing import Option
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.verifying.verify import Presented

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "config" / "india" / "samples" / "records.jsonl"
DEPLOYMENTS = ("india", "india-divoc")
LANGUAGES = ("en", "hi")
# Such a page is as much as expected as one that verifies.
NOT_MEANT = "not meant for this credential"


class Labels(msgspec.Struct, frozen=True):
    """What the sample says should become of a record."""

    expect: str
    group: str


class Printed(msgspec.Struct, frozen=True):
    """One page or picture, and what the verifier said of the code on it."""

    body: str
    path: str
    verdict: str

    @property
    def form(self) -> str:
        """Return what the code was read from, as in `PDF`."""
        return self.path.rpartition(".")[2].upper()


def main() -> int:
    """Run the demo for every deployment; 0 when everything came out as the samples expect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "demo")
    out = parser.parse_args().out.resolve()
    for name in ("config", "schemas", "languages", *DEPLOYMENTS):
        shutil.rmtree(out / name, ignore_errors=True)
    wrong = [name for name in DEPLOYMENTS if not run(name, out)]
    tell_next(out)
    return 1 if wrong else 0


def run(name: str, out: Path) -> bool:
    """Issue, print and verify with one deployment; say whether all came out as expected."""
    print(f"{name}: issuing, printing and verifying …", flush=True)
    folder = copy_deployment(ROOT, name, out)
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    labels = [msgspec.json.decode(line, type=Labels) for line in SAMPLES.read_bytes().splitlines()]
    with build_house(folder, telemetry=silent_telemetry()) as house:
        started = time.perf_counter()
        outcomes = issue(house)
        issued_in = time.perf_counter() - started
        documents = sum(body.issued for outcome in outcomes for body in outcome.bodies)
    started = time.perf_counter()
    printed = print_and_verify(folder, outcomes, out / name)
    if name == DEPLOYMENTS[0]:
        printed += print_languages(folder, outcomes, out / "languages")
    printed_in = time.perf_counter() - started
    as_expected = tell(name, labels, outcomes, printed)
    print(f"  {documents} documents signed in {issued_in:.1f} s ({documents / issued_in:.0f}/s)")
    print(f"  {len(printed)} printed and verified in {printed_in:.1f} s, in {out / name}")
    return as_expected


def issue(house: House) -> list[Outcome]:
    """Submit the samples and issue them."""
    (kind,) = house.plans
    receipt = house.submit(OPERATOR, kind, sample_messages(SAMPLES))
    receipt = house.issue_now(OPERATOR, receipt)
    return list(receipt.outcomes)


def print_and_verify(folder: Path, outcomes: Sequence[Outcome], out: Path) -> list[Printed]:
    """Print every issued body and verify each print, on all cores."""
    out.mkdir(parents=True)
    numbers = [each.credential_id for each in outcomes if each.credential_id is not None]
    workers = os.cpu_count() or 1
    shares = [share for share in (numbers[at::workers] for at in range(workers)) if share]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        answers = pool.map(partial(print_share, folder, out), shares)
        return [printed for answer in answers for printed in answer]


def print_share(folder: Path, out: Path, numbers: Sequence[str]) -> list[Printed]:
    """Print some credentials, every second one in Hindi, and verify what came out."""
    refused: list[Printed] = []
    pages: list[tuple[str, Path]] = []
    with build_house(folder, telemetry=silent_telemetry()) as house:
        for at, number in enumerate(numbers):
            for secured in house.access.bodies(OPERATOR, number):
                for option, drawn in drawings(house, secured, LANGUAGES[at % len(LANGUAGES)]):
                    path = out / f"{number}.{secured.body}.{option.name}.{option.suffix}"
                    if isinstance(drawn, Rendition):
                        path.write_bytes(drawn.content)
                        pages.append((secured.body, path))
                    else:
                        refused.append(not_printed(house, secured, path, drawn))
    return [*refused, *verified(folder, pages)]


def print_languages(folder: Path, outcomes: Sequence[Outcome], out: Path) -> list[Printed]:
    """Print one certificate in every language that there are words in, and verify each print."""
    out.mkdir(parents=True)
    number = next(each.credential_id for each in outcomes if each.credential_id is not None)
    with build_house(folder, telemetry=silent_telemetry()) as house:
        secured = house.access.bodies(OPERATOR, number)[0]
        options = house.drawing.options(secured.kind)
        languages = next(option.languages for option in options if option.suffix == "pdf")
    workers = os.cpu_count() or 1
    shares = [share for share in (languages[at::workers] for at in range(workers)) if share]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        answers = pool.map(partial(print_in_languages, folder, out, number), shares)
        return [printed for answer in answers for printed in answer]


def print_in_languages(
    folder: Path, out: Path, number: str, languages: Sequence[str]
) -> list[Printed]:
    """Print one credential in some languages, each a file named after its language."""
    pages: list[tuple[str, Path]] = []
    refused: list[Printed] = []
    with build_house(folder, telemetry=silent_telemetry()) as house:
        secured = house.access.bodies(OPERATOR, number)[0]
        for language in languages:
            (_, drawn), *_ = drawings(house, secured, language)
            path = out / f"{language}.pdf"
            if isinstance(drawn, Rendition):
                path.write_bytes(drawn.content)
                pages.append((secured.body, path))
            else:
                refused.append(not_printed(house, secured, path, drawn))
    return [*refused, *verified(folder, pages)]


def drawings(
    house: House, secured: Secured, language: str
) -> Sequence[tuple[Option, Rendition | Refusal]]:
    """Return the pages of a body, or its code alone where the deployment prints no page of it."""
    draw = partial(house.access.drawings, OPERATOR, secured, language=language)
    return draw(suffix="pdf") or draw(suffix="png")


def not_printed(house: House, secured: Secured, path: Path, refusal: Refusal) -> Printed:
    """Return what is told of a page that was refused."""
    codes = {finding.code for finding in refusal.findings}
    told = NOT_MEANT if codes <= required(house) else f"not printed: {', '.join(sorted(codes))}"
    return Printed(secured.body, path.name, told)


def required(house: House) -> set[str]:
    """Return the reasons for which the deployment itself says that a page is not for somebody."""
    renderings = [each for kind in house.deployment.credentials for each in kind.renderings]
    return {need["code"] for each in renderings for need in each.settings.get("requires", ())}


def verified(folder: Path, pages: Sequence[tuple[str, Path]]) -> list[Printed]:
    """Read the code off every page that was written, and verify it without a network."""
    with open_verifier(folder) as verifier:
        inputs = [Presented(name=path.name, data=path.read_bytes()) for _, path in pages]
        verdicts = verifier.verify(inputs)
    return [
        Printed(body, path.name, verdict.verdict)
        for (body, path), verdict in zip(pages, verdicts, strict=True)
    ]


def tell(
    name: str, labels: Sequence[Labels], outcomes: Sequence[Outcome], printed: Sequence[Printed]
) -> bool:
    """Print the table of groups and what was verified; say whether all is as expected."""
    print(f"\n{name}")
    rows: dict[str, Counter[str]] = {}
    surprises = []
    for label, outcome in zip(labels, outcomes, strict=True):
        came = became(outcome)
        rows.setdefault(label.group, Counter())[came] += 1
        if not fits(name, label.expect, came):
            surprises.append(f"record {outcome.position + 1}: {came}, expected {label.expect}")
    width = max(len(group) for group in rows)
    for group, counted in rows.items():
        told = ", ".join(f"{number} {state}" for state, number in counted.items())
        print(f"  {group:<{width}}  {told}")
    tell_bodies(outcomes, printed)
    expected = {"valid", NOT_MEANT}
    surprises += [
        f"{each.path}: {each.verdict}" for each in printed if each.verdict not in expected
    ]
    for surprise in surprises:
        print(f"  NOT AS EXPECTED  {surprise}", file=sys.stderr)
    return not surprises


def tell_bodies(outcomes: Sequence[Outcome], printed: Sequence[Printed]) -> None:
    """Print of each body how often it was issued, why not, and what its codes were found to be."""
    told = [outcome for outcome in outcomes if outcome.state in {"issued", "known"}]
    names = list(dict.fromkeys(body.name for outcome in told for body in outcome.bodies))
    width = max(len(name) for name in names)
    for name in names:
        bodies = [body for outcome in told for body in outcome.bodies if body.name == name]
        issued = sum(body.issued for body in bodies)
        codes = Counter(why(body) for body in bodies if not body.issued)
        refused = "".join(f", {number} refused: {code}" for code, number in codes.most_common())
        print(f"  body {name:<{width}}  {issued} issued{refused}")
        read = Counter((each.form, each.verdict) for each in printed if each.body == name)
        for (form, verdict), number in sorted(read.items()):
            what = form if verdict == NOT_MEANT else f"QR codes read back from {form}"
            print(f"       {'':<{width}}  {number} {what}: {verdict}")


def why(body: BodyOutcome) -> str:
    """Return the codes of what speaks against a body."""
    return " + ".join(dict.fromkeys(each.code for each in body.findings if each.is_error))


def became(outcome: Outcome) -> str:
    """Return `issued`, `partly` (an optional body was refused) or what else became of a record."""
    if outcome.state in {"issued", "known"} and not all(body.issued for body in outcome.bodies):
        return "partly"
    return outcome.state


def fits(name: str, expected: str, came: str) -> bool:
    """Where a deployment has one body only, nothing can be issued in part."""
    return came == expected or (name != "india" and expected == "partly" and came == "issued")


def tell_next(out: Path) -> None:
    """Say what to try next."""
    folder = os.path.relpath(out / "config" / "india")
    first = next((os.path.relpath(path) for path in sorted((out / "india").glob("*.pdf"))), "FILE")
    print("\nTry next:")
    print("  make serve")
    print(f"  .venv/bin/mohar verify --deployment {folder} {first}")


if __name__ == "__main__":
    sys.exit(main())
