"""What trusted issuers say of their credentials, in a file that was fetched before."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec

from mohar.codec import base64url
from mohar.codec.statement import SNAPSHOT, StatementFormat
from mohar.codec.status_list import StatusValues, decode_token_list
from mohar.domain.errors import Unreadable
from mohar.domain.status import TOKEN_VALUES, BoundIdentifier, StatusReference, identifier_digest
from mohar.plugin.roles import Trust
from mohar.verifying.signature import Signatures
from mohar.verifying.status import StatusAnswer
from mohar.verifying.steps import weighed

_SKEW: Final = timedelta(minutes=5)
_DIGEST_BYTES: Final = 16
_Bad = Literal["revoked", "superseded", "suspended"]
_WORST_FIRST: Final[tuple[_Bad, ...]] = ("revoked", "superseded", "suspended")
_ANSWERS: Final[Mapping[int, StatusAnswer]] = {
    0: "clear",
    **{TOKEN_VALUES[state]: state for state in _WORST_FIRST},
}


class _Packed(msgspec.Struct, frozen=True):
    bits: Annotated[int, msgspec.Meta(ge=1, le=8)]
    lst: str


class _Claims(msgspec.Struct, frozen=True):
    serial: int
    exp: int
    keys: list[str]
    lists: dict[str, _Packed]
    bound: dict[str, str]


class Snapshot:
    """
    All lists of one issuer as of one moment.

    It counts from then until its end, and tells nothing of any other time.
    """

    def __init__(self, data: bytes, trust: Sequence[Trust]) -> None:
        """
        Read a snapshot.

        Raises:
            Unreadable: it is damaged, or none of the trusted keys of its issuer signed it.
            Unsupported: it is another sort of statement, or of a later form.
        """
        form = StatementFormat()
        opened = form.open(data)
        [proof] = opened.proofs
        assert proof.created is not None
        judged = weighed(Signatures(trust).judge(form, opened, proof.created))
        if judged != "valid":
            raise Unreadable(f"the status snapshot is not believed: its signature is {judged}")
        claims = _claims(opened.document)
        assert opened.valid_until is not None
        self.serial = claims.serial
        self.begins, self.ends = proof.created, opened.valid_until
        self._keys = frozenset(claims.keys)
        self._lists = claims.lists
        self._unpacked: dict[str, StatusValues] = {}
        self._bound = {state: _digests(text) for state, text in claims.bound.items()}

    def entries(self) -> Iterator[tuple[str, int, StatusAnswer]]:
        """Return the list, the place and the state of everything that is not clear."""
        for url, packed in self._lists.items():
            for index, value in self._values(url, packed).set_entries().items():
                yield url, index, _ANSWERS.get(value, "unknown")

    def sizes(self) -> Mapping[str, int]:
        """Return how many entries each list has. Raises Unreadable."""
        return {url: self._values(url, packed).size for url, packed in self._lists.items()}

    def bound(self) -> Iterator[tuple[bytes, StatusAnswer]]:
        """Return the digest of every identifier that is not clear, and its state."""
        for state in _WORST_FIRST:
            digests = self._bound.get(state, b"")
            for place in range(len(digests) // _DIGEST_BYTES):
                yield _at(digests, place), state

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:
        """Return what the list says; `unknown` where it is not in it, or at another time."""
        packed = self._lists.get(reference.list_url)
        if packed is None or not self._counts(at):
            return "unknown"
        try:
            return _ANSWERS.get(
                self._values(reference.list_url, packed)[reference.index], "unknown"
            )
        except (IndexError, Unreadable):
            return "unknown"

    def tell_bound(self, identifier: BoundIdentifier, at: datetime) -> StatusAnswer:
        """Return the worst that is said of what binds this; `unknown` for the keys of others."""
        ours = bool(identifier.key_ids) and self._keys.issuperset(identifier.key_ids)
        if not ours or not self._counts(at):
            return "unknown"
        digest = identifier_digest(identifier.value)
        for each in _WORST_FIRST:
            if _holds(self._bound.get(each, b""), digest):
                return each
        return "clear"

    def _counts(self, at: datetime) -> bool:
        return self.begins - _SKEW <= at <= self.ends

    def _values(self, url: str, packed: _Packed) -> StatusValues:
        if url not in self._unpacked:
            self._unpacked[url] = decode_token_list(packed.lst, packed.bits)
        return self._unpacked[url]


def _claims(document: Mapping[str, object]) -> _Claims:
    if document["typ"] != SNAPSHOT:
        raise Unreadable("this is a list and no snapshot of all lists")
    try:
        return msgspec.convert(document["claims"], _Claims)
    except msgspec.ValidationError as error:
        raise Unreadable(f"the status snapshot is damaged: {error}") from None


def _digests(text: str) -> bytes:
    digests = base64url.decode(text)
    if len(digests) % _DIGEST_BYTES:
        raise Unreadable("the status snapshot is damaged: a digest is cut")
    return digests


def _holds(digests: bytes, wanted: bytes) -> bool:
    """They stand in order, so few of them are looked at."""
    places = range(len(digests) // _DIGEST_BYTES)
    place = bisect_left(places, wanted, key=lambda each: _at(digests, each))
    return _at(digests, place) == wanted


def _at(digests: bytes, place: int) -> bytes:
    return digests[place * _DIGEST_BYTES : (place + 1) * _DIGEST_BYTES]
