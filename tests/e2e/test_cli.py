"""The installed command as a subprocess: streams, exit codes, start-up, secrets."""

import json
import logging
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import warm
from rich.cells import cell_len
from sections import OUTBOX

from syncd.interfaces import Budget, Page, Problem
from syncd.model.items import Phase
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing import builders

CANARY = "c4n4ry-of-the-command-line"
COMMANDS = (
    ("status",),
    ("alerts", "list"),
    ("alerts", "show", "D-1"),
    ("alerts", "explain", "D-1"),
    ("alerts", "explain", "--replay", "D-1"),
    ("alerts", "explain", "--as-of", "TODAY", "PAY-142"),
    ("alerts", "explain", "--why-not", "PAY-143", "all"),
    ("whatif", "--slip", "PAY-143=10d", "--done", "PAY-142"),
    ("reconcile", "--offline"),
    ("deliverables",),
    ("deliverables", "--suggest"),
    ("forecast",),
    ("forecast", "--calibration"),
    ("notify", "--dry-run"),
    ("rules", "list"),
    ("rules", "explain", "overdue"),
    ("rules", "test", "overdue", "--step", "60"),
    ("backtest", "--step", "60"),
    ("deps", "list"),
    ("deps", "suggest"),
    ("config", "show"),
    ("config", "where"),
    ("config", "validate"),
    ("doctor",),
)

CONFIG = """\
timezone = "Europe/Berlin"
[sources.jira]
kind = "file"
paths = ["jira.csv"]
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
lead = "dana"
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
operator = true
[alerts]
quiet_hours = false
"""
CONFIG += OUTBOX


