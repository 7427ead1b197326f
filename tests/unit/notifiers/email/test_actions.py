"""How a mail can be answered: buttons, addresses and headers, bound to the reader."""

import email
import re
from datetime import timedelta
from email.policy import SMTP as POLICY
from typing import Any

import pytest

from syncd.model.alerts import NoticeKind, Reason
from syncd.model.grants import Deed
from syncd.model.people import Role
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.signing import Signing, read_tag
from syncd.testing.alerts import finding, notification, transition
from syncd.testing.builders import AS_OF, person

DAY = timedelta(days=1)
SIGNING = Signing("k" * 40)
URL = "https://syncd.example.com"
DANA = person("dana", name="Dana Li", role=Role.TPM)
INBOX = {"host": "127.0.0.1", "tls": "none", "user": "u", "password": "canary-1"}
FIRST, SECOND = transition(finding("LED-88"), number=1), transition(finding("PAY-1"), number=2)


def sent(
    mode: str, told: Any = None, reader: Any = DANA, *, url: str = URL, inbox: bool = True
) -> tuple[Any, str, str]:
    more: dict[str, Any] = {"inbox": INBOX} if inbox else {}
    settings = EmailSettings.model_validate(
        {"from": "syncd <syncd@example.com>", "to_outbox": True, "actions": mode} | more
    )
    notifier = EmailNotifier("mail", settings)
    notifier.answer_by(SIGNING, url)
    done = notifier.render(told or notification(FIRST), reader)
    assert done.body != done.fallback
    mail = email.message_from_bytes(done.body, policy=POLICY)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))  # type: ignore[attr-defined]
    return mail, text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def deeds(html: str) -> list[Deed]:
    tokens = re.findall(rf'href="{URL}/a/([^"]+)"', html)
    return [SIGNING.read_link(token, AS_OF).deed for token in tokens]


def test_links_are_for_this_reader_this_alert_and_two_weeks() -> None:
    mail, text, html = sent("link")
    every = [Deed.ACK, Deed.SNOOZE, Deed.USEFUL, Deed.NOT_USEFUL, Deed.KNOWN, Deed.STOP]
    assert deeds(html) == every
    for token in re.findall(rf"{URL}/a/(\S+)", text):
        grant = SIGNING.read_link(token, AS_OF)
        assert (grant.person, grant.number, grant.update) == ("dana", 1, 1)
        assert grant.fingerprint == FIRST.alert.fingerprint
        assert grant.expires == AS_OF + 14 * DAY
    assert len(re.findall(rf"{URL}/a/", text)) == len(every)
    assert mail["Reply-To"] is None


def test_a_reply_goes_to_an_address_of_the_alert_and_the_reader() -> None:
    mail, text, html = sent("mailto")
    local, _, host = str(mail["Reply-To"]).partition("@")
    assert host == "example.com"
    assert re.fullmatch(r"syncd\+D-1\.1-[a-z2-7]{32}", local)
    assert len(local) <= 64
    assert sent("mailto", reader=person("leo"))[0]["Reply-To"] != mail["Reply-To"]
    assert 'I have it: reply "ack"        Quiet 2 working days: reply "snooze 2d"' in text
    assert ">Quiet 2 working days</a>" in html
    assert 'Reply "useful", "not useful" or "known".' in text
    assert f'href="mailto:{local}@{host}?subject=Re%3A%20D-1&amp;body=snooze%202d"' in html


def test_without_a_way_the_mail_tells_what_to_type() -> None:
    mail, text, html = sent("none")
    assert mail["Reply-To"] is None
    assert "syncd alerts ack D-1" in " ".join(text.split())
    assert "mailto:" not in html
    assert "/a/" not in html


def test_one_unsubscribes_from_one_kind() -> None:
    mail, _, _ = sent("mailto")
    addresses = re.findall(r"<([^>]+)>", str(mail["List-Unsubscribe"]))
    assert addresses[0].startswith("mailto:syncd+alert.0-")
    assert read_tag(addresses[0][len("mailto:syncd+") :].partition("@")[0]) is not None
    grant = SIGNING.read_link(addresses[1].removeprefix(f"{URL}/u/"), AS_OF + 999 * DAY)
    assert (grant.person, grant.deed, grant.kind) == ("dana", Deed.STOP, "alert")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    digest, _, _ = sent("mailto", notification(FIRST, SECOND))
    assert str(digest["List-Unsubscribe"]) != str(mail["List-Unsubscribe"])
    only_mail, _, _ = sent("mailto", url="")
    assert "http" not in str(only_mail["List-Unsubscribe"])
    assert only_mail["List-Unsubscribe-Post"] is None


def test_service_mails_cannot_be_unsubscribed_from() -> None:
    mail, _, _ = sent("mailto", notification(FIRST, kind=NoticeKind.SERVICE))
    assert mail["List-Unsubscribe"] is None


def test_a_digest_offers_each_alert_and_one_address_for_all() -> None:
    mail, text, html = sent("link", notification(FIRST, SECOND))
    assert deeds(html).count(Deed.ACK) == 2
    assert "syncd alerts ack ID" in " ".join(text.split())
    mail, text, _ = sent("mailto", notification(FIRST, SECOND))
    assert str(mail["Reply-To"]).startswith("syncd+reply.0-")
    assert 'reply "D-… ack"' in text


def test_what_is_over_is_only_asked_whether_it_was_worth_telling() -> None:
    over = notification(transition(finding("LED-88"), Reason.CLEARED, number=1))
    assert deeds(sent("link", over)[2]) == [Deed.USEFUL, Deed.NOT_USEFUL, Deed.KNOWN]


def test_leaders_are_asked_for_no_work() -> None:
    found = deeds(sent("link", reader=person("vp", role=Role.EXEC))[2])
    assert found == [Deed.USEFUL, Deed.NOT_USEFUL, Deed.KNOWN, Deed.STOP]


def test_the_same_mail_is_the_same_bytes() -> None:
    assert [str(part) for part in sent("link")] == [str(part) for part in sent("link")]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"actions": "mailto"}, "needs an inbox"),
        ({"signing_secret": "short"}, "shorter than 32"),
        ({"inbox": INBOX | {"host": "imap.example.com"}}, "accepted for this machine only"),
        ({"inbox": INBOX | {"address": "not one"}}, "not an address"),
        ({"inbox": INBOX | {"address": "a" * 21 + "@example.com"}}, "at most 20 characters"),
        ({"inbox": INBOX | {"folder": "a\nb"}}, "one line"),
    ],
)
def test_settings_that_could_not_work_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        EmailSettings.model_validate({"from": "a@example.com", "to_outbox": True} | more)
    assert "canary" not in str(caught.value)
