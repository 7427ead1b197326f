"""Whom the configuration means, once the sources have told how they spell it."""

from contextlib import closing
from datetime import timedelta

from syncd import plugins
from syncd.app import App
from syncd.interfaces import Page
from syncd.model.items import Account
from syncd.model.snapshot import Scope
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.builders import AS_OF, issue

CONFIG = """
[sources.github]
kind = "file"
paths = ["none.json"]
[teams.app]
owns = ["github:acme/app"]
[people.dana]
name = "Dana Li"
email = "dana@example.com"
accounts = { github = "Octocat" }
"""


def test_whoever_writes_an_account_in_other_capitals_hears_of_their_items_all_the_same(tmp_path):
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "syncd.toml").write_text(CONFIG)
    settings = load(tmp_path / "syncd.toml", {}, catalog=plugins)
    late = issue("acme/app#7", source="github", scope="acme/app", assignee="octocat",
                 due=(AS_OF - timedelta(days=9)).date())  # fmt: skip
    page = Page(
        items=(late,), accounts=(Account(source="github", id="octocat", name="O"),), last=True
    )
    with closing(open_store(settings.store_url, now=AS_OF)) as store:
        store.commit(Scope("github", "acme/app"), page, AS_OF)
    with App(settings, now=AS_OF, own=True) as app:
        decision = app.decide(app.reconcile(AS_OF, assume_fresh=True))
        (opened,) = [one for one in decision.transitions if one.alert.finding.rule == "overdue"]
        told = {one.person.id: one.why for one in app.explain(AS_OF, opened) if one.is_told}
    assert list(told) == ["dana"]
