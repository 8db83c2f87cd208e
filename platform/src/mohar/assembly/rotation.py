"""A new key takes over from an old one, and one that cannot be trusted signs no more."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.keyfile import KeyFile, alone_in, key_file, own_like, write_new
from mohar.assembly.own_keys import keys_of, published_keys
from mohar.assembly.resolve import Resolved
from mohar.codec.keymaking import KeyDescription, generate
from mohar.codec.keyring import KeyRing, LaterKey
from mohar.config.deployment import Deployment
from mohar.config.load import load_deployment
from mohar.domain.clock import Clock, rfc3339, utc_now
from mohar.domain.errors import ConfigError, Conflict, InvalidInput, MoharError, NotFound
from mohar.plugin import RotatingSigner
from mohar.plugin.caller import guarded

MIN_OVERLAP: Final = timedelta(minutes=1)
_OWN_NAMES: Final = ("did:key:", "did:jwk:")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a rotation is asked for.

    The new key signs from `at`, or at once; the old one ends `overlap` later, which leaves time
    for batches under way and for machines whose clocks or files lag behind.
    One that is `compromised_since` a moment ends there. A `trial` writes nothing.
    """

    signer: str | None = None
    at: datetime | None = None
    overlap: timedelta = timedelta(minutes=10)
    compromised_since: datetime | None = None
    trial: bool = False


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """Both keys as they are described from now on, and where they are."""

    old: KeyDescription
    new: LaterKey
    old_path: Path
    new_path: Path
    description: Path


def rotate(folder: Path, wish: Wish, clock: Clock = utc_now) -> list[Rotated]:
    """
    Make new keys that take over, and publish them. No file of an older key is touched.

    All that could be refused is looked at first. Then each new PEM is written where nobody looks
    for it, and one file is replaced by another in one step; every process sees the change when it
    begins its next batch.

    Raises:
        ConfigError: the deployment holds mistakes, a file cannot be written, or what a signer
            signs cannot be signed with such a key.
        InvalidInput: the wish makes no sense, or several signers could be meant.
        NotFound: there is no such signer.
        Conflict: a signer's key cannot be rotated, or a rotation is still to come.
    """
    now = clock().replace(microsecond=0)
    _refuse_nonsense(wish, now)
    with alone_in(folder):
        blueprint = Blueprint(folder, clock=clock)
        deployment, resolved = blueprint.loaded.deployment, blueprint.resolve(with_parts=False)
        files = _rotating(deployment, resolved)
        rotations = [
            _Rotation(folder, deployment, resolved, (name, files[name]), wish, now)
            for name in _chosen(files, resolved, wish)
        ]
        if not wish.trial:
            for each in rotations:
                each.write()
    return [each.told() for each in rotations]


def revoke(
    folder: Path, key_id: str, since: datetime | None = None, clock: Clock = utc_now
) -> KeyDescription:
    """
    Let a key sign no more, and return how it is described from now on.

    It is believed for what it says it signed before `since`, and without that for nothing.

    Raises:
        ConfigError: the deployment or a description holds mistakes, or cannot be written.
        InvalidInput: `since` is still to come.
        NotFound: no description of this deployment knows the key.
    """
    _refuse_future(since, clock())
    with alone_in(folder):
        for use in load_deployment(folder).deployment.signers:
            named = key_file(use.settings)
            ring = named.ring(folder) if named and named.key.file else None
            if named and ring and ring.named(key_id):
                changed = ring.revoked(key_id, since)
                named.describe(folder, changed)
                return next(each for each in changed.keys if each.key_id == key_id)
    raise NotFound(
        f"no key {key_id} is described in this deployment; `mohar keys list {folder}` has its keys"
    )


def _rotating(deployment: Deployment, resolved: Resolved) -> dict[str, KeyFile]:
    """The signers that can be rotated here: their keys are files, and they look for new ones."""
    named = {use.name: key_file(use.settings) for use in deployment.signers}
    return {
        name: each
        for name, each in named.items()
        if each and each.key.file and isinstance(resolved.signers[name], RotatingSigner)
    }


def _chosen(files: Mapping[str, KeyFile], resolved: Resolved, wish: Wish) -> list[str]:
    """All signers unless one is named; a key that cannot be trusted is always one of them."""
    wanted = wish.signer
    if wanted is not None and wanted in files:
        return [wanted]
    if wanted in resolved.signers:
        raise Conflict(
            f"the key of signer {wanted} is no file that this command could add another to; "
            "rotate it where it is kept"
        )
    if wanted is not None:
        known = ", ".join(sorted(resolved.signers))
        raise NotFound(f"there is no signer {wanted}; this deployment has {known or 'none'}")
    if not files:
        raise InvalidInput("no signer of this deployment has its key in a file")
    if wish.compromised_since is not None and len(files) > 1:
        raise InvalidInput(f"say whose key it is: --signer {' or '.join(sorted(files))}")
    return list(files)


