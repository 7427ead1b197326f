"""`syncd init`: what it writes, what it tests first, what it leaves alone."""

import json
import logging
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disks import a_disk_that_takes

from syncd import plugins
from syncd.cli import wizard
from syncd.cli.draft import Draft, Section, name_of, toml_table
from syncd.cli.entry import run_command
from syncd.settings import load

CANARY = "c4n4ry-of-init"
CSV = "Summary,Issue key,Issue id,Issue Type,Status,Created,Updated\nX,PAY-1,1,Story,Open,2026-01-05 09:00,2026-01-05 09:00\n"

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    before = (sys.excepthook, threading.excepthook, logging.getLogger().handlers[:])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Europe/Berlin")

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_command(["init", *arguments])
        return (code, *capsys.readouterr())

    yield run
    sys.excepthook, threading.excepthook, logging.getLogger().handlers[:] = before


def test_what_was_written_before_something_failed_is_told(tmp_path: Path, call: Call) -> None:
    (tmp_path / "export.csv").write_text(CSV)
    flags = ("--file", "export.csv", "--team", "Payments=files:PAY")
    code, out, err = call(*flags, "--smtp", "127.0.0.1:1", "--mail-from", "syncd@example.com")
    assert (code, out) == (3, "")
    assert "Wrote sources.files, teams.payments to config/syncd.toml." in err
    code, out, _ = call(*flags, "--outbox")
    assert (code, out.splitlines()[0]) == (0, "Wrote mail to config/syncd.toml.")


def test_flags_write_a_configuration_that_works(tmp_path: Path, call: Call) -> None:
    (tmp_path / "export.csv").write_text(CSV)
    code, out, err = call(
        "--file", "export.csv", "--team", "Payments=files:PAY", "--program", "Checkout relaunch",
        "--person", "Dana Li <dana@example.com>:tpm", "--person", "vp@example.com:exec", "--outbox",
    )  # fmt: skip
    assert code == 0, err
    assert out == (
        "Wrote sources.files, teams.payments, programs.checkout_relaunch, people.dana,\n"
        "  people.vp, mail to config/syncd.toml.\n"
    )
    assert "Next: syncd reconcile" in err
    schema = json.loads((tmp_path / "config" / "syncd.schema.json").read_text())
    assert "sources" in schema["properties"], "the first line of the file names it"
    found = load(tmp_path / "config" / "syncd.toml", {}, catalog=plugins)
    assert found.timezone == "Europe/Berlin"
    assert found.people["dana"].operator
    assert found.people["dana"].programs == ("checkout_relaunch",)
    assert not found.warnings
    assert run_command(["reconcile"]) == 0


def test_a_second_init_adds_and_never_overwrites(tmp_path: Path, call: Call) -> None:
    (tmp_path / "export.csv").write_text(CSV)
    call("--file", "export.csv", "--outbox")
    file = tmp_path / "config" / "syncd.toml"
    file.write_text(file.read_text() + "\n# a note of mine\n[schedule]\nevery = '1h'\n")
    before = file.read_text()
    code, out, _ = call("--file", "other.csv", "--team", "Ledger=files:LED", "--outbox")
    assert code == 0
    assert out.splitlines() == [
        "Wrote teams.ledger to config/syncd.toml.",
        "Kept sources.files, mail as they were.",
    ]
    assert file.read_text() == before + '\n[teams.ledger]\nname = "Ledger"\nowns = ["files:LED"]\n'


def test_secrets_are_files_of_their_own_that_only_the_owner_reads(
    tmp_path: Path, call: Call
) -> None:
    (tmp_path / "token").write_text(f"{CANARY}\n")
    code, out, err = call(
        "--jira-url", "https://jira.example.com", "--jira-project", "PAY",
        "--jira-token-file", "token", "--no-check",
    )  # fmt: skip
    assert code == 0, err
    folder = tmp_path / "config" / "secrets"
    secret = folder / "sources__jira__token"
    assert secret.read_text() == f"{CANARY}\n"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n!.gitignore\n"
    assert CANARY not in out + err + (tmp_path / "config" / "syncd.toml").read_text()


