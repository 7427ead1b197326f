"""A brief or pack as headings, entries and notes: the order and the words of every form.

Mail, terminal and Markdown only dress it up, so that none says more than another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.model.briefs import (
    Agenda,
    Brief,
    Changed,
    Decision,
    Due,
    Line,
    MeetingKind,
    MeetingPack,
    News,
    Risk,
    TeamBrief,
)
from syncd.model.findings import Standing

SHAPES = {
    Standing.LATE: "▲",
    Standing.AT_RISK: "◆",
    Standing.ON_PLAN: "●",
    Standing.NO_DATA: "○",
}
_TOP = ("", "First thing today", "Top two for today", "Top three for today")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing: a tag in front, its sentence, and what else there is to it."""

    text: str
    tag: str = ""
    """A word or a time; never a colour alone."""
    standing: Standing | None = None
    """Colour and shape of the tag; None = it is no light."""
    notes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """(words of its text or notes, address)."""

    @property
    def label(self) -> str:
        """The tag with its shape."""
        shape = SHAPES[self.standing] if self.standing and self.standing in self.tag else ""
        return f"{shape} {self.tag}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    key: str
    """dates, decide, top, teams, changes, meetings, handover, risks or who."""
    title: str
    entries: tuple[Entry, ...]
    more: int = 0
    """What there is besides."""


def outline(content: Brief | MeetingPack) -> tuple[Section, ...]:
    """Its sections in the order in which they are read, without the empty ones."""
    found = _brief(content) if isinstance(content, Brief) else _pack(content)
    return tuple(one for one in found if one.entries)


def footer(content: Brief | MeetingPack) -> str:
    """How old the data is, and what is not shown."""
    data = f"Data as of {content.data}."
    if isinstance(content, MeetingPack):
        return data
    taken = [f"{content.acknowledged} acknowledged"] if content.acknowledged else []
    taken += [f"{content.quiet} put off or accepted"] if content.quiet else []
    return f"Open alerts: {', '.join(taken)}. {data}" if taken else data


def title(content: Brief | MeetingPack) -> str:
    """What it is, and for whom."""
    what = "brief" if isinstance(content, Brief) else _prepared(content)
    said = f"{what} for {content.name}"
    return f"{content.program}: {said}" if content.program else f"{said[:1].upper()}{said[1:]}"


def _prepared(content: MeetingPack) -> str:
    return f"pack for {content.meeting.title}, {content.meeting.clock},"


def _brief(content: Brief) -> Iterator[Section]:
    aims = "Main date" if len(content.dates) == 1 else "Main dates"
    yield Section(key="dates", title=aims, entries=tuple(map(_date, content.dates)))
    yield _decide(content.decisions, content.more_decisions)
    entries = (
        _line(one, tag=f"{place}.", notes=_some(one.why))
        for place, one in enumerate(content.top, start=1)
    )
    yield Section(key="top", title=_TOP[len(content.top)], entries=tuple(entries))
    teams = tuple(map(_team, content.teams))
    yield Section(key="teams", title="Teams", entries=teams, more=content.more_teams)
    yield _changes(content.changes, content.more_changes, content.since_words)
    meetings = tuple(map(_agenda, content.meetings))
    yield Section(
        key="meetings", title="Your meetings today", entries=meetings, more=content.more_meetings
    )
    for one in content.handovers:
        lines = tuple(map(_line, one.lines))
        yield Section(
            key="handover", title=f"Handed over from {one.place}", entries=lines, more=one.more
        )


_FIRST = {
    MeetingKind.STAND_UP: ("changes", "risks", "decide", "dates"),
    MeetingKind.RISK_REVIEW: ("risks", "decide", "changes", "dates"),
    MeetingKind.GO_NO_GO: ("decide", "dates", "risks", "changes"),
    MeetingKind.OTHER: ("decide", "changes", "risks", "dates"),
}
"""Sections of a pack in the order in which such a meeting needs them."""
_ASKED = {MeetingKind.GO_NO_GO: "Decide", MeetingKind.RISK_REVIEW: "Go through"}


