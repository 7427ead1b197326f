"""Who hears of a transition, why, and in which mail (`reconciler.md` §E5, `reliability.md` §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from syncd.alerts.audiences import Audiences
from syncd.alerts.avalanche import table
from syncd.alerts.budget import counted, last_heard, spent
from syncd.alerts.escalation import STEPS
from syncd.alerts.finishing import Finish
from syncd.alerts.grouping import (
    ENDS,
    TO_SOME,
    Entry,
    Recall,
    Waiting,
    bundle,
    group,
    with_displaced,
)
from syncd.alerts.hearers import Hearers
from syncd.alerts.muting import Limits, after_quiet, send_time
from syncd.alerts.pacing import Pacer, hold_of
from syncd.alerts.renewal import as_now
from syncd.alerts.routes import Reached, Routes, is_service
from syncd.alerts.tree import Tree
from syncd.alerts.usefulness import ANSWERS, BACK, SHARE
from syncd.model.alerts import (
    Alert,
    Hold,
    Message,
    MessageState,
    NoticeKind,
    Notification,
    Reason,
    Summary,
    Transition,
)
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.people import MailMode, Person, Program, Role, Team
from syncd.model.routes import Route

Heard = tuple[Transition, Reached]
"""News, and why one person hears of it."""

MONDAY_TO_FRIDAY = WorkingCalendar()
NEWS = timedelta(days=7)

AVALANCHE = (
    "So many at once are more often a filter, a permission or a bulk edit than news.",
    "Nobody else was told. Until you choose, no news of any other alert is told to anybody either.",
    "To see them all: syncd reconcile",
    "If they are real, let them out with: syncd alerts release",
    "Or take them as known, in one summary: syncd adopt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What was queued before, as far as it decides what is told now."""

    messages: Sequence[Message] = ()
    """All of them: noise budgets are counted from these."""
    barred: Mapping[str, str] = field(default_factory=dict)
    """Ids of waiting messages that may not be sent as they are, and why (`withholding.barred`)."""
    old: Sequence[Transition] = ()
    """What a first summary lists, where one of these has to be made anew."""
    summary: Summary = Summary.FIRST
    """What is adopted by this pass."""
    renewed: Mapping[str, Message] = field(default_factory=dict)
    """Those, by id, that are made anew of what they tell as it is now (`renewal.renewed`)."""
    current: Mapping[str, Alert] = field(default_factory=dict)
    """Alerts by fingerprint as they are after this pass."""

    def again(self, recall: Recall, transitions: Iterable[Transition]) -> Iterator[Transition]:
        """What they tell, but for what is news anew: whom it concerns now may be others."""
        fresh = {one.alert.fingerprint for one in transitions if one.told}
        pairs = dict.fromkeys(pair for one in self.renewed.values() for pair in one.alerts)
        found = (recall(*pair) for pair in pairs if pair[0] not in fresh)
        return (one for one in found if one is not None and one.reason not in TO_SOME)

    def add_missed(
        self, news: dict[str, list[Heard]], again: Mapping[str, Sequence[Heard]]
    ) -> None:
        """Add by person what they would hear again if nothing as new was queued to them."""
        for who, pairs in again.items():
            news.setdefault(who, []).extend(self._missed(who, pairs))

    def _missed(self, who: str, pairs: Iterable[Heard]) -> Iterator[Heard]:
        had: dict[str, int] = {}
        for message in self.messages:
            if message.person == who and message.state is not MessageState.SUPERSEDED:
                for print_, update in message.alerts:
                    had[print_] = max(update, had.get(print_, 0))
        for transition, one in pairs:
            if had.get(transition.alert.fingerprint, -1) < transition.alert.update:
                yield transition, one


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
    tree: Sequence[Route] = (),
    audiences: Audiences | None = None,
    outbox: Outbox | None = None,
) -> tuple[Notification, ...]:
    """The notifications that follow from `transitions`, by person.

    `told` is the log of who heard of which fingerprint (`grouping.told_by`): only they hear its
    end. What `waiting` messages say is repeated by what takes their place, found by `recall`.
    `calendars` are by person id, `victims` by fingerprint. What `audiences` hide comes out in the
    neutral form.
    """
    past, routes = outbox or Outbox(), Routes(people, programs, teams)
    had, who = counted(past.messages), Hearers(Tree(tree, routes), told, recall)
    recall = as_now(recall, past.current)
    old = _news_by_person(routes, who, past.old)
    desk = _Desk(who, as_of, recall, limits or Limits(), calendars or {}, had, old, past.summary)
    news = _news_by_person(routes, who, transitions)
    past.add_missed(news, _news_by_person(routes, who, past.again(recall, transitions)))
    late = _waiting_by_person(waiting, transitions, news, past)
    sight, below = audiences or Audiences(), victims or {}
    finish = Finish(routes=routes, audiences=sight, ages=ages, victims=below, told=told)
    return tuple(
        finish(mail, person)
        for _, person in sorted(routes.people.items())
        for mail in desk.mails(person, news.get(person.id, []), late.get(person.id, Waiting()))
    )


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
    people: Sequence[Person], held: Sequence[Transition], as_of: datetime
) -> tuple[Notification, ...]:
    """Tell operators, once a day, how many alerts of which rules are held back, and where."""
    headline = f"{len(held)} alerts would open at once: held"
    key, first = f"avalanche {as_of:%Y-%m-%d}", AVALANCHE[:1]
    lines = (*first, *table(held), *AVALANCHE[1:])
    return operator_notices(people, headline, lines, key=key, as_of=as_of)


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
                f"More than {_useless(SHARE)}",
                "Critical alerts of tier A are still told at once.",
                f"To see what it looks for and change it: syncd rules explain {rule}",
            ),
            key=f"rule-demoted {rule} {since.isoformat()}",
            as_of=as_of,
        )
    )


