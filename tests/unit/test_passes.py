"""What a pass leaves behind once it is over."""

import gc
from datetime import UTC, datetime
from pathlib import Path

from syncd import plugins
from syncd.app import App
from syncd.interfaces import Page
from syncd.model.items import Issue
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, uncollected
from syncd.settings import load
from syncd.testing.builders import issue

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONFIG = """
[sources.jira]
kind = "file"
paths = ["none.json"]
[teams.payments]
owns = ["jira:PAY"]
"""


def test_items_of_a_pass_are_gone_when_it_is_over_though_its_report_is_kept(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "syncd.toml").write_text(CONFIG)
    late = issue("PAY-1", due="2026-11-02", title="Read by one pass")
    settings = load(tmp_path / "syncd.toml", {}, catalog=plugins)
    with App(settings, now=NOW, own=True) as app:
        page = Page(items=(late,), last=True, listing=True, cursor="c")
        app.store.commit(Scope("jira", "PAY"), page, NOW)
        with uncollected():
            report = app.conclude(Elapsed(NOW), (), posted=True)
            issues = [one for one in gc.get_objects() if isinstance(one, Issue)]
    assert [one.rule for one in report.reconciled.evaluation.findings] == ["overdue"]
    assert [one for one in issues if one.title == late.title and one is not late] == []
