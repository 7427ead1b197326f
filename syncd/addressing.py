"""Who may hear of what, and when: the configuration as routing and delivery ask it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from syncd.alerts.audiences import Audiences
from syncd.alerts.budget import Budget
from syncd.alerts.explaining import Desk
from syncd.alerts.muting import NO_LIMITS, Limits
from syncd.alerts.routes import Routes
from syncd.alerts.routing import Outbox
from syncd.alerts.stopping import Stops
from syncd.alerts.usefulness import rarely_useful
from syncd.alerts.withholding import barred
from syncd.interfaces import Notifier, Store
from syncd.model.acts import agreements
from syncd.model.alerts import Message, Transition
from syncd.model.findings import Finding
from syncd.model.people import DeclaredDeliverable, Person, spelt
from syncd.model.renaming import identified
from syncd.model.runs import Declared
from syncd.overrides import Selective
from syncd.reconciler.config import ReconcilerConfig
from syncd.settings import Settings, holiday_years


def limits_of(settings: Settings, demoted: Collection[str], *, batches: bool = False) -> Limits:
    """Limits on noise as configured; `batches` where a later look sends what waits."""
    if not settings.alerts.digest:
        return NO_LIMITS
    return Limits(
        digest_only=frozenset(demoted),
        budget=Budget() if settings.alerts.budget else None,
        batches=batches and settings.alerts.batching,
    )


def config_of(settings: Settings, store: Store, as_of: datetime) -> ReconcilerConfig:
    """What the reconciler is told besides the data, as people had decided by then."""
    made = settings.reconciler_config(holiday_years(as_of), as_of)
    decided = tuple(one for one in store.link_decisions() if one.at <= as_of)
    agreed, people = agreements(store.acts(), as_of), spelt(made.people, store.accounts())
    deliverables = identified(made.deliverables, declared_before(store))
    return replace(made, people=people, decisions=decided, agreed=agreed, deliverables=deliverables)


def declared_now(settings: Settings, store: Store) -> tuple[DeclaredDeliverable, ...]:
    """The deliverables of the configuration with the ids under which they are kept."""
    return identified(settings.reconciler_config(()).deliverables, declared_before(store))


def declared_before(store: Store) -> tuple[Declared, ...]:
    """Deliverables as the newest pass knew them; () before the first."""
    runs = store.runs(1)
    return runs[0].declared if runs else ()


def audiences_of(settings: Settings, people: Iterable[Person]) -> Audiences:
    """Who may see what: the one to ask before anybody is told or shown anything."""
    config = settings.reconciler_config(())
    return Audiences(tuple(people), config.teams, config.programs, settings.audiences())


def desk_of(
    store: Store,
    config: ReconcilerConfig,
    settings: Settings,
    notifiers: Mapping[str, Notifier],
    as_of: datetime,
) -> Desk:
    """What tells of one alert who would hear of it now."""
    people, acts = config.people, store.acts()
    return Desk(
        routes=Routes(people, config.programs, config.teams),
        tree=settings.tree(),
        audiences=audiences_of(settings, people),
        limits=limits_of(settings, rarely_useful(settings.rules, acts)),
        calendars={person.id: config.calendar_of(person) for person in people},
        outbox=Outbox(messages=store.messages()),
        recall=partial(recalled, store),
        stops=Stops(acts),
        refusals={person.id: _refusal(person, notifiers) for person in people},
        as_of=as_of,
    )


def _refusal(person: Person, notifiers: Mapping[str, Notifier]) -> str:
    """Why none of their notifiers reaches them; "" where one does."""
    ways = [notifiers[name] for name in person.notifiers if name in notifiers]
    found = [one.refusal(person.email) if isinstance(one, Selective) else "" for one in ways]
    return found[0] if found and all(found) else ""


def withheld(store: Store, settings: Settings) -> Callable[[Iterable[Message]], Mapping[str, str]]:
    """Tells of waiting messages which may not leave as they are, and why."""
    people = {person.id: person for person in spelt(settings.reachable(), store.accounts())}
    audiences = audiences_of(settings, people.values())

    def why(messages: Iterable[Message]) -> Mapping[str, str]:
        now: dict[str, Finding] = {}

        def told(fingerprint: str, update: int, made_at: datetime) -> Iterator[Finding]:
            if not now:
                now.update((one.fingerprint, one.finding) for one in store.alerts())
            if update:
                past = [one for one in store.history(fingerprint) if one.at <= made_at]
                yield from (one.alert.finding for one in past[-1:])
            if fingerprint in now:
                yield now[fingerprint]

        return barred(
            messages, people, audiences, told,
            held=lambda: [one.scope for one in store.freshness()], writers=settings.writers,
        )  # fmt: skip

    return why


def recalled(store: Store, fingerprint: str, update: int) -> Transition | None:
    """The recorded news of (fingerprint, update); None where it is not kept any more."""
    found = [t for t in store.history(fingerprint) if t.told and t.alert.update == update]
    return found[-1] if found else None
