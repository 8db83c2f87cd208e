"""What `config check` says of doors of this sort."""

from __future__ import annotations

from typing import Any

from mohar_channel_apisetu._ready import findings


def deployment(settings: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind = {
        "name": "vaccination",
        "group": "pre_enrollment_code",
        "handles": [{"name": "mobile"}],
        "bodies": [{"name": "domestic"}, {"name": "travel", "profile": "international"}],
    }
    door = {"name": "a", "uses": "apisetu", "kinds": [], "may": ["read", "search"]}
    return {"credentials": [kind], "doors": [{**door, "settings": settings}], **more}


def codes(told: dict[str, Any]) -> list[str]:
    return [each.code for each in findings(told)]


class TestReady:
    def test_a_door_that_finds_what_it_needs_is_silent(self) -> None:
        assert codes(deployment({"kind": "vaccination"})) == []

    def test_what_it_would_never_find_is_an_error(self) -> None:
        wrong = {"kind": "vaccination", "mobile": "phone", "body": "x", "international": "y"}

        assert codes(deployment(wrong)) == ["door-handle", "door-body", "door-body"]
        assert codes(deployment({"kind": "other"})) == ["door-kind"]

    def test_what_it_cannot_do_is_an_error(self) -> None:
        asked = {"kind": "vaccination", "status": {"issuer": "did:web:a"}, "public": {}}

        assert codes(deployment(asked)) == ["door-holders", "door-cannot-sign"]

    def test_a_partner_that_is_told_more_is_a_risk(self) -> None:
        partner = {"actor": "apikey:1", "tells_mismatch": True}
        [found] = findings(deployment({"kind": "vaccination", "partners": [partner]}))

        assert (found.code, found.severity) == ("mismatch-told", "warning")
        assert "apikey:1" in found.message
