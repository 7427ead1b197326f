"""A release that is renamed in Jira, then merged into another, as the configuration names it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sections import AT_ONCE, DANA, OUTBOX
from stage import Installation, keep_secret, run

from syncd import plugins
from syncd.app import App
from syncd.demo.simulators.jira import JiraSimulator
from syncd.model.findings import Standing
from syncd.reconciler.health import health
from syncd.settings import load

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
CONFIG = """
timezone = "UTC"
[sources.jira]
kind = "jira"
url = "{url}"
user = "{user}"
projects = ["PAY"]
[teams.payments]
owns = ["jira:PAY"]
[programs.checkout]
teams = ["payments"]
[deliverables.invoices]
name = "Invoices"
match = ["jira:fixVersion=invoices", "jira:epic=PAY-1"]
"""
CONFIG += DANA + OUTBOX + AT_ONCE


@pytest.mark.parametrize("deployment", ["cloud", "server"])
def test_the_name_in_the_configuration_means_the_renamed_release_and_nothing_once_it_is_gone(
    tmp_path: Path, deployment: str
) -> None:
    with JiraSimulator(deployment, now=MONDAY - timedelta(days=30)) as jira:
        jira.add_user("rosei", "R. Osei")
        jira.add_project("PAY", "Payments")
        jira.add_issue("PAY", "Rest of it", by="rosei", type="Epic", due=date(2027, 1, 29))
        former = jira.add_version("PAY", "invoices", release=date(2027, 1, 29))
        key = jira.add_issue("PAY", "Invoices", by="rosei", versions=(former,))
        (tmp_path / "syncd.toml").write_text(CONFIG.format(url=jira.url, user=jira.user))
        (tmp_path / "secrets").mkdir(mode=0o700)
        keep_secret(tmp_path, "jira", jira.token)
        settings = load(tmp_path / "syncd.toml", {}, catalog=plugins)
        place = Installation(tmp_path, settings)

        def invoices(hours: int) -> tuple[set[str], tuple[str, ...], Standing, str]:
            jira.now = MONDAY + timedelta(hours=hours)
            run(place, jira.now)
            with App(settings, now=jira.now, read_only=True) as app:
                known = app.reconcile(jira.now)
                one = next(each for each in known.view.deliverables if each.id == "invoices")
                (found,) = (
                    each for each in health(known.view, known.evaluation)
                    if each.subject == one.subject
                )  # fmt: skip
                refs = {known.view.item(each).ref for each in one.members}
                return refs, one.lacking, found.standing, found.why

        assert invoices(0)[:2] == ({"PAY-1", key}, ())
        jira.edit_version(former, name="Invoices 2027")
        assert invoices(1)[:2] == ({"PAY-1", key}, ())
        jira.now += timedelta(minutes=5)
        other = jira.add_version("PAY", "spring", release=date(2027, 3, 26))
        jira.edit(key, by="rosei", versions=(other,))
        del jira.versions[former]
        for hours in (9, 11, 18):
            left = invoices(hours)
        assert left[:3] == ({"PAY-1"}, ("jira:fixVersion=invoices",), Standing.NO_DATA)
        assert 'is what its configuration calls "jira:fixVersion=invoices"' in left[3]
