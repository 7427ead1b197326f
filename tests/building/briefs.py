"""Short ways to write what briefs are made of, and one Monday morning of three teams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from syncd.alerts.answers import seen
from syncd.briefing.material import Material
from syncd.briefing.reader import Reader
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Alert, Reason, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity, Standing
from syncd.model.items import Attendee, CalendarEvent, Phase
from syncd.model.people import BoundMeeting, Person, Role, SetTime
from syncd.model.snapshot import Snapshot
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.view import View
from syncd.testing.alerts import evaluation, finding, transition
from syncd.testing.builders import (
    at,
    change,
    config,
    declared,
    event,
    issue,
    person,
    program,
    pull_request,
    snapshot,
    team,
    version,
)

MORNING = at("2026-11-23 07:25")
"""The Monday, 08:25 in Berlin."""
FRIDAY = at("2026-11-20 07:30")
"""When Friday's brief came."""


def material(
    held: Snapshot,
    settings: ReconcilerConfig | None = None,
    *transitions: Transition,
    acts: Sequence[Act] = (),
    meetings: tuple[BoundMeeting, ...] = (),
    **fields: Any,
) -> Material:
    """Of a snapshot; alerts and findings are those of the transitions, oldest first."""
    known: dict[str, Alert] = {one.alert.fingerprint: one.alert for one in transitions}
    firing = [one.finding for one in known.values() if one.resolved_at is None]
    ages = fields.pop("ages", (("jira", held.as_of - timedelta(minutes=4)),))
    return Material(
        view=View(held, settings or config(), assume_fresh=True),
        evaluation=evaluation(*firing, as_of=held.as_of),
        alerts=tuple(known.values()),
        history=lambda *prints: [one for one in transitions if one.alert.fingerprint in prints],
        acts=acts,
        meetings=meetings,
        ages=ages,
        **fields,
    )


def reader(made: Material, id: str = "dana") -> Reader:  # noqa: A002
    """Somebody of its configuration."""
    return Reader.of(next(one for one in made.view.config.people if one.id == id), made)


def opened(
    found: Finding, number: int, when: datetime, reason: Reason = Reason.OPENED, **fields: Any
) -> Transition:
    """An alert that opened then, or got another state."""
    first = fields.pop("opened_at", when)
    return transition(
        found, reason, number=number, at=when, opened_at=first, changed_at=when, **fields
    )


def answered(about: Alert, kind: ActKind, by: str, when: datetime, **fields: Any) -> Act:
    """What somebody said of an alert."""
    return Act(kind=kind, at=when, by=by, seen=seen(about), **fields)


def guests(*addresses: str, declined: str = "") -> tuple[Attendee, ...]:
    """Guests who come, and one who does not."""
    coming = [Attendee(account=one, response="accepted") for one in addresses]
    return (*coming, *([Attendee(account=declined, response="declined")] if declined else []))


def people() -> tuple[Person, ...]:
    """One of each role, in three zones."""
    brief = SetTime(at=time(8, 30))
    return (
        person(
            "dana", name="Dana Li", role=Role.TPM, programs=("checkout",), brief=brief,
            timezone="Europe/Berlin", accounts=(("jira", "dli"),),
        ),
        person(
            "rosei", name="R. Osei", role=Role.LEAD, team="ledger", brief=brief,
            timezone="Europe/London", accounts=(("jira", "rosei"), ("github", "rosei")),
        ),
        person("vp", name="S. Moreau", role=Role.EXEC, timezone="Europe/Berlin", brief=brief),
        person(
            "wtan", name="W. Tan", role=Role.LEAD, team="mobile", brief=brief,
            timezone="Asia/Singapore", accounts=(("jira", "wtan"),),
        ),
    )  # fmt: skip


def organisation(**fields: Any) -> ReconcilerConfig:
    """Three teams, one program, one deliverable of tier A with its review."""
    return config(
        teams=(
            team(
                "ledger", "jira:LED", "github:acme/ledger", timezone="Europe/London",
                calendar="work",
            ),
            team("mobile", "jira:MOB", timezone="Asia/Singapore", calendar="work"),
            team("payments", "jira:PAY", calendar="work"),
        ),
        people=fields.pop("people", people()),
        programs=(
            program(
                teams=("ledger", "mobile", "payments"), name="Checkout relaunch",
                stakeholders=((Role.EXEC, ("vp",)),),
            ),
        ),
        deliverables=(
            declared(
                "launch", "jira:fixVersion=checkout-v3", name="Checkout v3", tier="A",
                gates=("calendar:summary~'go / no-go'",), teams=("ledger", "mobile", "payments"),
            ),
        ),
        calendars={"work": WorkingCalendar()},
        **fields,
    )  # fmt: skip


