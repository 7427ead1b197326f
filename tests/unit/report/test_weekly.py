"""The week for leaders: one date, its odds, and the same in every form."""

import email
import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.policy import default
from html import unescape

import pytest
from reports import material_of, report_of

from syncd.model.acts import Agreed
from syncd.model.alerts import NoticeKind
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Standing
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.items import Account
from syncd.model.people import Role, SetTime
from syncd.notifiers.email.render import render
from syncd.notifiers.email.settings import EmailSettings
from syncd.report.contents import Audience
from syncd.report.document import document
from syncd.report.due import Occasion, notice
from syncd.report.markdown import markdown
from syncd.report.page import page
from syncd.testing.alerts import alert
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    config,
    declared,
    event,
    github_milestone,
    issue,
    link,
    person,
    program,
    snapshot,
    version,
)
from syncd.testing.histories import finished, planned

SETTINGS = EmailSettings.model_validate({"from": "syncd <syncd@example.com>", "to_outbox": True})
VP = person("vp", role=Role.EXEC, timezone="UTC", weekly=SetTime(at=datetime.min.time(), weekday=0))
RELEASE = version("2.0", release="2026-12-18")
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
KEY = re.compile(r"\b(?!UTF)[A-Z][A-Z0-9_]+[-‑]\d+|acme/ledger")
DAY = re.compile(r"\b(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: (\d{4}))?")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def checkout(**more):
    """A program of one declared deliverable with a launch and a review."""
    return config(
        programs=(program("checkout", teams=("payments", "ledger")),),
        deliverables=(
            declared(
                "checkout", "jira:fixVersion=2.0", tier="A", teams=("payments",),
                gates=("calendar:summary~'go / no-go'",), name="Checkout 2.0", **more,
            ),
        ),
        people=(person("dana", name="Dana Li"),),
    )  # fmt: skip


def lead(*things, settings=None, **more):
    return report_of(
        *things, settings=settings or checkout(), audience=Audience.LEAD,
        program="checkout", **more,
    )  # fmt: skip


def late(**more):
    """So much work that the release is very likely late."""
    things = (RELEASE, *planned(30, milestones=(RELEASE.key,)), *HISTORY)
    return lead(*things, event("Go / no-go", "2026-12-02"), **more)


def mail(report, **fields):
    made = notice(Occasion(person=VP, program="checkout", slot=AS_OF), report, ages=())
    done = render(SETTINGS, replace(made, **fields), VP)
    assert done.body != done.fallback
    return email.message_from_bytes(done.body, policy=default)


