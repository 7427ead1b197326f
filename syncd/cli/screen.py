"""Putting lines on a terminal or into a pipe: width, colour, columns, clean text."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, TextIO

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

from syncd.cli.options import Options
from syncd.cli.typed import as_typed
from syncd.cli.words import NBSP
from syncd.pictures.days import MONTHS
from syncd.redaction import SECRETS
from syncd.text import as_json, clean_text, grouped

WIDEST = 120
PIPE = 80
MOST = 200
"""Rows of a table that somebody can still read; Markdown and what scripts read have all."""
BLOCKS_BELOW = 70
"""Narrower than this a table becomes one block per row."""

_GLUE = re.compile(
    rf"(?<=\d) (?=(?:{'|'.join(MONTHS)}|wd|working|h|min|d)\b)"
    rf"|(?<={'|'.join(MONTHS)}) (?=\d{{4}}\b)"
    r"|(?<=\bworking) (?=days?\b)|(?<=\d) (?=\d{3}\b)"
    r"|(?<=\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)) (?=\d)"
)

Part = str | tuple[str, str]
"""A text, or a text with its style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table. `drop` orders which go first where room is short; 0 = never."""

    title: str
    drop: int = 0
    below: int = 0
    """Narrower than this it goes in any case."""
    flexible: bool = False
    """Takes the room that is left, and wraps."""
    wanted: int = 28
    """Room for which other columns are dropped, if it is flexible and has that much to say."""
    head: bool = False
    """Opens the block of its row on a narrow screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Text of one cell with its style."""

    text: str
    style: str = ""


class Screen:
    """Where a command prints: results to stdout, everything else to stderr."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.width = options.width or _detected_width(options)
        self._out = _console(sys.stdout, options, self.width)

    @cached_property
    def err(self) -> Console:
        """stderr, for progress."""
        return _console(sys.stderr, self.options, _detected_width(self.options))

    @property
    def is_json(self) -> bool:
        """Whether a script reads stdout."""
        return self.options.format in ("json", "jsonl")

    def line(self, *parts: Part) -> None:
        """One line of the result as it is; it must fit."""
        self._print(_joined(parts))

    def text(self, text: str, *, indent: int = 0, hanging: int = 0, style: str = "") -> None:
        """A sentence, wrapped to the width; keys and dates stay whole."""
        for number, piece in enumerate(wrapped(text, self.width - indent - hanging)):
            pad = " " * (indent + (hanging if number else 0))
            self._print(Text(pad + piece, style=style))

    def labelled(self, label: str, text: str, *, indent: int) -> None:
        """`label  text`, further lines below the text."""
        pieces = wrapped(text, self.width - indent) or [""]
        for number, piece in enumerate(pieces):
            head = label.ljust(indent) if number == 0 else " " * indent
            self._print(Text(head + piece))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """A table that fits the width: columns dropped in their order, blocks if too narrow.

        In Markdown the whole table, and an empty line that ends it.
        """
        if self.options.format == "md":
            self.raw(f"{markdown_table(columns, rows)}\n")
            return
        if self.width < BLOCKS_BELOW:
            self._blocks(columns, rows)
            return
        kept, widths = _fitting(columns, rows, self.width)
        if any(column.title for column in columns):
            titles = [Cell(text=columns[index].title, style="dim") for index in kept]
            self._row(titles, widths)
        for row in rows:
            self._row([row[index] for index in kept], widths)

    def first(
        self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], total: int, what: str
    ) -> None:
        """A table of the first `MOST` rows; a note tells how many `what` there are."""
        is_whole = self.options.format == "md" or total <= MOST
        self.table(columns, list(rows if is_whole else islice(rows, MOST)))
        if not is_whole:
            self.note(
                f"These are the first {MOST} of {grouped(total)} {what}: --team TEAM narrows the "
                "list, -f jsonl has all."
            )

    def trouble(self, text: str) -> None:
        """An error that ends nothing: told unless nothing at all is to be told."""
        if self.options.quiet < 2:
            sys.stderr.write(SECRETS.mask(text.replace(NBSP, " ")) + "\n")

    def note(self, text: str) -> None:
        """A warning or hint for the person at the terminal; its commands as they work here."""
        if self.options.quiet < 1:
            sys.stderr.write(SECRETS.mask(self.typed(text).replace(NBSP, " ")) + "\n")

    def typed(self, text: str) -> str:
        """Words of ours, with the commands in them as they work here."""
        return as_typed(text, self.options)

    def document(self, document: Any) -> None:
        """The result for a script; on one line where it reads lines."""
        indent = None if self.options.format == "jsonl" else 2
        sys.stdout.write(SECRETS.mask(as_json(document, indent=indent)) + "\n")

    def lines_of(self, objects: Sequence[Any]) -> None:
        """The result for a script, one object a line."""
        for each in objects:
            sys.stdout.write(SECRETS.mask(as_json(each)) + "\n")

    def entries(self, schema: str, name: str, entries: Sequence[Any], **more: Any) -> None:
        """The result for a script: one document with what is `more`, or a line for each entry."""
        if self.options.format == "jsonl":
            self.lines_of(entries)
        else:
            self.document({"schema": schema, **more, name: list(entries)})

    def raw(self, text: str) -> None:
        """A finished text."""
        sys.stdout.write(SECRETS.mask(text))

    def _print(self, text: Text) -> None:
        if self.options.quiet > 1:
            return
        text.plain = text.plain.replace(NBSP, " ").rstrip()
        self._out.print(text, soft_wrap=True)

    def _row(self, cells: Sequence[Cell], widths: Sequence[int]) -> None:
        stacks = [
            wrapped(cell.text, width) or [""] for cell, width in zip(cells, widths, strict=True)
        ]
        for number in range(max(map(len, stacks))):
            line = Text()
            for cell, stack, width in zip(cells, stacks, widths, strict=True):
                piece = stack[number] if number < len(stack) else ""
                line.append(set_cell_size(piece, width) + "  ", style=cell.style)
            self._print(line)

    def _blocks(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        for number, row in enumerate(rows):
            if number:
                self.line("")
            marks = [cell for column, cell in zip(columns, row, strict=True) if column.head]
            main = next(cell for column, cell in zip(columns, row, strict=True) if column.flexible)
            self._headline(marks, main)
            for column, cell in zip(columns, row, strict=True):
                if not (column.flexible or column.head) and cell.text not in ("", "—"):
                    label = f"{column.title}: " if column.title else ""
                    self.text(label + cell.text, indent=3, hanging=2)

    def _headline(self, marks: Sequence[Cell], main: Cell) -> None:
        head = Text()
        for mark in marks:
            head.append(mark.text, style=mark.style)
            head.append(" ")
        for number, piece in enumerate(wrapped(main.text, self.width - max(head.cell_len, 3))):
            line = head if number == 0 else Text("   ")
            self._print(line.append(piece, style=main.style))


def markdown_table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> str:
    """All columns of a table, for wikis and comments."""
    from syncd.report.markdown import escaped

    head = [[column.title for column in columns], ["---"] * len(columns)]
    body = [[escaped(cell.text).replace(NBSP, " ") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [*head, *body])


def clean(text: str) -> str:
    """Text of other people as one harmless line."""
    return clean_text(text)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells; breaks at spaces only, but for a word that is too long."""
    width = max(width, 10)
    lines: list[str] = []
    line = ""
    for word in _GLUE.sub(NBSP, text).split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while cell_len(line) > width:
            head, *_ = chop_cells(line, width)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line] if line else lines


def _fitting(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int
) -> tuple[list[int], list[int]]:
    natural = [
        max(cell_len(column.title), *(cell_len(row[index].text) for row in rows), 0)
        for index, column in enumerate(columns)
    ]
    kept = [
        index
        for index, column in enumerate(columns)
        if width >= column.below and (column.flexible or _says_something(index, column, rows))
    ]
    flexible = [index for index in kept if columns[index].flexible]
    while True:
        fixed = sum(natural[index] + 2 for index in kept if index not in flexible)
        room = width - fixed
        droppable = sorted((columns[i].drop, i) for i in kept if columns[i].drop)
        wanted = sum(min(natural[index], columns[index].wanted) + 2 for index in flexible)
        if room >= wanted or not droppable:
            break
        kept.remove(droppable[0][1])
    widths = dict(enumerate(natural))
    narrow_first = sorted(flexible, key=natural.__getitem__)
    for number, index in enumerate(narrow_first):
        share = room // (len(narrow_first) - number) - 2
        widths[index] = min(natural[index], max(share, 10))
        room -= widths[index] + 2
    return kept, [widths[index] for index in kept]


def _says_something(index: int, column: Column, rows: Sequence[Sequence[Cell]]) -> bool:
    empty = ("", "—") if column.drop else ("",)
    return bool(column.title and not column.drop) or any(
        row[index].text not in empty for row in rows
    )


def _joined(parts: Sequence[Part]) -> Text:
    line = Text()
    for part in parts:
        if isinstance(part, str):
            line.append(part)
        else:
            line.append(part[0], style=part[1])
    return line


def _detected_width(options: Options) -> int:
    columns = options.env.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) >= 20:
        return min(int(columns), WIDEST)
    if not sys.stdout.isatty():
        return PIPE
    return min(max(shutil.get_terminal_size((PIPE, 24)).columns, 20), WIDEST)


def _console(stream: TextIO, options: Options, width: int) -> Console:
    colourful = stream.isatty() if options.color is None else options.color
    return Console(
        file=stream, width=width, highlight=False, markup=False, emoji=False,
        no_color=not colourful, force_terminal=colourful or stream.isatty(),
        color_system="standard" if colourful else None, legacy_windows=False,
    )  # fmt: skip
