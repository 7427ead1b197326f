"""A weekly goes out with a run: once, to whom it is meant, and costs no other mail."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd import plugins
from syncd.addressing import audiences_of
from syncd.app import App
from syncd.interfaces import Page
from syncd.model.alerts import NoticeKind
from syncd.model.snapshot import Scope
from syncd.report.gathering import gather
from syncd.reporting import weeklies
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import issue, version

SLOT = datetime(2026, 11, 20, 14, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
CONFIG = """
timezone = "Europe/Berlin"
[store]
url = "sqlite:///{folder}/syncd.db"
[teams.payments]
owns = ["jira:PAY"]
[programs.checkout]
name = "Checkout"
teams = ["payments"]
stakeholders = {{ exec = ["vp", "quiet"] }}
[people.vp]
name = "S. Moreau"
email = "s.moreau@example.com"
role = "exec"
[people.quiet]
name = "Q. Lead"
email = "q.lead@example.com"
role = "lead"
brief = {{ every = "Fri 15:00", audience = "lead" }}
quiet = "14:00-18:00"
[people.ops]
name = "O. Ps"
email = "ops@example.com"
operator = true
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
[alerts]
weekly = {weekly}
[sources.jira]
kind = "file"
paths = ["x.json"]
"""


@pytest.fixture
def house(tmp_path):
    """A function: whether the weekly is on → settings of a store that ran on Friday at 14:45."""

    def build(*, weekly=True):
        (tmp_path / "syncd.toml").write_text(
            CONFIG.format(folder=tmp_path, weekly=str(weekly).lower())
        )
        release = version("2.0", release="2026-12-18")
        work = issue("PAY-1", title="Refunds", due="2026-11-02", milestones=(release.key,))
        with closing(open_at(tmp_path)) as store:
            store.commit(
                Scope("jira", "PAY"), Page(items=(release, work), last=True), SLOT - QUARTER
            )
            store.record(run("r1", SLOT - QUARTER), [], [], [])
        return load(tmp_path / "syncd.toml", {}, catalog=plugins)

    return build


def open_at(folder):
    return open_store(f"sqlite:///{folder}/syncd.db", now=SLOT)


def pass_at(settings, at):
    """The weeklies that a pass queues, by person; the pass is recorded."""
    with App(settings, now=at, own=True) as app:
        decision = app.decide(app.reconcile(at))
        made = [*decision.queued, *decision.withdrawn]
        app.store.record(run(f"r{at:%d%H%M}", at), decision.transitions, made, [])
    return {one.person: one for one in decision.queued if one.reason == "weekly"}


def test_it_is_queued_by_the_first_pass_after_its_time_and_by_no_other(house):
    settings = house()
    assert pass_at(settings, SLOT - timedelta(minutes=1)) == {}
    found = pass_at(settings, SLOT + QUARTER)
    assert set(found) == {"vp", "quiet"}
    assert found["vp"].subject.startswith("[Checkout] ")
    assert found["vp"].recipient == "s.moreau@example.com"
    assert found["vp"].send_after == SLOT + QUARTER
    assert found["quiet"].send_after == datetime(2026, 11, 20, 17, tzinfo=UTC), "quiet hours end"
    assert pass_at(settings, SLOT + 2 * QUARTER) == {}
    assert set(pass_at(settings, SLOT + timedelta(days=7))) == {"vp", "quiet"}


def test_one_that_never_left_makes_way_for_that_of_the_next_week(house):
    settings = house()
    first = pass_at(settings, SLOT)
    next_week = pass_at(settings, SLOT + timedelta(days=7))
    with closing(open_store(settings.store_url, now=SLOT)) as store:
        held = {one.message_id: one for one in store.messages()}
    ends = {held[one.message_id].error for one in first.values()}
    assert ends == {"replaced by the weekly of a later week"}
    assert {held[one.message_id].state.value for one in next_week.values()} == {"waiting"}


def test_leaders_who_set_no_time_can_be_left_in_peace(house):
    assert set(pass_at(house(weekly=False), SLOT)) == {"quiet"}


def test_one_that_cannot_be_made_costs_no_other_mail_and_is_told(house):
    settings, tried = house(), []

    def make(material):
        tried.append(material)
        if len(tried) == 1:
            raise ZeroDivisionError
        return gather(material)

    with App(settings, now=SLOT, own=True) as app:
        found = weeklies(app.reconcile(SLOT), app.store, (),
                         audiences=audiences_of(settings, settings.reachable()), acts=(), ages=(), make=make)  # fmt: skip
    assert [(one.kind, one.person) for one in found] == [
        (NoticeKind.SERVICE, "ops"), (NoticeKind.WEEKLY, "vp"),
    ]  # fmt: skip
    assert found[0].headline == "The weekly of Q. Lead could not be made"


def test_the_same_pass_makes_the_same_mail(house):
    settings = house()
    with App(settings, now=SLOT, own=True) as app:
        reading = app.reconcile(SLOT)
        one, other = (app.decide(reading).queued for _ in range(2))
    assert [replace(each, body=b"") for each in one] == [replace(each, body=b"") for each in other]
    assert [each.body for each in one] == [each.body for each in other]
