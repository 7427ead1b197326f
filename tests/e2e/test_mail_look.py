"""Mails in a real browser: no sideways scroll, readable colours, nothing fetched (experience §8.4)."""

import email
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from email.policy import default
from pathlib import Path

import pytest
from briefs import FRIDAY, MORNING, late, monday, opened, reader
from browser import CHROMIUM, measured
from mail_looks import SIGNS, Frame, compare, page_of, photograph
from story_mails import DANA, STORY

from syncd.briefing import meetings
from syncd.briefing.brief import brief
from syncd.briefing.due import notice
from syncd.briefing.pack import pack
from syncd.model.alerts import NoticeKind, Notification, Reason, Victims
from syncd.model.findings import Fact, Standing
from syncd.model.people import Role
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import alert, finding, notification, rich_finding, transition
from syncd.testing.builders import AS_OF, person

WIDTHS = (632, 375)
SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
GOLDENS = Path(__file__).parent / "goldens"
needs_signs = pytest.mark.skipif(
    not SIGNS.exists(), reason="DejaVu Sans (fonts-dejavu-core) is not installed"
)
SHEET = (
    ("drift", 632, True, 0, 0, 1300), ("drift", 375, True, 632, 0, 1300),
    ("drift", 375, False, 1007, 0, 1300), ("digest", 632, True, 1382, 0, 550),
    ("cleared", 632, True, 1382, 550, 230), ("service", 375, True, 1382, 780, 220),
    ("leader", 632, True, 1382, 1000, 300),
)  # fmt: skip
"""Mail, width, whether pictures are shown, and where it hangs on the sheet."""
NEAR = 32
"""Of 255: letters drawn a little otherwise differ less, a missing bar or another colour more."""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="/usr/bin/chromium is not installed")


def mails() -> Iterator[tuple[str, Notification, object]]:
    found = rich_finding(
        summary="Ledger API v2 (LED-88) moved; it pushes PAY-142.", title="Ledger API v2"
    )
    for standing in Standing:
        yield f"{standing}", notification(transition(replace(found, standing=standing))), DANA
    for reason in (Reason.WORSE, Reason.CLEARED, Reason.NO_LONGER_VISIBLE):
        yield f"{reason}", notification(transition(found, reason, update=3)), DANA
    yield "leader", notification(transition(found)), person("vp", role=Role.EXEC)
    root = transition(found)
    alerts = tuple(alert(finding(f"MOB-{n}", rule="overdue"), number=50 + n) for n in range(5))
    victims = (Victims(root=root.alert.fingerprint, alerts=alerts, more=7),)
    yield "root", notification(root, victims=victims), DANA
    yield "digest of a root", notification(root, root, victims=victims), DANA
    for count in (3, 30):
        many = [transition(finding(f"L-{n}"), number=n) for n in range(1, count + 1)]
        old = (("github", AS_OF - timedelta(days=1)),)
        yield f"digest of {count}", notification(*many, ages=old), DANA
        yield f"first look at {count}", notification(*many, kind=NoticeKind.ADOPTION), DANA
    service = Notification(
        kind=NoticeKind.SERVICE, person="dana", transitions=(), as_of=AS_OF,
        headline="25 alerts would open at once: held", lines=("See `syncd status`.",), key="a",
    )  # fmt: skip
    yield "service", service, DANA
    yield from briefs()
    yield "chart, picture blocked", *STORY["drift"]
    long, key = "W" * 120, "PLATFORM_INFRASTRUCTURE-123456"
    push = replace(found.pushes[0], ref=key, title=long, planned=date(2027, 12, 3))
    fact = Fact(text=long * 2, source="github", url=f"https://host.test/{long}")
    wide = replace(found, ref=key, title=long, act=long, pushes=(push,), facts=(fact, fact))
    told = transition(wide)
    same = Victims(root=told.alert.fingerprint, alerts=(told.alert,))
    yield "long words", notification(told, why=f"because {long}", victims=(same,)), DANA


