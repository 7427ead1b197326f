"""JSON files as commands leave them: one value, one a line, or several arrays in a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from syncd.connectors.file.content import UnreadableFile

_SPACE = " \t\r\n\ufeff"


def read_values(text: str) -> Iterator[tuple[int, Any]]:
    """(line, value) of each JSON value of a text. Raises `UnreadableFile` with the line."""
    decoder = json.JSONDecoder()
    at, line = 0, 1
    while True:
        start = _skip(text, at)
        line += text.count("\n", at, start)
        if start == len(text):
            return
        try:
            value, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise UnreadableFile(f"not JSON ({error.msg})", line=error.lineno) from None
        except RecursionError:
            raise UnreadableFile("JSON nested absurdly deep", line=line) from None
        yield line, value
        line += text.count("\n", start, end)
        at = end


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
