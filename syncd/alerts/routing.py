"""Who hears of a transition, why, and in which mail (`reconciler.md` §E5, `reliability.md` §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from syncd.alerts.grouping import ENDS, Entry, Recall, Waiting, bundle, group, with_displaced
from syncd.alerts.lifecycle import STALE_RULE
from syncd.alerts.muting import Limits, after_quiet, send_time
from syncd.alerts.news import headline
from syncd.alerts.victims import MOST_BELOW
from syncd.model.alerts import (
    Alert,
    Message,
    MessageState,
    NoticeKind,
    Notification,
    Reason,
    Transition,
    Victims,
)
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity
from syncd.model.people import MailMode, Person, Program, Role, Team

MONDAY_TO_FRIDAY = WorkingCalendar()

AVALANCHE = (
    "So many at once are more often a filter, a permission or a bulk edit than news.",
    "Nobody else was told. To see them all: syncd reconcile",
    "If they are real, let them out with: syncd alerts release",
)


def plan(
    transitions: Sequence[Transition],
    people: Sequence[Person],
    programs: Sequence[Program],
    teams: Sequence[Team],
    *,
    told: Mapping[str, Collection[str]],
    as_of: datetime,
    waiting: Sequence[Message] = (),
    recall: Recall = lambda _fingerprint, _update: None,
    limits: Limits | None = None,
    calendars: Mapping[str, WorkingCalendar] | None = None,
    ages: tuple[tuple[str, datetime | None], ...] = (),
    victims: Mapping[str, Sequence[Alert]] | None = None,
) -> tuple[Notification, ...]:
    """The notifications that follow from `transitions`, by person.

    `told` is the log of who heard of which fingerprint (`grouping.told_by`): only they hear that
    it is over. `waiting` are the unsent messages; where a new notification takes the place of one,
    it repeats what else that one said, found by `recall`, so that nothing is lost when the old
    one is dropped (`grouping.withdrawn`). `calendars` by person id decide on which days digests
    are sent. `victims` by fingerprint are what an alert speaks for (`victims.victims`). Restricted
    findings come out in the neutral form.
    """
    routes = Routes(people, programs, teams)
    limits = limits or Limits()
    days = calendars or {}
    news = _news_by_person(routes, transitions, told)
    late = _waiting_by_person(waiting, transitions, news)
    found: list[Notification] = []
    for person in sorted(routes.people.values(), key=lambda person: person.id):
        pairs = news.get(person.id, [])
        entries = _entries(person, pairs, as_of, limits, days.get(person.id, MONDAY_TO_FRIDAY))
        displaced = late.get(person.id, Waiting())
        entries = with_displaced(entries, displaced, recall, partial(routes.why, person))
        mails = group(person.id, entries, as_of=as_of, limits=limits)
        mails += _adoption(person, pairs, as_of)
        found += [_finish(mail, routes, ages, victims or {}) for mail in mails]
    return tuple(found)


def operator_notices(
    people: Iterable[Person],
    headline: str,
    lines: tuple[str, ...],
    *,
    key: str,
    as_of: datetime,
) -> tuple[Notification, ...]:
    """A service notice that is about no alert, to every operator; `key` says it is the same one."""
    return tuple(
        Notification(
            kind=NoticeKind.SERVICE,
            person=person.id,
            transitions=(),
            why="because you operate syncd",
            send_after=_later(after_quiet(person, as_of), as_of),
            as_of=as_of,
            headline=headline,
            lines=lines,
            key=key,
        )
        for person in people
        if person.operator
    )


def avalanche_notices(
    people: Sequence[Person], held: int, as_of: datetime
) -> tuple[Notification, ...]:
    """Tell operators, once a day, that so many alerts are held back."""
    headline = f"{held} alerts would open at once: held"
    key = f"avalanche {as_of:%Y-%m-%d}"
    return operator_notices(people, headline, AVALANCHE, key=key, as_of=as_of)


def demotion_notices(
    people: Sequence[Person], demoted: Mapping[str, datetime], as_of: datetime
) -> tuple[Notification, ...]:
    """Tell operators, once each time, that people find a rule's mails not worth it."""
    return tuple(
        notice
        for rule, since in demoted.items()
        for notice in operator_notices(
            people,
            f"rule-demoted: {rule} goes to digests only",
            (
                "More than 30 % of the last 20 answers to its alerts were not-useful or known.",
                "Critical alerts of tier A are still told at once.",
                f"To see what it looks for and change it: syncd rules explain {rule}",
            ),
            key=f"rule-demoted {rule} {since.isoformat()}",
            as_of=as_of,
        )
    )


