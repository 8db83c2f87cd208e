from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.errors import NotFound
from mohar.store import Store
from mohar.store.tables import api_key
from mohar.testing.stores import StandingClock


class TestApiKeys:
    def test_a_key_names_its_actor(self, store: Store, clock: StandingClock):
        with store.begin() as work:
            text, key = work.api_keys.create("clinic 7", {"issue:badge", "read"})

        with store.read() as work:
            actor = work.api_keys.find(text, clock())

        assert re.fullmatch(r"mohar_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", text)
        assert actor is not None
        assert (actor.actor_id, actor.name) == (f"apikey:{key.key_id}", "clinic 7")
        assert actor.may("issue", "badge")
        assert not actor.may("issue", "diploma")

    def test_the_key_itself_is_not_kept(self, store: Store):
        with store.begin() as work:
            text, _ = work.api_keys.create("n", ["*"])
            row = work.api_keys._unit.connection.execute(sa.select(api_key)).one()

        secret = text.split("_", 2)[2]
        assert secret.encode() not in row.secret_tag
        assert secret not in repr(row)

    def test_a_wrong_secret_is_nobody(self, store: Store, clock: StandingClock):
        with store.begin() as work:
            text, key = work.api_keys.create("n", ["*"])
            other, _ = work.api_keys.create("m", ["*"])
        swapped = f"mohar_{key.key_id}_{other.split('_', 2)[2]}"

        with store.read() as work:
            found = [
                work.api_keys.find(wrong, clock())
                for wrong in (swapped, text[:-1], text + "A", text.upper(), f"{text}é")
            ]

        assert found == [None] * 5

    def test_an_expired_key_is_nobody_from_its_very_moment(
        self, store: Store, clock: StandingClock
    ):
        end = clock() + timedelta(hours=1)
        with store.begin() as work:
            text, _ = work.api_keys.create("n", ["*"], end)

        with store.read() as work:
            assert work.api_keys.find(text, end - timedelta(seconds=1)) is not None
            assert work.api_keys.find(text, end) is None

    def test_a_revoked_key_is_nobody_and_stays_listed(self, store: Store, clock: StandingClock):
        with store.begin() as work:
            text, key = work.api_keys.create("n", ["read"])
            work.api_keys.revoke(key.key_id)
        revoked_at = clock()
        clock.move(9)
        with store.begin() as work:
            work.api_keys.revoke(key.key_id)

        with store.read() as work:
            assert work.api_keys.find(text, clock()) is None
            [listed] = work.api_keys.listed()
        assert (listed.key_id, listed.scopes) == (key.key_id, frozenset({"read"}))
        assert listed.revoked_at == revoked_at

    def test_revoking_an_unknown_key_says_so(self, store: Store):
        with pytest.raises(NotFound, match="no API key 'abc'"), store.begin() as work:
            work.api_keys.revoke("abc")

    @given(text=st.one_of(st.text(max_size=60), st.text(max_size=60).map("mohar_ab_{}".format)))
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_any_text_is_looked_at_and_is_nobody(
        self, store: Store, clock: StandingClock, text: str
    ):
        with store.read() as work:
            assert work.api_keys.find(text, clock()) is None
