"""Whoever takes the marks away from the examples of India's deployment has a house that opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.house import build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.testing.deployments import copy_deployment

ROOT = Path(__file__).resolve().parents[2]
STATUS = "    - {uses: declared, settings: {type: ../../schemas/vaccination/status-1/type.yaml}}\n"
CONSOLE = "  - {name: sms, uses: console}\n"


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that takes the marks from a list, names plugins, and makes the secrets."""

    def made(name: str, plugins: str) -> Path:
        folder = copy_deployment(ROOT, "india", tmp_path)
        file = folder / "deployment.yaml"
        text = unmarked(file.read_text(encoding="utf-8"), name)
        named = "".join(f"  - {each}\n" for each in plugins.split())
        text = text.replace("plugins:\n", f"plugins:\n{named}", 1)
        file.write_text(text.replace("  schemas:\n", f"  schemas:\n{STATUS}", 1), encoding="utf-8")
        generate_missing(folder)
        for each in re.findall(r"file: (secrets/[\w.-]+)", text):
            secret = folder / each
            if not secret.exists():
                secret.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", encoding="utf-8")
                secret.chmod(0o600)
        with open_store(folder) as store:
            store.upgrade()
        return folder

    return made


def unmarked(text: str, name: str) -> str:
    """Take the marks from every line of a list; the line that prints texts gives way."""
    parts = re.findall(rf"\n(?:# )?{name}:\n(?:(?:#|  ).*\n)+", text)
    assert len(parts) == 1
    lines = [line.removeprefix("# ") for line in parts[0].splitlines(keepends=True)]
    return text.replace(parts[0], "".join(lines).replace(CONSOLE, ""))


@pytest.mark.parametrize(
    ("name", "plugins", "there"),
    [
        ("messengers", "messenger-http", ["sms"]),
        (
            "doors",
            "channel-apisetu channel-umang channel-digilocker",
            ["apisetu", "umang", "digilocker"],
        ),
        (
            "channels",
            "channel-cowin-ack channel-webhook channel-notice channel-digilocker",
            ["cowin", "cowin-requests", "holders", "digilocker"],
        ),
    ],
)
def test_a_whole_list_opens(
    opened: Callable[[str, str], Path], name: str, plugins: str, there: list[str]
) -> None:
    with build_house(opened(name, plugins)) as house:
        listed = getattr(house.deployment, name)

    assert [each.name for each in listed] == there
