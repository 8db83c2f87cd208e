"""When an edition of a list is made anew, and when the last one is given out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Thread

import pytest

from mohar.codec.statement import StatementFormat
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import NotFound, Unavailable
from mohar.revoking.publish import Publisher, PublishPlan
from mohar.testing.stores import Desk, StandingClock

LIST = "badge-revocation-1"


class Signing:
    """Counts what it signs; may be out of order."""

    def __init__(self) -> None:
        self.signed: list[tuple[str, str]] = []
        self.is_broken = False

    def secure(self, kind: str, body: str, credentials: Sequence[Credential]) -> list[Secured]:
        if self.is_broken:
            raise Unavailable("the key is not there")
        self.signed += [(kind, body)] * len(credentials)
        return [
            Secured(
                kind=kind,
                body=body,
                credential_id="",
                revision=1,
                schema="",
                format=StatementFormat.name,
                media_type="application/test",
                key_id="k",
                algorithm="EdDSA",
                created=each.issued_at,
                document=each.document,
                content=f"edition {len(self.signed)}".encode(),
            )
            for each in credentials
        ]


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def signing() -> Signing:
    return Signing()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def number(desk: Desk) -> str:
    return desk.issue({"number": 1}).credential_id


@pytest.fixture
def publisher(
    desk: Desk, number: str, signing: Signing, watch: Watch, clock: StandingClock
) -> Publisher:
    del number
    return Publisher(
        store=desk.store,
        signing=signing,
        keys=list,
        plan=PublishPlan(
            issuer="did:web:a.example",
            public_url="https://a.example",
            ttl=timedelta(seconds=300),
            snapshot_life=timedelta(days=1),
        ),
        clock=clock,
        timer=watch,
    )


def test_many_askers_cost_one_signature(publisher: Publisher, signing: Signing):
    askers = [Thread(target=publisher.token, args=[LIST]) for _ in range(8)]
    for each in askers:
        each.start()
    for each in askers:
        each.join()

    assert len(signing.signed) == 1


def test_a_change_is_seen_when_the_moment_of_belief_is_over(
    publisher: Publisher, desk: Desk, number: str, watch: Watch
):
    first = publisher.token(LIST)
    desk.change(number, "revoked")
    at_once = publisher.token(LIST)
    watch.seconds += 0.5
    later = publisher.token(LIST)

    assert at_once is first
    assert later.content != first.content
    assert later.version == first.version + 1


def test_without_a_change_it_is_made_anew_when_half_of_its_life_is_over(
    publisher: Publisher, watch: Watch, clock: StandingClock
):
    def after(seconds: float) -> bytes:
        watch.seconds += seconds
        clock.move(seconds)
        return publisher.token(LIST).content

    first = after(0)

    assert [after(149), after(1)] == [first, b"edition 2"]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda publisher: publisher.token(LIST), id="token"),
        pytest.param(lambda publisher: publisher.bitstring(LIST), id="bitstring"),
        pytest.param(lambda publisher: publisher.snapshot(), id="snapshot"),
    ],
)
def test_while_the_key_is_away_the_last_edition_counts_until_its_end(
    publisher: Publisher,
    signing: Signing,
    desk: Desk,
    number: str,
    watch: Watch,
    clock: StandingClock,
    ask: Callable[[Publisher], object],
):
    first = ask(publisher)
    signing.is_broken = True
    desk.change(number, "revoked")
    watch.seconds += 1
    still = ask(publisher)
    clock.move(86_401)
    watch.seconds += 86_401

    assert still is first
    with pytest.raises(Unavailable):
        ask(publisher)


def test_names_that_nothing_goes_by_push_out_no_list(publisher: Publisher, signing: Signing):
    publisher.token(LIST)
    for number in range(2_100):
        with pytest.raises(NotFound):
            publisher.token(f"no-{number}")
    publisher.token(LIST)

    assert len(signing.signed) == 1
