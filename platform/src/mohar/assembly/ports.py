"""The ports behind `Tools`: what a plugin may reach, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx

from mohar.access.fetch import Access
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput, NotFound, Unavailable
from mohar.domain.record import Message
from mohar.plugin import HttpResponse, Receipt

T = TypeVar("T")


class OutgoingHttp:
    """
    HTTP with one deadline for the whole exchange, no redirects, and a bounded answer.

    Nothing of one call is left for the next: neither a connection nor a cookie.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        deadline_seconds: float = 10.0,
        max_bytes: int = 1_000_000,
    ) -> HttpResponse:
        """
        Send one request.

        Raises:
            InvalidInput: the address is none.
            Unavailable: no whole answer came in time, or a longer one than allowed.
        """
        host, until = _host(url), time.monotonic() + deadline_seconds
        try:
            with self._client.stream(
                method,
                url,
                content=body,
                headers=dict(headers or {}),
                timeout=deadline_seconds,
            ) as response:
                return HttpResponse(
                    status=response.status_code,
                    headers=dict(response.headers),
                    body=_bounded(response, until, max_bytes),
                )
        except httpx.HTTPError as error:
            raise Unavailable(f"{host} did not answer: {type(error).__name__}") from error

    @cached_property
    def _client(self) -> httpx.Client:
        """Made once, when it is first needed: to read the roots of trust takes longer than a call."""
        return httpx.Client(
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )


def _host(url: str) -> str:
    """The rest of an address may hold what nobody else should read, so errors name the host only."""
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL as error:
        raise InvalidInput("this is no address that can be asked") from error


def _bounded(response: httpx.Response, until: float, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise Unavailable(f"the answer is longer than {max_bytes} bytes")
        if time.monotonic() > until:
            raise Unavailable("the answer did not come in time")
    return bytes(body)


Submit = Callable[[Actor, str, Sequence[Message]], Receipt]


class Late:
    """A port that is filled in once the rooms behind it are built; plugins are opened before."""

    def __init__(self) -> None:
        self.access: Access | None = None
        self.submit_to: Submit | None = None

    def fetch(self, actor: Actor, credential_id: str, body: str | None = None) -> Sequence[Secured]:
        """Return the bodies of one credential, for an actor who may see them."""
        return _built(self.access).bodies(actor, credential_id, body)

    def current(self, actor: Actor, kind: str, key: Mapping[str, Any]) -> Sequence[Secured]:
        """Return all current bodies of a natural key, for an actor who may search."""
        return _built(self.access).current(actor, kind, key)

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """Make messages durable and answer for each one."""
        return _built(self.submit_to)(actor, kind, messages)


def _built(room: T | None) -> T:
    if room is None:
        raise Unavailable("the house is still being built; ask again when it serves")
    return room


class PluginIntake:
    """The intake as one plugin sees it: no kind named means the one its own source feeds."""

    def __init__(self, submit: Submit, own_kind: str | None) -> None:
        self._submit = submit
        self._own_kind = own_kind

    def submit(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """Make messages durable and answer for each one. Raises NotFound without a kind."""
        chosen = kind or self._own_kind
        if chosen is None:
            raise NotFound("no kind, or more than one, reads what this plugin receives; name it")
        return self._submit(actor, chosen, messages)
