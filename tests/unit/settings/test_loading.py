"""Where values come from, which of them counts, and what becomes of them."""

import contextlib
import logging
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from syncd.connectors.file.settings import FileSettings
from syncd.connectors.jira.settings import JiraSettings
from syncd.errors import ConfigError
from syncd.model.calendar import WorkingCalendar
from syncd.model.people import MailMode, Role
from syncd.notifiers.email.settings import EmailSettings
from syncd.reconciler.forecast.capacity import FARTHEST
from syncd.redaction import SECRETS, SecretFilter
from syncd.settings import Settings, find, holiday_years, load
from syncd.settings.loading import provenance

MAIN = """\
timezone = "Europe/Berlin"
[sources.jira]
kind = "jira"
url = "https://jira.example.com"
projects = ["PAY"]
every = "1h"
[schedule]
every = "10m"
"""


class Jira(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: str
    projects: tuple[str, ...] = ()
    token: SecretStr | None = None
    ca_file: Path | None = None
    retries: int = 3


def write(folder: Path, text: str = MAIN, **secrets: str) -> Path:
    (folder / "syncd.toml").write_text(text)
    (folder / "secrets").mkdir(exist_ok=True)
    for name, value in secrets.items():
        path = folder / "secrets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value)
        path.chmod(0o600)
    return folder / "syncd.toml"


def test_flag_beats_environment_beats_secrets_beats_files_beats_defaults(tmp_path: Path) -> None:
    main = write(tmp_path, schedule__every="20m\n", schedule__jitter="9s")
    assert load(main, {}).schedule.every == timedelta(minutes=20)
    env = {"SYNCD_SCHEDULE__EVERY": "30m"}
    assert load(main, env).schedule.every == timedelta(minutes=30)
    flags = {"schedule": {"every": "40m"}}
    found = load(main, env, flags=flags)
    assert found.schedule.every == timedelta(minutes=40)
    assert found.schedule.jitter == timedelta(seconds=9)
    assert found.timezone == "Europe/Berlin"
    assert found.alerts.digest
    (tmp_path / "secrets" / "schedule__every").unlink()
    assert load(main, {}).schedule.every == timedelta(minutes=10)


def test_the_environment_reaches_into_tables_lists_and_rules(tmp_path: Path) -> None:
    env = {
        "SYNCD_SOURCES__JIRA__PROJECTS": '["PAY", "LED"]',
        "SYNCD_SOURCES__GH__KIND": "github",
        "SYNCD_SOURCES__GH__REPOS": '["acme/ledger"]',
        "SYNCD_RULES__DATE_MOVED__ENABLED": "false",
        "UNRELATED": "x",
    }
    found = load(write(tmp_path), env)
    assert found.validate_section("sources.jira", Jira).projects == ("PAY", "LED")
    assert found.sources["gh"].kind == "github"
    assert found.rules["date-moved"] == {"enabled": False}
    assert not found.warnings


def test_unknown_variables_and_secrets_are_warned_of_with_the_nearest_name(tmp_path: Path) -> None:
    main = write(tmp_path, sources__jra__token="x")
    with contextlib.chdir(tmp_path):
        found = load(Path(main.name), {"SYNCD_TIMEZNE": "UTC", "SYNCD_TEAMS": "x"})
    assert [(warning.where, warning.message) for warning in found.warnings] == [
        (
            "environment SYNCD_TEAMS",
            "matches no option: teams is a table of tables",
        ),
        ("environment SYNCD_TIMEZNE", "matches no option, did you mean SYNCD_TIMEZONE?"),
        (
            "secret secrets/sources__jra__token",
            'matches no option: there is no [sources.jra], did you mean "jira"?',
        ),
    ]


@pytest.mark.parametrize("name", ["sources__jira__token", "sources/jira/token"])
def test_a_secrets_file_may_be_flat_or_nested(tmp_path: Path, name: str) -> None:
    main = write(tmp_path, **{name: "canary-flat\n"})
    token = load(main, {}).validate_section("sources.jira", Jira).token
    assert token is not None
    assert token.get_secret_value() == "canary-flat"


def test_another_secrets_directory(tmp_path: Path) -> None:
    main = write(tmp_path)
    other = tmp_path / "credentials"
    other.mkdir()
    (other / "sources__jira__token").write_text("two\nlines\n")
    (other / "sources__jira__token").chmod(0o400)
    (other / ".hidden").write_text("x")
    found = load(main, {"SYNCD_SECRETS_DIR": str(other)})
    token = found.validate_section("sources.jira", Jira).token
    assert token is not None
    assert token.get_secret_value() == "two\nlines"
    assert not found.warnings


def test_a_secrets_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    main = write(tmp_path, sources__jira__token="x1y2z3")
    path = tmp_path / "secrets" / "sources__jira__token"
    path.chmod(0o640)
    assert not load(main, {}).warnings
    path.chmod(0o644)
    (warning,) = load(main, {}).warnings
    assert warning.message.startswith("mode 0644 lets others read it; run: chmod 600 ")


def test_no_secret_shows_in_any_form_of_the_settings(tmp_path: Path) -> None:
    canary = "c4n4ry-of-loading"
    main = write(tmp_path, sources__jira__token=canary)
    found = load(main, {"SYNCD_MAIL__SMTP__PASSWORD": canary + "2", "SYNCD_MAIL__FROM": "a@b"})
    shown = [repr(found), str(found), repr(found.model_dump())]
    shown += [str(value) for _, value, _ in provenance(found)]
    assert not [text for text in shown if canary in text]
    origins = {path: (value, origin) for path, value, origin in provenance(found)}
    assert origins["sources.jira.token"][0] == "******"
    assert origins["mail.smtp.password"] == ("******", "environment SYNCD_MAIL__SMTP__PASSWORD")
    record = logging.LogRecord("x", 10, "f", 1, f"token {canary}", (), None)
    SecretFilter(SECRETS).filter(record)
    assert canary not in record.getMessage()


def test_a_plug_ins_mistake_in_its_own_words_repeats_no_secret(tmp_path: Path) -> None:
    canary = "c4n4ry-of-plugin"

    class Talkative(Jira):
        def model_post_init(self, _: Any) -> None:
            raise ValueError(f"cannot use {self.token and self.token.get_secret_value()}")

    main = write(tmp_path, sources__jira__token=canary)
    with pytest.raises(ConfigError) as caught:
        load(main, {}).validate_section("sources.jira", Talkative)
    assert [problem.message for problem in caught.value.problems] == ["cannot use ******"]


def test_a_missing_secret_says_where_to_write_it(tmp_path: Path) -> None:
    class Needs(Jira):
        token: SecretStr

    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path), {}).validate_section("sources.jira", Needs)
    assert [problem.message for problem in caught.value.problems] == [
        "is required; write it to secrets/sources__jira__token (mode 600), or set token_command"
    ]


