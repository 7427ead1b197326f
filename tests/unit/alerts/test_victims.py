"""What is listed below an alert that speaks for others (reconciler.md §E3), up to the mail of it."""

import email
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from email.policy import default

import pytest
from filled import install
from sections import OUTBOX

from syncd.alerts.victims import victims
from syncd.app import App
from syncd.interfaces import Page
from syncd.model.alerts import AlertState, Reason
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, record_of
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alerts import alert, finding, transition
from syncd.testing.builders import AS_OF, issue, link

ROOT = alert(finding("LED-88"))


def below(ref, number, **fields):
    known = {"state": AlertState.FIRING, "inhibited_by": ROOT.fingerprint} | fields
    state, root = known.pop("state"), known.pop("inhibited_by")
    return alert(finding(ref, **known), number=number, state=state, inhibited_by=root)


def refs(alerts, changes=()):
    return [one.finding.ref for one in victims(alerts, changes).get(ROOT.fingerprint, ())]


def test_they_come_by_tier_then_by_planned_day() -> None:
    later = below("PAY-1", 1, planned=date(2026, 12, 9))
    sooner = below("PAY-2", 2, planned=date(2026, 12, 2))
    undated = below("PAY-3", 3, planned=None)
    graver = below("PAY-4", 4, tier="A", planned=date(2026, 12, 30))
    every = [undated, later, ROOT, sooner, graver]
    assert refs(every) == refs(every[::-1]) == ["PAY-4", "PAY-2", "PAY-1", "PAY-3"]


@pytest.mark.parametrize("state", list(AlertState))
def test_what_is_over_is_not_among_them(state) -> None:
    assert refs([ROOT, below("PAY-1", 1, state=state)]) == (
        [] if state is AlertState.RESOLVED else ["PAY-1"]
    )


def test_what_a_pass_changed_counts_and_of_episodes_the_last() -> None:
    old, free, other = below("PAY-1", 1), below("PAY-2", 2), below("PAY-3", 3)
    again = replace(old, number=9, state=AlertState.RESOLVED)
    freed = transition(free.finding, Reason.CHANGED, number=2, inhibited_by="")
    joined = transition(finding("PAY-4"), number=10, inhibited_by=ROOT.fingerprint)
    assert refs([again, old, free, other], [freed, joined]) == ["PAY-3", "PAY-4"]


# Through the application and a real store

NOW = AS_OF
HOUR = timedelta(hours=1)
CONFIG = (
    """\
[teams.payments]
owns = ["jira:PAY"]
[teams.ledger]
owns = ["jira:LED"]
[people.dana]
name = "Dana"
email = "dana@example.com"
role = "lead"
team = "ledger"
[people.kim]
name = "Kim"
email = "kim@example.com"
accounts = { jira = "kim" }
"""
    + OUTBOX
)


def due(ref, days, **fields):
    day = (NOW - timedelta(days=days)).date().isoformat()
    return issue(ref, due=day, created_at=NOW - 900 * HOUR, **fields)


def mail_to(who, tmp_path, monkeypatch, *items) -> str:
    """The first of the items is what the others wait for."""
    monkeypatch.chdir(tmp_path)
    url = install(tmp_path, CONFIG)
    links = tuple(link(one, items[0]) for one in items[1:])
    page = Page(items=items, links=links, last=True)
    with closing(open_store(url, now=NOW)) as store:
        store.commit(Scope("jira", "PAY"), page, NOW - HOUR)
    with App(load(tmp_path / "syncd.toml", {}), now=NOW) as app:
        quiet = app.reconcile(NOW - 1000 * HOUR, assume_fresh=True)
        first = app.decide(quiet)
        assert first.transitions == ()
        app.store.record(record_of((), quiet, first, Elapsed(NOW - 1000 * HOUR)), (), ())
        made = app.decide(app.reconcile(NOW, assume_fresh=True))
    (mail,) = [one for one in made.queued if one.person == who]
    body = email.message_from_bytes(mail.body, policy=default).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_the_mail_of_a_root_names_the_weightiest_of_what_it_makes_late(
    tmp_path, monkeypatch
) -> None:
    items = due("LED-88", 9), *(due(f"PAY-{n}", 8 - n) for n in range(7))
    assert (
        "Also late because of it: PAY-0 (D-3, overdue), PAY-1 (D-4, overdue), PAY-2 (D-5, "
        "overdue), PAY-3 (D-6, overdue); and 3 more. Told with it: D-2 (overdue)."
    ) in mail_to("dana", tmp_path, monkeypatch, *items)


def test_who_holds_one_of_many_reads_their_own_first(tmp_path, monkeypatch) -> None:
    items = [due("LED-88", -30), *(due(f"PAY-{n}", -n - 8) for n in range(8))]
    items.append(due("PAY-9", -20, assignee="kim"))
    body = mail_to("kim", tmp_path, monkeypatch, *items)
    assert "With the same cause: PAY-9 " in body
    assert "and 12 more" in body
    assert "because you own what waits for the same as PAY-0." in body
