"""A messenger that keeps its letters in a file, for houses whose holders get codes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from mohar.testing.throwaway import throwaway_plugin

_FILE: Final = "letters.txt"
_WAIT_SECONDS: Final = 10.0
# Each letter is a line: to whom, and the text.
_PLUGIN: Final = f"""
from mohar.domain.delivery import DeliveryResult
from mohar.plugin import Offer, hookimpl
import msgspec

class Settings(msgspec.Struct, frozen=True):
    pass

class Letters:
    carries = "sms"

    def __init__(self, file):
        self._file = file

    def send(self, messages):
        with self._file.open("a") as file:
            for each in messages:
                file.write(f"{{each.to}} {{each.text}}\\n")
        return [DeliveryResult(state="delivered") for _ in messages]

@hookimpl
def mohar_register_messengers(offers):
    offers.add(Offer("letters", "keeps them", Settings,
        lambda settings, tools: Letters(tools.files.root / "{_FILE}")))
"""
_TEXTS: Final = """
language: en
name: English
labels: {code-subject: Code, code-message: "code {code} for {minutes} minutes"}
"""


def install_letters(folder: Path, name: str) -> None:
    """Write the messenger `letters` as a throw-away plugin of this name."""
    throwaway_plugin(folder, name, _PLUGIN)


def write_texts(deployment: Path, folder: str) -> None:
    """Write what codes say into a folder of a deployment, in one language and few words."""
    (deployment / folder).mkdir()
    (deployment / folder / "en.yaml").write_text(_TEXTS, encoding="utf-8")


def last_code(deployment: Path, to: str) -> str:
    """
    Return the code of the last letter to a contact; it is sent behind the answer.

    Raises:
        TimeoutError: no letter came.
    """
    file, until = deployment / _FILE, time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
        for line in reversed(lines):
            if line.startswith(f"{to} code ") and line.endswith("\n"):
                return line.split()[2]
        time.sleep(0.02)
    raise TimeoutError("no letter came")
