"""Providers that let a second account write, and notes to write there."""

from datetime import UTC, date, datetime

import pytest

from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.model.alerts import Message
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import Remark
from syncd.writeback.calendar_note import CalendarNoteWriter
from syncd.writeback.github_comment import GitHubCommentWriter
from syncd.writeback.jira_comment import JiraCommentWriter

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PRINT, INSTANCE = "0123456789abcdef", "ab12cd34"
TOKEN = "simulated-write-token"
PLAN = "plan@group.calendar.example.com"


def note(ref, native_id, kind=Kind.ISSUE, *, source="jira", scope="PAY", **more):
    """A message of the outbox."""
    remark = Remark(
        fingerprint=more.pop("fingerprint", PRINT), instance=more.pop("instance", INSTANCE),
        item=ItemKey(source, kind, native_id), ref=ref, scope=scope,
        lines=more.pop("lines", ("Capture is late by 3 working days.", "To do: move it.")), **more,
    )  # fmt: skip
    return Message(
        message_id="m-1", notifier="notes", person=str(remark.item), recipient=ref, subject="note",
        body=remark.encoded(), alerts=((remark.fingerprint, 1),), queued_at=NOW, send_after=NOW,
    )  # fmt: skip


@pytest.fixture(params=["cloud", "server"])
def jira(request):
    with JiraSimulator(request.param, now=NOW) as sim:
        sim.add_user("mfox", "M. Fox")
        sim.add_project("PAY", "Payments")
        sim.add_project("SEC", "Secret")
        sim.key = sim.add_issue("PAY", "Capture", by="mfox", due=date(2026, 12, 2))
        sim.native_id = sim.issue(sim.key).id
        sim.add_writer(TOKEN, "notes", "ADD_COMMENTS", "EDIT_OWN_COMMENTS")
        yield sim


@pytest.fixture
def jira_notes(jira):
    made = []

    def build(**more):
        user = "notes@example.invalid" if jira.cloud else ""
        settings = JiraCommentWriter.Settings(
            source="jira", url=jira.url, user=user, token=TOKEN, projects=("PAY",), **more
        )
        made.append(JiraCommentWriter("notes", settings))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def github():
    with GitHubSimulator(now=NOW) as sim:
        sim.add_repo("acme/ledger")
        sim.add_repo("acme/site", private=False)
        sim.add_token(TOKEN, "notes", writes=("issues", "pull_requests"))
        sim.ref = sim.open_issue("acme/ledger", "Book entries", by="dana")
        sim.native_id = str(sim.item(sim.ref).id)
        yield sim


@pytest.fixture
def github_notes(github):
    made = []

    def build(**more):
        more = {"repos": ("acme/ledger", "acme/site"), "account": "notes", "token": TOKEN} | more
        settings = GitHubCommentWriter.Settings(source="github", url=github.url, **more)
        made.append(GitHubCommentWriter("notes", settings))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def calendar():
    with GoogleCalendarSimulator(now=NOW) as sim:
        sim.add_calendar(PLAN, zone="Europe/Berlin", role="writer")
        sim.event = sim.add_event(
            PLAN, "Launch", date(2026, 12, 11), organizer={"email": PLAN, "self": True}
        )
        yield sim


@pytest.fixture
def calendar_notes(calendar):
    made = []

    def build(**more):
        settings = CalendarNoteWriter.Settings(
            source="calendar", url=calendar.url, credentials=calendar.service_account(),
            calendars=(PLAN,), **more,
        )  # fmt: skip
        made.append(CalendarNoteWriter("notes", settings))
        return made[-1]

    yield build
    for one in made:
        one.close()
