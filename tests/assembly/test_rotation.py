"""A new key takes over while the house works, and what the old one signed stays what it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing, listed_keys
from mohar.assembly.rotation import Wish, revoke, rotate
from mohar.codec import jwk
from mohar.codec.key_lists import published
from mohar.codec.trusted_keys import keys_from_tree
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.credential import Credential, Outcome, Secured
from mohar.domain.errors import ConfigError, Conflict, InvalidInput, NotFound
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.issuing.plan import Workshop
from mohar.testing.deployments import sample_messages
from mohar.testing.stores import StandingClock
from mohar.verifying.verify import Presented

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "config" / "india" / "samples" / "records.jsonl"
SetUp = Callable[..., Path]
ISSUER = "did:web:credentials.example.in#issuer-2026"
BORDER = "did:web:credentials.example.in#border-2026"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def whole() -> list[Message]:
    """Records that are issued in every body."""
    expected = [msgspec.json.decode(line)["expect"] for line in SAMPLES.read_bytes().splitlines()]
    paired = zip(sample_messages(SAMPLES), expected, strict=True)
    return [message for message, each in paired if each == "issued"]


@pytest.fixture
def clock() -> StandingClock:
    made = StandingClock()
    made.now = utc_now().replace(microsecond=0)
    return made


@pytest.fixture
def certificate(folder: Path) -> Path:
    """A certificate for the key that signs for borders."""
    key = load_pem_private_key((folder / "keys" / "border-2026.pem").read_bytes(), password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "border")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(utc_now() - HOUR)
        .not_valid_after(utc_now() + HOUR)
        .sign(key, SHA256())
    )
    path = folder / "border.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def issued(house: House, actor: Actor, messages: Sequence[Message]) -> list[Outcome]:
    receipt = house.submit(actor, "vaccination", messages)
    return list(house.issue_now(actor, receipt).outcomes)


def bodies(house: House, actor: Actor, outcomes: Sequence[Outcome]) -> list[Secured]:
    return [
        body
        for outcome in outcomes
        for body in house.access.bodies(actor, str(outcome.credential_id))
    ]


def names_of(keys: Sequence[PublicKey]) -> set[str]:
    """Return what these keys are called in documents: by their id, or in two ways by a hash."""
    return {
        name
        for key in keys
        for name in (
            [key.key_id] if key.algorithm == "EdDSA" else [key.short_id, jwk.thumbprint(key)]
        )
    }


def dated(secured: Sequence[Secured]) -> list[Secured]:
    """Return the bodies that tell when they were signed, which WHO's data sets do not."""
    return [each for each in secured if not each.body.startswith("ddcc")]


def judged(house: House, secured: Sequence[Secured]) -> tuple[set[str], set[str | None]]:
    """Return the verdicts on these bodies, and by which keys they are signed."""
    inputs = [Presented(name=each.body, data=each.content) for each in secured]
    told = house.verifier.verify(inputs)
    return {each.verdict for each in told}, {each.key_id for each in told}


def uses(folder: Path, signer: str = ISSUER) -> list[tuple[str, str]]:
    """Return the keys of a signer, the first one first, and what they are used for."""
    return [
        (each.key.key_id.removeprefix(signer), each.use)
        for each in listed_keys(folder)
        if each.key.key_id.startswith(signer)
    ]


class Meanwhile:
    """A workshop during whose work a command is run, from its third task on."""

    def __init__(self, whole: Workshop, command: Sequence[str | Path]) -> None:
        self._whole = whole
        self._command = command
        self._running: subprocess.Popen[bytes] | None = None
        self.tasks = 0

    def secure(
        self, kind: str, body: str, credentials: Sequence[Credential]
    ) -> Sequence[Secured | Refusal]:
        """Sign; the first of the last tasks waits for the command to end."""
        self.tasks += 1
        if self.tasks == 3:
            self._running = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        if self.tasks == 100 and self._running is not None:
            assert self._running.wait() == 0
        return self._whole.secure(kind, body, credentials)

    def close(self) -> None:
        """Nothing is held here."""