def syncd(
    folder: Path, *arguments: str, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        clean.pop(name, None)
    return warm.syncd(*arguments, cwd=folder, env=clean | (env or {}), stdin=stdin)


class Answer(NamedTuple):
    """What a command that ran in this process gave."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Answer]]:
    """As `syncd` in a process of its own, but without its start."""
    from syncd.cli.entry import run_command

    before = (sys.excepthook, threading.excepthook, logging.getLogger().handlers[:])
    level = logging.getLogger().level

    def run(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Answer:
        monkeypatch.chdir(folder)
        for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = run_command(arguments)
        return Answer(code, *capsys.readouterr())

    yield run
    sys.excepthook, threading.excepthook, logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)


def issue(key: str, title: str, due: date) -> str:
    return (
        f'"{title}",{key},1{key[4:]},Story,In Progress,In Progress,PAY,'
        f"R. Osei,rosei,2026-01-05 09:00,2026-01-06 10:00,{due:%Y-%m-%d}\n"
    )


HEADER = (
    "Summary,Issue key,Issue id,Issue Type,Status,Status Category,Project key,"
    "Assignee,Assignee Id,Created,Updated,Due date\n"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration on an exported file, after one run."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "config").mkdir()
    (folder / "config" / "syncd.toml").write_text(CONFIG)
    today = date.today()
    (folder / "config" / "jira.csv").write_text(
        HEADER
        + issue("PAY-142", "Capture \x1b[31mpayments\x07 決済の取り込み", today - timedelta(days=9))
        + issue("PAY-143", "Refunds", today + timedelta(days=90))
    )
    done = syncd(folder, "run")
    assert done.returncode == 0, done.stderr
    assert "jira: 2 items read, 2 changed" in done.stderr
    assert "1 finding" in done.stdout
    return folder


def test_help_fits_sixty_columns_and_has_its_groups_in_order(tmp_path: Path) -> None:
    done = syncd(tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 60
    heads = [line for line in done.stdout.splitlines() if line and line[0] != " "]
    assert heads[3:] == [
        "Every day", "Plan", "Set up", "Run as a service", "More", "Flags, before or after the command",
    ]  # fmt: skip
    assert syncd(tmp_path, "-h").stdout == syncd(tmp_path).stdout == done.stdout


def test_every_command_of_the_help_has_a_help(tmp_path: Path) -> None:
    from syncd.cli.entry import run_command
    from syncd.cli.pages import GROUPS

    for _, commands in GROUPS:
        for name, _ in commands:
            assert run_command([name.split()[0], "--help"]) == 0


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["help", "exit-codes"]])
def test_help_and_version_import_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    script = (
        "import sys; from syncd.__main__ import main\n"
        f"sys.argv = ['syncd', *{arguments!r}]\n"
        "main(); print(chr(10).join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    heavy = {
        "jira", "github", "googleapiclient", "google", "sqlalchemy", "alembic", "pydantic",
        "pydantic_settings", "tenacity", "requests", "rich", "typer", "icalendar", "holidays",
        "rustworkx", "jinja2",
    }  # fmt: skip
    assert not loaded & heavy


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reconcil"], "No such command 'reconcil'. Did you mean 'reconcile'?"),
        (["reconcile", "--of-line"], "No such option: --of-line, did you mean --offline?"),
        (["reconcile", "--formt", "json"], "No such option: --formt, did you mean --format?"),
        (["alerts", "lst"], "No such command 'lst'. Did you mean 'list'?"),
        (
            ["help", "exits"],
            'there is no page "exits"; pages: environment, exit-codes, formats, rules',
        ),
        (["-f", "xml", "status"], '-f "xml" is not one of table, json, jsonl, md'),
        (["alerts", "show"], "Missing argument 'ID…'."),
    ],
)
def test_wrong_usage_names_the_nearest_and_ends_with_2(
    tmp_path: Path, arguments: list[str], words: str, call: Callable[..., Answer]
) -> None:
    done = call(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == words


def test_no_configuration(tmp_path: Path, call: Callable[..., Answer]) -> None:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}
    done = call(tmp_path, "reconcile", env=env)
    assert done.returncode == 5
    assert done.stderr == (
        "No configuration found (looked in ./config, ~/.config/syncd, /etc/syncd).\n"
        "  Try: syncd demo, or syncd init\n"
    )
    done = call(tmp_path, "-f", "json", "reconcile", env=env)
    assert json.loads(done.stderr)["code"] == 5
    assert done.stdout == ""


SPOILED = """\
timezone = "Europe/Berlim"
[sources.jira]
kind = "jira"
url = "https://jira.example.com"
projcts = ["PAY"]
[sources.github]
kind = "gihub"
[sources.calendar]
kind = "google_calendar"
calendars = ["a@example.com"]
credentials = "CANARY"
[people.dana]
name = "Dana"
team = "pay"
[rules.overdu]
enabled = false
"""


def test_a_spoiled_configuration(tmp_path: Path, call: Callable[..., Answer]) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text(SPOILED.replace("CANARY", CANARY))
    env = {"SYNCD_TIMEZNE": "UTC", "SYNCD_SOURCES__JIRA__TOKEN": CANARY}
    done = syncd(tmp_path, "config", "validate", env=env)
    assert done.returncode == 5
    assert (
        done.stdout
        == """\
config/syncd.toml:1:1  timezone: is not a time zone, did you mean "Europe/Berlin"?
     1 | timezone = "Europe/Berlim"
config/syncd.toml:5:1  sources.jira.projcts: unknown option, did you mean "projects"?
     5 | projcts = …
config/syncd.toml:7:1  sources.github.kind: there is no connector of kind "gihub"; known: file, github, google_calendar, ics, jira
     7 | kind = …
config/syncd.toml:11:1  sources.calendar.credentials: a credential does not belong into this file; write it to secrets/sources__calendar__credentials (mode 600) and take it out here
config/syncd.toml:12:2  people.dana.email: is required, since mail is how they are told
    12 | [people.dana]
config/syncd.toml:14:1  people.dana.team: there is no team "pay"
    14 | team = "pay"
config/syncd.toml:15:2  rules.overdu: there is no such rule, did you mean "overdue"?
    15 | [rules.overdu]
warning: config/syncd.toml:12:2: people: are told by mail, but there is no [mail] table
    12 | [people.dana]
warning: environment SYNCD_TIMEZNE: matches no option, did you mean SYNCD_TIMEZONE?
7 errors, 2 warnings. Nothing was started.
"""
    )
    started = call(tmp_path, "run", env=env)
    assert started.returncode == 5
    assert started.stderr == done.stdout
    assert not (tmp_path / "config" / "var").exists()
    for text in (done.stdout, done.stderr, started.stderr):
        assert CANARY not in text
    machine = json.loads(call(tmp_path, "-f", "json", "run", env=env).stderr)
    assert (machine["type"], machine["code"], len(machine["problems"])) == ("error", 5, 9)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_stdout_is_clean_json_or_fits_its_width(
    world: Path, command: tuple[str, ...], call: Callable[..., Answer]
) -> None:
    # Its day would be another one for a worker that is started after midnight.
    command = tuple(f"{date.today()}" if word == "TODAY" else word for word in command)
    done = call(world, "-f", "json", *command)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"].startswith("syncd/")
    assert "\x1b" not in done.stdout
    wide = ("config",)
    for width in (60, 80) if command[0] not in wide else ():
        text = call(world, *command, env={"COLUMNS": str(width)}).stdout
        assert text
        assert max(cell_len(line) for line in text.splitlines()) <= width, text
        assert "\x1b" not in text
        assert "\x07" not in text


def test_reconcile_names_the_alert_and_its_facts(world: Path, call: Callable[..., Answer]) -> None:
    document = json.loads(call(world, "-f", "json", "reconcile", "--offline").stdout)
    assert document["schema"] == "syncd/reconcile/1"
    (finding,) = document["findings"]
    assert (finding["alert"], finding["rule"], finding["teams"]) == ("D-1", "overdue", ["payments"])
    lines = call(world, "-f", "jsonl", "reconcile", "--offline").stdout.splitlines()
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds[:3] == ["reconcile", "scope", "finding"]
    table = call(world, "reconcile", "--offline").stdout
    assert re.search(r"^▲  D-1  Capture payments 決済の取り込み", table, re.MULTILINE)
    assert "| ▲ late | D-1 |" in call(world, "-f", "md", "reconcile", "--offline").stdout


def test_fail_on(world: Path, call: Callable[..., Answer]) -> None:
    assert call(world, "reconcile", "--offline", "--fail-on", "low").returncode == 10
    assert call(world, "reconcile", "--offline", "--fail-on", "critical").returncode == 0
    assert call(world, "reconcile", "--offline", "--team", "payments").returncode == 0
    wrong = call(world, "reconcile", "--offline", "--team", "paymnts")
    assert wrong.returncode == 2
    assert 'there is no team "paymnts", did you mean "payments"?' in wrong.stderr


def test_a_past_day_is_judged_as_it_was(world: Path, call: Callable[..., Answer]) -> None:
    past = date.today() - timedelta(days=30)
    done = call(world, "-f", "json", "reconcile", "--as-of", past.isoformat())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] == []
    assert call(world, "reconcile", "--as-of", "yesterday").returncode == 2
    early = call(world, "reconcile", "--as-of", "2020-02-03")
    assert "Nothing is known of Mon 3 Feb 2020: no source told of an item." in early.stdout
    later = (date.today() + timedelta(days=3)).isoformat()
    done = call(world, "reconcile", "--as-of", later)
    assert done.returncode == 2
    assert f'--as-of "{later}" is still to come' in done.stderr


def test_offline_says_how_old_the_data_is(world: Path, call: Callable[..., Answer]) -> None:
    text = call(world, "reconcile", "--offline").stdout
    assert re.search(r"^Data: jira (under 1 min|\d+ min) old\.$", text, re.MULTILINE)


def test_alerts_name_owners_and_refuse_unknown_teams(
    world: Path, call: Callable[..., Answer]
) -> None:
    assert "R. Osei" in call(world, "--width", "120", "alerts", "list").stdout
    assert "| ▲ late | D-1 |" in call(world, "-f", "md", "alerts", "list").stdout
    wrong = call(world, "alerts", "list", "--team", "paymnts")
    assert wrong.returncode == 2
    assert 'there is no team "paymnts", did you mean "payments"?' in wrong.stderr


def test_a_configuration_without_sources_is_not_called_free_of_drift(
    tmp_path: Path, call: Callable[..., Answer]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text('timezone = "UTC"\n')
    done = call(tmp_path, "reconcile")
    assert "No source is configured, so there is nothing to compare" in done.stdout
    assert "sources: none is configured, so nothing is watched" in done.stderr
    done = call(tmp_path, "doctor")
    assert "can be read as a whole, " in done.stdout
    assert "Neither a source nor mail is configured" in done.stdout
    assert "Everything works" not in done.stdout


def test_a_preview_does_not_take_the_time_since_the_last_run_for_an_outage(
    world: Path, call: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncd.cli import notify

    later = datetime.now(UTC) + timedelta(hours=9)
    monkeypatch.setattr(notify, "now", lambda: later)
    assert "[syncd]" not in call(world, "notify", "--dry-run").stdout


def test_status_says_what_to_do_when_nothing_has_run_for_long(
    world: Path, call: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncd.cli import status

    fresh = call(world, "status")
    assert "due since" not in fresh.stdout
    assert "Nothing keeps them fresh" not in fresh.stderr
    later = datetime.now(UTC) + timedelta(hours=9)
    monkeypatch.setattr(status, "now", lambda: later)
    done = call(world, "status")
    assert "due since " in done.stdout
    assert "◆ stale" in done.stdout
    assert "Nothing keeps them fresh: start syncd serve or a timer" in done.stderr


def test_status_shows_the_rate_budget_and_what_is_kept_aside(
    tmp_path: Path, call: Callable[..., Answer]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text(CONFIG)
    current = datetime.now(UTC)
    broken = tuple(Problem(native_id=f"{n}", reason=f"PAY-{n}: duedate\x1b") for n in range(5))
    with closing(open_store(f"sqlite:///{tmp_path}/config/var/syncd.db", now=current)) as store:
        store.commit(Scope("jira", "PAY"), Page(problems=broken, last=True, cursor="c"), current)
        budget = Budget(remaining=4870, limit=5000, reset_at=current + timedelta(minutes=20))
        store.note_budget("jira", budget, current)
    done = call(tmp_path, "status", env={"COLUMNS": "120"})
    assert "4 870 of 5 000" in done.stdout
    assert "kept aside: jira:PAY PAY-0: duedate" in done.stdout
    assert "and 2 more: syncd status -f json" in done.stdout
    assert "\x1b" not in done.stdout
    (source,) = json.loads(call(tmp_path, "-f", "json", "status").stdout)["sources"]
    assert (source["budget"]["remaining"], len(source["kept_aside"])) == (4870, 5)


def test_status_says_where_issues_went_that_nobody_reads(
    tmp_path: Path, call: Callable[..., Answer]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text(CONFIG)
    current, pay = datetime.now(UTC), Scope("jira", "PAY")
    moved, done = builders.issue("OPS-7"), builders.issue("OPS-8", phase=Phase.DONE)
    with closing(open_store(f"sqlite:///{tmp_path}/config/var/syncd.db", now=current)) as store:
        page = Page(items=(builders.issue("PAY-1"), moved, done), last=True, cursor="c")
        store.commit(pay, page, current)
        assert store.strays() == {Scope("jira", "OPS"): 1}
    for command in ("status", "doctor"):
        told = " ".join(call(tmp_path, command).stdout.split())
        assert "1 open issue moved to OPS, which is not read" in told
        assert "add it to sources.jira.projects" in told
    with closing(open_store(f"sqlite:///{tmp_path}/config/var/syncd.db", now=current)) as store:
        store.commit(
            Scope("jira", "OPS"), Page(items=(moved, done), last=True, cursor="c"), current
        )
        assert store.strays() == {}


def test_status_says_since_when_nobody_looked_for_what_was_deleted(
    tmp_path: Path, call: Callable[..., Answer]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text(CONFIG)
    before = datetime.now(UTC) - timedelta(days=3, hours=1)
    scope = Scope("jira", "PAY")
    with closing(open_store(f"sqlite:///{tmp_path}/config/var/syncd.db", now=before)) as store:
        store.commit(scope, Page(last=True, listing=True, cursor="c"), before)
        store.commit(scope, Page(last=True, cursor="c"), datetime.now(UTC))
    done = call(tmp_path, "status")
    assert "jira: what was deleted was last looked for 3 days ago." in done.stderr


def test_colour_only_where_it_is_wanted(world: Path, call: Callable[..., Answer]) -> None:
    plain = call(world, "reconcile", "--offline")
    assert "\x1b" not in plain.stdout + plain.stderr
    forced = call(world, "reconcile", "--offline", env={"FORCE_COLOR": "1"})
    assert "\x1b[31m▲" in forced.stdout
    both = {"FORCE_COLOR": "1", "TERM": "dumb"}
    assert "\x1b" not in call(world, "reconcile", "--offline", env=both).stdout


@pytest.mark.parametrize("command", ["-f json reconcile --offline", "rules list", "config schema"])
def test_a_closed_pipe_is_no_error(world: Path, command: str) -> None:
    command = f"{sys.executable} -m syncd {command} | head -c 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=world, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.returncode == 0


def test_nothing_read_yet(tmp_path: Path, call: Callable[..., Answer]) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text(CONFIG)
    done = call(tmp_path, "status")
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing was read yet: there is no store at ")
    assert done.stderr.endswith("\n  syncd sync\n")


def test_a_source_that_fails_makes_the_run_partly_done(world: Path, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text(CONFIG)
    done = syncd(tmp_path, "-f", "json", "sync")
    assert done.returncode == 3
    (source,) = json.loads(done.stdout)["sources"]
    assert source["failures"][0]["code"] == 3
    assert "jira: failed after 0 items: no file at jira.csv" in done.stderr
    assert syncd(tmp_path, "doctor").returncode == 3


@contextmanager
def serving(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "syncd", "serve"], cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "cycle.done" in line:
                break
        yield process
        process.kill()


def test_busy_and_terminated(world: Path) -> None:
    with serving(world) as process:
        busy = syncd(world, "run")
        assert busy.returncode == 6
        assert str(process.pid) in busy.stderr
        assert syncd(world, "reconcile", "--offline").returncode == 0
        assert syncd(world, "status").returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 143


def test_a_bug_is_a_sentence_with_a_log_and_a_traceback_only_when_asked(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom syncd.cli import entry, pages\nfrom syncd.redaction import SECRETS\n"
        f"SECRETS.add({CANARY!r})\n"
        f"def bug(*_): raise ZeroDivisionError({CANARY!r})\n"
        "pages.at_once = bug\nsys.exit(entry.run_command(sys.argv[1:]))"
    )
    env = os.environ | {"TMPDIR": str(tmp_path)}
    run: Any = lambda *flags: subprocess.run(  # noqa: E731
        [sys.executable, "-c", script, *flags], capture_output=True, text=True, env=env, check=False
    )
    done = run("status")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Something unexpected happened (ZeroDivisionError)")
    (log,) = tmp_path.glob("syncd-*.log")
    assert str(log) in done.stderr
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "Traceback" in log.read_text()
    loud = run("-v", "status")
    assert "Traceback" in loud.stderr
    for text in (done.stderr, loud.stderr, log.read_text()):
        assert CANARY not in text


def test_what_to_type_next_is_for_the_configuration_that_was_named(
    tmp_path: Path, call: Callable[..., Answer]
) -> None:
    (tmp_path / "plan.toml").write_text(CONFIG)
    nothing = call(tmp_path, "-c", "plan.toml", "reconcile", "--offline")
    assert "  syncd -c plan.toml sync\n" in nothing.stderr
    usage = call(tmp_path, "-c", "plan.toml", "alerts", "explain")
    assert "see: syncd -c plan.toml alerts list" in usage.stderr
