"""When the next cycle begins, and when cycles are missing."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from syncd import trouble_notes
from syncd.app import App
from syncd.daemon import _Service, pause_after
from syncd.settings import load

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
CONFIG = """
[sources.plan]
kind = "file"
paths = ["plan.ics"]
"""
PLAN = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:20261201T090000Z
SUMMARY:Launch
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("every", [SECOND, 15 * MINUTE, 59 * MINUTE, HOUR, timedelta(days=1)])
def test_failures_in_a_row_push_the_next_cycle_forward_to_an_hour_however_many(every):
    pauses = [pause_after(failures, every) for failures in range(2000)]
    assert pauses[:2] == [every, min(2 * every, max(every, HOUR))]
    assert pauses == sorted(pauses)
    assert set(pauses[12:]) == {max(every, HOUR)}


@contextmanager
def slow_service(folder, monkeypatch):
    """Pages of its cycles take two hours each; what is missing before and after each of them."""
    passed, seen = [timedelta(0)], []
    (folder / "syncd.toml").write_text(CONFIG)
    (folder / "plan.ics").write_text(PLAN)
    settings, start = load(folder / "syncd.toml", {}), datetime.now(UTC)

    def clock():
        return start + passed[0]

    def monotonic():
        return passed[0].total_seconds()

    monkeypatch.setattr("syncd.watching.time", SimpleNamespace(monotonic=monotonic))

    with App(settings, now=start, own=True) as app:
        service = _Service(app, lambda: settings, clock)
        advanced = service.progress.advanced

        def advanced_after_hours(*page):
            passed[0] += 2 * HOUR
            before = service.watch.is_cycle_missing
            advanced(*page)
            seen.append((before, service.watch.is_cycle_missing))

        service.progress.advanced = advanced_after_hours
        yield service, seen


def test_no_cycle_is_missing_while_pages_come_unless_the_one_before_failed(tmp_path, monkeypatch):
    with slow_service(tmp_path, monkeypatch) as (service, seen):

        def cycle():
            seen.clear()
            service._cycle()
            return set(seen)

        assert [cycle(), cycle()] == 2 * [{(True, False)}]
        service._failed()
        assert [cycle(), cycle()] == [{(True, True)}, {(True, False)}]


def test_the_service_finds_itself_unwell_while_a_backup_cannot_be_made(tmp_path, monkeypatch):
    with slow_service(tmp_path, monkeypatch) as (service, _):
        note = trouble_notes.TroubleNote(at=datetime.now(UTC), text="no room", hint="df -h")
        trouble_notes.keep(service.app.settings.state / trouble_notes.BACKUP, note)
        service.watch.look()
        metrics = service.watch.vitals(service.pulse).metrics()
    assert 'syncd_self_check_failing{part="backup"} 1.0' in metrics
    assert 'syncd_self_check_failing{part="cycle"} 0.0' in metrics
