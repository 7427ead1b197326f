"""A brief that cannot be made stops no alert, and operators hear why."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from briefs import MORNING, guests, organisation, people

from syncd.passes import Reconciled
from syncd.preparing import occasions
from syncd.reconciler.view import View
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alerts import evaluation
from syncd.testing.builders import event, snapshot


def test_a_meeting_that_names_nothing_is_told_to_operators_once_a_day(tmp_path: Path) -> None:
    path = tmp_path / "syncd.toml"
    path.write_text(
        "[sources.calendar]\nkind = 'ics'\n[meetings.daily]\nmatch = 'calendar:title=Daily'\n"
    )
    soon = event("Launch review", "2026-11-23 07:50", attendees=guests("dana@example.com"))
    held = snapshot(soon, as_of=MORNING)
    some = tuple(replace(one, operator=one.id == "dana") for one in people())
    reading = Reconciled(
        view=View(held, organisation(people=some)), snapshot=held,
        evaluation=evaluation(as_of=MORNING), freshness=(), measures={},
    )  # fmt: skip
    with closing(open_store(f"sqlite:///{tmp_path}/s.db", now=MORNING)) as store:
        settings = load(path, {})
        daily = settings.meetings["daily"].model_copy(update={"match": "calendar:colour=red"})
        wrong = settings.model_copy(update={"meetings": {"daily": daily}})
        found = occasions(reading, store, wrong, (), acts=(), messages=())
    (notice,) = found.notices
    assert (notice.person, notice.key) == ("dana", "brief-failed 2026-11-23")
    assert 'Why: "calendar:colour=red" names no items.' in notice.lines
