"""Per team: goal, roadblocks, what was done, and the next date with its light."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from syncd.briefing.material import Material, Open, worst
from syncd.briefing.reader import Reader
from syncd.briefing.risks import loud, put_off, risk
from syncd.briefing.wording import days_to, range_end, short_day, since_words, slip_words
from syncd.model.briefs import Done, Due, TeamBrief
from syncd.model.findings import Finding, Severity, Standing
from syncd.model.items import Issue, Milestone, Phase, is_sprint
from syncd.reconciler.facts import aims, subjects, wording
from syncd.reconciler.health import Health, of_item
from syncd.reconciler.plan import Node
from syncd.reconciler.view import Deliverable, View
from syncd.text import clean_text

MOST_ROADBLOCKS, MOST_NAMES = 2, 3
DAYS = 5
"""Working days of the bars."""
WEEKS = 4
"""Weeks before these, by which the usual is told."""
FORGOTTEN_BD = 10
"""A date that passed longer ago is nobody's next date."""


def team_brief(reader: Reader, team: str, some: Sequence[Open], since: datetime) -> TeamBrief:
    """Of one team; `some` are the open problems that the reader follows."""
    every = [one for one in some if reader.is_of(one.finding, team) and not _is_shared(one.finding)]
    own, silent = loud(reader, every), tuple(put_off(reader, every))
    grave = [one.finding.standing for one in own if one.finding.severity >= Severity.MEDIUM]
    due = next_due(reader, team)
    text = goal(reader, team) or (due.text if due else "")
    return TeamBrief(
        team=team,
        name=clean_text(subjects.team_name(reader.material.view, team), 60),
        standing=worst(*grave, due.standing if due else Standing.NO_DATA),
        goal=text,
        roadblocks=tuple(risk(reader, one) for one in own[:MOST_ROADBLOCKS]),
        more_roadblocks=max(0, len(own) - MOST_ROADBLOCKS),
        put_off=silent[:MOST_ROADBLOCKS],
        more_put_off=max(0, len(silent) - MOST_ROADBLOCKS),
        done=done(reader, team, since),
        due=due,
    )


def _is_shared(finding: Finding) -> bool:
    """What is of a whole program is no roadblock of one team."""
    return finding.subject.startswith("deliverable:") and len(finding.teams) > 1


def issues_by_team(view: View) -> Mapping[str, tuple[Issue, ...]]:
    """Issues of each team that everybody may see."""
    found: dict[str, list[Issue]] = {}
    for issue in view.snapshot.issues:
        team = None if issue.restricted else view.team_of(issue.key).team
        if team:
            found.setdefault(team, []).append(issue)
    return {team: tuple(many) for team, many in found.items()}


def goal(reader: Reader, team: str) -> str:
    """`Sprint 41: 6 of 11 done, ends Fri 27 Nov`; "" without an open sprint of the team."""
    view = reader.material.view
    held: Counter[Milestone] = Counter()
    for issue in view.once(issues_by_team).get(team, ()):
        sprint = view.milestone(issue.sprint) if issue.sprint else None
        if is_sprint(sprint) and sprint.state == "active":
            held[sprint] += 1
    if not held:
        return ""
    sprint = max(held, key=lambda one: (held[one], one.key))
    members = view.milestone_members(sprint.key)
    finished = sum(one.phase is Phase.DONE for one in members)
    target = view.own_target(sprint.key)
    ends = f", ends {wording.day(target.day, reader.today)}" if target else ""
    return f"{clean_text(sprint.name, 60)}: {finished} of {len(members)} done{ends}"


def done(reader: Reader, team: str, since: datetime) -> Done:
    """What the team finished since then, and on its last five working days."""
    material = reader.material
    calendar = material.view.team_calendar(team)
    closed = [
        (one.done_at, one)
        for one in material.view.once(issues_by_team).get(team, ())
        if one.phase is Phase.DONE and one.done_at
    ]
    by_day = Counter(calendar.local_date(at) for at, _ in closed)
    days = _last_days(material, team)
    fresh = sorted(((at, one) for at, one in closed if at > since), key=lambda pair: pair[0])
    names = [clean_text(one.ref, 40) for _, one in reversed(fresh)][:MOST_NAMES]
    start = calendar.shift(days[0], -WEEKS * DAYS)
    earlier = sum(many for day, many in by_day.items() if start <= day < days[0])
    found = Done(
        since=len(fresh),
        names=() if reader.for_leader else tuple(names),
        days=tuple(_until_next(by_day, days)),
        usual=round(earlier / WEEKS) or None,
    )
    return _worded(found, since_words(reader, since))


def _last_days(material: Material, team: str) -> list[date]:
    """The last five working days of the team, today or the last one before it at the end."""
    calendar = material.view.team_calendar(team)
    last = calendar.local_date(material.as_of)
    while not calendar.works(last) and calendar.shift(last, -1) != last:
        last = calendar.shift(last, -1)
    return [calendar.shift(last, -back) for back in reversed(range(DAYS))]


