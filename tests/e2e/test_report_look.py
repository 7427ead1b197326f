"""Reports in a real browser: no request, no error, no sideways scroll, readable, filters work."""

import email
from dataclasses import replace
from datetime import date, timedelta
from email.policy import default

import pytest
from browser import CHROMIUM, measured
from reports import report_of

from syncd.model.people import Role
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.report.contents import Audience
from syncd.report.due import Occasion, notice
from syncd.report.page import page
from syncd.testing.builders import (
    change,
    config,
    declared,
    event,
    issue,
    link,
    person,
    program,
    version,
)
from syncd.testing.histories import finished, planned

WIDTHS = (1200, 375)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="/usr/bin/chromium is not installed")

CLICKED = """page => {
  const rows = () => [...page.querySelectorAll('table.alerts tbody tr')];
  const chips = [...page.querySelectorAll('.chips button')], before = rows().length;
  const tall = page.documentElement.scrollHeight;
  if (chips.length > 1) chips[1].click();
  const left = rows().filter(row => !row.hidden).length;
  if (chips.length) chips[0].click();
  const head = page.querySelector('table.alerts th:last-child button');
  if (head) head.click();
  const since = rows().map(row => row.lastElementChild.dataset.sort);
  return {tall, before, left, since, chips: chips.filter(chip => chip.offsetParent).length};
}"""
"""Filters and sorts, and tells what is left."""


def reports():
    """(name, report): an ordinary one, for leaders, too large to draw, long words, and empty."""
    release = version("checkout-v3", release="2026-12-11")
    api = issue("LED-88", title="Ledger API v2", due="2026-12-02", milestones=(release.key,))
    capture = issue("PAY-142", title="Capture", due="2026-11-30", milestones=(release.key,))
    screens = issue("MOB-57", title="Screens", due="2026-12-01", milestones=(release.key,))
    old = issue("MOB-44", title="Login", due="2026-11-02", milestones=(release.key,))
    moved = change(api, "due", "2026-11-24", "2026-12-02", "2026-11-19")
    things = (
        release, api, capture, screens, old, moved, link(capture, api), link(screens, capture),
        event("Go / no-go review", "2026-12-04"), *planned(9, milestones=(release.key,)),
        *finished(days=60, milestones=(release.key,)),
    )  # fmt: skip
    settings = config(
        programs=(program("checkout", name="Checkout relaunch", teams=("payments", "ledger", "mobile")),),
        deliverables=(
            declared("v3", "jira:fixVersion=checkout-v3", tier="A", name="Checkout v3",
                     gates=("calendar:summary~'go / no-go'",)),
        ),
    )  # fmt: skip
    for audience in Audience:
        yield (
            f"{audience}",
            report_of(*things, settings=settings, audience=audience, program="checkout"),
        )
    many = [
        version(f"Release {n}", release=date(2026, 11, 25) + timedelta(days=n)) for n in range(60)
    ]
    work = [issue(f"PAY-{n}", due="2026-11-02", milestones=(many[n].key,)) for n in range(60)]
    yield "many", report_of(*many, *work)
    long = replace(api, title="W" * 300, ref="PLATFORM_INFRASTRUCTURE-123456")
    yield "long words", report_of(replace(release, name="M" * 200), long, old, link(old, long))
    yield "empty", report_of()


def pages():
    """(name, HTML) of each report, and of the mails that carry those for leaders."""
    vp = person("vp", role=Role.EXEC)
    settings = EmailSettings.model_validate({"from": "a@example.com", "to_outbox": True})
    for name, report in reports():
        yield name, page(report).decode()
        sent = notice(Occasion(person=vp, program="", slot=report.as_of), report, ages=())
        done = render(settings, sent, vp)
        assert done.body != done.fallback
        body = email.message_from_bytes(done.body, policy=default).get_body(("html",))
        yield f"mail of {name}", body.get_content()


@pytest.fixture(scope="module", params=["light", "dark"])
def looks(request, tmp_path_factory):
    """What the browser measured of each report at each width, in one colour scheme."""
    folder = tmp_path_factory.mktemp(request.param)
    found = measured(folder, request.param, pages(), WIDTHS, height=3000, more=CLICKED)
    return request.param, found


def test_no_report_scrolls_sideways(looks) -> None:
    wide = [
        (one["name"], one["width"], one["needs"]) for one in looks[1] if one["needs"] > one["width"]
    ]
    assert not wide
    assert {one["width"] for one in looks[1]} == set(WIDTHS)


def test_every_text_stands_out_from_what_is_behind_it(looks) -> None:
    scheme, found = looks
    assert {one["page"] for one in found} == {
        {"light": "rgb(246,248,250)", "dark": "rgb(13,17,23)"}[scheme]
    }
    assert not [(one["name"], one["faint"]) for one in found if one["faint"]]


def test_a_report_fetches_nothing(looks) -> None:
    assert not [one["fetched"] for one in looks[1] if one["fetched"]]


def test_it_can_be_filtered_by_team_and_sorted(looks) -> None:
    (found,) = [one for one in looks[1] if one["name"] == "team" and one["width"] == 1200]
    assert found["chips"] >= 3
    assert 0 < found["left"] < found["before"]
    assert found["since"] == sorted(found["since"])
    (lead,) = [one for one in looks[1] if one["name"] == "lead" and one["width"] == 1200]
    assert lead["before"] == 0
