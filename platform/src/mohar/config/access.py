"""The shape of `access:` in `deployment.yaml`: who may do what, and how often."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mohar.config.parts import Name, Part, Path, Url
from mohar.domain.access import Action

Text = Annotated[str, msgspec.Meta(min_length=1)]


class Scope(Part, frozen=True, kw_only=True):
    """
    Some actions on some kinds, of all of them where none is named.

    `where` limits it to records that say one of these values at each path, as in
    `{facility.address.state: [Goa]}`. Only `issue`, `revoke`, `read` and `search` can be limited:
    what is done to no single record is not. Once a record is no longer kept (`retention:`), whoever
    is limited by it no longer sees its credential.
    """

    may: Annotated[list[Action], msgspec.Meta(min_length=1)]
    kinds: list[str] = []
    where: dict[str, Annotated[list[Text], msgspec.Meta(min_length=1)]] = {}


class Quotas(Part, frozen=True, kw_only=True):
    """How many requests one caller may make; a day begins at midnight in `time_zone`."""

    per_minute: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    per_day: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] | None = None


class Role(Part, frozen=True, kw_only=True):
    """
    What callers of one sort may do: scopes as texts (`read:diploma`, `verify`), or with limits.

    A change counts from the next start, for all who have the role. With `quotas` its callers have
    these instead of those of `access:`; of several roles the most generous counts.
    """

    name: Name
    title: str = ""
    scopes: Annotated[list[Text | Scope], msgspec.Meta(min_length=1)]
    quotas: Quotas | None = None


class Jwks(Part, frozen=True, kw_only=True):
    """Where the public keys of an issuer of tokens are: at a `url`, or in a `file`; one of them."""

    url: Url | None = None
    file: Path | None = None


class TokenIssuer(Part, frozen=True, kw_only=True):
    """
    Somebody whose OAuth 2 access tokens are taken, as JWTs (RFC 9068, RFC 8725).

    `issuer` and `audience` are what their `iss` and `aud` must say. `roles_claim` is the path of
    the claim that tells the roles, as a list or as texts between spaces, and `roles` says which of
    our roles each of its values is. `actor_claim` tells one caller from another; only a keyed hash
    of it is kept. `limits` names, for paths of the record, the claim whose values records must say
    there: of a token without that claim, none does.
    """

    name: Name
    issuer: Text
    audience: Text
    jwks: Jwks
    algorithms: Annotated[
        tuple[Literal["RS256", "PS256", "ES256", "ES384", "Ed25519"], ...],
        msgspec.Meta(min_length=1),
    ] = ("RS256", "PS256", "ES256")
    roles_claim: Text = "scope"
    roles: dict[str, Name]
    actor_claim: Text = "sub"
    limits: dict[str, Text] = {}
    leeway_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] = 30


class Alarm(Part, frozen=True, kw_only=True):
    """
    When somebody seems to try numbers out.

    Whoever asked for `distinct` different things within `within_seconds`, and found less than
    `hit_share` of them, is slowed: the first further question waits `first_seconds`, and each one
    after a miss twice as long, up to `longest_seconds`. It is told in the log, as an event
    `access.enumeration`, and in `/health`.
    """

    distinct: Annotated[int, msgspec.Meta(ge=2, le=100_000)] = 50
    within_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 600
    hit_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.2
    first_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 1.0
    longest_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 600.0


class Access(Part, frozen=True, kw_only=True):
    """
    Who may do what, and how often.

    `roles` are given to API keys (`mohar apikeys create --role`) and by the tokens of `issuers`.
    `purposes` are the words that a caller may send as `X-Purpose`; without one it is `unstated`.
    What was read is kept on record for `read_log_days`.
    """

    roles: list[Role] = []
    issuers: list[TokenIssuer] = []
    quotas: Quotas = Quotas()
    alarm: Alarm = Alarm()
    purposes: list[Name] = []
    read_log_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] = 366