class TestMidBatch:
    def test_the_new_keys_sign_and_no_record_is_lost_or_doubled(
        self, set_up: SetUp, tmp_path: Path, whole: list[Message], operator: Actor
    ) -> None:
        """
        Two processes sign one submission while a command of its own rotates every key.
        """
        folder = set_up(tmp_path, processes=2)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("{processes: 2}", "{processes: 2, batch: 2}"))
        command: list[str | Path] = [
            Path(sys.executable).with_name("mohar"),
            "keys",
            "rotate",
            folder,
        ]
        with build_house(folder) as house:
            meanwhile = Meanwhile(house.workshop, command)
            house.issuer._workshop = meanwhile
            outcomes = issued(house, operator, whole)
            secured = bodies(house, operator, outcomes)
            verdicts, names = judged(house, secured)
            expected = names_of(house.public_keys)

        assert meanwhile.tasks > 100
        assert {outcome.state for outcome in outcomes} == {"issued"}
        assert len({outcome.credential_id for outcome in outcomes}) == len(whole)
        assert len({each.content for each in secured}) == 6 * len(whole)
        assert verdicts == {"valid"}
        assert names == expected
        assert len(names) == 6

    def test_a_process_that_starts_anew_afterwards_is_of_the_same_house(
        self, set_up: SetUp, tmp_path: Path, whole: list[Message], operator: Actor
    ) -> None:
        folder = set_up(tmp_path, processes=1)
        with build_house(folder) as house:
            rotate(folder, Wish())
            house.workshop._start_anew()  # type: ignore[attr-defined]  # the pool's
            outcomes = issued(house, operator, whole[:1])
            verdicts, names = judged(house, bodies(house, operator, outcomes))

        assert verdicts == {"valid"}
        assert f"{ISSUER}-2" in names


