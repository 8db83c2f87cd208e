"""Access tokens of others: only those that are signed, for us, and good now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from mohar.access.roles import Roles
from mohar.access.token_keys import PinnedKeys, RemoteKeys, read_keys
from mohar.access.tokens import TokenDoor, Tokens
from mohar.assembly.opening import silent_telemetry
from mohar.config.access import Access, Jwks, Role, TokenIssuer
from mohar.domain.errors import NotAuthenticated, Unavailable
from mohar.plugin import HttpResponse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER = ECKey.generate_key("P-256", {"kid": "k1"})
SECTION = TokenIssuer(
    name="idp",
    issuer="https://idp.example",
    audience="mohar",
    jwks=Jwks(file="keys.json"),
    roles={"STAFF": "staff"},
    roles_claim="realm.roles",
    limits={"facility.name": "facility"},
)
ROLES = Roles(Access(roles=[Role(name="staff", scopes=["read"])]))
CLAIMS = {
    "iss": "https://idp.example",
    "aud": ["mohar", "other"],
    "sub": "somebody@example.org",
    "exp": NOW.timestamp() + 60,
    "iat": NOW.timestamp(),
    "realm": {"roles": ["STAFF", "COOK"]},
    "facility": "North",
}


def key_set(*keys: ECKey) -> bytes:
    return msgspec.json.encode({"keys": [key.as_dict(private=False) for key in keys]})


def door(keys: Any) -> Tokens:
    made = TokenDoor(
        SECTION, keys=keys, roles=ROLES, hashed=lambda _, __: "abc123", clock=lambda: NOW
    )
    return Tokens([made])


def token(key: Any = KEY, header: Mapping[str, Any] | None = None, **changed: Any) -> str:
    claims = {name: each for name, each in {**CLAIMS, **changed}.items() if each is not None}
    head = {"alg": "ES256", "kid": "k1", "typ": "at+jwt", **(header or {})}
    return jwt.encode(head, claims, key, algorithms=[head["alg"]])


TOKENS = door(PinnedKeys(read_keys(key_set(KEY))))


class TestGood:
    def test_a_token_gives_roles_and_limits_and_its_subject_only_hashed(self) -> None:
        actor = TOKENS.find(token())

        assert actor.actor_id == "oidc:idp:abc123"
        assert actor.roles == {"staff"}
        assert actor.may("read", "diploma", {"facility": {"name": "North"}})
        assert not actor.may("read", "diploma", {"facility": {"name": "South"}})
        assert "somebody" not in repr(actor)

    def test_a_token_without_the_claim_of_a_limit_opens_nothing(self) -> None:
        actor = TOKENS.find(token(facility=None))

        assert not actor.may("read", "diploma", {"facility": {"name": "North"}})
        assert not actor.may("read", "diploma", {"facility": {}})


class TestBad:
    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://other.example"},
            {"iss": None},
            {"aud": "other"},
            {"aud": None},
            {"exp": NOW.timestamp() - 60},
            {"exp": None},
            {"exp": "tomorrow"},
            {"exp": True},
            {"nbf": NOW.timestamp() + 60},
            {"iat": NOW.timestamp() + 60},
            {"sub": None},
            {"sub": ""},
        ],
        ids=str,
    )
    def test_other_claims_are_refused(self, changed: dict[str, Any]) -> None:
        with pytest.raises(NotAuthenticated):
            TOKENS.find(token(**changed))

    @pytest.mark.parametrize("header", [{"typ": "logout+jwt"}, {"typ": ""}, {"kid": "k2"}], ids=str)
    def test_another_type_or_key_is_refused(self, header: dict[str, Any]) -> None:
        with pytest.raises(NotAuthenticated):
            TOKENS.find(token(header=header))

    def test_another_signature_is_refused(self) -> None:
        with pytest.raises(NotAuthenticated):
            TOKENS.find(token(OTHER))

    def test_a_shared_secret_or_no_signature_never_counts(self) -> None:
        """
        The public key as a secret of HS256 is the old trick (RFC 8725 §2.1).
        """
        secret = OctKey.import_key(key_set(KEY))
        unsigned = token().split(".")

        for bad in (
            token(secret, {"alg": "HS256"}),
            f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{unsigned[1]}.",
        ):
            with pytest.raises(NotAuthenticated):
                TOKENS.find(bad)

    @given(st.text(max_size=60) | st.builds(".".join, st.lists(st.text("aeyJ0_-", max_size=9))))
    @settings(deadline=None, max_examples=80)
    def test_no_text_is_more_than_refused(self, text: str) -> None:
        with pytest.raises(NotAuthenticated):
            TOKENS.find(text)


class Web:
    """A key server that can be away, and counts."""

    def __init__(self) -> None:
        self.asked, self.body, self.is_away = 0, key_set(KEY), False

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        assert (method, url) == ("GET", "https://idp.example/keys")
        self.asked += 1
        if self.is_away:
            raise Unavailable("away")
        return HttpResponse(status=200, headers={}, body=self.body)


class TestRemoteKeys:
    def made(self) -> tuple[Web, list[float], RemoteKeys]:
        web, now = Web(), [0.0]
        keys = RemoteKeys(
            name="idp",
            url="https://idp.example/keys",
            http=web,
            seconds=lambda: now[0],
            telemetry=silent_telemetry(),
        )
        return web, now, keys

    def test_an_issuer_that_is_away_is_not_a_wrong_token(self) -> None:
        web, now, keys = self.made()
        web.is_away = True

        with pytest.raises(Unavailable):
            door(keys).find(token())
        web.is_away = False
        now[0] = 20
        assert door(keys).find(token())

    def test_unknown_keys_are_looked_up_again_but_not_at_will(self) -> None:
        web, now, keys = self.made()
        assert keys.find("k1")

        found = [keys.find(f"x{number}") for number in range(50)]
        now[0] = 20
        web.body = key_set(ECKey.generate_key("P-256", {"kid": "k2"}))

        assert found == [None] * 50
        assert web.asked == 1
        assert keys.find("k2")
        assert web.asked == 2

    def test_known_keys_count_for_a_day_while_their_issuer_is_away(self) -> None:
        web, now, keys = self.made()
        assert keys.find("k1")
        web.is_away = True

        now[0] = 3_600
        assert keys.find("k1")
        now[0] = 90_000
        with pytest.raises(Unavailable):
            keys.find("k1")
