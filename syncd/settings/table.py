"""What every table of the configuration is."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Table(BaseModel):
    """Any table: unknown keys are errors, and no error repeats what was written."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=False
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """With what stands below each key.

        Pydantic itself (`use_attribute_docstrings`) would read the source of every table
        whenever a command starts.
        """
        made = handler.resolve_ref_schema(handler(core_schema))
        texts: dict[str, str] = {}
        for kind in (one for one in reversed(cls.__mro__) if issubclass(one, Table)):
            texts |= descriptions(kind)
        for name, field in cls.model_fields.items():
            if name in texts:
                made["properties"][field.alias or name]["description"] = texts[name]
        return made


def descriptions(kind: type[Any]) -> dict[str, str]:
    """The text below each field that a class declares itself, on one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    found: dict[str, str] = {}
    name = ""
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif name and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[name] = " ".join(str(node.value.value).split())
            name = ""
    return found
