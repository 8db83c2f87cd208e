import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from mohar.cli.main import COMMANDS, parser

Run = Callable[..., Any]
Install = Callable[..., str]

GREETS = '''
from mohar.plugin import hookimpl

def greet(arguments):
    """Greet everybody named."""
    print("hello", *arguments)
    return 3

@hookimpl
def mohar_register_commands(commands):
    commands.add("greet", greet)
'''


class TestHelp:
    def test_every_command_is_listed_with_what_it_does(self, mohar: Run) -> None:
        ran = mohar("--help")

        assert ran.status == 0
        assert all(name in ran.out and summary in ran.out for name, summary in COMMANDS.items())
        assert "mohar PLUGIN --help" in ran.out

    def test_it_is_quick_since_nothing_is_imported_for_it(self) -> None:
        """
        Neither a plugin, nor a room, nor a library beyond the standard one.
        """
        code = (
            "import sys\nfrom mohar.cli.main import main\n"
            "try:\n    main(['--help'])\nfinally:\n"
            "    print(*sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        imported = set(ran.stderr.split())

        assert not {name for name in imported if name.startswith("mohar_")}
        assert not imported & {"litestar", "sqlalchemy", "pluggy", "cryptography", "alembic"}

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command_tells_its_arguments(self, mohar: Run, command: str) -> None:
        ran = mohar(command, "--help")

        assert ran.status == 0
        assert ran.out.startswith(f"usage: mohar {command}")

    def test_the_whole_parser_knows_every_command(self) -> None:
        """
        The reference in the docs is made from it.
        """
        assert parser().parse_args(["db", "check", "."]).run is not None

    def test_a_misspelt_command_is_asked_after(self, mohar: Run) -> None:
        ran = mohar("isue", "x.json")

        assert ran.status == 2
        assert ran.err == 'mohar: there is no command and no plugin "isue": did you mean "issue"?\n'

    def test_without_a_command_the_usage_is_told(self, mohar: Run) -> None:
        ran = mohar()

        assert ran.status == 2
        assert "usage: mohar" in ran.err


class TestPluginCommands:
    """`mohar_register_commands`: reached under the plugin's name."""

    def test_a_command_gets_its_arguments_and_gives_the_status(
        self, mohar: Run, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("polite", GREETS)

        ran = mohar("polite", "greet", "Asha", "--loud")

        assert (ran.status, ran.out) == (3, "hello Asha --loud\n")

    @pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
    def test_what_a_plugin_adds_is_listed(
        self, mohar: Run, mohar_throwaway: Install, arguments: list[str]
    ) -> None:
        mohar_throwaway("polite", GREETS)

        ran = mohar("polite", *arguments)

        assert (ran.status, ran.out) == (0, "mohar polite greet  Greet everybody named.\n")

    def test_a_misspelt_one_is_asked_after(self, mohar: Run, mohar_throwaway: Install) -> None:
        mohar_throwaway("polite", GREETS)

        ran = mohar("polite", "great")

        assert ran.status == 2
        assert 'the plugin polite has no command "great": did you mean "greet"?' in ran.err

    def test_a_plugin_without_commands_says_so(self, mohar: Run) -> None:
        ran = mohar("trust-static")

        assert (ran.status, ran.out) == (0, "the plugin trust-static adds no commands\n")

    def test_one_that_cannot_be_loaded_is_told(self, mohar: Run, mohar_throwaway: Install) -> None:
        mohar_throwaway("clumsy", "1 / 0")

        ran = mohar("clumsy", "greet")

        assert ran.status == 2
        assert 'mohar: plugin "clumsy": its import failed with ZeroDivisionError' in ran.err

    def test_no_plugin_can_take_the_name_of_a_command(
        self, mohar: Run, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("db", "1 / 0")

        assert mohar("db", "--help").out.startswith("usage: mohar db")

    def test_the_sample_records_are_made_by_a_plugin(self, mohar: Run) -> None:
        ran = mohar("source-cowin", "samples", "--count", "3", "--seed", "7")

        assert ran.status == 0
        assert len(ran.out.splitlines()) == 3


class TestPlugins:
    def test_list_marks_what_a_deployment_enables(
        self, mohar: Run, mohar_throwaway: Install, tmp_path: Any
    ) -> None:
        mohar_throwaway("bystander", "raise RuntimeError('imported')")
        (tmp_path / "deployment.yaml").write_text(
            "mohar: 1\nname: x\ncountry: XZ\nenvironment: demo\ntime_zone: Etc/UTC\n"
            'authority: {name: T, id: "did:web:t.example"}\n'
            'domains: {public: "https://t.example", contexts: "https://t.example/c"}\n'
            "plugins: [format-ld, format-lb]\n"
        )

        ran = mohar("plugins", "list", "--deployment", tmp_path)
        marks = {line.split()[1]: line.split()[0] for line in ran.out.splitlines()}

        assert ran.status == 0
        assert marks["format-ld"] == "enabled"
        assert marks["bystander"] == "installed"
        assert marks["format-lb"] == "missing"
        assert 'did you mean "format-ld"?' in ran.out

    def test_check_tells_offers_routes_and_commands(self, mohar: Run) -> None:
        ran = mohar("plugins", "check", "source-cowin")

        assert ran.status == 0
        assert "  sources: cowin-certify – " in ran.out
        assert "  route: POST /divoc/api/v1/certify – needs issue\n" in ran.out
        assert "  command: mohar source-cowin samples\n" in ran.out

    def test_check_says_aloud_that_a_door_is_open(
        self, mohar: Run, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway(
            "hole",
            "from mohar.plugin import Route, hookimpl\n\n@hookimpl\n"
            "def mohar_register_routes(routes, tools):\n"
            "    routes.add(Route(method='GET', path='/hole', action=None, summary='', handle=print))\n",
        )

        assert "route: GET /hole – OPEN TO EVERYBODY" in mohar("plugins", "check", "hole").out

    def test_check_ends_with_1_when_one_is_broken(
        self, mohar: Run, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("clumsy", "1 / 0")

        ran = mohar("plugins", "check", "clumsy", "trust-static", "format-lb")

        assert ran.status == 1
        assert 'plugin "clumsy": its import failed with ZeroDivisionError' in ran.out
        assert 'plugin "format-lb": it is not installed (did you mean "format-ld"?)' in ran.out
        assert "trust: static – " in ran.out

    def test_every_bundled_plugin_is_sound(self, mohar: Run) -> None:
        assert mohar("plugins", "check").status == 0
