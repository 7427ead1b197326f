"""An installation whose only source is an export of nothing: tests fill its store by hand."""

from pathlib import Path

JIRA = """
[sources.jira]
kind = "file"
paths = ["jira.json"]
"""


def install(folder: Path, more: str) -> str:
    """Write its export and its configuration, with `more`; gives the address of its store."""
    url = f"sqlite:///{folder}/var/syncd.db"
    (folder / "jira.json").write_text("[]")
    (folder / "syncd.toml").write_text(f'{more}{JIRA}[store]\nurl = "{url}"\n')
    return url
