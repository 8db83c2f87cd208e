"""What a snapshot tells, of whom, and for how long; and what is no snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base64url, keymaking
from mohar.codec.eddsa import Ed25519Signing
from mohar.codec.statement import SNAPSHOT, STATUS_LIST, StatementFormat
from mohar.codec.status_list import StatusValues, encode_token_list
from mohar.domain.credential import Credential
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.domain.status import BoundIdentifier, StatusReference, identifier_digest
from mohar.testing.contracts import seal
from mohar.verifying import Snapshot

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUER = "did:web:a.example"
LIST = "https://a.example/v1/status/badge-revocation-1"
PEM, KEY = keymaking.generate("EdDSA", f"{ISSUER}#1")
GONE = {f"gone-{number}": state for number in range(9) for state in ["revoked"]}


class Pinned:
    def keys(self, issuer: str, key_id: str, at: datetime) -> list[PublicKey]:  # noqa: ARG002 -- the role's signature
        return [KEY] if (issuer, key_id) == (ISSUER, KEY.key_id) else []


class Signing:
    key = KEY

    def sign(self, payloads: Sequence[bytes]) -> list[bytes]:
        private = keymaking.from_pem(PEM)
        assert isinstance(private, Ed25519PrivateKey)
        return [Ed25519Signing(private).sign(each) for each in payloads]


def made(typ: str = SNAPSHOT, **changed: Any) -> bytes:
    values = StatusValues.of({1: 1, 2: 2, 3: 3}, 1024, width=2, order="least-significant-first")
    digests = sorted(identifier_digest(each) for each in GONE)
    claims: Mapping[str, Any] = {
        "iss": ISSUER,
        "sub": "https://a.example/v1/status/snapshot",
        "iat": int(NOON.timestamp()),
        "exp": int((NOON + DAY).timestamp()),
        "serial": 7,
        "keys": [KEY.key_id, KEY.short_id],
        "lists": {LIST: {"bits": 2, "lst": encode_token_list(values)}},
        "bound": {
            "revoked": base64url.encode(b"".join(digests)),
            "suspended": "",
            "superseded": "",
        },
    } | changed
    statement = Credential(
        kind="",
        body="",
        credential_id="",
        revision=1,
        schema="",
        issued_at=NOON,
        document={"typ": typ, "claims": claims},
    )
    return seal(StatementFormat(), [statement], Signing())[0].content


def bound(value: str, *key_ids: str) -> BoundIdentifier:
    return BoundIdentifier(issuer="A", key_ids=key_ids, value=value)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Snapshot(made(), [Pinned()])


def test_it_tells_the_state_of_every_slot(snapshot: Snapshot):
    told = [snapshot.tell(StatusReference(list_url=LIST, index=n), NOON) for n in range(5)]

    assert told == ["clear", "revoked", "suspended", "superseded", "clear"]


@pytest.mark.parametrize("index", [-1, 1024, 10**15])
def test_of_a_slot_beyond_the_list_it_tells_nothing(snapshot: Snapshot, index: int):
    assert snapshot.tell(StatusReference(list_url=LIST, index=index), NOON) == "unknown"


def test_of_other_lists_and_other_keys_it_tells_nothing(snapshot: Snapshot):
    other = StatusReference(list_url="https://b.example/1", index=1)

    assert snapshot.tell(other, NOON) == "unknown"
    assert snapshot.tell_bound(bound("gone-1", "did:web:b.example#1"), NOON) == "unknown"
    assert snapshot.tell_bound(bound("gone-1", KEY.key_id, "k2"), NOON) == "unknown"
    assert snapshot.tell_bound(bound("gone-1"), NOON) == "unknown"


@pytest.mark.parametrize("number", range(9))
def test_what_was_signed_and_revoked_is_found_by_what_it_binds(snapshot: Snapshot, number: int):
    assert snapshot.tell_bound(bound(f"gone-{number}", KEY.short_id), NOON) == "revoked"
    assert snapshot.tell_bound(bound(f"kept-{number}", KEY.short_id), NOON) == "clear"


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (NOON - timedelta(minutes=6), "unknown"),
        (NOON - timedelta(minutes=4), "revoked"),
        (NOON + DAY, "revoked"),
        (NOON + DAY + timedelta(seconds=1), "unknown"),
    ],
)
def test_it_tells_nothing_of_a_time_that_it_is_not_of(
    snapshot: Snapshot, at: datetime, answer: str
):
    assert snapshot.tell(StatusReference(list_url=LIST, index=1), at) == answer
    assert snapshot.tell_bound(bound("gone-1", KEY.key_id), at) == answer


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_snapshot_with_any_bit_flipped_is_not_believed(data: st.DataObject):
    whole = bytearray(made())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((Unreadable, Unsupported)):
        Snapshot(bytes(whole), [Pinned()])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: made(iss="did:web:b.example"), id="another's"),
        pytest.param(lambda: made(STATUS_LIST), id="one list"),
        pytest.param(lambda: made(serial="x"), id="no serial"),
        pytest.param(lambda: made(exp=None), id="no end"),
        pytest.param(lambda: made(bound={"revoked": "AAAA"}), id="a digest is cut"),
        pytest.param(lambda: msgspec.json.encode({"serial": 7}), id="no JWS"),
        pytest.param(lambda: b"", id="empty"),
    ],
)
def test_what_is_no_snapshot_of_a_trusted_issuer_is_refused(make: Callable[[], bytes]):
    with pytest.raises((Unreadable, Unsupported)):
        Snapshot(make(), [Pinned()])