def plain(html):
    """The words of a page, without styles, scripts and drawings."""
    text = re.sub(r"<(style|script|svg|title)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def days(text):
    text = text.replace("\xa0", " ")
    return {
        date(int(year or 2026), MONTHS.index(month) + 1, int(day))
        for day, month, year in DAY.findall(text)
    }


def test_a_late_launch_is_told_in_words_and_numbers():
    week = late().weekly
    assert week.main.standing is Standing.LATE
    assert week.subject.startswith("Week ")
    assert "Checkout 2.0 " in week.subject
    assert "(plan 18" in week.subject
    assert re.match(r"(Very likely|Almost certain) to be late, (about|more than) \d+ in \d+; 85 % sure by",
                    week.confidence)  # fmt: skip
    assert week.decision.by == date(2026, 12, 2), "the review is the day to decide"
    assert "take out" in week.decision.text
    assert "move it to" in week.decision.text
    assert days(week.confidence) <= days(week.decision.text), "one day is 85 % sure"
    assert len(week.bullets) <= 3


def test_nothing_is_to_be_decided_by_a_review_that_was_cancelled():
    off = event("Go / no-go", "2026-12-02", status="cancelled")
    week = lead(RELEASE, *planned(30, milestones=(RELEASE.key,)), *HISTORY, off).weekly
    assert week.decision.by == date(2026, 11, 27)


def test_a_plan_that_holds_asks_for_nothing():
    week = lead(RELEASE, *planned(8, milestones=(RELEASE.key,)), *HISTORY).weekly
    assert week.main.standing is Standing.ON_PLAN
    assert week.confidence.startswith("Unlikely to be late, about 1 in ")
    assert week.decision is None


def test_odds_of_the_work_alone_do_not_contradict_a_day_that_comes_of_something_else():
    first = issue("LED-1", due="2027-01-15", title="Ledger")
    last = issue("PAY-900", milestones=(RELEASE.key,), due="2026-12-18")
    waits = link(last, first, "is blocked by", "blocks", outward=True)
    things = (RELEASE, *planned(8, milestones=(RELEASE.key,)), *HISTORY, first, last, waits)
    week = lead(*things).weekly
    assert week.main.expected > week.main.plan
    assert week.confidence.startswith(
        "What it waits for sets that day; by itself it is unlikely to be late, about 1 in "
    )


def of_little_history(**more):
    """So few items were finished lately that no day is likely."""
    some = [one for number, one in enumerate(HISTORY) if number // 3 % 5 == 0]
    return lead(RELEASE, *planned(12, milestones=(RELEASE.key,)), *some, **more)


def test_of_little_history_a_range_is_told_and_no_likely_day():
    before = PastForecast(
        forecast=Forecast(
            subject="deliverable:checkout", name="2.0", p50=date(2026, 12, 1), spread=0.3
        ),
        made_at=AS_OF - timedelta(days=7),
        made_on=AS_OF.date() - timedelta(days=7),
    )
    report = of_little_history(pasts=(before,))
    week = report.weekly
    assert week.main.is_range
    span = "Tue 2 Mar 2027 to Mon 31 May 2027"
    assert week.headline == f"Checkout 2.0: some time from {span}; the plan is Fri 18 Dec."
    assert week.trend.endswith(" working days later than a week ago.")
    assert "Checkout 2.0 2 Mar 2027 to 31 May 2027 (plan 18 Dec)" in week.subject
    for form in (mail(report).get_body(("plain",)).get_content(), markdown(report)):
        assert "most likely" not in form
        assert "expected 2 Mar" not in form


@pytest.mark.parametrize(
    ("spread", "end"),
    [(0.3, "working days later."), (0.0, "later, told by the pace of its team, no longer item by item.")],
)  # fmt: skip
def test_a_day_that_is_told_another_way_than_a_week_ago_says_so(spread, end):
    """Else what changed the way reads as a slip."""
    told = Forecast(
        subject="deliverable:checkout", name="2.0", p50=date(2026, 12, 21), spread=spread
    )
    made = AS_OF - timedelta(days=7)
    past = PastForecast(forecast=told, made_at=made, made_on=made.date())
    assert late(pasts=(past,)).weekly.trend.endswith(end)


def test_where_nothing_can_be_foretold_it_says_so():
    week = lead(RELEASE, issue("PAY-1", milestones=(RELEASE.key,))).weekly
    assert week.main.standing is Standing.NO_DATA
    assert week.subject.endswith("Checkout 2.0 planned 18 Dec, no forecast")
    assert week.headline.endswith("planned for Fri 18 Dec; no forecast can be made.")
    assert week.confidence.startswith("No odds can be given: ")
    assert week.trend == ""
    assert week.gaps == ("1 milestone cannot be judged for lack of data.",)


def test_a_date_for_which_nothing_speaks_is_not_called_expected():
    text = mail(lead(RELEASE, issue("PAY-1", milestones=(RELEASE.key,))))
    said = text.get_body(("plain",)).get_content()
    assert "planned 18 Dec" in said
    assert "expected 18 Dec" not in said


def test_a_review_on_the_day_of_its_release_is_no_choice_between_one_day_and_itself():
    review = event("Checkout 2.0 go/no-go review", "2026-12-18")
    week = lead(RELEASE, review, issue("PAY-1", milestones=(RELEASE.key,))).weekly
    assert week.decision is not None
    assert week.decision.text == (
        "Checkout 2.0: say which of the two moves, as both are on Fri 18 Dec."
    )


def test_two_dates_for_what_was_promised_are_to_be_decided():
    (declared_,) = checkout().deliverables
    settings = checkout()
    both = replace(declared_, match=(*declared_.match, "github:milestone=2.0"))
    settings = replace(settings, deliverables=(both,))
    copied = github_milestone("2.0", due="2026-12-10")
    week = lead(
        RELEASE, copied, issue("PAY-1", milestones=(RELEASE.key,)), settings=settings
    ).weekly
    assert week.decision is not None
    assert week.decision.text == ("Checkout 2.0: say which date holds, Fri 18 Dec or Thu 10 Dec.")


def test_what_is_overdue_and_unforeseeable_is_not_expected_today():
    old = version("2.0", release="2026-11-02")
    week = lead(old, issue("PAY-1", milestones=(old.key,))).weekly
    assert week.main.expected is None
    assert "was due 2 Nov, no forecast" in week.subject
    assert "was due Mon 2 Nov, 15 working days ago; no forecast can be made." in week.headline


def test_a_day_that_has_passed_can_not_be_held():
    old = version("2.0", release="2026-11-18")
    open_ = issue("PAY-1", due="2026-11-30", milestones=(old.key,))
    week = lead(old, open_).weekly
    assert week.main.expected == date(2026, 11, 30)
    assert week.decision.text == (
        "Checkout 2.0: say what is left out of it, and for which day it is promised now."
    )


def test_what_was_forgotten_long_ago_is_nothing_to_decide():
    old = version("2.0", release="2025-03-28")
    left = issue("PAY-1", milestones=(old.key,), last_human_activity_at=LONG_AGO)
    week = lead(old, left).weekly
    assert week.main.standing is Standing.LATE
    assert week.decision is None


def test_leaders_read_what_is_new_before_what_was_there_before_syncd():
    things = (
        RELEASE,
        issue("PAY-1", title="Old debt", due="2026-09-01", milestones=(RELEASE.key,)),
        issue("PAY-2", title="New slip", due="2026-11-20", milestones=(RELEASE.key,)),
    )
    found = material_of(snapshot(*things), checkout()).evaluation.findings
    (old,) = [one for one in found if one.ref == "PAY-1" and one.rule == "overdue"]
    adopted = alert(old, known=True)

    def first(*alerts):
        said = " ".join(lead(*things, alerts=alerts).weekly.bullets)
        return said.index("Old debt") < said.index("New slip")

    assert (first(), first(adopted)) == (True, False)


def test_an_empty_program_is_told_too():
    report = lead(settings=config(programs=(program("checkout", teams=("payments",)),)))
    assert report.weekly.subject == "Mon 23 Nov: nothing is promised"
    text = mail(report).get_body(("plain",)).get_content()
    assert "Nothing is promised: no milestone has a date." in text
    assert "Payments: ○ No data (no dated work of the milestones is known)" in text


def test_a_source_that_was_not_read_is_told():
    report = late(stale={"jira:PAY": "2026-11-20"})
    assert "No complete reading of jira lately." in report.weekly.gaps
    assert report.weekly.main.standing is Standing.NO_DATA
    assert report.weekly.main.slip > 0
    assert report.weekly.bullets == (), "its own pace speaks against the date"
    assert "No complete reading of jira" in mail(report).get_body(("plain",)).get_content()


def test_a_baseline_is_what_lateness_is_measured_against():
    moved = late(settings=checkout(baseline=date(2026, 12, 4))).weekly
    assert moved.main.plan == date(2026, 12, 4)
    assert "(plan 4" in moved.subject
    assert moved.main.late >= late().weekly.main.late


def test_the_trend_is_against_the_forecast_of_a_week_ago():
    told = Forecast(
        subject="deliverable:checkout", name="Checkout 2.0", p50=date(2026, 12, 21),
        teams=("payments",), days=10, spread=0.3,
    )  # fmt: skip

    def kept(days_ago):
        made = AS_OF - timedelta(days=days_ago)
        return PastForecast(forecast=told, made_at=made, made_on=made.date())

    week = late(pasts=(kept(7),)).weekly
    assert week.main.before == date(2026, 12, 21)
    assert week.trend.startswith("A week ago it was expected on Mon 21 Dec; now ")
    untold = lead(RELEASE, issue("PAY-1", milestones=(RELEASE.key,)), pasts=(kept(7),)).weekly
    assert untold.trend == "A week ago it was expected on Mon 21 Dec."
    for days_ago in (3, 20):
        assert late(pasts=(kept(days_ago),)).weekly.main.before is None


@pytest.mark.parametrize(
    "report",
    [late(), of_little_history(), lead(RELEASE, issue("PAY-1", milestones=(RELEASE.key,)))],
)
def test_all_forms_agree_on_every_date_and_number(report):
    sent = mail(report)
    text = re.sub(r"\s+", " ", sent.get_body(("plain",)).get_content())
    html = plain(sent.get_body(("html",)).get_content())
    attached = next(iter(sent.iter_attachments())).get_content()
    written, wiki = plain(attached), re.sub(r"\s+", " ", markdown(report)).replace("\\", "")
    told = document(report)["week"]
    week = report.weekly
    for form in (text, html, written, wiki):
        for sentence in (week.headline, week.confidence, *week.bullets):
            assert sentence in form.replace("\xa0", " ").replace("‑", "-")
        assert (week.decision is None) == (
            "Decision needed by" not in form and "DECISION" not in form
        )
    known = {
        date.fromisoformat(found) for found in re.findall(r"\d{4}-\d\d-\d\d", json.dumps(told))
    }
    known |= days(" ".join([week.headline, week.confidence, week.trend, *week.bullets]))
    known |= days(week.decision.text) if week.decision else set()
    footer = {report.today}
    assert days(text) - footer <= known
    assert days(text) == days(html)
    main = week.main
    shown = {day for day in (main.plan, main.expected, main.sure) if day}
    for form in (text, html, written, wiki):
        assert shown <= days(form)
    assert page(report) == attached.encode()
    numbers = re.findall(r"about \d+ in \d+|more than \d+ in \d+|\d+ working days? \w+", text)
    assert all(
        number in form.replace("\xa0", " ") for number in numbers for form in (html, written, wiki)
    )


def test_leaders_read_no_key_and_no_name_whatever_titles_say():
    bad = issue(
        "PAY-7", title="LED-88 again, ask Dana Li or Grace Hopper about acme/ledger#311",
        due="2026-11-02", milestones=(RELEASE.key,), assignee="grace",
    )  # fmt: skip
    things = (
        RELEASE, bad, *planned(4, milestones=(RELEASE.key,)), *HISTORY,
        issue("LED-88", title="Ledger", due="2026-12-30"), link(bad, issue("LED-88")),
        Account(source="jira", id="grace", name="Grace Hopper"),
    )  # fmt: skip
    report = lead(*things)
    sent = mail(report)
    forms = (
        sent["Subject"], sent.get_body(("plain",)).get_content(),
        sent.get_body(("html",)).get_content(), page(report).decode(), markdown(report),
        json.dumps(document(report), ensure_ascii=False),
    )  # fmt: skip
    told = " ".join(report.weekly.bullets)
    assert "again, ask somebody or somebody about" in told, "it is told, without names"
    for form in forms:
        body = re.sub(r"<style>.*?</style>|sha256-\S+|<meta[^>]*>", "", form, flags=re.DOTALL)
        assert not KEY.findall(body)
        assert "Dana Li" not in body
        assert "Hopper" not in body
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page(report).decode()).split("<main>")[1]


def test_the_report_goes_with_the_mail_unless_it_is_too_large():
    report = late()
    sent = mail(report)
    (beside,) = sent.iter_attachments()
    assert beside.get_filename() == "checkout-lead-2026-11-23.html"
    assert beside.get_content_type() == "text/html"
    assert sent["X-Syncd-Reason"] == "weekly"
    made = notice(Occasion(person=VP, program="checkout", slot=AS_OF), report, ages=())
    big = replace(made.attachment, content=b"x" * 400_000)
    light = mail(report, attachment=big)
    assert not list(light.iter_attachments())
    assert "too large for a mail (400 kB)" in light.get_body(("plain",)).get_content()


def test_the_mail_of_a_week_has_one_identity():
    report, kinds = late(), set()
    for slot in (AS_OF, AS_OF, AS_OF + timedelta(days=7)):
        made = notice(Occasion(person=VP, program="checkout", slot=slot), report, ages=())
        assert made.kind is NoticeKind.WEEKLY
        kinds.add(render(SETTINGS, made, VP).message_id)
    assert len(kinds) == 2


def test_the_main_milestone_is_of_the_highest_tier():
    small = version("zz", release="2027-03-01")
    week = lead(RELEASE, small, issue("PAY-1", milestones=(small.key,))).weekly
    assert week.main.name == "Checkout 2.0"
    assert [one.name for one in week.milestones] == ["Checkout 2.0", "PAY zz"]


def test_of_one_day_the_main_milestone_is_what_most_is_part_of():
    """Not the one whose tool comes first in the alphabet: of that one issue all would be early."""
    aside = github_milestone("Checkout API", due="2026-12-18")
    one = issue("acme/ledger#1", source="github", scope="acme/ledger", milestones=(aside.key,))
    plain = config(programs=(program("checkout", teams=("payments", "ledger")),))
    things = RELEASE, *planned(8, milestones=(RELEASE.key,)), *HISTORY, aside, one
    assert lead(*things, settings=plain).weekly.main.name == "PAY 2.0"


def test_weeks_are_counted_from_the_commitment():
    held = report_of(RELEASE, issue("PAY-1", milestones=(RELEASE.key,)), settings=checkout())
    week = held.weekly
    assert week.week is not None
    begun = held.rows[0].start
    monday = begun - timedelta(days=begun.weekday())
    assert week.week == (date(2026, 11, 23) - monday).days // 7 + 1
    assert week.weeks == (date(2026, 12, 14) - monday).days // 7 + 1
    assert f"week {week.week} of {week.weeks}" in held.subtitle


def test_past_the_plan_no_week_is_one_of_fewer():
    assert replace(lead(RELEASE).weekly, week=9, weeks=7).counted == "week 9, planned were 7"
    assert replace(lead(RELEASE).weekly, week=7, weeks=7).counted == "week 7 of 7"


def test_a_new_baseline_does_not_throw_the_weeks_back():
    things = (RELEASE, issue("PAY-1", milestones=(RELEASE.key,)))
    before = lead(*things).weekly
    act = Agreed(day=before.main.plan, at=AS_OF, by="dana")
    settings = replace(checkout(), agreed={"checkout": act})
    assert lead(*things, settings=settings).weekly.week == before.week > 1


def test_the_snapshot_alone_decides():
    assert snapshot(RELEASE).as_of == AS_OF
    assert WorkingCalendar().local_date(AS_OF) == late().today


def test_a_team_whose_item_is_the_milestone_has_the_light_of_it():
    known = config(
        programs=(program("checkout", teams=("payments", "ledger")),),
        deliverables=(declared("launch", "jira:LED-1", tier="A", name="Launch"),),
    )
    told = lead(issue("LED-1", due="2026-11-16"), settings=known).weekly.lights
    assert [(one.team, one.standing, one.words) for one in told] == [
        ("Ledger", Standing.LATE, "1 late"),
        ("Payments", Standing.NO_DATA, "no dated work of the milestones is known"),
    ]


def test_each_milestone_says_why_it_stands_so_those_without_data_first():
    empty = version("3.0", release="2027-03-01", scope="LED")
    settings = checkout()
    settings = replace(settings, deliverables=(
        *settings.deliverables,
        declared("ledger", "jira:fixVersion=3.0", teams=("ledger",), name="Ledger 3.0"),
    ))  # fmt: skip
    things = (RELEASE, empty, *planned(30, milestones=(RELEASE.key,)), *HISTORY)
    told = lead(*things, settings=settings)
    assert [(one.name, one.why) for one in told.weekly.milestones] == [
        ("Ledger 3.0", "No item of it is known."),
        ("Checkout 2.0", "Very likely (about 9 in 10) to be late at the present pace."),
    ]
    assert "- ○ Ledger 3.0, no data: No item of it is known." in markdown(told)
    assert "No item of it is known." in plain(page(told).decode())
    assert "No item of it is known" in " ".join(
        mail(told).get_body(("plain",)).get_content().split()
    )


@pytest.mark.parametrize(("then", "trend"), [("on plan", "↓"), ("late", "→"), ("no data", "↑")])
def test_how_a_milestone_stands_is_held_against_a_week_ago(then, trend):
    kept = Forecast(subject="deliverable:checkout", name="Checkout 2.0", standing=then)
    past = PastForecast(forecast=kept, made_at=LONG_AGO, made_on=date(2026, 11, 16))
    told = late(pasts=(past,))
    assert told.weekly.main.trend == trend
    assert f"- ▲{trend} Checkout 2.0, late: " in markdown(told)
    assert f"▲ late {trend} Checkout 2.0" in plain(page(told).decode())
    assert document(told)["week"]["main"]["trend"] == trend
