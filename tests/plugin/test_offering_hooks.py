"""Every offering hook: what a plugin puts on the table is what a deployment can use."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import build_house
from mohar.assembly.plugins import Plugins
from mohar.domain.access import Actor
from mohar.domain.errors import ConfigError, NotFound, Unavailable
from mohar.testing.deployments import sample_messages

ROOT = Path(__file__).resolve().parents[2]
Install = Callable[..., str]
Deployed = Callable[..., Path]

OFFERS = """
import msgspec
from mohar.plugin import Offer, hookimpl

class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    depth: int = 3

class Made:
    media_type, suffix = "text/plain", "txt"

    def __init__(self, settings, tools):
        self.settings, self.tools = settings, tools

    def contexts(self):
        return {{"https://test.example/v1": str(self.settings.depth).encode()}}

{body}
"""
OFFER = """
@hookimpl
def {hook}(offers):
    offers.add(Offer("made-up", "for a test", Settings, Made))
"""
ROLES = (
    "sources",
    "schemas",
    "formats",
    "signers",
    "trust",
    "renderers",
    "sinks",
    "channels",
    "doors",
    "messengers",
)
EVERY_HOOK = tuple(f"mohar_register_{role}" for role in ROLES)


def code(*hooks: str, more: str = "") -> str:
    return OFFERS.format(body="".join(OFFER.format(hook=hook) for hook in hooks) + more)


class TestOffering:
    @pytest.mark.parametrize("role", ROLES)
    def test_an_offer_is_on_the_table_of_its_role_only(
        self, mohar_throwaway: Install, role: str
    ) -> None:
        plugins = Plugins([mohar_throwaway("made", code(f"mohar_register_{role}"))])

        tables = {each: getattr(plugins.offered, each) for each in ROLES}

        assert {each: table.names() for each, table in tables.items() if table.names()} == {
            role: ["made-up"]
        }
        assert tables[role].distribution_of("made-up") == "made"

    def test_a_deployment_opens_what_it_uses_with_settings_and_tools(
        self, tmp_path: Path, mohar_throwaway: Install
    ) -> None:
        """
        One plugin may play every role; each use is opened by itself.
        """
        mohar_throwaway("made", code(*EVERY_HOOK))
        (tmp_path / "deployment.yaml").write_text(EVERY_ROLE, encoding="utf-8")

        resolved = Blueprint(tmp_path).resolve()

        made = [
            resolved.sources["card"],
            resolved.formats["card", "main"],
            resolved.signers["one"],
            resolved.renderers["card", "picture"],
            resolved.sinks["facts"],
            resolved.trust[0],
            resolved.channels["partner"],
            resolved.doors["counter"],
            resolved.messengers["sms"],
        ]
        assert [each.settings.depth for each in made] == [1, 3, 4, 5, 6, 7, 8, 9, 10]
        assert {each.tools.country for each in made} == {"XZ"}
        assert [each.settings.depth for each in resolved.reading] == [3]

    def test_settings_that_do_not_fit_are_told_with_their_place(
        self, tmp_path: Path, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("made", code(*EVERY_HOOK))
        text = EVERY_ROLE.replace("depth: 5", "dept: five")
        (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")

        with pytest.raises(ConfigError, match=r'unknown field "dept" \(did you mean "depth"\?\)'):
            Blueprint(tmp_path).resolve()

    def test_two_types_that_define_one_context_differently_are_refused(
        self, tmp_path: Path, mohar_throwaway: Install
    ) -> None:
        """
        A signature would otherwise mean whichever was read last.
        """
        mohar_throwaway("made", code(*EVERY_HOOK))
        text = EVERY_ROLE.replace("{trust:", "{schemas: [{uses: made-up}], trust:")
        (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")

        with pytest.raises(ConfigError, match="two types define the context"):
            Blueprint(tmp_path).resolve()

    def test_an_offer_that_fails_to_open_is_told_with_both_places(
        self, tmp_path: Path, mohar_throwaway: Install
    ) -> None:
        """
        Where it is used, and where in the plugin's code it broke.
        """
        made = "self.settings, self.tools = settings, tools"
        failing = code(*EVERY_HOOK).replace(made, f"{made}; 1 / settings.depth")
        mohar_throwaway("made", failing)
        text = EVERY_ROLE.replace("depth: 6", "depth: 0")
        (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")

        with pytest.raises(ConfigError) as raised:
            Blueprint(tmp_path).resolve()

        assert 'sinks "facts": sink "made-up" failed with ZeroDivisionError at' in str(raised.value)


EVERY_ROLE = """\
mohar: 1
name: every-role
country: XZ
environment: demo
time_zone: Etc/UTC
authority: {name: Test, id: "did:web:test.example"}
domains: {public: "https://test.example", contexts: "https://test.example/contexts"}
plugins: [made]
store:
  url: sqlite:///test.db
  encryption_key: {env: NONE}
  pepper: {secret: {env: NONE}}
