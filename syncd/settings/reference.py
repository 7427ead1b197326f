"""The configuration described for editors (JSON schema) and for people (Markdown)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from syncd.settings.loading import Catalog
from syncd.settings.places import is_secret
from syncd.settings.schema import WRITERS, Layout
from syncd.settings.values import SECRET

KINDS = ("jira", "github", "google_calendar", "ics", "file")
"""Built-in connectors, in the order in which they are described."""

HEAD = """\
# The configuration

One TOML file, `config/syncd.toml`, and the files it includes. `syncd.example.toml` shows every key
with its default; `syncd.minimal.toml` is enough to start; `syncd init` writes one for you.
`syncd config validate` names every mistake with file, line and column.

- A flag beats the environment (`SYNCD_STORE__URL`), which beats secrets files, which beat these
  files, which beat defaults.
- Credentials never stand in a TOML file. Each is a file of its own in `secrets/`, named by its
  path (`secrets/sources__jira__token`, mode 600), or the answer of a command
  (`token_command = ["pass", "show", "jira"]`), or an environment variable.
- `SYNCD_SECRETS_DIR` names another folder of secrets; what systemd hands over (`LoadCredential=`)
  is read without being told.
- Names of tables are small letters, digits and single underscores.
- Durations are written `30s`, `15m`, `1h`, `2d`; days `2026-12-24`; times `08:30`.

This page is made from the descriptions in the code by `syncd config schema --markdown`.
"""


def schema(catalog: Catalog) -> dict[str, Any]:
    """JSON schema of a configuration file: no place for credentials, plug-ins' keys included."""
    document = Layout.model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = "syncd configuration"
    document["description"] = "See README.md beside this file."
    definitions = document["$defs"]
    sources = definitions["SourceSettings"]
    sources["allOf"] = [
        _branch(kind, _plug_in(catalog.connector_class(kind).Settings, definitions, kind), "every")
        for kind in KINDS
    ]
    definitions["NotifierSettings"]["allOf"] = [
        _branch(kind, _plug_in(catalog.notifier_class(kind).Settings, definitions, kind))
        for kind in WRITERS
    ]
    mail = _plug_in(catalog.notifier_class("email").Settings, definitions, "mail")
    document["properties"]["mail"] = {
        "description": document["properties"]["mail"]["description"],
        "type": "object", "properties": mail, "additionalProperties": False,
    }  # fmt: skip
    return document


def schema_text(catalog: Catalog) -> str:
    """The schema as `config/syncd.schema.json` holds it."""
    return json.dumps(schema(catalog), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def markdown(catalog: Catalog) -> str:
    """The reference as `config/README.md` holds it."""
    document = Layout.model_json_schema()
    top = {
        name: Layout.model_fields[name] for name in Layout.model_fields
        if name in ("timezone", "include", "calendar", "authority")
    }  # fmt: skip
    parts = [HEAD, "## Top of the file\n", _table_of(Layout, document, only=set(top))]
    parts += [
        _section(f"[{name}]", model, document)
        for name, model in (
            ("store", "StoreSettings"), ("schedule", "ScheduleSettings"),
            ("serve", "ServeSettings"),
            ("alerts", "AlertSettings"), ("links", "LinkSettings"), ("events", "EventSettings"),
        )
    ]  # fmt: skip
    parts.append(_section("[sources.NAME]", "SourceSettings", document))
    for kind in KINDS:
        parts.append(f'### kind = "{kind}"\n')
        parts.append(_plug_in_rows(catalog.connector_class(kind).Settings, "sources.NAME"))
    parts.append("## [mail]\n\n" + _one_line(document["properties"]["mail"]["description"]) + "\n")
    parts.append(_plug_in_rows(catalog.notifier_class("email").Settings, "mail"))
    parts.append(_section("[notifiers.NAME]", "NotifierSettings", document))
    for kind in ("chat", *WRITERS):
        parts.append(f'### kind = "{kind}"\n')
        parts.append(_plug_in_rows(catalog.notifier_class(kind).Settings, "notifiers.NAME"))
    parts += [
        _section(f"[{name}.NAME]", model, document)
        for name, model in (
            ("teams", "TeamSettings"),
            ("people", "PersonSettings"), ("programs", "ProgramSettings"),
            ("deliverables", "DeliverableSettings"), ("meetings", "MeetingSettings"),
            ("calendars", "CalendarSettings"),
            ("routes", "RouteSettings"),
        )
    ]  # fmt: skip
    for name in ("rules", "mapped_repos"):
        parts.append(f"## [{name}]\n\n{_one_line(document['properties'][name]['description'])}\n")
    return "\n".join(parts)


def _branch(kind: str, properties: Mapping[str, Any], *own: str) -> dict[str, Any]:
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {
            "properties": {"kind": True, **dict.fromkeys(own, True), **properties},
            "additionalProperties": False,
        },
    }


