"""Certify messages for trials: made up, and the same for the same seed, always."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from mohar.domain.values import JsonObject
from mohar_source_cowin.people import (
    COURSES,
    FEMALE_NAMES,
    IDENTITIES,
    LATIN_NAMES,
    LONG_CENTRE,
    MALE_NAMES,
    STATES,
    SURNAMES,
    UNUSUAL_NAMES,
    WITHOUT_EU_CODE,
    Course,
    State,
)

_INDIA: Final = ZoneInfo("Asia/Kolkata")
_YEARS_EFFECTIVE: Final = 10
# One person in so many has confirmed the name in Latin letters.
_CONFIRMED_ONE_IN: Final = 3


def generate(seed: int, count: int) -> list[JsonObject]:
    """
    Return so many samples: first one of every sort, then ordinary people for as long as it takes.

    Each is `{"expect", "group", "variant", "message"}`. `expect` is what becomes of it in
    `config/india`: `issued` in every body, `partly` where some body needs what is not there (the
    name in Latin letters, a product code of the EU's, a full birth date), or `refused`.
    """
    return list(islice(_samples(Maker(seed)), count))


class Maker:
    """Makes people and their doses, one after the other, from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- samples must repeat, not surprise
        self._people = 0

    def person(self, state: State | None = None, **given: Any) -> JsonObject:
        """Return a message about somebody new; `given` replaces members of the recipient."""
        self._people += 1
        number = self._people
        is_woman = self._random.random() < 0.5  # noqa: PLR2004 -- half of them
        first = self._random.choice(FEMALE_NAMES if is_woman else MALE_NAMES)
        home = state or self._random.choice(STATES)
        born = date(1935, 1, 1) + timedelta(days=self._random.randrange(25_000))
        surname = self._random.choice(SURNAMES)
        recipient = {
            "name": f"{first} {surname}",
            "dob": born.isoformat(),
            "age": str(2021 - born.year),
            "gender": "Female" if is_woman else "Male",
            "nationality": "Indian",
            "identity": self._identity(number),
            # No Indian mobile number begins with 5.
            "contact": [f"tel:55500{number:05d}", f"mailto:sample.{number}@example.org"],
            "address": _address(home, f"House {number}, Sample Road"),
        }
        return {
            "preEnrollmentCode": f"99{number:012d}",
            "recipient": recipient | given | _confirmed(number, first, surname, given),
            "vaccinator": {"name": f"Vaccinator {self._random.choice(SURNAMES)}"},
            "facility": {
                "name": f"{home.district} Sample Health Centre",
                "address": _address(home, "Sample Hospital Road"),
            },
        }

    def dose(self, person: JsonObject, course: Course, number: int, **given: Any) -> JsonObject:
        """Return the person's message for one dose; `given` replaces members of the vaccination."""
        on = _day_of(course, number)
        at = datetime(on.year, on.month, on.day, 9, 30, tzinfo=_INDIA)
        vaccination = {
            "name": course.vaccine,
            "batch": f"SAMPLE{self._random.randrange(10_000):04d}",
            "manufacturer": course.manufacturer,
            "date": at.isoformat(),
            "effectiveStart": on.isoformat(),
            "effectiveUntil": on.replace(year=on.year + _YEARS_EFFECTIVE).isoformat(),
            "dose": number,
            "totalDoses": course.total_doses,
        }
        return person | {"vaccination": vaccination | given}

    def any_course(self) -> Course:
        """Return a course, the two most common ones most often."""
        return self._random.choice((*COURSES, *COURSES[:2] * 5))

    def _identity(self, number: int) -> str:
        # None of these can be given to anybody: wrong length, wrong start, or all zeroes.
        return self._random.choice(
            (
                f"did:Passport:Z00{number:05d}",
                f"did:Aadhar Card:0000{number:08d}",
                f"did:Voter ID:XXX{number:07d}",
                f"Driving License # XX00 {number:011d}",
            )
        )


def _samples(maker: Maker) -> Iterator[JsonObject]:
    for chapter in (
        _vaccines,
        _states,
        _names,
        _shapes,
        _papers,
        _without_birth_date,
        _refused,
        _crowd,
    ):
        yield from chapter(maker)


def _vaccines(maker: Maker) -> Iterator[JsonObject]:
    """Every vaccine: the whole course of one person, and the precaution dose where there is one."""
    for course in COURSES:
        person = maker.person()
        last = course.total_doses + (course.precaution_days is not None)
        for number in range(1, last + 1):
            yield _sample(f"vaccine: {course.vaccine}", maker.dose(person, course, number))
    three = Course("ZyCoV-D", "Zydus Cadila", "2021-12-01", 3, 28)
    person = maker.person()
    for number in (1, 2, 3):
        yield _sample("vaccine: ZyCoV-D in three doses", maker.dose(person, three, number))
    person = maker.person()
    for number in (1, 2):
        yield _sample("vaccine: mixed course", maker.dose(person, COURSES[0], number))
    booster = Course("GEMCOVAC-OM", "Gennova Biopharmaceuticals", "2022-11-01", 2, 28, 220)
    yield _sample("vaccine: mixed course", maker.dose(person, booster, 3))


def _states(maker: Maker) -> Iterator[JsonObject]:
    """Every state and union territory."""
    for position, state in enumerate(STATES):
        course = COURSES[position % 2]
        yield _sample("states", maker.dose(maker.person(state), course, 1 + position % 2))


def _names(maker: Maker) -> Iterator[JsonObject]:
    """Names that break what is built from text."""
    for name in UNUSUAL_NAMES:
        yield _sample("names", maker.dose(maker.person(name=name), COURSES[0], 1))


def _shapes(maker: Maker) -> Iterator[JsonObject]:
    """Messages that are right, but not everybody's idea of it."""
    course = COURSES[1]
    for variant in ("v1", "v2"):
        person = maker.person()
        for number in (1, 2):
            yield _sample("messages v1 and v2", maker.dose(person, course, number), variant=variant)
    late = maker.dose(maker.person(), course, 1, date="2021-05-10T18:00:00Z")
    yield _sample("half past eleven at night", late)
    text_dose = maker.dose(maker.person(), course, 1, dose="1", totalDoses=2.0)
    yield _sample("lenient", text_dose)
    pin = maker.person(address=_address(STATES[0], "House 0") | {"pincode": "011001"})
    yield _sample("lenient", maker.dose(pin, course, 1))
    unknown = maker.dose(maker.person(), course, 1) | {"weather": "fair"}
    yield _sample("lenient", unknown)
    no_total = maker.dose(maker.person(), course, 1)
    del no_total["vaccination"]["totalDoses"]
    yield _sample("lenient", no_total)
    yield _sample(
        "with everything", _full(maker.dose(maker.person(uhid="00-0000-0000-0000"), course, 2))
    )


def _papers(maker: Maker) -> Iterator[JsonObject]:
    """What a certificate has room for: every photo ID, a whole course at a border, a long address."""
    for identity in IDENTITIES:
        yield _sample("photo IDs", maker.dose(maker.person(identity=identity), COURSES[1], 2))
    traveller = maker.person(identity="Passport # Z0099999")
    for number in (1, 2, 3):
        yield _sample("for a border", maker.dose(traveller, COURSES[0], number))
    place = {"name": LONG_CENTRE, "address": _address(STATES[30], "Sample Hospital Road")}
    yield _sample("a long address", maker.dose(maker.person(), COURSES[1], 1) | {"facility": place})


def _without_birth_date(maker: Maker) -> Iterator[JsonObject]:
    """Good enough at home, not at a border."""
    for _ in range(3):
        yield _sample("age only", _dose_of(maker, dob=None))
    yield _sample("year of birth only", _dose_of(maker, dob="1961"))
    yield _sample("month of birth only", _dose_of(maker, dob="1961-07"))


def _refused(maker: Maker) -> Iterator[JsonObject]:
    """Messages nobody may get a certificate for, each for its own reason."""
    no_phone = ["mailto:sample@example.org"]
    refusals: Sequence[tuple[str, Callable[[], JsonObject]]] = (
        ("no code", lambda: _dose_of(maker) | {"preEnrollmentCode": ""}),
        ("no dose", lambda: _with_dose(maker, dose=None)),
        ("dose zero", lambda: _with_dose(maker, dose=0)),
        ("no phone", lambda: _dose_of(maker, contact=no_phone)),
        ("no contact", lambda: _dose_of(maker, contact=None)),
        ("bad date", lambda: _with_dose(maker, date="10/05/2021 09:30")),
        ("impossible date", lambda: _with_dose(maker, date="2021-02-30T09:30:00+05:30")),
        ("bad birth date", lambda: _dose_of(maker, dob="10-05-1961")),
        ("unknown vaccine", lambda: _with_dose(maker, name="SAMPLEVAX")),
        ("part of a name", lambda: _with_dose(maker, name="COVI")),
        ("not a number", lambda: _with_dose(maker, dose="first")),
    )
    for reason, make in refusals:
        for _ in range(2):
            yield _sample(f"refused: {reason}", make(), is_refused=True)


def _crowd(maker: Maker) -> Iterator[JsonObject]:
    """Ordinary people, without end: some have had one dose and some the whole course."""
    while True:
        person, course = maker.person(), maker.any_course()
        for number in range(1, course.total_doses + 1):
            yield _sample("ordinary people", maker.dose(person, course, number))


def _sample(
    group: str, message: JsonObject, *, is_refused: bool = False, variant: str = "v3"
) -> JsonObject:
    otherwise = "issued" if _fits_every_body(message) else "partly"
    expect = "refused" if is_refused else otherwise
    return {"expect": expect, "group": group, "variant": variant, "message": message}


def _fits_every_body(message: JsonObject) -> bool:
    recipient = message["recipient"]
    is_day_known = len(recipient.get("dob") or "") == len("YYYY-MM-DD")
    has_code = message["vaccination"]["name"] not in WITHOUT_EU_CODE
    return is_day_known and has_code and "latinName" in recipient


def _confirmed(number: int, first: str, surname: str, given: JsonObject) -> JsonObject:
    """Return the name in Latin letters of one person in three, and of some with unusual names."""
    if "name" in given:
        family, forename = LATIN_NAMES.get(given["name"], (None, None))
    elif number % _CONFIRMED_ONE_IN == 1:
        family, forename = surname.upper(), first.upper()
    else:
        return {}
    told = {"family": family, "given": forename}
    confirmed = {part: name for part, name in told.items() if name}
    return {"latinName": confirmed} if confirmed else {}


def _dose_of(maker: Maker, **recipient: Any) -> JsonObject:
    return maker.dose(maker.person(**recipient), COURSES[1], 1)


def _with_dose(maker: Maker, **vaccination: Any) -> JsonObject:
    return maker.dose(maker.person(), COURSES[1], 1, **vaccination)


def _full(message: JsonObject) -> JsonObject:
    """Return the message with every member that it may have."""
    earlier = message["vaccination"] | {"dose": 1}
    kept = ("name", "dose", "manufacturer", "date", "batch")
    meta = {
        "vaccinations": [{name: earlier[name] for name in kept}],
        "vaccinationApp": {
            "name": "sample",
            "type": "M",
            "version": "1.0",
            "device": "M",
            "deviceOS": "A",
            "oSVersion": "11",
            "appMode": "Online",
            "connectionType": "M",
        },
        "facilityType": "CG",
        "paymentType": "G",
        "registrationCategory": "C",
        "registrationDataMode": "DE",
        "sessionDurationInMinutes": 30,
        "waitForVaccinationInMinutes": 10,
        "verificationDurationInSeconds": 45,
        "verificationAttempts": 1,
        "uploadTimestamp": "2021-05-10T12:00:00Z",
    }
    ids = {"vaccinator": {"id": "VS-1"}, "facility": {"id": "FS-1", "operatorId": "OS-1"}}
    more = {part: message[part] | members for part, members in ids.items()}
    more["facility"]["operatorName"] = "Operator Namuna"
    return message | more | {"meta": meta}


def _address(state: State, line: str) -> JsonObject:
    return {
        "addressLine1": line,
        "addressLine2": "",
        "district": state.district,
        "state": state.name,
        "pincode": state.pincode,
    }


def _day_of(course: Course, number: int) -> date:
    first = date.fromisoformat(course.first_day)
    if number <= course.total_doses:
        return first + timedelta(days=(number - 1) * course.interval_days)
    last = first + timedelta(days=(course.total_doses - 1) * course.interval_days)
    return last + timedelta(days=course.precaution_days or 0)
