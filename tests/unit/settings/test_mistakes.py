# ruff: noqa: ISC004 - the expected lines read best one below the other
"""A table of spoiled configurations: the exact words, with line and column."""

import contextlib
from pathlib import Path

import pytest

from syncd import plugins
from syncd.cli.failures import problems_text
from syncd.errors import ConfigError
from syncd.settings import load

GOOD = """\
[sources.cal]
kind = "google_calendar"
calendars = ["a@example.com"]
[teams.pay]
owns = ["cal:a@example.com"]
lead = "dana"
[people.dana]
name = "Dana"
email = "dana@example.com"
[mail]
from = "syncd@example.com"
to_outbox = true
"""

CASES = {
    "unknown key": (
        "timezne = 'UTC'",
        'syncd.toml:13:1  timezne: unknown option, did you mean "timezone"?\n'
        "    13 | timezne = 'UTC'",
    ),
    "unknown key in a table": (
        "[schedule]\nevry = 40",
        'syncd.toml:14:1  schedule.evry: unknown option, did you mean "every"?\n    14 | evry = 40',
    ),
    "unknown key of a plug-in": (
        '[sources.two]\nkind = "google_calendar"\ncalendas = ["b@example.com"]',
        'syncd.toml:15:1  sources.two.calendas: unknown option, did you mean "calendars"?\n'
        "    15 | calendas = …",
    ),
    "wrong type": (
        '[alerts]\ndigest = "long"',
        'syncd.toml:14:1  alerts.digest: must be true or false\n    14 | digest = "long"',
    ),
    "bad zone": (
        "timezone = 'Europe/Berlim'",
        'syncd.toml:13:1  timezone: is not a time zone, did you mean "Europe/Berlin"?\n'
        "    13 | timezone = 'Europe/Berlim'",
    ),
    "bad word": (
        '[people.eva]\nname = "Eva"\nemail = "eva@example.com"\nrole = "engneer"',
        'syncd.toml:16:1  people.eva.role: "engneer" is not one of tpm, lead, engineer, exec, '
        'did you mean "engineer"?\n    16 | role = "engneer"',
    ),
    "bad time of a brief": (
        '[people.eva]\nname = "Eva"\nemail = "eva@example.com"\nbrief = "Fry 15:00"',
        'syncd.toml:16:1  people.eva.brief: is not a time such as "08:30" or "Fri 15:00"\n'
        '    16 | brief = "Fry 15:00"',
    ),
    "unknown team of a meeting": (
        '[meetings.daily]\nmatch = "cal:summary~\'daily\'"\nteams = ["pey"]',
        'syncd.toml:15:1  meetings.daily.teams: there is no team "pey", did you mean "pay"?\n'
        '    15 | teams = ["pey"]',
    ),
    "bad duration": (
        '[schedule]\nevery = "15"',
        'syncd.toml:14:1  schedule.every: is not a duration such as "30s", "15m", "1h" or "1d"\n'
        '    14 | every = "15"',
    ),
    "no duration": (
        '[schedule]\nevery = "0m"',
        'syncd.toml:14:1  schedule.every: must be more than nothing\n    14 | every = "0m"',
    ),
    "in an inline table": (
        '[people.eva]\nname = "Eva"\nemail = "eva@example.com"\n'
        'drift = { mode = "digest", at = ["11:00", "25:00"] }',
        'syncd.toml:16:43  people.eva.drift.at.1: is not a time of day such as "08:30"\n'
        '    16 | drift = { mode = "digest", at = ["11:00", "25:00"] }',
    ),
    "person without address": (
        '[people.eva]\nname = "Eva"',
        "syncd.toml:13:2  people.eva.email: is required, since mail is how they are told\n"
        "    13 | [people.eva]",
    ),
    "address of a chat room": (
        '[notifiers.room]\nkind = "chat"\nsecret_url = "mmosts://chat.example.com/hooks"',
        "syncd.toml:15:1  notifiers.room.secret_url: a credential does not belong into this file; "
        "write it to secrets/notifiers__room__secret_url (mode 600) and take it out here",
    ),
    "address of a chat room under another name": (
        '[notifiers.room]\nkind = "chat"\nurl = "mmosts://chat.example.com/hooks"',
        "syncd.toml:13:2  notifiers.room.secret_url: is required; write it to "
        "secrets/notifiers__room__secret_url (mode 600), or set secret_url_command\n"
        "syncd.toml:15:1  notifiers.room.url: unknown option",
    ),
    "two keys for one": (
        '[people.eva]\nname = "Eva"\nemial = "eva@example.com"',
        "syncd.toml:13:2  people.eva.email: is required, since mail is how they are told\n"
        "    13 | [people.eva]\n"
        'syncd.toml:15:1  people.eva.emial: unknown option, did you mean "email"?\n'
        '    15 | emial = "eva@example.com"',
    ),
    "unknown team": (
        '[people.eva]\nname = "Eva"\nemail = "eva@example.com"\nteam = "pai"',
        'syncd.toml:16:1  people.eva.team: there is no team "pai", did you mean "pay"?\n'
        '    16 | team = "pai"',
    ),
    "unknown person and program": (
        '[programs.x]\nteams = ["pay"]\nstakeholders = { tpm = ["dna"] }\n'
        '[people.eva]\nname = "Eva"\nemail = "eva@example.com"\nprograms = ["y"]',
        'syncd.toml:15:18  programs.x.stakeholders.tpm: there is no person "dna", '
        'did you mean "dana"?\n    15 | stakeholders = { tpm = ["dna"] }\n'
        'syncd.toml:19:1  people.eva.programs: there is no program "y"; known: x\n'
        '    19 | programs = ["y"]',
    ),
    "a former name that is a table": (
        '[deliverables.new]\nformerly = "old"\n[deliverables.old]',
        'syncd.toml:14:1  deliverables.new.formerly: "old" is a deliverable of its own; one of '
        'them had another name\n    14 | formerly = "old"',
    ),
    "a former name of two": (
        '[deliverables.one]\nformerly = "old"\n[deliverables.two]\nformerly = "old"',
        'syncd.toml:16:1  deliverables.two.formerly: "old" is what "one" was; one of them had '
        'another name\n    16 | formerly = "old"',
    ),
    "unknown source": (
        '[teams.led]\nlead = "dana"\nowns = ["jira:LED", "LED"]',
        'syncd.toml:15:9  teams.led.owns.0: there is no source "jira"; known: cal\n'
        '    15 | owns = ["jira:LED", "LED"]\n'
        'syncd.toml:15:21  teams.led.owns.1: "LED" is not written as source:what, '
        'such as "jira:PAY"\n    15 | owns = ["jira:LED", "LED"]',
    ),
    "owned twice": (
        '[teams.led]\nlead = "dana"\nowns = ["cal:a@example.com"]',
        'syncd.toml:15:9  teams.led.owns.0: "cal:a@example.com" belongs to the team "pay" too\n'
        '    15 | owns = ["cal:a@example.com"]',
    ),
    "owned by what no item has": (
        '[teams.led]\nlead = "dana"\nowns = ["cal:labels=ledger", "cal:a/label=ledger"]',
        'syncd.toml:15:9  teams.led.owns.0: "labels" is neither component nor label\n'
        '    15 | owns = ["cal:labels=ledger", "cal:a/label=ledger"]',
    ),
    "items that no selector names": (
        '[deliverables.x]\nmatch = ["cal:label=launch", "cal:summary~launch"]\n'
        '[meetings.y]\nmatch = "cal:titel=review"',
        'syncd.toml:14:10  deliverables.x.match.0: "cal:label=launch" names no items; write it as '
        "one of jira:fixVersion=NAME, jira:epic=KEY, jira:KEY-1, github:milestone=NAME, "
        "calendar:summary~'WORDS'\n"
        '    14 | match = ["cal:label=launch", "cal:summary~launch"]\n'
        'syncd.toml:16:1  meetings.y.match: "cal:titel=review" names no items; write it as one of '
        "jira:fixVersion=NAME, jira:epic=KEY, jira:KEY-1, github:milestone=NAME, "
        "calendar:summary~'WORDS'\n"
        '    16 | match = "cal:titel=review"',
    ),
    "two people with one address": (
        '[people.eva]\nname = "Eva"\nemail = "Dana@Example.com"',
        'syncd.toml:15:1  people.eva.email: is that of "dana" too: both would be written to\n'
        '    15 | email = "Dana@Example.com"',
    ),
    "nested without end": (
        "x = " + "[" * 3000,
        "syncd.toml: is nested too deeply; a bracket may be missing",
    ),
    "a password in an address that mails show": (
        '[serve]\npublic_url = "https://dana:secret-word@syncd.example.com"',
        "syncd.toml:14:1  serve.public_url: holds a password, which every link in a mail would "
        "show: take it out\n"
        "syncd.toml:14:1  serve.public_url: is not a web address such as "
        "https://syncd.example.com",
    ),
    "unknown country": (
        'calendar = "XX"',
        'syncd.toml:13:1  calendar: no holidays are known for the country "XX", and no table '
        '[calendars.XX]\n    13 | calendar = "XX"',
    ),
    "impossible week": (
        '[calendars.none]\nweekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
        "syncd.toml:14:1  calendars.none.weekend: leaves no day to work\n"
        '    14 | weekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
    ),
    "unknown connector": (
        '[sources.two]\nkind = "gihub"\nrepos = ["a/b"]',
        'syncd.toml:14:1  sources.two.kind: there is no connector of kind "gihub"; known: '
        "file, github, google_calendar, ics, jira\n    14 | kind = …",
    ),
    "no kind": (
        "[sources.two]\nrepos = []",
        "syncd.toml:13:2  sources.two.kind: is required\n    13 | [sources.two]",
    ),
    "unknown rule": (
        "[rules.overdu]\nenabled = false",
        'syncd.toml:13:2  rules.overdu: there is no such rule, did you mean "overdue"?\n'
        "    13 | [rules.overdu]",
    ),
    "unknown parameter of a rule": (
        "[rules.date-moved]\nmin_move_d = 3",
        'syncd.toml:14:1  rules.date-moved.min_move_d: unknown option, did you mean "min_move_c"?\n'
        "    14 | min_move_d = 3",
    ),
    "wrong parameter of a rule": (
        '[rules.date-moved]\nmin_move_a = "much"\nseverity = "hihg"\nenabled = "perhaps"',
        "syncd.toml:14:1  rules.date-moved.min_move_a: must be a whole number\n"
        '    14 | min_move_a = "much"\n'
        "syncd.toml:15:1  rules.date-moved.severity: is not one of info, low, medium, high, "
        'critical, did you mean "high"?\n    15 | severity = "hihg"\n'
        "syncd.toml:16:1  rules.date-moved.enabled: must be true or false\n"
        '    16 | enabled = "perhaps"',
    ),
    "bad pattern": (
        "[events]\ngate = '('",
        "syncd.toml:14:1  events.gate: is not a regular expression: missing ), unterminated "
        "subpattern at position 0\n    14 | gate = '('",
    ),
    "bad name": (
        "[teams.Bad-Name]\nlead = 'dana'",
        "syncd.toml:13:2  teams.Bad-Name: is not a name: use small letters, digits and single "
        "underscores\n    13 | [teams.Bad-Name]",
    ),
    "not TOML": (
        "a = = 1",
        "syncd.toml:13:5  is not valid TOML: invalid value\n    13 | a = = 1",
    ),
    "table twice": (
        "[teams.pay]\nname = 'again'",
        "syncd.toml:13:11  is not valid TOML: cannot declare ('teams', 'pay') twice\n"
        "    13 | [teams.pay]",
    ),
    "not closed": (
        'x = "abc',
        "syncd.toml:13:9  is not valid TOML: illegal character '\\n'\n    13 | x = \"abc",
    ),
}


