"""
Whatever is sent to any operation of the India deployment, the answer is one that is described.

`MOHAR_FUZZ_SECONDS` says for how long it is tried; `make fuzz` tries ten minutes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).resolve().parents[2]
SECONDS = int(os.environ.get("MOHAR_FUZZ_SECONDS", "60"))
MOHAR = Path(sys.executable).with_name("mohar")
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
KIND = "/v1/kinds/vaccination"


class Served(msgspec.Struct, frozen=True):
    """A house that is served, and the header of somebody who may do everything there."""

    url: str
    header: str
    log: Path

    def client(self) -> httpx.Client:
        """Return a caller with the key."""
        return httpx.Client(base_url=self.url, headers=[tuple(self.header.split(": "))], timeout=30)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The India deployment with its worker, in processes of its own."""
    folder = copy_deployment(ROOT, "india", tmp_path)
    generate_missing(folder)
    with open_store(folder) as store, store.begin() as work:
        key, _ = work.api_keys.create("fuzz", frozenset({"*"}))
    log = tmp_path / "server.log"
    with _running(folder, log) as url:
        yield Served(url, f"Authorization: Bearer {key}", log)


def test_every_answer_to_anything_is_described_and_none_is_a_fault(
    served: Served, tmp_path: Path
) -> None:
    number, tracking = _something_there(served)
    parameters = {
        "path.kind": "vaccination",
        "path.name": number,
        "path.credential_id": number,
        "path.tracking": tracking,
    }
    lines = "".join(f'"{name}" = "{value}"\n' for name, value in parameters.items())
    config = tmp_path / "schemathesis.toml"
    config.write_text(f"[parameters]\n{lines}", encoding="utf-8")

    done = subprocess.run(
        [
            *(SCHEMATHESIS, "--config-file", config, "run", f"{served.url}/openapi.json"),
            *("-H", served.header, "--max-time", str(SECONDS), "--workers", "2"),
            *("--checks", "not_a_server_error,status_code_conformance"),
            *("--request-timeout", "30", "--no-color", "--warnings", "off"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 120,
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "web.fault" not in served.log.read_text(encoding="utf-8")
    assert int(re.findall(r"(\d+) generated", done.stdout)[0]) > 10 * SECONDS


def _something_there(served: Served) -> tuple[str, str]:
    """Issue a credential and open a request, so that what is made up meets something that is there."""
    record = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[0]
    with served.client() as client:
        sent = client.post(f"{KIND}/records?wait=issued", json=record.content)
        number: str = sent.json()["outcomes"][0]["credential_id"]
        wish = {"type": "wrong-name", "reason": "misspelt", "credential_id": number}
        wish |= {"changes": {"recipient.name": "Bina"}, "evidence": {"photo-id": "seen"}}
        asked = client.post(f"{KIND}/requests", json=wish)
        tracking: str = asked.json()["tracking"]
    return number, tracking


@contextmanager
def _running(folder: Path, log: Path) -> Iterator[str]:
    command = [MOHAR, "serve", "--deployment", folder, "--port", "0", "--with-worker"]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            told = next(line for line in process.stdout if "serving" in line)
            yield re.findall(r"http://\S+", told)[0]
        finally:
            process.terminate()
            process.communicate(timeout=30)
