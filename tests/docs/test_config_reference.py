"""The configuration's files and pages say what the code does."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from syncd import plugins
from syncd.notifiers.email.settings import InboxSettings
from syncd.settings import load
from syncd.settings.reference import KINDS, markdown, schema, schema_text
from syncd.settings.schema import WRITERS, Layout
from syncd.settings.values import SECRET

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE = (CONFIG / "syncd.example.toml").read_text()
SECRETS = {
    "SYNCD_SOURCES__JIRA__TOKEN": "made-up-1",
    "SYNCD_SOURCES__GITHUB__TOKEN": "made-up-2",
    "SYNCD_MAIL__SMTP__PASSWORD": "made-up-3",
}
WRITING = {
    "SYNCD_NOTIFIERS__JIRA_NOTES__TOKEN": "made-up-4",
    "SYNCD_NOTIFIERS__GITHUB_NOTES__TOKEN": "made-up-5",
}
CREDENTIALS = {"type": "authorized_user"} | dict.fromkeys(
    ("client_id", "client_secret", "refresh_token"), "made-up-6"
)


def test_the_schema_is_current() -> None:
    assert (CONFIG / "syncd.schema.json").read_text() == schema_text(plugins), (
        "run: syncd config schema > config/syncd.schema.json"
    )


def test_the_reference_is_current() -> None:
    assert (CONFIG / "README.md").read_text() == markdown(plugins), (
        "run: syncd config schema --markdown > config/README.md"
    )


def test_the_reference_describes_every_key() -> None:
    for row in markdown(plugins).splitlines():
        if row.startswith("| `"):
            assert not row.endswith("|  |"), f"no description: {row}"


@pytest.mark.parametrize("name", ["syncd.example.toml", "syncd.minimal.toml"])
def test_the_examples_load_without_a_warning(name: str, tmp_path: Path) -> None:
    env = SECRETS | {"SYNCD_SECRETS_DIR": str(tmp_path)}
    env = env if "example" in name else {k: v for k, v in env.items() if "JIRA" in k}
    found = load(CONFIG / name, env | {"SYNCD_SECRETS_DIR": str(tmp_path)}, catalog=plugins)
    assert not found.warnings


def test_the_commented_keys_of_the_example_are_right_too(tmp_path: Path) -> None:
    """With every `# key = …` switched on, where two cannot stand together one is taken."""
    text = re.sub(r"^# (?=[a-z_]+ = |\[|\"|kind)", "", EXAMPLE, flags=re.MULTILINE)
    for either in ("app_id", "installation_id", "token_command"):
        text = re.sub(rf"^{either} = .*\n", "", text, flags=re.MULTILINE)
    lines = text.split("\n")
    target = tmp_path / "syncd.toml"
    target.write_text("\n".join(lines))
    (tmp_path / "programs").symlink_to(CONFIG / "programs")
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "notifiers__calendar_notes__credentials").write_text(json.dumps(CREDENTIALS))
    (secrets / "notifiers__calendar_notes__credentials").chmod(0o600)
    env = SECRETS | WRITING | {"SYNCD_MAIL__INBOX__PASSWORD": "made-up-4"}
    env |= {
        "SYNCD_SOURCES__GITHUB__TOKEN": "made-up-2",
        "SYNCD_NOTIFIERS__TEAM_CHAT__SECRET_URL": "mmosts://chat.example.com/made-up-5",
    }
    load(target, env, catalog=plugins)


def keys_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items() if name != "options"]


def sections() -> dict[str, list[str]]:
    """Table → keys that the example must show."""
    found: dict[str, list[str]] = {}
    for name in ("store", "schedule", "serve", "alerts", "links", "events"):
        found[name] = keys_of(Layout.model_fields[name].annotation)
    for kind, table in zip(KINDS, ("jira", "github", "calendar", "partners", ""), strict=True):
        if table:
            settings: Any = plugins.connector_class(kind).Settings
            found[f"sources.{table}"] = [key for key in keys_of(settings) if not SECRET.search(key)]
    for kind, table in zip(WRITERS, ("jira", "github", "calendar"), strict=True):
        settings = plugins.notifier_class(kind).Settings
        keys = [key for key in keys_of(settings) if not SECRET.search(key)]
        found[f"notifiers.{table}_notes"] = keys
    mail: Any = plugins.notifier_class("email").Settings
    found["mail"] = [key for key in keys_of(mail) if not SECRET.search(key) and key != "inbox"]
    found["mail.inbox"] = [key for key in keys_of(InboxSettings) if not SECRET.search(key)]
    for name in ("teams", "people", "programs", "deliverables", "calendars", "routes"):
        arguments: Any = Layout.model_fields[name].annotation
        found[name] = keys_of(arguments.__args__[1])
    return found


@pytest.mark.parametrize(("table", "keys"), sections().items(), ids=sections().keys())
def test_the_example_shows_every_key(table: str, keys: list[str]) -> None:
    text = EXAMPLE + (CONFIG / "programs" / "checkout.example.toml").read_text()
    parts = re.split(r"^(?:# )?\[(?=[a-z])", text, flags=re.MULTILINE)
    mine = "\n".join(part for part in parts if re.match(rf"{re.escape(table)}[.\]]", part))
    missing = [key for key in keys if not re.search(rf"^(# )?{key} = ", mine, re.MULTILINE)]
    assert not missing


def test_the_schema_accepts_the_examples_and_refuses_a_wrong_key() -> None:
    validator = jsonschema.Draft202012Validator(schema(plugins))
    jsonschema.Draft202012Validator.check_schema(schema(plugins))
    for name in ("syncd.example.toml", "syncd.minimal.toml", "programs/checkout.example.toml"):
        document = json.loads(json.dumps(tomllib.loads((CONFIG / name).read_text()), default=str))
        assert not [error.message for error in validator.iter_errors(document)]
    wrong = {
        "timezne": "UTC",
        "people": {"dana": {"name": "D", "email": "d@example.com", "role": "tmp"}},
        "sources": {"jira": {"kind": "jira", "projcts": ["PAY"]}},
        "mail": {"form": "x"},
        "schedule": {"every": "soon"},
    }
    paths = {".".join(map(str, error.absolute_path)) for error in validator.iter_errors(wrong)}
    assert paths == {"", "people.dana.role", "sources.jira", "mail", "schedule.every"}


def test_the_schema_has_no_place_for_credentials() -> None:
    def names(document: Any) -> set[str]:
        if isinstance(document, dict):
            own = set(document.get("properties", {}))
            return own.union(*map(names, document.values()))
        if isinstance(document, list):
            return set().union(*map(names, document))
        return set()

    assert not [name for name in names(schema(plugins)) if SECRET.search(name)]
