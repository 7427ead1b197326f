"""Mail over a real server that protects, authenticates and refuses (promise M5, faults N3, N6)."""

import datetime as dt
import email
import ssl
from collections.abc import Iterator
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from loopback_smtp import Loopback

from syncd.errors import DeliveryError
from syncd.interfaces import Mark
from syncd.model.alerts import Message
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import notification
from syncd.testing.builders import AS_OF, person

PASSWORD = "canary-7f3a"


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.logins: list[bytes] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append((list(envelope.rcpt_tos), envelope.content or b""))
        return "250 OK"

    def sign_in(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


def started(mailbox: Mailbox, cert: trustme.LeafCert | None, **more: Any) -> Loopback:
    context = None
    if cert is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cert.configure_cert(context)
    controller = Loopback(
        mailbox, tls_context=context, auth_require_tls=True, authenticator=mailbox.sign_in, **more
    )
    controller.start()
    return controller


@pytest.fixture(scope="module")
def server(mailbox: Mailbox, authority: trustme.CA) -> Iterator[Loopback]:
    controller = started(
        mailbox, authority.issue_cert("127.0.0.1"), require_starttls=True, auth_required=True
    )
    yield controller
    controller.stop()


@pytest.fixture(autouse=True)
def _empty(mailbox: Mailbox) -> None:
    mailbox.mails.clear()
    mailbox.logins.clear()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def notifier(controller: Loopback, ca_file: Path | None, **smtp: Any) -> EmailNotifier:
    server = {
        "host": "127.0.0.1",
        "port": controller.bound,
        "user": "syncd",
        "password": PASSWORD,
        "ca_file": ca_file,
    }
    raw = {"from": "syncd <syncd@example.com>", "smtp": server | smtp, "timeout": 60}
    return EmailNotifier("mail", EmailSettings.model_validate(raw))


def message(to: str = "dana@example.com") -> Message:
    reader = person("dana", email=to)
    raw = {"from": "syncd@example.com", "to_outbox": True}
    done = EmailNotifier("mail", EmailSettings.model_validate(raw)).render(notification(), reader)
    return Message(
        message_id=done.message_id,
        notifier="mail",
        person="dana",
        recipient=to,
        subject=done.subject,
        body=done.body,
        queued_at=AS_OF,
        send_after=AS_OF,
    )


def test_mail_arrives_over_starttls_signed_in_byte_for_byte(
    server: Loopback, mailbox: Mailbox, ca_file: Path
) -> None:
    sender = notifier(server, ca_file)
    sent = message()
    sender.send(sent)
    sender.close()
    ((recipients, content),) = mailbox.mails
    assert recipients == ["dana@example.com"]
    assert content == sent.body
    parsed = email.message_from_bytes(content, policy=POLICY)
    assert parsed["Message-ID"] == sent.message_id
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert mailbox.logins == [PASSWORD.encode()]


def test_check_signs_in_and_sends_nothing(
    server: Loopback, mailbox: Mailbox, ca_file: Path
) -> None:
    checks = list(notifier(server, ca_file).check())
    assert checks[0].mark is Mark.OK
    assert "STARTTLS, signed in; nothing sent" in checks[0].text
    assert not mailbox.mails


def test_a_refused_recipient_is_dead_with_the_servers_words(
    server: Loopback, mailbox: Mailbox, ca_file: Path
) -> None:
    sender = notifier(server, ca_file)
    with pytest.raises(DeliveryError, match="no such user here") as caught:
        sender.send(message("gone@example.com"))
    assert caught.value.permanent
    assert not caught.value.operator
    sender.send(message())
    sender.close()
    assert len(mailbox.mails) == 1


def refused_before_signing_in(sender: EmailNotifier, mailbox: Mailbox, words: str) -> None:
    with pytest.raises(DeliveryError, match=words) as caught:
        sender.send(message())
    error = caught.value
    assert error.operator
    assert error.exit_code == 4
    assert PASSWORD not in f"{error} {error.hint} {error.__cause__!r}"
    (failed, *_) = sender.check()
    assert (failed.mark, failed.exit_code) == (Mark.FAILED, 4)
    assert not mailbox.mails
    assert not mailbox.logins


def test_an_unknown_authority_gets_no_password_and_no_mail(
    server: Loopback, mailbox: Mailbox
) -> None:
    refused_before_signing_in(notifier(server, None), mailbox, "CERTIFICATE_VERIFY_FAILED")


@pytest.mark.parametrize("wrong", ["other name", "expired"])
def test_a_wrong_certificate_gets_no_password_and_no_mail(
    mailbox: Mailbox, authority: trustme.CA, ca_file: Path, wrong: str
) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    cert = (
        authority.issue_cert("elsewhere.test")
        if wrong == "other name"
        else authority.issue_cert("127.0.0.1", not_after=past)
    )
    controller = started(mailbox, cert)
    try:
        refused_before_signing_in(
            notifier(controller, ca_file), mailbox, "CERTIFICATE_VERIFY_FAILED"
        )
    finally:
        controller.stop()


def test_a_server_without_starttls_gets_no_password_and_no_mail(
    mailbox: Mailbox, ca_file: Path
) -> None:
    controller = started(mailbox, None)
    try:
        refused_before_signing_in(notifier(controller, ca_file), mailbox, "offers no STARTTLS")
    finally:
        controller.stop()


def test_a_wrong_password_is_a_credential_problem_that_tells_no_password(
    server: Loopback, mailbox: Mailbox, ca_file: Path
) -> None:
    sender = notifier(server, ca_file, password="wrong-canary")
    with pytest.raises(DeliveryError, match="refuses to sign in syncd") as caught:
        sender.send(message())
    error = caught.value
    assert (error.operator, error.exit_code) == (True, 4)
    assert "wrong-canary" not in f"{error} {error!r} {error.hint} {error.__cause__!r}"
    assert not mailbox.mails


def test_an_unreadable_authority_file_is_named(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"missing\.pem") as caught:
        notifier(server, tmp_path / "missing.pem").send(message())
    assert caught.value.operator


def test_tls_from_the_first_byte(mailbox: Mailbox, authority: trustme.CA, ca_file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    controller = Loopback(mailbox, ssl_context=context)
    controller.start()
    try:
        sender = notifier(controller, ca_file, tls="tls", user=None, password=None)
        sender.send(message())
        sender.close()
        assert len(mailbox.mails) == 1
    finally:
        controller.stop()
