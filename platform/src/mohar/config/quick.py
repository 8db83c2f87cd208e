"""
Read the YAML that nearly all files are written in by libyaml, twenty times as quickly.

libyaml reads YAML 1.1. Where that may be something else than YAML 1.2, and wherever there is the
least mistake, the file is left to the other library: nothing here refuses one, and a document from
here is in every value and place the one that the other library would have given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # it publishes no types

from mohar.config.build import Builder
from mohar.config.document import Document
from mohar.config.mistakes import ConfigMistakes
from mohar.config.places import Text
from mohar.config.tree import ScalarNode

# Tabs, the line ends of YAML 1.1, and the marks of documents and directives.
_UNUSUAL: Final = re.compile("[\t\x85\u2028\u2029]|^(?:---|\\.\\.\\.|%)", re.MULTILINE)


def read_quickly(text: Text) -> Document | None:
    """Return the document that a text holds; None where it may be another one, or none."""
    if not yaml.__with_libyaml__ or _UNUSUAL.search(text.content):
        return None
    builder = Builder(text)
    try:
        for event in _events(text.content):
            builder.take(event)
        document = builder.document()
    except (yaml.YAMLError, ConfigMistakes, ValueError):
        return None
    # The two do not agree where a text stands alone and is not indented.
    is_alone = isinstance(document.root, ScalarNode)
    return None if document.problems or is_alone else document


def _events(content: str) -> Iterator[Any]:
    # It is not there where PyYAML was built without libyaml.
    from yaml.cyaml import CParser  # type: ignore[import-untyped]

    parser = CParser(content)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()
