"""What a mail says and looks like (experience.md §3, §8.4, §8.5; reliability.md §5, N8, N9)."""

import email
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from syncd.errors import DeliveryError
from syncd.model.alerts import NoticeKind, Notification, Reason, Transition, Victims
from syncd.model.findings import Fact, Push, Severity, Standing
from syncd.model.people import Role
from syncd.notifiers.email import render as module
from syncd.notifiers.email.bars import Axis, Bar, axis_of, bar_of
from syncd.notifiers.email.mime import Envelope, Letter, UnsafeMail, check
from syncd.notifiers.email.render import render, subject
from syncd.notifiers.email.settings import EmailSettings
from syncd.notifiers.email.words import alert_view, footer
from syncd.pictures.palette import LIGHT
from syncd.reconciler.rules import RULES
from syncd.testing.alerts import alert, finding, hostile, notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person
from syncd.testing.notifier_contract import HOSTILE_TEXTS
from syncd.text import clean_text

SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
DANA = person("dana", name="Dana Li", role=Role.TPM, timezone="Europe/Berlin")


def read(body: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(body, policy=POLICY)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def parts(sent: Notification, reader: object = DANA) -> tuple[EmailMessage, str, str]:
    done = render(SETTINGS, sent, reader)  # type: ignore[arg-type]
    assert done.body != done.fallback, "the full form could not be made"
    mail = read(done.body)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    plain, marked = text.get_content(), html.get_content()
    return mail, plain.replace("\r\n", "\n"), marked.replace("\r\n", "\n")


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styles += [value or "" for name, value in attrs if name == "style"]

    def handle_data(self, data: str) -> None:
        self.words += data + " "


def words_of(html: str) -> str:
    parser = Words()
    parser.feed(html.split("</style>")[1])
    return " ".join(parser.words.replace("\u2011", "-").split())


def test_the_plain_text_of_one_alert_says_it_all() -> None:
    sent = notification(
        transition(
            rich_finding(title="Ledger API v2", summary="Ledger API v2 (LED-88) moved."),
            Reason.WORSE,
            update=3,
        )
    )
    _, text, _ = parts(sent)
    assert text == (
        "D-41  LATE, high   Checkout relaunch, worse, update 3\n"
        "Ledger API v2 (LED-88) moved\n"
        "\n"
        "  planned Tue 24 Nov   now Mon 30 Nov   6 working days later\n"
        "\n"
        "What it pushes:\n"
        "  * PAY-142 Capture on Ledger v2 (Payments): 3 Dec -> 9 Dec, +4 working days\n"
        "    https://tracker.test/PAY-142\n"
        "\n"
        "Why we think so:\n"
        "  * acme/ledger#311 open 9 days without review (GitHub, Sun 22 Nov)\n"
        "    https://host.test/acme/ledger/pull/311\n"
        "  * 4 of 11 sub-tasks are open\n"
        "\n"
        "What could help: Agree on the new date with those who wait for it.\n"
        "Clears when the date is back\n"
        "\n"
        "See    https://tracker.test/LED-88\n"
        "or     syncd alerts explain D-41\n"
        "\n"
        "You get this because you run Checkout relaunch (rule date-moved). Data as of\n"
        "Mon 23 Nov 09:00 CET: Jira 4 min old. To answer: syncd alerts ack D-41, or\n"
        "syncd alerts feedback D-41 useful (or not-useful, known).\n"
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_both_alternatives_name_the_same_keys_and_dates(reason: Reason) -> None:
    _, text, html = parts(notification(transition(rich_finding(), reason)))
    facts = (
        r"[A-Z]+-\d+|(?:Mon |Tue |Wed |Thu |Fri |Sat |Sun )?\d+ [A-Z][a-z]{2}\b|https://\S+|#\d+"
    )
    without_bars = re.sub(r'<td class="(?:row )?hide".*?</table></td>', "", html, flags=re.DOTALL)
    shown = words_of(without_bars) + " " + " ".join(re.findall(r'href="([^"]+)"', html))
    assert set(re.findall(facts, shown)) == set(re.findall(facts, text))


@pytest.mark.parametrize("kind", [one for one in NoticeKind if one is not NoticeKind.ALERT])
def test_each_kind_of_mail_is_a_list_of_its_own(kind: NoticeKind) -> None:
    told = [transition(finding(f"P-{n}"), number=n) for n in (1, 2)]
    letter = Envelope(
        settings=SETTINGS, notification=notification(*told, kind=kind), person=DANA, subject="x"
    )
    mail = email.message_from_bytes(Letter(letter).with_text("x"), policy=POLICY)
    assert mail["List-Id"] == f"Checkout relaunch {kind} <checkout-relaunch.{kind}.example.com>"


def test_headers_thread_and_filter() -> None:
    mail, _, _ = parts(notification(transition(rich_finding(), Reason.WORSE, update=3)))
    assert mail["From"] == "syncd <syncd@example.com>"
    assert mail["To"] == "Dana Li <dana@example.com>"
    assert mail["Subject"] == mail["Thread-Topic"]
    assert mail["Date"] == "Mon, 23 Nov 2026 08:00:00 +0000"
    assert mail["References"] == mail["In-Reply-To"]
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", mail["Message-ID"])
    assert mail["List-Id"] == "Checkout relaunch drift <checkout-relaunch.drift.example.com>"
    names = ("Alert", "Rule", "Severity", "Reason", "Fingerprint")
    assert [mail[f"X-Syncd-{name}"] for name in names] == [
        "D-41", "date-moved", "high", "worse", rich_finding().fingerprint,
    ]  # fmt: skip


def test_the_first_that_a_reader_hears_of_an_alert_is_no_update() -> None:
    told = notification(transition(rich_finding(), Reason.OPENED, update=2))
    _, text, html = parts(told)
    assert "new" in text.split("\n")[0]
    assert "update" not in text + html


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dana Li", "Dana Li"),
        ("Li, Dana (PMO)", "Li, Dana (PMO)"),
        ('The "Dee"', 'The "Dee"'),
        ("José Álvarez", "José Álvarez"),
        ("山田太郎", "山田太郎"),
        ("", ""),
    ],
)
def test_names_of_people_are_shown_as_they_write_them(name: str, shown: str) -> None:
    mail, _, _ = parts(notification(), replace(DANA, name=name))
    assert mail["To"].addresses[0].display_name == shown


