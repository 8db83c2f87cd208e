from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec
import pytest
import sqlalchemy as sa

from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding
from mohar.domain.record import Record
from mohar.plugin.tools import Secret
from mohar.store import Store, Vault, rehash
from mohar.store.rows import HandleValue, MaskedHandle, RefusedBody
from mohar.store.tables import body
from mohar.store.unit import Unit
from mohar.store.vault import Damaged
from mohar.testing.stores import Desk

MOBILE = HandleValue(name="mobile", value="9876543210")


class TestFinding:
    def test_a_credential_is_found_by_its_number_key_group_and_handle(self, desk: Desk):
        issued = desk.issue({"number": 1, "group": "g"}, MOBILE)

        with desk.store.read() as work:
            found = [
                list(work.credentials.find([issued.credential_id]).values()),
                work.credentials.by_key("badge", "1"),
                work.credentials.by_group("badge", "g"),
                work.credentials.by_handle("badge", "mobile", "9876543210"),
            ]

        assert [[each.credential_id for each in some] for some in found] == (
            [[issued.credential_id]] * 4
        )
        [stored] = found[0]
        assert (stored.state, stored.kind, stored.revision) == ("current", "badge", 1)
        assert (stored.slot, stored.subject) == (issued.slot, issued.subject)
        assert (stored.issued_at, stored.config_digest) == (desk.clock(), "c0")
        assert (stored.supersedes, stored.superseded_by, stored.refused) == (None, None, ())

    def test_what_is_not_there_is_not_found(self, desk: Desk):
        desk.issue({"number": 1}, MOBILE)

        with desk.store.read() as work:
            assert work.credentials.find(["0"]) == {}
            assert work.credentials.bodies(["0"]) == {}
            assert work.credentials.record_of(["0"]) == {}
            assert work.credentials.current_in_group(["0"]) == {}
            assert work.credentials.by_key("badge", "2") == []
            assert work.credentials.by_key("diploma", "1") == []
            assert work.credentials.by_handle("badge", "mobile", "3210") == []
            assert work.credentials.by_handle("badge", "phone", "9876543210") == []

    def test_a_mere_reservation_is_found_by_its_number_alone(self, desk: Desk):
        [item] = desk.receive({"number": 1})
        [reservation] = desk.reserve(desk.request({"number": 1}, item))

        with desk.store.read() as work:
            [stored] = work.credentials.find([reservation.credential_id]).values()
            assert work.credentials.by_key("badge", "1") == []
            assert work.credentials.by_group("badge", "1") == []
            assert work.credentials.record_of([reservation.credential_id]) == {}
        assert (stored.state, stored.issued_at) == ("reserved", None)

    def test_the_current_ones_of_a_group_come_oldest_first(self, desk: Desk):
        numbers = []
        for n in (1, 2, 3):
            numbers.append(desk.issue({"number": n, "group": "g"}).credential_id)
            desk.clock.move(1)
        alone = desk.issue({"number": 9, "group": "h"}).credential_id
        [item] = desk.receive({"number": 4, "group": "g"})
        desk.reserve(desk.request({"number": 4, "group": "g"}, item))

        with desk.store.read() as work:
            groups = work.credentials.current_in_group([numbers[2], alone])

        assert {n: [each.credential_id for each in group] for n, group in groups.items()} == {
            numbers[2]: numbers,
            alone: [alone],
        }

    def test_a_credential_comes_with_the_bodies_of_its_group(self, desk: Desk):
        """
        Those of the current ones, the oldest first; its own are among them while it is current.
        """
        numbers = []
        for n in (1, 2):
            numbers.append(desk.issue({"number": n, "group": "g"}).credential_id)
            desk.clock.move(1)
        alone = desk.issue({"number": 9, "group": "h"}).credential_id
        [item] = desk.receive({"number": 4, "group": "g"})
        [reserved] = desk.reserve(desk.request({"number": 4, "group": "g"}, item))
        asked = [numbers[1], alone, reserved.credential_id, "0"]

        with desk.store.read() as work:
            found = work.credentials.with_groups(asked)
            opened = {n: [each.opened() for each in kept] for n, (_, kept) in found.items()}
            bodies = work.credentials.bodies([*numbers, alone])
            stored = work.credentials.find(asked)

        together = [*bodies[numbers[0]], *bodies[numbers[1]]]
        assert opened == {
            numbers[1]: together,
            alone: list(bodies[alone]),
            reserved.credential_id: together,
        }
        assert {n: each for n, (each, _) in found.items()} == stored


