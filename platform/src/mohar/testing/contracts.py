"""
What every implementation of a role must keep to, as tests to inherit.

    class TestMySigner(SignerContract):
        @pytest.fixture
        def signer(self) -> Signer:
            return MySigner(…)

Each class names the fixtures it needs; pytest collects the inherited tests.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from datetime import UTC, datetime
from types import ModuleType

import msgspec
import pluggy

from mohar.codec import signatures
from mohar.domain.credential import Credential, Issue, Prepared, Secured
from mohar.domain.delivery import Delivery
from mohar.domain.errors import MoharError
from mohar.domain.events import Fact
from mohar.domain.findings import Refusal
from mohar.domain.outgoing import Outgoing
from mohar.domain.record import Message, Record
from mohar.domain.rendition import Rendition, Shown
from mohar.plugin import (
    Channel,
    Format,
    Messenger,
    Renderer,
    Schema,
    Signer,
    Sink,
    Source,
    Trust,
    specs,
)
from mohar.plugin.hooks import PROJECT
from mohar.testing.tools import NOON

_HOSTILE: tuple[bytes, ...] = (
    b"",
    b"{",
    b"[]",
    b"\x00\xff\xfe",
    b"PK\x03\x04",
    b"%PDF-1.7",
    b"null",
)


class PluginContract:
    """Fixture: `module`, the plugin's module as its entry point names it."""

    def test_every_hook_it_implements_exists(self, module: ModuleType) -> None:
        """A misspelt hook would never be called."""
        hooks = {name for name in vars(module) if name.startswith("mohar_")}

        assert hooks
        assert hooks <= {name for name in vars(specs) if name.startswith("mohar_")}

    def test_its_hooks_take_the_arguments_they_are_called_with(self, module: ModuleType) -> None:
        """Each is marked as a hook, and a House can call it."""
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(specs)
        manager.register(module)
        implemented = {caller.name for caller in manager.get_hookcallers(module) or ()}

        manager.check_pending()
        assert implemented == {name for name in vars(module) if name.startswith("mohar_")}

    def test_its_first_line_says_what_it_is_for(self, module: ModuleType) -> None:
        """The docstring's first line is what people choose by."""
        assert (module.__doc__ or "").strip()


class SourceContract:
    """Fixtures: `source`, and `messages` that it can read."""

    def test_there_is_one_record_for_each_message_in_order(
        self, source: Source, messages: Sequence[Message]
    ) -> None:
        """One record a message, and reading in batches changes nothing."""
        together = list(source.read(messages))
        alone = [source.read([message])[0] for message in messages]

        assert together == alone

    def test_what_it_cannot_read_becomes_a_finding(self, source: Source) -> None:
        """Bad input raises nothing."""
        strange: list[Message] = [Message(content={}), Message(content={"x": [None, {"y": 1}]})]
        records = source.read(strange)

        assert all(any(each.is_error for each in record.findings) for record in records)

    def test_no_batch_is_too_small(self, source: Source) -> None:
        """An empty batch is a batch."""
        assert list(source.read([])) == []


