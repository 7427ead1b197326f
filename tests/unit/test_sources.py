"""A configured source, as its connector is given it."""

from syncd import plugins
from syncd.settings import load
from syncd.sources import configured

CONFIG = """
[sources.github]
kind = "github"
repos = ["acme/ledger"]
bots = ["stale-bot"]
[notifiers.notes]
kind = "github_comment"
source = "github"
account = "syncd-notes"
repos = ["acme/ledger"]
"""
ENV = {
    "SYNCD_SOURCES__GITHUB__TOKEN": "made-up-1",
    "SYNCD_NOTIFIERS__NOTES__TOKEN": "made-up-2",
}


def test_who_writes_our_notes_counts_as_a_robot_where_they_are_read(tmp_path):
    """Else our own comment would end the silence that it tells of."""
    path = tmp_path / "syncd.toml"
    path.write_text(CONFIG)
    connector = configured(load(path, ENV, catalog=plugins), "github").build()
    assert connector.settings.bots == ("stale-bot", "syncd-notes")
    connector.close()
