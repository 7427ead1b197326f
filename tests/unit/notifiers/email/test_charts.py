"""The slip chart in a mail: when it is there, how it travels, and what stands in its place."""

import email
import re
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import default
from html import unescape
from typing import Any

import pytest

from syncd.model.alerts import Alert, NoticeKind, Notification, Reason, Victims
from syncd.model.findings import Push
from syncd.model.people import Role
from syncd.notifiers.email import charts
from syncd.notifiers.email.charts import chart_of
from syncd.notifiers.email.render import bodies, render
from syncd.notifiers.email.settings import EmailSettings
from syncd.pictures.slips import slip_svg
from syncd.testing.alerts import alert, finding, notification, rich_finding, transition
from syncd.testing.builders import person

SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
DANA = person("dana", name="Dana Li", role=Role.TPM, timezone="Europe/Berlin")
COURSE = ((date(2026, 11, 6), date(2026, 11, 24)), (date(2026, 11, 23), date(2026, 11, 30)))
SAID = "it stood at 24 Nov on 6 Nov and has moved to 30 Nov."


def told(reason: Reason = Reason.WORSE, **fields: Any) -> Notification:
    fields.setdefault("course", COURSE)
    return notification(transition(rich_finding(), reason), **fields)


def sent(notice: Notification, reader: object = DANA) -> EmailMessage:
    body = render(SETTINGS, notice, reader).body  # type: ignore[arg-type]
    mail = email.message_from_bytes(body, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def shape(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert isinstance(body, EmailMessage)
    return body.get_content()


def test_the_picture_travels_beside_the_html_that_shows_it() -> None:
    mail = sent(told())
    assert shape(mail) == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    picture = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    name = picture["Content-ID"].strip("<>")
    assert re.findall(r'src="([^"]+)"', html_of(mail)) == [f"cid:{name}"]
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content()[:4] == b"\x89PNG"
    assert len(picture.get_content()) <= 50_000


def test_whoever_sees_no_picture_reads_what_it_shows() -> None:
    mail = sent(told())
    text = mail.get_body(("plain",))
    assert isinstance(text, EmailMessage)
    said = f"Planned date of LED-88, by day: {SAID}"
    assert said in " ".join(text.get_content().split())
    alt = re.search(r'alt="([^"]+)"', html_of(mail))
    assert alt
    assert unescape(alt[1]) == f"Chart. {said}"
    _, without = bodies(told(), DANA)
    assert "<img" not in without
    assert SAID in unescape(without).replace("\xa0", " ")


@pytest.mark.parametrize(
    "notice",
    [
        told(Reason.CLEARED),
        told(Reason.NO_LONGER_VISIBLE),
        told(course=()),
        told(course=COURSE[:1]),
        told(course=(COURSE[0], (date(2026, 11, 23), COURSE[0][1]))),
        notification(*[transition(rich_finding())] * 2, course=COURSE),
        notification(kind=NoticeKind.DIGEST),
    ],
    ids=["cleared", "gone", "no history", "one point", "it did not move", "several", "digest"],
)
def test_no_chart_where_there_is_nothing_to_show(notice: Notification) -> None:
    assert chart_of(notice, DANA) is None
    assert shape(sent(notice)) == ["multipart/alternative", "text/plain", "text/html"]


def test_a_leader_reads_the_name_and_no_key() -> None:
    notice = replace(notification(transition(rich_finding(title="Ledger API v2"))), course=COURSE)
    leader = person("vp", role=Role.EXEC)
    chart = chart_of(notice, leader)
    assert chart is not None
    assert chart.name == "Ledger API v2"
    assert "LED-88" not in html_of(sent(notice, leader))


def test_how_far_it_is_from_the_plan_is_said_only_where_the_slip_is_just_that() -> None:
    late = rich_finding()
    assert chart_of(told(), DANA).note == "6 working days later"  # type: ignore[union-attr]
    other = replace(late, expected=date(2026, 12, 1))
    assert chart_of(replace(told(), transitions=(transition(other),)), DANA).note == ""  # type: ignore[union-attr]


def test_days_that_passed_stand_at_the_plan_and_the_slip_at_the_expected_day() -> None:
    late = replace(rich_finding(), rule="overdue", slip=4, passed=1, sure_by=date(2026, 12, 4))
    text, _ = bodies(notification(transition(late)), DANA)
    said = " ".join(text.split())
    assert "planned Tue 24 Nov 1 working day ago expected Mon 30 Nov 4 working days later" in said


def test_what_was_expected_before_stands_beside_what_is_now() -> None:
    course = (COURSE[0], (date(2026, 11, 20), date(2026, 11, 27)), COURSE[1])
    text, html = bodies(told(course=course), DANA)
    assert "now Mon 30 Nov (was 27 Nov on Fri 20 Nov)\n  6 working days later" in text
    assert "was 27 Nov on Fri 20 Nov" in unescape(html).replace("\xa0", " ")
    for same in (COURSE, ((COURSE[0][0], date(2026, 11, 30)), COURSE[1]), ()):
        assert "(was " not in bodies(told(course=same), DANA)[0]


def test_a_picture_that_is_too_large_gives_way_to_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(charts, "MOST_BYTES", 100)
    mail = sent(told())
    assert "image/png" not in shape(mail)
    assert SAID in unescape(html_of(mail)).replace("\xa0", " ")


def test_the_same_mail_has_the_same_bytes() -> None:
    assert render(SETTINGS, told(), DANA) == render(SETTINGS, told(), DANA)


def _long(ref: str, number: int, **fields: Any) -> Alert:
    return alert(
        finding(ref, title=f"{ref} {'Wert & Größe “決済” ' * 40}", **fields), number=number
    )


def test_the_largest_mails_stay_small() -> None:
    """Twelve lines with victims, and one alert with all it can hold; long titles, many days."""
    course = tuple(
        (date(2026, 1, 1) + timedelta(days=n), date(2026, 11, 24) + timedelta(days=n * n % 97))
        for n in range(300)
    )
    text = "Wert & Größe “決済” " * 60
    push = Push(ref="P-1", title=text, team=text, url=f"https://x.test/{'é' * 300}",
                planned=date(2026, 12, 1), expected=date(2027, 12, 1), slip=250)  # fmt: skip
    rich = rich_finding(title=text, summary=text, act=text, clears=text, pushes=(push,) * 60)
    told = [transition(replace(rich, subject=f"jira:issue:{n}"), number=n) for n in range(1, 40)]
    below = tuple(
        Victims(
            root=one.alert.fingerprint,
            alerts=tuple(_long(f"MOB-{n}", 90 + n) for n in range(5)),
            more=400,
        )
        for one in told
    )
    one = notification(told[0], victims=below[:1], course=course, why=text, program=text)
    many = notification(*told, victims=below, why=text, program=text)
    for notice in (one, many):
        done = render(SETTINGS, notice, DANA)
        assert done.body != done.fallback
        assert len(done.body) < 300_000
        assert len(html_of(sent(notice)).encode()) < 80_000


def test_plain_text_breaks_no_line_within_a_date() -> None:
    for more in range(76):
        summary = f"Ledger API v2 (LED-88) {'x' * more} moved from Tue 24 Nov to Mon 30 Nov."
        text, _ = bodies(notification(transition(rich_finding(summary=summary))), DANA)
        assert "Tue 24 Nov" in text.partition("planned")[0]
        assert "Mon 30 Nov" in text.partition("planned")[0]


def test_the_line_of_a_review_is_not_called_the_plan_of_what_it_judges() -> None:
    early = replace(rich_finding(), rule="gate-too-early")
    drawn = {}
    for found in (rich_finding(), early):
        chart = chart_of(notification(transition(found, Reason.WORSE), course=COURSE), DANA)
        assert chart is not None
        drawn[found.rule] = slip_svg(chart)
    assert ">review 24 Nov<" in drawn["gate-too-early"]
    assert "plan 24 Nov" not in drawn["gate-too-early"]
    assert ">plan 24 Nov<" in drawn[rich_finding().rule]