def _plug_in(model: type[BaseModel], definitions: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Properties of a plug-in's section without credentials; its own definitions are added."""
    document = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for name, definition in document.pop("$defs", {}).items():
        definitions[f"{prefix}.{name}"] = _without_secrets(definition)
    properties: dict[str, Any] = _without_secrets(document)["properties"]
    if any(SECRET.search(name) for name in model.model_fields):
        properties["token_command"] = {
            "description": "Command whose first output is the token; no shell.",
            "type": "array", "items": {"type": "string"},
        }  # fmt: skip
    return properties


def _without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in document.get("properties", {}).items()
        if not SECRET.search(name)
    }
    required = [name for name in document.get("required", []) if name in kept]
    changed = document | {"properties": kept}
    changed.pop("required", None)
    return changed | ({"required": required} if required else {})


def _section(title: str, name: str, document: Mapping[str, Any]) -> str:
    definition = document["$defs"][name]
    head = f"## {title}\n\n{_one_line(definition.get('description', ''))}\n"
    return head + "\n" + _rows_of(definition)


def _table_of(model: type[BaseModel], document: Mapping[str, Any], only: set[str]) -> str:
    del model
    properties = {key: value for key, value in document["properties"].items() if key in only}
    return _rows_of({"properties": properties})


def _rows_of(definition: Mapping[str, Any]) -> str:
    required = definition.get("required", [])
    rows = ["| key | default | what it is |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {'required' if name in required else _default(entry)} "
        f"| {_one_line(entry.get('description', ''))} |"
        for name, entry in definition.get("properties", {}).items()
    ]
    return "\n".join([*rows, ""])


def _plug_in_rows(model: type[BaseModel], prefix: str) -> str:
    document = model.model_json_schema()
    rows = ["| key | default | what it is |", "|---|---|---|"]
    for name, entry, required in _flat(document, document):
        path = f"{prefix.replace('.', '__')}__{name.replace('.', '__')}"
        secret = is_secret((*prefix.split("."), name.rpartition(".")[2]))
        where = f"`secrets/{path}`" if secret else _default(entry)
        rows.append(
            f"| `{name}` | {'required' if required and not secret else where} "
            f"| {_one_line(entry.get('description', ''))} |"
        )
    return "\n".join([*rows, ""])


def _flat(
    definition: Mapping[str, Any], document: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    for name, entry in definition.get("properties", {}).items():
        inner = _referred(entry, document)
        if inner is not None:
            yield from _flat(inner, document, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", entry, name in definition.get("required", [])


def _referred(entry: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    options = [entry, *entry.get("anyOf", []), *entry.get("allOf", [])]
    for option in options:
        reference = str(option.get("$ref", "")).removeprefix("#/$defs/")
        found: Mapping[str, Any] | None = document.get("$defs", {}).get(reference)
        if found is not None and "properties" in found:
            return found
    return None


def _default(entry: Mapping[str, Any]) -> str:
    value = entry.get("default")
    if value is None or value in ("", [], {}):
        return "none"
    return "`" + json.dumps(value, ensure_ascii=False).replace("|", "\\|") + "`"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")
