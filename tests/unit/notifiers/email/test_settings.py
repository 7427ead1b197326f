"""The `[mail]` section: what is refused before anything is contacted (promises M5, X5)."""

from typing import Any

import pytest
from pydantic import ValidationError

from syncd.notifiers.email.settings import EmailSettings

SERVER = {"host": "smtp.example.com", "user": "syncd", "password": "canary"}


def settings(**more: Any) -> EmailSettings:
    return EmailSettings.model_validate({"from": "syncd@example.com", "smtp": SERVER} | more)


def test_the_least_that_works() -> None:
    made = settings()
    assert made.smtp is not None
    assert made.smtp.address == ("smtp.example.com", 587)
    assert made.sender_address == "syncd@example.com"


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465)])
def test_ports_follow_the_protection(tls: str, port: int) -> None:
    made = settings(smtp=SERVER | {"tls": tls}).smtp
    assert made is not None
    assert made.address[1] == port


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"smtp": {"host": "smtp.example.com", "tls": "none"}}, "this machine only"),
        ({"smtp": {"host": "127.0.0.1.example.com", "tls": "none"}}, "this machine only"),
        ({"smtp": SERVER | {"host": "127.0.0.1", "tls": "none"}}, "never sent without TLS"),
        ({"smtp": {"host": "smtp.example.com", "user": "syncd"}}, "no password"),
        ({"smtp": None}, "neither a server nor a folder"),
        ({"from": "nobody"}, "not an address"),
        ({"from": "a@b.test\nBcc: c@d.test"}, "not an address"),
        ({"from": "a@b.test, c@d.test"}, "not an address"),
        ({"smtp": SERVER | {"tsl": "tls"}}, "tsl"),
    ],
)
def test_what_is_refused_and_why(more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(**more)


def test_the_password_is_not_shown() -> None:
    assert "canary" not in f"{settings()!r} {settings().model_dump_json()}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_loopback_needs_no_tls(host: str) -> None:
    assert settings(smtp={"host": host, "tls": "none"})


def test_only_allowed_domains_are_written_to() -> None:
    made = settings(allowed_domains=["@Example.com"])
    assert made.refusal("dana@EXAMPLE.com") == ""
    assert "allowed_domains" in made.refusal("dana@sub.example.com")
    assert "allowed_domains" in made.refusal("dana@example.com.evil.test")
    assert settings().refusal("dana@anywhere.test") == ""


def test_returned_mail_goes_to_the_sender_unless_said_otherwise() -> None:
    raw = {"from": "syncd <syncd@example.com>", "to_outbox": True}
    assert EmailSettings.model_validate(raw).envelope_sender == "syncd@example.com"
    other = EmailSettings.model_validate(raw | {"bounces": "returned@example.com"})
    assert other.envelope_sender == "returned@example.com"
    with pytest.raises(ValueError, match="not an address"):
        EmailSettings.model_validate(raw | {"bounces": "Returned <returned@example.com>"})
