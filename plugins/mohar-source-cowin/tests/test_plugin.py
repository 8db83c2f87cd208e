"""What the plugin puts on the table."""

from __future__ import annotations

from typing import Any, cast

import mohar_source_cowin as plugin
from mohar.domain.access import Actor
from mohar.plugin import Commands, Offers, Routes, Source, Tools

ACTOR = Actor(actor_id="a", name="a")


class TestPlugin:
    def test_it_offers_its_source(self) -> None:
        offers: Offers[Source] = Offers("source")

        plugin.mohar_register_sources(offers)

        assert offers.names() == ["cowin-certify"]

    def test_it_adds_three_operations(self, intake: Any) -> None:
        routes = Routes()
        tools = cast("Tools", type("Tools", (), {"intake": intake}))

        plugin.mohar_register_routes(routes, tools)

        assert [route.path for route in routes.routes] == [
            "/divoc/api/v1/certify",
            "/divoc/api/v2/certify",
            "/divoc/api/v3/certify",
        ]

    def test_it_adds_the_samples_command(self) -> None:
        commands = Commands()

        plugin.mohar_register_commands(commands)

        assert list(commands.commands) == ["samples"]
