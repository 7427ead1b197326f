"""Headers of a mail, line by line (experience.md §3.2)."""

import base64
import email
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any

from syncd.model.alerts import NoticeKind, Notification, Reason
from syncd.notifiers.email.mime import Envelope, Letter
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import finding, notification, rich_finding, transition
from syncd.testing.builders import person

SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
DANA = person("dana", name="Dana Li")


def letter(sent: Notification | None = None, **more: Any) -> bytes:
    envelope = Envelope(
        settings=SETTINGS, notification=sent or notification(), person=DANA, subject="S", **more
    )
    return Letter(envelope).with_text("text\n", "<p>text</p>\n")


def read(body: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(body, policy=POLICY)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_outlooks_thread_is_22_bytes_of_the_alert_and_five_for_each_update() -> None:
    found = [
        read(letter(notification(transition(rich_finding(), Reason.WORSE, update=n))))
        for n in (1, 2, 3, 400)
    ]
    raw = [base64.b64decode(one["Thread-Index"], validate=True) for one in found]
    assert [len(one) for one in raw] == [22, 27, 32, 22 + 5 * 19]
    assert len({one[:22] for one in raw}) == 1
    other = base64.b64decode(read(letter(notification(transition(finding("X-1")))))["Thread-Index"])
    assert other[:22] != raw[0][:22]
    assert {one["Thread-Topic"] for one in found} == {"S"}


def test_the_root_of_a_thread_was_never_sent() -> None:
    mails = [read(letter(notification(transition(rich_finding(), update=n)))) for n in range(1, 30)]
    roots = {one["References"] for one in mails}
    assert len(roots) == 1
    assert not roots & {one["Message-ID"] for one in mails}
    assert roots == {one["In-Reply-To"] for one in mails}


def test_the_boundary_follows_from_the_id_so_that_bytes_are_the_same() -> None:
    body = letter()
    assert body == letter()
    parsed = read(body)
    assert parsed.get_boundary() == f"=_{parsed['Message-ID'][1:33]}"


def test_several_alerts_are_no_thread_and_say_what_they_are() -> None:
    one = transition(rich_finding())
    digest = read(letter(notification(one, one, kind=NoticeKind.DIGEST)))
    assert digest["X-Syncd-Reason"] == "digest"
    assert not {"References", "In-Reply-To", "Thread-Index", "X-Syncd-Alert"} & set(digest.keys())


def test_every_mail_says_that_a_machine_wrote_it() -> None:
    """Out-of-office programs answer no such mail (RFC 3834), and filters find it by its list."""
    for kind in (NoticeKind.ALERT, NoticeKind.DIGEST, NoticeKind.ADOPTION, NoticeKind.SERVICE):
        told = [transition(rich_finding())] * (1 if kind is NoticeKind.ALERT else 2)
        mail = read(render(SETTINGS, notification(*told, kind=kind), DANA).body)
        assert mail["Auto-Submitted"] == "auto-generated"
        kind_of_list = "drift" if kind is NoticeKind.ALERT else kind.value
        assert mail["List-Id"].endswith(f".{kind_of_list}.example.com>")


def test_what_was_added_again_is_another_mail_than_the_news_that_was_told_before() -> None:
    """Its alert keeps its number and update: under their id a mail program would drop it."""
    known = transition(finding("LED-1"), Reason.ADOPTED, update=2)
    sent = [
        notification(transition(finding("LED-1"), Reason.WORSE, update=2)),
        *(notification(known, kind=NoticeKind.ADOPTION, key=f"joined {day}") for day in (1, 2)),
    ]
    mails = [read(letter(one)) for one in sent]
    assert len({one["Message-ID"] for one in mails}) == 3
    text = read(render(SETTINGS, sent[1], DANA).body)
    assert text["Subject"].endswith("Newly added: 1 known problem")
    body = text.get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "1 problem came with a project, repository or calendar that was added" in said
    assert "You hear of it again when it changes" in said
