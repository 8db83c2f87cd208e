"""Every moment hook, in a House: when it is called, and how its answers combine."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.look import look_over
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import ConfigError, NotFound, NotPermitted
from mohar.domain.record import Message

Install = Callable[..., str]
Deployed = Callable[..., Path]

HEAD = "from mohar.domain.findings import Finding\nfrom mohar.plugin import hookimpl\n\n@hookimpl\n"
MARKED = "Marked Person 9876543210"


def issued(house: House, actor: Actor, messages: Sequence[Message]) -> Sequence[Outcome]:
    receipt = house.submit(actor, "vaccination", messages)
    return house.issue_now(actor, receipt).outcomes


class TestReady:
    """`mohar_ready`: all findings are shown, one error stops the start."""

    def finding(self, severity: str) -> str:
        return HEAD + (
            "def mohar_ready(deployment):\n"
            f"    return [Finding(code='moon', message=deployment['name'], severity={severity!r})]\n"
        )

    def test_a_warning_is_shown_as_a_risk(
        self, deployed: Deployed, mohar_throwaway: Install
    ) -> None:
        folder = deployed(mohar_throwaway("worried", self.finding("warning")))

        with build_house(folder) as house:
            found = [(each.code, each.message) for each in house.findings]

        assert ("moon", "india") in found

    def test_one_error_stops_the_start_and_all_are_told(
        self, deployed: Deployed, mohar_throwaway: Install
    ) -> None:
        plugins = [mohar_throwaway(name, self.finding("error")) for name in ("this", "that")]

        with pytest.raises(ConfigError) as raised, build_house(deployed(*plugins)):
            pass

        assert str(raised.value) == "error moon: india\nerror moon: india"

    def test_one_that_fails_stops_the_start_by_name(
        self, deployed: Deployed, mohar_throwaway: Install
    ) -> None:
        code = HEAD + "def mohar_ready(deployment):\n    return deployment['no such part']\n"
        folder = deployed(mohar_throwaway("lost", code))

        found = [each for each in look_over(folder) if each.code == "plugin-failed"]

        (finding,) = found
        assert finding.is_error
        assert finding.message == (
            "plugin lost failed while it looked at the deployment "
            "(KeyError at throwaway_mohar_lost:6)"
        )

    def test_it_sees_no_secret(self, deployed: Deployed, mohar_throwaway: Install) -> None:
        code = HEAD + (
            "def mohar_ready(deployment):\n"
            "    message = deployment['store']['url']\n"
            "    return [Finding(code='url', message=message, severity='warning')]\n"
        )
        folder = deployed(mohar_throwaway("curious", code))
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        url = "postgresql://house:hunter2@localhost/mohar"
        file.write_text(text.replace("sqlite:///data/india.sqlite", url), encoding="utf-8")

        told = [each.message for each in look_over(folder) if each.code == "url"]

        assert "hunter2" not in str(told)
        assert "localhost/mohar" in str(told)


class TestReview:
    """`mohar_review`: all findings are collected, per body; it fails closed."""

    def refusing(self, body: str) -> str:
        return HEAD + (
            "def mohar_review(credentials, records):\n"
            "    odd = Finding(code='odd', message='this is odd')\n"
            f"    return [[odd] if each.body == {body!r} else [] for each in credentials]\n"
        )

    def test_an_error_in_an_optional_body_refuses_that_body_only(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        folder = deployed(mohar_throwaway("picky", self.refusing("international")))

        with build_house(folder) as house:
            outcomes = issued(house, operator, messages)
            bodies = house.access.bodies(operator, str(outcomes[0].credential_id))

        assert {outcome.state for outcome in outcomes} == {"issued"}
        assert [[body.name for body in each.bodies if not body.issued] for each in outcomes] == [
            ["international"]
        ] * len(messages)
        assert [finding.code for finding in outcomes[0].bodies[1].findings] == ["odd"]
        assert [body.body for body in bodies] == ["domestic", "eu", "ddcc", "ddcc-care", "shc"]

    def test_an_error_in_a_required_body_refuses_the_record(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        folder = deployed(mohar_throwaway("picky", self.refusing("domestic")))

        with build_house(folder) as house:
            outcomes = issued(house, operator, messages)

        assert {outcome.state for outcome in outcomes} == {"refused"}
        assert not any(body.issued for outcome in outcomes for body in outcome.bodies)

    def test_the_findings_of_all_plugins_are_collected(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        plugins = [
            mohar_throwaway(name, self.refusing("domestic").replace("'odd'", f"{name!r}"))
            for name in ("first", "second")
        ]

        with build_house(deployed(*plugins)) as house:
            (outcome,) = issued(house, operator, messages[:1])

        assert [each.code for each in outcome.bodies[0].findings] == ["first", "second"]

    @pytest.mark.parametrize(
        "answer", ["1 / 0", "return []", "return 'no'", "return [None] * len(credentials)"]
    )
    def test_a_plugin_that_fails_refuses_what_it_was_asked_about(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
        answer: str,
    ) -> None:
        """
        Nothing is signed unreviewed: not after an exception, nor after an answer that is none.
        """
        code = HEAD + f"def mohar_review(credentials, records):\n    {answer}\n"
        folder = deployed(mohar_throwaway("sick", code))

        with build_house(folder) as house:
            outcomes = issued(house, operator, messages)

        assert {outcome.state for outcome in outcomes} == {"refused"}
        assert {each.code for each in outcomes[0].bodies[0].findings} == {"review-failed"}
        assert "the plugin sick could not review" in outcomes[0].bodies[0].findings[0].message

    def test_a_refused_record_is_issued_when_it_comes_again_and_nothing_speaks_against_it(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        """
        A plugin's bad day costs a second submission and no number.
        """
        folder = deployed(mohar_throwaway("picky", self.refusing("domestic")))
        with build_house(folder) as house:
            issued(house, operator, messages)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("  - picky\n", ""), encoding="utf-8")

        with build_house(folder) as house:
            outcomes = issued(house, operator, messages)

        assert {outcome.state for outcome in outcomes} == {"issued"}


class TestPermit:
    """`mohar_permit`: any False refuses, at least one True is needed."""

    def answering(self, answer: str) -> str:
        return HEAD + f"def mohar_permit(actor, action, kind):\n    return {answer}\n"

    @pytest.mark.parametrize(
        ("answer", "scopes", "allowed"),
        [
            ("None", {"read"}, True),
            ("None", set(), False),
            ("True", set(), True),
            ("False", {"*"}, False),
            ("1 / 0", {"*"}, False),
        ],
    )
    def test_answers_combine(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        answer: str,
        scopes: set[str],
        allowed: object,
    ) -> None:
        """
        Scopes answer True or nothing; a plugin that fails counts as False.
        """
        folder = deployed(mohar_throwaway("doorman", self.answering(answer)))
        actor = Actor(actor_id="a", name="a", scopes=frozenset(scopes))

        with build_house(folder) as house:
            answered = house.permits.allows(actor, "read", "vaccination")

        assert answered is allowed

    def test_it_is_asked_before_a_record_is_taken_in(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        folder = deployed(mohar_throwaway("doorman", self.answering("action != 'issue'")))

        with build_house(folder) as house, pytest.raises(NotPermitted):
            house.submit(operator, "vaccination", messages)

    def test_it_is_asked_before_a_credential_is_shown(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        """
        "Not yours" and "no such" are one answer.
        """
        code = self.answering("action != 'read' or actor.actor_id == 'operator'")
        folder = deployed(mohar_throwaway("doorman", code))
        stranger = Actor(actor_id="stranger", name="s", scopes=frozenset({"*"}))

        with build_house(folder) as house:
            (outcome,) = issued(house, operator, messages[:1])
            number = str(outcome.credential_id)
            with pytest.raises(NotFound) as refused:
                house.access.bodies(stranger, number)
            with pytest.raises(NotFound) as missing:
                house.access.bodies(operator, "99999999999")

        assert str(refused.value) == str(missing.value)


class TestOnEvents:
    """`mohar_on_events`: after commit, at least once, each plugin by itself."""

    KEEPS = HEAD + (
        "def mohar_on_events(events, tools):\n"
        "    with tools.files.path({file!r}).open('a') as file:\n"
        "        file.writelines(f'{{each.event_id}} {{each.type}}\\n' for each in events)\n"
    )

    def test_each_listener_is_told_of_everything_once(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        plugins = [
            mohar_throwaway(name, self.KEEPS.format(file=f"{name}.txt"))
            for name in ("ears", "eyes")
        ]
        folder = deployed(*plugins)

        with build_house(folder) as house:
            issued(house, operator, messages)
            while house.relay.run_once():
                pass

        heard, seen = ((folder / f"{name}.txt").read_text().splitlines() for name in plugins)
        assert heard == seen
        assert len(set(heard)) == len(messages)
        assert all(line.endswith(" credential.issued") for line in heard)

    def test_one_that_fails_is_asked_again_later_and_stops_no_other(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        messages: list[Message],
        operator: Actor,
    ) -> None:
        sick = mohar_throwaway(
            "sick", HEAD + f"def mohar_on_events(events):\n    raise OSError({MARKED!r})\n"
        )
        well = mohar_throwaway("well", self.KEEPS.format(file="well.txt"))
        folder = deployed(sick, well)

        with build_house(folder) as house:
            issued(house, operator, messages)
            while house.relay.run_once():
                pass
            with house.store.read() as work:
                cursors = {each.name: each for each in work.outbox.observers()}

        assert len((folder / "well.txt").read_text().splitlines()) == len(messages)
        assert cursors["plugin:sick"].attempts == 1
        assert cursors["plugin:well"].attempts == 0
        assert MARKED not in repr(cursors)


class TestHealth:
    """`mohar_health`: all answers are shown."""

    def test_all_are_shown_and_a_failure_is_told_by_its_class(
        self, deployed: Deployed, mohar_throwaway: Install
    ) -> None:
        answers = {
            "full": "return {'disk': 'full'}",
            "quiet": "return None",
            "sick": f"raise ValueError({MARKED!r})",
            "sly": "return {'store': 'never better'}",
            "mad": "return 7",
        }
        plugins = [
            mohar_throwaway(name, HEAD + f"def mohar_health():\n    {answer}\n")
            for name, answer in answers.items()
        ]

        with build_house(deployed(*plugins)) as house:
            house.store.dispose()
            states = house.health()

        expected = {
            "disk": "full",
            "quiet": "ok",
            "sick": "ValueError",
            "store": "ok",
            "mad": "gave no names and states",
        }
        assert expected.items() <= states.items()
