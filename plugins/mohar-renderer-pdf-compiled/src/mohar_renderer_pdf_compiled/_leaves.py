"""Cut what WeasyPrint drew into bytes that stay, and holes for what changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import pydyf
from weasyprint.formatting_structure import boxes

from mohar_renderer_pdf.textlayer import Place, UnseenLine, is_unseen
from mohar_renderer_pdf_compiled._nodes import NotTold
from mohar_renderer_pdf_compiled._plan import Spot
from mohar_renderer_pdf_compiled._sheet import (
    MARKS,
    MODULES,
    Code,
    Hole,
    Leaf,
    Row,
    Written,
    code_operators,
    deflated,
)
from mohar_renderer_pdf_compiled._trial import TrialPage

_UNSEEN: Final = b"/Artifact BMC q BT 3 Tr"
# The operator that makes a module of a code one unit; a place of nothing may be written as "0.".
_SCALE: Final = re.compile(rb"(\S+) 0 0 \1 -?0\.? -?0\.? cm")


class Leaves:
    """Cuts the operators of one page of paper into pieces and holes."""

    def __init__(self, page: TrialPage, rows: Sequence[Any], elements: Sequence[int]) -> None:
        self._page = page
        self._rows = rows
        self._elements = elements
        self._spots = {id(spot.box): spot for row in rows for spot in row.spots}
        self._holes: dict[int, Hole] = {}
        self._number = -1

    def leaf(self, matrix: Any) -> Leaf:
        operators, written_as = self._page.operators, self._page.bytes()
        code = code_operators(matrix).split(b"\n")[:-1] if matrix else []
        pieces: list[Any] = []
        plain: list[bytes] = []
        at = 0
        while at < len(operators) - 1:
            hole: Hole | Code | None = None
            passed = 0
            if isinstance(operators[at], pydyf.Dictionary) and operators[at + 1] == b"BDC":
                hole, passed = self._hole(at, written_as)
            elif code and written_as[at] == code[0] and written_as[at : at + len(code)] == code:
                hole, passed = self._code(plain, matrix.width), len(code)
            if hole is None:
                plain.append(written_as[at])
                at += 1
                continue
            pieces += [b"\n".join(plain) + b"\n", hole]
            plain = []
            at += passed
        pieces += [b"\n".join(plain) + b"\n", MARKS]
        if len(self._holes) != len(self._spots):
            raise NotTold("group")
        return self._made(pieces)

    def _code(self, plain: list[bytes], modules: int) -> Code:
        """Return the place of a code, and take from the operators before it those it depends on."""
        box = self._page.marked.get(self._number)
        scales = [at for at, each in enumerate(plain) if _SCALE.fullmatch(each)]
        if not scales or not isinstance(box, boxes.ReplacedBox):
            raise NotTold("code")
        before = plain[scales[-1] + 1 :]
        del plain[scales[-1] :]
        width = rb"\b%d\b" % modules
        lines = [re.sub(width, MODULES, each) + b"\n" for each in before]
        return Code(side=box.width, before=b"".join(lines))

    def _hole(self, at: int, operators: Sequence[bytes]) -> tuple[Hole | None, int]:
        self._number += 1
        box = self._page.marked.get(self._number)
        said = self._page.operators[at].get("MCID")
        if said != self._number and self._number not in self._page.artifacts:
            raise NotTold("group")
        spot = self._spots.get(id(box))
        if spot is None:
            return None, 0
        begin = operators.index(b"BT", at)
        end = operators.index(b"ET", begin)
        if b"EMC" in operators[at:end] or operators[end + 1] != b"EMC":
            raise NotTold("style")
        hole = self._made_hole(spot, operators[at + 1 : begin + 1], operators[begin + 2 : end])
        self._holes[id(box)] = hole
        after = end + 2 + hole.is_artifact
        return hole, after - at + operators[after].startswith(_UNSEEN)

    def _made_hole(self, spot: Spot, opening: Sequence[bytes], drawn: Sequence[bytes]) -> Hole:
        box, number = spot.box, self._number
        following = self._page.marked.get(number + 1)
        is_artifact = number in self._page.artifacts
        element = 0 if is_artifact else self._elements[number]
        if not is_artifact and self._elements.count(element) > 1:
            raise NotTold("link")
        constant = None
        if spot.measure < 0:
            constant = Written(
                text=box.text,
                x=box.position_x,
                width=box.width,
                is_unseen=is_unseen(box.text),
                operators=tuple(drawn),
            )
        return Hole(
            measure=spot.measure,
            line=spot.line,
            constant=constant,
            number=number,
            x=box.position_x,
            y=box.position_y + box.baseline,
            width=box.width,
            opening=b"\n".join(opening),
            font_size=max(box.style["font_size"], 1),
            is_in_turned=box.style["direction"] == "rtl",
            is_artifact=is_artifact,
            is_before_blank=isinstance(following, boxes.TextBox) and not following.text.strip(),
            element=element,
            language=str(box.style["lang"] or ""),
        )

    def _made(self, pieces: Sequence[Any]) -> Leaf:
        texts = [
            box
            for box in self._page.marked.values()
            if isinstance(box, boxes.TextBox) and box.text.strip() and id(box) not in self._spots
        ]
        height = self._page.height * 0.75
        return Leaf(
            pieces=tuple(pieces),
            deflated=tuple(deflated(each) if isinstance(each, bytes) else b"" for each in pieces),
            rows=tuple(
                Row(
                    holes=tuple(self._holes[id(spot.box)] for spot in row.spots),
                    room=row.room,
                    align=row.align,
                )
                for row in self._rows
            ),
            seen=tuple(box.text for box in texts if not is_unseen(box.text)),
            unseen=tuple(_unseen(box) for box in texts if is_unseen(box.text)),
            corner=Place(x=2, y=height - 2, width=2, font_size=0.25, y_grows_down=True),
            is_right_to_left=self._page.is_right_to_left,
        )


def _unseen(box: Any) -> UnseenLine:
    place = Place(
        x=box.position_x,
        y=box.position_y + box.baseline,
        width=box.width,
        font_size=max(box.style["font_size"], 1),
        y_grows_down=True,
    )
    return UnseenLine(text=box.text, place=place)
