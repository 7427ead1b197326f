"""The screens of experience.md §1.5, whole, at every width: what a reader sees of one Monday."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from checkout import NOW, checkout
from clock import stand
from providers import Call
from snapshots import WIDTHS, check_screen

SCREENS = {
    "reconcile": ("reconcile",),
    "explain": ("alerts", "explain", "D-1"),
    "notify": ("notify", "--dry-run"),
    "status": ("status",),
}
PROGRESS = re.compile(r"^\w+: (?:reading|\d+ items? read, .*)\n", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("checkout")).parent


@pytest.fixture(autouse=True)
def monday(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    stand(monkeypatch, NOW)


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen(syncd: Call, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    command = ("-c", "syncd.toml", *SCREENS[name])
    for width in WIDTHS:
        done = syncd("--width", str(width), *command)
        assert done.code == 0
        said = PROGRESS.sub("", done.err)
        check_screen(f"{name}-{width}", f"{done.out}--- stderr\n{said}", width=width)
        plain = done.out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = syncd("--width", "140", *command).out
    check_screen(f"{name}-140-colour", coloured, width=140)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain, "colour alone tells nothing"


def test_reconcile_and_the_list_of_alerts_are_of_one_severity(syncd: Call) -> None:
    def severities(key: str, *words: str) -> dict[str, str]:
        told = json.loads(syncd("-c", "syncd.toml", "-f", "json", *words).out)
        return {one["alert"]: one["severity"] for one in told[key]}

    listed = severities("alerts", "alerts", "list")
    assert severities("findings", "reconcile", "--offline") == listed


def test_a_file_that_is_away_ends_nothing_and_is_told(syncd: Call, folder: Path) -> None:
    (folder / "jira.csv").rename(folder / "jira.away")
    done = syncd("-c", "syncd.toml", "reconcile")
    now, then = (
        syncd("-c", "syncd.toml", "reconcile", *flags)
        for flags in (("--offline",), ("--as-of", f"{NOW - timedelta(days=3):%Y-%m-%d}"))
    )
    (folder / "jira.away").rename(folder / "jira.csv")
    assert syncd("-c", "syncd.toml", "reconcile").code == 0, (
        "the tests behind it need what it holds"
    )
    assert done.code == 3
    assert "D-1" in done.out
    assert "jira (jira.csv)" in done.out
    assert ("○ jira" in now.out, "○ jira" in then.out) == (True, False), "today's trouble"
    assert "No drift" not in now.out


def test_of_what_cannot_be_seen_no_day_is_foreseen(syncd: Call, folder: Path) -> None:
    held = (folder / "jira.csv").read_text()
    other = (
        "Laptops,OPS-1,99,Story,To Do,To Do,OPS,Dana Li,dli,2026-11-20 09:00,2026-11-20 09:00,,,"
    )
    (folder / "jira.csv").write_text(f"{held.splitlines()[0]}\n{other}\n")
    done = syncd("-c", "syncd.toml", "reconcile")
    now = syncd("-c", "syncd.toml", "reconcile", "--offline")
    (folder / "jira.csv").write_text(held)
    assert syncd("-c", "syncd.toml", "reconcile").code == 0, (
        "the tests behind it need what it holds"
    )
    assert "Launch: planned for Fri 11 Dec; no forecast can be made.\n" in done.out
    assert "Nothing can be said of 3 open alerts before the data is whole again" in now.out
    assert "No drift" not in now.out


def test_new_is_what_opened_since_the_working_day_before(syncd: Call) -> None:
    def shown(*flags: str) -> set[str]:
        told = json.loads(syncd("-c", "syncd.toml", "-f", "json", "reconcile", *flags).out)
        return {one["alert"] for one in told["findings"]}

    assert shown() == {"D-1", "D-2", "D-3"}
    assert shown("--new") == {"D-3"}