def test_updates_of_an_alert_are_one_thread() -> None:
    """Same subject, same root; another Message-ID each time, the same one for a repeat."""
    found = rich_finding()
    moved = replace(found, title="Renamed", planned=None, severity=Severity.CRITICAL)
    told = [
        transition(found, update=1, headline="Ledger API v2, planned 24 Nov"),
        transition(moved, Reason.WORSE, update=2, headline="Ledger API v2, planned 24 Nov"),
        transition(moved, Reason.CLEARED, update=3, headline="Ledger API v2, planned 24 Nov"),
    ]
    mails = [parts(notification(one))[0] for one in told]
    assert {m["Subject"] for m in mails} == {
        "[Checkout relaunch] D-41 Ledger API v2, planned 24 Nov"
    }
    assert len({m["References"] for m in mails}) == 1
    assert len({m["Message-ID"] for m in mails}) == 3
    heads = {m["Thread-Index"][:28] for m in mails}
    assert len(heads) == 1
    again = parts(notification(replace(told[0], at=AS_OF + timedelta(days=1))))[0]
    assert again["Message-ID"] == mails[0]["Message-ID"]


def test_a_new_episode_is_a_new_thread() -> None:
    first = parts(notification(transition(finding(), episode=1)))[0]
    second = parts(notification(transition(finding(), episode=2, update=4)))[0]
    assert first["References"] != second["References"]


def test_leaders_read_no_keys_no_links_and_no_evidence() -> None:
    vp = person("vp", role=Role.EXEC)
    found = rich_finding(title="Checkout 2.0", plain="Launch now 15 Dec, was 11 Dec.")
    told = [transition(found, reason) for reason in Reason]
    for sent in [notification(one) for one in told] + [notification(*told)]:
        _, text, html = parts(sent, vp)
        for shown in (text, words_of(html)):
            assert not re.search(r"LED-|PAY-|#311|tracker|host\.test|explain", shown)
    _, text, _ = parts(notification(told[0]), vp)
    assert "Launch now 15 Dec, was 11 Dec\n" in text