def _pack(content: MeetingPack) -> Iterator[Section]:
    risks = tuple(map(_risk, content.risks))
    found = (
        _decide(content.decisions, content.more_decisions),
        _changes(content.changes, content.more_changes, content.since_words),
        Section(key="risks", title="Open risks", entries=risks, more=content.more_risks),
        Section(key="dates", title="Dates", entries=tuple(map(_date, content.dates))),
    )
    order = _FIRST[content.meeting.kind]
    yield from sorted(found, key=lambda one: order.index(one.key))
    who = ", ".join(content.attendees)
    if content.strangers:
        others = "other" if content.strangers == 1 else "others"
        who += f"{' and ' if who else ''}{content.strangers} {others}"
    yield Section(key="who", title="Expected", entries=(Entry(text=who),) if who else ())


def _decide(decisions: Sequence[Decision], more: int) -> Section:
    entries = (_line(one, tag=f"by {one.by_words}", notes=_some(one.why_then)) for one in decisions)
    return Section(key="decide", title="To decide", entries=tuple(entries), more=more)


def _changes(changes: Sequence[Changed], more: int, since: str) -> Section:
    entries = tuple(_line(one, tag=str(one.news), standing=_colour(one)) for one in changes)
    return Section(key="changes", title=f"Changed since {since}", entries=entries, more=more)


def _colour(one: Changed) -> Standing:
    return Standing.ON_PLAN if one.news is News.CLEARED else one.standing


def _team(team: TeamBrief) -> Entry:
    due, goal = team.due, team.goal
    what = f": {due.text}" if due and due.text != goal else ""
    notes = [f"Next date: {due.when} ({due.note}){what}"] if due else []
    notes += [f"Goal: {goal}"] if goal else []
    notes += [f"Roadblock: {_held(one)}" for one in team.roadblocks]
    notes += [f"and {team.more_roadblocks} more"] if team.more_roadblocks else []
    notes += [] if team.roadblocks or team.put_off else ["No roadblock"]
    notes += [_numbered(one) for one in team.put_off]
    notes += [f"and {team.more_put_off} more put off"] if team.more_put_off else []
    notes.append(f"Done: {team.done.words}")
    links = [*_links(*team.roadblocks, *team.put_off), *(_links(due) if due else [])]
    return Entry(
        text=team.name,
        tag=str(team.standing),
        standing=team.standing,
        notes=tuple(notes),
        links=tuple(links),
    )


def _held(one: Risk) -> str:
    """A risk with its number and holder."""
    owner = f" Owner: {one.owner}." if one.owner else ""
    return f"{_numbered(one)}{owner}"


def _risk(one: Risk) -> Entry:
    notes = [f"Owner: {one.owner}"] if one.owner else []
    notes += [f"Would help: {one.act}"] if one.act else []
    notes += one.answers
    return _line(one, tag=str(one.standing), standing=one.standing, notes=tuple(notes))


def _agenda(one: Agenda) -> Entry:
    verb = _ASKED.get(one.meeting.kind, "Ask")
    notes = [_asked(verb, _numbered(line)) for line in one.ask]
    notes += [f"Since {one.since_words}: {_numbered(line)}" for line in one.changed]
    notes += [f"and {one.more_changed} more since {one.since_words}"] if one.more_changed else []
    return Entry(
        text=one.meeting.title,
        tag=one.meeting.clock,
        notes=tuple(notes),
        links=tuple(_links(*one.ask, *one.changed)),
    )


def _asked(verb: str, text: str) -> str:
    """An act that begins with the word for what is to be done there needs it once."""
    return text if text.startswith(f"{verb} ") else f"{verb}: {text}"


def _date(due: Due) -> Entry:
    return Entry(
        text=f"{due.text}: {due.when} ({due.note})",
        tag=f"{due.standing} {due.trend}".strip(),
        standing=due.standing,
        notes=_some(due.why),
        links=tuple(_links(due)),
    )


def _line(
    one: Line, *, tag: str = "", standing: Standing | None = None, notes: tuple[str, ...] = ()
) -> Entry:
    return Entry(
        text=_numbered(one), tag=tag, standing=standing, notes=notes, links=tuple(_links(one))
    )


def _numbered(one: Line) -> str:
    """The sentence, and the number under which the rest is to be found."""
    return f"{one.text} ({one.alert})" if one.alert and one.alert not in one.text else one.text


def _links(*lines: Line) -> list[tuple[str, str]]:
    return [(one.ref, one.url) for one in lines if one.ref and one.url]


def _some(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