signers:
  - {name: one, uses: made-up, settings: {depth: 4}}
credentials:
  - name: card
    source: {uses: made-up, settings: {depth: 1}}
    schema: {uses: made-up, settings: {depth: 2}}
    key: [number]
    group: number
    bodies: [{name: main, format: made-up, signer: one}]
    renderings: [{name: picture, uses: made-up, settings: {depth: 5}}]
sinks:
  - {name: facts, uses: made-up, settings: {depth: 6}}
doors:
  - {name: counter, uses: made-up, settings: {depth: 9}}
channels:
  - {name: partner, uses: made-up, kinds: [card], settings: {depth: 8}}
messengers:
  - {name: sms, uses: made-up, settings: {depth: 10}}
verifying: {trust: [{uses: made-up, settings: {depth: 7}}]}
"""


class TestTrust:
    def test_it_is_asked_when_something_is_verified(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
    ) -> None:
        """
        `mohar_register_trust`: "could not tell" is an answer of its own.
        """
        unsure = code("mohar_register_trust").replace(
            "class Made:",
            "from mohar.domain.errors import Unavailable\n\nclass Made:\n"
            "    def keys(self, issuer, key_id, at):\n        raise Unavailable('the moon is down')\n",
        )
        folder = deployed(mohar_throwaway("unsure", unsure))
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text + "verifying: {trust: [{uses: made-up}]}\n", encoding="utf-8")

        resolved = Blueprint(folder).resolve()

        with pytest.raises(Unavailable):
            resolved.trust[0].keys("https://issuer.example", "k1", datetime.now(UTC))


class TestChannels:
    """`mohar_register_channels`: an outcome is told through what a plugin offers."""

    def test_a_channel_is_told_of_what_was_issued(
        self, deployed: Deployed, mohar_throwaway: Install, operator: Actor
    ) -> None:
        """
        With the values of the record that it asks for, and no others.
        """
        telling = code("mohar_register_channels").replace(
            "class Made:",
            "from mohar.domain.delivery import DeliveryResult\n\nclass Made:\n"
            "    fields = ('vaccination.dose',)\n    told = []\n\n"
            "    def deliver(self, deliveries):\n"
            "        self.told += [(each.event, each.told.fields) for each in deliveries]\n"
            "        return [DeliveryResult(state='delivered')] * len(deliveries)\n",
        )
        folder = deployed(mohar_throwaway("telling", telling))
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text + "channels: [{name: one, uses: made-up}]\n", encoding="utf-8")
        record = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[0]

        with build_house(folder) as house:
            house.issue_now(operator, house.submit(operator, "vaccination", [record]))
            (courier,) = house.couriers
            courier.run_once()

        dose = record.content["vaccination"]["dose"]
        assert courier._channel.told == [("issued", {"vaccination.dose": dose})]  # type: ignore[attr-defined]  # the class of this test


class TestMessengers:
    """`mohar_register_messengers`: what a plugin offers carries texts for all that tools reach."""

    def test_channels_and_routes_reach_it_by_its_name(
        self, tmp_path: Path, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("made", code(*EVERY_HOOK))
        (tmp_path / "deployment.yaml").write_text(EVERY_ROLE, encoding="utf-8")

        resolved = Blueprint(tmp_path).resolve()

        channel = resolved.channels["partner"]
        assert channel.tools.messengers == {"sms": resolved.messengers["sms"]}  # type: ignore[attr-defined]  # the class of this test


class TestRoutes:
    """`mohar_register_routes`: HTTP operations under the plugin's own prefix."""

    ROUTES = """
from mohar.plugin import Route, RouteResponse, hookimpl
from mohar.domain.record import Message

@hookimpl
def mohar_register_routes(routes, tools):
    def handle(request):
        tools.intake.submit(request.actor, "", [Message(content={})])
        return RouteResponse(content=b"{}")

    routes.add(
        Route(
            method="POST", path="/made-up/records", action="issue", summary="Take", handle=handle
        )
    )
"""

    def test_the_house_has_them(self, deployed: Deployed, mohar_throwaway: Install) -> None:
        folder = deployed(mohar_throwaway("made", self.ROUTES))

        with build_house(folder) as house:
            added = {
                name: [each.path for each in routes.routes]
                for name, routes in house.plugin_routes()
            }

        assert added["made"] == ["/made-up/records"]

    def test_a_plugin_that_feeds_no_kind_must_name_one(
        self, deployed: Deployed, mohar_throwaway: Install, operator: Actor
    ) -> None:
        """
        Only the kind whose source the plugin itself offers may be left out.
        """
        folder = deployed(mohar_throwaway("made", self.ROUTES))

        with build_house(folder) as house:
            routes = dict(house.plugin_routes())
            request = SimpleNamespace(actor=operator)

            with pytest.raises(NotFound, match="no kind, or more than one"):
                routes["made"].routes[0].handle(request)

            own = routes["source-cowin"].routes[0].path

        assert own == "/divoc/api/v1/certify"

    def test_one_that_fails_is_named(self, deployed: Deployed, mohar_throwaway: Install) -> None:
        failing = self.ROUTES.replace("    def handle", "    1 / 0\n\n    def handle", 1)
        folder = deployed(mohar_throwaway("made", failing))

        with build_house(folder) as house, pytest.raises(ConfigError, match="of made failed"):
            house.plugin_routes()