class SchemaContract:
    """Fixtures: `schema`, `records` it accepts, and an `issue` for the first of them."""

    def test_it_composes_what_it_checked(
        self, schema: Schema, records: Sequence[Record], issue: Issue
    ) -> None:
        """What passes the check is composed into a document that the schema recognises."""
        findings = schema.check(records[:1], issue.profile)
        (composed,) = schema.compose(records[:1], [issue])

        assert not any(each.is_error for each in findings[0])
        assert isinstance(composed, Credential)
        assert schema.recognises(composed.document)
        assert composed.credential_id == issue.credential_id

    def test_composing_twice_gives_the_same(
        self, schema: Schema, records: Sequence[Record], issue: Issue
    ) -> None:
        """A batch that is retried must come out as before."""
        first = schema.compose(records[:1], [issue])
        second = schema.compose(records[:1], [issue])

        assert list(first) == list(second)

    def test_each_record_has_findings_of_its_own(
        self, schema: Schema, records: Sequence[Record], issue: Issue
    ) -> None:
        """One answer a record, in order, and reading in batches changes nothing."""
        together = list(schema.check(records, issue.profile))
        alone = [schema.check([record], issue.profile)[0] for record in records]

        assert together == alone

    def test_what_it_shows_goes_by_names(
        self, schema: Schema, records: Sequence[Record], issue: Issue
    ) -> None:
        """A verifier's screen shows values under their names."""
        (composed,) = schema.compose(records[:1], [issue])
        assert isinstance(composed, Credential)

        assert all(isinstance(name, str) for name in schema.shown(composed.document))

    def test_a_stranger_is_not_recognised(self, schema: Schema) -> None:
        """A document of another type is somebody else's."""
        assert not schema.recognises({"@context": ["https://example.org/other"]})

    def test_facts_are_plain_json(
        self, schema: Schema, records: Sequence[Record], issue: Issue
    ) -> None:
        """A sink can store what the schema tells."""
        (composed,) = schema.compose(records[:1], [issue])
        assert isinstance(composed, Credential)
        (facts,) = schema.facts([composed])

        assert msgspec.json.decode(msgspec.json.encode(facts)) == facts


class SignerContract:
    """Fixture: `signer`."""

    def test_each_signature_verifies_with_its_own_key(self, signer: Signer) -> None:
        """One signature for each payload, in order."""
        payloads = [b"one", b"two", b""]
        made = signer.sign(payloads)

        assert [
            signatures.verify(signer.key, signature, payload)
            for payload, signature in zip(payloads, made, strict=True)
        ] == [True, True, True]

    def test_a_signature_fits_no_other_payload(self, signer: Signer) -> None:
        """What is signed is what was given."""
        (made,) = signer.sign([b"one"])

        assert not signatures.verify(signer.key, made, b"two")

    def test_it_crosses_to_no_other_process(self, signer: Signer) -> None:
        """A key stays where it was loaded."""
        try:
            pickled = pickle.dumps(signer)
        except (AttributeError, TypeError, pickle.PicklingError):
            return
        raise AssertionError(f"the signer was pickled into {len(pickled)} bytes")

    def test_no_batch_is_too_small(self, signer: Signer) -> None:
        """An empty batch is a batch."""
        assert list(signer.sign([])) == []


class FormatContract:
    """Fixtures: `form`, `credentials` it can carry, and a `signer` whose key fits it."""

    def test_what_it_seals_it_opens_and_verifies(
        self, form: Format, credentials: Sequence[Credential], signer: Signer
    ) -> None:
        """The way out and the way back."""
        for secured in seal(form, credentials, signer):
            opened = form.open(secured.content)

            assert form.recognise(secured.content)
            assert form.verify(opened, 0, signer.key)

    def test_order_is_kept(
        self, form: Format, credentials: Sequence[Credential], signer: Signer
    ) -> None:
        """The answers come in the credentials' order."""
        sealed = seal(form, credentials, signer)

        assert [each.credential_id for each in sealed] == [
            each.credential_id for each in credentials
        ]

    def test_a_carrier_gives_back_what_it_carries(
        self, form: Format, credentials: Sequence[Credential], signer: Signer
    ) -> None:
        """What a scanner reads leads to the signed bytes."""
        secured = seal(form, credentials[:1], signer)[0]
        for carrier in form.carriers(secured):
            inside = form.unpack(carrier.data) or [carrier.data]

            assert form.open(inside[0]).document == form.open(secured.content).document

    def test_hostile_bytes_raise_only_our_own_errors(self, form: Format) -> None:
        """No input makes a verifier fall over."""
        for data in _HOSTILE:
            assert form.recognise(data) in {True, False}
            try:
                form.open(data)
            except MoharError:
                continue
            raise AssertionError(f"{data!r} was opened")


class TrustContract:
    """Fixture: `trust`."""

    def test_a_stranger_has_no_keys(self, trust: Trust) -> None:
        """Unknown is an empty answer, not an error."""
        found = trust.keys("https://stranger.example/", "did:example:nobody#1", NOON)

        assert list(found) == []