def test_on_a_full_disk_what_was_there_stays_whole(tmp_path: Path, call: Call) -> None:
    (tmp_path / "token").write_text(CANARY)
    flags = ("--jira-url", "https://jira.example.com", "--jira-project", "PAY", "--no-check")
    with a_disk_that_takes(5):
        code, _, err = call(*flags, "--jira-token-file", "token")
    assert (code, "File too large" in err, "bug" in err) == (1, True, False)
    assert call(*flags, "--jira-token-file", "token")[0] == 0
    file = tmp_path / "config" / "syncd.toml"
    before = file.read_bytes()
    draft = Draft(file.parent, "UTC")
    more = Section(path=("teams", "ledger"), table={"owns": ["jira:LED"]})
    with a_disk_that_takes(len(before) + 5), pytest.raises(OSError, match=r"syncd\.toml"):
        draft.add(more)
    assert (file.read_bytes(), draft.added) == (before, [])
    draft.add(more)
    assert file.read_text().endswith('\n[teams.ledger]\nowns = ["jira:LED"]\n')


def test_a_secret_is_ignored_by_git_also_after_a_full_disk(tmp_path: Path) -> None:
    draft = Draft(tmp_path, "UTC")
    jira = Section(path=("sources", "jira"), table={}, secrets={"token": CANARY})
    with a_disk_that_takes(5), pytest.raises(OSError, match="gitignore"):
        draft.add(jira)
    draft.add(jira)
    assert (tmp_path / "secrets" / ".gitignore").read_text() == "*\n!.gitignore\n"


