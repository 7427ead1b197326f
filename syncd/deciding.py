"""From a reading to what follows: transitions to record, mails to queue, mails to withdraw."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from syncd.addressing import audiences_of, limits_of, recalled, withheld
from syncd.alerts.avalanche import avalanche_limit, hold_avalanche, is_adopting, is_released
from syncd.alerts.courses import with_courses
from syncd.alerts.delivery import queue
from syncd.alerts.ending import dead_letter_notices, resting
from syncd.alerts.flaws import flaw_notices
from syncd.alerts.grouping import Recall, told_by, withdrawn
from syncd.alerts.lifecycle import LifeOptions, Places, advance
from syncd.alerts.odd_mail import DAYS, odd_mail_notices
from syncd.alerts.renaming import under_new_names
from syncd.alerts.renewal import renewed
from syncd.alerts.routes import Routes
from syncd.alerts.routing import (
    Outbox,
    avalanche_notices,
    demotion_notices,
    plan,
    return_notices,
)
from syncd.alerts.stopping import Stops, unasked
from syncd.alerts.usefulness import rarely_useful
from syncd.alerts.victims import victims
from syncd.alerts.withholding import ADOPTED, old_problems
from syncd.interfaces import Notifier, Store
from syncd.mailroom import mailbox_of
from syncd.model.acts import Act
from syncd.model.alerts import (
    Alert,
    Message,
    MessageState,
    NoticeKind,
    Notification,
    Summary,
    Transition,
)
from syncd.model.people import MailMode, Person
from syncd.model.renaming import to_keep
from syncd.model.runs import RunRecord
from syncd.passes import Decision, Reconciled
from syncd.preparing import ages_of, occasions
from syncd.reconciler.endings import endings
from syncd.report.due import replaced
from syncd.reporting import weeklies
from syncd.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What the store held when the pass began."""

    acts: tuple[Act, ...]
    alerts: tuple[Alert, ...]
    messages: tuple[Message, ...]
    waiting: tuple[Message, ...]
    hidden: Mapping[str, str]
    """Waiting messages whose reader may not see all of them any more, and why."""
    recall: Recall

    @property
    def barred(self) -> tuple[Message, ...]:
        """Those of them that certainly did not arrive: they are made anew."""
        return tuple(
            one for one in self.waiting if one.message_id in self.hidden and not one.in_doubt
        )

    @property
    def barred_summaries(self) -> set[datetime]:
        """When those of them were queued that list what was adopted."""
        return {one.queued_at for one in self.barred if one.reason == NoticeKind.ADOPTION}

    @property
    def bars_first_summary(self) -> bool:
        """Whether one of them tells of what was there before syncd, not of what was added."""
        every = (one.queued_at for one in self.messages if one.reason == NoticeKind.ADOPTION)
        return min(every, default=None) in self.barred_summaries

    def news(self, settings: Settings) -> tuple[Message, ...]:
        """What waits besides notes on items."""
        return tuple(one for one in self.waiting if one.notifier not in settings.writers)

    def after(self, transitions: Iterable[Transition]) -> dict[str, Alert]:
        """The newest alert of each fingerprint, as this pass leaves it."""
        alerts = sorted(self.alerts, key=lambda one: one.number)
        return {one.fingerprint: one for one in (*alerts, *(t.alert for t in transitions))}

    def but(self, some: Iterable[Message]) -> tuple[Message, ...]:
        """All messages without these."""
        left_out = {one.message_id for one in some}
        return tuple(one for one in self.messages if one.message_id not in left_out)


