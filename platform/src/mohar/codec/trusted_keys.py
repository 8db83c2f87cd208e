"""
Files of keys that somebody trusts, read by what is in them.

A map of key ids, a DID document, a JWK Set, signer certificates, or bare PEM. A certificate's key
goes by the base64 of the first eight bytes of its SHA-256, as COSE has it. A bare PEM key names
neither issuer nor key id, so it is believed for any; say so where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from mohar.codec import jwk, multikey, public_keys, strict_json, x509
from mohar.codec.keymaking import Moment
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.keys import Algorithm, KeyStatus, PublicKey

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_CERTIFICATE: Final = b"CERTIFICATE"
# DER begins with a SEQUENCE of a length in two bytes, which no text does.
_DER: Final = b"\x30\x82"
_THUMBPRINT_TEXT: Final = 43
_FORMS: Final = frozenset({"publicKeyPem", "publicKeyBase58", "publicKeyMultibase", "publicKeyJwk"})


class TrustedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key and whom it is believed for. No `issuers` means any; so does `is_nameless` for ids."""

    key: PublicKey
    issuers: tuple[str, ...] = ()
    is_nameless: bool = False

    def fits(self, issuer: str, key_id: str) -> bool:
        """Say whether this key may stand for that issuer under that key id."""
        if self.issuers and issuer not in self.issuers:
            return False
        return self.is_nameless or self.key.answers_to(key_id) or self._has_thumbprint(key_id)

    def _has_thumbprint(self, key_id: str) -> bool:
        """Health cards name a key by the thumbprint of its JWK, whatever else it is called."""
        return len(key_id) == _THUMBPRINT_TEXT and key_id == jwk.thumbprint(self.key)


def candidates(trusted: Iterable[TrustedKey], issuer: str, key_id: str) -> Sequence[PublicKey]:
    """Return the keys that fit, valid or not."""
    return [each.key for each in trusted if each.fits(issuer, key_id)]


def keys_from_bytes(data: bytes, where: str) -> Sequence[TrustedKey]:
    """
    Read the keys of a JSON or PEM text, or of one certificate in DER; `where` names it in errors.

    Raises:
        ConfigError: nothing in it that can be trusted, or a key that is damaged or private.
    """
    try:
        if data.startswith(_DER):
            return [TrustedKey(key=x509.read(data).key())]
        if not data.lstrip().startswith((b"{", b"\xef\xbb\xbf{")):
            return _from_pem(data, where)
        tree = strict_json.parse_object(data)
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{where}: {error}") from error
    return keys_from_tree(tree, where)


def keys_from_tree(tree: Mapping[str, Any], where: str) -> Sequence[TrustedKey]:
    """
    Read the keys of a JSON tree: a map by key id, a DID document, a JWK Set or one JWK.

    Raises:
        ConfigError: nothing in it that can be trusted, or a key that is damaged or private.
    """
    try:
        found = tuple(_found(tree, where))
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{where}: {error}") from error
    if not found:
        raise ConfigError(f"{where}: no key in it that can be used for signatures")
    return found


def _found(tree: Mapping[str, Any], where: str) -> Iterable[TrustedKey]:
    match tree:
        case {"keys": list(keys)}:
            return _from_jwks(keys)
        case {"kty": str()}:
            return [TrustedKey(key=jwk.decode(tree))]
        case {"verificationMethod": list(methods), "id": str(did)}:
            return _from_did_document(did, methods, tree)
        case {"certificatePublicKey": str(pem)}:
            return _from_pem(pem.encode(), where)
        case _:
            return (_from_entry(name, value, where) for name, value in tree.items())


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """
    One entry of a map by key id. `issuer` is a name to read, `issuers` who it is bound to.

    `validFrom` is read and not enforced: registries of this shape tell when they listed a key,
    and keys have signed for months before.
    """

    public_key_pem: str = ""
    public_key_base58: str = ""
    public_key_multibase: str = ""
    public_key_jwk: dict[str, Any] = {}
    algorithm: Algorithm | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    status: KeyStatus = "active"
    controller: str = ""
    issuer: str = ""
    issuers: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    note: str = ""


def _from_entry(key_id: str, value: Any, where: str) -> TrustedKey:
    try:
        entry = msgspec.convert(value, _Entry)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: key {key_id}: {error}") from error
    key = _one(key_id, value, entry.algorithm)
    described = msgspec.structs.replace(
        key,
        controller=entry.controller or entry.issuer,
        valid_until=min(filter(None, (entry.valid_until, key.valid_until)), default=None),
        status=entry.status,
    )
    return TrustedKey(key=described, issuers=tuple(entry.issuers or ()))


