"""A drawing room with a renderer that counts, and credentials to draw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from mohar.domain.credential import Secured
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Carrier, Rendition, Segment, Shown
from mohar.rendering.drawing import Drawing, NamedRendering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class EchoRenderer:
    """Draws the language and the contents of the group, and remembers what it was asked for."""

    media_type = "text/plain"
    suffix = "txt"

    def __init__(self) -> None:
        self.batches: list[Sequence[Shown]] = []

    def render(self, shown: Sequence[Shown]) -> Sequence[Rendition | Refusal]:
        self.batches.append(shown)
        return [self._one(each) for each in shown]

    def _one(self, shown: Shown) -> Rendition | Refusal:
        if shown.secured.content == b"too large":
            return Refusal(findings=(Finding(code="qr-too-large", message="too large"),))
        contents = b"+".join(secured.content for secured in shown.group)
        text = f"{shown.language}:{shown.parameters}:".encode() + contents
        return Rendition(media_type=self.media_type, suffix=self.suffix, content=text)


class DatedRenderer(EchoRenderer):
    """Draws the first of a group where it is asked for `first`, and whatever the day is."""

    parameters = ("first",)

    def __init__(self) -> None:
        super().__init__()
        self.day = "monday"

    def settle(self, shown: Shown) -> Shown:
        secured = shown.group[0] if "first" in shown.parameters else shown.secured
        return msgspec.structs.replace(shown, secured=secured, parameters={"day": self.day})


class WordyRenderer(EchoRenderer):
    """Has words in three languages, one of them by another name, and one for each place."""

    languages = ("en", "hi", "ks-Deva")
    aliases: Mapping[str, str] = {"hin": "hi"}

    def usual_language(self, secured: Secured) -> str | None:
        language = secured.document.get("language")
        return language if isinstance(language, str) else None

    def findings(self) -> Sequence[Finding]:
        return ()


class PlainFormat:
    """A format whose carrier is the content itself; only `carriers` is ever called here."""

    def carriers(self, secured: Secured) -> Sequence[Carrier]:
        segments = (Segment("byte", secured.content),)
        return (Carrier(name="qr", media_type=secured.media_type, segments=segments),)


@pytest.fixture
def renderer() -> EchoRenderer:
    return EchoRenderer()


@pytest.fixture
def dated() -> DatedRenderer:
    return DatedRenderer()


@pytest.fixture
def wordy() -> WordyRenderer:
    return WordyRenderer()


@pytest.fixture
def secured() -> Callable[..., Secured]:
    def make(content: bytes = b"one", **changed: str) -> Secured:
        values = {"kind": "membership", "body": "paper", "credential_id": "17", **changed}
        return Secured(
            **values,
            revision=1,
            schema="core-1",
            format="plain",
            media_type="text/plain",
            key_id="k1",
            algorithm="EdDSA",
            created=datetime(2026, 1, 1, tzinfo=UTC),
            document={},
            content=content,
        )

    return make


@pytest.fixture
def drawing(renderer: EchoRenderer) -> Drawing:
    card = NamedRendering(
        kind="membership", name="card", renderer=renderer, languages=("en", "hi", "ks-Deva")
    )
    code = NamedRendering(kind="membership", name="code", bodies=("paper",), renderer=renderer)
    formats = {("membership", body): PlainFormat() for body in ("paper", "phone")}
    return Drawing([card, code], formats, cache_bytes=1000)