def decide(
    reconciled: Reconciled,
    store: Store,
    settings: Settings,
    notifiers: Mapping[str, Notifier],
    *,
    batches: bool = False,
) -> Decision:
    """What a run would record and queue; writes nothing. `batches`: somebody looks in minutes."""
    held, as_of = _held(store, settings), reconciled.evaluation.as_of
    people = reconciled.view.config.people
    transitions, kept_back = life(reconciled, store, settings, held.acts, held.alerts)
    anew = renewed(held.news(settings), transitions, held.recall, as_of)
    notices = _news(
        reconciled, store, settings,
        held=held, transitions=transitions, batches=batches, anew=anew,
    )  # fmt: skip
    timely = occasions(
        reconciled, store, settings, transitions, acts=held.acts, messages=held.but(held.barred)
    )
    of_week = weeklies(
        reconciled, store, transitions, audiences=audiences_of(settings, people),
        acts=held.acts, ages=ages_of(reconciled.freshness), barred=held.barred,
    )  # fmt: skip
    every = notices + timely.notices + of_week
    every += _to_operators(store, settings, people, held, as_of=as_of, kept_back=kept_back)
    gone = withdrawn(held.waiting, transitions, notices, held.hidden, anew) + timely.withdrawn
    gone += tuple(replaced(held.but(held.barred), of_week))
    put = partial(
        queue, people=people, notifiers=notifiers, as_of=as_of,
        stored=_stored(held.messages, gone), rest=resting(held.messages, as_of),
    )  # fmt: skip
    wanted, unwanted = Stops(held.acts).heeded(every)
    queued = put(wanted) + unasked(put(unwanted))
    # Last, since it is rendering that finds what is wrong with templates.
    queued += put(flaw_notices(notifiers.values(), people, as_of))
    return Decision(
        transitions=transitions, queued=queued, withdrawn=gone, held=len(kept_back),
        judged=reconciled.snapshot.joined(), **_for_the_next(reconciled, store),
    )  # fmt: skip


def _held(store: Store, settings: Settings) -> _Held:
    messages = store.messages()
    waiting = tuple(one for one in messages if one.state is MessageState.WAITING)
    return _Held(
        acts=store.acts(),
        alerts=store.alerts(),
        messages=messages,
        waiting=waiting,
        hidden=withheld(store, settings)(waiting),
        recall=cache(partial(recalled, store)),
    )


def _news(
    reconciled: Reconciled,
    store: Store,
    settings: Settings,
    *,
    held: _Held,
    transitions: tuple[Transition, ...],
    batches: bool,
    anew: Mapping[str, Message],
) -> tuple[Notification, ...]:
    """What people hear of the transitions, with the course that each date took."""
    config = reconciled.view.config
    passes, current = held.barred_summaries, held.after(transitions)
    news = {one.alert.fingerprint for one in transitions}
    notices = plan(
        transitions,
        config.people,
        config.programs,
        config.teams,
        told=told_by(held.messages, current),
        as_of=reconciled.evaluation.as_of,
        waiting=held.waiting,
        recall=held.recall,
        limits=limits_of(settings, rarely_useful(settings.rules, held.acts), batches=batches),
        calendars={person.id: config.calendar_of(person) for person in config.people},
        ages=ages_of(reconciled.freshness),
        victims=victims(held.alerts, transitions),
        tree=settings.tree(),
        audiences=audiences_of(settings, config.people),
        outbox=Outbox(
            messages=held.messages,
            barred=held.hidden,
            old=[one for one in old_problems(held.alerts, news) if one.at in passes],
            summary=_summary_of(held, store, reconciled),
            renewed=anew,
            current=current,
        ),
    )
    return with_courses(notices, store.history, config.calendar)


def _summary_of(held: _Held, store: Store, reconciled: Reconciled) -> Summary:
    """What a summary of old problems tells of in this pass."""
    runs = store.runs(1)
    if not runs or held.bars_first_summary:
        return Summary.FIRST
    if is_adopting(held.acts, runs[0].as_of):
        return Summary.ASKED
    return Summary.JOINED if reconciled.snapshot.joined() else Summary.SEEN_LATE


