"""What the plugin puts on the table."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import msgspec
import pytest

import mohar_source_cowin as plugin
from mohar.domain.record import Message
from mohar.plugin import Commands, Offers, Routes, Source, Tools
from mohar.testing.contracts import PluginContract, SourceContract
from mohar_source_cowin.samples import generate


class TestCowinSource(SourceContract):
    @pytest.fixture
    def messages(self) -> Sequence[Message]:
        return [
            Message(content=each["message"], variant=each["variant"]) for each in generate(4, 200)
        ]


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return plugin

    def test_it_offers_its_source(self) -> None:
        offers: Offers[Source] = Offers("source")

        plugin.mohar_register_sources(offers)

        assert offers.names() == ["cowin-certify"]

    def test_it_adds_the_operations_of_the_original(self, intake: Any, mohar_tools: Tools) -> None:
        routes = Routes()
        tools = msgspec.structs.replace(mohar_tools, intake=intake)

        plugin.mohar_register_routes(routes, tools)

        assert [(route.method, route.path, route.action) for route in routes.routes] == [
            ("POST", "/divoc/api/v1/certify", "issue"),
            ("POST", "/divoc/api/v2/certify", "issue"),
            ("POST", "/divoc/api/v3/certify", "issue"),
            ("POST", "/divoc/api/v1/bulkCertify", "issue"),
            ("GET", "/divoc/api/v1/certify/uploads", "issue"),
            ("GET", "/divoc/api/v1/certify/uploads/{uploadId}/errors", "issue"),
            ("PUT", "/divoc/api/v1/certificate", "correct"),
            ("PUT", "/divoc/api/v3/certificate", "correct"),
            ("DELETE", "/divoc/api/v1/certificates/{preEnrollmentCode}", "revoke"),
            ("POST", "/divoc/api/v1/certificate/revoked", None),
            ("POST", "/cert/api/certificate/revoked", None),
            ("GET", "/divoc/api/v1/ping", None),
        ]

    def test_it_adds_the_samples_command(self) -> None:
        commands = Commands()

        plugin.mohar_register_commands(commands)

        assert list(commands.commands) == ["samples"]