class TestWindows:
    @pytest.fixture
    def folder(self, set_up: SetUp, tmp_path: Path) -> Path:
        return set_up(tmp_path / "ours")

    @pytest.fixture
    def house(self, folder: Path, clock: StandingClock) -> Iterator[House]:
        with build_house(folder, clock=clock) as house:
            yield house

    @pytest.fixture
    def stolen(
        self, folder: Path, house: House, tmp_path: Path, whole: list[Message], operator: Actor
    ) -> Callable[[timedelta], list[Secured]]:
        """Return a function that signs with the keys as they were, at any time."""
        del house
        copied = tmp_path / "theirs"
        shutil.copytree(folder.parents[1], copied, ignore=shutil.ignore_patterns("data"))
        thief, number = copied / "config" / folder.name, iter(range(100))

        def signed(later: timedelta) -> list[Secured]:
            watch = StandingClock()
            watch.now = utc_now().replace(microsecond=0) + later
            with build_house(thief, clock=watch) as theirs:
                at = next(number)
                return bodies(theirs, operator, issued(theirs, operator, whole[at : at + 1]))

        return signed

    def test_what_was_signed_before_stays_valid_and_what_an_old_key_signs_later_is_not(
        self,
        folder: Path,
        house: House,
        clock: StandingClock,
        stolen: Callable[[timedelta], list[Secured]],
        whole: list[Message],
        operator: Actor,
    ) -> None:
        """
        In every format: the moment is `created` in one, `iat` in the next, `nbf` in the third.
        """
        before = bodies(house, operator, issued(house, operator, whole[-1:]))
        clock.move(3600)
        rotate(folder, Wish(), clock)
        clock.move(3600)
        after = bodies(house, operator, issued(house, operator, whole[-2:-1]))
        forged = stolen(2 * HOUR)

        assert len(before) == len(after) == 6
        assert judged(house, before)[0] == {"valid"}
        assert judged(house, after)[0] == {"valid"}
        assert judged(house, dated(forged))[0] == {"key-not-valid"}
        assert {each.format for each in dated(forged)} == {each.format for each in before}

    def test_what_does_not_tell_when_it_was_signed_stays_valid_until_its_key_is_compromised(
        self,
        folder: Path,
        house: House,
        clock: StandingClock,
        whole: list[Message],
        operator: Actor,
    ) -> None:
        """
        WHO's data sets carry no time of signing: after a theft nobody can tell them apart.
        """
        secured = bodies(house, operator, issued(house, operator, whole[-1:]))
        undated = [each for each in secured if each not in dated(secured)]
        rotate(folder, Wish(), clock)
        clock.move(3600)
        before = judged(house, undated)[0]
        revoke(folder, BORDER, clock.now, clock)

        assert [each.body for each in undated] == ["ddcc", "ddcc-care"]
        assert before == {"valid"}
        assert judged(house, undated)[0] == {"key-not-valid"}
        assert judged(house, dated(secured))[0] == {"valid"}

    def test_from_the_moment_a_key_is_compromised_its_signatures_are_not_believed(
        self,
        folder: Path,
        house: House,
        clock: StandingClock,
        stolen: Callable[[timedelta], list[Secured]],
    ) -> None:
        """
        What claims to be older is, though our own status lists know nothing of it.

        Nobody can tell a backdated signature from an honest one.
        """
        since = clock.now + HOUR
        clock.move(2 * 3600)
        for signer in ("issuer", "border"):
            rotate(folder, Wish(signer=signer, compromised_since=since), clock)

        backdated, later = stolen(HOUR / 2), stolen(HOUR + timedelta(seconds=1))

        assert judged(house, dated(backdated))[0] == {"valid", "not-checked"}
        assert judged(house, later)[0] == {"key-not-valid"}

    def test_a_key_that_is_revoked_for_good_is_believed_in_nothing(
        self,
        folder: Path,
        house: House,
        clock: StandingClock,
        stolen: Callable[[timedelta], list[Secured]],
    ) -> None:
        rotate(folder, Wish(), clock)
        for key_id in (ISSUER, BORDER):
            revoke(folder, key_id, clock=clock)

        assert judged(house, stolen(timedelta(seconds=1)))[0] == {"key-not-valid"}
        assert ISSUER not in published("did", "x", house.public_keys)["assertionMethod"]
        assert published("trust", "x", house.public_keys)[ISSUER]["status"] == "compromised"

    def test_a_verifier_elsewhere_judges_by_the_published_map_in_every_format(
        self,
        folder: Path,
        house: House,
        clock: StandingClock,
        whole: list[Message],
        operator: Actor,
    ) -> None:
        secured = bodies(house, operator, issued(house, operator, whole[:1]))
        rotate(folder, Wish(), clock)
        trusted = keys_from_tree(published("trust", "x", house.public_keys), "trust")
        opened = [
            (form.open(each.content), form)
            for each in secured
            for form in house._resolved.reading
            if form.recognise(each.content)
        ]

        found = [
            [form.verify(one, 0, each.key) for each in trusted if each.fits(one.issuer, name)]
            for one, form in opened
            for name in [one.proofs[0].key_id]
        ]

        assert found == [[True]] * len(secured)