class TestDoors:
    """`mohar_register_doors`: a partner asks, and the house knows as whom the door reads."""

    def test_it_reads_as_an_actor_of_its_own_that_may_what_the_deployment_says(
        self, tmp_path: Path, mohar_throwaway: Install
    ) -> None:
        mohar_throwaway("made", code(*EVERY_HOOK))
        (tmp_path / "deployment.yaml").write_text(EVERY_ROLE, encoding="utf-8")

        actor = Blueprint(tmp_path).resolve().doors["counter"].tools.actor  # type: ignore[attr-defined]  # the class of this test

        assert actor.actor_id == "door:counter"
        assert actor.scopes == {"read:card", "search:card"}


class TestCommands:
    """`mohar_register_commands`: reached as `mohar PLUGIN COMMAND`, see tests/cli."""

    def test_they_go_by_the_name_of_their_plugin(self, mohar_throwaway: Install) -> None:
        adds = (
            "from mohar.plugin import hookimpl\n\n@hookimpl\n"
            "def mohar_register_commands(commands):\n"
            "    commands.add('count', lambda arguments: len(arguments))\n"
        )

        commands = Plugins([mohar_throwaway("made", adds)]).commands()

        assert list(commands) == ["made"]
        assert commands["made"].commands["count"](["a", "b"]) == 2
