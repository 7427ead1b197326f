"""A large outage of one cause, and a large debt on the first run, are one mail to each person.

The whole pass through a real store and outbox; only the tracker is a list of items.
"""

import email
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.policy import default
from pathlib import Path

import pytest
from sections import OUTBOX
from silent import Silent

from syncd import plugins
from syncd.app import App, RunReport
from syncd.interfaces import INTERFACE, Check, Page
from syncd.model.alerts import AlertState, MessageState, NoticeKind, Reason
from syncd.model.items import Item, Phase
from syncd.reading import Source
from syncd.settings import load
from syncd.testing.builders import change, issue, link

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BORN = NOW - timedelta(days=60)
CONFIG = """
[sources.jira]
kind = "file"
paths = ["none.json"]
[teams.payments]
owns = ["jira:PAY"]
[programs.checkout]
teams = ["payments"]
[people.dana]
name = "Dana"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
[people.leo]
name = "Leo"
email = "leo@example.com"
role = "lead"
team = "payments"
[people.ena]
name = "Ena"
email = "ena@example.com"
accounts = { jira = "ena" }
[people.kim]
name = "Kim"
email = "kim@example.com"
accounts = { jira = "kim" }
"""
CONFIG += OUTBOX


@dataclass
class Listed:
    """A connector that brings one page."""

    page: Page
    interface = INTERFACE

    def scopes(self) -> tuple[str, ...]:
        return ("PAY",)

    def check(self) -> Iterator[Check]:
        yield from ()

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        yield self.page

    def close(self) -> None: ...


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "syncd.toml").write_text(CONFIG)
    with App(load(tmp_path / "syncd.toml", {}, catalog=plugins), now=NOW, own=True) as made:
        yield made


def run(app: App, at: datetime, *items, links=(), changes=()) -> RunReport:
    page = Page(
        items=items, links=tuple(links), changes=tuple(changes), last=True, cursor="c", listing=True
    )
    app.sources = (Source(name="jira", build=lambda: Listed(page)),)
    return app.run_once(at, progress=Silent())


def part(number: int, due: str, **fields):
    fields.setdefault("assignee", "ena")
    return issue(f"PAY-{number}", due=due, created_at=BORN, title=f"Part {number}", **fields)


def sent(app: App) -> Counter[str]:
    return Counter(one.person for one in app.store.messages(MessageState.SENT))


def written(app: App) -> list[Path]:
    return sorted(app.settings.directory.rglob("*.eml"))


def test_an_outage_of_one_root_with_500_victims_is_one_mail_a_person(app: App) -> None:
    root = part(0, "2026-11-12", phase=Phase.ACTIVE)
    waiting = [part(n, "2026-11-20", phase=Phase.TODO) for n in range(1, 501)]
    links = [link(one, root) for one in waiting]
    first = run(app, NOW - timedelta(days=14), root, *waiting, links=links)
    assert not [one for one in first.transitions if one.told]
    run(app, NOW, root, *waiting, links=links)
    open_now = app.store.alerts(AlertState.FIRING, AlertState.PENDING)
    speaking = [one for one in open_now if not one.inhibited_by]
    assert len(open_now) >= 500
    assert [one.finding.rule for one in speaking] == ["dep-late"]
    for hours in range(1, 49, 6):
        app.deliver(NOW + timedelta(hours=hours))
    assert sent(app) == {"dana": 1, "leo": 1, "ena": 1}
    assert len(written(app)) == 3


@pytest.mark.parametrize("many", [16, 501])
def test_a_move_speaks_for_what_it_made_too_early_also_when_it_is_news_no_more(
    app: App, many: int
) -> None:
    def plan(root: str, rest: str) -> list[Item]:
        waiting = (part(n, rest, phase=Phase.TODO) for n in range(1, many + 1))
        return [part(0, root), *waiting]

    before, after = plan("2026-11-27", "2026-12-18"), plan("2026-12-30", "2026-12-18")
    links = [link(one, before[0]) for one in before[1:]]
    step = change(after[0], "due", "2026-11-27", "2026-12-30", NOW - timedelta(hours=1))
    run(app, NOW - timedelta(days=3), *before, links=links)
    for days in (0, 10, 14, 15, 16):  # the tenth working day of the move is the 14th day
        at = NOW + timedelta(days=days)
        run(app, at, *after, links=links, changes=[step])
        app.deliver(at + timedelta(hours=1))
        open_now = app.store.alerts(AlertState.FIRING, AlertState.PENDING)
        told = [one.finding.rule for one in open_now if not one.inhibited_by]
        assert (len(open_now), told) == (many + 1, ["date-moved"])
    mails = [email.message_from_bytes(one.read_bytes(), policy=default) for one in written(app)]
    assert {one["X-Syncd-Rule"] for one in mails} == {"date-moved"}
    assert set(Counter(one["To"] for one in mails).values()) == {1}
    run(app, NOW + timedelta(days=17), *after, changes=[step])
    assert not app.store.alerts(AlertState.FIRING, AlertState.PENDING)