def return_notices(
    people: Sequence[Person], back: Mapping[str, datetime], as_of: datetime
) -> tuple[Notification, ...]:
    """Tell operators, with their digest, what lately got mails of its own again."""
    when = partial(send_time, as_of=as_of, at_once=False, calendar=MONDAY_TO_FRIDAY)
    return tuple(
        replace(notice, send_after=when(person))
        for rule, at in back.items()
        for person in people
        for notice in operator_notices(
            (person,), f"{rule} is told at once again", (_useless(BACK, " or fewer"),),
            key=f"rule-useful {rule} {at.isoformat()}", as_of=as_of,
        )
        if as_of - at <= NEWS
    )  # fmt: skip


def _useless(share: float, more: str = "") -> str:
    return (
        f"{share * 100:.0f} %{more} of the last {ANSWERS} answers to its alerts were not-useful or "
        "known."
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is the same for all readers of one pass."""

    hearers: Hearers
    as_of: datetime
    recall: Recall
    limits: Limits
    calendars: Mapping[str, WorkingCalendar]
    had: Mapping[str, Sequence[Message]]
    old: Mapping[str, Sequence[Heard]]
    """By person what a first summary lists that has to be made anew."""
    summary: Summary

    def mails(self, person: Person, pairs: Sequence[Heard], waiting: Waiting) -> list[Notification]:
        """Their mails of this pass, before anything in them is hidden."""
        entries = self.entries(person, pairs, waiting)
        mails = group(person.id, entries, as_of=self.as_of, most=self.limits.at_once)
        old = self.old.get(person.id, ()) if waiting.is_summary_barred else ()
        return mails + self._adoption(person, (*pairs, *old))

    def _adoption(self, person: Person, pairs: Iterable[Heard]) -> list[Notification]:
        old = [
            Entry(transition=transition, why=one.why, due=None, hold=Hold.QUIET)
            for transition, one in pairs
            if transition.reason is Reason.ADOPTED
        ]
        if not old:
            return []
        calendar = self.calendars.get(person.id, MONDAY_TO_FRIDAY)
        when = _later(after_quiet(person, self.as_of, calendar), self.as_of)
        mail = bundle(person.id, NoticeKind.ADOPTION, old, when, self.as_of)
        key = f"{self.summary} {self.as_of.isoformat()}" if self.summary else ""
        return [replace(mail, key=key)]

    def entries(self, person: Person, pairs: Iterable[Heard], waiting: Waiting) -> list[Entry]:
        """The news for one person, each with when it may leave, and what it displaces."""
        pacer = Pacer(
            person=person,
            as_of=self.as_of,
            limits=self.limits,
            calendar=self.calendars.get(person.id, MONDAY_TO_FRIDAY),
        )
        found = [
            self._placed(pacer, transition, one) for transition, one in pairs if transition.told
        ]
        if self.limits.batches:
            found = [_to_batch(one) for one in found]
        found = self._joined(person, found, waiting)
        found = self._afforded(pacer, found, waiting)
        return self._joined(person, found, waiting)

    def _placed(self, pacer: Pacer, transition: Transition, one: Reached) -> Entry:
        """The news with when it may leave: a step up not right after other news of its alert."""
        finding = transition.alert.finding
        entry = Entry(transition=transition, why=one.why, due=None, service=is_service(finding))
        hold = hold_of(pacer.person, transition, one.pace, self.limits)
        if transition.reason not in STEPS or self.limits.budget is None:
            return pacer.placed(entry, hold)
        had = self.had.get(pacer.person.id, ())
        return pacer.put_off(entry, hold, last_heard(pacer.person, finding.fingerprint, had))

    def _joined(self, person: Person, entries: list[Entry], waiting: Waiting) -> list[Entry]:
        def why(transition: Transition) -> str:
            one = self.hearers.of(transition).get(person.id)
            return one.why if one else ""

        return with_displaced(entries, waiting, self.recall, why)

    def _afforded(self, pacer: Pacer, entries: list[Entry], waiting: Waiting) -> list[Entry]:
        """Within the reader's budget; what is left of it is spent on one mail or a few."""
        at_once = [one for one in entries if not one.service and not one.hold.is_digest]
        if not at_once:
            return entries
        rest = [one for one in entries if one.service or one.hold.is_digest]
        gone = {message.message_id for message in waiting.displaced(entries)}
        had = [one for one in self.had.get(pacer.person.id, ()) if one.message_id not in gone]
        day = max(one.due or self.as_of for one in at_once)
        used = spent(pacer.person, had, day, self.recall)
        if any(pacer.is_on_day(one, day) for one in rest if not one.service):
            used = replace(used, any_today=used.any_today + 1)
        kept, left = pacer.within_budget(at_once, used)
        now = [one for one in kept if _leaves_now(one)]
        later = [one for one in kept if not _leaves_now(one)]
        if self.limits.batches:
            first = min((one.transition.at for one in now), default=self.as_of)
            now = pacer.batched(now, first)
        elif left < sum(not _is_critical(one) for one in now):
            now = _as_one(now, self.as_of)
        return rest + later + now


def _leaves_now(one: Entry) -> bool:
    return one.due is None or one.hold is Hold.BATCHING


def _news_by_person(
    routes: Routes, hearers: Hearers, transitions: Iterable[Transition]
) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = defaultdict(list)
    for transition in transitions:
        if not _is_heard(transition):
            continue
        for who, one in hearers.of(transition).items():
            person = routes.people.get(who)
            if person is not None and _wants(person, transition):
                found[who].append((transition, one))
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
    news: Mapping[str, Sequence[Heard]],
    past: Outbox,
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
            barred=past.barred,
            renewed=past.renewed,
        )
        for who, messages in by_person.items()
    }


def _to_batch(entry: Entry) -> Entry:
    """Marked as what joins a batch that waits, where it would leave at once."""
    if entry.due is not None or entry.service or _is_critical(entry):
        return entry
    return replace(entry, hold=Hold.BATCHING)


def _as_one(entries: list[Entry], as_of: datetime) -> list[Entry]:
    """Criticals leave alone; all else together, in one mail, now."""
    return [
        replace(one, due=as_of, hold=Hold.BATCHING) if not _is_critical(one) else one
        for one in entries
    ]


def _is_critical(entry: Entry) -> bool:
    return entry.transition.alert.finding.severity is Severity.CRITICAL


def _later(at: datetime, as_of: datetime) -> datetime | None:
    return at if at > as_of else None
