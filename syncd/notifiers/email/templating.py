"""The templates of mails: those shipped, and above them those of a folder that operators keep.

A template of that folder takes the place of the shipped one of the same name, and can build on it
as `shipped/NAME`. What providers wrote is only ever a value in a template, never a template.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syncd.notifiers.email.flaw_words import in_words
from syncd.notifiers.email.links import UNBROKEN, anchor, fixed, prose
from syncd.overrides import Flaw

WIDTH = 76
"""Of a line of plain text."""
MOST_SOURCE = 64_000
"""Bytes of one template file."""
MOST_HTML = 80_000
"""Characters of one rendered mail; mail programs cut near 100 kB."""
_SHIPPED = "shipped"


class TemplateTooBig(TemplateError):
    """A template, or what it made, is larger than a mail may be."""


class Templates:
    """Renders by name; `folder` may hold overrides, and may be missing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder if folder is not None and folder.is_dir() else None
        self._met: dict[str, Flaw] = {}

    @property
    def own(self) -> tuple[Path, ...]:
        """The operators' template files, sorted; () where their folder cannot be read."""
        if self._folder is None:
            return ()
        try:
            files = sorted(self._folder.iterdir())
        except OSError:
            return ()
        return tuple(
            file
            for file in files
            if file.suffix in (".html", ".txt") and not file.name.startswith(".")
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Every template that is shipped."""
        return frozenset(_package().list_templates())

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """The text that a template makes of `context`.

        Raises whatever an override does wrong, after it was noted for `met`.
        """
        try:
            return _rendered(self._environment, name, context)
        except Exception as error:
            flaw = self._flaw(error, name)
            if flaw is not None:
                self._met.setdefault(flaw.where, flaw)
            raise

    def met(self) -> tuple[Flaw, ...]:
        """What overrides did wrong so far: of each place the first."""
        return tuple(self._met.values())

    def misread(self) -> Iterator[Flaw]:
        """What is wrong with the files by themselves."""
        if self._folder is not None and not os.access(self._folder, os.R_OK | os.X_OK):
            yield Flaw(where=str(self._folder), message="the folder cannot be read")
        for file in self.own:
            if file.name not in self.names:
                known = ", ".join(sorted(self.names))
                yield Flaw(where=str(file), message=f"no template has this name; there are {known}")
                continue
            try:
                self._environment.get_template(file.name)
            except TemplateError as error:
                yield self._flaw(error, file.name) or Flaw(where=str(file), message=in_words(error))

    def _flaw(self, error: BaseException, name: str) -> Flaw | None:
        """The place of an error in the folder; None where no file of it takes part."""
        frames = reversed(traceback.extract_tb(error.__traceback__))
        places = [(frame.filename, frame.lineno) for frame in frames]
        if isinstance(error, TemplateSyntaxError):
            places.insert(0, (error.filename or "", error.lineno))
        if isinstance(error, TemplateTooBig):
            places.append((str(self._folder / name) if self._folder else "", 1))
        known = {str(file) for file in self.own}
        found = [f"{file}:{line}" for file, line in places if file in known]
        return Flaw(where=found[0], message=in_words(error)) if found else None

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        return _shipped() if self._folder is None else _reading(_Own(self._folder))


@cache
def _shipped() -> ImmutableSandboxedEnvironment:
    """One for the process: compiling the templates takes longer than filling them in."""
    return _reading()


def _reading(*own: BaseLoader) -> ImmutableSandboxedEnvironment:
    """Knows the templates of `own`, then those that are shipped."""
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, _package(), PrefixLoader({_SHIPPED: _package()})]),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["fill"] = _fill
    environment.filters["aligned"] = _aligned
    environment.filters["plain"] = _plain
    environment.filters["fixed"] = fixed
    environment.filters["prose"] = prose
    environment.globals["anchor"] = anchor
    return environment


class _Own(FileSystemLoader):
    """The operators' folder; a file that is too large is not read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def get_source(self, environment: Any, template: str) -> Any:
        file = self._folder / template
        if file.is_file() and file.stat().st_size > MOST_SOURCE:
            raise TemplateSyntaxError("larger than 64 kB", 1, template, str(file))
        try:
            return super().get_source(environment, template)
        except TemplateNotFound:
            raise
        except (OSError, UnicodeError) as error:
            raise TemplateSyntaxError(str(error), 1, template, str(file)) from error


def _plain(text: str) -> str:
    """Arrows that every mail program shows."""
    return text.replace("→", "->")


def _package() -> PackageLoader:
    return PackageLoader("syncd.notifiers.email")


def _rendered(
    environment: ImmutableSandboxedEnvironment, name: str, context: Mapping[str, Any]
) -> str:
    parts, size = [], 0
    for part in environment.get_template(name).generate(context):
        size += len(part)
        if size > MOST_HTML:
            raise TemplateTooBig(f"{name} makes more than {MOST_HTML // 1000} kB of this mail")
        parts.append(part)
    text = "".join(parts)
    return text.strip("\n") + "\n" if name.endswith(".html") else without_gaps(text)


def _fill(text: str, indent: str = "", hang: str = "", width: int = WIDTH) -> str:
    """`text` wrapped for plain mail; words, keys, links and dates are never broken."""
    lines: list[str] = []
    line = indent
    for word in _unbroken(text):
        if line.strip() and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = hang or indent
        line += f" {word}" if line.strip() else word
    return "\n".join([*lines, line] if line.strip() else lines)


def _unbroken(text: str) -> list[str]:
    joined = UNBROKEN.sub("\xa0", " ".join(text.split()))
    return [word.replace("\xa0", " ") for word in joined.split(" ") if word]


def _aligned(text: str) -> str:
    """Columns with three spaces between them; as many on a line as fit."""
    lines: list[str] = []
    for column in filter(None, text.split("   ")):
        if lines and len(lines[-1]) + 3 + len(column) <= WIDTH:
            lines[-1] += f"   {column}"
        else:
            lines.append(f"  {column}")
    return "\n".join(lines)


def without_gaps(text: str) -> str:
    """Plain text whose left-out parts leave one empty line at most; entries stay apart."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
