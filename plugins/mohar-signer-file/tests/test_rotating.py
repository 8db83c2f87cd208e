"""A signer whose files change: which key signs what, and what is never signed at all."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.codec import keymaking, signatures
from mohar.codec.keyring import KeyRing, LaterKey
from mohar.domain.errors import ConfigError, KeyUnavailable
from mohar.domain.keys import PublicKey
from mohar.plugin import RotatingSigner, Tools
from mohar.plugin.tools import SecretReference
from mohar.testing.contracts import SignerContract
from mohar.testing.tools import NOON, tools_for
from mohar_signer_file._family import Settings
from mohar_signer_file._signer import FileSigner

KEY_ID = "did:web:example.in#one"
NEXT_ID = f"{KEY_ID}-2"
HOUR = timedelta(hours=1)
OVERLAP = timedelta(minutes=10)


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    return tmp_path


@pytest.fixture
def tools(folder: Path, watch: Watch) -> Tools:
    return msgspec.structs.replace(tools_for(folder), clock=watch)


@pytest.fixture
def ring(folder: Path) -> KeyRing:
    """A first key that is known without its PEM, described."""
    ring = KeyRing(
        key_id=KEY_ID,
        algorithm="EdDSA",
        created=NOON,
        valid_from=NOON,
        public_key=new_pem(folder, "one.pem", KEY_ID),
    )
    write(folder, ring)
    return ring


@pytest.fixture
def signer(ring: KeyRing, tools: Tools) -> FileSigner:
    del ring
    return opened(tools)


@pytest.fixture
def rotate(folder: Path, ring: KeyRing) -> Callable[[datetime], KeyRing]:
    """Return a function that lets another key take over at a moment."""

    def changed(begins: datetime) -> KeyRing:
        new = LaterKey(
            key_id=NEXT_ID,
            algorithm="EdDSA",
            created=begins,
            valid_from=begins,
            signs_from=begins,
            public_key=new_pem(folder, "one-2.pem", NEXT_ID),
            file="one-2.pem",
        )
        after = ring.followed_by(new, OVERLAP)
        write(folder, after)
        return after

    return changed


def new_pem(folder: Path, name: str, key_id: str) -> str:
    pem, public = keymaking.generate("EdDSA", key_id)
    (folder / "keys" / name).write_bytes(pem)
    return b64encode(public.spki).decode()


def write(folder: Path, ring: KeyRing) -> None:
    beside = folder / "keys" / "one.yaml.new"
    beside.write_text(ring.as_yaml(), encoding="utf-8")
    beside.replace(folder / "keys" / "one.yaml")


def opened(tools: Tools, **more: Any) -> FileSigner:
    key = SecretReference(file="keys/one.pem")
    return FileSigner.open(Settings(key=key, key_id=KEY_ID, **more), tools)


def signed_by(signer: FileSigner) -> PublicKey:
    """Return the one published key that verifies what is signed now."""
    (signature,) = signer.sign([b"x"])
    (key,) = [key for key in signer.published_keys() if signatures.verify(key, signature, b"x")]
    return key


class TestAfterARotation(SignerContract):
    @pytest.fixture
    def signer(self, rotate: Callable[[datetime], KeyRing], tools: Tools) -> FileSigner:
        rotate(NOON)
        return opened(tools)

    def test_it_is_one_that_rotates(self, signer: FileSigner) -> None:
        assert isinstance(signer, RotatingSigner)


class TestTurns:
    def test_a_new_key_signs_without_a_restart(
        self, signer: FileSigner, rotate: Callable[[datetime], KeyRing]
    ) -> None:
        before = signed_by(signer).key_id
        rotate(NOON)

        assert (before, signed_by(signer).key_id) == (KEY_ID, NEXT_ID)
        assert signer.key.key_id == NEXT_ID

    def test_a_coming_key_is_published_and_signs_when_its_time_has_come(
        self, signer: FileSigner, rotate: Callable[[datetime], KeyRing], watch: Watch
    ) -> None:
        rotate(NOON + HOUR)
        published = [key.key_id for key in signer.published_keys()]
        before = signed_by(signer).key_id
        watch.now += HOUR

        assert published == [KEY_ID, NEXT_ID]
        assert (before, signed_by(signer).key_id) == (KEY_ID, NEXT_ID)

    def test_a_batch_keeps_the_key_it_began_with(
        self, signer: FileSigner, rotate: Callable[[datetime], KeyRing], watch: Watch
    ) -> None:
        """
        Though another one has taken over in between, and the batch took its time.
        """
        held = signer.signer_at(watch())
        rotate(NOON)
        watch.now += 2 * OVERLAP

        (signature,) = held.sign([b"x"])

        assert held.key.key_id == KEY_ID
        assert signatures.verify(held.key, signature, b"x")

    def test_a_key_that_is_revoked_under_a_batch_signs_none_of_it(
        self, folder: Path, signer: FileSigner, ring: KeyRing, watch: Watch
    ) -> None:
        held = signer.signer_at(watch())
        write(folder, ring.revoked(KEY_ID, NOON - HOUR))

        with pytest.raises(KeyUnavailable, match=f"key {KEY_ID} cannot sign now: it is revoked"):
            held.sign([b"x"])

    def test_the_first_key_may_stand_without_a_description(
        self, folder: Path, tools: Tools, watch: Watch
    ) -> None:
        """
        Until a rotation describes it.
        """
        public = new_pem(folder, "one.pem", KEY_ID)
        signer = opened(tools)
        alone = signed_by(signer)
        write(folder, KeyRing(key_id=KEY_ID, algorithm="EdDSA", public_key=public))

        write(folder, KeyRing(key_id=KEY_ID, algorithm="EdDSA", valid_until=NOON + HOUR))
        del watch

        assert signed_by(signer) == msgspec.structs.replace(alone, valid_until=NOON + HOUR)


class TestWithoutAPem:
    def test_what_an_old_key_signed_is_still_verified_when_its_pem_is_destroyed(
        self,
        folder: Path,
        signer: FileSigner,
        rotate: Callable[[datetime], KeyRing],
        tools: Tools,
    ) -> None:
        (signature,) = signer.sign([b"x"])
        rotate(NOON)
        (folder / "keys" / "one.pem").unlink()

        anew = opened(tools)

        assert signatures.verify(anew.published_keys()[0], signature, b"x")
        assert signed_by(anew).key_id == NEXT_ID

    def test_where_the_new_pem_did_not_come_along_nothing_is_signed(
        self, folder: Path, signer: FileSigner, rotate: Callable[[datetime], KeyRing]
    ) -> None:
        """
        Neither with the old key: its time is over. What waits is signed when the file is there.
        """
        rotate(NOON)
        pem = (folder / "keys" / "one-2.pem").read_bytes()
        (folder / "keys" / "one-2.pem").unlink()

        with pytest.raises(KeyUnavailable, match=rf"key {NEXT_ID} cannot.*keys/one-2\.pem"):
            signer.sign([b"x"])
        (folder / "keys" / "one-2.pem").write_bytes(pem)
        assert signed_by(signer).key_id == NEXT_ID

    def test_another_key_in_its_place_signs_nothing(
        self, folder: Path, rotate: Callable[[datetime], KeyRing], tools: Tools
    ) -> None:
        rotate(NOON)
        new_pem(folder, "one-2.pem", NEXT_ID)

        with pytest.raises(ConfigError, match=rf"key {NEXT_ID}: file keys/one-2\.pem is another"):
            opened(tools)


class TestDamage:
    def test_while_the_description_cannot_be_read_nothing_is_signed_or_told(
        self, folder: Path, signer: FileSigner, ring: KeyRing
    ) -> None:
        """
        It may say that a key is compromised; and the same call works when it is mended.
        """
        (folder / "keys" / "one.yaml").write_text("key_id: x\nstats: compromised\n")

        for asked in (lambda: signer.sign([b"x"]), signer.published_keys, lambda: signer.key):
            with pytest.raises(KeyUnavailable, match=r"one\.yaml:2:1"):
                asked()
        write(folder, ring)
        assert signed_by(signer).key_id == KEY_ID

    def test_a_description_that_is_gone_is_not_taken_for_one_that_never_was(
        self, folder: Path, signer: FileSigner
    ) -> None:
        (folder / "keys" / "one.yaml").unlink()

        with pytest.raises(KeyUnavailable, match="cannot read"):
            signer.sign([b"x"])

    def test_a_description_that_has_lost_a_key_is_refused(
        self,
        folder: Path,
        signer: FileSigner,
        ring: KeyRing,
        rotate: Callable[[datetime], KeyRing],
    ) -> None:
        """
        Somebody put an old copy back: what the lost key signed would be refused everywhere.
        """
        rotate(NOON)
        signer.published_keys()
        write(folder, ring)

        with pytest.raises(KeyUnavailable, match=f"key {NEXT_ID} cannot.*put back what was there"):
            signer.published_keys()

    def test_a_public_key_that_is_none_is_told_at_the_start(
        self, folder: Path, ring: KeyRing, tools: Tools
    ) -> None:
        write(folder, msgspec.structs.replace(ring, public_key="nonsense"))

        with pytest.raises(ConfigError, match=f"the description of key {KEY_ID}"):
            opened(tools)
