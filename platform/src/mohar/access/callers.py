"""Who is calling: whoever an API key or an access token stands for."""

from __future__ import annotations

from mohar.access.known_keys import KnownKeys
from mohar.access.quota import Quota
from mohar.access.roles import Roles
from mohar.access.tokens import Tokens, is_token
from mohar.access.watch import Watch
from mohar.config.access import Quotas
from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.errors import NotAuthenticated
from mohar.store import Store


class Callers:
    """Lets callers in: known, within their quotas, and not trying numbers out."""

    def __init__(
        self,
        *,
        store: Store,
        roles: Roles,
        tokens: Tokens,
        quota: Quota,
        watch: Watch,
        clock: Clock,
        keys: KnownKeys,
    ) -> None:
        self._store = store
        self._roles = roles
        self._tokens = tokens
        self._quota = quota
        self._watch = watch
        self._clock = clock
        self._keys = keys

    def admit(self, text: str) -> Actor:
        """
        Return the caller behind a key or a token, and count this call.

        Raises:
            NotAuthenticated: it is neither, or not good now.
            TooManyRequests: the caller has asked as often as it may, or is slowed.
            Unavailable: it cannot be told now; never is that taken for a wrong key.
        """
        actor = self.known(text)
        self._watch.must_not_be_slowed(actor.actor_id)
        self._quota.must_have_left(actor.actor_id, self._roles.quotas_of(actor))
        return actor

    def admitted_lately(self, text: str) -> Actor | None:
        """
        Return a caller whose key was good a moment ago and whose calls need no counting, or None.

        It never waits for anything. Raises TooManyRequests for one that is slowed.
        """
        actor = self._keys.find(text)
        if actor is None or self._roles.quotas_of(actor) != Quotas():
            return None
        self._watch.must_not_be_slowed(actor.actor_id)
        return actor

    def known(self, text: str) -> Actor:
        """Return the caller, and count nothing. Raises NotAuthenticated and Unavailable."""
        if not text:
            raise NotAuthenticated("send an API key or a token: Authorization: Bearer <key>")
        if is_token(text):
            return self._tokens.find(text)
        return self._keys.find(text) or self._of_key(text)

    def _of_key(self, text: str) -> Actor:
        with self._store.read() as work:
            found = work.api_keys.find(text, self._clock())
        if found is None:
            raise NotAuthenticated("this API key is unknown, expired or revoked")
        actor = self._roles.of_key(found)
        self._keys.remember(text, actor)
        return actor
