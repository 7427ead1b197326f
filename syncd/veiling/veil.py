"""What stands between one reader and what they may not see (`reliability.md` §7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.neutral import own_pushes, veiled, veiled_finding
from syncd.model.acts import Act
from syncd.model.alerts import Alert
from syncd.model.findings import Evaluation, Finding, Unknown
from syncd.model.items import CalendarEvent, Item, ItemKey, item_key
from syncd.model.links import LinkDecision
from syncd.model.people import Person
from syncd.model.snapshot import Freshness, Scope, Snapshot
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.presence import people_by_place, person_at
from syncd.reconciler.health import Health, health
from syncd.reconciler.naming import NAME
from syncd.reconciler.view import View
from syncd.veiling.items import DELIVERABLE, T, nameless


def veil_of(view: View, person: Person, audiences: Audiences) -> Veil | None:
    """What hides from the person what they may not see; None where that is nothing."""
    held = view.snapshot
    scopes = {Scope(item.key.source, item.scope) for item in held.items}
    scopes |= {fresh.scope for fresh in held.freshness}
    hidden = sorted(scope for scope in scopes if not audiences.sees(person.id, scope))
    if not hidden:
        return None
    called = {
        scope: Scope(scope.source, f"restricted part {number}")
        for number, scope in enumerate(hidden, 1)
    }
    return Veil(whole=view, person=person, audiences=audiences, called=called)


@dataclass(frozen=True, kw_only=True)
class Veil:
    """One reader's, over one view. What they hold, or are invited to, is theirs to see."""

    whole: View
    person: Person
    audiences: Audiences
    called: Mapping[Scope, Scope]
    """What they may not see → what it is called to them."""

    @property
    def places(self) -> tuple[str, ...]:
        """Real names of the parts of sources that are hidden, as `jira:PAY`; not for any text."""
        return tuple(map(str, self.called))

    @cached_property
    def view(self) -> View:
        """The same relations, dates and forecasts, without the texts of what is hidden."""
        return self.whole.retold(
            self._shown,
            self._listed,
            stale=frozenset(self.called.get(one, one) for one in self.whole.stale),
            names=self._names,
            keeping=(Forecasts,),
        )

    @cached_property
    def hidden(self) -> frozenset[ItemKey]:
        """Every item that they may not see."""
        return frozenset(item.key for item in self.whole.snapshot.items if self._hides(item))

    def alert(self, alert: Alert) -> Alert:
        """The alert as they may be told of it, with what routing and ranking need."""
        shown = veiled(alert, self.person, self.audiences)
        return alert if shown is alert else _placed(shown, alert.finding)

    def finding(self, found: Finding) -> Finding:
        """The same for a finding."""
        shown = veiled_finding(found, self.person, self.audiences)
        return found if shown is found else _like(shown, found)

    def tells(self, found: Finding) -> bool:
        """Whether it is about, or holds up, anything that they may see at all."""
        sight = self.audiences.sight(self.person, found)
        return (
            found.restricted
            or sight is not Sight.NOTHING
            or bool(own_pushes(found, self.person, self.audiences))
        )

    def evaluation(self, told: Evaluation) -> Evaluation:
        """The same answers in their words; what cannot be told of hidden items is left out."""
        return replace(
            told,
            findings=tuple(map(self.finding, told.findings)),
            holding=tuple(map(self.finding, told.holding)),
            unknown=tuple(map(self._unknown, filter(self._is_told, told.unknown))),
            stale=frozenset(self.called.get(one, one) for one in told.stale),
        )

    def judged(self, real: Mapping[str, Health], words: Evaluation) -> dict[str, Health]:
        """How each open deliverable stands by all that is known, with a reason in their words.

        `words` are what `evaluation` gives. Where these alone would not give that word, the reason
        is something hidden, and is left out.
        """
        told = {one.subject: one for one in health(self.view, words)}
        return {
            subject: replace(one, why=_why(one, told[subject])) for subject, one in real.items()
        }

    def acts(self, acts: Iterable[Act], alerts: Iterable[Alert]) -> tuple[Act, ...]:
        """What people did, without what they said of something hidden.

        Whoever answered an alert had all of it before them: of one that is not told whole, nothing.
        """
        whole = {one.fingerprint for one in alerts if self.finding(one.finding) is one.finding}
        return tuple(self._act(act, whole) for act in acts)

    def decisions(self, made: Iterable[LinkDecision]) -> tuple[LinkDecision, ...]:
        """Those about two items that they may see."""
        return tuple(
            replace(one, reason=self.safe(one.reason))
            for one in made
            if self.hidden.isdisjoint((one.dependant, one.prerequisite))
        )

    def safe(self, text: str) -> str:
        """The text; "" where it names an item or a part of a source that they may not see."""
        names = {name.casefold() for name in NAME.findall(text)}
        is_named = not self._hidden_names.isdisjoint(names)
        return "" if is_named or any(one in text for one in self._hidden_places) else text

    @cached_property
    def _hidden_names(self) -> frozenset[str]:
        items = (self.whole.item(key) for key in self.hidden)
        return frozenset(
            name.casefold()
            for item in items
            if item is not None
            for name in (item.ref, *item.aliases)
            if name
        )

    @cached_property
    def _hidden_places(self) -> frozenset[str]:
        """Scopes, and milestones, whose names are of several words."""
        items = (self.whole.milestone(key) for key in self.hidden)
        names = {name for item in items if item is not None for name in (item.ref, item.name)}
        return frozenset({*self.places, *(name for name in names if name)})

    def _hides(self, item: Item) -> bool:
        return Scope(item.key.source, item.scope) in self.called and not self._is_theirs(item)

    def _is_theirs(self, item: Item) -> bool:
        """Whoever holds an item, is asked to review it or is invited to it may see that one."""
        names = [getattr(item, name, None) for name in ("assignee", "author", "organiser")]
        names += getattr(item, "requested_reviewers", ())
        if isinstance(item, CalendarEvent):
            names += [item.scope, *(one.account for one in item.attendees)]
        source = item.key.source
        return any(name and person_at(self._accounts, source, name) is not None for name in names)

    @cached_property
    def _accounts(self) -> Mapping[tuple[str, str], Person]:
        """Their own accounts and address."""
        return people_by_place((self.person,))

    @cached_property
    def _shown(self) -> Snapshot:
        held = self.whole.snapshot
        return replace(
            held,
            issues=tuple(map(self._shown_item, held.issues)),
            pull_requests=tuple(map(self._shown_item, held.pull_requests)),
            milestones=tuple(map(self._shown_item, held.milestones)),
            events=tuple(map(self._shown_item, held.events)),
            freshness=tuple(map(self._freshness, held.freshness)),
        )

    def _shown_item(self, item: T) -> T:
        if item.key not in self.hidden:
            return item
        return nameless(item, self.called[Scope(item.key.source, item.scope)].name)

    @cached_property
    def _listed(self) -> Snapshot:
        """Without what is hidden, which is not even counted; but moves of promised dates stay."""
        shown, bound = self._shown, {key for one in self.whole.deliverables for key in one.bound}
        unlisted = self.hidden - bound
        return replace(
            shown,
            issues=tuple(one for one in shown.issues if one.key not in self.hidden),
            pull_requests=tuple(one for one in shown.pull_requests if one.key not in self.hidden),
            milestones=tuple(one for one in shown.milestones if one.key not in self.hidden),
            events=tuple(one for one in shown.events if one.key not in self.hidden),
            changes=tuple(one for one in shown.changes if one.item not in unlisted),
        )

    def _freshness(self, fresh: Freshness) -> Freshness:
        if fresh.scope not in self.called:
            return fresh
        error = "it was not read completely" if fresh.error else ""
        return replace(fresh, scope=self.called[fresh.scope], error=error, items=0)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Of deliverables that are called like something hidden."""
        return {
            one.id: DELIVERABLE
            for one in self.whole.deliverables
            if not one.declared and not self.hidden.isdisjoint(one.bound)
        }

    def _is_told(self, one: Unknown) -> bool:
        keys = {item_key(text) for text in (one.subject, one.discriminator)}
        return self.hidden.isdisjoint(key for key in keys if key is not None)

    def _unknown(self, one: Unknown) -> Unknown:
        reason = self.safe(one.reason) or "it rests on something restricted"
        return replace(one, reason=reason, unseen=())

    def _act(self, act: Act, whole: Collection[str]) -> Act:
        promises = tuple(
            replace(one, name=self._names.get(one.deliverable, one.name)) for one in act.promises
        )
        is_told = act.seen is None or act.seen.fingerprint in whole
        return replace(act, text=self.safe(act.text) if is_told else "", promises=promises)


def _why(real: Health, told: Health) -> str:
    return told.why if told.standing is real.standing else ""


def _placed(shown: Alert, finding: Finding) -> Alert:
    return replace(shown, finding=_like(shown.finding, finding))


def _like(shown: Finding, finding: Finding) -> Finding:
    """What is shown, with what decides whose it is; none of that is printed."""
    return replace(shown, teams=finding.teams, deliverable=finding.deliverable)
