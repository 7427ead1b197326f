"""The benchmarks work; their figures are not looked at here."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import release_plans
import trackers

MADE = datetime(2025, 3, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(("kind", "items"), [("jira", 8), ("github", 8), ("google_calendar", 6)])
def test_a_provider_is_read_by_syncd_and_by_a_bare_loop(bench, kind, items):
    provider = bench.provider(kind, 2, 3)
    assert bench.syncd(provider)["changed"] >= items
    asked = provider.tell(log=True)["asked"]
    assert bench.bare(provider, asked)["requests"] == len(asked)


PLANS = [
    {"pep": "1", "milestone": "alpha", "plans": [{"at": "2025-01-06T10:00:00Z", "date": "2025-06-02"},
                                                 {"at": "2025-05-12T10:00:00Z", "date": "2025-06-16"}]},
    {"pep": "1", "milestone": "final", "plans": [{"at": "2025-01-06T10:00:00Z", "date": "2025-09-01"}]},
]  # fmt: skip


def as_recorded(folder, plans):
    (folder / "python.jsonl").write_text("\n".join(json.dumps(one) for one in plans))


@pytest.fixture
def recorded_plans(tmp_path, monkeypatch):
    monkeypatch.setattr(release_plans, "FOLDER", tmp_path)
    monkeypatch.setattr(release_plans, "SOURCES", {"python": "python.jsonl"})
    release_plans.plans.cache_clear()
    as_recorded(tmp_path, PLANS)
    yield tmp_path
    release_plans.plans.cache_clear()


def test_a_date_is_looked_at_once_for_each_day_that_it_stood_for(recorded_plans):
    seen = [
        (one.planned.ref, str(one.day), one.slipped) for one in release_plans.stands("python", 28)
    ]
    assert seen == [
        ("1 alpha", "2025-06-02", True), ("1 alpha", "2025-06-16", False), ("1 final", "2025-09-01", False),
    ]  # fmt: skip


def test_what_a_plan_says_later_changes_no_earlier_look(recorded_plans):
    now = datetime(2025, 5, 5, 8, tzinfo=UTC)
    before = release_plans.seen_at("python", now)
    future = {"pep": "1", "milestone": "beta",
              "plans": [{"at": "2025-05-05T07:00:00Z", "date": "2025-07-01"}]}  # fmt: skip
    as_recorded(recorded_plans, [*PLANS, future])
    release_plans.plans.cache_clear()
    assert release_plans.seen_at("python", now) == before
    assert release_plans.seen_at("python", now + timedelta(days=1)) != before


def test_what_a_tracker_holds_later_changes_no_earlier_look():
    item = trackers.Item("PAY-1", "Bug", MADE, None, True, ("2.0",))
    later = replace(item, closed=MADE + timedelta(days=9))
    new = replace(item, ref="PAY-2", made=MADE + timedelta(days=9))
    now, releases = MADE + timedelta(days=5), {"2.0": date(2025, 3, 31)}
    seen = [trackers.Tracker("PAY", items, releases).at(now) for items in ((item,), (later, new))]
    assert seen[0] == seen[1]
