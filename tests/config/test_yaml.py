from __future__ import annotations

from typing import Any

import pytest

from mohar.config.document import Document
from mohar.config.mistakes import ConfigMistakes, Mistake
from mohar.config.tree import nearest, plain
from mohar.config.yaml import MAX_BYTES, read_document


def read(text: str) -> Any:
    document = read_document(text.encode(), "file.yaml")
    assert document.problems == ()
    return plain(document.root)


def problems(document: Document) -> list[Mistake]:
    return [document.located(problem) for problem in document.problems]


def refused(data: str | bytes) -> Mistake:
    with pytest.raises(ConfigMistakes) as caught:
        read_document(data.encode() if isinstance(data, str) else data, "file.yaml")
    return caught.value.mistakes[-1]


def place(mistake: Mistake) -> tuple[int, int]:
    return mistake.line, mistake.column


class TestScalars:
    @pytest.mark.parametrize(
        "text",
        [
            "NO",
            "on",
            "off",
            "yes",
            "y",
            "12:30:00",
            "2021-01-01",
            "011001",
            "-01",
            "00",
            "1_000",
            "0b1",
            "0O17",
            "0x",
            "1e",
            "<<",
            "=",
            "TrUe",
            "nULL",
            ".",
            "+",
            "٣",
            "0o8",
            "12e03x",
        ],
    )
    def test_what_yaml_1_1_would_turn_into_something_else_stays_text(self, text: str) -> None:
        assert read(f"a: {text}") == {"a": text}

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            *(("true", True), ("False", False)),
            *(("null", None), ("~", None), ("", None), ("Null", None)),
            *(("0x1F", 31), ("0o17", 15), ("0", 0), ("-7", -7), ("+7", 7)),
            *(("1.5", 1.5), (".5", 0.5), ("01.5", 1.5), ("1e3", 1000.0)),
            *((".inf", float("inf")), ("-.INF", float("-inf"))),
        ],
    )
    def test_the_core_schema_is_followed(self, text: str, value: Any) -> None:
        found = read(f"a: {text}")["a"]

        assert found == value
        assert type(found) is type(value)

    def test_what_is_quoted_or_in_a_block_is_text(self) -> None:
        assert read("a: '1'\nb: \"true\"\nc: |\n  1\n") == {"a": "1", "b": "true", "c": "1\n"}

    @pytest.mark.parametrize("number", ["1e999", "9" * 65, "0x" + "f" * 5000])
    def test_a_number_that_cannot_be_kept_is_a_mistake(self, number: str) -> None:
        document = read_document(f"a: {number}".encode(), "file.yaml")

        assert [place(each) for each in problems(document)] == [(1, 4)]


class TestPlaces:
    def test_lines_and_columns_start_at_one_and_count_characters(self) -> None:
        document = read_document("a: 1\r\n'é😀': {b: 2}\r\n".encode(), "file.yaml")
        node, _ = nearest(document.root, ("é😀", "b"))

        found = document.text.place(node.start)

        assert (found.line, found.column) == (2, 11)

    def test_an_empty_value_stands_at_its_key(self) -> None:
        document = read_document(b"a:\n  b:\n\nc: 1\n", "file.yaml")

        mistake = document.mistake(("a", "b"), "empty")

        assert place(mistake) == (2, 3)

    def test_a_path_that_is_not_there_stands_at_the_nearest_part(self) -> None:
        document = read_document(b"a: 1\nb:\n  - {c: 1}\n", "file.yaml")

        mistake = document.mistake(("b", 0, "d", "e"), "gone")

        assert place(mistake) == (3, 5)
        assert mistake.path == "b item 1.d.e"


class TestMistakesThatLetTheRestBeRead:
    def test_a_key_given_twice(self) -> None:
        document = read_document(b"a: 1\nb: 2\na: 3\n", "file.yaml")

        (mistake,) = problems(document)

        assert place(mistake) == (3, 1)
        assert mistake.message == '"a" is given twice (first on line 1)'
        assert plain(document.root) == {"a": 1, "b": 2}

    @pytest.mark.parametrize("key", ["1", "true", "~", "1.5", "[x]", "{x: y}"])
    def test_a_key_that_is_no_text(self, key: str) -> None:
        document = read_document(f"a: 1\n? {key}\n: 2\n".encode(), "file.yaml")

        (mistake,) = problems(document)

        assert place(mistake) == (2, 3)
        assert mistake.message == "a key must be text; put it in quotes"

    @pytest.mark.parametrize(
        ("value", "sort"),
        [
            ("*other", "aliases"),
            ("&here 1", "anchors"),
            ("!!str 1", "tags"),
            ("!!python/object/apply:os.system [ls]", "tags"),
            ("!local {}", "tags"),
        ],
    )
    def test_what_a_deployment_may_not_use(self, value: str, sort: str) -> None:
        document = read_document(f"a: 1\nb: {value}\n".encode(), "file.yaml")

        (mistake,) = problems(document)

        assert place(mistake) == (2, 4)
        assert mistake.message.startswith(sort)

    def test_an_alias_bomb_is_never_unfolded(self) -> None:
        lines = ["a: &a [x, x]"] + [
            f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)
        ]

        document = read_document("\n".join(lines).encode(), "file.yaml")

        assert len(problems(document)) == 8 + 14


