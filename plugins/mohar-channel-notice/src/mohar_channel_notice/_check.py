"""`mohar channel-notice check`: every text, and how long it is."""

from __future__ import annotations

import argparse
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mohar.codec.sms import is_gsm, length_of
from mohar.domain.errors import InvalidInput
from mohar.plugin import Files
from mohar_channel_notice._texts import read_texts, shortest_and_longest

_A_LINK: Final = "https://example.in/holder"


class Check:
    """Print every notice of a folder with its alphabet, characters and segments as an SMS."""

    def __init__(self, files_in: Callable[[Path], Files]) -> None:
        self._files_in = files_in

    def __call__(self, arguments: Sequence[str]) -> int:
        """Print them; the status is 1 where one is longer than `--most` segments."""
        parsed = _parser().parse_args(list(arguments))
        languages = sorted(each.stem for each in parsed.folder.glob("*.yaml"))
        if not languages:
            raise InvalidInput(f"{parsed.folder}: there are no texts; they are files LANGUAGE.yaml")
        texts = read_texts(self._files_in(parsed.folder), ".", languages)
        most = 0
        for language, file in texts.items():
            for event, notice in file.notices.items():
                ends = shortest_and_longest(
                    notice.text, list(file.kinds.values()), parsed.link, letter_of(notice.text)
                )
                short, long = (length_of(each) for each in ends)
                most = max(most, long.segments)
                sys.stdout.write(
                    f"{language} {event}: {long.alphabet}, {short.units}-{long.units} characters, "
                    f"{short.segments}-{long.segments} segments\n  {ends[1]}\n"
                )
        return 1 if most > parsed.most else 0


def letter_of(text: str) -> str:
    """Return a letter as names in the script of a text begin with, and a mark of that script."""
    letters = [each for each in text if unicodedata.category(each) == "Lo"]
    marks = [each for each in text if unicodedata.category(each)[0] == "M"]
    if is_gsm(text) or not letters:
        return "W"
    return letters[0] + (marks[0] if marks else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mohar channel-notice check", description=Check.__doc__)
    parser.add_argument("folder", type=Path, help="the folder with a file for each language")
    parser.add_argument("--link", default=_A_LINK, help="what {link} stands for")
    parser.add_argument("--most", type=int, default=10, help="so many segments are good")
    return parser