class _Rotation:
    """One signer's turn, looked at from all sides before anything is written."""

    def __init__(
        self,
        folder: Path,
        deployment: Deployment,
        resolved: Resolved,
        signer: tuple[str, KeyFile],
        wish: Wish,
        now: datetime,
    ) -> None:
        self._folder = folder
        self._deployment = deployment
        self._resolved = resolved
        self._name, self._file = signer
        self._wish = wish
        self._now = now
        self._ring = self._known()
        self._refuse_fixed()
        self._pem, self._new = self._made()
        self._refuse_unfit()
        self._old = self._ring.signing(now)

    def write(self) -> None:
        """Write the PEM, and then the description that makes it count."""
        path = self._file.pem(self._folder, self._new)
        write_new(path, self._pem)
        own_like(path, self._exemplar())
        self._file.describe(self._folder, self._turned())

    def told(self) -> Rotated:
        """Return what there is to say of it."""
        return Rotated(
            old=self._turned().named(self._old.key_id) or self._old,
            new=self._new,
            old_path=self._file.pem(self._folder, self._old),
            new_path=self._file.pem(self._folder, self._new),
            description=self._file.description(self._folder),
        )

    def _known(self) -> KeyRing:
        """The ring with the public half of its first key in it, so that its PEM may go one day."""
        signer = self._resolved.signers[self._name]
        first = keys_of(signer)[0]
        ring = self._file.ring(self._folder) or KeyRing(
            key_id=first.key_id, algorithm=first.algorithm, controller=self._file.controller
        )
        return msgspec.structs.replace(ring, public_key=b64encode(first.spki).decode())

    def _refuse_fixed(self) -> None:
        named, ring = self._file, self._ring
        if ring.key_id.startswith(_OWN_NAMES):
            raise Conflict(
                f"{ring.key_id} is the key itself, so another one cannot follow under this issuer; "
                "use a did:web, whose document lists several keys"
            )
        if Path(named.key.file or "").is_absolute() and named.metadata is None:
            raise Conflict(
                f"the key of signer {self._name} lies outside of the deployment and nothing "
                "describes it there; name its description as `metadata`"
            )
        last = ring.keys[-1]
        is_to_come = last.begins is not None and last.begins > self._now
        if is_to_come and self._wish.compromised_since is None and last.begins is not None:
            raise Conflict(
                f"key {last.key_id} is already to take over at {rfc3339(last.begins)}; "
                "wait for it, or revoke it"
            )

    def _made(self) -> tuple[bytes, LaterKey]:
        key_id, file = self._free_name()
        pem, public = generate(self._ring.algorithm, key_id)
        begins = self._wish.at or self._now
        return pem, LaterKey(
            key_id=key_id,
            algorithm=public.algorithm,
            created=self._now,
            valid_from=begins,
            signs_from=begins,
            controller=self._ring.controller,
            public_key=b64encode(public.spki).decode(),
            file=file,
        )

    def _free_name(self) -> tuple[str, str]:
        """A number is never used again, not even that of a rotation that was cut off."""
        taken = {key.key_id for key in published_keys(self._resolved.signers.values())}
        first = self._file.pem(self._folder)
        for number in count(len(self._ring.keys) + 1):
            key_id = f"{self._ring.key_id}-{number}"
            path = first.with_name(f"{first.stem}-{number}{first.suffix}")
            if key_id not in taken and not path.exists():
                return key_id, path.name
        raise AssertionError("there is always another number")

    def _refuse_unfit(self) -> None:
        """What cannot be signed with the new key must be known before it is anybody's turn."""
        for kind in self._deployment.credentials:
            for body in kind.bodies:
                if body.signer == self._name:
                    self._try(f"{kind.name}/{body.name}", (kind.name, body.name))

    def _try(self, told: str, body: tuple[str, str]) -> None:
        key = self._new.public()
        prepare = partial(
            self._resolved.formats[body].prepare, [], key, key.valid_from or self._now
        )
        try:
            guarded(f"preparing {told}", prepare, ConfigError)
        except MoharError as error:
            raise ConfigError(
                f"nothing was rotated: body {told} cannot be signed with a new key: {error}"
            ) from error

    def _turned(self) -> KeyRing:
        since, ring = self._wish.compromised_since, self._ring
        if since is not None:
            ring = ring.revoked(self._old.key_id, since)
        return ring.followed_by(self._new, self._wish.overlap)

    def _exemplar(self) -> Path:
        """The file whose owner the new key is for; an old PEM may be gone."""
        pem = self._file.pem(self._folder, self._old)
        return pem if pem.exists() else self._file.description(self._folder)


def _refuse_nonsense(wish: Wish, now: datetime) -> None:
    _refuse_future(wish.compromised_since, now)
    if wish.overlap < MIN_OVERLAP:
        raise InvalidInput("the overlap must be a minute or more: batches under way need it")
    if wish.at is None:
        return
    if wish.compromised_since is not None:
        raise InvalidInput("a key that cannot be trusted is replaced at once; leave out --at")
    if wish.at < now:
        raise InvalidInput(f"{rfc3339(wish.at)} is over; leave out --at to begin now")


def _refuse_future(since: datetime | None, now: datetime) -> None:
    if since is not None and since > now:
        raise InvalidInput(f"{rfc3339(since)} is still to come; say since when it is known")