def _until_next(by_day: Mapping[date, int], days: Sequence[date]) -> Iterator[int]:
    """Each working day with the free days behind it, so that none is lost."""
    for place, first in enumerate(days):
        after = days[place + 1] if place + 1 < len(days) else first + timedelta(days=7)
        yield sum(many for day, many in by_day.items() if first <= day < after)


def _worded(found: Done, since: str) -> Done:
    names = f" ({', '.join(found.names)}" if found.names else ""
    rest = found.since - len(found.names)
    names += f" and {rest} more" if names and rest else ""
    names += ")" if names else ""
    usual = f", usual {found.usual}" if found.usual is not None else ""
    words = f"{found.since} since {since}{names}; {found.week} in 5 days{usual}"
    return Done(
        since=found.since, names=found.names, days=found.days, usual=found.usual, words=words
    )


def next_due(reader: Reader, team: str) -> Due | None:
    """The earliest promised day that is ahead or has passed lately: of a deliverable or item."""
    view = reader.material.view
    found = [
        *(_of_deliverables(reader, team)),
        *(() if reader.for_leader else _of_issues(reader, team)),
    ]
    oldest = view.team_calendar(team).shift(view.today, -FORGOTTEN_BD)
    ahead = [one for one in found if one.planned and one.planned >= oldest]
    return min(ahead, key=lambda one: (one.planned or date.max, one.text), default=None)


def _of_deliverables(reader: Reader, team: str) -> Iterator[Due]:
    for one in reader.material.view.deliverables:
        if team in one.teams and reader.has(one) and not is_only_sprint(reader.material.view, one):
            due = due_of(reader, one)
            if due is not None:
                yield due


def is_only_sprint(view: View, deliverable: Deliverable) -> bool:
    """Whether it is nothing but a sprint: that is the goal already."""
    found = [view.milestone(key) for key in deliverable.bound]
    return bool(found) and all(is_sprint(one) for one in found)


def due_of(reader: Reader, deliverable: Deliverable) -> Due | None:
    """The date of an open deliverable; None without one."""
    health = reader.material.health.get(deliverable.subject)
    if health is None or deliverable.target is None:
        return None
    text = reader.name_of(deliverable)
    return _due(reader, deliverable.subject, deliverable.target.day, text, health)


def main_dates(reader: Reader) -> Iterator[Due]:
    """What each of the reader's programs leads to, against the day that it was promised for."""
    judged, every = reader.material.health, reader.material.view.deliverables
    theirs = (
        aims.aim(one for one in every if one.subject in judged and program in one.programs)
        for program in reader.programs
    )
    for main in dict.fromkeys(one for one in theirs if one and reader.has(one)):
        if plan := main.planned:
            yield _due(reader, main.subject, plan, reader.name_of(main), judged[main.subject])


def _of_issues(reader: Reader, team: str) -> Iterator[Due]:
    view = reader.material.view
    for issue in view.once(issues_by_team).get(team, ()):
        target = None if issue.phase.is_closed else view.own_target(issue.key)
        if target is not None and issue.key not in view.snapshot.invisible:
            text = clean_text(subjects.called(issue), 120)
            yield _due(reader, issue.key, target.day, text, _standing(reader, issue))


def _standing(reader: Reader, issue: Issue) -> Standing:
    """By what is open about it and the day that people are told."""
    subject = str(issue.key)
    found = [one.finding for one in reader.material.open if one.finding.subject == subject]
    return of_item(reader.material.view, issue.key, (one.standing for one in found))


def _due(reader: Reader, node: Node, planned: date, text: str, judged: Health | Standing) -> Due:
    view = reader.material.view
    expected = view.plan.told(node)
    slip = view.plan.days(node, planned, expected) if expected else None
    # That it was not done by its day is no reason to expect it today.
    is_later = bool(expected and expected > view.today and slip and slip > 0)
    plan = f"plan {short_day(planned, reader.today)}"
    standing = judged.standing if isinstance(judged, Health) else judged
    item = view.item(node) if not isinstance(node, str) else None
    return Due(
        text=text,
        standing=standing,
        planned=planned,
        expected=expected if is_later else None,
        slip=slip if is_later else None,
        when=days_to(expected, range_end(reader, node, expected), reader.today)
        if is_later and expected
        else short_day(planned, reader.today),
        note=f"{plan}, {slip_words(slip)}" if is_later else _kept(standing, planned < view.today),
        why=_why(reader, judged) if isinstance(judged, Health) else "",
        trend=judged.trend if isinstance(judged, Health) else "",
        ref=clean_text(item.ref, 80) if item else "",
        url=item.url if item else "",
    )


def _why(reader: Reader, judged: Health) -> str:
    """Its reason, which may name items: not for leaders, nor where one of these is restricted."""
    hidden = any(
        one.finding.restricted and f"deliverable:{one.finding.deliverable}" == judged.subject
        for one in reader.material.open
    )
    return "" if hidden or reader.for_leader else clean_text(judged.why)


def _kept(standing: Standing, is_past: bool) -> str:
    if is_past:
        return "has passed"
    return "as planned" if standing is Standing.ON_PLAN else "planned"
