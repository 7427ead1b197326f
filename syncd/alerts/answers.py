"""What people answered to alerts, laid over them (`reconciler.md` §E2).

An answer is never written into an alert, so no pass overwrites one that is given while it runs. It
is about the alert as the person saw it: whatever is told of the alert after that ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from syncd.model.acts import Act, ActKind, Seen
from syncd.model.alerts import Alert, AlertState, Voice
from syncd.model.calendar import WorkingCalendar

ACK_DAYS = 10
"""Working days for which an acknowledgement holds."""
SILENT = (ActKind.SNOOZE, ActKind.ACCEPT)
"""Answers under which nothing but a material change is told."""
_ANSWERS = (ActKind.ACK, *SILENT, ActKind.REOPEN)


class Answers:
    """The last word on each alert, as it counts at `as_of`.

    To acknowledge what another person snoozed or accepted ends no silence.
    """

    def __init__(
        self, acts: Iterable[Act], as_of: datetime, calendar: WorkingCalendar | None = None
    ) -> None:
        """`acts` in the order in which they were kept; `calendar` of the organisation."""
        self._calendar = calendar or WorkingCalendar()
        self._today = self._calendar.local_date(as_of)
        self._last: dict[str, tuple[Act, Seen]] = {}
        for act in acts:
            if act.seen is not None and act.kind in _ANSWERS and not self._is_weaker(act, act.seen):
                self._last[act.seen.fingerprint] = act, act.seen

    def _is_weaker(self, act: Act, seen: Seen) -> bool:
        """Whether somebody says to know of what another person has silenced: that goes on."""
        last, before = self._last.get(seen.fingerprint, (None, None))
        if last is None or before is None or last.by == act.by or last.kind not in SILENT:
            return False
        holds = last.until is None or last.until > self._calendar.local_date(act.at)
        is_same = before.number == seen.number and before.update >= seen.update
        is_moot = bool(before.root and seen.root) and before.root != seen.root
        return act.kind is ActKind.ACK and holds and is_same and not is_moot

    def of(self, alert: Alert) -> Act | None:
        """The acknowledgement, snooze or acceptance that holds."""
        act = self._about(alert)
        return None if act is None or self._is_past(act) else act

    def was_given(self, alert: Alert) -> bool:
        """Whether somebody ever answered in this episode, whatever became of that."""
        act, seen = self._last.get(alert.fingerprint, (None, None))
        return act is not None and seen is not None and seen.number == alert.number

    def has_run_out(self, alert: Alert) -> bool:
        """Whether the day has come until which it was to be silent, and nothing was told since."""
        act = self._about(alert)
        return act is not None and act.kind in SILENT and self._is_past(act)

    def _about(self, alert: Alert) -> Act | None:
        """The last word on it, or on what told of it, as that was when people heard of it last."""
        heard = (alert, alert.heard_as) if alert.heard_as else (alert,)
        words = ((one, self._last.get(one.fingerprint)) for one in heard)
        fits = [said for one, said in words if said and _is_about(said[1], one)]
        act, seen = max(fits, key=lambda one: one[0].at, default=(None, None))
        if act is None or seen is None or act.kind is ActKind.REOPEN:
            return None
        is_moot = alert.state is AlertState.RESOLVED or _has_another_root(alert, seen)
        return None if is_moot else act

    def _is_past(self, act: Act) -> bool:
        if act.until is not None:
            return act.until <= self._today
        given = self._calendar.local_date(act.at)
        return self._calendar.between(given, self._today) >= ACK_DAYS


def _is_about(seen: Seen, one: Alert | Voice) -> bool:
    return seen.number == one.number and seen.update >= one.update


def _has_another_root(alert: Alert, seen: Seen) -> bool:
    return bool(seen.root and alert.inhibited_by) and seen.root != alert.inhibited_by


def seen(alert: Alert) -> Seen:
    """The alert as whoever answers it sees it."""
    finding = alert.finding
    return Seen(
        fingerprint=alert.fingerprint,
        number=alert.number,
        rule=finding.rule,
        title=finding.title or finding.ref,
        update=alert.update,
        severity=finding.severity,
        slip=finding.drift,
        material=finding.material,
        teams=finding.teams,
        root=alert.inhibited_by,
    )