def test_a_link_to_what_moved_long_ago_is_told_by_itself(app: App) -> None:
    moved, early = part(0, "2026-12-30"), part(1, "2026-12-18", phase=Phase.TODO)
    step = change(moved, "due", "2026-11-27", "2026-12-30", NOW - timedelta(hours=1))
    late = NOW + timedelta(days=16)
    run(app, NOW - timedelta(days=3), part(0, "2026-11-27"), early)
    run(app, NOW, moved, early, changes=[step])
    linked = [link(early, moved, set_at=late - timedelta(hours=1))]
    run(app, late, moved, early, changes=[step], links=linked)
    open_now = app.store.alerts(AlertState.FIRING, AlertState.PENDING)
    assert [one.finding.rule for one in open_now] == ["dep-inversion"]


def test_ten_thousand_old_problems_on_the_first_run_are_one_mail_a_person(app: App) -> None:
    old = [part(n, "2026-10-01", phase=Phase.ACTIVE) for n in range(10_000)]
    report = run(app, NOW, *old)
    assert len(report.transitions) >= 10_000
    run(app, NOW + timedelta(minutes=15), *old)
    for hours in range(1, 49, 6):
        app.deliver(NOW + timedelta(hours=hours))
    assert sent(app) == {"dana": 1, "leo": 1, "ena": 1}
    assert {one.reason for one in app.store.messages()} == {str(NoticeKind.ADOPTION)}
    for path in written(app):
        mail = email.message_from_bytes(path.read_bytes(), policy=default)
        text = mail.get_body(("plain",)).get_content()
        assert "problems were there before syncd" in text
        assert path.stat().st_size < 300_000


def test_old_problems_that_nobody_touches_stay_one_mail_whatever_time_goes_by(app: App) -> None:
    old = [part(n, f"2026-{9 + n % 3:02}-{2 + n % 17:02}", phase=Phase.ACTIVE) for n in range(40)]
    known = [*old[1:], part(0, "2026-11-12", phase=Phase.ACTIVE)]
    for days in range(60):
        run(app, NOW + timedelta(days=days), *known)
        app.deliver(NOW + timedelta(days=days, minutes=1))
    # What is forgotten by then has its team's one line a month.
    monthly = [one for one in app.store.messages() if one.reason != NoticeKind.ADOPTION]
    lines = {app.store.history(print_)[-1].alert.finding.subject
             for one in monthly for print_, _ in one.alerts}  # fmt: skip
    assert lines <= {"team:payments"}
    assert len(monthly) <= 3 * 2
    now = NOW + timedelta(days=60)
    done = part(0, "2026-11-12", phase=Phase.DONE, done_at=now)
    taken = part(1, known[0].claims[0].hi.isoformat(), phase=Phase.ACTIVE, assignee="kim")
    run(app, now, *known[1:-1], done, taken)
    told = Counter(
        (one.person, app.store.history(print_)[-1].reason)
        for one in app.store.messages(MessageState.WAITING) for print_, _ in one.alerts
    )  # fmt: skip
    assert told == {
        ("dana", Reason.CLEARED): 1, ("leo", Reason.CLEARED): 1, ("ena", Reason.CLEARED): 1,
        ("dana", Reason.WORSE): 1, ("leo", Reason.WORSE): 1, ("kim", Reason.WORSE): 1,
    }  # fmt: skip


FRIDAY = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
MONDAY = FRIDAY + timedelta(days=3)


def text(app: App) -> dict[str, str]:
    """What each person got last."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=default) for path in written(app)]
    return {
        str(mail["To"].addresses[0].username): mail.get_body(("plain",)).get_content()
        for mail in mails
    }


def test_what_waits_over_a_weekend_is_told_as_things_stand_to_whom_it_concerns_then(
    app: App,
) -> None:
    run(app, FRIDAY - timedelta(days=4), part(2, "2026-12-01"))
    late = part(2, "2026-11-19", phase=Phase.ACTIVE, state="Active")
    run(app, FRIDAY, late)
    assert {one.person for one in app.store.messages(MessageState.WAITING)} >= {"ena", "dana"}
    ids = {one.message_id: one.person for one in app.store.messages()}
    taken = part(2, "2026-11-19", phase=Phase.ACTIVE, state="In Review", assignee="kim")
    run(app, FRIDAY + timedelta(hours=3), taken)
    (gone,) = app.store.messages(MessageState.SUPERSEDED)
    assert (gone.person, gone.error) == ("ena", "does not concern ena any more")
    run(app, MONDAY - timedelta(hours=5), taken)
    app.deliver(MONDAY)
    assert sent(app) == {"dana": 1, "leo": 1, "kim": 1}
    told = text(app)
    assert "You get this because you own PAY-2" in " ".join(told["kim"].split())
    for said in told.values():
        assert "2 working days ago, and it is still In Review" in " ".join(said.split())
        assert "Data as of Mon 23 Nov" in " ".join(said.split())
    for one in app.store.messages(MessageState.SENT):
        assert one.person == "kim" or ids[one.message_id] == one.person


def test_a_run_a_day_tells_what_fell_due_since_the_last_as_it_finds_it(app: App) -> None:
    run(app, FRIDAY - timedelta(days=4), part(2, "2026-12-01"))
    run(app, FRIDAY, part(2, "2026-11-19", phase=Phase.ACTIVE, state="Active"))
    run(app, MONDAY, part(2, "2026-11-19", phase=Phase.ACTIVE, state="In Review"))
    assert sent(app) == {"dana": 1, "leo": 1, "ena": 1}
    assert all("still In Review" in " ".join(one.split()) for one in text(app).values())
