import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.installed import Broken, installed
from mohar.assembly.plugins import Plugins
from mohar.domain.errors import ConfigError

Install = Callable[..., str]

SIGNS = """
import msgspec
from mohar.plugin import Offer, hookimpl

class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass

@hookimpl
def mohar_register_signers(offers):
    offers.add(Offer("twice", "for a test", Settings, lambda settings, tools: None))
"""
LISTENS = """
from mohar.plugin import hookimpl

@hookimpl
def {hook}({arguments}):
    return None
"""


def broken(name: str) -> str:
    """Return what is told of a plugin that cannot be used."""
    (told,) = Plugins([name]).broken
    return str(told)


class TestNames:
    def test_a_plugin_that_is_not_installed_is_asked_after(self) -> None:
        assert broken("format-lb") == (
            'plugin "format-lb": it is not installed (did you mean "format-ld"?)'
        )

    def test_where_no_name_is_near_the_way_to_install_is_told(self) -> None:
        assert broken("xyzzy") == (
            'plugin "xyzzy": it is not installed (try: pip install mohar-xyzzy)'
        )

    def test_two_distributions_of_one_plugin_are_both_named(self, mohar_throwaway: Install) -> None:
        for distribution in ("mohar-one", "mohar-other"):
            mohar_throwaway("doubled", SIGNS, distribution=distribution)

        assert broken("doubled") == (
            'plugin "doubled": it comes from two distributions, mohar-one and mohar-other; '
            "uninstall one"
        )

    def test_what_is_installed_is_listed_with_its_distribution(
        self, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("made-up", "raise RuntimeError")

        found = {each.name: each for each in installed()}

        assert found["made-up"].distribution == "mohar-made-up"
        assert (found["made-up"].version, found["made-up"].summary) == ("1.0", "Made for a test.")
        assert "format-ld" in found


class TestImport:
    def test_installed_is_not_enabled(self, mohar_throwaway: Install) -> None:
        """
        What the deployment does not name is never imported.
        """
        mohar_throwaway("bystander", "raise RuntimeError('imported')")

        plugins = Plugins(["trust-static"])

        assert plugins.broken == []
        assert "throwaway_mohar_bystander" not in sys.modules

    def test_a_house_imports_no_plugin_that_it_does_not_name(
        self, deployed: Callable[..., Path]
    ) -> None:
        folder = deployed(name="verifier")
        code = (
            "import sys; from pathlib import Path; from mohar.assembly.look import look_over\n"
            f"look_over(Path({str(folder)!r}))\n"
            "print(*sorted(name for name in sys.modules if name.startswith('mohar_')))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        imported = {name.partition(".")[0] for name in ran.stdout.split()}

        assert imported == {
            "mohar_format_hcert",
            "mohar_format_ld",
            "mohar_format_shc",
            "mohar_schema_declared",
            "mohar_trust_static",
        }

    def test_a_missing_library_is_named(self, mohar_throwaway: Install) -> None:
        name = mohar_throwaway("needy", "import a_library_that_is_missing")

        assert broken(name) == (
            "plugin \"needy\": it cannot be imported: No module named 'a_library_that_is_missing'"
        )

    def test_any_other_failure_is_told_with_its_place(self, mohar_throwaway: Install) -> None:
        name = mohar_throwaway("clumsy", "x = 1\ny = {}['gone']\n")

        assert broken(name) == (
            'plugin "clumsy": its import failed with KeyError at throwaway_mohar_clumsy:2; '
            "tell its author"
        )

    def test_one_that_fails_leaves_the_others_standing(self, mohar_throwaway: Install) -> None:
        name = mohar_throwaway("clumsy", "1 / 0")

        plugins = Plugins([name, "trust-static"])

        assert [each.plugin for each in plugins.broken] == ["clumsy"]
        assert plugins.offered.trust.names() == ["static"]


class TestHooks:
    def test_a_misspelt_hook_fails_at_start(self, mohar_throwaway: Install) -> None:
        code = LISTENS.format(hook="mohar_on_evnts", arguments="events")

        assert broken(mohar_throwaway("misspelt", code)) == (
            'plugin "misspelt": it implements "mohar_on_evnts", which is no hook; '
            'did you mean "mohar_on_events"?'
        )

    def test_an_argument_that_the_hook_does_not_have_fails_at_start(
        self, mohar_throwaway: Install
    ) -> None:
        code = LISTENS.format(hook="mohar_on_events", arguments="event")

        told = broken(mohar_throwaway("misnamed", code))

        assert told.startswith('plugin "misnamed": it does not fit the hooks: ')
        assert "'event'" in told

    def test_a_hook_without_its_marker_fails_at_start(self, mohar_throwaway: Install) -> None:
        """
        It would never be called, and nobody would know.
        """
        code = SIGNS + "\ndef mohar_health():\n    return {}\n"

        assert broken(mohar_throwaway("unmarked", code)) == (
            'plugin "unmarked": mohar_health lacks the marker @hookimpl'
        )

    def test_a_plugin_without_hooks_fails_at_start(self, mohar_throwaway: Install) -> None:
        assert "it implements no hook" in broken(mohar_throwaway("idle", '"""Nothing."""'))

    def test_a_wrapper_fails_at_start(self, mohar_throwaway: Install) -> None:
        code = "from mohar.plugin import hookimpl\n\n@hookimpl(wrapper=True)\n"
        code += "def mohar_health():\n    return (yield)\n"

        with pytest.raises(ConfigError, match="plugin around: mohar_health is a hook wrapper"):
            Plugins([mohar_throwaway("around", code)])

    def test_a_failure_while_offering_is_told_with_hook_and_place(
        self, mohar_throwaway: Install
    ) -> None:
        code = SIGNS.replace("    offers.add", "    1 / 0\n    offers.add")

        told = broken(mohar_throwaway("shaky", code))

        assert "mohar_register_signers of shaky failed with ZeroDivisionError at " in told


class TestOffers:
    def test_one_name_offered_twice_names_both_plugins(self, mohar_throwaway: Install) -> None:
        names = [mohar_throwaway("first", SIGNS), mohar_throwaway("second", SIGNS)]

        plugins = Plugins(names)

        assert plugins.broken == [
            Broken(
                plugin="second",
                why="two plugins offer the signer 'twice': first and second; enable one of them",
            )
        ]

    def test_two_houses_may_enable_the_two_apart(self, mohar_throwaway: Install) -> None:
        names = [mohar_throwaway("first", SIGNS), mohar_throwaway("second", SIGNS)]

        owners = [Plugins([name]).offered.signers.distribution_of("twice") for name in names]

        assert owners == names


class TestPlaces:
    def test_every_plugin_that_cannot_be_used_is_told_with_its_line(
        self, deployed: Callable[..., Path], mohar_throwaway: Install
    ) -> None:
        """
        Beside each other, and with what else is wrong; what they would have offered is not.
        """
        folder = deployed("format-lb", mohar_throwaway("clumsy", "1 / 0"))
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("uses: jsonl", "uses: jsonlines"), encoding="utf-8")

        first = text.splitlines().index("plugins:") + 2
        with pytest.raises(ConfigError) as raised:
            Blueprint(folder).resolve(with_keys=False)

        told = str(raised.value)
        assert (
            f'deployment.yaml:{first}:5: plugins item 1: "format-lb": it is not installed '
            "(did you mean" in told
        )
        assert (
            f'deployment.yaml:{first + 1}:5: plugins item 2: "clumsy": '
            "its import failed with ZeroDivisionError" in told
        )
        assert 'no enabled plugin offers the sink "jsonlines" (did you mean "jsonl"?)' in told
