"""A holder is told once that a certificate was issued anew, in whole houses, over a real gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mohar.access.bulk import Proposal
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.rotation import Wish, rotate
from mohar.domain.access import Actor
from mohar.domain.campaign import Selection
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.partner import Partner
from mohar.worker import Worker

ROOT = Path(__file__).parents[2]
ASHA = Actor(actor_id="asha", name="asha", scopes=frozenset({"*"}))
BALA = Actor(actor_id="bala", name="bala", scopes=frozenset({"approve"}))
KIND = "vaccination"
CONSOLE = "messengers:\n  - {name: sms, uses: console}\n"
GATEWAY = """messengers:
  - name: sms
    uses: http
    settings: {{url: "{url}/sms", json: {{to: "{{to}}", body: "{{text}}"}}}}
channels:
  - name: holders
    uses: notice
    kinds: [vaccination]
    events: [issued, corrected, reissued]
    settings:
      ways: [{{messenger: sms, to: recipient.mobile}}]
      texts: notices
      languages: [en]
      name: recipient.name
      link: https://cert.example.in
"""


@pytest.fixture
def folder(tmp_path: Path, partner: Partner) -> Path:
    """The India deployment without printing, whose holders are told by SMS."""
    folder = copy_deployment(ROOT, "india", tmp_path)
    generate_missing(folder)
    file = folder / "deployment.yaml"
    text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
    text = text.replace("plugins:\n", "plugins:\n  - messenger-http\n  - channel-notice\n", 1)
    head, _, rest = text.partition("    renderings:\n")
    text = head + rest[rest.index("verifying:") :]
    assert CONSOLE in text
    file.write_text(text.replace(CONSOLE, GATEWAY.format(url=partner.url)), encoding="utf-8")
    return folder


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with build_house(folder) as house:
        house.store.upgrade()
        yield house


def test_it_is_told_as_issued_anew_with_its_new_number(
    house: House, folder: Path, partner: Partner
) -> None:
    message = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:1]
    receipt = house.issue_now(ASHA, house.submit(ASHA, KIND, message))
    first = receipt.outcomes[0].credential_id or ""
    worker = Worker(house)
    worker.run_until_idle()
    rotate(folder, Wish())

    proposal = Proposal(action="reissue", reason="new key", kind=KIND, selection=Selection())
    kept = house.bulk.propose(ASHA, proposal)
    worker.run_until_idle()
    house.bulk.approve(BALA, kept.id)
    worker.run_until_idle()

    with house.store.read() as work:
        second = work.credentials.find([first])[first].superseded_by or ""
    told = [json.loads(each.body)["body"] for each in partner.calls("/sms")]
    what = "your COVID-19 vaccination certificate"
    assert [each.partition(": ")[2].partition(" See ")[0] for each in told] == [
        f"{what} no. ..{first[-4:]} is issued.",
        f"{what} is issued anew as no. ..{second[-4:]}, with the same content.",
    ]
    assert all("Pariksha" not in each for each in told)