def test_pushed_items_that_are_not_kept_are_counted() -> None:
    pushes = tuple(Push(ref=f"PAY-{n}", title="x") for n in range(8))
    _, text, html = parts(notification(transition(rich_finding(pushes=pushes, more_pushes=90))))
    for shown in (text, words_of(html)):
        assert "and 93 more: syncd alerts explain D-41" in shown


def spoken_for(count: int, **fields: Any) -> tuple[Transition, Victims]:
    """A root of which `count` other alerts tell once more, and what its mail is to say of them."""
    root = transition(rich_finding(summary="Ledger API v2 (LED-88) moved."))
    below = [
        alert(finding(f"MOB-{n}", **({"rule": "overdue", "slip": n} | fields)), number=50 + n)
        for n in range(1, count + 1)
    ]
    victims = Victims(root=root.alert.fingerprint, alerts=tuple(below[:5]), more=max(0, count - 5))
    return root, victims


def test_a_root_names_the_alerts_that_it_speaks_for() -> None:
    root, victims = spoken_for(7)
    _, text, html = parts(notification(root, victims=(victims,)))
    assert text.split("PAY-142\n\n")[1].split("\n\nWhy we think so:")[0] == (
        "Also late because of it: MOB-1 Title of MOB-1 (D-51, overdue), MOB-2 Title\n"
        "of MOB-2 (D-52, overdue), MOB-3 Title of MOB-3 (D-53, overdue), MOB-4 Title\n"
        "of MOB-4 (D-54, overdue), MOB-5 Title of MOB-5 (D-55, overdue); and 2 more."
    )
    assert "Also late because of it: MOB-1 Title of MOB-1 (D-51, overdue), MOB-2" in words_of(html)
    assert "(D-55, overdue); and 2 more. Why we think so" in words_of(html)


def test_a_digest_names_what_each_alert_speaks_for() -> None:
    root, victims = spoken_for(6, title="Wallet")
    other = transition(finding("PAY-7"), number=42)
    said = "(D-55, overdue); and 1 more."
    for kind in (NoticeKind.DIGEST, NoticeKind.ADOPTION):
        _, text, html = parts(notification(root, other, kind=kind, victims=(victims,)))
        for shown in (" ".join(text.split()), words_of(html)):
            assert "Also late because of it: MOB-1 Wallet (D-51, overdue), MOB-2" in shown
            assert shown.count("Also late") == shown.count(said) == 1
            assert shown.index(said) < shown.index("Title of PAY-7 (PAY-7) moved")


def test_what_has_the_same_cause_is_called_late_only_if_it_is() -> None:
    """What is to be late one day, by the dates that are set, is not late yet."""
    for slip in (None, 5):
        root, victims = spoken_for(2, rule="dates-disagree", standing=Standing.AT_RISK, slip=slip)
        _, text, html = parts(notification(root, victims=(victims,)))
        for shown in (text, words_of(html)):
            said = "With the same cause: MOB-1 Title of MOB-1 (D-51, dates-disagree), MOB-2"
            assert said in shown
            assert "Also late" not in shown


def test_what_is_told_as_pushed_is_named_by_its_key_alone() -> None:
    root, victims = spoken_for(1)
    pushed = alert(finding("PAY-142", title="Capture on Ledger v2", rule="overdue"), number=44)
    _, text, html = parts(notification(root, victims=(replace(victims, alerts=(pushed,)),)))
    for shown in (text, words_of(html)):
        assert "Also late because of it: PAY-142 (D-44, overdue)." in shown


def test_what_the_root_itself_is_besides_is_named_apart() -> None:
    root, victims = spoken_for(6)
    own = alert(finding("LED-88", rule="stalled", standing=Standing.AT_RISK), number=43)
    told = {
        (own, *victims.alerts): "MOB-5 Title of MOB-5 (D-55, overdue); and 1 more. "
        "Told with it: D-43 (stalled). Why",
        (own,): "+4 working days Told with it: D-43 (stalled); and 1 more. Why",
    }
    for alerts, said in told.items():
        _, _, html = parts(notification(root, victims=(replace(victims, alerts=alerts),)))
        assert said in words_of(html)
        assert ("Also late because of it: MOB-1" in words_of(html)) is (len(alerts) > 1)


