"""
Read YAML 1.2 and keep the place of everything in it.

A deployment file is one document that is read from top to bottom: no aliases, no tags, no
directives. Scalars are resolved by `mohar.config.scalars`, never by a library that parses. What is
written plainly is read by a quicker library (`mohar.config.quick`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from mohar.config.build import Builder
from mohar.config.document import Document, Problem, located
from mohar.config.mistakes import ConfigMistakes
from mohar.config.places import Text
from mohar.config.quick import read_quickly

MAX_BYTES: Final = 5_000_000

# YAML 1.2.2 §5.1 c-printable, without the byte order mark.
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SAID_BETTER: Final = (
    (
        "mapping values are not allowed",
        'this ":" is out of place; quote a value that holds one, and look at the indentation',
    ),
    ("<stream end>", "a bracket is opened here and never closed"),
    ("',' or ']'", 'a "," or "]" is missing before this'),
    ("',' or '}'", 'a "," or "}" is missing before this'),
    ("found unexpected end of stream", "a quote is opened here and never closed"),
    ("found unexpected document", "a quote is opened here and never closed"),
    ("while scanning a simple key", 'a ":" with a space after it is missing here'),
    ("could not find expected ':'", 'a ":" with a space after it is missing here'),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("found undefined tag handle", 'a value that begins with "!" needs quotes'),
    ("found unknown escape", r"inside double quotes a backslash is written \\"),
)


def read_document(data: bytes, name: str) -> Document:
    """
    Return the document that the bytes of one file hold; `name` is what mistakes call the file.

    Raises:
        ConfigMistakes: the bytes are not one YAML document in UTF-8.
    """
    text = _decoded(data, name)
    return read_quickly(text) or read_in_full(text)


def read_in_full(text: Text) -> Document:
    """
    Return the document that a text holds, whatever it uses of YAML, or all that is wrong with it.

    Raises:
        ConfigMistakes: the text is not one YAML document.
    """
    builder = Builder(text)
    try:
        for event in _events(text.content):
            builder.take(event)
    except YAMLError as error:
        _refuse_for(error, builder)
    except ValueError:
        # The library turns an escape such as "\UFFFFFFFF" into a character without looking.
        builder.refuse(builder.last_index, "this value holds an escape that is no character")
    return builder.document()


def _events(content: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    return yaml.parse(content)  # type: ignore[no-any-return]  # ruamel.yaml publishes no type for it


def _decoded(data: bytes, name: str) -> Text:
    if len(data) > MAX_BYTES:
        _refuse(Text(name, ""), 0, f"the file is larger than {MAX_BYTES} bytes; split it")
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        read = Text(name, _unix(data[: error.start].decode("utf-8")))
        _refuse(read, len(read.content), "this is not UTF-8; save the file as UTF-8")
    text = Text(name, _unix(content))
    if content.startswith("\ufeff"):
        _refuse(text, 0, "the file begins with a byte order mark; save it as UTF-8 without one")
    if (odd := _UNPRINTABLE.search(text.content)) is not None:
        code = f"U+{ord(odd.group()):04X}"
        _refuse(text, odd.start(), f"the character {code} does not print; remove or escape it")
    return text


def _unix(content: str) -> str:
    return content.replace("\r\n", "\n").replace("\r", "\n")


def _refuse(text: Text, index: int, message: str) -> NoReturn:
    raise ConfigMistakes([located(text, Problem(index=index, path=(), message=message))])


def _refuse_for(error: YAMLError, builder: Builder) -> NoReturn:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        builder.refuse(builder.last_index, "this cannot be read as YAML")
    problem = f"{error.context or ''} {error.problem or ''}".strip()
    index = min(error.problem_mark.index, len(builder.text.content))
    if "end of stream" in problem and "quoted scalar" in problem:
        index = error.context_mark.index
    if "<stream end>" in problem:
        index = builder.innermost_start
    builder.refuse(index, _in_our_words(problem, builder.text.content[index : index + 1]))


def _in_our_words(problem: str, letter: str) -> str:
    if letter == "\t":
        return "a tab cannot indent or separate; use spaces"
    if "cannot start any token" in problem:
        return f'a value cannot begin with "{letter}"; put it in quotes'
    better = (ours for theirs, ours in _SAID_BETTER if theirs in problem)
    return next(better, f"this is not YAML: {problem}")
