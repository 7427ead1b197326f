"""Alert life: what is new, worse, unsure or cleared since the last pass (`reconciler.md` §E1-E3).

Pure: the alerts of the store and one evaluation go in, the transitions to record come out. A pass
over unchanged findings gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.alerts.answers import SILENT, Answers
from syncd.alerts.escalation import STEPS, graver
from syncd.alerts.news import (
    as_asked,
    as_heard,
    differs,
    headline,
    is_another_date,
    is_news_at_once,
    kept,
)
from syncd.alerts.passing import ALIKE, HELD, OVER, LifeOptions, Pass, Places
from syncd.model.acts import Act
from syncd.model.alerts import Alert, AlertState, Reason, Transition
from syncd.model.findings import Evaluation, Finding, Severity

UNFROZEN: dict[str, Any] = {"frozen_since": None, "frozen_by": "", "lost": False}
REPEATS = (Reason.REMINDED, *STEPS)
"""Reasons to tell of what did not change."""

__all__ = ["LifeOptions", "Places", "advance"]


def advance(
    open_alerts: Sequence[Alert],
    evaluation: Evaluation,
    as_of: datetime,
    *,
    next_number: int,
    first_pass: bool,
    options: LifeOptions | None = None,
    acts: Sequence[Act] = (),
    places: Places | None = None,
) -> tuple[Transition, ...]:
    """What changed: transitions of known alerts by number, then new ones, worst first.

    `open_alerts` holds every alert that is not resolved and, so that one that comes back is
    recognised, the resolved ones too (of one fingerprint the highest number counts).
    `next_number` is the number that the first new alert gets; `acts` are what people did, in the
    order in which it was kept. On a `first_pass` what fires is adopted, in every other what only
    now can be seen by its `places`; what rests on those that left is frozen. Feeding the result
    back in with the same evaluation gives ().
    """
    ordered = sorted(open_alerts, key=lambda alert: alert.number)
    known = {alert.fingerprint: as_heard(alert) for alert in ordered}
    options, places = options or LifeOptions(), places or Places()
    now = _pass(known, evaluation, as_of, options, acts, places=places, adopts=first_pass)
    found = []
    for alert in sorted(known.values(), key=lambda a: a.number):
        transition = _step(alert, now)
        if transition is not None:
            found.append(transition)
    for fingerprint, finding in now.firing.items():
        before = known.get(fingerprint)
        if before is None or _is_over(before, now):
            found.append(_open(finding, before, now, next_number))
            next_number += 1
    return tuple(found)


def _pass(
    known: Mapping[str, Alert],
    evaluation: Evaluation,
    as_of: datetime,
    options: LifeOptions,
    acts: Sequence[Act],
    *,
    places: Places,
    adopts: bool,
) -> Pass:
    now = Pass(
        evaluation=evaluation,
        as_of=as_of,
        options=options,
        firing=_by_fingerprint(evaluation.findings),
        holding=_by_fingerprint(evaluation.holding),
        dwell=dict(evaluation.dwell),
        unknown={unknown.fingerprint: unknown for unknown in evaluation.unknown},
        failed=frozenset(failure.rule for failure in evaluation.failures),
        inhibited=dict(evaluation.inhibited),
        answers=Answers(acts, as_of, options.calendar),
        places=places,
        adopts=adopts,
        peers={one.fingerprint: known[one.inhibited_by] for one in known.values()
               if one.inhibited_by in known and one.finding.rule == ALIKE},
    )  # fmt: skip
    roots = {alert.inhibited_by for alert in known.values()} & known.keys() - now.firing.keys()
    return replace(now, steady=frozenset(one for one in roots if _goes_on(known[one], now)))


def _goes_on(alert: Alert, now: Pass) -> bool:
    """Whether it is not over: a little better, not seen, or clear for too short a time.

    What comes and goes may be over for days before it counts as such; for what came true something
    else speaks now, of it alone.
    """
    if alert.state not in HELD or alert.unsteady or now.came_true(alert):
        return False
    after = _step(alert, now)
    return after is None or after.alert.state is not AlertState.RESOLVED


def _by_fingerprint(findings: Iterable[Finding]) -> dict[str, Finding]:
    """In the order of the findings; of several with one fingerprint the first counts."""
    found: dict[str, Finding] = {}
    for finding in findings:
        found.setdefault(finding.fingerprint, kept(finding))
    return found


def _is_over(alert: Alert, now: Pass) -> bool:
    """Whether a finding of this alert would be a new episode."""
    if alert.state is not AlertState.RESOLVED:
        return False
    ended = alert.resolved_at or alert.changed_at
    return now.as_of - ended > now.options.reopen_within


def _step(alert: Alert, now: Pass) -> Transition | None:
    finding = now.finding_of(alert)
    if alert.state is AlertState.RESOLVED:
        return None if finding is None or _is_over(alert, now) else _reopen(alert, finding, now)
    if finding is not None:
        return _still_firing(alert, finding, now)
    if cause := now.blindness(alert):
        return _freeze(alert, cause, now)
    root = now.came_true(alert)
    return _give_way(alert, root, now) if root else _clear(alert, now)


def _open(finding: Finding, before: Alert | None, now: Pass, number: int) -> Transition:
    root = now.inhibited.get(finding.fingerprint, "")
    waits = now.dwell.get(finding.rule, 0) > 1
    adopted = _is_adopted(finding, now)
    alert = Alert(
        fingerprint=finding.fingerprint,
        number=number,
        state=AlertState.PENDING if waits and not adopted else AlertState.FIRING,
        finding=finding,
        opened_at=now.as_of,
        changed_at=now.as_of,
        update=before.update if before else 0,
        told_severity=finding.severity,
        told_slip=finding.drift,
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


def _is_adopted(finding: Finding, now: Pass) -> bool:
    """Whether it was there before anybody looked, or is taken for that."""
    is_old = now.adopts or now.came(finding)
    return is_old and now.options.adopt and not is_news_at_once(finding)


def _adopt(alert: Alert, before: AlertState, now: Pass) -> Transition:
    """Known from now on as it is, and told in a summary only."""
    known = replace(
        alert,
        state=AlertState.FIRING,
        changed_at=now.as_of,
        told_at=alert.told_at and now.as_of,
        known=alert.told_at is None,
        **_as_told(alert, now),
    )
    return Transition(alert=known, before=before, reason=Reason.ADOPTED, at=now.as_of, told=False)


def _reopen(alert: Alert, finding: Finding, now: Pass) -> Transition:
    root = now.inhibited.get(alert.fingerprint, "")
    waits = now.dwell.get(finding.rule, 0) > 1
    back = replace(
        alert,
        state=AlertState.PENDING if waits else AlertState.FIRING,
        finding=finding,
        opened_at=now.as_of if waits else alert.opened_at,
        resolved_at=None,
        **UNFROZEN,
        known=False,
        inhibited_by=root,
        flips=() if is_another_date(alert, finding) else _flips(alert, now),
    )
    if _is_adopted(finding, now):
        return _adopt(back, alert.state, now)
    return _record(back, alert.state, Reason.REOPENED, now, told=not waits and not root)


def _still_firing(alert: Alert, finding: Finding, now: Pass) -> Transition | None:
    heard = now.heard_of(alert)
    steady, finding = _steadied(heard, finding, now), as_asked(finding, alert)
    after = replace(
        steady,
        state=AlertState.FIRING,
        finding=finding if differs(alert.finding, finding) else alert.finding,
        inhibited_by=now.spoken_for(alert, finding),
        **UNFROZEN,
        raised=now.steps_of(alert, finding),
    )
    if now.is_told_by_root(after):
        after = replace(after, **_as_told(after, now))
    if alert.state is AlertState.PENDING and not _has_dwelt(alert, finding, now):
        after = replace(after, state=AlertState.PENDING)
    after = _raised(after, finding, now)
    reason = _news(heard, after, now)
    is_back = alert.state is AlertState.FROZEN or reason not in REPEATS
    if reason is not None and is_back and _is_adopted(after.finding, now):
        return _adopt(after, alert.state, now)
    if reason is Reason.ESCALATED:
        after = replace(after, escalated=True, stepped_at=now.as_of)
    if reason is not None:
        return _record(replace(after, known=False), alert.state, reason, now, told=True)
    if after == alert:
        return None
    silent = Reason.THAWED if alert.state is AlertState.FROZEN else Reason.CHANGED
    return _record(after, alert.state, silent, now, told=False)


def _raised(after: Alert, finding: Finding, now: Pass) -> Alert:
    """The alert, one step graver where that is due; then its formula is that of today too."""
    still = now.standstill(after, finding) if after.state is AlertState.FIRING else None
    if still is None or not still.is_near():
        return after
    return replace(
        after,
        raised=1,
        stepped_at=now.as_of,
        grave_since=after.grave_since or now.as_of,
        finding=graver(finding, 1),
    )


def _news(alert: Alert, after: Alert, now: Pass) -> Reason | None:
    """Why people are to hear of an alert that goes on firing; None = there is nothing new."""
    if after.inhibited_by or after.state is AlertState.PENDING:
        return None
    answer = now.answers.of(alert)
    is_silent = answer is not None and answer.kind in SILENT
    if alert.told_at is None and not alert.known and not is_silent:
        return Reason.OPENED
    finding = now.said_of(alert) or after.finding
    if (grown := now.growth(alert, finding)) is not None:
        return grown
    is_due = answer is None and not after.unsteady and now.is_reminder_due(alert, finding)
    if is_due or now.answers.has_run_out(alert):
        return Reason.REMINDED
    return Reason.NEARING if after.raised > alert.raised else _unanswered(after, now)


def _unanswered(after: Alert, now: Pass) -> Reason | None:
    still = now.standstill(after, after.finding)
    return Reason.ESCALATED if still is not None and still.is_unanswered() else None


def _has_dwelt(alert: Alert, finding: Finding, now: Pass) -> bool:
    return now.has_lasted(alert.opened_at, now.dwell.get(finding.rule, 0))


def _freeze(alert: Alert, cause: str, now: Pass) -> Transition | None:
    if alert.state is AlertState.PENDING:
        return None
    lost, since = bool(now.lost(alert)), alert.frozen_since
    frozen = replace(alert, state=AlertState.FROZEN, frozen_by=cause, lost=lost)
    if since is None or (lost and not alert.lost):
        begun = replace(frozen, frozen_since=now.as_of)
        return _record(begun, alert.state, Reason.FROZEN, now, told=False)
    if lost and now.days_since(since) >= now.options.invisible_days:
        over = _resolve(alert, Reason.NO_LONGER_VISIBLE, now)
        why = cause if now.is_in_doubt(alert) else ""
        return replace(over, alert=replace(over.alert, frozen_since=since, frozen_by=why))
    if frozen == alert or (alert.lost and not lost and now.unread(alert)):
        return None
    return _record(frozen, alert.state, Reason.FROZEN, now, told=False)


def _clear(alert: Alert, now: Pass) -> Transition | None:
    if alert.state is AlertState.PENDING or alert.fingerprint in now.places.ended:
        return _resolve(alert, Reason.CLEARED, now)
    dwell = now.dwell.get(alert.finding.rule, 0)
    if alert.clear_since is not None:
        is_steady = now.days_since(alert.clear_since) >= now.options.steady_days
        if is_steady or (not alert.unsteady and now.has_lasted(alert.clear_since, dwell)):
            return _resolve(alert, Reason.CLEARED, now)
        if alert.state is not AlertState.FROZEN:
            return None
        thawed = replace(alert, state=AlertState.FIRING, **UNFROZEN)
        return _record(thawed, alert.state, Reason.THAWED, now, told=False)
    flips = _flips(alert, now)
    flaps = now.options.flaps is not None and len(flips) >= now.options.flaps
    if flaps or dwell > 1:
        held = replace(
            alert,
            state=AlertState.FIRING,
            **UNFROZEN,
            clear_since=now.as_of,
            flips=flips,
            unsteady=alert.unsteady or flaps,
        )
        return _record(held, alert.state, Reason.CHANGED, now, told=False)
    return _resolve(replace(alert, flips=flips), Reason.CLEARED, now)


def _give_way(alert: Alert, root: str, now: Pass) -> Transition | None:
    """What was foretold has come: from now on `root` speaks for it, also when both are over."""
    under = replace(
        alert,
        state=AlertState.FIRING,
        **UNFROZEN,
        clear_since=None,
        told_at=None,
        known=False,
        inhibited_by=root,
    )
    return None if under == alert else _record(under, alert.state, Reason.CHANGED, now, told=False)


def _resolve(alert: Alert, reason: Reason, now: Pass) -> Transition:
    over = replace(
        alert,
        state=AlertState.RESOLVED,
        resolved_at=now.as_of,
        frozen_since=None,
        lost=False,
        frozen_by=now.places.ended.get(alert.fingerprint, ""),
        clear_since=None,
        unsteady=False,
        inhibited_by="",
        grave_since=None,
    )
    was_listed = alert.known and not alert.inhibited_by and reason is Reason.CLEARED
    told = alert.told_at is not None or was_listed
    transition = _record(over, alert.state, reason, now, told=told)
    return replace(transition, alert=replace(transition.alert, told_at=None))


def _steadied(alert: Alert, finding: Finding, now: Pass) -> Alert:
    """The alert, firing now: a held one notes the change, or is steady after enough days."""
    if is_another_date(alert, finding):
        return replace(alert, clear_since=None, unsteady=False, flips=())
    if alert.clear_since is not None:
        return replace(alert, clear_since=None, flips=_flips(alert, now))
    if not alert.unsteady:
        return alert
    is_steady = not alert.flips or now.days_since(alert.flips[-1]) >= now.options.steady_days
    return replace(alert, unsteady=False, flips=()) if is_steady else alert


def _flips(alert: Alert, now: Pass) -> tuple[datetime, ...]:
    recent = [at for at in alert.flips if now.days_since(at) <= now.options.flap_days]
    return (*recent, now.as_of)[-10:]


def _record(
    alert: Alert, before: AlertState | None, reason: Reason, now: Pass, *, told: bool
) -> Transition:
    after = replace(alert, changed_at=now.as_of)
    if told and reason in STEPS:
        # Told to one person more, not to those who know of it: their reminders go on.
        after = replace(after, update=alert.update + 1)
    elif told:
        is_grave = alert.finding.severity >= Severity.HIGH and reason not in OVER
        after = replace(
            after,
            update=alert.update + 1,
            grave_since=(alert.grave_since or now.as_of) if is_grave else None,
            told_at=now.as_of,
            **_as_told(alert, now),
        )
    return Transition(alert=after, before=before, reason=reason, at=now.as_of, told=told)


def _as_told(alert: Alert, now: Pass) -> dict[str, Any]:
    """What its next news is measured against: as it is now, or was when it last fired."""
    if alert.fingerprint in now.holding:
        return {}
    return {
        "told_severity": (now.said_of(alert) or alert.finding).severity,
        "told_slip": alert.finding.drift,
        "told_material": alert.finding.material,
        "told_teams": alert.finding.teams,
    }