class TestMistakesThatEndTheReading:
    @pytest.mark.parametrize(
        ("text", "where", "words"),
        [
            ("a: 'x\nb: 1\n", (1, 4), "a quote is opened here and never closed"),
            ("a:\n\tb: 1\n", (2, 1), "a tab cannot indent"),
            ("a: @b\n", (1, 4), 'cannot begin with "@"'),
            ("a: b: c\n", (1, 5), 'this ":" is out of place'),
            ("a: 1\n- b\n", (2, 1), "the indentation does not fit"),
            ("a: [1\nb: 2\n", (2, 2), 'a "," or "]" is missing'),
            ("a: {b: 1 c: 2}\n", (1, 11), 'a "," or "}" is missing'),
            ("a: {b: 1]\n", (1, 9), 'a "," or "}" is missing'),
            ("a: [{b: 1\n", (1, 5), "a bracket is opened here and never closed"),
            ('a: "\\q"\n', (1, 6), "a backslash is written"),
            ('a: "\\U00110000"\n', (1, 1), "an escape that is no character"),
            ("a: 1\n---\nb: 2\n", (2, 1), "a second document starts here"),
            ("%YAML 1.1\n---\na: 1\n", (1, 1), "%YAML and %TAG"),
            ("a: \x07\n", (1, 4), "the character U+0007 does not print"),
        ],
    )
    def test_each_has_its_place_and_its_words(
        self, text: str, where: tuple[int, int], words: str
    ) -> None:
        mistake = refused(text)

        assert place(mistake) == where
        assert words in mistake.message

    def test_half_a_surrogate_pair_is_no_text(self) -> None:
        document = read_document(b'a: "\\ud83d"\n', "file.yaml")

        assert [place(each) for each in problems(document)] == [(1, 4)]

    def test_bytes_that_are_not_utf_8(self) -> None:
        mistake = refused(b"a: 1\nb: caf\xe9\n")

        assert place(mistake) == (2, 7)
        assert "not UTF-8" in mistake.message

    def test_a_byte_order_mark(self) -> None:
        assert "byte order mark" in refused("\ufeffa: 1\n").message

    @pytest.mark.parametrize("deep", ["[" * 100_000, "{a: " * 5_000, "- " * 5_000])
    def test_a_depth_bomb(self, deep: str) -> None:
        assert "more than 64 levels" in refused(deep).message

    def test_a_file_that_is_far_too_large(self) -> None:
        assert "larger than" in refused(b" " * (MAX_BYTES + 1)).message

    def test_mistakes_found_before_the_end_are_told_too(self) -> None:
        with pytest.raises(ConfigMistakes) as caught:
            read_document(b"a: 1\na: 2\nb: 'x\n", "file.yaml")

        assert [place(each) for each in caught.value.mistakes] == [(2, 1), (3, 4)]


class TestExcerpts:
    def test_a_password_in_an_address_is_not_repeated(self) -> None:
        mistake = refused('a: "sqlite://u:hunter2@h/x": b\n')

        assert "hunter2" not in str(mistake)
        assert "•••" in mistake.excerpt

    def test_a_long_line_is_cut_around_the_caret(self) -> None:
        mistake = refused(f"a: {'x' * 500} : {'y' * 500}\n")

        source, caret = mistake.excerpt.split("\n")

        assert len(source) < 120
        assert source[len(caret) - 1] == ":"

    def test_what_moves_a_terminal_does_not_reach_it(self) -> None:
        mistake = refused("a: \x1b[2J\n")

        assert "\x1b" not in str(mistake)

    def test_the_caret_stands_below_wide_and_combining_letters(self) -> None:
        mistake = refused("a: [नमस्ते, 漢字, @]\n")

        assert mistake.excerpt.split("\n")[1] == "      | " + " " * (4 + 5 + 2 + 4 + 2 - 1) + "^"