class TestLists:
    @pytest.mark.parametrize("rotations", [0, 1, 3])
    def test_every_list_is_of_the_same_keys(self, folder: Path, rotations: int) -> None:
        """
        Signers of two algorithms, one of them rotated alone in between.
        """
        for number in range(rotations):
            rotate(folder, Wish(signer="border" if number == 1 else None))

        listed = [each.key for each in listed_keys(folder)]
        keys = Blueprint(folder).public_keys()
        did, jwks, trust = (published(form, "x", keys) for form in ("did", "jwks", "trust"))
        names = [key.key_id for key in listed]

        assert len(names) == len(set(names)) == 2 + {0: 0, 1: 2, 3: 5}[rotations]
        assert names == [method["id"] for method in did["verificationMethod"]]
        assert names == did["assertionMethod"] == list(trust)
        assert [key.spki for key in listed] == [jwk.decode(each).spki for each in jwks["keys"]]
        assert [entry["publicKeyJwk"] for entry in trust.values()] == jwks["keys"]
        assert [each["kid"] for each in jwks["keys"]] == [
            jwk.thumbprint(key) if key.algorithm == "ES256" else key.key_id for key in listed
        ]

    def test_one_key_of_each_signer_is_current_and_the_others_are_past(self, folder: Path) -> None:
        rotate(folder, Wish())
        rotate(folder, Wish())

        assert uses(folder) == [("", "past"), ("-2", "past"), ("-3", "current")]
        assert uses(folder, BORDER) == [("", "past"), ("-2", "past"), ("-3", "current")]

    def test_a_coming_key_is_listed_before_its_time(self, folder: Path) -> None:
        rotate(folder, Wish(signer="issuer", at=utc_now() + HOUR))

        assert uses(folder) == [("", "current"), ("-2", "coming")]

    def test_two_signers_with_different_keys_of_one_id_are_refused(self, folder: Path) -> None:
        file = folder / "deployment.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace(BORDER, ISSUER), encoding="utf-8")
        (folder / "keys" / "border-2026.yaml").unlink()

        with pytest.raises(ConfigError, match=f"different keys of the id {ISSUER}"):
            listed_keys(folder)
        with (
            pytest.raises(ConfigError, match="give each key an id of its own"),
            build_house(folder),
        ):
            pass


