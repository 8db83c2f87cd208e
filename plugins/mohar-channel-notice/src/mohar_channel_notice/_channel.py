"""One text a way: who is told, in which language, and never twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.delivery import Delivered, Delivery, DeliveryResult
from mohar.domain.errors import ConfigError, Unavailable
from mohar.domain.outgoing import Outgoing
from mohar.domain.valueset import ValueSet
from mohar.plugin import Messenger, Tools
from mohar_channel_notice._quiet import quiet_seconds
from mohar_channel_notice._settings import Settings
from mohar_channel_notice._texts import (
    NoticeFile,
    Values,
    filled,
    last_digits,
    read_texts,
)

_BEGUN: Final = b"begun"
# Of one delivery that goes several ways: what counts first.
_WEIGHT: Final[Sequence[Delivered]] = ("retry", "delivered", "unknown", "refused")


class _Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One text of one delivery for one messenger."""

    delivery_id: str
    messenger: str
    message: Outgoing

    @property
    def key(self) -> str:
        return f"{self.delivery_id}/{self.messenger}"


class NoticeChannel:
    """
    Tells holders. What is sent is noted before: after a crash nobody is told a second time.

    What was noted and has no answer may have been sent or not: it is counted as unknown.
    """

    def __init__(
        self,
        settings: Settings,
        texts: Mapping[str, NoticeFile],
        places: ValueSet | None,
        tools: Tools,
    ) -> None:
        self._settings = settings
        self._texts = texts
        self._names = {name: each for each in texts for name in (each, *texts[each].also)}
        self._places = places
        self._tools = tools
        self._zone = ZoneInfo(tools.time_zone)
        self._lifetime = timedelta(days=settings.remember_days)

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> NoticeChannel:
        """
        Read the texts.

        Raises:
            ConfigError: a file of texts has a mistake, or a messenger is not there.
        """
        for way in settings.ways:
            if way.messenger not in tools.messengers:
                raise ConfigError(
                    f"there is no messenger {way.messenger!r}; name it under `messengers:`"
                )
        texts = read_texts(tools.files, settings.texts, settings.languages)
        place = settings.by_place
        places = tools.files.value_set(place.value_set) if place else None
        return cls(settings, texts, places, tools)

    @property
    def fields(self) -> Sequence[str]:
        """Return the paths of addresses, name and language."""
        place = self._settings.by_place
        asked = [*(way.to for way in self._settings.ways), self._settings.name]
        asked += [self._settings.language, place.path if place else ""]
        return list(dict.fromkeys(each for each in asked if each))

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        """Tell each, unless it is night; then all wait for the morning, which costs nothing."""
        wait = quiet_seconds(self._settings.quiet, self._tools.clock(), self._zone)
        if wait > 0:
            later = DeliveryResult(state="postponed", retry_after_seconds=wait)
            return [later] * len(deliveries)
        sendings = [self._sendings(each) for each in deliveries]
        results = self._sent([one for some in sendings for one in some])
        return [self._of_one(some, results) for some in sendings]

    def _sendings(self, delivery: Delivery) -> list[_Sending]:
        fields = delivery.told.fields
        file = self._texts[self._language(delivery)]
        usual = self._texts[self._settings.languages[0]]
        language = file if file.notice(delivery.event) else usual
        notice = language.notice(delivery.event)
        if notice is None:
            return []
        values = Values(
            name=str(fields.get(self._settings.name, "")),
            kind=language.kinds.get(delivery.kind, ""),
            number=last_digits(delivery.credential_id or ""),
            link=self._settings.link,
        )
        return [
            _Sending(
                delivery_id=delivery.delivery_id,
                messenger=way.messenger,
                message=Outgoing(
                    to=str(fields[way.to]),
                    subject=filled(notice.subject, values),
                    text=filled(notice.text, values),
                    language=language.language,
                    purpose=f"notice.{delivery.event}",
                ),
            )
            for way in self._settings.ways
            if fields.get(way.to)
        ]

    def _language(self, delivery: Delivery) -> str:
        fields, place = delivery.told.fields, self._settings.by_place
        wished = fields.get(self._settings.language)
        if isinstance(wished, str) and wished in self._names:
            return self._names[wished]
        there = fields.get(place.path) if place else None
        entry = self._places.find(there) if self._places and isinstance(there, str) else None
        found = entry.more.get(place.field) if entry and place else None
        usual = self._settings.languages[0]
        return self._names.get(found, usual) if isinstance(found, str) else usual

    def _sent(self, sendings: Sequence[_Sending]) -> Mapping[str, DeliveryResult]:
        results: dict[str, DeliveryResult] = {}
        for name in dict.fromkeys(each.messenger for each in sendings):
            fresh = []
            for each in (one for one in sendings if one.messenger == name):
                known = self._noted(each.key)
                if known is None:
                    fresh.append(each)
                else:
                    results[each.key] = known
            results |= self._send(self._tools.messengers[name], fresh)
        return results

    def _noted(self, key: str) -> DeliveryResult | None:
        """Note that a text is about to be sent; return what became of it where it was before."""
        if self._tools.expiring.add(key, _BEGUN, self._lifetime):
            return None
        noted = self._tools.expiring.get(key)
        if noted is None or noted == _BEGUN:
            self._tools.telemetry.count("mohar.notices.unknown")
            return DeliveryResult(state="unknown", detail="perhaps sent before")
        return msgspec.json.decode(noted, type=DeliveryResult)

    def _send(
        self, messenger: Messenger, sendings: Sequence[_Sending]
    ) -> dict[str, DeliveryResult]:
        if not sendings:
            return {}
        try:
            answers = list(messenger.send([each.message for each in sendings]))
        except Unavailable:
            answers = []
        untried = DeliveryResult(state="retry", detail="not tried")
        answers += [untried] * (len(sendings) - len(answers))
        for each, answer in zip(sendings, answers, strict=True):
            self._note(each.key, answer)
        return {each.key: answer for each, answer in zip(sendings, answers, strict=True)}

    def _note(self, key: str, answer: DeliveryResult) -> None:
        """What did not go out may be tried again; all else is for good."""
        if answer.state == "retry":
            self._tools.expiring.remove(key)
        elif answer.state == "unknown":
            self._tools.telemetry.count("mohar.notices.unknown")
        else:
            self._tools.expiring.put(key, msgspec.json.encode(answer), self._lifetime)

    def _of_one(
        self, sendings: Sequence[_Sending], results: Mapping[str, DeliveryResult]
    ) -> DeliveryResult:
        if not sendings:
            return DeliveryResult(state="refused", detail="no address or no text")
        found = [results[each.key] for each in sendings]
        return min(found, key=lambda each: _WEIGHT.index(each.state))
