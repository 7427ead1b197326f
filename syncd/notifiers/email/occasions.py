"""What the templates of briefs and packs are given: the outline, with looks and links for mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncd.model.briefs import Brief, MeetingPack, TeamBrief
from syncd.model.findings import Standing
from syncd.model.people import Person
from syncd.outline import Entry, Section, footer, outline, title
from syncd.text import clean_text, safe_url

LOOKS = {
    Standing.LATE: "late",
    Standing.AT_RISK: "risk",
    Standing.ON_PLAN: "ok",
    Standing.NO_DATA: "none",
}
"""CSS class of each colour."""
TALLEST = 24
"""Pixels of the highest bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry of a section."""

    tag: str
    look: str
    """CSS class of the tag; "" = plain text."""
    text: str
    notes: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    urls: tuple[str, ...] = ()
    """Addresses that plain text shows here."""
    heights: tuple[int, ...] = ()
    """Of the bars of a team, in pixels; the least is a line."""
    when: str = ""
    note: str = ""

    @property
    def line(self) -> str:
        """Tag, text and date as one line of plain text."""
        gap = ": " if self.look or self.tag.startswith("by ") else " "
        due = f", next date {self.when} ({self.note})" if self.when else ""
        return f"{self.tag}{gap}{self.text}{due}" if self.tag else f"* {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One section."""

    key: str
    title: str
    rows: tuple[Row, ...]
    more: int


def context(
    content: Brief | MeetingPack, person: Person, why: str
) -> tuple[str, dict[str, object]]:
    """Name of the templates, and what they are given besides subject and colours."""
    sections = outline(content)
    is_brief = isinstance(content, Brief)
    return "brief" if is_brief else "pack", {
        "title_line": title(content),
        "program": content.program,
        "view": None,
        "headline": content.headline,
        "preheader": _preheader(content, sections),
        "sections": _blocks(sections, content),
        "old": list(content.stale),
        "footer": _footer(content, person, why),
        "command": "" if content.for_leader else _command(content),
        "all": "" if content.for_leader else f"{_command(content)} --all",
    }


def _footer(content: Brief | MeetingPack, person: Person, why: str) -> str:
    sent = ""
    if isinstance(content, Brief) and person.brief is not None:
        days = "on working days" if person.brief.weekday is None else "once a week"
        sent = f" It comes at {person.brief.at:%H:%M} in your time zone ({person.timezone}) {days}."
    return f"You get this {clean_text(why)}.{sent} {footer(content)}"


def _command(content: Brief | MeetingPack) -> str:
    """Whose it is, as nobody else's login need be a person of the configuration."""
    whose = f"syncd brief --for {content.person}"
    return whose if isinstance(content, Brief) else f"{whose} --meeting next"


def _preheader(content: Brief | MeetingPack, sections: Sequence[Section]) -> str:
    """What an inbox shows behind the subject: the first thing that is not in it."""
    first = next((entry.text for section in sections for entry in section.entries), "")
    return clean_text(first or content.headline, 100)


def _blocks(sections: Sequence[Section], content: Brief | MeetingPack) -> list[Block]:
    shown: set[str] = set()
    return [_block(section, content, shown) for section in sections]


def _block(section: Section, content: Brief | MeetingPack, shown: set[str]) -> Block:
    teams = content.teams if isinstance(content, Brief) and section.key == "teams" else ()
    rows = tuple(
        _row(entry, teams[place] if teams else None, shown)
        for place, entry in enumerate(section.entries)
    )
    return Block(key=section.key, title=section.title, rows=rows, more=section.more)


def _row(entry: Entry, team: TeamBrief | None, shown: set[str]) -> Row:
    """In plain text an address stands below the first row that is about it."""
    due = team.due if team else None
    links = tuple((words, safe_url(url)) for words, url in entry.links)
    fresh = dict.fromkeys(url for _, url in links if url and url not in shown)
    urls = () if team else tuple(fresh)
    shown.update(urls)
    return Row(
        tag=entry.label,
        look=LOOKS[entry.standing] if entry.standing else "",
        text=entry.text,
        notes=tuple(one for one in entry.notes if not (due and one.startswith("Next date: "))),
        links=links,
        urls=urls,
        heights=_heights(team.done.days) if team else (),
        when=due.when if due else "",
        note=due.note if due else "",
    )


def _heights(days: Sequence[int]) -> tuple[int, ...]:
    most = max([*days, 1])
    return tuple(max(1, round(TALLEST * many / most)) for many in days)


def plain_form(content: Brief | MeetingPack) -> str:
    """The least that can be said, in plain ASCII."""
    lines = [
        "The full form of this mail could not be made or was refused.",
        "",
        clean_text(content.headline),
        *([] if content.for_leader else [f"  {_command(content)}"]),
    ]
    return "\n".join(lines).encode("ascii", "replace").decode() + "\n"
