"""What is wrong with `access:` is told with its line and what mends it, and nothing of it opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.config.load import load_deployment
from mohar.config.mistakes import ConfigMistakes, Mistake

Folder = Callable[[str], Path]
ISSUER = (
    "  issuers:\n"
    "    - name: idp\n"
    "      issuer: https://idp.example\n"
    "      audience: seeds\n"
    "      jwks: {jwks}\n"
    "      roles: {{STAFF: {role}}}\n"
)
ROLE = "  roles:\n    - {name: staff, scopes: [read]}\n"


TWICE = (
    f"{ROLE}{ISSUER.format(jwks='{file: k}', role='staff')}"
    "    - name: other\n"
    "      issuer: https://idp.example\n"
    "      audience: other\n"
    "      jwks: {file: k}\n"
    "      roles: {STAFF: staff}\n"
)


def mistakes_of(folder: Path) -> tuple[Mistake, ...]:
    with pytest.raises(ConfigMistakes) as caught:
        load_deployment(folder)
    return caught.value.mistakes


def with_access(whole: str, section: str) -> tuple[str, int]:
    """Return the deployment with this `access:`, and the line of the section's own first line."""
    return f"{whole}access:\n{section}", len(whole.splitlines()) + 2


def with_issuer(jwks: str = "{file: keys.json}", role: str = "staff") -> str:
    return ROLE + ISSUER.format(jwks=jwks, role=role)


@pytest.mark.parametrize(
    ("section", "line", "message", "hint"),
    [
        ("  roles: [{name: a, scopes: [reed]}]\n", 0, '"reed" is not known', '"read"'),
        ("  roles: [{name: a, scopes: ['read:sead']}]\n", 0, '"sead" is not known', '"seed"'),
        ("  roles: [{name: a, scopes: ['sign:seed']}]\n", 0, "of no kind", 'write "sign" alone'),
        ("  roles: [{name: a, scopes: []}]\n", 0, "must not be empty", ""),
        ("  roles: [{name: a, scopes: [read], scope: x}]\n", 0, 'field "scope"', '"quotas"'),
        (
            "  roles: [{name: a, scopes: [{may: [read], kinds: [sead]}]}]\n",
            0,
            '"sead" is not known',
            '"seed"',
        ),
        (
            "  roles: [{name: a, scopes: [{may: [operate], where: {lot: [x]}}]}]\n",
            0,
            '"operate" cannot be limited',
            "in a scope of its own",
        ),
        (
            "  roles:\n    - {name: a, scopes: [read]}\n    - {name: a, scopes: [read]}\n",
            2,
            '"a" is given twice',
            "",
        ),
        (with_issuer(role="stuff"), 7, '"stuff" is not known', '"staff"'),
        (with_issuer("{}"), 6, "at a url or in a file", "{file: …}"),
        (
            with_issuer("{url: 'https://idp.example', file: k}"),
            6,
            "at a url or in a file",
            "{file: …}",
        ),
        (
            with_issuer("{url: 'http://idp.example/jwks'}"),
            6,
            "could give other keys",
            "write https://",
        ),
        ("  quotas: {per_day: 0}\n", 0, "at least 1, got 0", ""),
        ("  quotas: {per_hour: 5}\n", 0, "unknown field", '"per_day"'),
        ("  alarm: {distinct: 1}\n", 0, "at least 2, got 1", ""),
        ("  alarm: {hit_share: 1.5}\n", 0, "at most 1, got 1.5", ""),
        ("  purposes: [Travel abroad]\n", 0, "no valid name", ""),
        ("  purposes: [travel, travel]\n", 0, '"travel" is given twice', ""),
        (TWICE, 9, '"https://idp.example" is given twice', ""),
        ("  read_log_days: 0\n", 0, "at least 1, got 0", ""),
    ],
)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(
    folder: Folder, whole: str, section: str, line: int, message: str, hint: str
) -> None:
    text, first = with_access(whole, section)

    (mistake,) = mistakes_of(folder(text))

    assert mistake.file == "deployment.yaml"
    assert mistake.line == first + line
    assert mistake.column
    assert message in mistake.message
    assert hint in mistake.hint
    assert mistake.path.startswith("access")


def test_all_of_them_are_told_at_once(folder: Folder, whole: str) -> None:
    section = with_issuer("{}", "stuff").replace("[read]", "[reed]")

    found = mistakes_of(folder(with_access(whole, section)[0]))

    assert [each.line for each in found] == sorted(each.line for each in found)
    assert len(found) == 3


@pytest.mark.parametrize("url", ["https://idp.example/jwks", "http://127.0.0.1:9000/jwks"])
def test_keys_come_over_a_way_that_nobody_changes(folder: Folder, whole: str, url: str) -> None:
    text, _ = with_access(whole, with_issuer(f"{{url: '{url}'}}"))

    assert load_deployment(folder(text)).deployment.access.issuers[0].jwks.url == url
