"""What teams of other time zones did while the reader was away (`reconciler.md` §E6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from syncd.briefing.material import served
from syncd.briefing.moved import Told
from syncd.briefing.reader import Reader
from syncd.briefing.teams import issues_by_team
from syncd.model.briefs import HandOver, Line, News
from syncd.model.calendar import local_time
from syncd.model.items import Issue, Phase, PullRequest
from syncd.model.people import Team
from syncd.reconciler.facts import subjects, wording
from syncd.text import clean_text

APART = timedelta(hours=3)
"""From this difference on, a team's day is not the reader's."""
MOST_LINES = 4


def far_teams(reader: Reader) -> tuple[Team, ...]:
    """Teams of the reader that work at other hours; never their own."""
    at = reader.material.as_of
    here = reader.local(at).utcoffset() or timedelta()
    return tuple(
        team
        for team in reader.material.view.config.teams
        if team.id in reader.teams
        and team.id != reader.person.team
        and abs((local_time(at, team.timezone).utcoffset() or timedelta()) - here) >= APART
    )


def is_from_afar(reader: Reader, told: Told) -> bool:
    """Whether somebody of such a team answered: told as part of the hand-over."""
    person = reader.material.routes.people.get(told.by)
    far = {team.id for team in far_teams(reader)}
    return told.line.news is News.ANSWERED and person is not None and person.team in far


def handovers(reader: Reader, told: Sequence[Told], since: datetime) -> Iterator[HandOver]:
    """One for each zone in which something was done; none for leaders."""
    if reader.for_leader:
        return
    zones: dict[str, list[Team]] = {}
    for team in far_teams(reader):
        zones.setdefault(team.timezone, []).append(team)
    for zone, teams in sorted(zones.items()):
        found = [(at, line) for team in teams for at, line in _done(reader, team, since)]
        found += [
            (one.line.at or since, one.line)
            for one in told
            if is_from_afar(reader, one) and _team(reader, one.by) in {team.id for team in teams}
        ]
        found.sort(key=lambda pair: (pair[0], pair[1].text), reverse=True)
        if found:
            yield HandOver(
                place=zone.rpartition("/")[2].replace("_", " "),
                zone=zone,
                lines=tuple(line for _, line in found[:MOST_LINES]),
                more=max(0, len(found) - MOST_LINES),
            )


def _team(reader: Reader, person: str) -> str:
    return reader.material.routes.people[person].team or ""


def _done(reader: Reader, team: Team, since: datetime) -> Iterator[tuple[datetime, Line]]:
    view = reader.material.view
    for issue in view.once(issues_by_team).get(team.id, ()):
        if issue.phase is Phase.DONE and issue.done_at and issue.done_at > since:
            who = view.account_name(issue.key.source, issue.assignee)
            yield issue.done_at, _line(reader, team, issue.done_at, issue, f"done by {who}")
    for pull in view.snapshot.pull_requests:
        hidden = any(one.restricted for one in view.once(served).get(pull.key, ()))
        is_theirs = not hidden and view.team_of(pull.key).team == team.id
        if pull.merged_at and pull.merged_at > since and is_theirs:
            who = view.account_name(pull.key.source, pull.author)
            yield pull.merged_at, _line(reader, team, pull.merged_at, pull, f"merged by {who}")


def _line(reader: Reader, team: Team, at: datetime, item: Issue | PullRequest, what: str) -> Line:
    """`Crash fix (MOB-61): merged by W. Tan, Fri 20 Nov 16:40 UTC+08`, on the team's clock."""
    said = clean_text(what.removesuffix(" by "), 80)
    when = wording.moment(at, team.timezone, reader.today)
    name = clean_text(subjects.called(item), 120)
    return Line(text=f"{name}: {said}, {when}", ref=clean_text(item.ref, 80), url=item.url)
