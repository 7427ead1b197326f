"""The morning brief of one person, from one pass."""

from __future__ import annotations

from datetime import datetime

from syncd.briefing import changes, freshness, handover
from syncd.briefing.agenda import agendas
from syncd.briefing.moved import Told
from syncd.briefing.priorities import top
from syncd.briefing.reader import Reader
from syncd.briefing.risks import answer, decisions, is_quiet, loud, open_to
from syncd.briefing.teams import team_brief
from syncd.briefing.wording import DAYS, counts, since_words
from syncd.model.briefs import Brief, Decision, TeamBrief
from syncd.model.findings import Standing
from syncd.reconciler.facts import wording
from syncd.text import clean_text

MOST_CHANGES, MOST_DECISIONS, MOST_TEAMS, MOST_MEETINGS = 12, 3, 8, 8
_LIGHTS = (Standing.LATE, Standing.AT_RISK, Standing.NO_DATA, Standing.ON_PLAN)


def brief(reader: Reader, since: datetime) -> Brief:
    """What changed after `since` and how things stand, in the reader's words and days."""
    every = open_to(reader)
    told = changes.changes(reader, since)
    near = tuple(one for one in told if not handover.is_from_afar(reader, one))
    shown, more = changes.lines(near, MOST_CHANGES)
    asked, moved = decisions(reader, every), changes.moved(told)
    teams = _teams(reader, since)
    meetings = tuple(agendas(reader, every))
    return Brief(
        person=reader.person.id,
        name=clean_text(reader.person.name, 60),
        for_leader=reader.for_leader,
        program=program(reader),
        as_of=reader.material.as_of,
        since=since,
        zone=reader.zone,
        subject=_subject(reader, told, asked),
        headline=_headline(reader, since, told, asked),
        since_words=since_words(reader, since),
        decisions=asked[:MOST_DECISIONS],
        more_decisions=max(0, len(asked) - MOST_DECISIONS),
        top=top(reader, every, asked[:MOST_DECISIONS]),
        teams=teams[:MOST_TEAMS],
        more_teams=max(0, len(teams) - MOST_TEAMS),
        changes=shown,
        more_changes=more,
        moved=moved,
        meetings=meetings[:MOST_MEETINGS],
        more_meetings=max(0, len(meetings) - MOST_MEETINGS),
        handovers=tuple(handover.handovers(reader, told, since)),
        acknowledged=len([one for one in loud(reader, every) if answer(reader, one)]),
        quiet=sum(is_quiet(reader, one) for one in every),
        ages=reader.material.ages,
        data=freshness.data(reader),
        stale=tuple(freshness.stale(reader)),
    )


def program(reader: Reader) -> str:
    """Name of the only program of the reader, "" for none or several."""
    known = {one.id: one.name for one in reader.material.view.config.programs}
    names = [known[one] for one in reader.programs]
    return clean_text(names[0], 60) if len(names) == 1 else ""


def _teams(reader: Reader, since: datetime) -> tuple[TeamBrief, ...]:
    """The worst first, then by name; those of which nothing at all is known are left out."""
    every = open_to(reader)
    found = [team_brief(reader, team, every, since) for team in reader.teams]
    known = [one for one in found if one.goal or one.roadblocks or one.done.week or one.done.since]
    return tuple(sorted(known, key=lambda one: (_LIGHTS.index(one.standing), one.name)))


def _subject(reader: Reader, told: tuple[Told, ...], asked: tuple[Decision, ...]) -> str:
    """`Mon 23 Nov: 2 dates moved, 1 decision by Wed`."""
    said = _counted(told)[:1]
    if asked:
        said.append(f"{wording.plural(len(asked), 'decision')} {_by(asked[0], reader, 3)}")
    day = wording.day(reader.today, reader.today)
    return f"{day}: {', '.join([said[0][:1].lower() + said[0][1:], *said[1:]])}"


def _headline(
    reader: Reader, since: datetime, told: tuple[Told, ...], asked: tuple[Decision, ...]
) -> str:
    """`2 dates moved and 1 new since Friday; 1 decision is due by Wednesday`."""
    text = f"{wording.listing(_counted(told))} since {since_words(reader, since)}"
    if len(asked) == 1:
        return f"{text}; 1 decision is due {_by(asked[0], reader)}"
    if asked:
        return f"{text}; {len(asked)} decisions are due, the first {_by(asked[0], reader)}"
    return text


def _counted(told: tuple[Told, ...]) -> list[str]:
    """What there is of each kind; that no date moved only where no alert tells of a move either."""
    moved = changes.moved(told)
    said = counts(moved, [one.line for one in told])
    if not moved and not any(map(changes.is_of_date, told)):
        said.insert(0, "No date moved")
    return said


def _by(asked: Decision, reader: Reader, letters: int | None = None) -> str:
    """`today`, `by Wednesday` within a week, else `by Wed 16 Dec`."""
    days = (asked.by - reader.today).days
    if days == 0:
        return "today"
    return f"by {DAYS[asked.by.weekday()][:letters] if days < len(DAYS) else asked.by_words}"
