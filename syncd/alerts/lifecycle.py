"""Alert life: what is new, worse, unsure or cleared since the last pass (`reconciler.md` §E1-E3).

Pure: the alerts of the store and one evaluation go in, the transitions to record come out. A pass
over unchanged findings gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.alerts.answers import SILENT, Answers
from syncd.alerts.news import differs, headline, heard, is_changed, is_worse, kept
from syncd.model.acts import Act
from syncd.model.alerts import Alert, AlertState, Reason, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Evaluation, Finding, Severity

STALE_RULE = "source-stale"
"""Its findings are about syncd's own view: news on the first pass too, for operators only."""

REMINDERS = {Severity.CRITICAL: 3, Severity.HIGH: 5}
"""Working days; what is less severe is told while it changes only."""

HELD = (AlertState.FIRING, AlertState.FROZEN)
"""States that a finding between its two thresholds keeps up; it opens nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeOptions:
    """Thresholds of the alert life; each limit on noise can be switched off."""

    adopt: bool = True
    """On the first pass take what fires as known; False: tell all of it."""
    worse_days: int = 3
    worse_share: float = 0.5
    """The slip must have grown by both, against the last update, to be told as worse."""
    reopen_within: timedelta = timedelta(days=14)
    """Firing again so soon after it resolved is the same episode."""
    invisible_days: int = 5
    """Working days after which an alert whose subject cannot be seen is resolved."""
    reminders: Mapping[Severity, int] = field(default_factory=lambda: dict(REMINDERS))
    """Working days without news after which a firing alert is told once more, by severity."""
    flaps: int | None = 3
    """So many changes between firing and clear in `flap_days` hold an alert; None = never."""
    flap_days: int = 15
    steady_days: int = 5
    """Working days without a change after which a held alert is steady again."""
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    """Of the organisation, for counting these days."""


@dataclass(frozen=True, slots=True)
class _Pass:
    evaluation: Evaluation
    as_of: datetime
    options: LifeOptions
    firing: Mapping[str, Finding]
    holding: Mapping[str, Finding]
    dwell: Mapping[str, int]
    unknown: frozenset[str]
    failed: frozenset[str]
    inhibited: Mapping[str, str]
    answers: Answers
    steady: frozenset[str] = frozenset()
    """Alerts that speak for others and do not fire now, but are not over either."""

    def spoken_for(self, alert: Alert) -> str:
        """Fingerprint of what speaks for a known alert; "" = it speaks for itself."""
        before = alert.inhibited_by if alert.inhibited_by in self.steady else ""
        return self.inhibited.get(alert.fingerprint, before)

    def days_since(self, at: datetime) -> int:
        calendar = self.options.calendar
        return calendar.between(calendar.local_date(at), calendar.local_date(self.as_of))

    def has_lasted(self, since: datetime, days: int) -> bool:
        """Whether it has been so on `days` working days in a row, the first one counted."""
        calendar = self.options.calendar
        return calendar.works(calendar.local_date(since)) + self.days_since(since) >= days

    def is_reminder_due(self, alert: Alert, finding: Finding) -> bool:
        """Whether people heard of it so long ago that they may have forgotten it."""
        pause = self.options.reminders.get(finding.severity)
        if pause is None or alert.told_at is None:
            return False
        return self.days_since(alert.told_at) >= pause

    def finding_of(self, alert: Alert) -> Finding | None:
        """What keeps the alert firing, or makes it fire."""
        found = self.firing.get(alert.fingerprint)
        if found is None and alert.state in HELD:
            return self.holding.get(alert.fingerprint)
        return found

    def blindness(self, alert: Alert) -> str:
        """Why nothing can be said of an alert that does not fire; "" if it is really clear."""
        finding = alert.finding
        if finding.subject in self.evaluation.invisible:
            return "its subject cannot be seen"
        if finding.rule in self.failed:
            return f"the rule {finding.rule} failed"
        if alert.fingerprint in self.unknown:
            return f"the rule {finding.rule} cannot tell"
        stale = sorted(finding.scopes & self.evaluation.stale)
        return f"{stale[0]} is stale" if stale else ""


def advance(
    open_alerts: Sequence[Alert],
    evaluation: Evaluation,
    as_of: datetime,
    *,
    next_number: int,
    first_pass: bool,
    options: LifeOptions | None = None,
    acts: Sequence[Act] = (),
) -> tuple[Transition, ...]:
    """What changed: transitions of known alerts by number, then new ones, worst first.

    `open_alerts` holds every alert that is not resolved and, so that one that comes back is
    recognised, the resolved ones too (of one fingerprint the highest number counts).
    `next_number` is the number that the first new alert gets; `acts` are what people did, in the
    order in which it was kept. Feeding the result back in with the
    same evaluation gives ().
    """
    known = {alert.fingerprint: alert for alert in sorted(open_alerts, key=lambda a: a.number)}
    now = _pass(known, evaluation, as_of, options or LifeOptions(), acts)
    found = []
    for alert in sorted(known.values(), key=lambda a: a.number):
        transition = _step(alert, now)
        if transition is not None:
            found.append(transition)
    for fingerprint, finding in now.firing.items():
        before = known.get(fingerprint)
        if before is None or _is_over(before, now):
            found.append(_open(finding, before, now, next_number, first_pass))
            next_number += 1
    return tuple(found)


def _pass(
    known: Mapping[str, Alert],
    evaluation: Evaluation,
    as_of: datetime,
    options: LifeOptions,
    acts: Sequence[Act],
) -> _Pass:
    now = _Pass(
        evaluation=evaluation,
        as_of=as_of,
        options=options,
        firing=_by_fingerprint(evaluation.findings),
        holding=_by_fingerprint(evaluation.holding),
        dwell=dict(evaluation.dwell),
        unknown=frozenset(unknown.fingerprint for unknown in evaluation.unknown),
        failed=frozenset(failure.rule for failure in evaluation.failures),
        inhibited=dict(evaluation.inhibited),
        answers=Answers(acts, as_of, options.calendar),
    )
    roots = {alert.inhibited_by for alert in known.values()} & known.keys() - now.firing.keys()
    return replace(now, steady=frozenset(one for one in roots if _goes_on(known[one], now)))


def _goes_on(alert: Alert, now: _Pass) -> bool:
    """Whether it is not over: a little better, not seen, or clear for too short a time.

    What comes and goes may be over for days before it counts as such.
    """
    if alert.state not in HELD or alert.unsteady:
        return False
    after = _step(alert, now)
    return after is None or after.alert.state is not AlertState.RESOLVED


def _by_fingerprint(findings: Iterable[Finding]) -> dict[str, Finding]:
    """In the order of the findings; of several with one fingerprint the first counts."""
    found: dict[str, Finding] = {}
    for finding in findings:
        found.setdefault(finding.fingerprint, kept(finding))
    return found


def _is_over(alert: Alert, now: _Pass) -> bool:
    """Whether a finding of this alert would be a new episode."""
    if alert.state is not AlertState.RESOLVED:
        return False
    ended = alert.resolved_at or alert.changed_at
    return now.as_of - ended > now.options.reopen_within


def _step(alert: Alert, now: _Pass) -> Transition | None:
    finding = now.finding_of(alert)
    if alert.state is AlertState.RESOLVED:
        if finding is None or _is_over(alert, now):
            return None
        return _reopen(alert, finding, now)
    if finding is not None:
        return _still_firing(alert, finding, now)
    cause = now.blindness(alert)
    return _freeze(alert, cause, now) if cause else _clear(alert, now)


def _open(
    finding: Finding, before: Alert | None, now: _Pass, number: int, first_pass: bool
) -> Transition:
    root = now.inhibited.get(finding.fingerprint, "")
    waits = now.dwell.get(finding.rule, 0) > 1
    adopted = first_pass and now.options.adopt and not _is_news_at_once(finding)
    alert = Alert(
        fingerprint=finding.fingerprint,
        number=number,
        state=AlertState.PENDING if waits and not adopted else AlertState.FIRING,
        finding=finding,
        opened_at=now.as_of,
        changed_at=now.as_of,
        update=before.update if before else 0,
        told_severity=finding.severity,
        told_slip=finding.slip,
        told_material=finding.material,
        told_teams=finding.teams,
        known=adopted,
        inhibited_by=root,
        episode=before.episode + 1 if before else 1,
        headline=headline(finding, now.as_of.year),
    )
    if adopted:
        return Transition(alert=alert, before=None, reason=Reason.ADOPTED, at=now.as_of, told=False)
    return _record(alert, None, Reason.OPENED, now, told=not waits and not root)


def _is_news_at_once(finding: Finding) -> bool:
    """Told although it was there before syncd was."""
    critical = finding.severity is Severity.CRITICAL and finding.tier == "A"
    return critical or finding.rule == STALE_RULE


def _reopen(alert: Alert, finding: Finding, now: _Pass) -> Transition:
    root = now.inhibited.get(alert.fingerprint, "")
    waits = now.dwell.get(finding.rule, 0) > 1
    back = replace(
        alert,
        state=AlertState.PENDING if waits else AlertState.FIRING,
        finding=finding,
        opened_at=now.as_of if waits else alert.opened_at,
        resolved_at=None,
        known=False,
        inhibited_by=root,
        flips=_flips(alert, now),
    )
    return _record(back, alert.state, Reason.REOPENED, now, told=not waits and not root)


def _still_firing(alert: Alert, finding: Finding, now: _Pass) -> Transition | None:
    steady = _steadied(alert, now)
    after = replace(
        steady,
        state=AlertState.FIRING,
        finding=finding if differs(alert.finding, finding) else alert.finding,
        inhibited_by=now.spoken_for(alert),
        frozen_since=None,
        frozen_by="",
    )
    if alert.state is AlertState.PENDING and not _has_dwelt(alert, finding, now):
        after = replace(after, state=AlertState.PENDING)
    reason = _news(alert, after, finding, now)
    if reason is not None:
        return _record(replace(after, known=False), alert.state, reason, now, told=True)
    if after == alert:
        return None
    silent = Reason.THAWED if alert.state is AlertState.FROZEN else Reason.CHANGED
    return _record(after, alert.state, silent, now, told=False)


def _news(alert: Alert, after: Alert, finding: Finding, now: _Pass) -> Reason | None:
    """Why people are to hear of an alert that goes on firing; None = there is nothing new."""
    if after.inhibited_by or after.state is AlertState.PENDING:
        return None
    answer = now.answers.of(alert)
    is_silent = answer is not None and answer.kind in SILENT
    if alert.told_at is None and not alert.known and not is_silent:
        return Reason.OPENED
    options, known = now.options, heard(alert, answer.seen if answer else None)
    if is_worse(known, finding, days=options.worse_days, share=options.worse_share):
        return Reason.WORSE
    if is_changed(known, finding):
        return Reason.CHANGED
    is_due = answer is None and not after.unsteady and now.is_reminder_due(alert, finding)
    return Reason.REMINDED if is_due or now.answers.has_run_out(alert) else None


def _has_dwelt(alert: Alert, finding: Finding, now: _Pass) -> bool:
    return now.has_lasted(alert.opened_at, now.dwell.get(finding.rule, 0))


def _freeze(alert: Alert, cause: str, now: _Pass) -> Transition | None:
    if alert.state is AlertState.PENDING:
        return None
    invisible = alert.finding.subject in now.evaluation.invisible
    since = alert.frozen_since
    if since is None or (invisible and alert.frozen_by != cause):
        frozen = replace(alert, state=AlertState.FROZEN, frozen_since=now.as_of, frozen_by=cause)
        return _record(frozen, alert.state, Reason.FROZEN, now, told=False)
    if invisible and now.days_since(since) >= now.options.invisible_days:
        return _resolve(alert, Reason.NO_LONGER_VISIBLE, now)
    if alert.frozen_by != cause:
        return _record(replace(alert, frozen_by=cause), alert.state, Reason.FROZEN, now, told=False)
    return None


def _clear(alert: Alert, now: _Pass) -> Transition | None:
    if alert.state is AlertState.PENDING:
        return _resolve(alert, Reason.CLEARED, now)
    dwell = now.dwell.get(alert.finding.rule, 0)
    if alert.clear_since is not None:
        is_steady = now.days_since(alert.clear_since) >= now.options.steady_days
        if is_steady or (not alert.unsteady and now.has_lasted(alert.clear_since, dwell)):
            return _resolve(alert, Reason.CLEARED, now)
        if alert.state is not AlertState.FROZEN:
            return None
        thawed = replace(alert, state=AlertState.FIRING, frozen_since=None, frozen_by="")
        return _record(thawed, alert.state, Reason.THAWED, now, told=False)
    flips = _flips(alert, now)
    flaps = now.options.flaps is not None and len(flips) >= now.options.flaps
    if flaps or dwell > 1:
        held = replace(
            alert,
            state=AlertState.FIRING,
            frozen_since=None,
            frozen_by="",
            clear_since=now.as_of,
            flips=flips,
            unsteady=alert.unsteady or flaps,
        )
        return _record(held, alert.state, Reason.CHANGED, now, told=False)
    return _resolve(replace(alert, flips=flips), Reason.CLEARED, now)


def _resolve(alert: Alert, reason: Reason, now: _Pass) -> Transition:
    over = replace(
        alert,
        state=AlertState.RESOLVED,
        resolved_at=now.as_of,
        frozen_since=None,
        frozen_by="",
        clear_since=None,
        unsteady=False,
        inhibited_by="",
    )
    told = alert.told_at is not None
    transition = _record(over, alert.state, reason, now, told=told)
    return replace(transition, alert=replace(transition.alert, told_at=None))


def _steadied(alert: Alert, now: _Pass) -> Alert:
    """The alert, firing now: a held one notes the change, or is steady after enough days."""
    if alert.clear_since is not None:
        return replace(alert, clear_since=None, flips=_flips(alert, now))
    if not alert.unsteady:
        return alert
    is_steady = not alert.flips or now.days_since(alert.flips[-1]) >= now.options.steady_days
    return replace(alert, unsteady=False, flips=()) if is_steady else alert


def _flips(alert: Alert, now: _Pass) -> tuple[datetime, ...]:
    recent = [at for at in alert.flips if now.days_since(at) <= now.options.flap_days]
    return (*recent, now.as_of)[-10:]


def _record(
    alert: Alert, before: AlertState | None, reason: Reason, now: _Pass, *, told: bool
) -> Transition:
    after = replace(alert, changed_at=now.as_of)
    if told:
        after = replace(
            after,
            update=alert.update + 1,
            told_at=now.as_of,
            told_severity=alert.finding.severity,
            told_slip=alert.finding.slip,
            told_material=alert.finding.material,
            told_teams=alert.finding.teams,
        )
    return Transition(alert=after, before=before, reason=reason, at=now.as_of, told=told)
