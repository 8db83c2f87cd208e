"""The contexts: W3C's very bytes, nothing fetched, nothing replaced."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mohar.domain.errors import ConfigError, Unsupported
from mohar_format_ld._canonical import RDFC
from mohar_format_ld._contexts import PINNED, Contexts, packaged
from mohar_format_ld._linked import LinkedData


@pytest.mark.parametrize("url", PINNED)
def test_each_packaged_context_has_its_published_digest(url: str):
    data = packaged(url)

    assert hashlib.sha256(data).hexdigest() == PINNED[url][1]
    assert "@context" in json.loads(data)


def test_the_digests_are_those_of_the_published_bytes(vectors: Path):
    listed = json.loads((vectors / "contexts/shared/index.json").read_bytes())
    digests = {each["url"]: each["sha256"] for each in listed}

    assert {url: digest for url, (_, digest) in PINNED.items()}.items() <= digests.items()


def test_an_unknown_context_is_named_and_cut_short():
    with pytest.raises(Unsupported, match=r"https://nowhere\.example/a"):
        Contexts({}).get("https://nowhere.example/a" + "b" * 5000)
    with pytest.raises(Unsupported) as caught:
        Contexts({}).get("https://nowhere.example/" + "\u0939" * 5000)

    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 400


def test_the_deployment_may_repeat_a_w3c_context_but_not_replace_it():
    url = "https://www.w3.org/ns/credentials/v2"

    assert Contexts({url: packaged(url)}).read(url) == packaged(url)
    with pytest.raises(ConfigError, match="may not be another"):
        Contexts({url: b'{"@context":{}}'})


def test_a_damaged_context_of_the_deployment_is_found_at_start():
    with pytest.raises(ConfigError, match=r"https://example\.org/v1"):
        Contexts({"https://example.org/v1": b"{"})


def test_a_context_that_leads_to_an_unknown_one_is_unsupported(membership: dict[str, Any]):
    """No chain of contexts reaches the network either."""
    leads = json.dumps({"@context": ["https://elsewhere.example/v1"]}).encode()
    document = {**membership, "@context": ["https://example.org/v1"]}

    with pytest.raises(Unsupported, match=r"https://elsewhere\.example/v1"):
        LinkedData(Contexts({"https://example.org/v1": leads})).read(
            document, RDFC, before_signing=True
        )


def test_threads_share_the_processed_contexts(
    membership: dict[str, Any], documents: dict[str, bytes]
):
    """Web requests are handled in threads, and PyLD's caches were not made for that."""
    linked = LinkedData(Contexts(documents))
    digests: list[bytes] = []

    def work() -> None:
        read = (linked.read(membership, RDFC, before_signing=True) for _ in range(6))
        digests.extend(each.digest for each in read)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)

    assert len(digests) == 24
    assert len(set(digests)) == 1