def test_leaders_and_the_end_of_an_alert_name_nothing_of_the_same_cause() -> None:
    root, victims = spoken_for(3)
    over = transition(root.alert.finding, Reason.CLEARED)
    for one, reader in ((root, person("vp", role=Role.EXEC)), (over, DANA)):
        for sent in (notification(one, victims=(victims,)), notification(one, one)):
            _, text, html = parts(replace(sent, victims=(victims,)), reader)
            assert not re.search(r"MOB-|Also late|D-5", text + words_of(html))


def test_an_engineer_reads_the_act_and_not_what_it_pushes() -> None:
    _, text, _ = parts(notification(), person("ena", role=Role.ENGINEER))
    assert "What could help: Agree on the new date" in text
    assert "PAY-142" not in text


@pytest.mark.parametrize("standing", list(Standing))
def test_standing_is_shape_and_word_never_colour_alone(standing: Standing) -> None:
    _, text, html = parts(notification(transition(finding(standing=standing))))
    assert str(standing).upper() in text
    assert re.search(r"[▲◆●○] (Late|At risk|On plan|No data) · high", words_of(html))


def test_a_digest_shows_twelve_and_counts_the_rest() -> None:
    many = [transition(finding(f"L-{n}"), number=n) for n in range(1, 31)]
    mail, text, html = parts(notification(*many))
    assert mail["Subject"] == "[Checkout relaunch] Mon 23 Nov: 30 changes (30 late)"
    assert mail["References"] is None
    for shown in (text, words_of(html)):
        assert "D-12" in shown
        assert "D-13" not in shown
        assert "and 18 more: syncd alerts list" in shown


def test_a_notice_without_alert_to_operators() -> None:
    sent = Notification(
        kind=NoticeKind.SERVICE,
        person="dana",
        transitions=(),
        headline="25 alerts would open at once: held",
        lines=("Nothing else goes out.", "syncd status"),
        key="avalanche",
        as_of=AS_OF,
    )
    mail, text, html = parts(sent)
    assert mail["Subject"] == "[syncd] 25 alerts would open at once: held"
    for shown in (text, words_of(html)):
        assert "Nothing else goes out." in shown
    other = parts(replace(sent, key="another"))[0]
    assert other["Message-ID"] != mail["Message-ID"]


def test_a_source_in_trouble() -> None:
    stale = transition(finding("jira", rule="source-stale", title="jira", planned=None, slip=None))
    mail, _, _ = parts(notification(stale, kind=NoticeKind.SERVICE))
    assert mail["Subject"].startswith("[syncd] D-41 ")


FORBIDDEN = re.compile(
    r"flex|grid|var\(|<svg|data:|background-image|url\(|@font-face|<script|<img|<link|@import",
    re.IGNORECASE,
)


def test_no_css_or_markup_that_breaks_in_mail_clients() -> None:
    told = [transition(rich_finding(), reason) for reason in Reason]
    for sent in (*map(notification, told), notification(*told * 5)):
        _, _, html = parts(sent)
        assert not FORBIDDEN.search(html)
        assert html.count("<style") == 1
        assert '<html lang="en">' in html
        assert html.count("<table") == html.count('role="presentation"')
        assert len(html) < 80_000


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_enough_in_both_modes() -> None:
    for name in ("ink", "mute", "late", "risk", "ok", "none", "link"):
        assert contrast(LIGHT[name], "#ffffff") >= 4.5, name
    for look in ("late", "risk", "ok", "none"):
        assert contrast(LIGHT[f"{look}_word"], LIGHT[f"{look}_tint"]) >= 4.5, look
    _, _, html = parts(notification())
    dark = html.split("prefers-color-scheme:dark")[1].split("[data-ogsc]")[0]
    pairs = re.findall(r"background-color:(#\w{6})!important;color:(#\w{6})", dark)
    assert len(pairs) == 4
    assert all(contrast(*pair) >= 4.5 for pair in pairs)
    card = re.search(r"\.card\{background-color:(#\w{6})", dark)
    assert card
    on_card = re.findall(r"(?<![-\w])color:(#\w{6})!important\}", dark)
    assert all(contrast(colour, card[1]) >= 4.5 for colour in on_card)


