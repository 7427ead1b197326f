"""Every line of the rooms' tables names a test, and that test is there."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONNECTORS, NOTIFIERS, WRITEBACK = (
    ROOT / "syncd" / room / "README.md" for room in ("connectors", "notifiers", "writeback")
)
SHIPPED = sorted((ROOT / "syncd" / "testing").glob("*.py"))
NODE = re.compile(r"`(tests/[\w/]+\.py)::((?:\w+::)?)(\w+)`")


def lines() -> list[str]:
    pages = (CONNECTORS, NOTIFIERS, WRITEBACK)
    every = [line for page in pages for line in page.read_text().splitlines()]
    rows = [line for line in every if line.startswith("|")]
    heads = {row for row, below in pairwise(rows) if set(below) <= set("|-: ")}
    return [row for row in rows if row not in heads and not set(row) <= set("|-: ")]


@cache
def names_in(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Names of functions and of classes in a file."""
    tree = list(ast.walk(ast.parse(path.read_text())))
    functions = {node.name for node in tree if isinstance(node, ast.FunctionDef)}
    return frozenset(functions), frozenset(n.name for n in tree if isinstance(n, ast.ClassDef))


@pytest.mark.parametrize("row", lines())
def test_the_line_is_backed_by_a_test(row: str) -> None:
    named = NODE.findall(row)
    assert named, "no test is named"
    for file, owner, name in named:
        functions, classes = names_in(ROOT / file)
        if owner:
            assert owner.removesuffix("::") in classes
            functions = functions.union(*(names_in(shipped)[0] for shipped in SHIPPED))
        assert name in functions, f"{file} has no {name}"
        assert name.startswith("test_")


def test_every_fault_of_the_catalogue_has_a_line() -> None:
    told = set(re.findall(r"^\| P(\d+) ", CONNECTORS.read_text(), re.MULTILINE))
    assert told == {str(number) for number in range(1, 33)}


def test_every_promise_and_fault_of_delivery_has_a_line() -> None:
    told = set(re.findall(r"^\| ([MN]\d+) ", NOTIFIERS.read_text(), re.MULTILINE))
    promises = {f"M{number}" for number in range(1, 7)}
    assert told == promises | {f"N{number}" for number in range(1, 12)}
