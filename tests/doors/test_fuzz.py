"""
Whatever is sent to any operation of the India deployment, the answer is one that is described.

`MOHAR_FUZZ_SECONDS` says for how long it is tried; `make fuzz` tries ten minutes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = int(os.environ.get("MOHAR_FUZZ_SECONDS", "60"))
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
KIND = "/v1/kinds/vaccination"


def test_every_answer_to_anything_is_described_and_none_is_a_fault(
    serve: Callable[..., Any], records: list[dict[str, Any]], tmp_path: Path
) -> None:
    served = serve()
    number, tracking = _something_there(served, records[0])
    parameters = {
        "path.kind": "vaccination",
        "path.name": number,
        "path.credential_id": number,
        "path.tracking": tracking,
        "path.code": records[0]["preEnrollmentCode"],
    }
    lines = "".join(f'"{name}" = "{value}"\n' for name, value in parameters.items())
    config = tmp_path / "schemathesis.toml"
    config.write_text(f"[parameters]\n{lines}", encoding="utf-8")

    done = subprocess.run(
        [
            *(SCHEMATHESIS, "--config-file", config, "run", f"{served.url}/openapi.json"),
            *("-H", f"Authorization: Bearer {served.key}", "-H", f"x-api-key: {served.umang}"),
            *("--max-time", str(SECONDS), "--workers", "1", "--request-timeout", "30"),
            *("--checks", "not_a_server_error,status_code_conformance"),
            # Whether enough could be made up for an operation says nothing of the house.
            *("--suppress-health-check", "all", "--no-color", "--warnings", "off"),
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


def _something_there(served: Any, record: dict[str, Any]) -> tuple[str, str]:
    """Issue a credential and open a request, so that what is made up meets something that is there."""
    with served.client() as client:
        sent = client.post(f"{KIND}/records?wait=issued", json=record)
        number: str = sent.json()["outcomes"][0]["credential_id"]
        wish = {"type": "wrong-name", "reason": "misspelt", "credential_id": number}
        wish |= {"changes": {"recipient.name": "Bina"}, "evidence": {"photo-id": "seen"}}
        asked = client.post(f"{KIND}/requests", json=wish)
        tracking: str = asked.json()["tracking"]
    return number, tracking
