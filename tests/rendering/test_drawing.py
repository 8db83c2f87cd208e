"""The drawing room picks, settles the language, and draws nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Shown
from mohar.rendering.cache import RenditionCache, digest
from mohar.rendering.drawing import Drawing, NamedRendering, named_rendering

if TYPE_CHECKING:
    from collections.abc import Callable

    from mohar.domain.credential import Secured

Make = Any


class TestFind:
    def test_the_first_rendering_with_that_suffix_is_found(self, drawing: Drawing) -> None:
        found = drawing.find("membership", "paper", suffix="txt")

        assert found is not None
        assert (found.name, found.media_type) == ("card", "text/plain")

    def test_a_rendering_is_found_by_its_name(self, drawing: Drawing) -> None:
        found = drawing.find("membership", "paper", suffix="txt", name="code")

        assert found is not None
        assert found.name == "code"

    @pytest.mark.parametrize(
        ("kind", "body", "suffix", "name"),
        [
            ("membership", "phone", "txt", "code"),
            ("membership", "paper", "pdf", None),
            ("licence", "paper", "txt", None),
        ],
    )
    def test_what_cannot_be_drawn_is_not_found(
        self, drawing: Drawing, kind: str, body: str, suffix: str, name: str | None
    ) -> None:
        assert drawing.find(kind, body, suffix=suffix, name=name) is None

    def test_the_options_of_a_kind_come_in_the_order_of_the_deployment(
        self, drawing: Drawing
    ) -> None:
        assert [option.name for option in drawing.options("membership")] == ["card", "code"]


class TestLanguage:
    @pytest.mark.parametrize(
        ("requested", "settled"),
        [
            (None, "en"),
            ("hi", "hi"),
            ("HI_in", "hi"),
            ("ks-Deva-IN", "ks-Deva"),
            ("ks", "en"),
            ("fr-CA", "en"),
            ("", "en"),
            ("-", "en"),
        ],
    )
    def test_a_language_falls_back_to_one_the_rendering_has(
        self, drawing: Drawing, requested: str | None, settled: str
    ) -> None:
        assert drawing.language_for("membership", "card", requested) == settled

    @given(requested=st.text())
    def test_no_text_is_an_error(self, requested: str) -> None:
        card = NamedRendering(kind="a", name="b", renderer=_NoRenderer(), languages=("en", "hi"))

        assert Drawing([card], {}, 0).language_for("a", "b", requested) in {"en", "hi"}

    def test_a_picture_without_words_has_no_language(self, drawing: Drawing) -> None:
        assert drawing.language_for("membership", "code", "hi") == "und"


class TestWords:
    """A renderer that has words says in which languages, by which names, and which is usual."""

    @pytest.fixture
    def drawing(self, drawing: Drawing, wordy: Any) -> Drawing:
        page = named_rendering(wordy, kind="membership", name="page")
        return Drawing([page], drawing._formats, cache_bytes=1000)

    @pytest.mark.parametrize(
        ("requested", "settled"),
        [("hin", "hi"), ("HIN", "hi"), ("hin-IN", "hi"), ("ks-deva", "ks-Deva"), ("fr", "en")],
    )
    def test_a_language_is_known_by_its_other_names_too(
        self, drawing: Drawing, requested: str, settled: str
    ) -> None:
        assert drawing.language_for("membership", "page", requested) == settled

    @pytest.mark.parametrize(
        ("usual", "requested", "settled"),
        [
            ("hi", None, "hi"),
            ("hi", "fr", "hi"),
            ("hi", "en", "en"),
            ("HIN", "", "hi"),
            ("fr", None, "en"),
            (None, None, "en"),
        ],
    )
    def test_who_asks_for_none_gets_the_one_that_is_usual_for_the_credential(
        self,
        drawing: Drawing,
        secured: Make,
        usual: str | None,
        requested: str | None,
        settled: str,
    ) -> None:
        credential = msgspec.structs.replace(secured(), document={"language": usual})
        request = drawing.shown_for(credential, language=requested)

        (drawn,) = drawing.draw("membership", "page", [request])

        assert isinstance(drawn, Rendition)
        assert drawn.content.startswith(f"{settled}:".encode())

    def test_a_renderer_without_words_has_no_languages(self, renderer: Any) -> None:
        assert named_rendering(renderer, kind="a", name="b").languages == ()


class TestSettle:
    """A renderer whose pictures depend on more than the request."""

    @pytest.fixture
    def drawing(self, drawing: Drawing, dated: Any) -> Drawing:
        page = NamedRendering(kind="membership", name="page", renderer=dated)
        return Drawing([page], drawing._formats, cache_bytes=1000)

    def test_what_it_depends_on_is_settled_before_a_picture_is_looked_for(
        self, drawing: Drawing, secured: Make, dated: Any
    ) -> None:
        request = drawing.shown_for(secured())

        for day in ("monday", "monday", "tuesday"):
            dated.day = day
            drawing.draw("membership", "page", [request])

        assert [batch[0].parameters["day"] for batch in dated.batches] == ["monday", "tuesday"]

    def test_another_credential_of_the_group_brings_its_own_code(
        self, drawing: Drawing, secured: Make, dated: Any
    ) -> None:
        first, second = secured(b"a"), secured(b"b", credential_id="18")
        request = drawing.shown_for(second, [first, second], parameters={"first": "yes"})

        drawing.draw("membership", "page", [request])

        ((drawn,),) = dated.batches
        assert drawn.secured == first
        assert drawn.carriers[0].data == b"a"

    def test_its_parameters_are_told(self, drawing: Drawing) -> None:
        (option,) = drawing.options("membership")

        assert option.parameters == ("first",)


class TestDraw:
    def test_a_batch_is_drawn_in_order_and_in_one_call(
        self, drawing: Drawing, secured: Make, renderer: Any
    ) -> None:
        requests = [drawing.shown_for(secured(name)) for name in (b"a", b"b", b"c")]

        drawn = drawing.draw("membership", "card", requests)

        assert [each.content[-1:] for each in drawn] == [b"a", b"b", b"c"]
        assert len(renderer.batches) == 1

    def test_the_same_request_is_drawn_once(
        self, drawing: Drawing, secured: Make, renderer: Any
    ) -> None:
        request = drawing.shown_for(secured())
        drawing.draw("membership", "card", [request, request])

        drawing.draw("membership", "card", [request])

        assert [len(batch) for batch in renderer.batches] == [1]

    def test_two_spellings_of_one_language_are_drawn_once(
        self, drawing: Drawing, secured: Make, renderer: Any
    ) -> None:
        requests = [drawing.shown_for(secured(), language=tag) for tag in ("hi", "hi-IN")]

        drawing.draw("membership", "card", requests)

        assert [len(batch) for batch in renderer.batches] == [1]

    def test_a_new_credential_in_the_group_is_drawn_anew(
        self, drawing: Drawing, secured: Make
    ) -> None:
        first, second = secured(b"a"), secured(b"b", credential_id="18")
        (before,) = drawing.draw("membership", "card", [drawing.shown_for(first, [first])])

        (after,) = drawing.draw("membership", "card", [drawing.shown_for(first, [first, second])])

        assert (before.content[-1:], after.content[-3:]) == (b"a", b"a+b")

    def test_a_refusal_is_told_and_not_kept(
        self, drawing: Drawing, secured: Make, renderer: Any
    ) -> None:
        request = drawing.shown_for(secured(b"too large"))
        drawing.draw("membership", "card", [request])

        (refused,) = drawing.draw("membership", "card", [request])

        assert isinstance(refused, Refusal)
        assert len(renderer.batches) == 2

    def test_a_credential_outside_the_current_group_is_drawn_by_itself(
        self, drawing: Drawing, secured: Make
    ) -> None:
        old, current = secured(b"old"), secured(b"current", credential_id="18")

        assert drawing.shown_for(old, [current]).group == (old,)

    def test_a_body_the_rendering_is_not_for_is_refused_with_the_bodies_it_is_for(
        self, drawing: Drawing, secured: Make
    ) -> None:
        request = drawing.shown_for(secured(body="phone"))

        with pytest.raises(InvalidInput, match="rendering code is for paper"):
            drawing.draw("membership", "code", [request])

    def test_a_rendering_the_kind_does_not_have_is_not_found(self, drawing: Drawing) -> None:
        with pytest.raises(NotFound):
            drawing.draw("membership", "poster", [])

    def test_threads_share_what_is_kept(self, drawing: Drawing, secured: Make) -> None:
        requests = [drawing.shown_for(secured(str(n % 7).encode())) for n in range(200)]

        with ThreadPoolExecutor(8) as pool:
            drawn = list(
                pool.map(lambda each: drawing.draw("membership", "card", [each]), requests)
            )

        assert [each[0].content[-1:] for each in drawn] == [b"%d" % (n % 7) for n in range(200)]


class TestRenditionCache:
    @given(sizes=st.lists(st.integers(0, 60), max_size=40))
    def test_it_never_holds_more_than_it_may(self, sizes: list[int]) -> None:
        cache = RenditionCache(100)

        for number, size in enumerate(sizes):
            cache.keep(b"%d" % (number % 9), _rendition(size))

            assert cache.size_bytes <= 100
            assert cache.size_bytes == sum(len(each.content) for each in cache._kept.values())

    def test_the_least_used_is_given_up_first(self) -> None:
        cache = RenditionCache(100)
        cache.keep(b"a", _rendition(50))
        cache.keep(b"b", _rendition(50))
        cache.find(b"a")

        cache.keep(b"c", _rendition(50))

        assert [cache.find(key) is not None for key in (b"a", b"b", b"c")] == [True, False, True]

    def test_what_is_larger_than_the_cache_is_not_kept(self) -> None:
        cache = RenditionCache(10)

        cache.keep(b"a", _rendition(11))

        assert cache.find(b"a") is None

    def test_the_digest_changes_with_each_thing_a_picture_depends_on(
        self, secured: Callable[..., Secured]
    ) -> None:
        one, other = secured(b"a"), secured(b"b")
        cases = [
            ("k", "r", _shown(one, (one,), "en", {})),
            ("k2", "r", _shown(one, (one,), "en", {})),
            ("k", "r2", _shown(one, (one,), "en", {})),
            ("k", "r", _shown(one, (one,), "hi", {})),
            ("k", "r", _shown(one, (one,), "en", {"px": 3})),
            ("k", "r", _shown(one, (one, other), "en", {})),
            ("k", "r", _shown(other, (one, other), "en", {})),
            ("k", "r", _shown(one, (other, one), "en", {})),
        ]

        assert len({digest(*case) for case in cases}) == len(cases)


class _NoRenderer:
    media_type = "text/plain"
    suffix = "txt"

    def render(self, shown: object) -> list[Rendition | Refusal]:
        raise AssertionError(shown)


def _rendition(size: int) -> Rendition:
    return Rendition(media_type="text/plain", suffix="txt", content=bytes(size))


def _shown(
    secured: Secured, group: tuple[Secured, ...], language: str, parameters: dict[str, int]
) -> Shown:
    return Shown(
        secured=secured, group=group, carriers=(), language=language, parameters=parameters
    )
