import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mohar_sink_jsonl
from mohar.domain.errors import Unavailable
from mohar.domain.events import Fact
from mohar.plugin import Offers, Sink
from mohar_sink_jsonl._sink import JsonLinesSink, Settings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

FACTS = st.builds(
    Fact,
    event_id=st.text(min_size=1, max_size=8),
    type=st.just("credential.issued"),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    kind=st.text(max_size=8),
    facts=st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers(0, 9)),
)


def fact(event_id: str) -> Fact:
    return Fact(
        event_id=event_id,
        type="credential.issued",
        occurred_at=NOON,
        kind="vaccination",
        facts={"age_band": "40-49"},
    )


def read(path: Path) -> list[Fact]:
    return [msgspec.json.decode(line, type=Fact) for line in path.read_bytes().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts" / "facts.jsonl"


class TestPlugin:
    def test_it_offers_the_sink_under_its_name(self, tmp_path: Path) -> None:
        offers: Offers[Sink] = Offers("sink")
        mohar_sink_jsonl.mohar_register_sinks(offers.speaking("sink-jsonl"))
        offer = offers.get("jsonl")
        assert offer is not None
        tools: Any = SimpleNamespace(files=SimpleNamespace(path=tmp_path.joinpath))

        offer.open(msgspec.convert({"path": "facts.jsonl"}, offer.settings), tools).write(
            [fact("e1")]
        )

        assert read(tmp_path / "facts.jsonl") == [fact("e1")]

    @pytest.mark.parametrize("given_settings", [{}, {"path": ""}, {"path": "f", "pth": "g"}])
    def test_settings_that_do_not_fit_are_refused(self, given_settings: dict[str, str]) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(given_settings, Settings)


class TestJsonLinesSink:
    def test_batches_are_appended_in_order(self, path: Path) -> None:
        JsonLinesSink(path).write([fact("e1"), fact("e2")])
        JsonLinesSink(path).write([fact("e3")])

        assert [each.event_id for each in read(path)] == ["e1", "e2", "e3"]

    def test_a_line_is_a_plain_json_object(self, path: Path) -> None:
        JsonLinesSink(path).write([fact("e1")])

        assert path.read_text() == (
            '{"event_id":"e1","type":"credential.issued","occurred_at":"2026-03-01T12:00:00Z",'
            '"kind":"vaccination","facts":{"age_band":"40-49"}}\n'
        )

    def test_only_the_owner_may_read_it(self, path: Path) -> None:
        JsonLinesSink(path).write([fact("e1")])

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_an_empty_batch_makes_no_file(self, path: Path) -> None:
        JsonLinesSink(path).write([])

        assert not path.exists()

    @settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
    @given(facts=st.lists(FACTS, min_size=1, max_size=4))
    def test_what_was_written_is_read_again(self, path: Path, facts: Sequence[Fact]) -> None:
        path.unlink(missing_ok=True)

        JsonLinesSink(path).write(facts)

        assert read(path) == facts

    @pytest.mark.parametrize("left", [b'{"event_id":"e2', b"x" * 200_000])
    def test_a_line_that_was_cut_short_is_mended(self, path: Path, left: bytes) -> None:
        """A crash in the middle of a write; the batch comes again."""
        JsonLinesSink(path).write([fact("e1")])
        with path.open("ab") as file:
            file.write(left)

        JsonLinesSink(path).write([fact("e2")])

        assert [each.event_id for each in read(path)] == ["e1", "e2"]

    def test_a_file_of_one_cut_line_begins_anew(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b'{"event_id":"e')

        JsonLinesSink(path).write([fact("e1")])

        assert read(path) == [fact("e1")]

    def test_a_full_disk_is_unavailable_and_leaves_no_half_batch(self, path: Path) -> None:
        """The limit on a file's size stands in for the end of the disk."""
        program = (
            "import resource, signal, sys; from pathlib import Path\n"
            "from datetime import UTC, datetime; from mohar.domain.events import Fact\n"
            "from mohar.domain.errors import Unavailable\n"
            "from mohar_sink_jsonl._sink import JsonLinesSink\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "fact = Fact(event_id='e', type='t', occurred_at=datetime.now(UTC), kind='k')\n"
            "sink = JsonLinesSink(Path(sys.argv[1])); sink.write([fact])\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
            "try: sink.write([fact] * 10)\n"
            "except Unavailable as error: print(error.code)\n"
        )

        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
        )

        assert done.stdout == "unavailable\n"
        assert len(read(path)) == 1

    def test_a_path_that_cannot_be_written_is_unavailable(self, path: Path) -> None:
        path.mkdir(parents=True)

        with pytest.raises(Unavailable, match=r"facts\.jsonl cannot be written: Is a directory"):
            JsonLinesSink(path).write([fact("e1")])

    def test_several_processes_may_write_to_one_file(self, path: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
            "from mohar.domain.events import Fact; from mohar_sink_jsonl._sink import JsonLinesSink\n"
            "fact = Fact(event_id='e' * 500, type='t', occurred_at=datetime.now(UTC), kind='k')\n"
            "for _ in range(20): JsonLinesSink(Path(sys.argv[1])).write([fact] * 20)\n"
        )
        command = [sys.executable, "-c", program, os.fspath(path)]

        writers = [subprocess.Popen(command) for _ in range(2)]

        assert [writer.wait(30) for writer in writers] == [0, 0]
        assert len(read(path)) == 800
