"""What the life of alerts is told besides the findings, and what one pass knows of an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.alerts.answers import SILENT, Answers
from syncd.alerts.escalation import NEAR_DAYS, Standstill, graver
from syncd.alerts.news import (
    aged,
    heard,
    is_as_it_was,
    is_changed,
    is_named,
    is_worse,
    pushes_more,
    unseen,
)
from syncd.model.alerts import AHEAD, FORETELL, Alert, AlertState, Reason, Voice, day_ahead
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Evaluation, Finding, Severity, Unknown, fingerprint
from syncd.model.snapshot import Scope

REMINDERS = {Severity.CRITICAL: 3, Severity.HIGH: 5}
"""Working days; what is less severe is told while it changes only."""

OVER = (Reason.CLEARED, Reason.NO_LONGER_VISIBLE)
"""Reasons after which an alert does not fire any more."""

HELD = (AlertState.FIRING, AlertState.FROZEN)
"""States that a finding between its two thresholds keeps up; it opens nothing."""


ALIKE = "dep-inversion"
"""The rule of which one alert tells of many: what it named is no news once it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeOptions:
    """Thresholds of the alert life; each limit on noise can be switched off."""

    adopt: bool = True
    """Take as known what fires on the first pass or comes with a new place; False: tell it all."""
    worse_days: int = 3
    worse_share: float = 0.5
    """The slip must have grown by both, against the last update, to be told as worse."""
    older_days: int = 5
    """In place of `worse_days` where it grows with the days that go by since a date."""
    reopen_within: timedelta = timedelta(days=14)
    """Firing again so soon after it resolved is the same episode."""
    invisible_days: int = 5
    """Working days after which an alert whose subject cannot be seen is resolved."""
    reminders: Mapping[Severity, int] = field(default_factory=lambda: dict(REMINDERS))
    """Working days without news after which a firing alert is told once more, by severity."""
    escalates: bool = True
    """Whether what nobody answers reaches the owner's lead, and is graver close to its date."""
    flaps: int | None = 3
    """So many changes between firing and clear in `flap_days` hold an alert; None = never."""
    flap_days: int = 15
    steady_days: int = 5
    """Working days without a change after which a held alert is steady again."""
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    """Of the organisation, for counting these days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What changed of where, and for what, syncd looks."""

    joined: frozenset[Scope] = frozenset()
    """Read whole, and judged by no pass yet: what rests on them was there before."""
    left: frozenset[Scope] = frozenset()
    """Configured no more: what rests on them can be told no more."""
    rules: frozenset[str] = frozenset()
    """On since this pass: what they find was there before."""
    too_early: frozenset[str] = frozenset()
    """Fingerprints that the pass before could not judge yet: so was what is found of them now."""
    ended: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of alerts whose subject came to its end, each with how (`is done`)."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The findings of now, and what people answered, looked up for each alert."""

    evaluation: Evaluation
    as_of: datetime
    options: LifeOptions
    firing: Mapping[str, Finding]
    holding: Mapping[str, Finding]
    dwell: Mapping[str, int]
    unknown: Mapping[str, Unknown]
    failed: frozenset[str]
    inhibited: Mapping[str, str]
    answers: Answers
    places: Places
    adopts: bool = False
    """What is news by this pass is taken as known."""
    steady: frozenset[str] = frozenset()
    """Alerts that speak for others and do not fire now, but are not over either."""
    peers: Mapping[str, Alert] = field(default_factory=dict)
    """By fingerprint of what it spoke for until now, an alert that tells of many alike."""

    def heard_of(self, alert: Alert) -> Alert:
        """The alert; one that was told among many alike, and now is not, as people heard of it."""
        peer = self.peers.get(alert.fingerprint)
        is_heard = peer is not None and peer.finding.rule == ALIKE and peer.told_at is not None
        if peer is None or not is_heard or alert.fingerprint in self.inhibited:
            return alert
        told_at = max(filter(None, (alert.told_at, peer.told_at)))
        voice = peer.heard_as or Voice(
            fingerprint=peer.fingerprint, number=peer.number, update=peer.update, told_at=told_at
        )
        return replace(
            alert,
            told_at=told_at,
            told_material=f"{peer.told_material}\n{alert.told_material}",
            told_severity=max(peer.told_severity, alert.told_severity),
            told_teams=(*(peer.told_teams or ()), *(alert.told_teams or ())),
            voice=replace(voice, told_at=told_at),
        )

    def spoken_for(self, alert: Alert, finding: Finding) -> str:
        """Fingerprint of what speaks for a known alert; "" = it speaks for itself.

        What does not fire itself speaks for it as far as it was known: it cannot tell what grew.
        """
        root = self.inhibited.get(alert.fingerprint, "")
        if root or alert.inhibited_by not in self.steady:
            return root
        return "" if self.growth(alert, finding) else alert.inhibited_by

    def is_told_by_root(self, alert: Alert) -> bool:
        """Whether all that people know of it is what another alert, which fires, says."""
        return alert.told_at is None and alert.fingerprint in self.inhibited

    def growth(self, alert: Alert, finding: Finding) -> Reason | None:
        """WORSE or CHANGED where it is more than people heard, or saw when they answered.

        `finding` is without steps. What time alone does is no growth of an old problem, nor of a
        late one that somebody put off; nothing is of what would open nothing now.
        """
        if alert.fingerprint in self.holding:
            return None
        answer, options = self.answers.of(alert), self.options
        known = heard(alert, answer.seen if answer else None)
        since = alert.opened_at if alert.known else None
        is_late = finding.passed is not None
        if answer and (alert.known or (is_late and answer.kind in SILENT)):
            since = answer.at
        if since is not None and is_as_it_was(alert.finding, finding):
            known = aged(known, self.days_since(since), finding if alert.known else None)
        days = options.older_days if is_late else options.worse_days
        if is_worse(known, finding, days=days, share=options.worse_share):
            return Reason.WORSE
        is_more = alert.known and pushes_more(alert.finding, finding)
        return Reason.CHANGED if is_more or is_changed(known, finding) else None

    def days_since(self, at: datetime) -> int:
        """Working days of the organisation since then."""
        calendar = self.options.calendar
        return calendar.between(calendar.local_date(at), calendar.local_date(self.as_of))

    def has_lasted(self, since: datetime, days: int) -> bool:
        """Whether it has been so on `days` working days in a row, the first one counted."""
        calendar = self.options.calendar
        return calendar.works(calendar.local_date(since)) + self.days_since(since) >= days

    def is_reminder_due(self, alert: Alert, finding: Finding) -> bool:
        """Whether people heard of it so long ago that they may have forgotten it.

        `finding` is without steps: what goes up moves nobody's reminders.
        """
        pause = self.options.reminders.get(finding.severity)
        if pause is None or alert.told_at is None:
            return False
        return self.days_since(alert.told_at) >= pause

    def standstill(self, alert: Alert, finding: Finding) -> Standstill | None:
        """What may be escalated; None where somebody answered, or nothing ever is."""
        if not self.options.escalates or self.answers.of(alert) is not None:
            return None
        return Standstill(
            alert=alert,
            finding=finding,
            as_of=self.as_of,
            calendar=self.options.calendar,
            was_answered=self.answers.was_given(alert),
        )

    def said_of(self, alert: Alert) -> Finding | None:
        """What keeps the alert firing, or makes it fire, as grave as its rule says."""
        found = self.firing.get(alert.fingerprint)
        if found is None and alert.state in HELD:
            found = self.holding.get(alert.fingerprint)
        return found

    def finding_of(self, alert: Alert) -> Finding | None:
        """The same with the steps that the alert went up."""
        found = self.said_of(alert)
        return graver(found, self.steps_of(alert, found)) if found else None

    def steps_of(self, alert: Alert, finding: Finding) -> int:
        """Those that it went up for its date; none once that is no longer near, nor past."""
        day, calendar = finding.day, self.options.calendar
        if not alert.raised or day is None:
            return 0
        days = calendar.between(calendar.local_date(self.as_of), day)
        return alert.raised if days <= NEAR_DAYS else 0

    def blindness(self, alert: Alert) -> str:
        """Why nothing can be said of an alert that does not fire; "" if it is really clear."""
        finding = alert.finding
        if lost := self.lost(alert):
            return lost
        if finding.rule in self.failed:
            return f"the rule {finding.rule} failed"
        if alert.fingerprint in self.unknown:
            return f"the rule {finding.rule} cannot tell"
        stale = self.unread(alert)
        return f"{min(stale)} is stale" if stale else ""

    def unread(self, alert: Alert) -> frozenset[Scope]:
        """What it rests on that was not read: nothing new is known then, what is lost stays so."""
        return alert.finding.scopes & self.evaluation.stale

    def is_in_doubt(self, alert: Alert) -> bool:
        """Whether its rule cannot tell, and that not because its very subject is not seen."""
        is_seen = alert.finding.subject not in self.evaluation.invisible
        return is_seen and alert.fingerprint in self.unknown

    def lost(self, alert: Alert) -> str:
        """What it rests on can be seen no more, maybe for ever; "" where nothing of that can't."""
        finding, unknown = alert.finding, self.unknown.get(alert.fingerprint)
        if finding.subject in self.evaluation.invisible:
            return "its subject cannot be seen"
        if unknown and unknown.unseen:
            return unseen(name for name in unknown.unseen if is_named(finding, name))
        left = self.left(alert)
        return f"{left} is read no more" if left else ""

    def came_true(self, alert: Alert) -> str:
        """Fingerprint of what tells that a foretold day has passed; "" where nothing does."""
        finding, today = alert.finding, self.options.calendar.local_date(self.as_of)
        root, ahead = fingerprint("overdue", finding.subject), day_ahead(finding)
        has_passed = finding.rule not in AHEAD and ahead is not None and ahead <= today
        is_foretold = (has_passed or finding.rule in FORETELL) and alert.state in HELD
        return self.inhibited.get(root, root) if is_foretold and root in self.firing else ""

    def left(self, alert: Alert) -> Scope | None:
        """The first of the places it rests on that is configured no more."""
        return min(alert.finding.scopes & self.places.left, default=None)

    def came(self, finding: Finding) -> bool:
        """Whether it rests on, or names, what this pass is the first to look at."""
        places = self.places
        is_seen_late = finding.rule in places.rules or finding.fingerprint in places.too_early
        return is_seen_late or not places.joined.isdisjoint((*finding.scopes, *finding.named))
