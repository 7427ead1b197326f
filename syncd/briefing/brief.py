"""The morning brief of one person, from one pass."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from syncd.briefing import changes, freshness, handover
from syncd.briefing.agenda import agendas
from syncd.briefing.material import Open
from syncd.briefing.moved import Told
from syncd.briefing.priorities import top
from syncd.briefing.reader import Reader
from syncd.briefing.risks import answer, decisions, is_quiet, loud, open_to
from syncd.briefing.teams import main_dates, team_brief
from syncd.briefing.wording import DAYS, counts, cut, since_words
from syncd.model.briefs import Brief, Decision, TeamBrief
from syncd.model.findings import Standing
from syncd.reconciler.facts import wording
from syncd.text import clean_text

MOST = {"changes": 12, "decisions": 3, "teams": 8, "meetings": 8}
"""Entries of each section that a mail shows; the rest is a number."""
NOTHING_MOVED = "No date moved"
_LIGHTS = (Standing.LATE, Standing.AT_RISK, Standing.NO_DATA, Standing.ON_PLAN)


def brief(reader: Reader, since: datetime, *, whole: bool = False) -> Brief:
    """What changed after `since` and how things stand; `whole` leaves out nothing."""
    most = {} if whole else MOST
    every = open_to(reader)
    told = changes.changes(reader, since)
    near = tuple(one for one in told if not handover.is_from_afar(reader, one))
    shown, more_changes = cut(tuple(one.line for one in near), most.get("changes"))
    asked, moved = decisions(reader, every), changes.moved(told)
    asked_first, more_decisions = cut(asked, most.get("decisions"))
    teams, more_teams = cut(_teams(reader, every, since), most.get("teams"))
    meetings, more_meetings = cut(tuple(agendas(reader, every)), most.get("meetings"))
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
        dates=tuple(main_dates(reader)),
        decisions=asked_first,
        more_decisions=more_decisions,
        top=top(reader, every, asked_first),
        teams=teams,
        more_teams=more_teams,
        changes=shown,
        more_changes=more_changes,
        moved=moved,
        meetings=meetings,
        more_meetings=more_meetings,
        handovers=tuple(handover.handovers(reader, told, since)),
        acknowledged=len([one for one in loud(reader, every) if answer(reader, one)]),
        quiet=sum(is_quiet(reader, one) for one in every),
        ages=reader.material.ages,
        data=freshness.data(reader),
        stale=tuple(freshness.stale(reader)),
    )


def program(reader: Reader) -> str:
    """Name of the only program that they run, follow or, without one, work for; else ""."""
    config = reader.material.view.config
    known = {one.id: one.name for one in config.programs}
    theirs = set(reader.teams)
    joined = [one.id for one in config.programs if not theirs.isdisjoint(one.teams)]
    names = [known[one] for one in reader.programs or joined]
    return clean_text(names[0], 60) if len(names) == 1 else ""


def _teams(reader: Reader, every: Sequence[Open], since: datetime) -> tuple[TeamBrief, ...]:
    """The worst first, then by name; those of which nothing at all is known are left out."""
    found = [team_brief(reader, team, every, since) for team in reader.teams]
    known = [
        one
        for one in found
        if one.goal or one.roadblocks or one.put_off or one.done.week or one.done.since
    ]
    return tuple(sorted(known, key=lambda one: (_LIGHTS.index(one.standing), one.name)))


def _subject(reader: Reader, told: tuple[Told, ...], asked: tuple[Decision, ...]) -> str:
    """`Mon 23 Nov: 2 dates moved, 1 decision by Wed`."""
    counted = _counted(told)
    said = [one for one in counted if one != NOTHING_MOVED][:1] or counted
    if asked:
        many = wording.plural(len(asked), "decision")
        said.append(f"{many}{_by(asked, reader, 3)}")
    day = wording.day(reader.today, reader.today)
    return f"{day}: {', '.join([said[0][:1].lower() + said[0][1:], *said[1:]])}"


def _headline(
    reader: Reader, since: datetime, told: tuple[Told, ...], asked: tuple[Decision, ...]
) -> str:
    """`2 dates moved and 1 new since Friday; 1 decision is due by Wednesday`."""
    text = f"{wording.listing(_counted(told))} since {since_words(reader, since)}"
    if asked:
        verb = "is" if len(asked) == 1 else "are"
        many = wording.plural(len(asked), "decision")
        return f"{text}; {many} {verb} due{_by(asked, reader)}"
    return text


def _counted(told: tuple[Told, ...]) -> list[str]:
    """What there is of each kind; that no date moved only where no alert tells of a move either."""
    moved = changes.moved(told)
    said = counts(moved, [one.line for one in told])
    if not moved and not any(map(changes.is_of_date, told)):
        said.insert(0, NOTHING_MOVED)
    return said


def _by(asked: tuple[Decision, ...], reader: Reader, letters: int | None = None) -> str:
    """` today`, ` by Wednesday` within a week, else ` by Wed 16 Dec`; of several days the first."""
    first = asked[0]
    which = " " if first.by == asked[-1].by else ", the first "
    days = (first.by - reader.today).days
    if days == 0:
        return f"{which}today"
    name = DAYS[first.by.weekday()][:letters] if days < len(DAYS) else first.by_words
    return f"{which}by {name}"
