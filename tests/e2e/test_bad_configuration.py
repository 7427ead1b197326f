"""Spoiled configurations through the installed command: the exact words, and the exit code.

The places and words of single keys are in tests/unit/settings/test_mistakes.py; here stands what an
operator does wrong as a whole (reliability.md §3.4, C1 to C5).
"""

import os
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from test_cli import syncd

CANARY = "c4n4ry-of-a-bad-file"
JIRA = """\
[sources.jira]
kind = "jira"
url = "http://127.0.0.1:{port}"
projects = ["PAY"]
"""
QUIET = """\
[mail]
from = "syncd@example.com"
to_outbox = true
"""
TOKEN = "config/secrets/sources__jira__token"


@dataclass
class Spoiled:
    """A configuration and what is said of it."""

    text: str
    said: str
    code: int = 5
    env: dict[str, str] = field(default_factory=dict)
    spoil: Callable[[Path], object] = lambda folder: None


def secret(text: str, *, mode: int = 0o600, name: str = TOKEN) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    return write


def pipe(folder: Path) -> None:
    (folder / TOKEN).parent.mkdir(parents=True)
    os.mkfifo(folder / TOKEN)


CASES = {
    "C1 bad TOML": Spoiled(
        "[schedule]\nevery = 15m\n",
        """\
config/syncd.toml:2:11  is not valid TOML: expected newline or end of document after a statement
     2 | every = 15m
1 error. Nothing was started.
""",
    ),
    "C1 unknown key, wrong type, missing table": Spoiled(
        'timezne = "UTC"\n[alerts]\ndigest = "long"\n'
        + JIRA
        + '[people.dana]\nname = "Dana"\nemail = "dana@example.com"\nteam = "pay"\n'
        + QUIET,
        """\
config/syncd.toml:1:1  timezne: unknown option, did you mean "timezone"?
     1 | timezne = "UTC"
config/syncd.toml:3:1  alerts.digest: must be true or false
     3 | digest = "long"
config/syncd.toml:4:2  sources.jira.token: is required; write it to secrets/sources__jira__token (mode 600), or set token_command
config/syncd.toml:11:1  people.dana.team: there is no team "pay"
    11 | team = "pay"
4 errors. Nothing was started.
""",
    ),
    "C1 duplicate team": Spoiled(
        '[teams.pay]\nname = "Pay"\n[teams.pay]\nname = "Pay again"\n',
        """\
config/syncd.toml:3:11  is not valid TOML: cannot declare ('teams', 'pay') twice
     3 | [teams.pay]
1 error. Nothing was started.
""",
    ),
    "C1 included files that are not there": Spoiled(
        'include = ["people.toml", "programs/*.toml", "/etc/teams.toml"]\n',
        """\
config/syncd.toml:1:12  include.0: there is no file "people.toml"
     1 | include = ["people.toml", "programs/*.toml", "/etc/teams.toml"]
config/syncd.toml:1:46  include.2: must be relative to this file
     1 | include = ["people.toml", "programs/*.toml", "/etc/teams.toml"]
warning: config/syncd.toml:1:1: sources: none is configured, so nothing is watched
2 errors, 1 warning. Nothing was started.
""",
    ),
    "C2 secret file missing": Spoiled(
        JIRA,
        """\
config/syncd.toml:1:2  sources.jira.token: is required; write it to secrets/sources__jira__token (mode 600), or set token_command
1 error. Nothing was started.
""",
    ),
    "C2 secret file unreadable": Spoiled(
        JIRA,
        """\
secret config/secrets/sources__jira__token: sources.jira.token: cannot be read: Permission denied
1 error. Nothing was started.
""",
        spoil=secret(CANARY, mode=0),
    ),
    "C2 secret file empty": Spoiled(
        JIRA,
        """\
secret config/secrets/sources__jira__token: sources.jira.token: is empty
1 error. Nothing was started.
""",
        spoil=secret("\n"),
    ),
    "C2 secret file with a line too many": Spoiled(
        JIRA,
        """\
secret config/secrets/sources__jira__token: sources.jira.token: holds a blank or a character that no token has: copy it again
1 error. Nothing was started.
""",
        spoil=secret(f"{CANARY}\n{CANARY}\n"),
    ),
    "C2 secret file too open": Spoiled(
        JIRA,
        """\
warning: secret config/secrets/sources__jira__token: sources.jira.token: mode 0644 lets others read it; run: chmod 600 config/secrets/sources__jira__token
config/syncd.toml: 1 warning.
""",
        code=0,
        spoil=secret(f"{CANARY}\n", mode=0o644),
    ),
    "C2 a folder": Spoiled(
        JIRA,
        """\
secret config/secrets/sources__jira__token: sources.jira.token: is a folder where a file should be
1 error. Nothing was started.
""",
        spoil=lambda folder: (folder / TOKEN).mkdir(parents=True),
    ),
    "C2 a pipe": Spoiled(
        JIRA,
        """\
secret config/secrets/sources__jira__token: sources.jira.token: cannot be read: is not a plain file
1 error. Nothing was started.
""",
        spoil=pipe,
    ),
    "C3 token in TOML": Spoiled(
        JIRA + f'token = "{CANARY}"\n',
        """\
config/syncd.toml:5:1  sources.jira.token: a credential does not belong into this file; write it to secrets/sources__jira__token (mode 600) and take it out here
1 error. Nothing was started.
""",
    ),
    "C3 password in an address": Spoiled(
        JIRA.replace("127.0.0.1:{port}", f"me:{CANARY}@jira.example.com"),
        """\
config/syncd.toml:3:1  sources.jira.url: a credential does not belong into this file; write it to secrets/sources__jira__url (mode 600) and take it out here
1 error. Nothing was started.
""",
        spoil=secret(f"{CANARY}-too\n"),
    ),
    "C3 password in an address of the environment": Spoiled(
        JIRA,
        """\
environment SYNCD_SOURCES__JIRA__URL: sources.jira.url: holds a user name or password; put the credential in token
1 error. Nothing was started.
""",
        env={"SYNCD_SOURCES__JIRA__URL": f"https://me:{CANARY}@jira.example.com"},
        spoil=secret(f"{CANARY}-too\n"),
    ),
    "C4 wrong zone, impossible hours, no such holidays": Spoiled(
        'timezone = "Europe/Berlim"\ncalendar = "XX"\n'
        + JIRA
        + '[people.dana]\nname = "Dana"\nemail = "dana@example.com"\nquiet = "18:00-18:00"\n'
        '[people.eva]\nname = "Eva"\nemail = "eva@example.com"\nquiet = "18:00-25:00"\n'
        '[calendars.own]\ndays_off = ["2026-02-30"]\n' + QUIET,
        """\
config/syncd.toml:1:1  timezone: is not a time zone, did you mean "Europe/Berlin"?
     1 | timezone = "Europe/Berlim"
config/syncd.toml:2:1  calendar: no holidays are known for the country "XX", and no table [calendars.XX]
     2 | calendar = "XX"
config/syncd.toml:10:1  people.dana.quiet: starts and ends at the same time; write none for no quiet hours
    10 | quiet = "18:00-18:00"
config/syncd.toml:14:1  people.eva.quiet: is not a span of hours such as "18:00-09:00"
    14 | quiet = "18:00-25:00"
config/syncd.toml:16:13  calendars.own.days_off.0: must be a date such as 2026-12-24
    16 | days_off = ["2026-02-30"]
5 errors. Nothing was started.
""",
        spoil=secret(f"{CANARY}\n"),
    ),
    "C5 a circle": Spoiled(
        JIRA + '[mapped_repos]\n"jira:PAY" = "jira:LED"\n"jira:LED" = "jira:PAY"\n',
        """\
config/syncd.toml:6:1  mapped_repos.jira:PAY: goes round in a circle: jira:PAY → jira:LED → jira:PAY
     6 | "jira:PAY" = "jira:LED"
1 error. Nothing was started.
""",
        spoil=secret(f"{CANARY}\n"),
    ),
    "C5 person without address": Spoiled(
        JIRA + '[people.dana]\nname = "Dana"\n[people.eva]\nname = "Eva"\nemail = "eva"\n' + QUIET,
        """\
config/syncd.toml:5:2  people.dana.email: is required, since mail is how they are told
     5 | [people.dana]
config/syncd.toml:9:1  people.eva.email: is not a mail address such as dana@example.com
     9 | email = "eva"
2 errors. Nothing was started.
""",
        spoil=secret(f"{CANARY}\n"),
    ),
    "C5 a route to nobody": Spoiled(
        JIRA + '[teams.pay]\nowns = ["jira:PAY"]\n[programs.checkout]\nteams = ["pay"]\n',
        """\
warning: config/syncd.toml:5:2: teams.pay: nobody is told of its drift
     5 | [teams.pay]
warning: config/syncd.toml:7:2: programs.checkout: nobody is told of its drift
     7 | [programs.checkout]
config/syncd.toml: 2 warnings.
""",
        code=0,
        spoil=secret(f"{CANARY}\n"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_of_a_spoiled_configuration(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    if "unreadable" in name and os.geteuid() == 0:
        pytest.skip("root reads every file: run the tests as a plain user")
    write(tmp_path, case, port=9)
    done = syncd(tmp_path, "config", "validate", env=case.env)
    assert done.stdout == case.said
    assert (done.returncode, done.stderr) == (case.code, "")


@pytest.mark.parametrize("name", ["C2 a folder", "C3 token in TOML", "C5 person without address"])
def test_nothing_is_contacted_nor_written(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    with socket.create_server(("127.0.0.1", 0)) as provider:
        provider.setblocking(False)
        write(tmp_path, case, port=provider.getsockname()[1])
        done = syncd(tmp_path, "run", env=case.env)
        with pytest.raises(BlockingIOError):
            provider.accept()
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == case.said
    assert CANARY not in done.stderr
    assert not (tmp_path / "config" / "var").exists()


def test_secrets_that_systemd_hands_over(tmp_path: Path) -> None:
    case = CASES["C2 secret file missing"]
    write(tmp_path, case, port=9)
    secret(f"{CANARY}\n", name="given/sources__jira__token", mode=0o440)(tmp_path)
    secret(f"{CANARY}-beside\n")(tmp_path)
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path / "given")}
    done = syncd(tmp_path, "config", "show", env=env)
    assert done.returncode == 0, done.stderr
    assert "sources.jira.token = ******  (secret given/sources__jira__token)" in done.stdout
    assert CANARY not in done.stdout
    assert "given" in syncd(tmp_path, "config", "where", env=env).stdout
    assert stat.S_IMODE((tmp_path / "given" / "sources__jira__token").stat().st_mode) == 0o440


def write(folder: Path, case: Spoiled, *, port: int) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "syncd.toml").write_text(case.text.replace("{port}", str(port)))
    case.spoil(folder)
