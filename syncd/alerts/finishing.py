"""The last hand on a mail: names, what its alerts speak for, and nothing that is hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.neutral import neutral, shown_as, veiled
from syncd.alerts.routes import Routes
from syncd.alerts.victims import MOST_BELOW
from syncd.alerts.withholding import ADOPTED
from syncd.model.alerts import Alert, Notification, Reason, Transition, Victims
from syncd.model.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Makes of a mail what its reader may see."""

    routes: Routes
    audiences: Audiences
    ages: tuple[tuple[str, datetime | None], ...]
    victims: Mapping[str, Sequence[Alert]]
    told: Mapping[str, Collection[str]]
    """Who heard of which fingerprint."""

    def __call__(self, mail: Notification, person: Person) -> Notification:
        """The mail with program, team names, victims and ages, and nothing that is hidden."""
        shown = [veiled(one.alert, person, self.audiences) for one in mail.transitions]
        roots = (one.alert.fingerprint for one in mail.transitions)
        return replace(
            mail,
            program=self.routes.program_name(mail.transitions, person),
            transitions=tuple(
                replace(
                    one, alert=_named(alert, self.routes, person), reason=self._reason(one, person)
                )
                for one, alert in zip(mail.transitions, shown, strict=True)
            ),
            victims=tuple(
                below
                for root in roots
                if root in self.victims
                if (below := self._below(root, person)).alerts
            ),
            ages=self.ages,
            veiled=tuple(
                alert.fingerprint + shown_as(one.alert.finding, person, self.audiences)
                for one, alert in zip(mail.transitions, shown, strict=True)
                if alert is not one.alert
            ),
        )

    def _reason(self, news: Transition, person: Person) -> Reason:
        """News is new to whom no news before it reached: it may have replaced that."""
        if news.reason not in (Reason.WORSE, Reason.CHANGED, Reason.REOPENED):
            return news.reason
        names = [one.fingerprint for one in (news.alert, news.alert.voice) if one]
        names.append(ADOPTED + news.alert.fingerprint)
        is_heard = any(person.id in self.told.get(name, ()) for name in names)
        return news.reason if is_heard else Reason.OPENED

    def _below(self, root: str, person: Person) -> Victims:
        """Theirs first; what they may not see at all is neither listed nor counted."""
        alerts = [
            alert
            for alert in self.victims[root]
            if alert.finding.restricted or self.audiences.sight(person, alert.finding) is Sight.FULL
        ]
        alerts.sort(key=lambda one: self.routes.distance(person, one.finding))
        return Victims(
            root=root,
            alerts=tuple(neutral(alert) for alert in alerts[:MOST_BELOW]),
            more=max(0, len(alerts) - MOST_BELOW),
        )


def _named(alert: Alert, routes: Routes, person: Person) -> Alert:
    """The same with the names of the teams that are pushed instead of their ids, theirs first."""
    finding = alert.finding
    own = {person.team, *(id_ for id_ in routes.teams if person in routes.leads(id_))} - {None}
    pushes = tuple(
        replace(push, team=routes.teams[push.team].name if push.team in routes.teams else push.team)
        for push in sorted(finding.pushes, key=lambda one: one.team not in own)
    )
    return replace(alert, finding=replace(finding, pushes=pushes))
