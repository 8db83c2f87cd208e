"""
The one shape of WHO's trust lists, read so narrowly that JSON and RDF say the same.

The lists are signed as RDF. Whatever RDF would lose or move – a member no context defines, a
context written out, an id that is not absolute or comes twice – is refused here, so that what is
read as JSON is what was signed.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from mohar.codec import strict_json
from mohar.domain.errors import Unreadable

_DID: Final = r"^did:web:[A-Za-z0-9._:%-]{1,300}\Z"
_METHOD: Final = r"^did:web:[A-Za-z0-9._:%-]{1,300}(#[A-Za-z0-9+/=_-]{1,100})?\Z"
_MOST_BYTES: Final = 20_000_000

Did = Annotated[str, msgspec.Meta(pattern=_DID)]
MethodId = Annotated[str, msgspec.Meta(pattern=_METHOD)]
# Nothing that the canonical form would have to escape.
Plain = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/=_. -]{1,4000}\Z")]
Time = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
    ),
]
Version = Literal["", "-UAT", "-DEV"]

_W3C: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1")
_VERSIONS: Final[dict[tuple[str, ...], Version]] = {
    (*_W3C, f"https://smart.who.int/trust/tng-context/v1{version}.jsonld"): version
    for version in ("", "-UAT", "-DEV")
}


class Code(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A code of one of WHO's value sets, as `#DSC`."""

    code: Annotated[str, msgspec.Meta(pattern=r"^#[A-Za-z0-9_-]{1,40}\Z")]

    @property
    def name(self) -> str:
        """Return the code without its mark."""
        return self.code.removeprefix("#")


class Method(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """One key on a list: whose, for what domain, and for what use."""

    id: MethodId
    type: Literal["JsonWebKey2020"]
    controller: Did
    public_key_jwk: dict[Plain, Plain | list[Plain]]
    domain: Code
    participant: Code
    keyusage: Code


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A proof JsonWebSignature2020."""

    type: Literal["JsonWebSignature2020"]
    created: Time
    nonce: Plain | None = None
    proof_purpose: Literal["assertionMethod"]
    verification_method: MethodId
    jws: str


class TrustList(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """One list: keys, or the DIDs of other lists that have them."""

    context: list[str] = msgspec.field(name="@context")
    id: Did
    controller: Did
    verification_method: list[Method | Did]
    proof: Proof

    @property
    def version(self) -> Version:
        """Return which of WHO's networks the list is of, by the end of its context's name."""
        return _VERSIONS[tuple(self.context)]

    @property
    def methods(self) -> tuple[Method, ...]:
        """Return the keys on the list; none where it only refers."""
        return tuple(each for each in self.verification_method if isinstance(each, Method))

    @property
    def references(self) -> tuple[str, ...]:
        """Return the DIDs of the lists it refers to; none where it has the keys itself."""
        return tuple(each for each in self.verification_method if isinstance(each, str))


def read(data: bytes) -> TrustList:
    """
    Read a list. Nothing in it is believed yet.

    Raises:
        Unreadable: not a list of exactly that shape; the message says where.
    """
    tree = strict_json.parse_object(data, max_bytes=_MOST_BYTES, max_depth=8)
    try:
        found = msgspec.convert(tree, TrustList)
    except msgspec.ValidationError as error:
        raise Unreadable(f"this is no trust list of WHO's: {error}") from error
    if tuple(found.context) not in _VERSIONS:
        raise Unreadable("its contexts are not those of WHO's trust lists")
    names = [*(each.id for each in found.methods), *found.references]
    if len(set(names)) < len(names) or found.id in names:
        # RDF would join what is said in two places, and nobody could tell which was meant.
        raise Unreadable("it describes the same thing in two places")
    return found
