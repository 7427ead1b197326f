"""A connector, a notifier and a rule of a third party, installed from a folder of their own."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PLUGIN = '''
"""The `shout` rule: flag an issue whose title is written in capitals."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from syncd.interfaces import Check, Mark, Page, Rendered
from syncd.model.findings import Finding, Severity, Standing
from syncd.model.items import Issue, ItemKey, Kind, Phase
from syncd.reconciler.rule import Rule


class Notebook:
    """A connector that reads one line of text per issue."""

    interface = {interface}

    class Settings(BaseModel, extra="forbid"):
        notebook: Path

    def __init__(self, name, settings):
        self.name, self.settings = name, settings

    def scopes(self):
        return ["notes"]

    def check(self):
        yield Check(mark=Mark.OK, text="the notebook is there")

    def pull(self, scope, cursor):
        then = datetime(2026, 11, 2, tzinfo=UTC)
        yield Page(last=True, listing=True, cursor="read", items=tuple(
            Issue(key=ItemKey(self.name, Kind.ISSUE, str(number)), ref=f"NOTE-{{number}}",
                  scope="notes", title=line, type="Note", phase=Phase.ACTIVE, state="open",
                  created_at=then, updated_at=then)
            for number, line in enumerate(self.settings.notebook.read_text().splitlines(), 1)))

    def close(self):
        pass


class Wall:
    """A notifier that writes on a wall."""

    interface = 1

    class Settings(BaseModel, extra="forbid"):
        wall: Path

    def __init__(self, name, settings):
        self.settings = settings

    def check(self):
        yield Check(mark=Mark.OK, text="the wall stands")

    def render(self, notification, person):
        told = [t.alert.finding for t in notification.transitions]
        text = "; ".join(f"{{person.id}}: {{f.summary}}" for f in told)
        ids = ".".join(f"{{t.alert.fingerprint}}-{{t.alert.update}}" for t in notification.transitions)
        return Rendered(message_id=f"{{ids}}.{{person.id}}@wall", subject="wall", body=text.encode())

    def send(self, message):
        with self.settings.wall.open("ab") as wall:
            wall.write(message.body + b"\\n")

    def close(self):
        pass


@dataclass(frozen=True)
class Params:
    pass


def check(view, params):
    for issue in view.snapshot.issues:
        if issue.title.isupper():
            yield Finding(rule="shout", subject=str(issue.key), severity=Severity.HIGH,
                          standing=Standing.AT_RISK, ref=issue.ref, title=issue.title,
                          summary=f"{{issue.ref}} shouts", plain="Somebody shouts", act="Whisper.",
                          clears="small letters", teams=("scribes",), programs=("novel",))


RULE = Rule(id="shout", severity=Severity.HIGH, params=Params, check=check)
'''

CONFIG = """
[sources.notes]
kind = "notebook"
notebook = "notebook.txt"
[notifiers.wall]
kind = "wall"
wall = "wall.txt"
[teams.scribes]
owns = ["notes:notes"]
[programs.novel]
teams = ["scribes"]
[people.ada]
name = "Ada"
email = "ada@example.com"
role = "tpm"
programs = ["novel"]
notifiers = ["wall"]
[alerts]
quiet_hours = false
adoption = false
"""

ENTRY_POINTS = """
[syncd.connectors]
{connector} = acme_syncd:Notebook
[syncd.notifiers]
wall = acme_syncd:Wall
[syncd.rules]
shout = acme_syncd:RULE
"""


class Workplace:
    """A folder with an installed plug-in and a configuration that uses it."""

    def __init__(self, folder: Path, *, interface: int = 1, connector: str = "notebook") -> None:
        self.folder = folder
        site = folder / "site"
        info = site / "acme_syncd-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "acme_syncd.py").write_text(textwrap.dedent(PLUGIN).format(interface=interface))
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-syncd\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(ENTRY_POINTS.format(connector=connector))
        (folder / "syncd.toml").write_text(CONFIG)
        (folder / "notebook.txt").write_text("a quiet line\nA LOUD LINE\n")

    def syncd(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "syncd", "-c", str(self.folder / "syncd.toml"), *words],
            env={**os.environ, "PYTHONPATH": str(self.folder / "site")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def test_all_three_work_together(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    first = place.syncd("run")
    assert first.returncode == 0, first.stderr
    assert (tmp_path / "wall.txt").read_text() == "ada: NOTE-2 shouts\n"
    assert place.syncd("run").returncode == 0
    assert (tmp_path / "wall.txt").read_text() == "ada: NOTE-2 shouts\n", "told twice"
    assert "shout" in place.syncd("rules", "list").stdout
    assert "written in capitals" in place.syncd("rules", "explain", "shout").stdout


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"interface": 9}, "speaks interface 9"),
        ({"connector": "jira"}, "built into syncd"),
    ],
)
def test_an_unfit_plug_in_is_refused(tmp_path: Path, odd: dict, words: str) -> None:
    done = Workplace(tmp_path, **odd).syncd("run")
    assert done.returncode == 5
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    config = tmp_path / "syncd.toml"
    config.write_text(config.read_text().replace('"notebook"', '"notbook"'))
    done = place.syncd("config", "validate")
    assert done.returncode == 5
    assert "notebook" in done.stderr + done.stdout
