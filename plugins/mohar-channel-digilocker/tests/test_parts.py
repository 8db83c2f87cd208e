"""The parts of the door by themselves: what proves a call, what is read, and what is said of it."""

from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mohar_channel_digilocker
from mohar.domain.errors import NotAuthenticated, Unreadable
from mohar.plugin import RouteRequest, Secret, Tools
from mohar.testing.contracts import PluginContract
from mohar_channel_digilocker import _ready
from mohar_channel_digilocker._door import DigilockerDoor
from mohar_channel_digilocker._proving import Proving, is_signed, keyhash, macs
from mohar_channel_digilocker._reading import Asked, Uri, read
from mohar_channel_digilocker._settings import Settings

BODY = b'<PullURIRequest ver="3.0"/>'
RAW = "hrGeospNoHMlmmanM135t6JbCTt+DcN8J/TBnEUcKkk="
HEX = "ODZiMTllYTJjYTRkYTA3MzI1OWE2NmE3MzM1ZGY5YjdhMjViMDkzYjdlMGRjMzdjMjdmNGMxOWM0NTFjMmE0OQ=="


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_channel_digilocker


class TestHmac:
    @pytest.mark.parametrize(
        ("digest", "right"), [("raw", [RAW]), ("hex", [HEX]), ("auto", [RAW, HEX])]
    )
    def test_the_published_vector_counts_in_its_form(self, digest: Any, right: list[str]) -> None:
        counted = [each for each in (RAW, HEX) if is_signed([b"secret"], BODY, each, digest)]

        assert counted == right

    def test_the_hash_of_key_and_time_is_that_of_the_vector(self) -> None:
        made = keyhash(b"secret", "2021-08-05T10:00:00+05:30")

        assert made == "5d396178c7cc5aaf0c865c36dba428deff54f04d851c1d68c01523296f617c6c"

    @given(key=st.binary(min_size=1), body=st.binary(), other=st.binary(), said=st.text())
    @settings(max_examples=50, deadline=None)
    def test_what_was_signed_counts_and_nothing_else_does(
        self, key: bytes, body: bytes, other: bytes, said: str
    ) -> None:
        assert all(is_signed([b"old", key], body, mac.decode()) for mac in macs(key, body))
        assert is_signed([key], other, macs(key, body)[0].decode()) == (other == body)
        assert not is_signed([key], body, said)


class TestRead:
    @given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    @settings(max_examples=200, deadline=None)
    def test_any_bytes_are_read_or_unreadable(self, body: bytes) -> None:
        try:
            read(body)
        except Unreadable:
            return

    @given(
        head=st.sampled_from([b"", b"<?xml version='1.0' encoding='", b"<!DOCTYPE a ["]),
        body=st.text(alphabet="<>/!?[]&;='\"aé xmlns:\x00\n", max_size=60).map(str.encode),
    )
    @settings(max_examples=200, deadline=None)
    def test_so_is_what_looks_like_xml(self, head: bytes, body: bytes) -> None:
        try:
            read(head + body)
        except Unreadable:
            return

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
    def test_an_encoding_that_is_declared_is_believed(self, encoding: str) -> None:
        text = (
            f"<?xml version='1.0' encoding='{encoding}'?><r><DocDetails><N>é</N></DocDetails></r>"
        )

        assert read(text.encode(encoding)).detail("n") == "é"


class TestUri:
    @pytest.mark.parametrize(
        "text", ["in.gov.covin-VACER-1234567890", "in.gov.co-vin-a-IVACR-1", "a-VACER-X9"]
    )
    def test_it_is_split_from_the_right_and_put_together_again(self, text: str) -> None:
        uri = Uri.parse(text)

        assert uri is not None
        assert str(uri) == text
        assert uri.doc_type in {"VACER", "IVACR"}

    @given(text=st.text(max_size=40))
    @settings(max_examples=50, deadline=None)
    def test_any_text_is_one_or_none(self, text: str) -> None:
        uri = Uri.parse(text)

        assert uri is None or str(uri) == text


def settings_for(**more: Any) -> Settings:
    clue = {"element": "id", "to": "group"}
    said = {
        "keys": [{"file": "api.key"}],
        "issuer_id": "in.gov.cowin",
        "documents": [{"type": "VACER", "kind": "badge", "body": "home", "match": [clue]}],
    }
    return msgspec.convert({**said, **more}, Settings)


