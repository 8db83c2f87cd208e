import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
Run = Callable[..., Any]
Deployed = Callable[..., Path]


class TestCheck:
    def test_golden_all_mistakes_of_a_deployment_are_told_at_once(
        self, mohar: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Each with file, line, column, excerpt, caret and, where one is near, the name that was meant.
        """
        monkeypatch.chdir(GOLDEN)
        ran = mohar("config", "check", "broken")
        if os.environ.get("MOHAR_WRITE_VECTORS"):
            (GOLDEN / "broken.txt").write_text(ran.err, encoding="utf-8")

        assert (ran.status, ran.out) == (1, "")
        assert (GOLDEN / "broken.txt").read_text(encoding="utf-8") == ran.err

    @pytest.mark.parametrize("name", ["india", "india-divoc", "minimal", "verifier"])
    def test_what_we_ship_holds_no_mistake(self, mohar: Run, name: str) -> None:
        """
        No key, no secret and no database is needed to say so.
        """
        ran = mohar("config", "check", ROOT / "config" / name)

        assert ran.status == 0
        assert f"config/{name}: no mistakes" in ran.out

    def test_risks_are_shown_and_counted(self, mohar: Run) -> None:
        ran = mohar("config", "check", ROOT / "config" / "india")

        *risks, last = ran.out.splitlines()

        assert all(line.startswith("risk ") for line in risks)
        assert last.endswith(f"no mistakes, {len(risks)} risks")

    def test_a_finding_of_the_whole_is_a_mistake_too(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed("minimal", keys=False)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8").replace(
            "environment: demo", "environment: production"
        )
        file.write_text(
            text.replace('https://seeds.example"', 'http://seeds.example"'), encoding="utf-8"
        )

        ran = mohar("config", "check", folder)

        assert ran.status == 1
        assert "error domain-not-https: " in ran.out
        assert ran.out.endswith(": 1 mistake\n")

    def test_who_prints_nothing_does_not_wait_for_what_prints(self, deployed: Deployed) -> None:
        """
        WeasyPrint and openpyxl take longer to import than the look at the deployment takes.
        """
        code = (
            "import sys\nfrom mohar.cli.main import main\n"
            "assert main(['config', 'check', sys.argv[1]]) == 0\n"
            "print(*sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)"
        )
        folder = deployed(printed=True, keys=False)
        ran = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
        )

        imported = set(ran.stderr.split())
        assert "mohar_renderer_pdf" in imported
        assert not imported & {"weasyprint", "fontTools", "openpyxl"}


class TestShow:
    def test_defaults_are_filled_in(self, mohar: Run) -> None:
        ran = mohar("config", "show", ROOT / "config" / "minimal")

        shown = YAML(typ="safe").load(ran.out)

        assert ran.status == 0
        assert shown["web"] == {
            "host": "127.0.0.1",
            "port": 8000,
            "max_body_bytes": 5_000_000,
            "max_file_bytes": 50_000_000,
            "body_seconds": 60.0,
            "processes": 1,
            "proxies": ["127.0.0.1", "::1"],
        }
        assert shown["issuing"]["batch"] == 500

    def test_no_secret_is_in_it(
        self, mohar: Run, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = deployed("minimal")
        monkeypatch.setenv("MOHAR_PEPPER", "a pepper that nobody may see")
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        url = "postgresql://seeds:hunter2@db.example/seeds"
        file.write_text(text.replace("sqlite:///minimal.db", url), encoding="utf-8")

        ran = mohar("config", "show", folder)

        assert "hunter2" not in ran.out
        assert "nobody may see" not in ran.out
        assert "MOHAR_PEPPER" in ran.out
        assert (folder / "keys" / "registry-2026.pem").read_text() not in ran.out


class TestSchema:
    def test_what_we_ship_fits_the_json_schema(self, mohar: Run) -> None:
        ran = mohar("config", "schema")
        schema = json.loads(ran.out)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)

        for file in sorted(ROOT.glob("config/*/deployment.yaml")):
            validator.validate(YAML(typ="safe").load(file.read_text(encoding="utf-8")))

    def test_a_mistake_does_not_fit_it(self, mohar: Run) -> None:
        validator = jsonschema.Draft202012Validator(json.loads(mohar("config", "schema").out))
        broken = YAML(typ="safe").load((ROOT / "config/minimal/deployment.yaml").read_text())
        broken["signers"][0]["setings"] = broken["signers"][0].pop("settings")

        assert not validator.is_valid(broken)
