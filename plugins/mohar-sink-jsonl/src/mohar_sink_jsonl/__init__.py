"""Append facts, one JSON object a line, to a file."""

from mohar.plugin import Offer, Offers, Sink, hookimpl
from mohar_sink_jsonl._sink import JsonLinesSink, Settings


@hookimpl
def mohar_register_sinks(offers: Offers[Sink]) -> None:
    """Offer the sink."""
    offers.add(Offer("jsonl", "a file of JSON lines", Settings, JsonLinesSink.open))
