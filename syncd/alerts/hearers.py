"""Who hears of news: whom it concerns, and whom what was told of it before concerned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from syncd.alerts.grouping import ENDS, Recall
from syncd.alerts.lifecycle import REPEATS
from syncd.alerts.routes import Reached
from syncd.alerts.tree import Tree
from syncd.model.alerts import Alert, NoticeKind, Reason, Transition


@dataclass(frozen=True, slots=True)
class Hearers:
    """By the routes, and by what was sent."""

    tree: Tree
    told: Mapping[str, Collection[str]]
    """Who heard of which fingerprint (`grouping.told_by`)."""
    recall: Recall
    """Gives news as it was told, not as its alert is now."""

    def of(self, transition: Transition) -> dict[str, Reached]:
        """Person id → why they hear of it."""
        audience = self.tree.reached(transition)
        if transition.reason in ENDS:
            return self._of_end(transition.alert, audience)
        if transition.reason in (Reason.WORSE, Reason.CHANGED):
            return self._left(transition.alert) | audience
        return audience

    def _of_end(self, alert: Alert, audience: Mapping[str, Reached]) -> dict[str, Reached]:
        """Who was told of it, or had the summary that an old one was in."""
        if alert.known:
            listed = self.told.get(NoticeKind.ADOPTION, ())
            return {who: one for who, one in audience.items() if who in listed}
        names = [one.fingerprint for one in (alert, alert.voice) if one]
        heard = sorted({who for name in names for who in self.told.get(name, ())})
        return {who: audience.get(who, _was_told(who)) for who in heard}

    def _left(self, alert: Alert) -> dict[str, Reached]:
        """Who plans by what it was: the next news is the last that they need, so it is theirs."""
        heard = sorted(self.told.get(alert.fingerprint, ()))
        for update in range(alert.update - 1, 0, -1) if heard else ():
            before = self.recall(alert.fingerprint, update)
            if before is None:
                break
            if before.reason not in REPEATS:
                reached = self.tree.reached(before)
                return {who: _was_told(who) for who in heard if who in reached}
        return {}


def _was_told(who: str) -> Reached:
    return Reached(why="because you were told of it", path=("people", who))