def briefs() -> Iterator[tuple[str, Notification, object]]:
    words = {"title": "W" * 120, "summary": "W" * 200, "act": "W" * 200}
    long = opened(replace(late("PLATFORM_INFRASTRUCTURE-123456"), **words), 90, MORNING)
    for name, made in (("", monday()), (" of long words", monday(long))):
        for who in ("dana", "vp"):
            one = reader(made, who)
            mail = notice(one, brief(one, FRIDAY), about=("brief", 0), at=None)
            yield f"brief for {who}{name}", mail, one.person
        one, event = reader(made), next(meetings.ahead(made))
        mail = notice(one, pack(one, event), about=("pack", 0), at=None)
        yield f"pack{name}", mail, one.person


def html_of(sent: Notification, reader: object) -> str:
    done = render(SETTINGS, sent, reader)  # type: ignore[arg-type]
    assert done.body != done.fallback
    body = email.message_from_bytes(done.body, policy=default).get_body(("html",))
    assert body is not None
    return body.get_content()


@pytest.fixture(scope="module", params=["light", "dark"])
def looks(request, tmp_path_factory):
    """What the browser measured of each mail at each width, in one colour scheme."""
    folder = tmp_path_factory.mktemp(request.param)
    pages = [(name, html_of(sent, reader)) for name, sent, reader in mails()]
    return request.param, measured(folder, request.param, pages, WIDTHS, height=5000)


def test_no_mail_scrolls_sideways(looks) -> None:
    wide = [(one["name"], one["width"]) for one in looks[1] if one["needs"] > one["width"]]
    assert not wide
    assert {one["width"] for one in looks[1]} == set(WIDTHS)


def test_every_text_stands_out_from_what_is_behind_it(looks) -> None:
    scheme, found = looks
    assert {one["page"] for one in found} == {
        {"light": "rgb(246,248,250)", "dark": "rgb(13,17,23)"}[scheme]
    }
    assert not [(one["name"], one["faint"]) for one in found if one["faint"]]


def test_a_mail_fetches_nothing(looks) -> None:
    assert not [one["fetched"] for one in looks[1] if one["fetched"]]


def sheet(mails: dict[str, bytes]) -> list[Frame]:
    return [
        Frame(html=page_of(mails[name], pictures=shown), x=x, y=y, width=width, height=height)
        for name, width, shown, x, y, height in SHEET
    ]


@pytest.fixture(scope="module")
def told() -> dict[str, bytes]:
    return {name: render(SETTINGS, sent, reader).body for name, (sent, reader) in STORY.items()}


@needs_signs
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mails_look_as_people_have_seen_them(tmp_path: Path, told, scheme: str) -> None:
    golden = GOLDENS / f"mails-{scheme}.png"
    made = photograph(tmp_path, sheet(told), scheme)
    if os.environ.get("GOLDENS") == "write":
        golden.write_bytes(made)
    apart = compare(tmp_path, golden.read_bytes(), made)
    assert apart.same_size
    assert not [one for one in apart.worst if one[0] > NEAR], (
        f"{tmp_path / scheme}.png is not {golden}: look at both, and where the new one is as it "
        "should be run this test with GOLDENS=write"
    )


@needs_signs
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"background-color:#b33f00", b"background-color:#ffffff"),
        (b"background-color:#b33f00", b"background-color:#c98a1b"),
        (b"color:#b33f00", b"color:#00735a"),
        (b"<b class=3D", b"<i class=3D"),
    ],
    ids=["no bar", "a bar of another colour", "a date of another colour", "no bold date"],
)
def test_a_bar_or_a_colour_that_goes_is_seen(tmp_path: Path, told, old: bytes, new: bytes) -> None:
    unfolded = told["drift"].replace(b"=\r\n", b"")
    spoiled = unfolded.replace(old, new)
    assert spoiled != unfolded
    made = photograph(tmp_path, sheet(told | {"drift": spoiled}), "light")
    apart = compare(tmp_path, (GOLDENS / "mails-light.png").read_bytes(), made)
    assert apart.worst[0][0] > NEAR