AT_TOP = ("unknown key", "bad zone", "unknown country")
"""Keys of no table must come before the tables."""


def problems_of(folder: Path, text: str, env: dict[str, str] | None = None) -> str:
    """What is said of this configuration, warnings left out."""
    (folder / "syncd.toml").write_text(text)
    with contextlib.chdir(folder), pytest.raises(ConfigError) as caught:
        load(Path("syncd.toml"), env or {}, catalog=plugins)
    assert caught.value.exit_code == 5
    return problems_text(problem for problem in caught.value.problems if not problem.warning)


@pytest.mark.parametrize("name", CASES)
def test_words_and_place_of_a_mistake(tmp_path: Path, name: str) -> None:
    extra, expected = CASES[name]
    if name in AT_TOP:
        found = problems_of(tmp_path, f"{extra}\n{GOOD}")
        expected = expected.replace("toml:13:", "toml:1:").replace("    13 |", "     1 |")
    else:
        found = problems_of(tmp_path, f"{GOOD}{extra}\n")
    assert found == expected


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    broken = [extra for name, (extra, _) in CASES.items() if name in TOGETHER]
    found = problems_of(tmp_path, GOOD + "\n".join(broken), {"SYNCD_TIMEZONE": "Mars"})
    wheres = [line for line in found.split("\n") if not line.startswith(" ")]
    numbers = [int(line.split(":")[1]) for line in wheres[:-1]]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(TOGETHER)
    assert wheres[-1] == "environment SYNCD_TIMEZONE: timezone: is not a time zone"