def with_command(tmp_path: Path, script: str) -> Settings:
    command = [sys.executable, "-c", script]
    text = MAIN.replace("projects =", f"token_command = {command!r}\nprojects =")
    return load(write(tmp_path, text), {})


def test_a_command_gives_the_token_and_sees_a_small_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_SOURCES__OTHER__TOKEN", "not for the child")
    found = with_command(tmp_path, "import os; print('SYNCD' in str(os.environ), 'canary-cmd')")
    token = found.validate_section("sources.jira", Jira).token
    assert token is not None
    assert token.get_secret_value() == "False canary-cmd"
    assert SECRETS.mask("False canary-cmd") == "[secret]"
    assert "False canary-cmd" in found.secrets


def test_a_command_is_not_run_by_merely_looking(tmp_path: Path) -> None:
    found = with_command(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')")
    model, problems = found.check_section("sources.jira", Jira)
    assert model is not None
    assert not problems
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("script", "words", "code"),
    [
        ("raise SystemExit(3)", "ended with exit code 3", 7),
        ("pass", "printed nothing", 5),
        ("import sys; print('canary', file=sys.stderr); sys.exit(1)", "ended with exit code 1", 7),
        ("import os; os.kill(os.getpid(), 15)", "was ended by signal 15", 7),
    ],
)
def test_a_command_that_fails_is_named_and_its_output_is_not(
    tmp_path: Path, script: str, words: str, code: int
) -> None:
    found = with_command(tmp_path, script)
    with pytest.raises(ConfigError) as caught:
        found.validate_section("sources.jira", JiraSettings)
    (problem,) = caught.value.problems
    assert problem.path == "sources.jira.token_command"
    assert problem.message == f"{sys.executable} {words}"
    assert caught.value.exit_code == code


