"""What the README says is true of the code."""

import re
from pathlib import Path

from syncd import plugins
from syncd.cli.pages import GROUPS, PAGES
from syncd.settings import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_its_configuration_is_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "syncd.toml").write_text(block)
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    for source in ("jira", "github"):
        (secrets / f"sources__{source}__token").write_text("any")
        (secrets / f"sources__{source}__token").chmod(0o600)
    found = load(tmp_path / "syncd.toml", {}, catalog=plugins)
    assert not found.warnings
    assert set(found.programs["checkout"].teams) == {"payments", "ledger"}


def test_it_names_every_rule() -> None:
    section = README.split("## What it finds")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)`", section, re.MULTILINE) == [
        rule.id for rule in sorted(plugins.rules(), key=lambda rule: section.find(f"`{rule.id}`"))
    ]


def test_its_exit_codes_are_those_of_the_help() -> None:
    section = README.split("## Exit codes")[1].split("\n## ")[0]
    told = {int(code) for code in re.findall(r"\d+", " ".join(
        line.split("|")[1] for line in section.splitlines() if line.startswith("| ")))}  # fmt: skip
    helped = {int(code) for code in re.findall(r"^ +(\d+)  ", PAGES["exit-codes"], re.MULTILINE)}
    assert told == helped


def test_its_commands_exist() -> None:
    known = {name.split()[0] for _, commands in GROUPS for name, _ in commands}
    named = set(re.findall(r"syncd (?:-c \S+ )?([a-z]+)", README)) - {"joins"}
    assert {"demo", "init", "doctor", "reconcile", "run", "serve"} <= named
    for word in re.findall(r"`syncd ([a-z]+)", README):
        assert word in known, word


def test_files_that_it_links_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