def _for_the_next(reconciled: Reconciled, store: Store) -> dict[str, Any]:
    """What the next pass has to know of this one, as fields of its `Decision`."""
    unknown, runs = reconciled.evaluation.unknown, store.runs(1)
    before = runs[0].too_early if runs else frozenset()
    # What stays unknown for another reason, as an outage, still is what was there before.
    early = {one.fingerprint for one in unknown if one.too_early or one.fingerprint in before}
    tables = reconciled.view.config.deliverables
    declared = to_keep(tables, runs[0].declared if runs else ())
    return {"too_early": frozenset(early), "declared": declared}


def _stored(messages: Iterable[Message], gone: Iterable[Message]) -> set[str]:
    """Ids not to be queued again. What was superseded may be: what replaced it may be moot."""
    live = {one.message_id for one in messages if one.state is not MessageState.SUPERSEDED}
    return live - {one.message_id for one in gone}


def life(
    reconciled: Reconciled,
    store: Store,
    settings: Settings,
    acts: Sequence[Act],
    alerts: Sequence[Alert],
) -> tuple[tuple[Transition, ...], tuple[Transition, ...]]:
    """What changes in the life of alerts by this reading, and what was kept from opening."""
    as_of, runs = reconciled.evaluation.as_of, store.runs(14)
    asked = is_adopting(acts, runs[0].as_of if runs else None)
    teams = [one.id for one in reconciled.view.config.teams]
    transitions = advance(
        under_new_names(alerts, reconciled.evaluation, teams, partial(_knows, reconciled, store)),
        reconciled.evaluation,
        as_of,
        next_number=store.next_number(),
        first_pass=asked or not runs,
        options=LifeOptions(
            adopt=asked or settings.alerts.adoption,
            calendar=reconciled.view.config.calendar,
            escalates=settings.alerts.escalation,
        ),
        acts=acts,
        places=_places(reconciled, runs[:1], alerts),
    )
    is_on = settings.alerts.avalanche and settings.rules.get("mass-change", {}).get("enabled", True)
    if not is_on or not runs or is_released(acts, runs[0].as_of):
        return transitions, ()
    return hold_avalanche(transitions, avalanche_limit(run.opened for run in runs))


def _knows(reconciled: Reconciled, store: Store, team: str, fingerprints: Collection[str]) -> bool:
    """Whether each lead of the team who reads such mail heard of one of the alerts before."""
    config, told = reconciled.view.config, told_by(store.messages())
    names = (*fingerprints, *(ADOPTED + print_ for print_ in fingerprints))
    heard = frozenset(who for name in names for who in told.get(name, ()))
    leads = Routes(config.people, config.programs, config.teams).leads(team)
    return all(one.id in heard or one.mode is MailMode.BRIEF_ONLY for one in leads)


def _places(reconciled: Reconciled, last: Sequence[RunRecord], alerts: Sequence[Alert]) -> Places:
    rules = {one.rule for run in last for one in run.rules}
    return Places(
        joined=reconciled.snapshot.joined(),
        left=reconciled.snapshot.retired,
        rules=frozenset(reconciled.measures.keys() - rules if rules else ()),
        too_early=frozenset(one for run in last for one in run.too_early),
        ended=endings(reconciled.view, alerts),
    )


def _to_operators(
    store: Store,
    settings: Settings,
    people: Sequence[Person],
    held: _Held,
    *,
    as_of: datetime,
    kept_back: Sequence[Transition],
) -> tuple[Notification, ...]:
    """Of alerts that did not open, of rules that went to digests, of odd mail and dead letters."""
    of_held = avalanche_notices(people, kept_back, as_of) if kept_back else ()
    odd = store.oddities((as_of - DAYS).date())
    return (
        of_held
        + demotion_notices(people, rarely_useful(settings.rules, held.acts), as_of)
        + return_notices(people, rarely_useful(settings.rules, held.acts, back=True), as_of)
        + odd_mail_notices(people, odd, mailbox_of(settings, store), as_of)
        + dead_letter_notices(people, held.messages, as_of)
    )
