"""What was shown is there for as long as anybody may ask, in the words of that day."""

from __future__ import annotations

from mohar.domain.access import Reason
from mohar.domain.consent import Notice
from mohar.store import Store
from mohar.store.read_rows import NewRead

FIRST = Notice.of("share", "en", "Whoever has the link sees the certificate.")
SECOND = Notice.of("share", "en", "Whoever has the link sees the certificate for a day.")


def test_both_wordings_are_kept_once_each(store: Store) -> None:
    for shown in (FIRST, SECOND, FIRST):
        with store.begin() as work:
            assert work.notices.keep(shown) == shown.version

    with store.read() as work:
        found = work.notices.texts([FIRST.version, SECOND.version, "share-en-0"])

    assert found == {each.version: each.text for each in (FIRST, SECOND)}


def test_without_a_notice_nothing_is_kept(store: Store) -> None:
    with store.begin() as work:
        assert work.notices.keep(None) == ""


def test_a_read_stands_with_what_it_rests_on(store: Store) -> None:
    reasons = [Reason(notice=FIRST.version), Reason()]
    with store.begin() as work:
        work.reads.append(
            [NewRead(actor_id="a", reason=each, outcome="shown", asked_for="1") for each in reasons]
        )

    with store.read() as work:
        assert [each.notice for each in work.reads.of_credential("1")] == ["", FIRST.version]