class TestBodies:
    def test_bodies_come_back_exactly_and_in_their_order(self, desk: Desk):
        content = {"number": 1, "name": "Asha"}
        [item] = desk.receive(content)
        [reservation] = desk.reserve(desk.request(content, item))
        signed = desk.signed(reservation, content)
        [main] = signed.bodies
        text = msgspec.structs.replace(
            main, body="border", media_type="text/plain", content=b"HC1:\x00\xff", document={}
        )
        last = msgspec.structs.replace(main, body="alpha", profile="abroad")
        with desk.store.begin() as work:
            work.credentials.commit([msgspec.structs.replace(signed, bodies=(main, text, last))])

        with desk.store.read() as work:
            found = work.credentials.bodies([reservation.credential_id])

        expected_document = {"name": "Asha"}
        assert found == {
            reservation.credential_id: (
                msgspec.structs.replace(main, document=expected_document),
                text,
                msgspec.structs.replace(last, document=expected_document),
            )
        }

    def test_the_record_and_the_refused_bodies_are_kept(self, desk: Desk):
        content = {"number": 1, "name": "Asha"}
        [item] = desk.receive(content)
        [reservation] = desk.reserve(desk.request(content, item))
        finding = Finding(code="no-date", message="give the full date", body="abroad")
        refused = (RefusedBody(name="abroad", findings=(finding,)),)
        signed = msgspec.structs.replace(desk.signed(reservation, content), refused=refused)
        with desk.store.begin() as work:
            work.credentials.commit([signed])

        with desk.store.read() as work:
            [stored] = work.credentials.find([reservation.credential_id]).values()
            assert work.credentials.record_of([reservation.credential_id]) == {
                reservation.credential_id: Record(content=content)
            }
        assert stored.refused == refused

    def test_a_body_put_into_another_row_does_not_open(self, desk: Desk):
        one, other = (desk.issue({"number": n}).credential_id for n in (1, 2))
        with desk.store.begin() as work:
            connection = work.credentials._unit.connection
            content = sa.select(body.c.content).where(body.c.credential_id == one)
            connection.execute(
                sa.update(body)
                .where(body.c.credential_id == other)
                .values(content=content.scalar_subquery())
            )

        with pytest.raises(Damaged), desk.store.read() as work:
            work.credentials.bodies([other])


class TestHandles:
    def test_a_handle_may_be_shown_masked(self, desk: Desk):
        issued = desk.issue({"number": 1}, MOBILE, HandleValue(name="id", value="X1", visible=0))

        with desk.store.read() as work:
            handles = work.credentials.handles([issued.credential_id])

        assert handles == {
            issued.credential_id: (
                MaskedHandle(name="id", masked="••"),
                MaskedHandle(name="mobile", masked="••••••3210"),
            )
        }


class TestNewPepper:
    def test_everything_is_found_again_under_a_new_pepper(
        self,
        desk: Desk,
        opened: Callable[..., Store],
        desk_of: Callable[[Store], Desk],
        secrets_of_test: tuple[Secret, Secret],
    ):
        issued = desk.issue({"number": 1, "group": "g"}, MOBILE)
        with desk.store.begin() as work:
            key_text, _ = work.api_keys.create("n", ["*"])
        changed = Vault(secrets_of_test[0], Secret(secrets.token_bytes(32), "p2"), 2)
        later = desk_of(opened(vault=changed))
        with pytest.raises(ConfigError, match="stop the house and run `mohar db upgrade DIR`"):
            later.store.check()

        later.store.upgrade()

        content = {"number": 2, "group": "g"}
        with later.store.read() as work:
            found = [
                work.credentials.by_key("badge", "1"),
                work.credentials.by_group("badge", "g"),
                work.credentials.by_handle("badge", "mobile", "9876543210"),
            ]
            assert work.api_keys.find(key_text, later.clock()) is not None
        [item] = later.receive({"number": 1, "group": "g"}, kind="other")
        [again] = later.reserve(later.request({"number": 1, "group": "g"}, item))
        [next_one] = later.reserve(later.request(content, item))
        assert [[each.credential_id for each in some] for some in found] == (
            [[issued.credential_id]] * 3
        )
        assert (again.state, again.credential_id) == ("known", issued.credential_id)
        assert next_one.subject == issued.subject

    def test_the_old_pepper_no_longer_fits_afterwards(
        self, desk: Desk, opened: Callable[..., Store], secrets_of_test: tuple[Secret, Secret]
    ):
        desk.issue({"number": 1})
        opened(vault=Vault(secrets_of_test[0], Secret(secrets.token_bytes(32), "p2"), 2)).upgrade()

        with pytest.raises(ConfigError, match=r"version is 1, but .* of version 2"):
            opened().check()

    def test_an_interrupted_run_goes_on(
        self,
        desk: Desk,
        opened: Callable[..., Store],
        secrets_of_test: tuple[Secret, Secret],
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr("mohar.store.rehash._AT_ONCE", 2)
        numbers = [desk.issue({"number": n}, MOBILE).credential_id for n in range(5)]
        store = opened(vault=Vault(secrets_of_test[0], Secret(b"z" * 32, "p2"), 2))
        pages = iter([None, None, RuntimeError()])

        whole = rehash.rehash_page

        def stumbling(unit: Unit, after: str) -> str | None:
            problem = next(pages, None)
            if problem is not None:
                raise problem
            return whole(unit, after)

        monkeypatch.setattr(rehash, "rehash_page", stumbling)
        with pytest.raises(RuntimeError):
            store.upgrade()
        store.upgrade()

        with store.read() as work:
            found = work.credentials.by_handle("badge", "mobile", "9876543210")
        assert sorted(each.credential_id for each in found) == sorted(numbers)


@pytest.mark.parametrize(
    ("media_type", "document"),
    [
        ("application/vc", {"name": ""}),
        ("application/ld+json", {"name": ""}),
        ("application/json; charset=utf-8", {"name": ""}),
        ("text/plain", {}),
    ],
)
def test_a_body_that_is_json_comes_back_with_its_document(
    desk: Desk, media_type: str, document: dict[str, str]
):
    """
    A credential of VC Data Model 2.0 is JSON, though its media type has no suffix to say so.
    """
    content = {"number": 1}
    [intake_id] = desk.receive(content)
    [held] = desk.reserve(desk.request(content, intake_id))
    signed = desk.signed(held, content)
    typed = tuple(msgspec.structs.replace(each, media_type=media_type) for each in signed.bodies)
    with desk.store.begin() as work:
        work.credentials.commit([msgspec.structs.replace(signed, bodies=typed)])
        found = work.credentials.bodies([held.credential_id])

    assert [each.document for each in found[held.credential_id]] == [document]