class TestSpec:
    @pytest.mark.parametrize(
        ("said", "routes", "keyhash_demanded", "usual", "tells"),
        [
            ({"spec": "1.13"}, 1, True, "xml", True),
            ({"spec": "1.13", "pull_doc": True, "keyhash": False}, 2, False, "xml", True),
            ({"spec": "1.12"}, 2, False, "pdf", True),
            ({"spec": "1.12", "pull_doc": False, "default_format": "both"}, 1, False, "both", True),
            ({"spec": "1.10"}, 2, False, "pdf", False),
        ],
    )
    def test_the_version_decides_what_is_not_said(
        self,
        tools: Tools,
        tmp_path: Path,
        said: dict[str, Any],
        routes: int,
        keyhash_demanded: Any,
        usual: str,
        tells: Any,
    ) -> None:
        (tmp_path / "api.key").write_bytes(b"secret")
        chosen = settings_for(**said)

        assert len(DigilockerDoor.open(chosen, tools).routes()) == routes
        assert chosen.demands_keyhash == keyhash_demanded
        assert (chosen.usual_format, chosen.tells_person) == (usual, tells)

    @pytest.mark.parametrize("said", ["", "00", keyhash(b"other", "2026-01-31T17:30:00+05:30")])
    def test_a_key_hash_that_is_demanded_must_be_right(self, tools: Tools, said: str) -> None:
        ts = "2026-01-31T17:30:00+05:30"
        proving = Proving(
            settings_for(), [Secret(b"secret", "test")], tools.expiring, tools.clock, "Asia/Kolkata"
        )
        attributes = {"ts": ts, "txn": "1", "orgid": "o"}
        route = RouteRequest(
            actor=tools.actor, body=BODY, query={}, path={}, content_type="application/xml"
        )
        right = Asked(
            name="x", attributes={**attributes, "keyhash": keyhash(b"secret", ts)}, details={}
        )
        wrong = Asked(name="x", attributes={**attributes, "keyhash": said}, details={})

        proving.fresh("pull-uri", route, right)
        with pytest.raises(NotAuthenticated):
            proving.fresh("pull-uri", route, wrong)


def deployment(**document: Any) -> dict[str, Any]:
    by_both = [
        {"element": "tracking_id", "to": "group"},
        {"element": "Mobile", "to": "handle", "name": "mobile"},
    ]
    one = {"type": "VACER", "kind": "badge", "body": "home", "match": by_both, **document}
    door = {
        "name": "d",
        "uses": "digilocker",
        "kinds": [],
        "may": ["read", "search"],
        "settings": {"documents": [one]},
    }
    kind = {
        "name": "badge",
        "key": ["number", "dose"],
        "bodies": [{"name": "home"}],
        "handles": [{"name": "mobile"}],
    }
    return {"environment": "production", "credentials": [kind], "channels": [], "doors": [door]}


class TestReady:
    def test_a_match_of_two_things_is_no_finding(self) -> None:
        assert _ready.findings(deployment()) == []

    @pytest.mark.parametrize(
        "document",
        [
            {"enough": ["Mobile", "tracking_id"]},
            {"enough": ["Mobile"]},
            {"match": [{"element": "Mobile", "to": "handle", "name": "mobile"}]},
        ],
    )
    def test_a_match_by_one_thing_is_named_a_risk(self, document: dict[str, Any]) -> None:
        found = {each.code: each.severity for each in _ready.findings(deployment(**document))}

        assert found["digilocker-weak-match"] == "warning"

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"kind": "other"}, "digilocker-kind-unknown"),
            ({"body": "abroad"}, "digilocker-body-unknown"),
            (
                {"match": [{"element": "a", "to": "handle", "name": "b"}]},
                "digilocker-match-unknown",
            ),
            (
                {"match": [{"element": "a", "to": "key", "name": "dose"}]},
                "digilocker-match-unknown",
            ),
            ({"match": [{"element": "a", "to": "part", "name": "b"}]}, "digilocker-match-of-parts"),
        ],
    )
    def test_what_can_find_nothing_stops_the_start(
        self, document: dict[str, Any], code: str
    ) -> None:
        errors = [each.code for each in _ready.findings(deployment(**document)) if each.is_error]

        assert errors == [code]

    def test_a_door_that_may_not_search_and_a_type_twice_stop_the_start(self) -> None:
        named = deployment()
        (door,) = named["doors"]
        door["may"] = ["read"]
        door["settings"]["documents"] *= 2

        assert {each.code for each in _ready.findings(named)} == {
            "digilocker-may-not",
            "digilocker-type-twice",
        }

    def test_a_channel_without_https_or_without_may_stops_the_start(self) -> None:
        channel = {"name": "c", "uses": "digilocker", "settings": {"url": "http://x"}}
        named = {**deployment(), "doors": [], "channels": [channel]}

        assert {each.code for each in _ready.findings(named)} == {
            "channel-not-https",
            "digilocker-may-not",
        }
