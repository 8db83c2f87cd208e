"""What is missing in the texts of a deployment, and what of them is too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mohar.codec.sms import length_of
from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding
from mohar.plugin import Files
from mohar_channel_notice._check import letter_of
from mohar_channel_notice._settings import Settings
from mohar_channel_notice._texts import (
    EVENTS,
    NoticeFile,
    read_texts,
    shortest_and_longest,
)


def findings(deployment: Mapping[str, Any], files: Files) -> Sequence[Finding]:
    """Return what there is to say of each channel of notices."""
    return [
        finding
        for channel in deployment["channels"]
        if channel["uses"] == "notice"
        for finding in _of(deployment, channel, files)
    ]


def _of(
    deployment: Mapping[str, Any], channel: Mapping[str, Any], files: Files
) -> Iterator[Finding]:
    name = channel["name"]
    try:
        settings = msgspec.convert(channel["settings"], Settings)
        texts = read_texts(files, settings.texts, settings.languages)
    except (ConfigError, msgspec.ValidationError) as error:
        yield Finding(code="notice-texts", message=f"the channel {name}: {error}")
        return
    events = channel.get("events", ())
    yield from _events(name, events)
    yield from _messengers(name, settings, deployment)
    yield from _gaps(name, texts, events, _kinds(deployment, channel))
    if _has_sms(settings, deployment):
        yield from _lengths(name, settings, texts)


def _events(name: str, events: Sequence[str]) -> Iterator[Finding]:
    untold = [each for each in events if each not in EVENTS]
    if untold or not events:
        yield Finding(
            code="notice-event",
            message=f"the channel {name} writes to holders, and only of {', '.join(EVENTS)}: name "
            f"its events{', without ' + ', '.join(untold) if untold else ''}",
        )


def _messengers(name: str, settings: Settings, deployment: Mapping[str, Any]) -> Iterator[Finding]:
    known = [each["name"] for each in deployment["messengers"]]
    for way in settings.ways:
        if way.messenger not in known:
            yield Finding(
                code="notice-messenger",
                message=f"the channel {name}: there is no messenger {way.messenger}; name it under "
                "messengers:",
            )
    if deployment["environment"] == "production" and settings.link.startswith("http:"):
        yield Finding(
            code="notice-link",
            message=f"the channel {name} sends people to a plain http address; use https",
        )


def _gaps(
    name: str, texts: Mapping[str, NoticeFile], events: Sequence[str], kinds: Sequence[str]
) -> Iterator[Finding]:
    for language, file in texts.items():
        words = [each for each in events if each in EVENTS and not file.notice(each)]
        missing = [*words, *(each for each in kinds if each not in file.kinds)]
        if missing:
            yield Finding(
                code="notice-gap",
                severity="error" if language == next(iter(texts)) else "warning",
                message=f"the channel {name} has no words in {language} for {', '.join(missing)}; "
                "without them it writes in its first language",
            )
    drafts = [language for language, file in texts.items() if file.review == "draft"]
    if drafts:
        yield Finding(
            code="notice-draft",
            severity="warning",
            message=f"the notices of the channel {name} in {', '.join(drafts)} are drafts; have "
            "somebody who speaks the language read them, and write review: reviewed",
        )


def _lengths(name: str, settings: Settings, texts: Mapping[str, NoticeFile]) -> Iterator[Finding]:
    for language, file in texts.items():
        for event, notice in file.notices.items():
            kinds = list(file.kinds.values())
            _, longest = shortest_and_longest(
                notice.text, kinds, settings.link, letter_of(notice.text)
            )
            segments = length_of(longest).segments
            if segments > settings.most_segments:
                yield Finding(
                    code="notice-long",
                    severity="warning",
                    message=f"the channel {name}: the notice {event} in {language} takes "
                    f"{segments} segments, more than {settings.most_segments}; shorten it, or "
                    "raise most_segments",
                )


def _kinds(deployment: Mapping[str, Any], channel: Mapping[str, Any]) -> list[str]:
    return list(channel.get("kinds") or [each["name"] for each in deployment["credentials"]])


def _has_sms(settings: Settings, deployment: Mapping[str, Any]) -> bool:
    """A messenger that says nothing of it carries SMS."""
    used = {way.messenger for way in settings.ways}
    return any(
        each["settings"].get("carries", "sms") == "sms"
        for each in deployment["messengers"]
        if each["name"] in used
    )
