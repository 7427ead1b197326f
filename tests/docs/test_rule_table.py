"""The table of rules says what the rules say of themselves."""

import inspect
import re
import sys
from pathlib import Path

from syncd.reconciler.rules import load_rules

PAGE = Path(__file__).parents[2] / "syncd" / "reconciler" / "README.md"
ROW = re.compile(r"^\| `([\w-]+)` \| (\w+) \| (.+) \|$", re.MULTILINE)


def test_each_rule_has_its_line_with_severity_and_meaning() -> None:
    told = {rule: (severity, says) for rule, severity, says in ROW.findall(PAGE.read_text())}
    assert told == {
        rule.id: (str(rule.severity), _meaning(sys.modules[rule.check.__module__]))
        for rule in load_rules()
    }


def _meaning(module: object) -> str:
    manual = inspect.getdoc(module) or ""
    return manual.partition("\n\n")[0].replace("\n", " ").rstrip(".")