class RendererContract:
    """Fixtures: `renderer`, and `shown` it can draw."""

    def test_each_request_is_drawn_in_order(
        self, renderer: Renderer, shown: Sequence[Shown]
    ) -> None:
        """One rendition a request, of the kind the renderer names."""
        drawn = renderer.render(shown)

        assert len(drawn) == len(shown)
        for each in drawn:
            assert isinstance(each, Rendition)
            assert each.media_type == renderer.media_type
            assert each.suffix == renderer.suffix

    def test_the_same_input_gives_the_same_bytes(
        self, renderer: Renderer, shown: Sequence[Shown]
    ) -> None:
        """A cache may keep what was drawn."""
        assert list(renderer.render(shown[:1])) == list(renderer.render(shown[:1]))


class SinkContract:
    """Fixture: `sink`."""

    def test_it_takes_a_batch_and_the_same_batch_again(self, sink: Sink) -> None:
        """At least once means that a fact may come twice."""
        facts = [
            Fact(
                event_id=f"{number:032x}",
                type="credential.issued",
                occurred_at=datetime(2026, 1, 31, tzinfo=UTC),
                kind="membership",
                facts={"district": "Pune", "number": number},
            )
            for number in range(3)
        ]

        sink.write(facts)
        sink.write(facts)
        sink.write([])


class ChannelContract:
    """Fixtures: `channel`, whose other side takes everything, and `deliveries` to tell it of."""

    def test_there_is_one_result_for_each_delivery(
        self, channel: Channel, deliveries: Sequence[Delivery]
    ) -> None:
        """Each is told by itself, in order."""
        results = channel.deliver(deliveries)

        assert [each.state for each in results] == ["delivered"] * len(deliveries)

    def test_the_same_delivery_may_be_told_again(
        self, channel: Channel, deliveries: Sequence[Delivery]
    ) -> None:
        """At least once means that it may come twice."""
        first, again = channel.deliver(deliveries[:1]), channel.deliver(deliveries[:1])

        assert list(first) == list(again)

    def test_no_batch_is_too_small(self, channel: Channel) -> None:
        """An empty batch is a batch."""
        assert list(channel.deliver([])) == []

    def test_it_names_the_fields_it_needs(self, channel: Channel) -> None:
        """They are paths of the record, each a text."""
        assert all(path.strip() == path != "" for path in channel.fields)


class MessengerContract:
    """Fixtures: `messenger`, whose gateway takes everything, and `messages` for it."""

    def test_there_is_one_result_for_each_text(
        self, messenger: Messenger, messages: Sequence[Outgoing]
    ) -> None:
        """Each is sent by itself, in order."""
        results = messenger.send(messages)

        assert [each.state for each in results] == ["delivered"] * len(messages)

    def test_no_batch_is_too_small_for_it(self, messenger: Messenger) -> None:
        """An empty batch is a batch."""
        assert list(messenger.send([])) == []

    def test_what_is_no_address_is_refused_and_told_by_no_value(
        self, messenger: Messenger, messages: Sequence[Outgoing]
    ) -> None:
        """Nothing goes to where a line's end or a comma leads."""
        wrong = msgspec.structs.replace(messages[0], to=f"{messages[0].to},\r\nx@y.example")
        (result,) = messenger.send([wrong])

        assert result.state == "refused"
        assert messages[0].to not in result.detail

    def test_it_says_what_it_carries(self, messenger: Messenger) -> None:
        """Of an SMS the segments count."""
        assert messenger.carries in {"sms", "email", "chat"}


def seal(form: Format, credentials: Sequence[Credential], signer: Signer) -> Sequence[Secured]:
    """Return credentials prepared, signed and sealed; a refused one fails the test that asks."""
    answers = form.prepare(credentials, signer.key, NOON)
    prepared = [each for each in answers if isinstance(each, Prepared)]
    refused = [each for each in answers if isinstance(each, Refusal)]
    assert not refused, refused
    made = signer.sign([each.payload for each in prepared])
    return form.seal(prepared, made, signer.key)
