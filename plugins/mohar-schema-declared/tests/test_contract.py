from __future__ import annotations

import copy
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import mohar_schema_declared
from mohar.domain.credential import Issue
from mohar.domain.record import Record
from mohar.domain.values import JsonObject
from mohar.plugin import Schema
from mohar.testing.contracts import PluginContract, SchemaContract


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_schema_declared


BODIES = [("core-1", "domestic"), ("core-1", "international"), ("divoc-v1", ""), ("divoc-v2", "")]


class TestDeclared(SchemaContract):
    @pytest.fixture(params=BODIES, ids="-".join)
    def body(self, request: pytest.FixtureRequest) -> tuple[str, str]:
        version, profile = request.param
        return version, profile

    @pytest.fixture
    def schema(self, open_type: Callable[..., Any], body: tuple[str, str]) -> Schema:
        schema: Schema = open_type(body[0])
        return schema

    @pytest.fixture
    def issue(self, make_issue: Callable[[str], Issue], body: tuple[str, str]) -> Issue:
        return make_issue(body[1])

    @pytest.fixture
    def records(self, content: JsonObject) -> list[Record]:
        wanting = copy.deepcopy(content)
        del wanting["vaccination"]["dose"]
        return [Record(content=content), Record(content=wanting), Record(content={})]