def test_paths_start_at_the_configuration(tmp_path: Path) -> None:
    text = MAIN.replace("projects =", 'ca_file = "ca.pem"\nprojects =')
    found = load(write(tmp_path, text), {})
    assert found.validate_section("sources.jira", Jira).ca_file == tmp_path / "ca.pem"
    assert found.store_url == f"sqlite:///{tmp_path}/var/syncd.db"
    assert found.state == tmp_path / "var"


def test_the_state_folder_of_systemd_holds_the_store(tmp_path: Path) -> None:
    found = load(write(tmp_path), {"STATE_DIRECTORY": "/var/lib/syncd:/var/lib/other"})
    assert found.store_url == "sqlite:////var/lib/syncd/syncd.db"
    kept = load(write(tmp_path, MAIN + "[store]\nurl = 'sqlite:////srv/x.db'\n"), {})
    assert kept.store_url == "sqlite:////srv/x.db"


def test_mail_files_are_written_where_the_store_is(tmp_path: Path) -> None:
    mail = '[mail]\nfrom = "syncd@example.com"\nto_outbox = true\n'

    def outbox(text: str, **env: str) -> Path:
        return load(write(tmp_path, text), env).validate_section("mail", EmailSettings).outbox

    assert outbox(mail) == tmp_path / "outbox"
    assert outbox(mail, STATE_DIRECTORY="/var/lib/syncd") == Path("/var/lib/syncd/outbox")
    named = mail + 'outbox = "letters"\n'
    assert outbox(named, STATE_DIRECTORY="/var/lib/syncd") == tmp_path / "letters"


def test_included_files_are_merged_by_table(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.toml").write_text("[teams.b]\nname = 'B'\n[schedule]\njitter = '5s'\n")
    (tmp_path / "more" / "a.toml").write_text("[teams.a]\nname = 'A'\n")
    found = load(write(tmp_path, 'include = ["more/*.toml", "none*.toml"]\n' + MAIN), {})
    assert sorted(found.teams) == ["a", "b"]
    assert found.schedule.jitter == timedelta(seconds=5)
    assert [path.name for path in found.files] == ["syncd.toml", "a.toml", "b.toml"]


def test_the_configuration_is_found_in_the_usual_places(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path / "home")}
    with contextlib.chdir(tmp_path):
        with pytest.raises(ConfigError) as caught:
            find(None, env)
        assert str(caught.value) == (
            "No configuration found (looked in ./config, ~/.config/syncd, /etc/syncd)."
        )
        assert caught.value.hint == "Try: syncd demo, or syncd init"
        home = tmp_path / "home" / ".config" / "syncd"
        home.mkdir(parents=True)
        (home / "syncd.toml").touch()
        assert find(None, env) == home / "syncd.toml"
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "syncd.toml").touch()
        assert find(None, env) == Path("config/syncd.toml")
        assert find(None, env | {"SYNCD_CONFIG": str(home)}) == home / "syncd.toml"
        with pytest.raises(ConfigError, match="There is no configuration at nowhere"):
            find(Path("nowhere"), env)


TEAMS = """\
[teams.pay]
owns = ["jira:PAY"]
calendar = "DE-BE"
[teams.ledger]
name = "Ledger"
calendar = "ours"
timezone = "Europe/London"
[calendars.ours]
country = "GB"
subdivision = "ENG"
weekend = ["fri", "sat"]
days_off = [2026-12-24]
days_on = [2026-12-25]
[people.dana]
name = "Dana"
email = "dana@example.com"
drift = "digest"
[people.rosei]
name = "R. Osei"
email = "r@example.com"
role = "lead"
team = "ledger"
accounts = { jira = "ro" }
quiet = "18:00-09:00"
drift = { mode = "digest", at = ["11:00", "16:00"] }
[programs.main]
teams = ["pay"]
stakeholders = { tpm = ["dana"] }
[deliverables.launch]
tier = "A"
target = 2026-12-11
[links.types]
10003 = "blocks"
[rules.date-moved]
enabled = false
"""


