"""`syncd sources`: what is read, and what the credentials could read besides."""

import json
from pathlib import Path

import pytest
from app_key import app_key
from providers import GITHUB_TOKEN, Call, Providers

SEEN = """\
   Source    Id                  Name      Open  Note
✓  calendar  plan@example.com    Plan      —
·  calendar  freeze@example.com  Freezes   —
✓  github    acme/ledger                   1
·  github    acme/mobile                   0
·  jira      LED                 Ledger    1
✓  jira      PAY                 Payments  2
✓  jira      GONE                          —     not in the account's list
"""


def test_discover_shows_what_is_read_and_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, providers: Providers, syncd: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    providers.configure(tmp_path)
    done = syncd("sources", "discover")
    assert done.code == 0, done.err
    assert "\n".join(line.rstrip() for line in done.out.splitlines()) + "\n" == SEEN
    assert "jira: 1 part more to be had, by sources.jira.projects" in done.err
    document = json.loads(syncd("-f", "json", "sources", "discover", "jira").out)
    assert document["schema"] == "syncd/sources/1"
    (jira,) = document["sources"]
    assert [(part["id"], part["read"], part["open"]) for part in jira["parts"]] == [
        ("LED", False, 1), ("PAY", True, 2), ("GONE", True, None),
    ]  # fmt: skip
    assert not (tmp_path / "config" / "var").exists(), "nothing is written"


def test_a_source_that_fails_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, providers: Providers, syncd: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    providers.configure(tmp_path)
    providers.github.revoke(GITHUB_TOKEN)
    done = syncd("-f", "json", "sources", "discover", "github", "jira")
    assert done.code == 4
    github, jira = json.loads(done.out)["sources"]
    assert github["parts"] == []
    assert "401" in github["error"]
    assert len(jira["parts"]) == 3
    assert GITHUB_TOKEN not in done.out + done.err
    assert syncd("sources", "discover", "jria").code == 2


def test_an_app_sees_its_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, providers: Providers, syncd: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    providers.configure(tmp_path)
    providers.github.add_token("of-the-app", "app", repos=("acme/mobile",))
    providers.github.add_app(7, "of-the-app")
    secrets = tmp_path / "config" / "secrets"
    (secrets / "sources__github__token").unlink()
    (secrets / "sources__github__private_key").write_text(app_key())
    (secrets / "sources__github__private_key").chmod(0o600)
    env = {"APP_ID": "5", "INSTALLATION_ID": "7"}
    for name, value in env.items():
        monkeypatch.setenv(f"SYNCD_SOURCES__GITHUB__{name}", value)
    done = syncd("-f", "json", "sources", "discover", "github")
    assert done.code == 0, done.err
    (github,) = json.loads(done.out)["sources"]
    assert [(part["id"], part["read"], part["note"]) for part in github["parts"]] == [
        ("acme/mobile", False, ""), ("acme/ledger", True, "not in the account's list"),
    ]  # fmt: skip


def test_list_shows_what_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, providers: Providers, syncd: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    providers.configure(tmp_path)
    done = syncd("sources", "list")
    assert done.code == 0, done.err
    assert [line.split() for line in done.out.splitlines()] == [
        ["Source", "Kind", "Every", "Reads"],
        ["calendar", "google_calendar", "15m", "plan@example.com"],
        ["github", "github", "15m", "acme/ledger"],
        ["jira", "jira", "15m", "PAY,", "GONE"],
    ]
    assert not providers.jira.requests, "it asks nobody"
