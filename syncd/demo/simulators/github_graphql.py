"""A small GraphQL server: parses a query and picks its fields out of whole objects.

An object is a dict with `__typename`; a field is a value, or a function of the field's arguments.
A field that the object lacks is an error, as on the real host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'[\s,]+|#[^\n]*|("(?:[^"\\]|\\.)*"|\.\.\.|[!$(){}\[\]:=@|]|-?\w[\w.]*)')

Node = dict[str, Any]
IsA = Callable[[str, str], bool]


class NotFound(Exception):  # told beside the rest of the answer, which has a null there
    """What a field asks for is not there, or not shown."""

    def __init__(self, message: str, kind: str = "NOT_FOUND") -> None:
        super().__init__(message)
        self.kind = kind


class Refused(Exception):  # told to the client, as GraphQL says it
    """The query asks for something that is not there."""


@dataclass(slots=True)
class Field:
    """`alias: name(args) { inside }`, or `... on name { inside }` / `...name` when `spread`."""

    name: str
    alias: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    inside: list[Field] = field(default_factory=list)
    spread: bool = False


@dataclass(slots=True)
class Document:
    """A parsed query."""

    operation: str
    fields: list[Field]
    fragments: dict[str, Field]


class Variable(str):
    """A `$name` that stands for a value."""

    __slots__ = ()


def parse(text: str) -> Document:
    """A document with one operation. Raises Refused for anything that can't be read."""
    return _Parser([token for token in _TOKEN.findall(text) if token]).document()


def execute(
    document: Document, root: Node, variables: Mapping[str, Any], is_a: IsA
) -> tuple[Node, list[Node]]:
    """The answer's `data` and `errors`. `is_a(type, condition)`: does a type meet a condition."""
    run = _Run(document, variables, is_a)
    return run.select(root, document.fields, ()), run.errors


@dataclass(slots=True)
class _Run:
    document: Document
    variables: Mapping[str, Any]
    is_a: IsA
    errors: list[Node] = field(default_factory=list)

    def select(self, node: Node, fields: list[Field], path: tuple[Any, ...]) -> Node:
        found: Node = {}
        for each in fields:
            if each.spread:
                found |= self.spread(node, each, path)
                continue
            if each.name not in node:
                raise Refused(f"Field '{each.name}' doesn't exist on type '{node['__typename']}'")
            key = each.alias or each.name
            found[key] = self.inside(
                self.of(node[each.name], each, (*path, key)), each, (*path, key)
            )
        return found

    def of(self, value: Any, each: Field, path: tuple[Any, ...]) -> Any:
        if not callable(value):
            return value
        try:
            return value(**{name: self.value(arg) for name, arg in each.args.items()})
        except NotFound as error:
            return self.missing(error, path)

    def missing(self, error: NotFound, path: tuple[Any, ...]) -> None:
        self.errors.append({"type": error.kind, "path": list(path), "message": str(error)})

    def spread(self, node: Node, each: Field, path: tuple[Any, ...]) -> Node:
        if each.inside:
            condition, inside = each.name, each.inside
        else:
            fragment = self.document.fragments[each.name]
            condition, inside = fragment.args["on"], fragment.inside
        return self.select(node, inside, path) if self.is_a(node["__typename"], condition) else {}

    def inside(self, value: Any, each: Field, path: tuple[Any, ...]) -> Any:
        if isinstance(value, list):
            return [self.inside(one, each, (*path, place)) for place, one in enumerate(value)]
        if isinstance(value, NotFound):
            return self.missing(value, path)
        if not isinstance(value, dict):
            return value
        if not each.inside:
            raise Refused(f"Field '{each.name}' must have selections")
        return self.select(value, each.inside, path)

    def value(self, arg: Any) -> Any:
        return self.variables[str(arg)] if isinstance(arg, Variable) else arg


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]
        self.at = 0

    def document(self) -> Document:
        operation, fields, fragments = "", [], {}
        while self.tokens[self.at]:
            if self.take("fragment"):
                name = self.next()
                self.expect("on")
                fragments[name] = Field(name, args={"on": self.next()}, inside=self.selection())
                continue
            if self.take("query") and self.tokens[self.at] not in "({":
                operation = self.next()
            if self.take("("):
                while not self.take(")"):
                    self.next()
            fields = self.selection()
        return Document(operation, fields, fragments)

    def selection(self) -> list[Field]:
        self.expect("{")
        fields = []
        while not self.take("}"):
            fields.append(self.spread() if self.take("...") else self.field())
        return fields

    def spread(self) -> Field:
        if self.take("on"):
            return Field(self.next(), inside=self.selection(), spread=True)
        return Field(self.next(), spread=True)

    def field(self) -> Field:
        found = Field(self.next())
        if self.take(":"):
            found = Field(self.next(), alias=found.name)
        if self.take("("):
            found.args = self.named(")")
        if self.tokens[self.at] == "{":
            found.inside = self.selection()
        return found

    def named(self, end: str) -> dict[str, Any]:
        found = {}
        while not self.take(end):
            name = self.next()
            self.expect(":")
            found[name] = self.value()
        return found

    def value(self) -> Any:
        if self.take("$"):
            return Variable(self.next())
        if self.take("{"):
            return self.named("}")
        if self.take("["):
            items = []
            while not self.take("]"):
                items.append(self.value())
            return items
        token = self.next()
        if token.startswith('"'):
            return json.loads(token)
        return int(token) if token.lstrip("-").isdigit() else {"true": True, "false": False}.get(
            token, token)  # fmt: skip

    def next(self) -> str:
        token = self.tokens[self.at]
        if not token:
            raise Refused("the query ends too early")
        self.at += 1
        return token

    def take(self, token: str) -> bool:
        if self.tokens[self.at] != token:
            return False
        self.at += 1
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise Refused(f"expected {token} before {self.tokens[self.at]}")
