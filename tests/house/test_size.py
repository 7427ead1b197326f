"""Size limits of the house: they keep every thing small enough to be read at one sitting."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "syncd"
FILES = sorted(PACKAGE.rglob("*.py"))
FUNCTION, FILE, RULE, TOTAL = 40, 400, 160, 89_200


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_and_its_functions_are_small(path: Path) -> None:
    limit = RULE if path.parent.name == "rules" else FILE
    assert lines_of(path) <= limit
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION, f"{node.name} has {length} lines"


def test_package_is_small() -> None:
    assert sum(lines_of(path) for path in FILES) <= TOTAL
