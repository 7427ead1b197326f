"""The shipped notifier suite over e-mail, against a real socket that answers what it is told."""

import email
import re
from collections.abc import Iterator
from email.policy import SMTP as POLICY
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ports import kept_port
from scripted_smtp import ScriptedSmtp

from syncd.errors import DeliveryError
from syncd.interfaces import Mark, Rendered
from syncd.notifiers.email.mime import check
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.notifier_contract import NotifierContract, Verdict


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedSmtp]:
    scripted = ScriptedSmtp()
    yield scripted
    scripted.stop()


def mail(port: int, **more: object) -> EmailNotifier:
    settings = {
        "from": "syncd <syncd@example.com>",
        "smtp": {"host": "127.0.0.1", "port": port, "tls": "none"},
        "timeout": 60,
    }
    return EmailNotifier("mail", EmailSettings.model_validate(settings | more))


def _refusals() -> dict[str, Verdict]:
    """What each reply code means at each stage, by RFC 5321 and mechanism 5."""
    later, dead = Verdict(), Verdict(permanent=True)
    ours, content = Verdict(operator=True), Verdict(permanent=True, content=True)
    sign_in = {530, 534, 535, 538}
    found = {}
    for code in range(400, 600):
        if code == 421:
            continue
        bad = code >= 500
        found[f"MAIL {code}"] = ours if bad else later
        found[f"RCPT {code}"] = dead if bad else later
        found[f"DATA {code}"] = content if bad else later
        found[f"dot {code}"] = content if bad else later
        if code in sign_in:
            found |= {f"{stage} {code}": ours for stage in ("MAIL", "RCPT", "DATA")}
    found["MAIL 552"] = content
    found["RCPT 552"] = later
    for stage in ("MAIL", "RCPT", "DATA"):
        found[f"{stage} 421"] = found[f"{stage} drop"] = later
    found["banner 421"] = found["banner 554"] = found["banner drop"] = ours
    found["EHLO drop"] = ours
    found["inside drop"] = found["dot drop"] = Verdict(in_doubt=True)
    found["dot 421"] = later
    return found


class TestSmtp(NotifierContract):
    refusals = _refusals()

    @pytest.fixture(autouse=True)
    def _server(self, server: ScriptedSmtp) -> None:
        server.reset()
        self.server = server

    def notifier(self) -> EmailNotifier:
        self.server.reset()
        return mail(self.server.server_address[1])

    def refused(self, refusal: str) -> EmailNotifier:
        stage, answer = refusal.split()
        self.server.reset(**{stage: answer if answer == "drop" else f"{answer} not today"})
        return mail(self.server.server_address[1])

    def damage(self, done: Rendered) -> str:
        return damage(done)

    def test_no_answer_after_the_dot_is_in_doubt_and_the_repeat_is_the_same_mail(self) -> None:
        self.server.reset(dot="silence")
        notifier = EmailNotifier(
            "mail",
            EmailSettings.model_validate({
                "from": "syncd@example.com",
                "smtp": {"host": "127.0.0.1", "port": self.server.server_address[1], "tls": "none"},
                "timeout": 2,
            }),
        )  # fmt: skip
        message = self._message(notifier)
        with pytest.raises(DeliveryError) as caught:
            notifier.send(message)
        assert caught.value.in_doubt
        self.server.script["dot"] = "250 taken"
        notifier.send(message)
        notifier.close()
        first, second = self.server.received
        assert first == second == message.body

    def test_one_session_serves_many_mails_one_recipient_each(self) -> None:
        notifier = self.notifier()
        message = self._message(notifier)
        for _ in range(3):
            notifier.send(message)
        notifier.close()
        verbs = [line.split()[0].upper() for line in self.server.heard]
        assert verbs.count(b"EHLO") == 1
        assert verbs.count(b"RCPT") == verbs.count(b"MAIL") == verbs.count(b"DATA") == 3

    def test_a_session_that_died_while_idle_is_opened_again(self) -> None:
        notifier = self.notifier()
        message = self._message(notifier)
        notifier.send(message)
        self.server.script["RSET"] = "drop"
        notifier.send(message)
        notifier.close()
        assert len(self.server.received) == 2

    def test_a_refused_person_leaves_the_session_usable(self) -> None:
        notifier = self.refused("RCPT 550")
        message = self._message(notifier)
        with pytest.raises(DeliveryError, match="550 not today"):
            notifier.send(message)
        self.server.script["RCPT"] = "250 ok"
        notifier.send(message)
        notifier.close()
        assert len(self.server.received) == 1

    def test_a_closed_port_is_the_operators_trouble(self) -> None:
        port = kept_port()
        with pytest.raises(DeliveryError) as caught:
            mail(port).send(self._message(mail(port)))
        assert caught.value.operator
        assert next(iter(mail(port).check())).mark is Mark.FAILED

    def test_nobody_outside_the_allowed_domains_is_written_to(self) -> None:
        notifier = mail(self.server.server_address[1], allowed_domains=["example.org"])
        with pytest.raises(DeliveryError, match=r"example\.com is not among") as caught:
            notifier.send(self._message(self.notifier()))
        assert caught.value.permanent
        assert not self.server.heard


class TestOutbox(NotifierContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "state" / "outbox"

    def notifier(self) -> EmailNotifier:
        raw = {"from": "syncd@example.com", "to_outbox": True, "outbox": self.folder}
        return EmailNotifier("mail", EmailSettings.model_validate(raw))

    def refused(self, refusal: str) -> EmailNotifier:
        raise NotImplementedError(refusal)

    def damage(self, done: Rendered) -> str:
        return damage(done)

    def test_a_mail_is_one_private_file_however_often_it_is_sent(self) -> None:
        notifier = self.notifier()
        message = self._message(notifier)
        notifier.send(message)
        notifier.send(message)
        (file,) = self.folder.iterdir()
        assert file.read_bytes() == message.body
        assert file.suffix == ".eml"
        assert file.stat().st_mode & 0o777 == 0o600
        assert self.folder.stat().st_mode & 0o077 == 0

    def test_a_folder_that_is_a_file_is_the_operators_trouble(self) -> None:
        self.folder.parent.mkdir()
        self.folder.write_text("in the way")
        with pytest.raises(DeliveryError, match="cannot write") as caught:
            self.notifier().send(self._message(self.notifier()))
        assert caught.value.operator


class _Links(HTMLParser):
    ALLOWED = re.compile("html|head|meta|title|style|body|div|table|tr|td|h1|h2|span|a|b|br|code")

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.ALLOWED.fullmatch(tag):
            self.bad.append(tag)
        for name, value in attrs:
            href = name == "href" and not str(value).startswith("https://")
            if href or name.startswith("on") or name == "src":
                self.bad.append(f"{name}={value}")


def damage(done: Rendered) -> str:
    """Reads the mail back as a stranger would, and says what should not be there."""
    check(done.body, "dana@example.com")
    check(done.fallback, "dana@example.com")
    if done.body == done.fallback:
        return "the full form could not be made"
    parsed = email.message_from_bytes(done.body, policy=POLICY)
    if parsed.defects or parsed["Bcc"] or len(parsed.get_all("To", [])) != 1:
        return "headers"
    links = _Links()
    html = parsed.get_body(("html",)).get_content()
    links.feed(html)
    text = parsed.get_body(("plain",)).get_content()
    strange = [c for c in text + html if c in "\x1b\x07\u202e\u2066\u2028\x85\0\x0b\x0c"]
    if len(html) > 80_000:
        return "too long for mail clients"
    return f"{links.bad} {strange}" if links.bad or strange else ""
