"""What a meeting hears of dates that moved: in one line each, with the alert of that very move."""

from dataclasses import replace
from datetime import date

from briefs import (
    FRIDAY,
    MORNING,
    material,
    meetings_of_today,
    opened,
    organisation,
    reader,
)

from syncd.briefing import meetings
from syncd.briefing.pack import pack
from syncd.model.briefs import MeetingPack, News
from syncd.model.findings import Severity
from syncd.model.people import BoundMeeting
from syncd.testing.alerts import finding
from syncd.testing.builders import change, declared, event, github_milestone, snapshot, version

LAUNCH = event("Checkout launch", "2026-12-21", ref="launch")
MILESTONE = github_milestone(due="2026-12-17", name="Checkout v3")


def standup(
    *alerts: tuple[str, str, date, int], launch_moved: bool = True, more: tuple = ()
) -> MeetingPack:
    """Of the ledger team; alerts are a rule, a discriminator, an expected day and a number."""
    moved = [change(LAUNCH, "event", "2026-12-17", "2026-12-21", "2026-11-19 14:00")]
    things = snapshot(
        version("checkout-v3", release="2026-12-17", scope="LED"), MILESTONE, LAUNCH,
        change(MILESTONE, "due", "2026-12-11", "2026-12-17", "2026-11-20 14:00"),
        *(moved if launch_moved else ()), *more, *meetings_of_today(), as_of=MORNING,
    )  # fmt: skip
    whole = declared(
        "launch", "jira:fixVersion=checkout-v3", "github:milestone='Checkout v3'",
        "calendar:summary~'Checkout launch'", name="Checkout v3", tier="A",
        teams=("ledger", "mobile", "payments"),
    )  # fmt: skip
    known = [
        opened(
            replace(
                finding("Checkout v3", rule=rule, tier="A", severity=Severity.CRITICAL,
                        teams=("payments", "ledger"), programs=("checkout",), expected=expected,
                        deliverable="launch", summary="The dates came apart."),
                subject="deliverable:launch", discriminator=other,
            ),
            number, FRIDAY,
        )
        for rule, other, expected, number in alerts
    ]  # fmt: skip
    bound = BoundMeeting(id="a", match="calendar:summary~'Ledger stand-up'", teams=("ledger",))
    made = material(
        things, replace(organisation(), deliverables=(whole,)), *known, meetings=(bound,)
    )
    return pack(reader(made), next(meetings.ahead(made)))


def told(found: MeetingPack) -> list[tuple[str, str]]:
    return [(one.text, one.alert) for one in found.changes]


def test_the_launch_that_moved_is_told_with_its_alert_to_a_team_that_works_for_it() -> None:
    found = standup(("event-moved", str(LAUNCH.key), date(2026, 12, 21), 15))
    assert ("Checkout launch: 17 Dec → 21 Dec, +2 working days", "D-15") in told(found)


def test_no_other_move_of_the_same_deliverable_bears_that_alert() -> None:
    found = standup(("event-moved", str(LAUNCH.key), date(2026, 12, 21), 15))
    assert [one.alert for one in found.changes] == ["", "D-15"]


def test_an_alert_that_no_move_tells_of_is_told_itself() -> None:
    """The launch was cancelled, or stayed where it was while the plan moved."""
    day = date(2026, 12, 21)
    found = standup(("event-moved", str(LAUNCH.key), day, 15), launch_moved=False)
    assert [(one.text, one.news) for one in found.changes if one.alert == "D-15"] == [
        ("The dates came apart.", News.OPENED)
    ]


def test_a_launch_concerns_the_teams_of_its_deliverable_before_any_alert() -> None:
    assert ("Checkout launch: 17 Dec → 21 Dec, +2 working days", "") in told(standup())


def test_the_date_of_a_deliverable_that_moved_is_told_once_with_its_alert() -> None:
    """As by a plan that moved along: only the tool whose word counts moves the deliverable."""
    plan, day = version("checkout-v3", release="2026-12-17", scope="LED"), date(2026, 12, 17)
    moved = change(plan, "release", "2026-12-15", "2026-12-17", "2026-11-20 16:00")
    found = standup(("date-moved", "", day, 16), more=(moved,))
    assert [(one.text, one.alert) for one in found.changes if one.alert == "D-16"] == [
        ("Checkout v3: 15 Dec → 17 Dec, +2 working days", "D-16")
    ]