def test_a_mail_that_cannot_be_built_leaves_in_the_plain_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> tuple[str, str]:
        raise ZeroDivisionError("a template that trips over one text")

    monkeypatch.setattr(module, "bodies", broken)
    done = render(SETTINGS, notification(), DANA)
    text = read(done.body).get_content()
    assert "D-41 opened: LED-88 (date-moved)" in text
    assert "https://tracker.test/LED-88" in text
    assert read(done.body)["Message-ID"] == done.message_id


def test_a_mail_stays_small_whatever_it_tells_of() -> None:
    text = "日本語の長い題名 " * 3000
    pushes = tuple(
        Push(ref=f"P-{n}", title=text, url="https://x.test/" + "é" * 900) for n in range(60)
    )
    big = transition(replace(hostile(rich_finding(), text), pushes=pushes))
    for sent in (notification(big), notification(*[big] * 400)):
        done = render(SETTINGS, sent, DANA)
        assert len(done.body) < 300_000
        assert done.body != done.fallback
        assert len(parts(sent)[2]) < 80_000


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("dana@example.com\r\nBcc: x@y.test", "not an address"),
        ("dana@example.com, eve@example.net", "not an address"),
        ("dänä@example.com", "not an address"),
        ("no address", "not an address"),
    ],
)
def test_an_address_that_is_none_is_refused_for_good(address: str, why: str) -> None:
    with pytest.raises(DeliveryError, match=why) as caught:
        render(SETTINGS, notification(), replace(DANA, email=address))
    assert caught.value.permanent


@pytest.mark.parametrize(
    "body",
    [
        b"To: dana@example.com\r\nBcc: eve@example.net\r\n\r\nx\r\n",
        b"To: dana@example.com\r\nTo: eve@example.net\r\n\r\nx\r\n",
        b"To: dana@example.com, eve@example.net\r\n\r\nx\r\n",
        b"To: eve@example.net\r\n\r\nx\r\n",
        b"To: dana@example.com\r\n\r\nbare\nnewline\r\n",
        b"To: dana@example.com\r\n\r\nbare\rreturn\r\n",
        b"To: dana@example.com\r\n\r\nnul\0\r\n",
        b"To: dana@example.com\r\n\r\n" + b"x" * 999 + b"\r\n",
        b"To: dana@example.com\r\n\r\n" + b"x\r\n" * 100_001,
        b"To: dana@example.com\r\n",
    ],
)
def test_bytes_that_were_bent_are_refused(body: bytes) -> None:
    with pytest.raises(UnsafeMail):
        check(body, "dana@example.com")


def mixtures(count: int, pieces: int) -> Iterator[str]:
    draw = random.Random(20261123)
    bits = [*HOSTILE_TEXTS[:12], "=", "?", "\n", "\r\n", "\t", "\x1b", "\u2028", "<", ">", '"', "'"]
    bits += ["é", "日本", "\U0001f680", "utf-8", "?q?", "?=", "Bcc: eve@example.net", " ", "&", ","]
    for _ in range(count):
        yield "".join(draw.choices(bits, k=draw.randint(1, pieces)))


def test_two_thousand_mixtures_of_hostile_text_add_no_header() -> None:
    for text in mixtures(2000, 4):
        told = transition(finding(title=text), headline=text)
        sent = notification(told, program=text)
        reader = replace(DANA, name=text)
        line = subject(sent)
        assert "=?" not in line
        assert not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", line)
        envelope = Envelope(settings=SETTINGS, notification=sent, person=reader, subject=line)
        body = Letter(envelope).with_text("text")
        head = body.partition(b"\r\n\r\n")[0]
        assert len(re.split(rb"\r\n(?![ \t])", head)) == 19


