"""OAuth 2 access tokens as JWTs, and who sent one (RFC 9068, RFC 8725, RFC 7519)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError

from mohar.access.roles import Roles
from mohar.access.token_keys import TokenKeys
from mohar.codec import strict_json
from mohar.config.access import TokenIssuer
from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.errors import NotAuthenticated, Unreadable
from mohar.domain.values import JsonObject, at_path

_MOST_CHARACTERS: Final = 16_384
# RFC 9068 §2.1; RFC 7519 §5.1. Neither a token of another sort nor one that does not say is taken.
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt", "jwt"})
_LONGEST_SUBJECT: Final = 1_000
_DOTS: Final = 2
# No time that is meant is later than the year 9999.
_FARTHEST: Final = 253_402_300_800

Hashed = Callable[[str, str], str]


class TokenDoor:
    """
    Takes the tokens of one issuer.

    `hashed` makes of the issuer's name and a claim what the caller is called in the log, so that no
    name of a person gets there.
    """

    def __init__(
        self, issuer: TokenIssuer, *, keys: TokenKeys, roles: Roles, hashed: Hashed, clock: Clock
    ) -> None:
        self.issuer = issuer.issuer
        self._section = issuer
        self._keys = keys
        self._roles = roles
        self._hashed = hashed
        self._clock = clock

    def actor_of(self, token: str, header: JsonObject) -> Actor:
        """
        Return the caller a token stands for.

        Raises:
            NotAuthenticated: it is none of this issuer's, not for us, or not good now.
            Unavailable: the issuer's keys cannot be had.
        """
        claims = self._claims(token, header)
        self._must_be_good(claims)
        name = self._section.name
        caller = _claim(claims, self._section.actor_claim)
        if not isinstance(caller, str) or not 0 < len(caller) <= _LONGEST_SUBJECT:
            raise NotAuthenticated(
                f"the claim {self._section.actor_claim} of this token is missing"
            )
        actor = Actor(actor_id=f"oidc:{name}:{self._hashed(name, caller)}", name=name)
        said = _texts(_claim(claims, self._section.roles_claim))
        names = [role for value, role in self._section.roles.items() if value in said]
        limits = {
            path: _values(_claim(claims, claim)) for path, claim in self._section.limits.items()
        }
        return self._roles.given(actor, names, limits)

    def _claims(self, token: str, header: JsonObject) -> JsonObject:
        # RFC 8725 §3.1: what the deployment lists counts, and never what the token says alone.
        if header.get("alg") not in self._section.algorithms:
            raise NotAuthenticated("this token is signed with an algorithm that is not taken")
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise NotAuthenticated("this is no access token: its header says another type, or none")
        key = self._keys.find(str(header.get("kid", "")))
        if key is None:
            raise NotAuthenticated("this token is signed with a key that its issuer does not show")
        try:
            return jwt.decode(token, key, algorithms=self._section.algorithms).claims
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated("the signature of this token is not good") from error

    def _must_be_good(self, claims: JsonObject) -> None:
        """RFC 7519 §4.1: for us, from whom we think, and now."""
        section, now = self._section, self._clock().timestamp()
        leeway = section.leeway_seconds
        if claims.get("iss") != section.issuer:
            raise NotAuthenticated("this token is of another issuer")
        audience = claims.get("aud")
        if section.audience not in (audience if isinstance(audience, list) else [audience]):
            raise NotAuthenticated("this token is for another audience")
        expires = _number(claims, "exp")
        if expires is None or expires + leeway <= now:
            raise NotAuthenticated("this token has expired, or does not say when it will")
        for name in ("nbf", "iat"):
            begins = _number(claims, name)
            if name in claims and (begins is None or begins - leeway > now):
                raise NotAuthenticated(f"this token is of a later time: see its {name}")


class Tokens:
    """Finds the issuer of a token among those that the deployment names."""

    def __init__(self, doors: Sequence[TokenDoor]) -> None:
        self._doors = doors

    def find(self, token: str) -> Actor:
        """Return the caller. Raises NotAuthenticated, or Unavailable where it cannot be told."""
        if len(token) > _MOST_CHARACTERS or not token.isascii():
            raise NotAuthenticated("this is no token that is taken here")
        header, claims = _unverified(token)
        for door in self._doors:
            if door.issuer == claims.get("iss"):
                return door.actor_of(token, header)
        raise NotAuthenticated("this token is of an issuer that is not known here")


def is_token(text: str) -> bool:
    """Say whether what a caller sent looks like a JWT (RFC 7515 §3.1) rather than a key of ours."""
    return text.count(".") == _DOTS


def _claim(claims: JsonObject, name: str) -> Any:
    """Return a claim by its name, which may be an address with dots in it, or by its path."""
    return claims[name] if name in claims else at_path(claims, name)


def _unverified(token: str) -> tuple[JsonObject, JsonObject]:
    """Read what a token says, only to know whose keys to ask."""
    try:
        read = jws.extract_compact(token.encode("ascii"))
        return dict(read.headers()), strict_json.parse_object(read.payload)
    except (JoseError, Unreadable, ValueError, TypeError) as error:
        raise NotAuthenticated("this is no token that is taken here") from error


def _number(claims: JsonObject, name: str) -> float | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _FARTHEST else None


def _texts(value: Any) -> frozenset[str]:
    """Roles come as a list, or as texts between spaces (RFC 6749 §3.3)."""
    if isinstance(value, str):
        return frozenset(value.split())
    return _values(value)


def _values(value: Any) -> frozenset[str]:
    listed = value if isinstance(value, list) else [value]
    return frozenset(each for each in listed if isinstance(each, str) and each)
