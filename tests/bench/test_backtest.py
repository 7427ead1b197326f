"""The backtest over a recorded tracker: what alerts and forecasts would have been worth there.

    uv run pytest -n0 -m bench tests/bench/test_backtest.py

The issues of Apache come with their change logs: read through the real connector, then replayed by
the command. Promises, releases, sprints and single items have benchmarks of their own, since what is
recorded of them is no whole store (`test_commitments`, `test_release_slips`, `test_sprints`, `test_ageing`).
"""

import json
import subprocess
import sys

import pytest
from replays import DATA, JiraReplay, rows

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not DATA.exists(), reason="shared/data is absent"),
]

CONFIG = """
timezone = "UTC"
[sources.apache]
kind = "jira"
url = "{url}"
projects = {projects}
"""


def test_issues_with_change_logs(tmp_path, capsys):
    issues = rows("jira_apache/issues.jsonl.gz")
    projects = sorted({raw["fields"]["project"]["key"] for raw in issues})
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "sources__apache__token").write_text("replayed")
    with JiraReplay(issues) as jira:
        text = CONFIG.format(url=jira.url, projects=json.dumps(projects))
        teams = (f'[teams.{one.lower()}]\nowns = ["apache:{one}"]\n' for one in projects)
        (tmp_path / "syncd.toml").write_text(text + "".join(teams))
        syncd(tmp_path, "sync")
    printed = syncd(tmp_path, "backtest", "--since", "2012-01-02", "--until", "2014-12-19")
    with capsys.disabled():
        print(f"\n\n{len(issues)} issues of {len(projects)} projects\n{printed}")


def syncd(folder, *words):
    command = [sys.executable, "-m", "syncd", "-c", folder / "syncd.toml", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
