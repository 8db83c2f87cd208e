"""What a deployment says about a printed document."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mohar.codec.qr import ErrorCorrection

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$", title="name")]
Language = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", title="BCP 47 language tag")
]
Millimetres = Annotated[float, msgspec.Meta(gt=0, le=200)]
Value = str | int | bool


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any part of the settings: immutable, and unknown fields are mistakes."""


class Rows(_Part, frozen=True, kw_only=True):
    """
    What makes a row: for each credential of the group the object at `path`, sorted by `order`.

    `order` is a path into that object whose value is a number. A page ends with the row of its own
    credential, so that it says what was so with that one; with `until: latest` it has all of them.
    `up_to` names the parameter by which a caller asks for the page as of an earlier row; its
    credential, if it is a current one, takes the place of the one asked for. Empty takes none.
    """

    path: str
    order: str
    until: Literal["own", "latest"] = "own"
    up_to: str = ""


class Case(_Part, frozen=True, kw_only=True):
    """If the CEL expression `when` is true, the rule's value is `value`."""

    when: str
    value: Value


class Rule(_Part, frozen=True, kw_only=True):
    """
    A value the template can ask for as `rules.<name>`: that of the first case that is true.

    Where none is and there is no `otherwise`, the document is refused rather than worded wrongly.
    """

    name: Name
    cases: list[Case]
    otherwise: Value | None = None


class NamedFile(_Part, frozen=True, kw_only=True):
    """A file under the name by which templates ask for it."""

    name: Name
    file: str


class DefaultLanguage(_Part, frozen=True, kw_only=True):
    """
    Which language a document is printed in where nobody asked for one.

    What stands at `path` of the signed document (`credentialSubject.vaccination.state`) is looked up
    in `value_set`, one of the rendering's own; the entry's `field` is the language.
    """

    path: str
    value_set: Name
    field: str = "language"


class Image(NamedFile, frozen=True, kw_only=True):
    """A picture for a named place of a template; `alt` empty says that it only decorates."""

    alt: str = ""


class Requirement(_Part, frozen=True, kw_only=True):
    """
    What must be so of a document that is to be printed: the CEL expression `when` is true.

    Where it is not, the document is refused with `code`, and `message` says what it lacks and how
    that is mended. All that is not met is told at once.
    """

    code: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$", title="code")]
    when: str
    message: str


class Variant(_Part, frozen=True, kw_only=True):
    """
    Another furnishing of the same page, where the CEL expression `when` is true.

    Its `images` and `texts` take the places of those with the same names, and what `omit` names is
    left empty. Where several variants apply, a later one goes over an earlier one. A template can
    ask for the names of those that do as `variants`.
    """

    name: Name
    when: str
    images: list[Image] = []
    texts: dict[str, str] = {}
    omit: list[str] = []


class Qr(_Part, frozen=True, kw_only=True):
    """
    How the QR code is printed, quiet zone included.

    It is as large as `minimum_mm`, or larger where a module would be smaller than `module_mm`;
    one that would be larger than `maximum_mm` is refused. `carrier` empty takes the best.
    """

    carrier: str = ""
    error_correction: ErrorCorrection = "M"
    minimum_mm: Millimetres = 63.5
    module_mm: Millimetres = 0.45
    maximum_mm: Millimetres = 90.0


class Settings(_Part, frozen=True, kw_only=True):
    """
    Settings of the renderer `pdf`. All paths are relative to the deployment folder.

    The folder that `template` is in is the only place that a page can take anything from: included
    templates, pictures and fonts lie in it or below it, and `images` and every address on a page
    or in a stylesheet are relative to it. `stylesheets` apply before those of the page itself.
    `labels` is a folder with one file for each language and one for `fallback`, whose labels are
    printed where a language has none; with `bilingual` they are printed beside the others.
    The first of `languages` is the default, unless `default_language` finds another one of them.
    `digits` are those of dates and counts: `latn`, or the ones `native` to the language they are
    printed in. `dates` says whose month names the filter `local_date` takes: those of `fallback`,
    which everybody can read, or those of the `page`. `texts` are free texts of the deployment (a helpline),
    `images` fill the empty places of a template, and `attach` puts the signed credential itself
    into the PDF. `tables` are what expressions look up as `tables.<name>`, such as periods.
    """

    template: str
    stylesheets: list[str] = []
    languages: Annotated[list[Language], msgspec.Meta(min_length=1)]
    labels: str
    fallback: Language = "en"
    bilingual: bool = True
    default_language: DefaultLanguage | None = None
    digits: Literal["latn", "native"] = "latn"
    dates: Literal["fallback", "page"] = "fallback"
    rows: Rows
    rules: list[Rule] = []
    value_sets: list[NamedFile] = []
    images: list[Image] = []
    texts: dict[str, str] = {}
    tables: dict[str, list[dict[str, Value]]] = {}
    requires: list[Requirement] = []
    variants: list[Variant] = []
    qr: Qr = Qr()
    attach: bool = True