class Routes:
    """Who belongs to what, looked up once for all transitions of a pass."""

    def __init__(
        self, people: Sequence[Person], programs: Sequence[Program], teams: Sequence[Team]
    ) -> None:
        self.people = {person.id: person for person in people}
        self.programs = {program.id: program for program in programs}
        self.teams = {team.id: team for team in teams}
        self._owners: dict[str, list[Person]] = defaultdict(list)
        self._leads: dict[str, list[Person]] = defaultdict(list)
        self._followers: dict[str, list[Person]] = defaultdict(list)
        self._operators = [person for person in people if person.operator]
        for person in people:
            self._owners[f"person:{person.id}"].append(person)
            for source, account in person.accounts:
                self._owners[f"{source}:{account}"].append(person)
            for team in teams:
                is_lead = person.role is Role.LEAD and person.team == team.id
                if is_lead or team.lead == person.id:
                    self._leads[team.id].append(person)
            for program in programs:
                named = (who for _, who in program.stakeholders)
                if program.id in person.programs or any(person.id in who for who in named):
                    self._followers[program.id].append(person)

    def why(self, person: Person, transition: Transition) -> str:
        """Why `person` hears of it; "" if they are not among the audience any more."""
        return self.audience(transition).get(person.id, "")

    def audience(self, transition: Transition) -> dict[str, str]:
        """Person id → why they hear of it, the most personal reason."""
        finding = transition.alert.finding
        if is_service(finding):
            return {person.id: "because you operate syncd" for person in self._operators}
        found: dict[str, str] = {}
        for person, why in self._concerned(finding):
            if person.role is not Role.EXEC or _is_for_leaders(finding):
                found.setdefault(person.id, why)
        return found

    def _concerned(self, finding: Finding) -> Iterator[tuple[Person, str]]:
        what = "this item" if finding.restricted else finding.ref
        owner, personal = finding.owner or "", is_personal(finding)
        for person in self._owners.get(owner, ()):
            yield person, "because it is about your work" if personal else f"because you own {what}"
        own_team = owner.removeprefix("team:") if owner.startswith("team:") else ""
        for team in dict.fromkeys([own_team, *finding.teams]):
            for person in self._leads.get(team, ()):
                yield person, f"because it concerns your team {self.teams[team].name}"
        for program in () if personal else self.programs_of(finding):
            for person in self._followers.get(program.id, ()):
                if person.role is Role.TPM:
                    yield person, f"because you run {program.name}"
                elif person.role in (Role.EXEC, Role.LEAD) or _is_named(program, person):
                    yield person, f"because you follow {program.name}"

    def programs_of(self, finding: Finding) -> list[Program]:
        """Programs that a finding belongs to; those of its teams where it names none."""
        named = [self.programs[name] for name in finding.programs if name in self.programs]
        if named or finding.programs:
            return named
        return [p for p in self.programs.values() if set(p.teams) & set(finding.teams)]

    def program_name(self, transitions: Iterable[Transition]) -> str:
        """The one program that all of it belongs to, or ""."""
        names = set()
        for transition in transitions:
            programs = self.programs_of(transition.alert.finding)
            names.add(programs[0].name if programs else "")
        return names.pop() if len(names) == 1 else ""


def is_service(finding: Finding) -> bool:
    """Whether it is about syncd's own view of the world: for operators only."""
    return finding.rule == STALE_RULE or finding.subject.startswith("source:")


def is_personal(finding: Finding) -> bool:
    """Whether it is about a person: for them and the lead of their team only."""
    return finding.subject.startswith("person:")


def neutral(alert: Alert) -> Alert:
    """The same with nothing that could name a restricted item: rule, dates, severity."""
    finding = alert.finding
    if not finding.restricted:
        return alert
    what = f"A restricted item {'is late' if (finding.slip or 0) > 0 else 'needs attention'}"
    bare = Finding(
        rule=finding.rule,
        subject=finding.subject,
        discriminator=finding.discriminator,
        severity=finding.severity,
        standing=finding.standing,
        ref="restricted item",
        title="Restricted item",
        summary=f"{what}; who may see it finds it by its alert number.",
        plain=f"{what}.",
        act="Ask the lead of the team that owns it.",
        clears="The dates agree again.",
        planned=finding.planned,
        expected=finding.expected,
        slip=finding.slip,
        programs=finding.programs,
        tier=finding.tier,
        restricted=True,
    )
    named = headline(replace(bare, planned=None))
    return replace(alert, finding=bare, headline=named, told_material="")


def _is_for_leaders(finding: Finding) -> bool:
    return finding.tier == "A" and finding.severity >= Severity.HIGH