def _one(key_id: str, value: Mapping[str, Any], algorithm: str | None = None) -> PublicKey:
    """Return the key of an entry; where it is written in several forms, they must agree."""
    keys = [_form(name, value[name], key_id, algorithm) for name in sorted(_FORMS & value.keys())]
    if not keys:
        raise Unreadable(f"key {key_id}: needs one of {', '.join(sorted(_FORMS))}")
    if len({key.spki for key in keys}) > 1:
        raise Unreadable(f"key {key_id}: its forms are different keys; leave the right one")
    return keys[0]


def _form(name: str, value: Any, key_id: str, algorithm: str | None) -> PublicKey:
    match name, value:
        case "publicKeyPem", str():
            key = _pem_key(value.encode(), key_id, algorithm)
        case "publicKeyBase58", str():
            key = public_keys.from_base58(value, key_id=key_id)
        case "publicKeyMultibase", str():
            key = multikey.decode(value, key_id=key_id)
        case "publicKeyJwk", dict():
            key = jwk.decode({"alg": algorithm, **value} if algorithm else value, key_id=key_id)
        case _:
            raise Unreadable(f"key {key_id}: {name} has the wrong type")
    if algorithm and key.algorithm != algorithm:
        raise Unsupported(f"key {key_id}: algorithm {algorithm} does not fit it")
    return key


def _from_jwks(keys: Sequence[Any]) -> Iterator[TrustedKey]:
    for each in keys:
        if not isinstance(each, dict):
            raise Unreadable("every member of a JWK Set must be an object")
        try:
            yield TrustedKey(key=jwk.decode(each))
        except Unsupported:
            # RFC 7517 §5: keys that are not understood are to be passed over.
            continue


def _from_did_document(
    did: str, methods: Sequence[Any], tree: Mapping[str, Any]
) -> Iterator[TrustedKey]:
    asserting = _list(tree, "assertionMethod")
    described = [each for each in [*methods, *asserting] if isinstance(each, dict)]
    by_id = {_absolute(did, each.get("id")): each for each in described}
    aliases = [each for each in _list(tree, "alsoKnownAs") if isinstance(each, str)]
    for reference in asserting:
        key_id = _absolute(did, reference.get("id") if isinstance(reference, dict) else reference)
        if key_id not in by_id:
            raise Unreadable(f"key {key_id}: listed under assertionMethod, described nowhere")
        try:
            key = _one(key_id, by_id[key_id])
        except Unsupported:
            continue
        yield TrustedKey(key=_with_end(key, did, by_id[key_id]), issuers=(did, *aliases))


def _list(tree: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = tree.get(name, [])
    if not isinstance(value, list):
        raise Unreadable(f"the member {name} of a DID document must be a list")
    return value


def _absolute(did: str, key_id: Any) -> str:
    if not isinstance(key_id, str):
        raise Unreadable("a verification method of a DID document needs an id")
    return did + key_id if key_id.startswith("#") else key_id


class _End(msgspec.Struct, frozen=True):
    """When a verification method stops (W3C CID 1.0 §2.2): whichever comes first."""

    expires: Moment | None = None
    revoked: Moment | None = None


def _with_end(key: PublicKey, did: str, method: Mapping[str, Any]) -> PublicKey:
    try:
        end = msgspec.convert(method, _End)
    except msgspec.ValidationError as error:
        raise Unreadable(f"key {key.key_id}: {error}") from error
    moments = [moment for moment in (end.expires, end.revoked) if moment]
    return msgspec.structs.replace(key, controller=did, valid_until=min(moments, default=None))


def _from_pem(data: bytes, where: str) -> Sequence[TrustedKey]:
    blocks = list(_PEM.finditer(data))
    if not blocks:
        raise Unreadable("neither JSON nor PEM text")
    return [_from_block(block, where) for block in blocks]


def _from_block(block: re.Match[bytes], where: str) -> TrustedKey:
    if block[1] == _CERTIFICATE:
        return TrustedKey(key=x509.read(block.group()).key())
    return TrustedKey(key=public_keys.from_pem(block.group(), key_id=where), is_nameless=True)


def _pem_key(pem: bytes, key_id: str, algorithm: str | None) -> PublicKey:
    block = _PEM.search(pem)
    if block is not None and block[1] == _CERTIFICATE:
        return x509.read(pem).key(key_id=key_id, algorithm=algorithm)
    return public_keys.from_pem(pem, key_id=key_id, algorithm=algorithm)