def test_mixtures_of_hostile_text_leave_whole_and_add_no_markup() -> None:
    """Parsed back: one recipient, the subject of one line, no tag, link or attribute of theirs."""
    for text in mixtures(150, 9):
        told = transition(hostile(finding(), text), headline=text)
        victims = Victims(root=told.alert.fingerprint, alerts=(told.alert,))
        sent = notification(told, program=text, why=text, victims=(victims,))
        mail, plain, html = parts(sent, replace(DANA, name=text))
        assert mail["Subject"] == subject(sent, DANA.timezone)
        name = mail["To"].addresses[0].display_name
        assert clean_text(text, 60).startswith(name.removesuffix("…"))
        assert [address.addr_spec for address in mail["To"].addresses] == [DANA.email]
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u202e]", plain + html)
        assert "<script" not in html
        links = re.findall(r"""href=["']?([^"' >]*)""", html)
        assert not [link for link in links if not link.startswith("https://tracker.test/")]


# What is told, and that it is told once


def preheader(html: str) -> str:
    return unescape(html.split('mso-hide:all">')[1].split("&#847;", maxsplit=1)[0])


def test_what_is_over_is_never_said_as_if_it_still_held() -> None:
    found = rich_finding(
        rule="overdue",
        title="Ledger API v2",
        summary="Ledger API v2 (LED-88) was due Tue 24 Nov, and it is not done.",
    )
    opened = AS_OF - timedelta(days=6)
    told = transition(found, Reason.CLEARED, update=3, opened_at=opened)
    _, text, html = parts(notification(told))
    assert text.startswith(
        "D-41  CLEARED   Checkout relaunch, update 3\n"
        "Ledger API v2 (LED-88) is no longer overdue\n"
        "\n"
        "It was open from Tue 17 Nov to Mon 23 Nov.\n"
        "\n"
        "What it was: Ledger API v2 (LED-88) was due Tue 24 Nov, and it is not done.\n"
    )
    assert "● Cleared Checkout relaunch" in words_of(html)
    assert "high" not in words_of(html)
    assert preheader(html) == "Cleared: Ledger API v2 (LED-88) is no longer overdue"
    assert "Expected" not in html + text
    _, digest, _ = parts(notification(transition(finding("A-1"), number=7), told))
    assert "it is not done" not in digest
    assert digest.index("D-7") < digest.index("D-41  CLEARED")


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_words_for_its_end(name: str) -> None:
    _, text, _ = parts(notification(transition(finding(rule=name), Reason.CLEARED)))
    assert "\nOver: " not in text
    _, other, _ = parts(notification(transition(finding(rule="of-another"), Reason.CLEARED)))
    assert "\nOver: Title of LED-88\n" in other


@pytest.mark.parametrize(
    ("summary", "headline", "effect"),
    [
        (
            "Capture (PAY-1) moved; REL-1 is too early.",
            "Capture (PAY-1) moved",
            "REL-1 is too early.",
        ),
        ("Capture (PAY-1) moved.", "Capture (PAY-1) moved", ""),
        ("Split; then (PAY-1) moved.", "Split; then (PAY-1) moved", ""),
        ('PAY-1 needs "a; b", it says.', 'PAY-1 needs "a; b", it says', ""),
        ("PAY-1 waits (first; second).", "PAY-1 waits (first; second)", ""),
        ("PAY-1 moved; PAY-142 waits for it.", "PAY-1 moved", ""),
        ("PAY-1 moved; 4 of 11 sub-tasks are open.", "PAY-1 moved", ""),
        ("PAY-1 moved; it pushes PAY-142 by 4 days.", "PAY-1 moved", ""),
    ],
)
def test_the_sentence_is_parted_into_headline_and_effect(
    summary: str, headline: str, effect: str
) -> None:
    found = rich_finding(ref="PAY-1", title="Split; then", summary=summary)
    shown = alert_view(transition(found), DANA, AS_OF.date())
    assert (shown.headline, shown.effect) == (headline, effect)


def test_an_inbox_shows_the_news_behind_the_subject_in_a_hundred_characters() -> None:
    found = rich_finding(title="Ledger", summary=f"Ledger (LED-88) moved to Wed 2 Dec{'!' * 99}.")
    for sent in (
        notification(transition(found, Reason.WORSE)),
        notification(transition(found), transition(finding("A-1"))),
        notification(transition(found, Reason.NO_LONGER_VISIBLE)),
    ):
        assert 10 < len(preheader(parts(sent)[2])) <= 100
    line = preheader(parts(notification(transition(found, Reason.WORSE)))[2])
    assert line.startswith("Worse: moved to Wed 2 Dec!")