@pytest.mark.parametrize(
    ("more", "quiet"),
    [
        ("", (time(19), time(8))),
        ('drift = "now"', None),
        ('drift = "digest"', (time(19), time(8))),
        ('quiet = "none"', (time(0), time(0))),
        ('drift = "now"\nquiet = "22:00-06:00"', (time(22), time(6))),
        ('brief = "06:30"', (time(19), time(6, 30))),
        ('drift = { mode = "digest", at = ["20:00"] }', (time(20, microsecond=1), time(8))),
    ],
)
def test_the_night_is_quiet_unless_somebody_says_otherwise(tmp_path: Path, more, quiet) -> None:
    person = '[people.dana]\nname = "Dana"\nemail = "dana@example.com"\n'
    made = load(write(tmp_path, MAIN + person + more), {})
    assert [one.quiet for one in made.reachable()] == [quiet]
    off = load(write(tmp_path, MAIN + "[alerts]\nquiet_hours = false\n" + person + more), {})
    assert off.reachable()[0].quiet is None


def test_what_the_reconciler_is_told(tmp_path: Path) -> None:
    found = load(write(tmp_path, MAIN + TEAMS), {}).reconciler_config(range(2025, 2028))
    dana, rosei = found.people
    assert (dana.timezone, dana.mode, dana.digest_at) == (
        "Europe/Berlin", MailMode.DIGEST, (time(8, 30),),
    )  # fmt: skip
    assert (rosei.timezone, rosei.role) == ("Europe/London", Role.LEAD)
    assert rosei.quiet == (time(18), time(9))
    assert rosei.accounts == (("jira", "ro"),)
    ledger, pay = found.teams
    assert (pay.name, ledger.name) == ("pay", "Ledger")
    germany = found.calendars[pay.calendar]
    assert germany.zone == "Europe/Berlin"
    assert not germany.works(date(2026, 12, 25))
    assert not germany.works(date(2026, 3, 8))
    ours = found.calendars[ledger.calendar]
    assert ours.works(date(2026, 12, 25))
    assert not ours.works(date(2026, 12, 24))
    assert ours.works(date(2026, 12, 27))
    assert ours.weekend == {4, 5}
    assert found.calendar.works(date(2026, 12, 25))
    assert found.intervals == {"jira": timedelta(hours=1)}
    assert found.interval == timedelta(minutes=10)
    assert found.link_types == {"10003": "blocks"}
    assert found.rules["date-moved"] == {"enabled": False}
    assert found.deliverables[0].target == date(2026, 12, 11)
    assert found.programs[0].stakeholders == ((Role.TPM, ("dana",)),)


def test_the_same_configuration_gives_the_same_calendars(tmp_path: Path) -> None:
    one = load(write(tmp_path, MAIN + TEAMS), {}).reconciler_config(range(2025, 2028))
    two = load(write(tmp_path, MAIN + TEAMS), {}).reconciler_config(range(2025, 2028))
    assert one == two
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert one.calendar.local_date(noon) == date(2026, 11, 23)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31)])
def test_holidays_are_known_as_far_as_a_forecast_reaches(today: date) -> None:
    years = holiday_years(datetime(today.year, today.month, today.day, 8, tzinfo=UTC))
    assert WorkingCalendar().shift(today, FARTHEST).year in years


def test_drift_that_nobody_hears_of_is_a_warning(tmp_path: Path) -> None:
    text = MAIN + "[teams.pay]\n[teams.led]\n[programs.main]\nteams = ['led']\n"
    found = load(write(tmp_path, text), {})
    assert [(warning.path, warning.message) for warning in found.warnings] == [
        ("teams.pay", "nobody is told of its drift"),
        ("teams.led", "nobody is told of its drift"),
        ("programs.main", "nobody is told of its drift"),
    ]


def test_sprints_of_a_project_end_in_the_zone_of_the_team_that_owns_it(tmp_path: Path) -> None:
    table = """
    [sources.exports]
    kind = "file"
    paths = ["*.json"]
    sprint_zones = {WEB = "Asia/Tokyo"}
    [teams.payments]
    timezone = "America/New_York"
    owns = ["exports:PAY", "exports:WEB", "exports:PAY/component=API", "jira:PAY"]
    [teams.ledger]
    owns = ["exports:LED"]
    """
    found = load(write(tmp_path, MAIN + table), {})
    zones = found.validate_section("sources.exports", FileSettings).sprint_zones
    of = {project: zones.get(project, zones[""]) for project in ("PAY", "LED", "WEB", "X")}
    assert of == {
        "PAY": "America/New_York", "LED": "Europe/Berlin", "WEB": "Asia/Tokyo",
        "X": "Europe/Berlin",
    }  # fmt: skip
