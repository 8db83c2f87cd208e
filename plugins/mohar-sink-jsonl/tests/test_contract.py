from pathlib import Path
from types import ModuleType

import pytest

import mohar_sink_jsonl
from mohar.plugin import Sink, Tools
from mohar.testing.contracts import PluginContract, SinkContract
from mohar_sink_jsonl._sink import JsonLinesSink, Settings


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_sink_jsonl


class TestSink(SinkContract):
    @pytest.fixture
    def sink(self, mohar_tools: Tools) -> Sink:
        return JsonLinesSink.open(Settings(path="facts.jsonl"), mohar_tools)

    def test_the_file_stands_in_the_folder_of_the_deployment(
        self, sink: Sink, tmp_path: Path
    ) -> None:
        self.test_it_takes_a_batch_and_the_same_batch_again(sink)

        assert (tmp_path / "facts.jsonl").exists()