def test_subjects_are_short_and_keep_their_date() -> None:
    told = transition(finding(), headline=f"{'Ledger ' * 30}, planned 24 Nov 2027")
    line = subject(notification(told))
    assert len(line) < 110
    assert line.endswith("…, planned 24 Nov 2027")
    later = notification(told, told, send_after=AS_OF + timedelta(hours=15))
    assert subject(later, "Europe/Berlin").startswith("[Checkout relaunch] Tue 24 Nov: 2 changes")


def test_no_date_of_another_year_passes_for_one_of_this_year() -> None:
    _, text, html = parts(notification(transition(finding(planned=date(2025, 11, 24)))))
    for shown in (text, words_of(html)):
        assert "Mon 24 Nov 2025" in shown


@pytest.mark.parametrize(
    ("rule", "planned", "expected", "slip", "said"),
    [
        ("overdue", 24, None, 9, "planned Tue 24 Nov   late so far 9 working days"),
        ("dates-disagree", 24, 20, -2, "another date Fri 20 Nov   2 working days earlier"),
        ("stalled", 24, None, None, "planned Tue 24 Nov\n"),
        ("of-another", 24, 25, 1, "expected Wed 25 Nov   1 working day later"),
    ],
)
def test_the_numbers_have_names_that_fit_the_rule(
    rule: str, planned: int, expected: int | None, slip: int | None, said: str
) -> None:
    later = date(2026, 11, expected) if expected else None
    found = replace(finding(rule=rule), planned=date(2026, 11, planned), expected=later, slip=slip)
    _, text, html = parts(notification(transition(found)))
    assert said in text
    for number in said.strip().split("   "):
        assert number.lower() in words_of(html).lower()


def test_keys_are_links_once_and_never_break() -> None:
    found = rich_finding(
        summary="Title of LED-88 (LED-88) waits for PAY-142, LED-880 and XLED-88.",
        act="Ask about LED-88 and LED-88.",
    )
    _, _, html = parts(notification(transition(found)))
    head = unescape(html.split("<h1")[1].split("</h1>")[0])
    assert '<a href="https://tracker.test/LED-88" style="color:#0058a3">LED‑88</a> (LED‑88)' in head
    assert (
        '<a href="https://tracker.test/PAY-142" style="color:#0058a3">PAY‑142</a>, LED‑880' in head
    )
    assert '">acme/ledger#311</a> open' in html
    assert html.count('href="https://host.test/acme/ledger/pull/311"') == 1
    assert "syncd alerts explain D-41" in html, "a command must stay as it is typed"


def test_an_evidence_without_a_name_for_its_link_has_a_link_beside_it() -> None:
    fact = Fact(text="Agreed on Mon 2 Nov", source="jira", url="https://tracker.test/plans/3")
    mail = parts(notification(transition(finding(facts=(fact, fact)))))
    assert mail[2].count('href="https://tracker.test/plans/3"') == 1
    assert ">see it in Jira</a>" in mail[2]
    assert mail[1].count("https://tracker.test/plans/3") == 1


def test_the_day_that_was_asked_for_stays_in_the_next_mail_and_is_said_to_have_passed() -> None:
    found = finding(act="Agree on a date.", by=AS_OF.date())
    first = parts(notification(transition(found)))[1]
    assert "What could help: Agree on a date, by Mon 23 Nov." in first
    later = AS_OF + timedelta(days=1)
    again = notification(transition(found, Reason.REMINDED, at=later), as_of=later)
    assert "Agree on a date. This was asked for by Mon 23 Nov." in parts(again)[1]


def test_the_owner_is_not_called_by_name() -> None:
    found = finding(act="Dana Li: agree on a date.")
    assert "What could help: Agree on a date." in parts(notification(transition(found)))[1]
    pia = person("pia", name="Pia")
    assert "help: Dana Li: agree" in parts(notification(transition(found)), pia)[1]


