"""Rehearse: credentials that look like real ones and never verify, for whoever designs pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from mohar.codec import public_keys
from mohar.domain.clock import Clock
from mohar.domain.credential import Credential, Prepared
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.domain.status import StatusSlot
from mohar.issuing.check import check
from mohar.issuing.compose import compose
from mohar.issuing.draft import BodyDraft, ItemDraft, by_body
from mohar.issuing.plan import KindPlan, Setting
from mohar.plugin import Format
from mohar.store.rows import IntakeItem, Reservation

# Like a real one it cannot be compressed, or codes would look smaller than they will be.
_SUBJECT: Final = "urn:uuid:7d1c5b0e-93a4-8f26-b85d-2ae641c9f073"
_LIST: Final = "sample"
_SLOT: Final = 65_535
_SIGNATURE_BYTES: Final = {"EdDSA": 64, "ES256": 64, "ES384": 96}


class Rehearsal:
    """
    Makes what `Issuer` would make of the same records, without a store and without a key.

    In the place of each signature there are bytes of its length that sign nothing: what is made
    here is refused by every verifier. `stations` are the format of each (kind, body), and the
    public key it is told to be signed with.
    """

    def __init__(
        self,
        kinds: Mapping[str, KindPlan],
        stations: Mapping[tuple[str, str], tuple[Format, PublicKey]],
        setting: Setting,
        clock: Clock,
    ) -> None:
        self._kinds = kinds
        self._stations = stations
        self._setting = setting
        self._clock = clock

    def rehearse(self, kind: str, messages: Sequence[Message]) -> Sequence[ItemDraft]:
        """Return a draft for each message, in order, with its bodies or what speaks against them."""
        plan, now = self._kinds[kind], self._clock()
        records = plan.source.read(messages)
        drafts = [
            ItemDraft(_item(plan, number, message, now), record, plan)
            for number, (message, record) in enumerate(zip(messages, records, strict=True))
        ]
        check(drafts)
        ready = [draft for draft in drafts if not draft.is_refused]
        for number, draft in enumerate(ready):
            draft.reservation = _reservation(plan, number)
        compose(self._setting, ready, now)
        for body, pairs in by_body(ready).items():
            self._seal(kind, body, [each for _, each in pairs], now)
        return drafts

    def _seal(self, kind: str, name: str, bodies: Sequence[BodyDraft], now: datetime) -> None:
        made, key = self._stations[kind, name]
        composed = [each for each in bodies if each.credential is not None]
        answers = made.prepare(list(_credentials(composed)), key, now)
        for body, answer in zip(composed, answers, strict=True):
            if isinstance(answer, Refusal):
                body.add(answer.findings)
        prepared = [each for each in answers if isinstance(each, Prepared)]
        signed = [
            body for body, each in zip(composed, answers, strict=True) if isinstance(each, Prepared)
        ]
        sealed = made.seal(prepared, [_no_signature(key, each.payload) for each in prepared], key)
        for body, secured in zip(signed, sealed, strict=True):
            body.secured = secured


def _credentials(bodies: Iterable[BodyDraft]) -> Iterable[Credential]:
    return (body.credential for body in bodies if body.credential is not None)


def _item(plan: KindPlan, position: int, message: Message, now: datetime) -> IntakeItem:
    return IntakeItem(
        intake_id=f"{_LIST}-{position}",
        submission_id=_LIST,
        position=position,
        kind=plan.name,
        source=plan.source_name,
        variant=message.variant,
        content=message.content,
        received_at=now,
        attempts=1,
    )


def _reservation(plan: KindPlan, number: int) -> Reservation:
    # As wide as real numbers are, and of digits that are as wide as digits get.
    first = 10**plan.digits - 10 ** (plan.digits - 1)
    return Reservation(
        state="fresh",
        credential_id=str(first + number),
        revision=1,
        slot=StatusSlot(list_id=_LIST, index=_SLOT) if plan.has_status else None,
        subject=_SUBJECT,
    )


def _no_signature(key: PublicKey, payload: bytes) -> bytes:
    """Return as many bytes as a signature has; like one they cannot be compressed."""
    native = public_keys.to_native(key)
    bits = native.key_size if isinstance(native, rsa.RSAPublicKey) else 0
    size = _SIGNATURE_BYTES.get(key.algorithm, bits // 8)
    return hashlib.shake_256(payload).digest(size)
