"""Keys that are trusted because they stand on a list of WHO's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.plugin import Telemetry, Tools
from mohar_trust_gdhcn import _jwk
from mohar_trust_gdhcn._list import Method, TrustList, read
from mohar_trust_gdhcn._proof import Anchor


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The lists (`did.json`), WHO's own key (its DID document, or PEM), and what of them counts.

    `usages` are WHO's codes for what a key may do; DSC keys sign documents. `participants` (three
    letters) and `domains` (as DCC, DDCC) narrow the lists down; empty means all.
    """

    anchor: str
    lists: Annotated[list[str], msgspec.Meta(min_length=1)]
    usages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("DSC",)
    participants: list[str] = []
    domains: list[str] = []


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a participant, with what the list says of it."""

    key: PublicKey
    names: frozenset[str]
    issuers: frozenset[str]
    participant: str
    domain: str
    usage: str

    def fits(self, issuer: str, key_id: str) -> bool:
        """Say whether the key may have signed under that id; a document may name no issuer."""
        return key_id in self.names and (not issuer or issuer in self.issuers)


class GdhcnTrust:
    """
    Answers from memory, out of lists whose proofs were checked at the start.

    An issuer is named by the participant's three letters, the two of its certificate, or its DID;
    a key by its `kid` or by its whole id. The answer keeps the kid, and the participant's DID as
    controller; when a key may be used is as its certificate says.
    """

    def __init__(self, listed: Sequence[Listed]) -> None:
        self.listed = tuple(listed)

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> GdhcnTrust:
        """
        Read and verify every list; keys of a sort that is not used here are passed over.

        Raises:
            ConfigError: a file is missing, no such list, not signed with the pinned key, refers
                to a list that is not pinned, or nothing on the lists counts.
        """
        anchor = Anchor.read(tools.files.read(settings.anchor), settings.anchor)
        lists = {
            where: _verified(tools.files.read(where), anchor, where) for where in settings.lists
        }
        _refuse_missing(lists)
        everything = [each for found in lists.values() for each in _keys(found, tools.telemetry)]
        listed = [each for each in everything if _counts(each, settings)]
        if not listed:
            raise ConfigError(
                f"trust gdhcn: no key on {', '.join(lists)} counts; look at usages, participants "
                "and domains"
            )
        return cls(listed)

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """Return every key of that issuer under that key id, valid or not."""
        found = (each.key for each in self.listed if each.fits(issuer, key_id))
        return [msgspec.structs.replace(key, key_id=key_id) for key in found]


def _verified(data: bytes, anchor: Anchor, where: str) -> TrustList:
    try:
        found = read(data)
        if not anchor.has_signed(found):
            raise ConfigError(f"{where}: not signed with the pinned key of WHO's; get it again")
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{where}: {error}") from error
    return found


def _refuse_missing(lists: Mapping[str, TrustList]) -> None:
    pinned = {each.id for each in lists.values()}
    for where, each in lists.items():
        missing = [did for did in each.references if did not in pinned]
        if missing:
            raise ConfigError(f"{where}: it refers to {missing[0]}, which is not among the lists")


def _keys(trust_list: TrustList, telemetry: Telemetry) -> Iterator[Listed]:
    for method in trust_list.methods:
        try:
            yield _listed(method, trust_list)
        except (Unreadable, Unsupported):
            telemetry.count("gdhcn.keys.passed_over")


def _listed(method: Method, trust_list: TrustList) -> Listed:
    kid = method.public_key_jwk.get("kid")
    name = kid if isinstance(kid, str) else method.id
    decoded = _jwk.decode(method.public_key_jwk, key_id=name)
    issuers = {method.participant.name, decoded.country, method.controller, trust_list.id}
    return Listed(
        key=msgspec.structs.replace(decoded.key, controller=method.controller),
        names=frozenset({name, method.id}),
        issuers=frozenset(issuers - {""}),
        participant=method.participant.name,
        domain=method.domain.name,
        usage=method.keyusage.name,
    )


def _counts(listed: Listed, settings: Settings) -> bool:
    return (
        listed.usage in settings.usages
        and (not settings.participants or listed.participant in settings.participants)
        and (not settings.domains or listed.domain in settings.domains)
    )