TOGETHER = ("wrong type", "bad duration", "bad word", "unknown rule", "bad pattern",
            "unknown connector")  # fmt: skip


def test_included_files_are_checked_with_their_own_places(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "a.toml").write_text("[programs.a]\nteam = ['pay']\n")
    (tmp_path / "programs" / "b.toml").write_text("\n[teams.pay]\nlead = 'dana'\n")
    (tmp_path / "programs" / "c.toml").write_text("include = ['x.toml']\n")
    assert problems_of(tmp_path, 'include = ["programs/*.toml"]\n' + GOOD).split("\n") == [
        'programs/a.toml:2:1  programs.a.team: unknown option, did you mean "teams"?',
        "     2 | team = ['pay']",
        "programs/b.toml:3:1  teams.pay.lead: is set twice, first at syncd.toml:7:1",
        "     3 | lead = 'dana'",
        "programs/c.toml:1:1  include: only the main file can include others",
        "     1 | include = ['x.toml']",
    ]


CANARY = "c4n4ry-7d1f-s3cret"

LEAKS = {
    "token": f'[sources.two]\nkind = "jira"\ntoken = "{CANARY}"',
    "token of a wrong type": f'[sources.two]\nkind = "jira"\ntoken = ["{CANARY}"]',
    "token in a table without a kind": f'[sources.two]\ntoken = "{CANARY}"',
    "inline": f'[sources.two]\nkind = "jira"\nx = {{ password = "{CANARY}", yy = 3 }}',
    "private key": f'[sources.two]\nkind = "github"\nprivate_key = """\n{CANARY}\n"""',
    "address": f'[sources.two]\nkind = "jira"\nurl = "https://me:{CANARY}@jira.example.com"',
    "store": f'[store]\nurl = "postgresql://me:{CANARY}@db/syncd"',
    "GitHub token under any key": f'[sources.two]\nkind = "github"\nnote = "ghp_{"a1" * 15}"',
    "syntax": f"[sources.two]\ntoken = {CANARY}",
    "in a list of others": f'[sources.two]\nkind = "jira"\na = ["x", "https://a:{CANARY}@b/"]',
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_credential_in_a_file_is_refused_and_not_repeated(tmp_path: Path, name: str) -> None:
    found = problems_of(tmp_path, f"{GOOD}{LEAKS[name]}\n")
    assert CANARY not in found
    assert "a1a1a1" not in found
    assert name == "syntax" or "a credential does not belong into this file" in found


ADDRESS = f"https://cal.example.com/{CANARY}/basic.ics"
MISPLACED = {
    "misspelt key": f'[sources.two]\nkind = "jira"\ntokn = "{CANARY}"',
    "misspelt key, inline": f'[sources]\ntwo = {{ kind = "jira", tokn = "{CANARY}" }}',
    "misspelt key, dotted": f'sources.two.kind = "jira"\nsources.two.tokn = "{CANARY}"',
    "misspelt table": f'[sources.two]\nkind = "ics"\n[sources.two.calendar]\nx = "{ADDRESS}"',
    "no table": f'[sources.two]\nkind = "ics"\ncalendars = ["x",\n"{ADDRESS}"]',
    "swapped": f'[sources.two]\nkind = "ics"\n[sources.two.calendars]\n"{ADDRESS}" = "x"',
    "swapped, a number": f'[sources.two]\nkind = "ics"\ncalendars = {{ "{ADDRESS}" = 1 }}',
    "name of the source": f'[sources."{ADDRESS}"]\nkind = "ics"',
    "not ended": f'[sources.two]\nkind = "jira"\ntokn = "{CANARY}',
    "not ended, in a list": f'[sources.two]\nx = [\n["b"],\n"{CANARY}',
    "twice": f'[sources.two.calendars]\n"{ADDRESS}" = "x"\n"{ADDRESS}" = "y"',
}


@pytest.mark.parametrize("name", MISPLACED)
def test_what_stands_in_a_source_is_not_repeated(tmp_path: Path, name: str) -> None:
    text = MISPLACED[name]
    whole = f"{text}\n{GOOD}" if text.startswith("sources.") else f"{GOOD}{text}\n"
    found = problems_of(tmp_path, whole)
    assert "syncd.toml:" in found
    assert CANARY not in found


def test_a_secret_of_the_wrong_form_is_not_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in ("sources__cal__credentials", "sources__cal__history_days"):
        (folder / name).write_text(CANARY)
        (folder / name).chmod(0o600)
    env = {"SYNCD_SOURCES__CAL__HORIZON_DAYS": CANARY, "SYNCD_TEAMS__PAY__TIMEZONE": CANARY}
    found = problems_of(tmp_path, GOOD, env)
    assert CANARY not in found
    assert "sources.cal.credentials: is not JSON" in found
    assert (
        "environment SYNCD_SOURCES__CAL__HORIZON_DAYS: sources.cal.horizon_days: must be" in found
    )


def test_secrets_are_named_when_they_cannot_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    (folder / "sources" / "cal").mkdir(parents=True)
    (folder / "sources" / "cal" / "credentials").write_text("\n")
    (folder / "sources__cal__url").write_bytes(b"\xff\xfe")
    (folder / "mail__from").symlink_to(tmp_path / "nowhere")
    found = problems_of(tmp_path, GOOD)
    assert found.split("\n") == [
        "secret secrets/mail__from: mail.from: cannot be read: No such file or directory",
        "secret secrets/sources/cal/credentials: sources.cal.credentials: is empty",
        "secret secrets/sources__cal__url: sources.cal.url: is not UTF-8 text",
    ]


def test_another_database_is_refused_before_anything_is_opened(tmp_path):
    path = tmp_path / "syncd.toml"
    path.write_text('[store]\nurl = "postgres://db/syncd"\n')
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    (problem,) = [each for each in caught.value.problems if not each.warning]
    assert problem.path == "store.url"
    assert problem.where.endswith("syncd.toml:2:1")
    assert problem.message == 'no driver for "postgres://", write "postgresql+psycopg://"'


def test_a_refused_store_address_repeats_no_password(tmp_path):
    path = tmp_path / "syncd.toml"
    path.write_text("")
    with pytest.raises(ConfigError) as caught:
        load(path, {"SYNCD_STORE__URL": "postgresql://me:c4n4ry@db/syncd"})
    assert "c4n4ry" not in f"{caught.value} {caught.value.problems}"


def test_a_path_that_cannot_be_looked_at_is_a_mistake_in_the_configuration(tmp_path):
    path = tmp_path / ("x" * 300)
    with pytest.raises(ConfigError, match="cannot be read: File name too long") as caught:
        load(path, {})
    assert caught.value.exit_code == 5


def test_a_secrets_folder_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "syncd.toml"
    path.write_text("")
    (tmp_path / "secrets").write_text("a file where a folder should be")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    (problem,) = [one for one in caught.value.problems if not one.warning]
    assert problem.message == "the folder cannot be read: Not a directory"
    assert problem.where.endswith("/secrets")


def test_a_mark_of_the_encoding_before_the_first_line_is_no_mistake(tmp_path):
    (tmp_path / "syncd.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(tmp_path / "syncd.toml", {}, catalog=plugins).people["dana"].name == "Dana"
