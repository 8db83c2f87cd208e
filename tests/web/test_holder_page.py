"""The page for holders, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mohar.access.holder_texts import HolderTexts
from mohar.access.sending import CodeToSend
from mohar.assembly.holders import LettingIn
from mohar.assembly.house import House

MOBILE = "9000000077"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
# What is too small to be hit with a thumb, of all that can be.
TOO_SMALL = """() => [...document.querySelectorAll('button, input, select, textarea')]
  .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML)"""
WITHOUT_NAME = """() => [...document.querySelectorAll('input, select, textarea')]
  .filter((each) => each.offsetParent && !each.labels.length).map((each) => each.outerHTML)"""
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this machine."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, "install chromium (tools/setup-test.sh does)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def codes(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that were sent, instead of sending them."""
    assert house.holders is not None
    kept: list[str] = []

    def keep(code: CodeToSend) -> None:
        kept.append(code.code)

    monkeypatch.setattr(
        house.holders.rooms._codes, "_send", keep
    )  # a code leaves by a messenger alone
    with house.store.begin() as work:
        work.expiring.remove("holders", f"sent/{MOBILE}")
    return kept


@pytest.fixture
def page(browser: Browser, server: httpx.Client) -> Iterator[Page]:
    """The page, as wide as the narrowest telephone; any error of its script fails the test."""
    context = browser.new_context(
        base_url=str(server.base_url), viewport={"width": 320, "height": 640}, locale="en-IN"
    )
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None
    )
    page.goto("/holder")
    expect(page.locator("#language option")).to_have_count(24)
    yield page
    context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def issued(
    server: httpx.Client,
    key_for: Callable[..., Mapping[str, str]],
    record: Callable[..., dict[str, Any]],
) -> str:
    """The number of a certificate for the one whom the page is tried with."""
    message = record()
    message["recipient"] |= {"contact": [f"tel:{MOBILE}"], "dob": "1981-07-19"}
    answer = server.post(
        "/v1/kinds/vaccination/records?wait=issued",
        json=message,
        headers=dict(key_for("issue:vaccination")),
    )
    number: str = answer.json()["outcomes"][0]["credential_id"]
    return number


def let_in(page: Page, codes: list[str]) -> None:
    page.get_by_label("Mobile number").fill(MOBILE)
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_focused()
    page.get_by_label("Code", exact=True).fill(codes[-1])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Whose certificate?")).to_be_focused()


def chosen(page: Page) -> None:
    page.get_by_label("Year of birth").fill("1981")
    page.get_by_role("button", name=re.compile("^Open")).click()
    expect(page.get_by_role("heading", name="Certificates", exact=True)).to_be_focused()


def fits(page: Page) -> None:
    assert not page.evaluate(WIDER)
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(WITHOUT_NAME) == []


def with_notice(holders: LettingIn, words: str) -> LettingIn:
    """Say something else before a code is asked for."""
    files = [
        msgspec.structs.replace(each, notices={**each.notices, "code": words})
        for each in holders.texts._files
    ]
    return msgspec.structs.replace(holders, texts=HolderTexts(files))


class TestThePage:
    def test_a_holder_goes_all_the_way(self, page: Page, codes: list[str], issued: str) -> None:
        """
        On the narrowest telephone: a code, one person, the PDF, the code, a link, a report, the end.
        """
        fits(page)
        let_in(page, codes)
        fits(page)
        chosen(page)
        fits(page)
        expect(page.get_by_text(f"Certificate {issued}")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download PDF").click()
        assert download.value.path().read_bytes().startswith(b"%PDF")
        page.get_by_role("button", name="Show the QR code").click()
        expect(page.get_by_alt_text("QR code of the certificate")).to_be_visible()
        expect(page.get_by_text("Whoever has the link sees the certificate")).to_be_visible()
        page.get_by_role("button", name="Make a link to share").click()
        link = page.locator("#own-list a")
        expect(link).to_be_visible()
        path = (link.get_attribute("href") or "").partition("/s/")[2]

        page.get_by_text("Report a wrong detail").click()
        expect(page.get_by_text("What you write goes to the officers")).to_be_visible()
        page.get_by_label("In your own words").fill("A letter is missing.")
        page.get_by_label(re.compile("What is right")).fill("Asha Namuna")
        page.get_by_label(re.compile("Number of the document")).fill("letter 9")
        fits(page)
        page.get_by_role("button", name="Send the report").click()
        expect(page.get_by_role("status")).to_contain_text("Your report has the number")
        page.get_by_role("button", name="What became of it?").click()
        expect(page.get_by_role("status")).to_contain_text("waits for an officer")
        page.get_by_role("button", name="End", exact=True).click()
        expect(page.get_by_role("heading", name="Get a code")).to_be_focused()
        assert "token" not in page.evaluate("() => sessionStorage.getItem('mohar-holder') || ''")
        page.goto(f"/s/{path}")
        expect(page.get_by_role("heading", name="This certificate is genuine")).to_be_visible()
        assert not page.evaluate(WIDER)

    def test_every_error_is_told_where_a_screen_reader_hears_it(
        self, page: Page, codes: list[str], issued: str
    ) -> None:
        assert issued
        status = page.get_by_role("status")
        page.get_by_label("Mobile number").fill("12")
        page.get_by_role("button", name="Send a code").click()
        expect(status).to_contain_text("not as it must be")
        page.get_by_label("Mobile number").fill(MOBILE)
        page.get_by_role("button", name="Send a code").click()
        expect(page.get_by_role("heading", name="Enter the code")).to_be_focused()
        page.get_by_label("Code", exact=True).fill("000000" if codes[-1] != "000000" else "1")
        page.get_by_role("button", name="Go on").click()
        expect(status).to_contain_text("wrong, used or over")
        page.get_by_role("button", name="Send another code").click()
        expect(status).to_contain_text("too often")
        page.get_by_label("Code", exact=True).fill(codes[-1])
        page.get_by_role("button", name="Go on").click()
        page.get_by_label("Year of birth").fill("1907")
        page.get_by_role("button", name=re.compile("^Open")).click()
        expect(status).to_contain_text("does not fit the person")

    def test_a_notice_that_changed_meanwhile_is_shown_before_anything_is_done(
        self,
        page: Page,
        codes: list[str],
        issued: str,
        house: House,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        assert issued
        assert house.holders is not None
        expect(page.get_by_text("We use this number")).to_be_visible()
        monkeypatch.setattr(house, "holders", with_notice(house.holders, "We count your codes."))
        page.get_by_label("Mobile number").fill(MOBILE)

        page.get_by_role("button", name="Send a code").click()

        expect(page.get_by_role("status")).to_contain_text("The notice has changed")
        expect(page.get_by_text("We count your codes.")).to_be_visible()
        assert codes == []
        page.get_by_role("button", name="Send a code").click()
        expect(page.get_by_role("heading", name="Enter the code")).to_be_focused()

    def test_it_speaks_another_language_and_turns_around_for_urdu(self, page: Page) -> None:
        page.get_by_label("Language").select_option("hi")
        expect(page.get_by_role("button", name="कोड भेजें")).to_be_visible()
        page.locator("#language").select_option("ur")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")

        assert page.evaluate("() => document.documentElement.lang") == "ur"
        fits(page)

    def test_it_is_as_wide_as_the_telephone_in_every_language(self, page: Page) -> None:
        choice = page.locator("#language")
        tags = [each.get_attribute("value") for each in choice.locator("option").all()]
        for tag in tags:
            choice.select_option(tag)
            expect(page.locator("html")).to_have_attribute("lang", tag or "")
            fits(page)
