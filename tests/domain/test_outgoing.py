import pytest

from mohar.domain.outgoing import Outgoing, is_address


@pytest.mark.parametrize(
    ("text", "carries"),
    [("+919876543210", "sms"), ("9876543210", "sms"), ("a.b+c@mail.example.org", "email")],
)
def test_addresses_are_addresses(text: str, carries: str) -> None:
    assert is_address(text, carries)  # type: ignore[arg-type]  # one of the words


@pytest.mark.parametrize(
    ("text", "carries"),
    [
        ("", "sms"),
        ("+0123456789", "sms"),
        ("98765 43210", "sms"),
        ("९८७६५४३२१०", "sms"),
        ("+919876543210\n", "sms"),
        ("a@b.example", "sms"),
        ("a@b.example\r\nBcc: c@d.example", "email"),
        ("a@b.example,c@d.example", "email"),
        ("a@b.example\n", "email"),
        ("a@localhost", "email"),
        ("a@b.example?to=c@d.example", "email"),
    ],
)
def test_what_could_reach_somebody_else_is_none(text: str, carries: str) -> None:
    assert not is_address(text, carries)  # type: ignore[arg-type]  # one of the words


def test_it_does_not_print() -> None:
    sent = Outgoing(to="+919876543210", subject="s", text="t", language="en", purpose="p")

    assert str(sent) == repr(sent) == "‹Outgoing›"
