"""`syncd doctor` and `config validate --online`: every trouble with its cure, and the exit code."""

import errno
import json
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from disks import a_disk_that_takes
from providers import GITHUB_TOKEN, Call, Providers
from snapshots import WIDTHS, check_screen

ROUTE = '[teams.payments]\nowns = ["jira:PAY"]\n'
WRITER = (
    '[notifiers.notes]\nkind = "jira_comment"\nsource = "jira"\nprojects = ["PAY"]\n'
    'url = "{jira}"\n'
)


@pytest.fixture
def troubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, providers: Providers) -> Providers:
    """A needless right, a project that is not to be seen, a team of which nobody hears."""
    monkeypatch.chdir(tmp_path)
    providers.configure(tmp_path, ROUTE)
    providers.jira.rights |= {"EDIT_ISSUES"}
    return providers


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
def test_the_screen(
    troubled: Providers,
    syncd: Call,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    colour: bool,
) -> None:
    if colour:
        monkeypatch.setenv("FORCE_COLOR", "1")
    done = syncd("--width", str(width), "doctor")
    assert (done.code, done.err) == (4, "")
    assert ("\x1b[" in done.out) is colour
    check_screen(f"doctor-{width}{'-colour' if colour else ''}", done.out, width=width)


def test_a_table_that_cannot_be_used_hides_nothing_of_the_others(
    troubled: Providers, syncd: Call, tmp_path: Path
) -> None:
    (tmp_path / "config" / "secrets" / "sources__jira__token").unlink()
    done = syncd("-f", "json", "doctor")
    checks = json.loads(done.out)["checks"]
    assert done.code == 5
    (jira,) = [check for check in checks if check["section"] == "jira"]
    assert "sources.jira.token: is required; write it to secrets/" in jira["text"]
    good = {check["section"] for check in checks if check["mark"] == "ok"}
    assert {"calendar", "github", "store"} <= good
    assert syncd("-f", "json", "doctor", "github").code == 0
    told = syncd("doctor", "store").out
    assert "Neither" not in told


def test_one_source_is_asked_alone_with_what_writes_on_its_items(
    troubled: Providers, syncd: Call, tmp_path: Path
) -> None:
    token = tmp_path / "config" / "secrets" / "notifiers__notes__token"
    token.write_text("c4n4ry-of-the-writer")
    token.chmod(0o600)
    file = tmp_path / "config" / "syncd.toml"
    file.write_text(file.read_text() + WRITER.format(jira=troubled.jira.url))
    done = syncd("-f", "json", "doctor", "jira")
    assert not done.err
    sections = {check["section"] for check in json.loads(done.out)["checks"]}
    assert sections == {"jira", "notes"}
    assert not troubled.github.requests
    done = syncd("-f", "json", "doctor", "github")
    assert done.code == 0
    assert {check["section"] for check in json.loads(done.out)["checks"]} == {"github"}
    done = syncd("-f", "json", "doctor", "store")
    assert {check["section"] for check in json.loads(done.out)["checks"]} == {"store"}
    assert syncd("doctor", "gihub").code == 2


def test_a_refused_token_is_4_and_a_server_that_is_away_is_not(
    troubled: Providers, syncd: Call
) -> None:
    troubled.github.revoke(GITHUB_TOKEN)
    done = syncd("doctor", "github")
    assert done.code == 4
    assert GITHUB_TOKEN not in done.out + done.err
    troubled.calendar.stop()
    assert syncd("doctor", "calendar").code == 3


def test_validate_online_says_what_the_other_side_says(troubled: Providers, syncd: Call) -> None:
    assert syncd("config", "validate").code == 0
    assert not troubled.jira.requests
    done = syncd("config", "validate", "--online")
    assert done.code == 4
    lines = done.out.splitlines()
    assert lines[0].startswith(
        "config/syncd.toml:11:2  sources.jira: project GONE: renamed, deleted, or no right to see"
    )
    assert any(
        line.startswith("warning: config/syncd.toml:15:2: teams.payments: ") for line in lines
    )
    assert lines[-1] == "1 error, 2 warnings. Nothing was started."
    document = json.loads(syncd("-f", "json", "config", "validate", "--online").out)
    assert document["valid"] is False


def test_where_the_store_cannot_be_written_all_else_is_tested(
    troubled: Providers, syncd: Call
) -> None:
    """A source needs no room to be asked."""
    assert syncd("doctor", "github").code == 0
    with a_disk_that_takes(1000):
        done = syncd("-f", "json", "doctor")
        alone = syncd("doctor", "github")
    checks = json.loads(done.out)["checks"]
    stores = [check for check in checks if check["section"] == "store"]
    assert [check["mark"] for check in stores][:2] == ["failed", "ok"]
    assert stores[0]["fix"].startswith("df -")
    assert {"calendar", "github"} <= {one["section"] for one in checks if one["mark"] == "ok"}
    assert done.code != 0
    assert alone.code == 0


@pytest.mark.parametrize(("files", "room", "fix"), [(0, 9, "-i"), (0, 0, "-h"), (9, 0, "-h")])
def test_a_disk_without_inodes_is_told_by_them(
    troubled: Providers,
    syncd: Call,
    monkeypatch: pytest.MonkeyPatch,
    files: int,
    room: int,
    fix: str,
) -> None:
    """There may be room for bytes and none for one more file."""
    found = os.statvfs("/")
    left = {"f_favail": files, "f_bavail": room, "f_files": 100}
    names = [name for name in dir(found) if name.startswith("f_")]
    told = SimpleNamespace(**({name: getattr(found, name) for name in names} | left))

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "statvfs", lambda _: told)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    checks = json.loads(syncd("-f", "json", "doctor").out)["checks"]
    assert next(one["fix"][:5] for one in checks if one["mark"] == "failed") == f"df {fix}"
