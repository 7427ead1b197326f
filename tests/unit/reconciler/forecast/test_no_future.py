"""A day is forecast from what was known of it: planted later facts change nothing (§D6)."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from syncd.interfaces import Page
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.items import Phase
from syncd.model.snapshot import Scope
from syncd.reconciler.canonical import findings_json
from syncd.reconciler.engine import evaluate
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import AS_OF, LONG_AGO, at, change, config, issue, version
from syncd.testing.histories import finished, planned

PAY = Scope("jira", "PAY")
NOW = AS_OF + timedelta(days=30)
RELEASE = version("2.0", release="2026-12-18")
OPEN = planned(12, milestones=(RELEASE.key,))
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
KEPT = PastForecast(
    forecast=Forecast(
        subject=f"deliverable:{RELEASE.key}", name="PAY 2.0", days=10, spread=0.3, p50=AS_OF.date()
    ),
    made_at=at("2026-11-02"),
    made_on=at("2026-11-02").date(),
)


def answer(folder, things, kept):
    """What is found and forecast of `AS_OF`, from a store that held all items before."""
    later = tuple(one for one in things if getattr(one, "created_at", AS_OF) > AS_OF)
    items = tuple(one for one in things if hasattr(one, "key") and one not in later)
    changes = tuple(one for one in things if not hasattr(one, "key"))
    with closing(open_store(f"sqlite:///{folder}/syncd.db", now=LONG_AGO)) as store:
        store.commit(PAY, Page(items=items, last=True), LONG_AGO)
        store.commit(PAY, Page(items=later, changes=changes, last=True), NOW)
        store.record(run("r1", NOW), [], [], [kept])
        snapshot = store.snapshot(AS_OF)
    return evaluate(snapshot, config(), assume_fresh=True)


def closed(one, when, old="todo"):
    """The issue as it is once it was closed, with the change that says so."""
    return [
        replace(one, phase=Phase.DONE, state="Done", done_at=at(when), updated_at=at(when)),
        change(one, "phase", old, "done", when),
        change(one, "state", "Todo", "Done", when),
    ]


def test_planted_later_facts_change_no_forecast_and_no_finding(tmp_path):
    for name in ("known", "planted"):
        (tmp_path / name).mkdir(mode=0o700)
    known = answer(tmp_path / "known", [RELEASE, *OPEN, *HISTORY], KEPT)
    later = [
        *(thing for one in OPEN[:8] for thing in closed(one, "2026-11-30")),
        *OPEN[8:],
        issue("PAY-700", milestones=(RELEASE.key,), created_at=at("2026-12-01")),
        change(RELEASE, "release", "2026-12-18", "2027-03-31", "2026-12-02"),
    ]
    moved = version("2.0", release="2027-03-31")
    came_true = replace(KEPT, done_on=at("2026-12-10").date())
    planted = answer(tmp_path / "planted", [moved, *later, *HISTORY], came_true)
    assert known.forecasts
    assert [one.forecast for one in planted.forecasts] == [one.forecast for one in known.forecasts]
    assert findings_json(planted) == findings_json(known)