def _is_named(program: Program, person: Person) -> bool:
    return any(person.id in who for _, who in program.stakeholders)


def _news_by_person(
    routes: Routes, transitions: Iterable[Transition], told: Mapping[str, Collection[str]]
) -> dict[str, list[tuple[Transition, str]]]:
    found: dict[str, list[tuple[Transition, str]]] = defaultdict(list)
    for transition in transitions:
        if not _is_heard(transition):
            continue
        audience = routes.audience(transition)
        if transition.reason in ENDS:
            heard = sorted(told.get(transition.alert.fingerprint, ()))
            audience = {who: audience.get(who, "because you were told of it") for who in heard}
        for who, why in audience.items():
            person = routes.people.get(who)
            if person is not None and _wants(person, transition):
                found[who].append((transition, why))
    return found


def _is_heard(transition: Transition) -> bool:
    adopted = transition.reason is Reason.ADOPTED and not transition.alert.inhibited_by
    return transition.told or adopted


def _wants(person: Person, transition: Transition) -> bool:
    if transition.reason is Reason.ADOPTED and person.role is Role.EXEC:
        return False
    return person.mode is not MailMode.BRIEF_ONLY or is_service(transition.alert.finding)


def _waiting_by_person(
    waiting: Iterable[Message],
    transitions: Iterable[Transition],
    news: Mapping[str, Sequence[tuple[Transition, str]]],
) -> dict[str, Waiting]:
    over = {t.alert.fingerprint for t in transitions if t.reason in ENDS}
    by_person: dict[str, list[Message]] = defaultdict(list)
    for message in waiting:
        if message.state is MessageState.WAITING:
            by_person[message.person].append(message)
    return {
        who: Waiting(
            messages=messages,
            ended=over - {t.alert.fingerprint for t, _ in news.get(who, ())},
        )
        for who, messages in by_person.items()
    }


def _entries(
    person: Person,
    pairs: Iterable[tuple[Transition, str]],
    as_of: datetime,
    limits: Limits,
    calendar: WorkingCalendar,
) -> list[Entry]:
    return [
        Entry(
            transition=transition,
            why=why,
            due=send_time(
                person, as_of, at_once=_goes_at_once(limits, transition), calendar=calendar
            ),
            service=is_service(transition.alert.finding),
        )
        for transition, why in pairs
        if transition.told
    ]


def _goes_at_once(limits: Limits, transition: Transition) -> bool:
    alert = transition.alert
    if alert.finding.rule == STALE_RULE and transition.reason is Reason.OPENED:
        return True
    finding = alert.finding
    is_vital = finding.severity is Severity.CRITICAL and finding.tier == "A"
    if finding.rule in limits.digest_only and not is_vital:
        return False
    threshold = limits.cleared_from if transition.reason in ENDS else limits.immediate_from
    return finding.severity >= threshold and not alert.unsteady


def _adoption(
    person: Person, pairs: Iterable[tuple[Transition, str]], as_of: datetime
) -> list[Notification]:
    old = [
        Entry(transition=transition, why=why, due=None)
        for transition, why in pairs
        if transition.reason is Reason.ADOPTED
    ]
    if not old:
        return []
    when = _later(after_quiet(person, as_of), as_of)
    return [bundle(person.id, NoticeKind.ADOPTION, old, when, as_of)]


def _later(at: datetime, as_of: datetime) -> datetime | None:
    return at if at > as_of else None


def _finish(
    mail: Notification,
    routes: Routes,
    ages: tuple[tuple[str, datetime | None], ...],
    victims: Mapping[str, Sequence[Alert]],
) -> Notification:
    roots = (one.alert.fingerprint for one in mail.transitions)
    return replace(
        mail,
        program=routes.program_name(mail.transitions),
        transitions=tuple(
            replace(one, alert=_named(neutral(one.alert), routes)) for one in mail.transitions
        ),
        victims=tuple(_below(root, victims[root]) for root in roots if root in victims),
        ages=ages,
    )


def _below(root: str, alerts: Sequence[Alert]) -> Victims:
    return Victims(
        root=root,
        alerts=tuple(neutral(alert) for alert in alerts[:MOST_BELOW]),
        more=max(0, len(alerts) - MOST_BELOW),
    )


def _named(alert: Alert, routes: Routes) -> Alert:
    """The same with the names of the teams that are pushed instead of their ids."""
    finding = alert.finding
    pushes = tuple(
        replace(push, team=routes.teams[push.team].name if push.team in routes.teams else push.team)
        for push in finding.pushes
    )
    return replace(alert, finding=replace(finding, pushes=pushes))
