"""A page from its words: every text escaped, nothing fetched, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from starlette.responses import HTMLResponse

from syncd.web.style import STYLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says, and the one button that it may have."""

    title: str
    lines: Sequence[str] = ()
    small: Sequence[str] = ()
    button: str = ""
    token: str = ""
    links: Sequence[tuple[str, str]] = ()
    """(address, words)."""
    days: Sequence[tuple[int, str]] = ()
    usual: int = 0
    """Which of the days is chosen where nobody chooses."""
    note: str = ""
    """What stands over the field for a few words; "" = there is none."""
    must_note: bool = False
    again: bool = False
    """Whether the button takes back what was done."""


def response(page: Page, status: int = 200) -> HTMLResponse:
    """The page as HTML."""
    text = _template().render(
        title=page.title, lines=page.lines, small=page.small, button=page.button,
        token=page.token, days=page.days, usual=page.usual, note=page.note,
        must_note=page.must_note, links=page.links, again=page.again, style=STYLE,
    )  # fmt: skip
    return HTMLResponse(text, status_code=status)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("syncd.web"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html")