class TestFiles:
    def test_no_old_file_is_touched_and_the_deployment_stays_as_it_is(self, folder: Path) -> None:
        watched = [folder / "deployment.yaml", *(folder / "keys").glob("*.pem")]
        before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in watched}

        rotate(folder, Wish())

        assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in watched} == before

    def test_a_trial_writes_nothing(self, folder: Path) -> None:
        before = {path: path.read_bytes() for path in (folder / "keys").iterdir()}

        told = rotate(folder, Wish(trial=True))

        assert [each.new.key_id for each in told] == [f"{ISSUER}-2", f"{BORDER}-2"]
        assert {path: path.read_bytes() for path in (folder / "keys").iterdir()} == before

    def test_new_files_belong_to_whoever_has_the_old_ones(self, folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give files away")
        for path in (folder / "keys").iterdir():
            os.chown(path, 1234, 4321)
            path.chmod(0o640)

        rotate(folder, Wish())

        found = [path.stat() for path in (folder / "keys").iterdir()]
        assert {(each.st_uid, each.st_gid, each.st_mode & 0o777) for each in found} == {
            (1234, 4321, 0o640)
        }

    def test_generate_makes_nothing_of_a_key_that_a_rotation_has_replaced(
        self, folder: Path
    ) -> None:
        """
        Its PEM was destroyed when it had ended, as people are told they may.
        """
        (one, _) = rotate(folder, Wish())
        one.old_path.unlink()

        made = generate_missing(folder)

        assert not any(each.is_new for each in made)
        assert one.new_path in {each.path for each in made}
        assert not one.old_path.exists()

    @pytest.mark.parametrize("step", range(7))
    def test_one_that_is_cut_off_at_any_step_leaves_a_house_that_signs(
        self, folder: Path, step: int
    ) -> None:
        """
        With the old key or with the new one; and the next rotation works.
        """
        was_cut_off = cut_off(folder, step)
        after = uses(folder)
        (told,) = rotate(folder, Wish(signer="issuer"))

        assert Counter(use for _, use in after)["current"] == 1
        assert after in ([("", "current")], [("", "past"), ("-2", "current")])
        assert was_cut_off == (step < 6)
        assert was_cut_off or after == [("", "past"), ("-2", "current")]
        assert uses(folder) == [
            *((name, "past") for name, _ in after),
            (told.new.key_id.removeprefix(ISSUER), "current"),
        ]

    def test_two_at_once_both_count(self, folder: Path) -> None:
        command: list[str | Path] = [
            Path(sys.executable).with_name("mohar"),
            "keys",
            "rotate",
            folder,
        ]
        running = [
            subprocess.Popen([*command, "--signer", "issuer"], stdout=subprocess.DEVNULL)
            for _ in range(2)
        ]

        assert [each.wait() for each in running] == [0, 0]
        assert uses(folder) == [("", "past"), ("-2", "past"), ("-3", "current")]


class TestRefusals:
    @pytest.mark.parametrize(
        ("wish", "error", "says"),
        [
            (Wish(signer="nobody"), NotFound, "this deployment has border, issuer"),
            (Wish(overlap=timedelta(seconds=59)), InvalidInput, "a minute or more"),
            (Wish(at=utc_now() - HOUR), InvalidInput, "is over"),
            (Wish(compromised_since=utc_now() + HOUR), InvalidInput, "still to come"),
            (Wish(compromised_since=utc_now() - HOUR), InvalidInput, "--signer border or issuer"),
            (
                Wish(signer="issuer", compromised_since=utc_now() - HOUR, at=utc_now() + HOUR),
                InvalidInput,
                "leave out --at",
            ),
        ],
    )
    def test_a_wish_that_makes_no_sense_is_told(
        self, folder: Path, wish: Wish, error: type[Exception], says: str
    ) -> None:
        with pytest.raises(error, match=says):
            rotate(folder, wish)
        assert uses(folder) == [("", "current")]

    def test_before_a_coming_key_has_come_only_a_compromised_one_is_rotated(
        self, folder: Path
    ) -> None:
        rotate(folder, Wish(signer="issuer", at=utc_now() + HOUR))

        with pytest.raises(Conflict, match="already to take over"):
            rotate(folder, Wish(signer="issuer"))
        rotate(folder, Wish(signer="issuer", compromised_since=utc_now() - HOUR))
        assert uses(folder) == [("", "past"), ("-2", "past"), ("-3", "current")]

    @pytest.mark.parametrize(
        ("before", "after", "says"),
        [
            ("{file: keys/issuer-2026.pem}", "{env: MOHAR_KEY}", "rotate it where it is kept"),
            (f'"{ISSUER}"', '"did:key:z6Mk#z6Mk"', "is the key itself"),
        ],
    )
    def test_a_key_that_cannot_be_rotated_here_is_told_why(
        self,
        folder: Path,
        before: str,
        after: str,
        says: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        pem, file = (folder / "keys" / "issuer-2026.pem"), folder / "deployment.yaml"
        monkeypatch.setenv("MOHAR_KEY", pem.read_text())
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")
        (folder / "keys" / "issuer-2026.yaml").unlink()

        with pytest.raises(Conflict, match=says):
            rotate(folder, Wish(signer="issuer"))

    def test_a_key_that_a_body_could_not_be_signed_with_is_never_made(
        self, folder: Path, certificate: Path
    ) -> None:
        """
        A border's certificate is for one key: another one would sign nothing that passes there.
        """
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        settings = "settings: {expires_days: 365}"
        assert settings in text
        named = f"settings: {{expires_days: 365, certificate: {certificate.name}}}"
        file.write_text(text.replace(settings, named), encoding="utf-8")

        with pytest.raises(ConfigError, match="nothing was rotated: body vaccination/eu cannot"):
            rotate(folder, Wish())
        assert uses(folder) == [("", "current")]
        assert uses(folder, BORDER) == [("", "current")]

    def test_a_key_that_nobody_knows_is_not_revoked(self, folder: Path) -> None:
        with pytest.raises(NotFound, match="no key did:web:x is described"):
            revoke(folder, "did:web:x")

    def test_a_key_cannot_be_revoked_from_tomorrow_on(self, folder: Path) -> None:
        with pytest.raises(InvalidInput, match="still to come"):
            revoke(folder, ISSUER, utc_now() + HOUR)


def cut_off(folder: Path, step: int) -> bool:
    """Rotate in a process that ends itself at its n-th change to the keys; say whether it did."""
    child = os.fork()
    if child == 0:
        _end_at(folder / "keys", step)
        rotate(folder, Wish(signer="issuer"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def _end_at(folder: Path, step: int) -> None:
    left = [step]

    def on_event(event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in {"os.rename", "os.chmod", "os.mkdir"} or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        )
        if changes and str(arguments[0]).startswith(str(folder)):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)

    sys.addaudithook(on_event)
