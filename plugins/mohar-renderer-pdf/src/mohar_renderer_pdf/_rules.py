"""What a deployment decides by rule: wording, what must be so, and how a page is furnished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar_renderer_pdf._expressions import Expression
from mohar_renderer_pdf._settings import Image, Requirement, Rule, Value, Variant


class Rules:
    """
    The wording of one rendering.

    Raises:
        ConfigError: an expression is no CEL, or names something that no page has.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(rule, _cases(rule)) for rule in rules]

    def evaluate(self, known: Mapping[str, Any]) -> dict[str, Value]:
        """
        Return the value of each rule by its name.

        Raises:
            InvalidInput: a rule cannot be judged, or none of its cases holds.
        """
        return {rule.name: _value(rule, cases, known) for rule, cases in self._rules}


class Requirements:
    """What must be so of a document that is printed at all. Raises ConfigError as `Rules` does."""

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        self._requirements = [
            (each, Expression(each.when, f"requirement {each.code}")) for each in requirements
        ]

    def check(self, known: Mapping[str, Any]) -> None:
        """
        Let a document pass.

        Raises:
            InvalidInput: something is not met, or cannot be judged; a finding for each.
        """
        findings = [
            Finding(code=each.code, message=each.message)
            for each, expression in self._requirements
            if not expression.holds(known)
        ]
        if findings:
            raise InvalidInput("; ".join(each.message for each in findings), findings)


class Furnishing(msgspec.Struct, frozen=True, kw_only=True):
    """What fills the named places of a page: the file and the words for each picture, and texts."""

    variants: tuple[str, ...]
    images: Mapping[str, str]
    alts: Mapping[str, str]
    texts: Mapping[str, str]


class Variants:
    """The furnishings of one rendering. Raises ConfigError as `Rules` does."""

    def __init__(
        self, variants: Sequence[Variant], images: Sequence[Image], texts: Mapping[str, str]
    ) -> None:
        self._variants = [
            (each, Expression(each.when, f"variant {each.name}")) for each in variants
        ]
        self._images = {image.name: image for image in images}
        self._texts = dict(texts)

    def choose(self, known: Mapping[str, Any]) -> Furnishing:
        """
        Return what the page of a document is furnished with.

        Raises:
            InvalidInput: whether a variant applies cannot be judged.
        """
        images, texts = dict(self._images), dict(self._texts)
        chosen = [each for each, expression in self._variants if expression.holds(known)]
        for variant in chosen:
            images.update({image.name: image for image in variant.images})
            texts.update(variant.texts)
            for name in variant.omit:
                images.pop(name, None)
                texts.pop(name, None)
        return Furnishing(
            variants=tuple(each.name for each in chosen),
            images={name: image.file for name, image in images.items()},
            alts={name: image.alt for name, image in images.items()},
            texts=texts,
        )


def _cases(rule: Rule) -> list[tuple[Expression, Value]]:
    return [
        (Expression(case.when, f"rule {rule.name}, case {number}"), case.value)
        for number, case in enumerate(rule.cases, start=1)
    ]


def _value(
    rule: Rule, cases: Sequence[tuple[Expression, Value]], known: Mapping[str, Any]
) -> Value:
    for expression, value in cases:
        if expression.holds(known):
            return value
    if rule.otherwise is None:
        message = f"no case of rule {rule.name} holds; add one, or `otherwise`"
        raise InvalidInput(message, [Finding(code="pdf-rule-failed", message=message)])
    return rule.otherwise