def test_a_source_far_behind_is_said_above_the_footer() -> None:
    ages = (("jira", AS_OF), ("github", AS_OF - timedelta(hours=4)), ("x", None))
    _, text, html = parts(notification(ages=ages))
    for shown in (" ".join(text.split()), words_of(html)):
        assert "No fresh data: GitHub was last read completely on Mon 23 Nov 05:00 CET" in shown
        assert "No fresh data: x was never read completely" in shown
        assert "Jira was last read" not in shown
    fresh = (("github", AS_OF - timedelta(hours=3, minutes=59)),)
    assert "No fresh data" not in parts(notification(ages=fresh))[1]


def test_reasons_are_one_sentence() -> None:
    why = "because you own LED-88, because it concerns your team Ledger, because you run X"
    _, text, _ = parts(notification(why=why))
    said = "You get this because you own LED-88, it concerns your team Ledger and you run X (rule"
    assert said in " ".join(text.split())


def test_leaders_are_offered_no_commands() -> None:
    vp = person("vp", role=Role.EXEC)
    many = [transition(finding(f"L-{n}"), number=n) for n in range(1, 31)]
    for sent in (notification(), notification(*many)):
        _, text, html = parts(sent, vp)
        assert "syncd " not in text + html
        assert "date-moved" not in text + html


def test_bars_show_how_far_each_date_is_pushed() -> None:
    today = date(2026, 11, 23)
    late, early = date(2026, 12, 21), date(2026, 12, 7)
    pushes = [Push(ref="A", title="a", planned=early, expected=late), Push(ref="B", title="b")]
    axis = axis_of(pushes, today)
    assert axis == Axis(today, date(2026, 12, 23))
    assert bar_of(pushes[0], axis) == Bar(47, 46)
    assert bar_of(replace(pushes[0], planned=late, expected=early), axis) == Bar(47, 46)
    assert bar_of(replace(pushes[0], expected=early), axis) == Bar(47, 0)
    assert bar_of(pushes[1], axis) is None
    assert axis_of(pushes[1:], today) is None
    _, _, html = parts(notification(transition(finding(pushes=(pushes[0],)))))
    widths = re.findall(
        r'<td (?:class="\w+" )?width="(\d+)%" style="(?:[a-z-]+:[^;]+;)?font-size:1px',
        html,
    )
    assert widths == ["47", "46", "7"]


def test_the_first_look_lists_and_asks_nothing() -> None:
    """What was there before syncd is no news: no act with a day to act by."""
    for count in (1, 30):
        known = [
            transition(finding(f"L-{n}"), Reason.ADOPTED, number=n) for n in range(1, count + 1)
        ]
        _, text, html = parts(notification(*known, kind=NoticeKind.ADOPTION))
        assert "Agree on the new date" not in text + html
        assert f"{count} problem{'s were' if count > 1 else ' was'} there before syncd" in text
        assert ("and 18 more: syncd alerts list" in text) is (count == 30)


def test_news_says_how_to_answer_to_leaders_without_a_command_and_not_of_what_is_over() -> None:
    open_, over = transition(rich_finding()), transition(rich_finding(), Reason.CLEARED)
    other, boss = transition(finding("PAY-1"), number=42), replace(DANA, role=Role.EXEC)
    for told, reader, expected in (
        (notification(open_), DANA, "syncd alerts feedback D-41 useful"),
        (notification(open_, other), DANA, "syncd alerts ack ID"),
        (notification(over), DANA, ""),
        (notification(open_), boss, "tell those who run Checkout relaunch, and name D-41."),
        (
            notification(open_, other, program=""),
            boss,
            "run the program, and name the alert, as D-",
        ),
        (notification(over), boss, ""),
        (notification(open_, kind=NoticeKind.ADOPTION), DANA, ""),
    ):
        text = footer(told, reader)
        assert expected in text
        assert bool(expected) is ("To answer" in text)
        assert ("syncd alerts" in text) is ("syncd alerts" in expected)


def test_a_date_that_was_taken_away_was_planned_and_its_end_is_no_settled_move() -> None:
    found = finding(slip=None, discriminator="withdrawn", summary="LED-88 has no date any more.")
    _, _, html = parts(notification(transition(found)))
    assert "Was planned" in words_of(html)
    assert "Planned" not in words_of(html)
    _, over, _ = parts(notification(transition(found, Reason.CLEARED)))
    assert "Title of LED-88: the loss of its date is settled" in over
