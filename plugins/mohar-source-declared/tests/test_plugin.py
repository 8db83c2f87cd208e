"""What the plugin puts on the table, and that it keeps to what every source keeps to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import pytest

import mohar_source_declared
from mohar.domain.record import Message
from mohar.domain.values import JsonObject
from mohar.plugin import Offers, Source
from mohar.testing.contracts import PluginContract, SourceContract
from mohar_source_declared import DeclaredSource, mohar_register_sources


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_source_declared

    def test_it_offers_one_source(self) -> None:
        """
        The hook `mohar_register_sources` puts `declared` on the table.
        """
        offers: Offers[Source] = Offers("source")
        mohar_register_sources(offers)

        assert offers.names() == ["declared"]


class TestDeclaredSource(SourceContract):
    @pytest.fixture
    def source(self, register: DeclaredSource) -> Source:
        return register

    @pytest.fixture
    def messages(self, right: Callable[..., JsonObject]) -> Sequence[Message]:
        return [Message(content=right(), variant="one"), Message(content=right(id=None))]