def test_what_does_not_pass_its_test_is_not_saved(tmp_path: Path, call: Call) -> None:
    (tmp_path / "password").write_text(CANARY)
    code, out, err = call(
        "--mail-from", "syncd@example.com", "--smtp", "127.0.0.1:9", "--smtp-user", "syncd",
        "--smtp-password-file", "password",
    )  # fmt: skip
    assert code in (3, 4, 7)
    assert err.count("mail was not saved") == 1
    assert "✗" not in err, "the refusal is told once"
    assert not (tmp_path / "config").exists()
    assert CANARY not in out + err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["--jira-url", "https://x", "--jira-project", "PAY", "--no-check"],
            5,
            "sources.jira.token: is required",
        ),
        (["--team", "Payments"], 2, '--team "Payments" is not written as'),
        (["--person", "Dana"], 2, '--person "Dana" is not written as'),
        (["--person", "a@example.com:boss"], 5, 'people.a.role: "boss" is not one of tpm, lead'),
        (["--timezone", "Mars", "--outbox"], 2, '--timezone "Mars" is not a time zone'),
        (["--smtp", "h"], 2, "--smtp needs --mail-from"),
        ([], 2, "init has nothing to write: give flags, or run it on a terminal to be asked"),
        (["--no-input"], 2, "init has nothing to write"),
        (
            ["--jira-url", "https://x", "--jira-token-file", "none"],
            5,
            "none: the credential cannot",
        ),
    ],
)
def test_mistakes(tmp_path: Path, call: Call, arguments: list[str], code: int, words: str) -> None:
    found, out, err = call(*arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert not (tmp_path / "config").exists()


def test_what_would_spoil_the_configuration_is_not_saved(tmp_path: Path, call: Call) -> None:
    (tmp_path / "export.csv").write_text(CSV)
    code, _, err = call("--file", "export.csv", "--team", "Payments=jira:PAY", "--outbox")
    assert code == 5
    assert (
        "teams.payments was not saved: teams.payments.owns.0: "
        'there is no source "jira"; known: files' in err
    )
    assert sorted(path.name for path in (tmp_path / "config").iterdir()) == [
        "syncd.schema.json", "syncd.toml",
    ]  # fmt: skip
    assert load(tmp_path / "config" / "syncd.toml", {}, catalog=plugins).teams == {}
    code, _, err = call("--file", "export.csv", "--team", "Payments=files:PAY", "--outbox")
    assert code == 0, err


def test_a_configuration_with_mistakes_is_left_alone(tmp_path: Path, call: Call) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text("colour = 1\n")
    code, _, err = call("--outbox")
    assert code == 5
    assert "config/syncd.toml:1:1  colour: unknown option" in err
    assert (tmp_path / "config" / "syncd.toml").read_text() == "colour = 1\n"


def test_a_file_that_is_no_toml_is_left_alone(tmp_path: Path, call: Call) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text("x = = 1")
    code, _, err = call("--team", "Ledger=files:LED")
    assert code == 5
    assert "is not valid TOML, so nothing is added to it" in err
    assert (tmp_path / "config" / "syncd.toml").read_text() == "x = = 1"


def test_two_people_whose_addresses_begin_alike_are_two(tmp_path: Path, call: Call) -> None:
    people = (
        "--person",
        "Dana Li <dana@example.com>",
        "--person",
        "D. Two <dana@other.example>:lead",
    )
    assert call(*people, "--outbox")[0] == 0
    found = load(tmp_path / "config" / "syncd.toml", {}).people
    assert {name: one.email for name, one in found.items()} == {
        "dana": "dana@example.com", "dana_other_example": "dana@other.example",
    }  # fmt: skip
    code, out, _ = call(*people)
    assert (code, out) == (0, "Kept people.dana, people.dana_other_example as they were.\n")


def test_two_teams_that_would_be_called_alike_are_a_mistake(tmp_path: Path, call: Call) -> None:
    code, _, err = call("--team", "Payments=files:PAY", "--team", "payments=files:LED")
    assert code == 2
    assert 'two teams would be called "payments"' in err
    assert not (tmp_path / "config").exists()


def test_somebody_who_is_never_written_to_is_told_at_once(tmp_path: Path, call: Call) -> None:
    code, _, err = call("--person", "Kim <müller@example.com>", "--outbox")
    assert code == 0
    assert "▲ people.m_ller.email: is not written to" in err


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), (b"\xff\xfe", "it is not UTF-8 text")]
)
def test_a_file_of_a_credential_that_cannot_be_read_is_named(
    tmp_path: Path, call: Call, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    jira = ("--jira-url", "https://jira.example.com", "--jira-project", "PAY")
    code, _, err = call(*jira, "--jira-token-file", "token")
    assert code == 5
    assert f"token: the credential cannot be read: {why}" in err
    assert not (tmp_path / "config").exists()


def test_json(tmp_path: Path, call: Call) -> None:
    (tmp_path / "export.csv").write_text(CSV)
    code, out, _ = call("-f", "json", "--file", "export.csv")
    assert code == 0
    assert json.loads(out) == {
        "schema": "syncd/init/1", "file": "config/syncd.toml", "added": ["sources.files"],
        "kept": [],
    }  # fmt: skip


def test_teams_are_guessed_from_projects_and_repositories_that_are_called_alike() -> None:
    sources = {
        "jira": {"projects": ["PAY", "LED", "MOB"]},
        "github": {"repos": ["acme/payments-api", "acme/ledger", "acme/mob", "acme/tools"]},
    }
    names = {"PAY": "Payments", "LED": "Ledger"}
    assert wizard.guessed(sources, names) == [
        ("Payments", ["jira:PAY", "github:acme/payments-api"]),
        ("Ledger", ["jira:LED", "github:acme/ledger"]),
        ("MOB", ["jira:MOB", "github:acme/mob"]),
    ]
    assert wizard.guessed({"github": {"repos": ["acme/ledger"]}}, {}) == [
        ("ledger", ["github:acme/ledger"])
    ]


def test_names_and_toml() -> None:
    assert name_of("Größe & Co 2") == "gr_sse_co_2"
    assert name_of("3D") == "x3d"
    assert toml_table(("a", "b"), {"x y": ['q"\\', "日"], "t": {"k": True, "n": 3}}) == (
        '[a.b]\n"x y" = ["q\\"\\\\", "日"]\nt = { k = true, n = 3 }\n'
    )
