"""The India deployment with every door open that its folder describes, served in a process."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).resolve().parents[2]
MOHAR = Path(sys.executable).with_name("mohar")
PLUGINS = ("channel-apisetu", "channel-umang", "channel-digilocker")
STATUS = "    - {uses: declared, settings: {type: ../../schemas/vaccination/status-1/type.yaml}}\n"


class Served(msgspec.Struct, frozen=True):
    """A house that is served, the key of somebody who may do everything there, and its log."""

    url: str
    key: str
    digilocker: bytes
    umang: str
    log: Path

    def client(self) -> httpx.Client:
        """Return a caller with the key."""
        header = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=header, timeout=60)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Return a function that serves the deployment with its worker; `changed` is told its text."""
    with ExitStack() as stack:

        def served(changed: Callable[[str], str] = str, database: str | None = None) -> Served:
            folder = copy_deployment(ROOT, "india", tmp_path, database=database)
            file = folder / "deployment.yaml"
            file.write_text(changed(_with_doors(file.read_text(encoding="utf-8"))))
            generate_missing(folder)
            keys = {name: secrets.token_urlsafe(24) for name in ("digilocker", "umang")}
            for name, key in keys.items():
                (folder / "secrets" / f"{name}.key").write_text(key, encoding="utf-8")
                (folder / "secrets" / f"{name}.key").chmod(0o600)
            with open_store(folder) as store:
                store.upgrade()
                with store.begin() as work:
                    key, _ = work.api_keys.create("test", frozenset({"*"}))
            log = tmp_path / "server.log"
            url = stack.enter_context(_running(folder, log))
            return Served(url, key, keys["digilocker"].encode(), keys["umang"], log)

        yield served


@pytest.fixture(scope="session")
def records() -> list[dict[str, object]]:
    """The records of the samples that are issued, as they came."""
    samples = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")
    return [dict(each.content) for each in samples]


def _with_doors(text: str) -> str:
    """Take the marks away from the examples of doors."""
    named = "".join(f"  - {plugin}\n" for plugin in PLUGINS)
    text = text.replace("plugins:\n", f"plugins:\n{named}", 1)
    text = text.replace("  schemas:\n", f"  schemas:\n{STATUS}", 1)
    return re.sub(r"\n# doors:\n(?:#.*\n)+", lambda found: found[0].replace("\n# ", "\n"), text)


@contextmanager
def _running(folder: Path, log: Path) -> Iterator[str]:
    command = [MOHAR, "serve", "--deployment", folder, "--port", "0", "--with-worker"]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            yield _address(process.stdout)
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _address(said: Iterator[str]) -> str:
    lines = []
    for line in said:
        lines.append(line)
        if "serving" in line:
            return re.findall(r"http://\S+", line)[0]
    raise AssertionError("".join(lines))