def late(ref: str = "LED-88", **fields: Any) -> Finding:
    """A `dep-late` of tier A, held by the ledger team: 6 working days."""
    return finding(
        ref, rule="dep-late", tier="A", teams=("ledger", "payments"), programs=("checkout",),
        title="Ledger API v2", planned=date(2026, 11, 24), expected=date(2026, 12, 2),
        summary=f"Ledger API v2 ({ref}) is expected on Wed 2 Dec, 6 working days late.",
        plain="Ledger API v2 is expected on Wed 2 Dec, 6 working days late.",
        act="R. Osei: split the write path so that capture can start on Mon 30 Nov.",
        owner="jira:rosei", deliverable="launch", **fields,
    )  # fmt: skip


def hidden(**fields: Any) -> Finding:
    """What seems to wait, of medium severity, held by the mobile team."""
    return finding(
        "MOB-57", rule="dep-hidden", severity=Severity.MEDIUM, standing=Standing.AT_RISK,
        teams=("mobile", "ledger"), programs=("checkout",), slip=None, planned=None,
        summary="MOB-57 seems to wait for LED-88, but no link says so.",
        act="W. Tan: link it, or say that it does not wait.", owner="jira:wtan", **fields,
    )  # fmt: skip


def held(as_of: datetime = MORNING) -> Snapshot:
    """What the sources tell on that Monday."""
    launch = version("checkout-v3", release="2026-12-15", scope="LED")
    ledger = issue(
        "LED-88", due="2026-12-02", title="Ledger API v2", assignee="rosei",
        milestones=(launch.key,),
    )  # fmt: skip
    return snapshot(
        launch,
        ledger,
        issue("MOB-57", due="2026-12-01", title="Checkout screens", assignee="wtan",
              milestones=(launch.key,)),
        issue("PAY-150", due="2026-11-27", title="Refund flow", milestones=(launch.key,)),
        issue("MOB-61", title="Crash fix", assignee="wtan", phase=Phase.DONE,
              done_at=at("2026-11-23 04:00")),
        issue("PAY-9", title="Salary export", due="2026-12-04", restricted=True),
        issue("PAY-140", title="Refund texts", phase=Phase.DONE, done_at=at("2026-11-20 15:00")),
        pull_request("acme/ledger#311", title="Write path", requested_reviewers=("rosei",)),
        change(ledger, "due", "2026-12-01", "2026-12-02", "2026-11-20 14:00"),
        change(launch, "release", "2026-12-14", "2026-12-15", "2026-11-20 16:00"),
        *meetings_of_today(),
        as_of=as_of,
    )  # fmt: skip


def meetings_of_today() -> tuple[CalendarEvent, ...]:
    """A weekly stand-up and the review of the launch."""
    who = guests("dana@example.com", "rosei@example.com", "guest@elsewhere.test")
    return (
        event("Ledger stand-up", "2026-11-16 08:30", ref="stand-up-1", attendees=who,
              recurring_id="stand-up"),
        event("Ledger stand-up", "2026-11-23 08:30", ref="stand-up-2", attendees=who,
              recurring_id="stand-up"),
        event(
            "Checkout go / no-go", "2026-11-23 14:30", attendees=guests("dana@example.com"),
        ),
    )  # fmt: skip


def monday(*more: Transition, **fields: Any) -> Material:
    """The Monday with what its alerts were and are."""
    told = opened(late(), 41, at("2026-11-18 07:25"))
    old = finding("PAY-120", teams=("payments",), programs=("checkout",), title="Refund reasons",
                  standing=Standing.AT_RISK)  # fmt: skip
    history = (
        told,
        opened(old, 38, at("2026-11-10 07:25")),
        opened(old, 38, at("2026-11-23 07:25"), Reason.CLEARED,
               resolved_at=at("2026-11-23 07:25"), opened_at=at("2026-11-10 07:25")),
        opened(hidden(), 43, at("2026-11-23 07:25")),
        *more,
    )  # fmt: skip
    acts = fields.pop("acts", ())
    return material(held(), organisation(), *history, acts=acts, **fields)
