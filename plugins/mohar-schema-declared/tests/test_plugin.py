from __future__ import annotations

import mohar_schema_declared
from mohar.plugin import Offers, Schema


def test_the_plugin_offers_one_schema() -> None:
    offers: Offers[Schema] = Offers("schema")
    mohar_schema_declared.mohar_register_schemas(offers)

    assert offers.names() == ["declared"]
