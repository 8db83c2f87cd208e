import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar_channel_webhook.signing import REPLAY_WINDOW_SECONDS, read_secret, sign, verify

SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = read_secret(SECRET)
OTHER = b"o" * 32
AT = 1_614_265_330


class TestSignature:
    def test_it_is_the_one_of_the_published_example(self) -> None:
        """
        The example of the specification: id, moment, body, secret and signature.
        """
        headers = sign([KEY], "msg_p5jXN8AQM9LWM0D4loKWxJek", AT, b'{"test": 2432232314}')

        assert headers == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }

    @settings(deadline=None, max_examples=50)
    @given(body=st.binary(max_size=200), at=st.integers(0, 2**40))
    def test_what_is_signed_verifies(self, body: bytes, at: int) -> None:
        assert verify([KEY], sign([KEY], "m1", at, body), body, at)

    @settings(deadline=None, max_examples=50)
    @given(data=st.data(), body=st.binary(min_size=1, max_size=50))
    def test_no_bit_of_the_body_can_be_changed(self, data: st.DataObject, body: bytes) -> None:
        headers = sign([KEY], "m1", AT, body)
        bit = data.draw(st.integers(0, len(body) * 8 - 1))
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8

        assert not verify([KEY], headers, bytes(changed), AT)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("webhook-id", "m2"),
            ("webhook-timestamp", str(AT + 1)),
            ("webhook-timestamp", ""),
            ("webhook-timestamp", "²"),
            ("webhook-timestamp", "9" * 40),
            ("webhook-timestamp", "-1"),
            ("webhook-signature", ""),
            ("webhook-signature", "v1,é"),
            ("webhook-signature", "v1a,xyz"),
        ],
    )
    def test_no_header_can_be_changed(self, name: str, value: str) -> None:
        headers = sign([KEY], "m1", AT, b"{}") | {name: value}

        assert not verify([KEY], headers, b"{}", AT)

    def test_the_names_of_headers_count_in_any_case(self) -> None:
        headers = {name.title(): value for name, value in sign([KEY], "m1", AT, b"").items()}

        assert verify([KEY], headers, b"", AT)


class TestReplayWindow:
    @pytest.mark.parametrize("away", [-REPLAY_WINDOW_SECONDS, 0, REPLAY_WINDOW_SECONDS])
    def test_it_counts_within(self, away: int) -> None:
        assert verify([KEY], sign([KEY], "m1", AT, b""), b"", AT + away)

    @pytest.mark.parametrize("away", [-REPLAY_WINDOW_SECONDS - 1, REPLAY_WINDOW_SECONDS + 1])
    def test_it_does_not_count_beyond(self, away: int) -> None:
        assert not verify([KEY], sign([KEY], "m1", AT, b""), b"", AT + away)


class TestRotation:
    def test_while_two_secrets_sign_either_verifies(self) -> None:
        headers = sign([KEY, OTHER], "m1", AT, b"")

        assert verify([KEY], headers, b"", AT)
        assert verify([OTHER], headers, b"", AT)
        assert not verify([b"x" * 32], headers, b"", AT)

    def test_who_knows_two_takes_what_either_signed(self) -> None:
        assert verify([KEY, OTHER], sign([OTHER], "m1", AT, b""), b"", AT)


class TestSecret:
    def test_the_prefix_may_be_left_out(self) -> None:
        assert read_secret(SECRET.removeprefix(b"whsec_")) == KEY

    @pytest.mark.parametrize(
        "text", [b"", b"whsec_", b"password", b"whsec_#", base64.b64encode(b"short"), b"\xff" * 40]
    )
    def test_what_is_no_secret_is_refused(self, text: bytes) -> None:
        with pytest.raises(ValueError, match="24 to 64 random bytes"):
            read_secret(text)
