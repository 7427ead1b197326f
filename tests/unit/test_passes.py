"""What a pass leaves behind once it is over."""

import gc
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from syncd import plugins
from syncd.app import App
from syncd.interfaces import Page
from syncd.model.items import Issue
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, uncollected
from syncd.reconciler.canonical import config_hash
from syncd.settings import Settings, load
from syncd.testing.builders import issue, version

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONFIG = """
[sources.jira]
kind = "file"
paths = ["none.json"]
[teams.payments]
owns = ["jira:PAY"]
"""


def settings_in(folder: Path, text: str = CONFIG) -> Settings:
    (folder / "none.json").write_text("[]")
    (folder / "syncd.toml").write_text(text)
    return load(folder / "syncd.toml", {}, catalog=plugins)


def test_items_of_a_pass_are_gone_when_it_is_over_though_its_report_is_kept(tmp_path: Path) -> None:
    late = issue("PAY-1", due="2026-11-02", title="Read by one pass")
    with App(settings_in(tmp_path), now=NOW, own=True) as app:
        page = Page(items=(late,), last=True, listing=True, cursor="c")
        app.store.commit(Scope("jira", "PAY"), page, NOW)
        with uncollected():
            report = app.conclude(Elapsed(NOW), (), posted=True)
            issues = [one for one in gc.get_objects() if isinstance(one, Issue)]
    assert [one.rule for one in report.reconciled.evaluation.findings] == ["overdue"]
    assert [one for one in issues if one.title == late.title and one is not late] == []


HELD = {
    "PAY": (
        issue("PAY-1", due="2026-11-02"),
        issue("PAY-2", due="2026-12-02"),
        issue("PAY-3", due="2026-12-03"),
        version("Checkout 2.0", release="2026-12-18"),
    ),
    "OLD": (issue("OLD-1", due="2026-12-02"),),
}


def test_a_pass_records_what_it_judged_by_and_what_each_rule_found_clear(tmp_path: Path) -> None:
    """Two dates and a release lie ahead; of the stale project nothing can be said."""
    with App(settings_in(tmp_path), now=NOW, own=True) as app:
        for scope, items in HELD.items():
            page = Page(items=items, last=True, listing=True, cursor="c")
            read_at = NOW if scope == "PAY" else NOW - timedelta(days=9)
            app.store.commit(Scope("jira", scope), page, read_at)
        with uncollected():
            report = app.conclude(Elapsed(NOW), (), posted=True)
            again = app.conclude(Elapsed(NOW + timedelta(minutes=1)), (), posted=True)
        expected = config_hash(app.config(NOW))
    counts = {one.rule: (one.firing, one.clear, one.unknown) for one in report.run.rules}
    assert counts["overdue"] == (1, 3, 0)
    assert (report.run.config_hash, again.run.config_hash) == (expected, expected)
    assert report.run.code_version == f"syncd {metadata.version('syncd')}"
    assert report.run.calendar_data.startswith(f"holidays {metadata.version('holidays')}, tzdata ")


def test_whatever_may_change_an_answer_changes_the_hash_of_the_configuration(
    tmp_path: Path,
) -> None:
    texts = (
        CONFIG,
        CONFIG + "[rules.stalled]\nfloor_bd = 4\n",
        CONFIG + '[rules.uncovered-scope]\npull_teams = ["payments"]\n',
        CONFIG + '[people.dana]\nname = "Dana"\nemail = "d@acme.test"\nquiet = "20:00-07:00"\n',
        CONFIG + 'calendar = "DE"\n',
        CONFIG + 'timezone = "Asia/Tokyo"\n',
        CONFIG + '[links.types]\n"Gates" = "blocks"\n',
    )
    years = range(2026, 2028)
    hashes = [config_hash(settings_in(tmp_path, one).reconciler_config(years)) for one in texts]
    assert len({*hashes}) == len(texts)
    assert hashes[0] == config_hash(settings_in(tmp_path, CONFIG).reconciler_config(years))


def test_a_team_under_another_id_is_told_nothing_again(tmp_path: Path) -> None:
    """Neither in the pass that first knows it so, nor in the one after."""
    late, later = issue("PAY-1", due="2026-11-02"), issue("PAY-2", due="2026-11-03")
    page = Page(items=(late, later), last=True, listing=True, cursor="c")
    told = []
    for hour, team in enumerate(("payments", "pay", "pay")):
        text = f"alerts.adoption = false\n{CONFIG.replace('payments', team)}"
        with App(settings_in(tmp_path, text), now=NOW, own=True) as app:
            at = NOW + timedelta(hours=hour)
            app.store.commit(Scope("jira", "PAY"), page, at)
            report = app.conclude(Elapsed(at), (), posted=True)
            told.append([one.alert.finding.teams for one in report.transitions if one.told])
    assert told == [[("payments",)] * 2, [], []]
